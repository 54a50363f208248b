"""Many Follows at once by people with whom there is nothing yet, of members whom nobody need ask: they are let in.

Everything else is for ``node.follows.service``, whose rules these are where nothing stands between two people.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from node.accounts.model import Account
from node.actors.model import Actor
from node.asking import Question, among
from node.changing import Change, blank, table_of
from node.follows.model import Follow
from node.ids import new_id
from node.invitations.model import Connection
from node.moderation.model import Block, BlockedHost, Mute
from node.notifications import service as notifications
from node.outbox import service as outbox
from node.outbox import wire
from node.outbox.service import Letter
from node.peers.model import Peer
from node.work import Reading, Writing


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody elsewhere, who is welcome there and here, and whom of ours they ask to follow."""

    uri: str
    """Of the Follow."""
    actor_id: int
    actor_uri: str
    host: str
    followed_uri: str


class Door(NamedTuple):
    """One of ours who lets everybody in."""

    id: int
    uri: str
    account_id: int | None


async def open_doors(work: Reading, newcomers: Sequence[Newcomer]) -> dict[tuple[int, str], Door]:
    """Through which door each of these may come at once, by key of who asks and address of whom they follow."""
    doors = {door.uri: door for door in await _DOORS.ask(work, uris={one.followed_uri for one in newcomers})}
    wanted = [(one, doors[one.followed_uri]) for one in newcomers if one.followed_uri in doors]
    if not wanted:
        return {}
    theirs, ours = {one.actor_id for one, _ in wanted}, {door.id for _, door in wanted}
    tied = await _ties(work, theirs | ours)
    shut = set(await _SHUT.ask(work, ids=ours, hosts={one.host for one, _ in wanted}))
    limited = {row[0] for row in await _LIMITED.ask(work, ids=theirs)}
    return {
        (one.actor_id, door.uri): door
        for one, door in wanted
        if frozenset((one.actor_id, door.id)) not in tied
        and (door.id, one.host) not in shut
        and one.actor_id not in limited
    }


async def _ties(work: Reading, ids: Collection[int]) -> set[frozenset[int]]:
    """Pairs of these between whom there is anything at all, for good or bad."""
    return {frozenset(row) for row in await _TIES.ask(work, ids=ids)}


async def let_in(work: Writing, entries: Sequence[tuple[Newcomer, Door]]) -> None:
    """They follow from now on; they are answered, and who they follow hears of it, as a stranger is heard."""
    if not entries:
        return
    await _ADD.make_many(
        work,
        [
            _BLANK
            | {"id": new_id(work.now), "uri": one.uri, "follower_id": one.actor_id, "followed_id": door.id}
            | {"state": "accepted", "created_at": work.now, "answered_at": work.now}
            for one, door in entries
        ],
    )
    await outbox.publish_all(work, [_answer(one, door) for one, door in entries])
    for door in {door for _, door in entries}:
        if door.account_id is not None:
            causes = {f"follow:{one.actor_id}": one.actor_id for one, through in entries if through == door}
            heard_at = await notifications.may_disturb_at(work, door.id)
            await notifications.notify_of_many(work, door.account_id, "follow", causes, heard_at)


def _answer(one: Newcomer, door: Door) -> Letter:
    asked = wire.follow_document(one.uri, one.actor_uri, door.uri)
    return Letter(door.id, door.uri, wire.accept(door.uri, asked, one.actor_uri), one.actor_id)


_FOLLOWS = table_of(Follow)
_BLANK, _ADD = blank(_FOLLOWS), Change(sa.insert(_FOLLOWS))
_DOORS = Question(
    Door,
    sa.select(Actor.id, Actor.uri, Account.id)
    .join(Account, sa.and_(Account.actor_id == Actor.id, Account.suspended_at.is_(None)), isouter=True)
    .where(
        among(Actor.uri, "uris"),
        Actor.is_local,
        Actor.kind.not_in(("group", "application")),
        Actor.approves_followers.is_(False),
        Actor.gone_at.is_(None),
        Actor.suspended_at.is_(None),
    ),
)
_TIES: Question[tuple[int, int]] = Question(
    tuple,
    sa.union_all(
        *(
            sa.select(one, other).where(among(one, "ids"), among(other, "ids"))
            for one, other in (
                (Follow.follower_id, Follow.followed_id),
                (Block.blocking_id, Block.blocked_id),
                (Mute.muting_id, Mute.muted_id),
                (Connection.inviting_id, Connection.invited_id),
            )
        )
    ),
)
_SHUT: Question[tuple[int, str]] = Question(
    tuple,
    sa.select(BlockedHost.actor_id, BlockedHost.host).where(
        among(BlockedHost.actor_id, "ids"), among(BlockedHost.host, "hosts")
    ),
)
_LIMITED: Question[tuple[int]] = Question(
    tuple,
    sa.select(Actor.id)
    .join(Peer, Peer.host == Actor.host, isouter=True)
    .where(among(Actor.id, "ids"), sa.or_(Actor.limited_at.is_not(None), Peer.limited_at.is_not(None))),
)
