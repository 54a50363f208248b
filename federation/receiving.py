"""Acting on what the inbox stored: prepared outside any unit, applied and marked done in one."""

import asyncio
import contextlib
import functools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError

from federation import plain
from federation.acquaintance import Acquaintance
from federation.catalogue import VERBS
from federation.client import budget
from federation.confirmation import confirm
from federation.directory import Directory
from federation.errors import BadSignature, Ignored, PeerGone, Refused, Unreachable
from federation.places import Places
from federation.signatures.proofs import key_of
from node.actors import queries
from node.asking import NOW, Question, among, given
from node.changing import Change, table_of
from node.deals import refusals
from node.deals.hearing import TooEarly
from node.errors import NodeError, Unavailable
from node.grouping import GroupCommit
from node.inbox.model import SUSPECT, WAITING, Received, ReceivedBody
from node.inbox.plain import Plain, keep
from node.inbox.service import unpack
from node.peers import service as peers
from node.posts.forwarding import forward
from node.work import Node, Writing
from schemas.activities import Activity
from schemas.values import Malformed, parse

log = structlog.get_logger()

BATCH = 100
IN_HAND = 200
"""Activities for which things are fetched at the same time, each of another actor, for one actor's keep their order."""
HEAVY = 32 << 20
"""Characters of activities in hand, after which no more are taken up."""
TOGETHER = 10
"""Activities that are applied in one unit: those who knock and members must not stand in line behind many."""
PATIENCE = 0.3
"""Seconds after which those who wait for a slow host are left to themselves, and others get their turn."""
LEASE = timedelta(minutes=5)
_RESTS = timedelta(seconds=2)
DEADLINE = 60.0  # seconds for everything that is fetched because of one activity
_SHORT = 2048
"""Bytes, packed, of what was ignored or refused that are worth keeping for whoever looks into it."""
_PAUSES = (
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of ``received`` that is ours for a while."""

    id: int
    uri: str
    type: str
    actor_uri: str
    host: str
    body: str
    signature: dict[str, Any] | None
    attempts: int
    lease: str


class _Key(NamedTuple):
    id: int


class _Uri(NamedTuple):
    actor_uri: str


class _Body(NamedTuple):
    id: int
    body: bytes


class _Moment(NamedTuple):
    at: datetime | None


_RECEIVED, _BODY = table_of(Received), table_of(ReceivedBody)
_IS_FREE = sa.and_(sa.text(WAITING), sa.or_(Received.leased_until.is_(None), Received.leased_until < NOW))
_NEXT = Question(_Moment, sa.select(sa.func.min(Received.next_at, type_=Received.next_at.type)).where(_IS_FREE))
_DUE = Question(
    _Key,
    sa.select(Received.id)
    .where(_IS_FREE, Received.next_at <= NOW, sa.not_(among(Received.actor_uri, "others")))
    .order_by(Received.next_at, Received.id)
    .limit(given("most"))
    .with_for_update(skip_locked=True),  # on SQLite nobody else writes
)
_SUSPECTED = Question(
    _Uri, sa.select(Received.actor_uri).where(sa.text(SUSPECT), Received.reason == "").distinct().limit(IN_HAND)
)
_TAKE = Change(
    sa.update(_RECEIVED)
    .where(among(_RECEIVED.c.id, "keys"))
    # The attempt counts from now on: an activity that kills the process comes to an end too.
    .values(lease=sa.bindparam("by"), leased_until=sa.bindparam("until"), attempts=_RECEIVED.c.attempts + 1)
    .returning(*(_RECEIVED.c[name] for name in Waiting.__slots__))
)
_BODIES = Question(_Body, sa.select(ReceivedBody.id, ReceivedBody.body).where(among(ReceivedBody.id, "ids")))
_DONE = Change(
    sa.update(_RECEIVED)
    .where(among(_RECEIVED.c.id, "keys"), _RECEIVED.c.lease == sa.bindparam("held"))
    .values(
        state="done",
        reason="",
        body="",
        signature=None,
        settled_at=sa.bindparam("now"),
        lease=None,
        leased_until=None,
    )
)
_DROP_BODIES = Change(sa.delete(_BODY).where(among(_BODY.c.id, "keys")))


class _Taken(Exception):
    """The lease went to another worker meanwhile: nothing of what was done may stay."""


@dataclass(frozen=True, slots=True)
class _End:
    state: str
    reason: str = ""
    unheard: Activity | None = None
    """What no rule of ours lets stand: its author is told where it was a step of a deal."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An activity for which everything was fetched."""

    row: Waiting
    activity: Activity


class Receiver:
    """Takes stored activities of one node to an end: done, ignored, refused or failed."""

    def __init__(self, node: Node, directory: Directory) -> None:
        self._node = node
        self._directory = directory
        self._acquaintance = Acquaintance(node, directory)
        self._in_hand: dict[str, asyncio.Task[None]] = {}
        self._weight = 0
        """Characters of what is in hand."""
        self._places = Places(IN_HAND)
        self._commits = GroupCommit(node, _apply, most=TOGETHER)
        self._resting: list[Waiting] = []
        """As below, and tried again after a pause: the database was away, and perhaps is each time it is tried."""
        self._let_go: list[Waiting] = []
        """Still leased, though nobody works on them: the database was away, or we are told to stop."""
        self._unsure: list[str] = []
        """Leases that may have been written, or not: the database went away before it said so."""

    async def work_off(self, limit: int = BATCH) -> int:
        """Take up to limit due activities in hand and give them a moment. Returns how many are being worked on.

        What takes longer, because a host hangs, goes on by itself; its actor's later activities wait for it.
        """
        await self._give_back()
        is_full = len(self._in_hand) >= 2 * IN_HAND or self._weight >= HEAVY
        rows = await self._lease(limit) if not is_full else []
        kept = await self._keep_plain(rows)
        left: dict[str, list[Waiting]] = {}
        for row in rows:
            if row.id not in kept:
                left.setdefault(row.actor_uri, []).append(row)
            elif not self._acquaintance.has_met(row.actor_uri):
                left.setdefault(row.actor_uri, [])
        for actor_uri, queue in left.items():
            task = asyncio.create_task(self._meet_and_settle(actor_uri, queue))
            self._in_hand[actor_uri] = task
            weight = sum(len(row.body) for row in queue)
            self._weight += weight
            task.add_done_callback(functools.partial(self._let_be, actor_uri, weight))
        # Whoever was in hand before had their moment.
        working = [self._in_hand[uri] for uri in (left or self._in_hand)]
        if working:
            await asyncio.wait(working, timeout=PATIENCE)
        return max(len(rows), len(working))

    def _let_be(self, actor_uri: str, weight: int, _: object) -> None:
        self._in_hand.pop(actor_uri, None)
        self._weight -= weight

    async def close(self) -> None:
        """Let go of what is in hand; others may take it up at once."""
        working = list(self._in_hand.values())
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        await self._commits.close()
        with contextlib.suppress(Unavailable):
            await self._give_back()

    async def _keep_plain(self, rows: Sequence[Waiting]) -> set[int]:
        """Apply what is plain, all in one unit, and an actor's only up to what is not; the keys of what is done.

        Where one cannot be kept after all, none is: then each takes its turn.
        """
        found, over = list[Plain](), set[str]()
        for row in rows:
            item = self._plain(row) if row.actor_uri not in over else None
            if item is not None:
                found.append(item)
            else:
                over.add(row.actor_uri)
        if not found:
            return set()
        try:
            async with self._node.writing() as work:
                kept = await keep(work, found)
                if kept:
                    await _mark_done(work, kept, rows[0].lease)
            return set(kept)
        except asyncio.CancelledError:
            self._let_go += rows
            raise
        except (Unavailable, IntegrityError, _Taken) as error:
            log.info("plain_ones_take_turns", reason=type(error).__name__)
        except Exception:
            log.exception("plain_ones_take_turns")
        return set()

    def _plain(self, row: Waiting) -> Plain | None:
        if row.attempts > 1 or row.type not in plain.TYPES:
            return None  # what was begun before may be what ended the worker, and must not take others with it
        try:
            return plain.read(row.id, Activity.read(parse(row.body.encode())), row.actor_uri, self._node.uris)
        except Malformed:
            return None

    async def _meet_and_settle(self, actor_uri: str, queue: list[Waiting]) -> None:
        if not queue:
            with budget():
                await self._acquaintance.meet(actor_uri)
        await self._settle_all(queue)

    async def _settle_all(self, queue: list[Waiting]) -> None:
        for place, row in enumerate(queue):
            try:
                await self._settle(row)
            except Unavailable:
                log.warning("inbox_waits_for_the_database")
                self._resting.append(row)
                self._let_go += queue[place + 1 :]
                return
            except asyncio.CancelledError:
                self._let_go += queue[place:]
                raise

    async def _give_back(self) -> None:
        """What we let go of need not wait for the end of its lease, and was no attempt: it is not its fault."""
        if self._unsure:
            await self._free(Received.state == "waiting", Received.lease.in_(self._unsure))
            self._unsure.clear()
        for let_go, rest in ((self._let_go, timedelta()), (self._resting, _RESTS)):
            rows = {row.id: row.lease for row in let_go}
            if rows:
                leased = Received.lease.in_(set(rows.values()))
                await self._free(Received.id.in_(rows), leased, Received.state == "waiting", rest=rest)
                let_go[:] = [row for row in let_go if row.id not in rows]

    async def _free(self, *which: sa.ColumnElement[bool], rest: timedelta = timedelta()) -> None:
        async with self._node.writing() as work:
            await work.session.execute(
                sa.update(Received)
                .where(*which)
                .values(lease=None, leased_until=None, next_at=work.now + rest, attempts=Received.attempts - 1)
                .execution_options(synchronize_session=False)
            )

    async def next_at(self) -> datetime | None:
        """When the next activity is due, or None when nothing waits."""
        async with self._node.reading() as work:
            return (await _NEXT.ask(work, now=work.now))[0].at

    async def _lease(self, limit: int) -> list[Waiting]:
        next_at = await self.next_at()
        if next_at is None or next_at > self._node.clock():
            return []  # most looks find nothing, and must not take the writer's place
        token = secrets.token_hex(16)
        try:
            return await self._take_due(token, limit)
        except (Unavailable, asyncio.CancelledError):
            self._unsure.append(token)
            raise

    async def _take_due(self, token: str, limit: int) -> list[Waiting]:
        async with self._node.writing() as work:
            others = list(self._in_hand)
            suspected = [row.actor_uri for row in await _SUSPECTED.ask(work)]
            due = await _DUE.ask(work, now=work.now, others=[*others, *suspected], most=limit)
            if suspected and not due:
                due = await _DUE.ask(work, now=work.now, others=others, most=1)
            taken = await _TAKE.returned(work, keys=[row.id for row in due], by=token, until=work.now + LEASE)
            rows = sorted((Waiting(*row) for row in taken), key=lambda row: row.id)
            bodies = dict(await _BODIES.ask(work, ids=[row.id for row in rows]))
            return [replace(row, body=unpack(bodies[row.id])) if row.id in bodies else row for row in rows]

    async def _settle(self, row: Waiting) -> None:
        structlog.contextvars.bind_contextvars(activity=row.uri)
        try:
            end = await self._take(row)
        except _Taken:
            log.info("activity_taken_by_another_worker")
            return
        finally:
            structlog.contextvars.unbind_contextvars("activity")
        if end is None:
            return
        values = self._values(row, end)
        async with self._node.writing() as work:
            held = await work.session.execute(
                sa.update(Received).where(Received.id == row.id, Received.lease == row.lease).values(**values)
            )
            if held.rowcount and "state" in values:  # type: ignore[attr-defined]
                await work.session.execute(
                    sa.delete(ReceivedBody).where(ReceivedBody.id == row.id, sa.func.length(ReceivedBody.body) > _SHORT)
                )
            is_over = held.rowcount and values.get("state") in ("refused", "failed")  # type: ignore[attr-defined]
            if is_over and end.unheard is not None and end.unheard.actor == row.actor_uri:
                await refusals.answer(work, end.unheard, end.reason)

    def _values(self, row: Waiting, end: _End) -> dict[str, object]:
        now = self._node.clock()
        values: dict[str, object] = {"lease": None, "leased_until": None, "reason": end.reason[:300]}
        if end.state == "waiting" and row.attempts <= len(_PAUSES):
            return values | {"next_at": now + _PAUSES[row.attempts - 1]}
        return values | {"state": "failed" if end.state == "waiting" else end.state, "settled_at": now}

    async def _take(self, row: Waiting) -> _End | None:
        """None when it is applied and marked as done, otherwise what is to be written down instead."""
        if row.attempts > len(_PAUSES) + 1:
            log.error("activity_failed", type=row.type, reason="whoever took it up died")
            return _End("failed", "given up")
        activity = None
        try:
            activity = Activity.read(parse(row.body.encode()))
            if activity.id is None:
                activity = replace(activity, id=row.uri)
            if row.signature is not None and row.actor_uri == activity.actor:
                activity = replace(activity, body=row.body, signature=row.signature)
            with budget():
                await self._act(row, activity)
                await self._acquaintance.meet(activity.actor)
        except Ignored as error:
            return _End("ignored", str(error))
        except Unavailable:
            raise
        except TooEarly as error:
            return _End("waiting", str(error), activity)
        except (Unreachable, TimeoutError) as error:
            return _End("waiting", str(error) or "took too long")
        except (Refused, BadSignature, PeerGone) as error:
            log.info("activity_refused", type=row.type, reason=str(error)[:300])
            return _End("refused", str(error))
        except (Malformed, NodeError) as error:
            log.info("activity_refused", type=row.type, reason=str(error)[:300])
            return _End("refused", str(error), activity)
        except _Taken:
            raise
        except Exception as error:
            log.exception("activity_failed", type=row.type)
            return _End("waiting", f"{type(error).__name__}: {error}")
        return None

    async def _act(self, row: Waiting, activity: Activity) -> None:
        verb = VERBS.get(activity.type)
        if verb is None:
            raise Ignored(f"no word for {activity.type}")
        is_authors = row.actor_uri == activity.actor
        async with self._places.taken(), asyncio.timeout(DEADLINE):
            if not is_authors:
                activity = await confirm(self._node, self._directory, activity)
            if not _is_farewell(activity):
                await self._directory.meet(activity.actor)
            prepared = await verb.prepare(activity, self._directory)
        await self._commits.write(_Prepared(row, prepared))


async def _apply(work: Writing, prepared: Sequence[_Prepared]) -> Sequence[None]:
    """What is to be done of several, in one unit. In order of host, as everybody locks hosts who writes to several."""
    actors = {actor.uri: actor for actor in await queries.by_uris(work, [one.activity.actor for one in prepared])}
    shut_out = await peers.shut_out(work, {actor.host for actor in actors.values()})
    for one in sorted(prepared, key=lambda one: one.row.host):
        actor = actors.get(one.activity.actor)
        if actor is None:
            raise Ignored("the actor is not known here")
        if actor.suspended_at is not None or actor.host in shut_out:
            raise Refused("the actor is shut out")
        if actor.gone_at is not None and not _is_farewell(one.activity):
            raise Refused("the actor is gone")
        await VERBS[one.activity.type].apply(work, actor, one.activity)
        if one.row.actor_uri == actor.uri and key_of(one.activity.document) is not None:
            await forward(work, one.activity, one.row.body, one.row.actor_uri)
    leases: dict[str, list[int]] = {}
    for one in prepared:
        leases.setdefault(one.row.lease, []).append(one.row.id)
    for lease, keys in leases.items():
        await _mark_done(work, keys, lease)
    return [None] * len(prepared)


def _is_farewell(activity: Activity) -> bool:
    return activity.type == "Delete" and activity.object_id == activity.actor


async def _mark_done(work: Writing, keys: Sequence[int], lease: str) -> None:
    """In the unit in which it was done. Raises _Taken when any of these is no longer ours."""
    if await _DONE.make(work, keys=keys, held=lease, now=work.now) != len(keys):
        raise _Taken
    # Its text is kept no longer: what is to be remembered of it stands elsewhere, and its fingerprint tells a repeat.
    await _DROP_BODIES.make(work, keys=keys)
