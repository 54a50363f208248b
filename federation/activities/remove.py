"""Remove: somebody is no longer a member, two people are not connected, or a post is no longer kept on top."""

import sqlalchemy as sa

from federation.directory import Directory
from federation.errors import Ignored
from node.actors import queries
from node.actors.model import Actor
from node.associations import vouches
from node.associations.model import Vouch
from node.invitations import service as invitations
from node.invitations.model import Connection
from node.pins import service as pins
from node.work import Writing
from schemas.activities import Activity


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Each side of a membership or connection can end it, from its own collection alone."""
    target, uri = activity.target_id, activity.object_id
    if target is None or uri is None:
        raise Ignored("no collection or nothing in it")
    if target == actor.featured_uri:
        if not await pins.receive_remove(work, actor, uri):
            raise Ignored("it was not on top")
    elif target == actor.members_uri:
        subject = await queries.by_uri(work, uri)
        if subject is not None:
            await vouches.unhear(work, actor, subject)
    elif target == actor.affiliations_uri:
        row = await work.session.scalar(sa.select(Vouch).where(Vouch.uri == uri, Vouch.subject_id == actor.id))
        if row is not None:
            await vouches.unhear(work, await work.session.get_one(Actor, row.issuer_id), actor)
    elif target == (actor.document or {}).get("commensal:connections"):
        await _disconnect(work, actor, uri)
    else:
        raise Ignored("no collection that matters here")


async def _disconnect(work: Writing, actor: Actor, uri: str) -> None:
    row = await work.session.scalar(sa.select(Connection).where(Connection.uri == uri))
    if row is None:
        raise Ignored("there is no such connection")
    if row.inviting_id == actor.id:
        await invitations.receive_undo(work, actor, row.offer_uri)
    else:
        await invitations.receive_reject(work, actor, row.offer_uri)
