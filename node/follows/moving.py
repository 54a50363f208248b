"""When somebody moves to another account: whoever here followed the old one follows the new one, and is told."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.actors.model import Actor
from node.errors import NodeError
from node.follows import service as follows
from node.follows.model import Follow
from node.moderation.queries import may_reach
from node.notifications import service as notifications
from node.work import Writing

COOLDOWN = timedelta(days=7)
"""Between two moves of one account, here as with Mastodon and GoToSocial."""


def rests(work: Writing, actor: Actor) -> bool:
    """True when the account moved only lately and must stay for a while."""
    return actor.moved_at is not None and work.now - actor.moved_at < COOLDOWN


async def carry_over(work: Writing, old: Actor, new: Actor) -> int:
    """Lead the followers that ``old`` has here to ``new``. Both sides were found to name each other. Returns how many.

    Whoever keeps the new account at a distance stays where they are.
    """
    old.moved_to = new.uri
    old.moved_at = work.now
    follower = aliased(Actor)
    led = await work.session.scalars(
        sa.select(follower)
        .join(Follow, Follow.follower_id == follower.id)
        .where(Follow.followed_id == old.id, Follow.state.in_(("asked", "accepted")), follower.is_local)
        .order_by(follower.id)
    )
    count = 0
    for one in led.all():
        if one.id == new.id or not await may_reach(work, one, new):
            continue
        try:
            await follows.follow(work, one, new)
        except NodeError:
            continue  # they, or the new account, are not to be followed
        await follows.unfollow(work, one, old)
        account_id = await notifications.account_of(work, one.id)
        if account_id is not None:
            await notifications.notify(work, account_id, "moved", f"moved:{old.id}:{new.id}", actor_id=new.id)
        count += 1
    return count
