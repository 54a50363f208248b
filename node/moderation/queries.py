"""Who keeps whom at a distance."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.actors.model import Actor
from node.asking import Question, among, given
from node.errors import Forbidden
from node.follows.model import Follow
from node.moderation.model import Block, BlockedHost, Mute, PersonNote, ThreadMute
from node.peers import service as peers
from node.peers.model import Peer
from node.posts.model import Post
from node.words import N_, Message
from node.work import Reading


@dataclass(frozen=True, slots=True)
class Distance:
    """How a viewer keeps somebody away, and what they noted about them."""

    blocks: bool = False
    is_blocked: bool = False
    """The other one blocked the viewer."""
    mutes: bool = False
    mutes_notifications: bool = False
    muted_until: datetime | None = None
    shuts_out_host: bool = False
    note: str = ""

    @property
    def is_apart(self) -> bool:
        return self.blocks or self.is_blocked


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
    mine, theirs = (one, other) if one.is_local else (other, one)
    host = theirs.host if mine.is_local and not theirs.is_local else ""
    found = await _APART.first(work, one=one.id, other=other.id, mine=mine.id, host=host)
    return found is not None and found[0]


async def require_reach(work: Reading, member: Actor, other: Actor) -> None:
    """Say kindly why a member cannot turn to somebody. Raises Forbidden."""
    if await may_reach(work, member, other):
        return
    name = other.name or other.username
    if not other.is_local and await peers.is_blocked(work, other.host):
        raise Forbidden(
            Message(
                N_("Our association keeps away from %(host)s, so this cannot reach %(name)s. The office knows why."),
                {"host": other.host, "name": name},
            )
        )  # fmt: skip
    distance = await distance_to(work, member.id, other)
    if distance.blocks:
        raise Forbidden(Message(N_("You have blocked %(name)s. Take that back first."), {"name": name}))
    if distance.shuts_out_host:
        raise Forbidden(Message(N_("You have shut out %(host)s. Take that back first."), {"host": other.host}))
    raise Forbidden(Message(N_("%(name)s cannot be reached."), {"name": name}))


async def hears(work: Reading, actor_id: int, from_id: int, post_id: int | None = None) -> bool:
    """True when a member is told what somebody does: neither apart nor muted, nor limited and a stranger."""
    question = _DOES_NOT_HEAR if post_id is None else _DOES_NOT_HEAR_OF
    found = await question.first(work, actor=actor_id, other=from_id, post=post_id)
    return found is None or not found[0]


def _blocks(one: int | sa.BindParameter[int], other: int | sa.BindParameter[int]) -> sa.ColumnElement[bool]:
    return sa.or_(
        sa.exists().where(Block.blocking_id == one, Block.blocked_id == other),
        sa.exists().where(Block.blocking_id == other, Block.blocked_id == one),
    )


_APART: Question[tuple[bool]] = Question(
    tuple,
    sa.select(
        sa.or_(
            _blocks(given("one"), given("other")),
            sa.exists().where(BlockedHost.actor_id == given("mine"), BlockedHost.host == given("host", sa.String)),
        )
    ),
)
_actor, _other = given("actor"), given("other")
_reasons = (
    _blocks(_actor, _other),
    sa.exists().where(Mute.muting_id == _actor, Mute.muted_id == _other, Mute.hides_notifications),
    sa.exists().where(
        BlockedHost.actor_id == _actor, BlockedHost.host == Actor.host, Actor.id == _other, ~Actor.is_local
    ),
    sa.and_(
        sa.exists().where(
            Actor.id == _other,
            sa.or_(
                Actor.limited_at.is_not(None),
                Actor.suspended_at.is_not(None),
                sa.exists().where(Peer.host == Actor.host, Peer.limited_at.is_not(None)),
            ),
        ),
        ~sa.exists().where(Follow.follower_id == _actor, Follow.followed_id == _other, Follow.state == "accepted"),
    ),
)
_of_thread = sa.exists().where(
    Post.id == given("post"), ThreadMute.actor_id == _actor, ThreadMute.context == Post.context
)
_DOES_NOT_HEAR: Question[tuple[bool]] = Question(tuple, sa.select(sa.or_(*_reasons)))
_DOES_NOT_HEAR_OF: Question[tuple[bool]] = Question(tuple, sa.select(sa.or_(*_reasons, _of_thread)))


_member, _somebody = aliased(Actor), aliased(Actor)
_KEPT_AWAY: Question[tuple[int, int]] = Question(
    tuple,
    sa.union_all(
        *(
            sa.select(member, other).where(among(member, "members"), among(other, "others"))
            for member, other in (
                (Block.blocking_id, Block.blocked_id),
                (Block.blocked_id, Block.blocking_id),
            )
        ),
        sa.select(Mute.muting_id, Mute.muted_id).where(
            among(Mute.muting_id, "members"), among(Mute.muted_id, "others"), Mute.hides_notifications
        ),
        sa.select(BlockedHost.actor_id, _somebody.id)
        .join(_somebody, _somebody.host == BlockedHost.host)
        .where(among(BlockedHost.actor_id, "members"), among(_somebody.id, "others"), ~_somebody.is_local),
        sa.select(_member.id, _somebody.id)
        .join(_somebody, among(_somebody.id, "others"))
        .join(Peer, Peer.host == _somebody.host, isouter=True)
        .where(
            among(_member.id, "members"),
            sa.or_(
                _somebody.limited_at.is_not(None), _somebody.suspended_at.is_not(None), Peer.limited_at.is_not(None)
            ),
            ~sa.exists().where(
                Follow.follower_id == _member.id, Follow.followed_id == _somebody.id, Follow.state == "accepted"
            ),
        ),
    ),
)


async def kept_away(work: Reading, members: Collection[int], others: Collection[int]) -> set[tuple[int, int]]:
    """(member, other): who of these members is not told what who of the others does, whatever it is about."""
    return set(await _KEPT_AWAY.ask(work, members=members, others=others))


async def distance_to(work: Reading, viewer_id: int, other: Actor) -> Distance:
    """How a viewer keeps one person away."""
    return (await distances(work, viewer_id, [other.id])).get(other.id, Distance())


async def distances(work: Reading, viewer_id: int, ids: Sequence[int]) -> dict[int, Distance]:
    """How a viewer keeps these people away; also those of whom there is nothing to say."""
    session, wanted = work.session, list(ids)
    blocked = set(
        await session.scalars(
            sa.select(Block.blocked_id).where(Block.blocking_id == viewer_id, Block.blocked_id.in_(wanted))
        )
    )
    blocking = set(
        await session.scalars(
            sa.select(Block.blocking_id).where(Block.blocked_id == viewer_id, Block.blocking_id.in_(wanted))
        )
    )
    mutes = {
        row.muted_id: row
        for row in await session.scalars(
            sa.select(Mute).where(
                Mute.muting_id == viewer_id,
                Mute.muted_id.in_(wanted),
                sa.or_(Mute.until.is_(None), Mute.until > work.now),
            )
        )
    }
    shut_out = set(
        await session.scalars(
            sa.select(Actor.id)
            .join(BlockedHost, BlockedHost.host == Actor.host)
            .where(BlockedHost.actor_id == viewer_id, Actor.id.in_(wanted), ~Actor.is_local)
        )
    )
    rows = await session.execute(
        sa.select(PersonNote.about_id, PersonNote.text).where(
            PersonNote.actor_id == viewer_id, PersonNote.about_id.in_(wanted)
        )
    )
    notes = {row[0]: row[1] for row in rows}
    return {
        id: Distance(
            blocks=id in blocked,
            is_blocked=id in blocking,
            mutes=id in mutes,
            mutes_notifications=id in mutes and mutes[id].hides_notifications,
            muted_until=mutes[id].until if id in mutes else None,
            shuts_out_host=id in shut_out,
            note=notes.get(id, ""),
        )
        for id in wanted
    }


async def mutes_thread(work: Reading, viewer_id: int, context: str | None) -> bool:
    """True when the viewer wants to hear no more of this conversation."""
    if context is None:
        return False
    return bool(
        await work.session.scalar(
            sa.select(sa.exists().where(ThreadMute.actor_id == viewer_id, ThreadMute.context == context))
        )
    )
