"""Accept: yes to a Follow, to an invitation or to an offer of ours."""

from federation import history
from federation.activities.answers import about_quote, asked
from federation.directory import Directory
from federation.errors import Ignored
from node.actors.model import Actor
from node.deals import hearing as deals
from node.errands import service as errands
from node.follows import service as follows
from node.invitations import circles
from node.invitations import service as invitations
from node.testimonials import service as testimonials
from node.work import Writing
from schemas.activities import Activity


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Only whom we asked can say yes; the services look for exactly that."""
    what = asked(activity)
    if what.type in ("", "Offer") and await deals.accept(work, actor, activity, what.uri):
        return
    # Mobilizon answers an Invite with the Member that it makes, under the id of the Invite.
    if what.type in ("", "Invite", "Member") and await circles.receive_answer(work, actor, what.uri, is_yes=True):
        return
    if what.type in ("", "Offer") and await invitations.receive_accept(work, actor, what.uri, activity.content or ""):
        return
    if what.type in ("", "Follow") and await follows.receive_accept(work, actor, what.uri, what.actor):
        if actor.history_at is None:
            await errands.ask(work, history.KIND, actor.uri)
        return
    if what.type in ("", "Note") and await testimonials.receive_answer(work, actor, what.uri, is_yes=True):
        return
    if await about_quote(work, actor, activity, is_yes=True):
        return
    raise Ignored("nobody here asked this actor for that")
