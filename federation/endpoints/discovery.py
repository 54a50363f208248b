"""Being found: WebFinger, NodeInfo and host-meta."""

from datetime import datetime, timedelta
from importlib.metadata import version
from urllib.parse import unquote, urlsplit

import aiohttp.web as aioweb
import sqlalchemy as sa

from federation.context import node_of
from federation.negotiation import document, refusal
from node.accounts import visits
from node.actors import queries as actors
from node.actors.model import Actor
from node.associations.model import Association
from node.posts.model import Post
from node.work import Node, Reading
from schemas import discovery
from schemas.discovery import Handle
from schemas.values import Document, host_of

_JRD = "application/jrd+json"
_FEATURES = ("listings", "connections", "host_cards", "memberships")
_FRESH = timedelta(minutes=1)
_counted = aioweb.AppKey("nodeinfo", dict[str, tuple[datetime, Document]])


def prepare(app: aioweb.Application) -> None:
    """Give the application the place where counts are kept for a minute."""
    app[_counted] = {}


async def webfinger(request: aioweb.Request) -> aioweb.Response:
    """`acct:` names, profile pages, actor ids and the host itself, whatever their case."""
    resource = request.query.get("resource")
    if not resource or len(resource) > 2_048:
        return refusal(400, "resource is missing")
    async with node_of(request).reading() as work:
        found = await _find(work, resource)
        if found is None or found.suspended_at is not None:
            return refusal(404, "there is nobody of that name")
        if found.gone_at is not None:
            return refusal(410, "this account was closed")
        is_instance = found.uri == work.uris.instance
        answer = discovery.jrd(
            f"acct:{found.username}@{work.uris.host}",
            found.uri,
            profile=f"{work.uris.base}/" if is_instance else found.url,
            subscribe=None if is_instance else f"{work.uris.base}/authorize_interaction?uri={{uri}}",
            intents=None if is_instance else f"{work.uris.base}/intents",
            avatar=(work.uris.media(found.icon_digest, "webp"), "image/webp") if found.icon_digest else None,
            application=is_instance,
        )
        if resource.rstrip("/") == work.uris.base:
            answer["subject"] = f"{work.uris.base}/"
    return document(answer, content_type=_JRD)


async def _find(work: Reading, resource: str) -> Actor | None:
    instance = work.uris.instance
    if resource.startswith(("https://", "http://")):
        if host_of(resource) != host_of(work.uris.base):
            return None
        path = unquote(urlsplit(resource).path).rstrip("/")
        if path in ("", "/actor"):
            return await actors.copy(work, instance)
        if path.startswith("/ap/actors/"):
            return await actors.seen(work, path.removeprefix("/ap/actors/"), work.uris.host)
        named = path[2:] if path.startswith("/@") and "/" not in path[2:] else ""
        return await actors.seen(work, named, work.uris.host) if named else None
    handle = Handle.read(unquote(resource) if "%" in resource else resource)
    if handle is None or handle.host != work.uris.host:
        return None
    if handle.name.lower() == work.uris.host:
        return await actors.copy(work, instance)
    return await actors.seen(work, handle.name, work.uris.host)


async def nodeinfo_links(request: aioweb.Request) -> aioweb.Response:
    """Where NodeInfo is, and who the node is (FEP-2677)."""
    uris = node_of(request).uris
    return document(discovery.nodeinfo_links(uris.base, uris.instance), content_type="application/json")


async def nodeinfo(request: aioweb.Request) -> aioweb.Response:
    """NodeInfo 2.0 and 2.1. Counted at most once a minute, for crawlers never stop asking."""
    node = node_of(request)
    schema = request.match_info["version"]
    known = request.app[_counted].get(schema)
    if known is None or node.clock() - known[0] >= _FRESH:
        known = (node.clock(), await _describe(node, schema))
        request.app[_counted][schema] = known
    profile = f'application/json; profile="http://nodeinfo.diaspora.software/ns/schema/{schema}#"'
    return document(known[1], content_type=profile)


async def _describe(node: Node, schema: str) -> Document:
    async with node.reading() as work:
        association = await work.session.scalar(
            sa.select(Actor).join(Association, Association.actor_id == Actor.id).limit(1)
        )
        tagline = await work.session.scalar(sa.select(Association.tagline).limit(1))
        people = sa.and_(Actor.is_local, Actor.kind == "person", Actor.gone_at.is_(None))
        own = sa.and_(
            Post.is_local,
            Post.deleted_at.is_(None),
            Post.boost_of_id.is_(None),
            Post.visibility.in_(("public", "quiet")),
        )
        return discovery.nodeinfo(
            schema,
            version=version("commensal"),
            name=association.name if association is not None else work.uris.host,
            description=tagline or None,
            users=await _number(work, sa.select(sa.func.count()).select_from(Actor).where(people)),
            active_month=await visits.active(work, days=30),
            active_half_year=await visits.active(work, days=180),
            posts=await _number(work, sa.select(sa.func.count(Post.id)).where(own, Post.parent_uri.is_(None))),
            comments=await _number(work, sa.select(sa.func.count(Post.id)).where(own, Post.parent_uri.is_not(None))),
            features=_FEATURES,
        )


async def _number(work: Reading, query: sa.Select[int]) -> int:
    return await work.session.scalar(query) or 0


async def host_meta(request: aioweb.Request) -> aioweb.Response:
    """Where WebFinger is, for programs that look here first."""
    return document(discovery.host_meta(node_of(request).uris.base), content_type="application/xrd+xml")


async def host_meta_json(request: aioweb.Request) -> aioweb.Response:
    """The same as JSON."""
    return document(discovery.host_meta_json(node_of(request).uris.base), content_type="application/json")
