"""Keeping account of other hosts."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from node.asking import NOW, Question, among, given
from node.associations.model import Association
from node.changing import Change, adding, blank, table_of
from node.peers.model import Peer
from node.tables import Delivery
from node.work import Reading, Writing

GIVEN_UP = timedelta(days=14)
"""To a host that failed so long only what takes something back is sent, until it gives a sign of life. Who follows from
there stays."""


def is_not_given_up(now: datetime) -> sa.ColumnElement[bool]:
    """The clause over ``peers``, also one joined from outside: this host is not known to be silent for two weeks."""
    return sa.or_(Peer.failing_since.is_(None), Peer.failing_since > now - GIVEN_UP)


async def meet(work: Writing, hosts: Iterable[str]) -> None:
    """Make sure there is a row for each host. Below a closed door there is a closed door."""
    rows = [{"host": host, "first_seen_at": work.now} for host in sorted(set(hosts))]
    if not rows:
        return
    known = {row[0] for row in await _KNOWN.ask(work, hosts=[row["host"] for row in rows])}
    rows = [row for row in rows if row["host"] not in known]
    await _MEET.make_many(work, [blank(_PEERS) | row for row in rows])
    for row in rows:
        host = str(row["host"])
        if above := parents(host):
            closed = await work.session.execute(
                sa.select(Peer.blocked_at, Peer.blocked_reason)
                .where(Peer.host.in_(above), Peer.blocked_at.is_not(None))
                .limit(1)
            )
            if (found := closed.first()) is not None:
                await work.session.execute(
                    sa.update(Peer)
                    .where(Peer.host == host)
                    .values(blocked_at=found.blocked_at, blocked_reason=found.blocked_reason)
                )


def parents(host: str) -> list[str]:
    """The hosts above one: ``b.example`` and not ``example`` for ``a.b.example``."""
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(1, len(labels) - 1)]


async def hear(work: Writing, host: str) -> None:
    """A verified request came from this host: it lives, so what waits for it may go out again."""
    if await _HEAR.make(work, at_host=host, now=work.now):
        return  # nothing was wrong with it
    await meet(work, [host])
    await _REVIVE.make(work, at_host=host, now=work.now)
    await _HEAR_AGAIN.make(work, at_host=host, now=work.now)
    await bring_forward(work, host)


async def hear_all(work: Writing, hosts: Collection[str]) -> None:
    """As hear(), of several; those with which nothing was wrong all at once."""
    # Locked in order of name, as everybody locks hosts who writes several.
    known = await _CONDITION.ask(work, hosts=hosts)
    well = [one.host for one in known if not one.failures and one.failing_since is None]
    await _HEAR_ALL.make(work, hosts=well, now=work.now)
    for host in sorted(set(hosts).difference(well)):
        await hear(work, host)


async def revive(work: Writing, host: str) -> None:
    """A host that was silent is there again: try what waits for it, and begin to count anew should that fail."""
    await _REVIVE.make(work, at_host=host, now=work.now)
    await bring_forward(work, host)
    work.wake("delivery")


async def bring_forward(work: Writing, host: str) -> None:
    """What could not be delivered because the host was in trouble is due now; what it refused keeps its time."""
    await _BRING_FORWARD.make(work, at_host=host, now=work.now)


_PEERS, _DELIVERIES = table_of(Peer), table_of(Delivery)
_KNOWN: Question[tuple[str]] = Question(tuple, sa.select(Peer.host).where(among(Peer.host, "hosts")))
_MEET = adding(_PEERS, "host")
_host = given("at_host", sa.String)
_is_failing = _PEERS.c.failures > 0
_HEAR = Change(
    sa.update(_PEERS)
    .where(_PEERS.c.host == _host, _PEERS.c.failures == 0, _PEERS.c.failing_since.is_(None))
    .values(heard_at=NOW)
)


class _Condition(NamedTuple):
    host: str
    failures: int
    failing_since: datetime | None


_CONDITION = Question(
    _Condition,
    sa.select(Peer.host, Peer.failures, Peer.failing_since)
    .where(among(Peer.host, "hosts"))
    .order_by(Peer.host)
    .with_for_update(),
)
_HEAR_ALL = Change(sa.update(_PEERS).where(among(_PEERS.c.host, "hosts")).values(heard_at=NOW))
_HEAR_AGAIN = Change(sa.update(_PEERS).where(_PEERS.c.host == _host).values(heard_at=NOW))
# The host before what waits for it, as everybody locks them who writes both.
_REVIVE = Change(
    sa.update(_PEERS)
    .where(_PEERS.c.host == _host)
    .values(
        silent_at=None,
        # A host that asked us to wait is not failing: its wish stands.
        open_until=sa.case((_is_failing, None), else_=_PEERS.c.open_until),
        due_at=sa.case((sa.and_(_PEERS.c.due_at.is_not(None), _is_failing), NOW), else_=_PEERS.c.due_at),
        failing_since=sa.case((_is_failing, NOW), else_=_PEERS.c.failing_since),
    )
)
_BRING_FORWARD = Change(
    sa.update(_DELIVERIES)
    .where(
        _DELIVERIES.c.host == _host,
        _DELIVERIES.c.state == "waiting",
        _DELIVERIES.c.next_at > NOW,
        sa.or_(_DELIVERIES.c.last_status.is_(None), _DELIVERIES.c.last_status >= 500),
        sa.exists().where(_PEERS.c.host == _host, _PEERS.c.failing_since.is_not(None)),
    )
    .values(next_at=NOW)
)


def keeps_to_a_list() -> sa.ColumnElement[bool]:
    """The clause that is true when this association only has to do with those it agreed with."""
    return sa.exists().where(Association.federation_mode == "agreed")


def is_let_in(peer: type[Peer] = Peer) -> sa.ColumnElement[bool]:
    """The clause over ``peers``, also one joined from outside: the door to this host is open."""
    return sa.and_(peer.blocked_at.is_(None), sa.or_(peer.agreed_at.is_not(None), ~keeps_to_a_list()))


class _Door(NamedTuple):
    keeps_to_a_list: bool
    host: str | None
    blocked_at: datetime | None
    agreed_at: datetime | None


_rule = sa.select(keeps_to_a_list().label("keeps_to_a_list")).subquery()
_DOORS = Question(
    _Door,
    sa.select(_rule.c.keeps_to_a_list, Peer.host, Peer.blocked_at, Peer.agreed_at)
    .select_from(_rule)
    .join(Peer, among(Peer.host, "hosts"), isouter=True),
)
"""The rule stands in every row, and alone in one where none of the hosts is known."""


async def is_blocked(work: Reading, host: str) -> bool:
    """True when the door to this host is closed: by an officer, or because we keep to a list on which it is not."""
    return bool(await shut_out(work, [host]))


async def shut_out(work: Reading, hosts: Iterable[str]) -> set[str]:
    """Those of these hosts to which the door is closed."""
    above = {host: (host, *parents(host)) for host in hosts}
    if not above:
        return set()
    doors = await _DOORS.ask(work, hosts={name for names in above.values() for name in names})
    closed = {door.host for door in doors if door.blocked_at is not None}
    agreed = {door.host for door in doors if door.agreed_at is not None}
    found = {host for host, names in above.items() if not closed.isdisjoint(names)}
    if doors[0].keeps_to_a_list:
        found |= above.keys() - agreed
    return found
