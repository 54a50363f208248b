"""Who keeps whom at a distance."""

import sqlalchemy as sa

from node.actors.model import Actor
from node.moderation.model import Block, BlockedHost
from node.peers import service as peers
from node.work import Reading


async def may_reach(work: Reading, from_actor: Actor, to_actor: Actor) -> bool:
    """True when what ``from_actor`` does may concern ``to_actor``: a follow, a like, a mention, an invitation.

    False once either blocked the other or the other's host, an officer suspended one of them, or the door to one of
    their hosts is closed.
    """
    if from_actor.id == to_actor.id:
        return True
    if from_actor.suspended_at is not None or to_actor.suspended_at is not None:
        return False
    for actor in (from_actor, to_actor):
        if not actor.is_local and await peers.is_blocked(work, actor.host):
            return False
    return not await are_apart(work, from_actor, to_actor)


async def are_apart(work: Reading, one: Actor, other: Actor) -> bool:
    """True when either blocked the other, or the other's whole host."""
    blocks = sa.exists().where(
        sa.or_(
            sa.and_(Block.blocking_id == one.id, Block.blocked_id == other.id),
            sa.and_(Block.blocking_id == other.id, Block.blocked_id == one.id),
        )
    )
    hosts = [
        sa.exists().where(BlockedHost.actor_id == mine.id, BlockedHost.host == theirs.host)
        for mine, theirs in ((one, other), (other, one))
        if mine.is_local and not theirs.is_local
    ]
    return bool(await work.session.scalar(sa.select(sa.or_(blocks, *hosts))))
