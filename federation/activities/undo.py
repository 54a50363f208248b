"""Undo: a Follow, an invitation, an offer, a like or what was passed on is taken back."""

import sqlalchemy as sa

from federation.activities.answers import About, taken_back
from federation.activities.like import emoji_in
from federation.directory import Directory
from federation.errors import Ignored
from node.actors.model import Actor
from node.blocks import service as blocks
from node.boosts import service as boosts
from node.circles import distribution, members
from node.deals import hearing as deals
from node.follows import service as follows
from node.invitations import circles
from node.invitations import service as invitations
from node.posts import copies
from node.posts.model import Post
from node.reactions import service as reactions
from node.work import Writing
from schemas.activities import Activity
from schemas.values import same_origin


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Only who did it can undo it; what we do not know of is not missed."""
    what = taken_back(activity)
    if what.type in ("", "Follow", "Join") and await members.receive_leave(work, actor, what.uri or None, what.object):
        return
    if what.type in ("", "Invite") and await circles.receive_undo(work, actor, what.uri):
        return
    if what.type in ("", "Follow") and await follows.receive_undo(work, actor, what.uri or None, what.object):
        return
    if what.type in ("", "Block") and await blocks.receive_undo(work, actor, what.uri, what.object):
        return
    if what.type in ("", "Offer", "Create") and await deals.undo(work, actor, activity, what.uri):
        return
    if what.type in ("", "Offer") and await invitations.receive_undo(work, actor, what.uri):
        return
    if what.type in ("", "Like", "EmojiReact"):
        emoji = emoji_in(activity.embedded or {})
        if await reactions.receive_undo(work, actor, what.uri, what.object, emoji):
            await distribution.echo_vote(work, actor.id, what.object or "", activity.document)
            return
    if what.type in ("", "Announce") and await boosts.receive_undo(work, actor, what.uri, what.object):
        return
    if what.type in ("Like", "EmojiReact", "Announce") and await _remember(work, actor, what):
        return
    raise Ignored("there is nothing of the kind here")


async def _remember(work: Writing, actor: Actor, what: About) -> bool:
    """What is undone before it came must not come back with it; only where it is about something that is here."""
    if what.object is None or what.actor is None or not same_origin(what.uri, actor.uri):
        return False
    if not await work.session.scalar(sa.select(Post.id).where(Post.uri == what.object)):
        return False
    await copies.entomb(work, what.uri, actor.uri)
    return True
