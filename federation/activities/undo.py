"""Undo: a Follow, or an invitation, is taken back."""

from federation.activities.answers import taken_back
from federation.directory import Directory
from federation.errors import Ignored
from node.actors.model import Actor
from node.follows import service as follows
from node.invitations import service as invitations
from node.work import Writing
from schemas.activities import Activity


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Only who did it can undo it; what we do not know of is not missed."""
    what = taken_back(activity)
    if what.type in ("", "Follow") and await follows.receive_undo(work, actor, what.uri or None, what.object):
        return
    if what.type in ("", "Offer") and await invitations.receive_undo(work, actor, what.uri):
        return
    raise Ignored("there is nothing of the kind here")
