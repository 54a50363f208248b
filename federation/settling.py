"""Writing down what became of deliveries: for many hosts at once, each delivery and each host in one line of a list."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
import structlog

from federation.client import Style
from federation.leasing import LEASE, Item, Lease
from node.asking import Question, among
from node.outbox.model import Delivery
from node.peers import service as peers
from node.peers.model import Peer
from node.work import Writing

if TYPE_CHECKING:
    from federation.signatures.rfc9421 import Challenge

log = structlog.get_logger()

_RETRIES = tuple(
    timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 30, 120, 360, 720, 1440)
)  # of one delivery, the last one for ever

_WORTH_A_STATEMENT = 8  # deliveries of one activity that ended alike


@dataclass(slots=True)
class Outcome:
    """What became of one delivery: its new state, ``waiting`` when it is to be tried again at ``next_at``."""

    item: Item
    state: str
    answer: str
    status: int | None = None
    next_at: datetime | None = None
    is_attempt: bool = True
    moved_to: str | None = None
    is_inbox_gone: bool = False
    """Nobody is left behind the inbox: whatever else waits for it need not be tried."""


@dataclass(slots=True)
class Round:
    """What one lease brought to light about its host."""

    outcomes: list[Outcome] = field(default_factory=list)
    is_alive: bool = False
    trouble: str = ""
    errors_in_a_row: int = 0
    retry_at: datetime | None = None
    style: Style | None = None
    asked: "Challenge | None" = None
    is_over: bool = False
    asked_at: float | None = None
    """Since when, on the loop's clock, the host owes us an answer."""
    is_hurried: bool = False
    """Others wait for its place."""

    def begin_to_wait(self) -> None:
        """Something leaves for the host. What waited here for its turn to be signed is nothing the host owes us."""
        self.asked_at = asyncio.get_running_loop().time()


Settled = tuple[Lease, Round]


class _Host(NamedTuple):
    host: str
    lease: str | None
    failures: int
    failing_since: datetime | None
    silent_at: datetime | None
    failed_at: datetime | None
    delivered_at: datetime | None
    last_answer: str
    signature_style: str
    style_learned_at: datetime | None


def later(attempts: int) -> timedelta:
    """How long a delivery waits after having failed ``attempts`` times before."""
    return _RETRIES[min(attempts, len(_RETRIES) - 1)] * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, no secret


async def write_down(work: Writing, settled: Sequence[Settled]) -> None:
    """Note every outcome and let the hosts go."""
    connection = await work.session.connection()
    # Locked in order, so that two of us never wait for each other.
    known = {row.host: row for row in await _LOCK.ask(work, hosts=[lease.host for lease, _ in settled])}
    ours = [(lease, found) for lease, found in settled if _is_held(known.get(lease.host), lease)]
    if not ours:
        return
    await _note(work, ours)
    for lease, found in ours:
        if lease.failures and found.is_alive:
            await peers.bring_forward(work, lease.host)
    # In a statement of its own: what was published while we waited for the rows is seen now.
    waiting: dict[str, datetime] = dict(await _NEXT.ask(work, hosts=[lease.host for lease, _ in ours]))
    for lease, _ in ours:
        if lease.host in waiting and not lease.items:
            # What is due waits for something earlier about the same object: look again when that is due.
            begun = lease.until - LEASE
            after = (await connection.execute(_NEXT_AFTER, {"at_host": lease.host, "after": begun})).scalar()
            waiting[lease.host] = after or work.now + _RETRIES[0]
    await _release(work, [(lease, found, known[lease.host], waiting.get(lease.host)) for lease, found in ours])
    _tell(ours)


def _is_held(row: "_Host | None", lease: Lease) -> bool:
    if row is not None and row.lease == lease.token:
        return True
    # Someone else took over when our lease ran out: what we know is late, and theirs counts.
    log.warning("lease_lost", host=lease.host)
    return False


