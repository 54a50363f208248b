"""Whatever kind of actor of ours it is: its document, and telling others that it changed."""

from node.actors import documents, rotation
from node.actors.documents import Shown
from node.actors.keys import KeyPair
from node.actors.model import Actor
from node.associations import service as associations
from node.circles import publication as circles
from node.circles import service as circle_service
from node.companies import service as companies
from node.members import publication as members
from node.uris import OFFICE
from node.work import Reading, Writing
from schemas.values import Document


async def document_of(work: Reading, actor: Actor) -> Document:
    """The one document of an actor of ours, by what it is."""
    if actor.uri == work.uris.instance:
        return await documents.document(work, actor, Shown())
    if actor.kind == "person":
        return await members.document(work, actor)
    if actor.kind == "group":
        return await circles.document(work, actor)
    if actor.kind == "organization" and actor.username != OFFICE:
        return await companies.company_document(work, actor)
    return await associations.office_document(work, actor)


async def renew(work: Writing, actor: Actor, keys: KeyPair, *, is_blind: bool = False) -> None:
    """Give an actor of ours these keys, and tell who follows. ``is_blind`` and what it raises: rotation.rotate."""
    await rotation.rotate(work, actor, keys, is_blind=is_blind)
    await announce(work, actor)


async def announce(work: Writing, actor: Actor) -> None:
    """Send the document as it is now to those who follow; the node itself has nobody to tell."""
    if actor.uri == work.uris.instance:
        return
    if actor.kind == "person":
        await members.announce(work, actor)
    elif actor.kind == "group":
        await circle_service.announce(work, actor)
    elif actor.kind == "organization" and actor.username != OFFICE:
        await companies.announce(work, actor)
    else:
        await associations.announce(work, actor)
