"""Actors of ours as documents: people, companies, the association and the node itself."""

import aiohttp.web as aioweb

from federation.context import node_of
from federation.negotiation import asks_for_document, document, redirect
from node.actors import documents, queries
from node.actors.documents import Shown
from node.actors.model import Actor
from node.associations import service as associations
from node.circles import publication as circles
from node.companies import service as companies
from node.errors import NotFound
from node.members import publication as members
from node.uris import OFFICE
from node.work import Reading
from schemas.tombstone import Tombstone
from schemas.values import Document

_TABLES = ("actors", "actor_keys", "profile_fields", "host_cards", "company_people", "vouches")
"""Of which the documents of people are made."""


async def actor(request: aioweb.Request) -> aioweb.Response:
    """`/ap/actors/{username}`: the document, or the page for people. 410 for somebody who left."""
    async with node_of(request).reading() as work:
        found = await find(work, request.match_info["username"])
        if found.gone_at is not None:
            return document(Tombstone(found.uri, found.gone_at, found.kind.capitalize()).write(), status=410)
        if not asks_for_document(request):
            return redirect(found.url)
        if found.kind != "person":
            return document(await document_of(work, found))
        known: dict[int, Document] = work.shelf("documents of people", *_TABLES)
        if found.id not in known:
            known[found.id] = await document_of(work, found)
        return document(known[found.id])


async def instance(request: aioweb.Request) -> aioweb.Response:
    """`/actor`: who signs our requests. Served without asking for a signature, or two careful nodes would deadlock."""
    async with node_of(request).reading() as work:
        found = await queries.by_uri(work, work.uris.instance)
        if found is None:
            raise NotFound
        if not asks_for_document(request):
            return redirect(f"{work.uris.base}/")
        return document(await documents.document(work, found, Shown()))


async def find(work: Reading, username: str) -> Actor:
    """An actor of ours below `/ap/actors/`, also one who is gone. Raises NotFound."""
    found = await queries.seen(work, username, work.uris.host)
    if found is None or found.uri == work.uris.instance or found.suspended_at is not None:
        raise NotFound
    return found


async def document_of(work: Reading, found: Actor) -> Document:
    """The one document of an actor of ours, by what it is."""
    if found.kind == "person":
        return await members.document(work, found)
    if found.kind == "group":
        return await circles.document(work, found)
    if found.kind == "organization" and found.username != OFFICE:
        return await companies.company_document(work, found)
    return await associations.office_document(work, found)
