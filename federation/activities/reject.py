"""Reject: no to a Follow, to an invitation of ours, also after it was agreed, or to what one of ours offered."""

from federation.activities.answers import about_quote, asked
from federation.directory import Directory
from federation.errors import Ignored
from node.actors.model import Actor
from node.deals import hearing as deals
from node.follows import service as follows
from node.invitations import circles
from node.invitations import service as invitations
from node.testimonials import service as testimonials
from node.work import Writing
from schemas.activities import Activity


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Only whom we asked can say no."""
    what = asked(activity)
    if what.type in ("", "Invite", "Member") and await circles.receive_answer(work, actor, what.uri, is_yes=False):
        return
    if what.type in ("", "Offer", "Create") and await deals.reject(work, actor, activity, what.uri):
        return
    if what.type in ("", "Offer") and await invitations.receive_reject(work, actor, what.uri):
        return
    if what.type in ("", "Follow") and await follows.receive_reject(work, actor, what.uri, what.actor):
        return
    if what.type in ("", "Note") and await testimonials.receive_answer(work, actor, what.uri, is_yes=False):
        return
    if await about_quote(work, actor, activity, is_yes=False):
        return
    raise Ignored("nobody here asked this actor for that")