async def _release(work: Writing, hosts: Sequence[tuple[Lease, Round, "_Host", datetime | None]]) -> None:
    """Let these hosts go, with what is known of them now; those that are simply well, all in one statement."""
    well: dict[str, list[str]] = {}
    others = []
    for lease, found, row, waiting in hosts:
        pause = _pause(lease, found, work.now)
        due_at = max(waiting, pause) if waiting is not None and pause is not None else waiting
        health = _health(row, found, work.now)
        is_well = found.is_alive and not found.trouble and found.style is None and health["delivered"] == work.now
        if is_well and due_at is None and pause is None:
            well.setdefault(health["answer"], []).append(lease.host)
        else:
            others.append(health | {"at_host": lease.host, "due": due_at, "until": pause})
        if due_at is not None and due_at <= work.now:
            work.wake("delivery")
    connection = await work.session.connection()
    for answer, names in well.items():
        await connection.execute(_RELEASE_WELL, {"hosts": names, "answer": answer, "at": work.now})
    if others:
        await connection.execute(_RELEASE, others)


def _health(row: "_Host", found: Round, now: datetime) -> dict[str, Any]:
    """What is known of a host after this round."""
    answer, failures, failing_since, silent_at = row.last_answer, row.failures, row.failing_since, row.silent_at
    if any(outcome.is_attempt for outcome in found.outcomes):
        answer = found.trouble or next(o.answer for o in reversed(found.outcomes) if o.is_attempt)
    if found.is_alive:
        failures, failing_since, silent_at = 0, None, None
    elif found.trouble:
        failures, failing_since = failures + 1, failing_since or now
    is_delivered = any(outcome.state == "delivered" for outcome in found.outcomes)
    return {
        "answer": answer[:300],
        "failed_so_often": failures,
        "failing": failing_since,
        "silent": silent_at,
        "failed": now if found.trouble else row.failed_at,
        "delivered": now if is_delivered else row.delivered_at,
        "style": found.style or row.signature_style,
        "style_learned": now if found.style is not None else row.style_learned_at,
    }


def _pause(lease: Lease, found: Round, now: datetime) -> datetime | None:
    """Until when the host is left alone."""
    pauses = [found.retry_at] if found.retry_at is not None else []
    if found.trouble and not found.is_alive:
        failing = now - lease.failing_since if lease.failing_since is not None else timedelta()
        pauses.append(now + _host_pause(lease.failures + 1, failing))
    return max(pauses) if pauses else None


async def _note(work: Writing, settled: Sequence[Settled]) -> None:
    """All results in one statement, and where an inbox moved, the delivery to its new place."""
    connection = await work.session.connection()
    alike: dict[tuple[Any, ...], list[str]] = {}
    for _, found in settled:
        for outcome in found.outcomes:
            of = (outcome.item.activity.id, outcome.state, outcome.is_attempt, outcome.status, outcome.answer[:300])
            alike.setdefault((*of, outcome.next_at or work.now), []).append(outcome.item.inbox)
    single = []
    for (activity_id, state, is_attempt, status, answer, at), inboxes in alike.items():
        values = {
            "of_activity": activity_id,
            "new_state": state,
            "more": int(is_attempt),
            "with_status": status,
            "with_answer": answer,
            "at": at,
            "done_at": None if state == "waiting" else work.now,
        }
        if len(inboxes) > _WORTH_A_STATEMENT:
            await connection.execute(_NOTE_ALIKE, values | {"inboxes": inboxes})
        else:
            single += [values | {"at_inbox": inbox} for inbox in inboxes]
    if single:
        await connection.execute(_NOTE, single)
    insert = work.insert(Delivery)
    for lease, found in settled:
        for outcome in found.outcomes:
            if outcome.is_inbox_gone:
                await work.session.execute(
                    sa.update(Delivery)
                    .where(
                        Delivery.host == lease.host,
                        Delivery.inbox_uri == outcome.item.inbox,
                        Delivery.state == "waiting",
                    )
                    .values(state="gone", last_answer="the recipient is gone", settled_at=work.now)
                    .execution_options(synchronize_session=False)
                )
            if outcome.moved_to is not None:
                await work.session.execute(
                    insert.on_conflict_do_nothing(),
                    {
                        "activity_id": outcome.item.activity.id,
                        "inbox_uri": outcome.moved_to,
                        "host": lease.host,  # an actor's inbox is always on the actor's own host
                        "state": "waiting",
                        "attempts": 1,
                        "next_at": work.now,
                        "last_answer": "",
                        "created_at": outcome.item.created_at,
                    },
                )


