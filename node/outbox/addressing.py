"""Who gets an activity: one delivery for each distinct inbox, by INSERT … SELECT; followers are never loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.actors.model import Actor
from node.asking import NOW, Question, among, given
from node.changing import Change, adding, blank, table_of
from node.db import insert
from node.follows.model import Follow
from node.outbox.model import Activity, Delivery
from node.peers import dialects
from node.peers import service as peers
from node.peers.model import Peer
from node.work import Writing


@dataclass(frozen=True, slots=True)
class Recipients:
    """Of whom an inbox gets a copy: database keys of actors, as they stand when the deliveries are written."""

    followed: Sequence[int] = ()
    """Whose followers get it."""
    actors: Sequence[int] = ()
    """Further ones; local ones are skipped."""
    without: Sequence[str] = ()
    """Hosts that have it already."""
    taking: str = ""
    """Only hosts whose program takes this: a word of node.peers.dialects."""
    matters: bool = False
    """Hosts that were given up get it too."""
    knowing: str = ""
    """Inboxes to which the author of this activity sent something of this object, or this activity, get it too."""


async def write(work: Writing, activity_id: int, to: Recipients) -> int:
    """Write the deliveries of an activity, make their hosts due and ring the bell; how many there are."""
    addressing = _addressing(
        work.dialect.name, bool(to.followed), bool(to.actors), bool(to.knowing), bool(to.without), to.taking, to.matters
    )
    values: dict[str, Any] = {"activity": activity_id, "at": work.now}
    if to.followed:
        values["followed"] = list(to.followed)
    if to.actors:
        values["actors"] = list(to.actors)
    if to.knowing:
        values["knowing"] = to.knowing
    if to.without:
        values["without"] = list(to.without)
    if not to.matters:
        values["long_ago"] = work.now - peers.GIVEN_UP
    if not to.followed:
        number = await addressing.few.make(work, **values)
    else:
        # Thousands of rows take a while, so the driver does it beside the loop.
        await work.session.flush()
        connection = await work.session.connection()
        number = (await connection.execute(addressing.many, values)).rowcount
    if number:
        await _call_workers(work, [activity_id])
    return number


async def write_each(work: Writing, letters: Mapping[int, int]) -> None:
    """As write(), for many activities that each go to one actor. Of none of them it matters that hosts that were given
    up get it."""
    long_ago = work.now - peers.GIVEN_UP
    places = {
        place.actor_id: place for place in await _PLACES.ask(work, actors=set(letters.values()), long_ago=long_ago)
    }
    await _ADD.make_many(
        work,
        [
            _BLANK
            | {"activity_id": id, "inbox_uri": places[to].inbox, "host": places[to].host, "state": "waiting"}
            | {"next_at": work.now, "last_answer": "", "created_at": work.now}
            for id, to in letters.items()
            if to in places
        ],
    )
    await _call_workers(work, list(letters))


async def _call_workers(work: Writing, activity_ids: Sequence[int]) -> None:
    unknown = [row[0] for row in await _UNKNOWN.ask(work, activities=activity_ids)]
    await peers.meet(work, unknown)
    await _CALL.make(work, activities=activity_ids, now=work.now)
    work.wake("delivery")


_INBOX = sa.func.coalesce(Actor.shared_inbox_uri, Actor.inbox_uri)
_REACHABLE = (
    Actor.is_local.is_(False),
    Actor.gone_at.is_(None),
    Actor.suspended_at.is_(None),
    Actor.inbox_uri != "",
)
_IS_AWAKE = sa.or_(Peer.failing_since.is_(None), Peer.failing_since > given("long_ago", Peer.failing_since.type))
"""The clause over ``peers``, also one joined from outside: the host was not given up."""


class _Place(NamedTuple):
    """Where somebody is written to."""

    actor_id: int
    inbox: str
    host: str


_PLACES = Question(
    _Place,
    sa.select(Actor.id, _INBOX, Actor.host)
    .join(Peer, Peer.host == Actor.host, isouter=True)
    .where(among(Actor.id, "actors"), *_REACHABLE, peers.is_let_in(), _IS_AWAKE),
)


class _Addressing(NamedTuple):
    """A statement that writes deliveries, in the form for few and in the form for many."""

    few: Change
    many: sa.Insert


@lru_cache(maxsize=100)
def _addressing(
    dialect: str,
    has_followed: bool,
    has_actors: bool,
    is_known: bool,
    has_exceptions: bool,
    taking: str,
    matters: bool,
) -> _Addressing:
    recipients = []
    if has_followed:
        recipients.append(
            sa.select(_INBOX.label("inbox"), Actor.host)
            .join(Follow, Follow.follower_id == Actor.id)
            .where(among(Follow.followed_id, "followed"), Follow.state == "accepted", *_REACHABLE)
        )
    if has_actors:
        recipients.append(sa.select(_INBOX.label("inbox"), Actor.host).where(among(Actor.id, "actors"), *_REACHABLE))
    if is_known:
        recipients.append(_who_knows())
    chosen = (sa.union(*recipients) if len(recipients) > 1 else recipients[0].distinct()).subquery()
    at = given("at", Delivery.next_at.type)
    columns = ["activity_id", "inbox_uri", "host", "state", "attempts", "next_at", "last_answer", "created_at"]
    written = (
        sa.select(
            given("activity", Delivery.activity_id.type),
            chosen.c.inbox,
            chosen.c.host,
            sa.literal("waiting"),
            sa.literal(0),
            at,
            sa.literal(""),
            at,
        )
        .join(Peer, Peer.host == chosen.c.host, isouter=True)
        .where(
            peers.is_let_in(),
            *([sa.not_(among(chosen.c.host, "without"))] if has_exceptions else []),
            *_taking(taking),
            *([] if matters else [_IS_AWAKE]),
        )
    )
    # An inbox that two hosts name must not hold up everybody else's.
    statement = insert(_DELIVERIES, dialect).from_select(columns, written).on_conflict_do_nothing()
    return _Addressing(Change(statement), statement)


def _who_knows() -> "sa.Select[str, str]":
    """Where the author has told of it before, whoever follows by now."""
    about = given("knowing", sa.String)
    this = aliased(Activity)
    return (
        sa.select(Delivery.inbox_uri.label("inbox"), Delivery.host)
        .join(Activity, Activity.id == Delivery.activity_id)
        .join(this, this.actor_id == Activity.actor_id)
        .where(
            this.id == given("activity", Activity.id.type),
            Activity.id < this.id,
            sa.or_(Activity.object_uri == about, Activity.uri == about),
            Delivery.state.in_(("waiting", "delivered")),
        )
    )


def _taking(thing: str) -> list[sa.ColumnElement[bool]]:
    if not thing:
        return []
    programs = dialects.taking(thing)
    software = sa.func.coalesce(Peer.software, "")
    names = sorted(programs.names)
    if programs.are_exceptions:
        return [sa.and_(sa.true(), *(software != name for name in names))]
    return [sa.or_(sa.false(), *(software == name for name in names))]


_DELIVERIES = table_of(Delivery)
_BLANK, _ADD = blank(_DELIVERIES), adding(_DELIVERIES, "activity_id", "inbox_uri")
_hosts = (
    sa.select(Delivery.host).where(among(Delivery.activity_id, "activities"), Delivery.state == "waiting").distinct()
)
_UNKNOWN: Question[tuple[str]] = Question(tuple, _hosts.where(Delivery.host.not_in(sa.select(Peer.host))))
_CALL = Change(
    sa.update(table_of(Peer))
    # The row is written even where it is due already: a worker that settles this host at the same time and does not see
    # these deliveries yet must wait for us, or it would find nothing left and forget the host. Locked in order, so that
    # two of us never wait for each other.
    .where(Peer.host.in_(sa.select(Peer.host).where(Peer.host.in_(_hosts)).order_by(Peer.host).with_for_update()))
    .values(
        due_at=sa.case(
            # A host behind an open breaker keeps its appointment for the next probe.
            (Peer.open_until > NOW, Peer.open_until),
            (Peer.due_at < NOW, Peer.due_at),
            else_=NOW,
        )
    )
)
