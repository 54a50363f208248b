"""Keeping account of other hosts."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from node.asking import Question, among
from node.associations.model import Association
from node.peers.model import Peer
from node.tables import Delivery
from node.work import Reading, Writing

GIVEN_UP = timedelta(days=14)
"""To a host that failed so long only what takes something back is sent, until it gives a sign of life. Who follows from
there stays."""


def is_not_given_up(now: datetime) -> sa.ColumnElement[bool]:
    """The clause over ``peers``, also one joined from outside: this host is not known to be silent for two weeks."""
    return sa.or_(Peer.failing_since.is_(None), Peer.failing_since > now - GIVEN_UP)


def _insert(work: Writing) -> postgresql.Insert | sqlite.Insert:
    return sqlite.insert(Peer) if work.config.is_sqlite else postgresql.insert(Peer)


async def meet(work: Writing, hosts: Iterable[str]) -> None:
    """Make sure there is a row for each host. Below a closed door there is a closed door."""
    rows = [{"host": host, "first_seen_at": work.now} for host in sorted(set(hosts))]
    if not rows:
        return
    new = await work.session.scalars(_insert(work).on_conflict_do_nothing().returning(Peer.host), rows)
    for host in new.all():
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
    await meet(work, [host])
    await bring_forward(work, host)
    await work.session.execute(sa.update(Peer).where(Peer.host == host).values(heard_at=work.now, **_revived(work)))


async def revive(work: Writing, host: str) -> None:
    """A host that was silent is there again: try what waits for it, and begin to count anew should that fail."""
    await bring_forward(work, host)
    await work.session.execute(sa.update(Peer).where(Peer.host == host).values(silent_at=None, **_revived(work)))
    work.wake("delivery")


def _revived(work: Writing) -> dict[str, object]:
    is_failing = Peer.failures > 0
    now = sa.literal(work.now, Peer.due_at.type)
    return {
        # A host that asked us to wait is not failing: its wish stands.
        "open_until": sa.case((is_failing, None), else_=Peer.open_until),
        "due_at": sa.case((sa.and_(Peer.due_at.is_not(None), is_failing), now), else_=Peer.due_at),
        "failing_since": sa.case((is_failing, now), else_=Peer.failing_since),
    }


async def bring_forward(work: Writing, host: str) -> None:
    """What could not be delivered because the host was in trouble is due now; what it refused keeps its time."""
    is_failing = sa.exists().where(Peer.host == host, Peer.failing_since.is_not(None))
    await work.session.execute(
        sa.update(Delivery)
        .where(
            Delivery.host == host,
            Delivery.state == "waiting",
            Delivery.next_at > work.now,
            sa.or_(Delivery.last_status.is_(None), Delivery.last_status >= 500),
            is_failing,
        )
        .values(next_at=work.now)
        .execution_options(synchronize_session=False)
    )


def keeps_to_a_list() -> sa.ColumnElement[bool]:
    """The clause that is true when this association only has to do with those it agreed with."""
    return sa.exists().where(Association.federation_mode == "agreed")


def is_let_in(peer: type[Peer] = Peer) -> sa.ColumnElement[bool]:
    """The clause over ``peers``, also one joined from outside: the door to this host is open."""
    return sa.and_(peer.blocked_at.is_(None), sa.or_(peer.agreed_at.is_not(None), ~keeps_to_a_list()))


class _Door(NamedTuple):
    host: str
    blocked_at: datetime | None
    agreed_at: datetime | None


class _Rule(NamedTuple):
    keeps_to_a_list: bool


_DOORS = Question(_Door, sa.select(Peer.host, Peer.blocked_at, Peer.agreed_at).where(among(Peer.host, "hosts")))
_RULE = Question(_Rule, sa.select(keeps_to_a_list()))


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
    if above.keys() - found - agreed and (await _RULE.ask(work))[0].keeps_to_a_list:
        found |= above.keys() - agreed
    return found