def _tell(settled: Sequence[Settled]) -> None:
    # What arrived is counted and kept; a line for each would cost more than the rest of writing it down.
    say = log.bind()
    for _, found in settled:
        for outcome in found.outcomes:
            (say.debug if outcome.state == "delivered" else say.info)(
                "delivery",
                activity=outcome.item.activity.uri,
                inbox=outcome.item.inbox,
                state=outcome.state,
                answer=outcome.answer,
                attempt=outcome.item.attempts + 1,
            )


def _host_pause(failures: int, failing: timedelta) -> timedelta:
    """How long a host is left alone that has failed so often in a row, and for so long."""
    if failures <= 1:
        pause = timedelta(seconds=30)
    elif failing < timedelta(hours=2):
        pause = timedelta(minutes=1)
    elif failing < timedelta(days=1):
        pause = timedelta(minutes=10)
    elif failing < timedelta(days=4):
        pause = timedelta(hours=1)
    else:
        pause = timedelta(hours=6)
    return pause * random.uniform(1.0, 1.3)  # noqa: S311 - spreads load, no secret


# Statements that are asked for everything that goes out, made once.
_PEERS: sa.Table = Peer.__table__  # type: ignore[assignment]
_DELIVERIES: sa.Table = Delivery.__table__  # type: ignore[assignment]
_LOCK = Question(
    _Host,
    sa.select(*(_PEERS.c[name] for name in _Host._fields))
    .where(among(_PEERS.c.host, "hosts"))
    .order_by(_PEERS.c.host)
    .with_for_update(),
)
_waiting = _DELIVERIES.c.state == "waiting"
_NEXT: Question[tuple[str, datetime]] = Question(
    tuple,
    sa.select(_DELIVERIES.c.host, sa.func.min(_DELIVERIES.c.next_at))
    .where(among(_DELIVERIES.c.host, "hosts"), _waiting)
    .group_by(_DELIVERIES.c.host),
)
_NEXT_AFTER = sa.select(sa.func.min(_DELIVERIES.c.next_at)).where(
    _DELIVERIES.c.host == sa.bindparam("at_host"),
    _waiting,
    _DELIVERIES.c.next_at > sa.bindparam("after", type_=_DELIVERIES.c.next_at.type),
)
_RELEASE = (
    _PEERS.update()
    .where(_PEERS.c.host == sa.bindparam("at_host"))
    .values(
        lease=None,
        leased_until=None,
        due_at=sa.bindparam("due"),
        open_until=sa.bindparam("until"),
        last_answer=sa.bindparam("answer"),
        failures=sa.bindparam("failed_so_often"),
        failing_since=sa.bindparam("failing"),
        silent_at=sa.bindparam("silent"),
        failed_at=sa.bindparam("failed"),
        delivered_at=sa.bindparam("delivered"),
        signature_style=sa.bindparam("style"),
        style_learned_at=sa.bindparam("style_learned"),
    )
)
_RELEASE_WELL = (
    _PEERS.update()
    .where(among(_PEERS.c.host, "hosts"))
    .values(
        lease=None,
        leased_until=None,
        due_at=None,
        open_until=None,
        last_answer=sa.bindparam("answer"),
        failures=0,
        failing_since=None,
        silent_at=None,
        delivered_at=sa.bindparam("at"),
    )
)
_noted = {
    "state": sa.bindparam("new_state"),
    "attempts": _DELIVERIES.c.attempts + sa.bindparam("more"),
    "last_status": sa.bindparam("with_status"),
    "last_answer": sa.bindparam("with_answer"),
    "next_at": sa.bindparam("at"),
    "settled_at": sa.bindparam("done_at"),
}
_of_activity = _DELIVERIES.update().where(_DELIVERIES.c.activity_id == sa.bindparam("of_activity"), _waiting)
_NOTE = _of_activity.where(_DELIVERIES.c.inbox_uri == sa.bindparam("at_inbox")).values(_noted)
_NOTE_ALIKE = _of_activity.where(among(_DELIVERIES.c.inbox_uri, "inboxes")).values(_noted)
