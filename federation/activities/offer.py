"""Offer: somebody invites one of ours to be connected, or proposes an agreement."""

from federation.directory import Directory
from federation.errors import Ignored, Refused
from node.actors import queries
from node.actors.model import Actor
from node.deals import hearing as deals
from node.invitations import service as invitations
from node.invitations import wire
from node.work import Writing
from schemas.activities import Activity
from schemas.relationship import Relationship
from schemas.values import same_origin, types


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Put the question to the member, unless the rules of first contact keep it out."""
    if await deals.offer(work, actor, activity):
        return
    document = activity.embedded
    if document is None or "Relationship" not in types(document):
        raise Ignored("no word for what is offered")
    relationship = Relationship.read(document)
    if not relationship.is_connection:
        raise Ignored("no word for this relationship")
    if relationship.subject != actor.uri or (relationship.attributed_to or actor.uri) != actor.uri:
        raise Refused("it speaks for somebody else")
    if relationship.id is None or not same_origin(relationship.id, actor.uri):
        raise Refused("the relationship is not on the server of who offers it")
    host = await queries.by_uri(work, relationship.object)
    if host is None or not host.is_local:
        raise Ignored("it invites nobody of ours")
    asked = wire.read(activity.document, activity.content)
    kept = await invitations.receive_offer(
        work, actor, activity.id or "", relationship.id, host, asked, relationship.frame or "both"
    )
    if kept is None:
        raise Refused("the rules of first contact keep it out")
