"""Carrying activities to inboxes: leases a host, sends what waits for it in order, and settles what became of it.

A host that does not answer is asked with one delivery at a time: after 30 seconds, then every minute for two hours,
every ten minutes for a day, every hour for four days, every six hours after that; whether it is back is looked at every
four minutes meanwhile (federation.knocking), and every sign of life begins this anew. Its queue waits, and it delays
nobody else. A delivery that a living host puts off is tried again after 30 s, 2 min, 10 min, 30 min, 2 h, 6 h, 12 h,
then daily. After a week it expires; Delete, Undo, Move and Block are kept for a month. To a host that was silent for
two weeks only those are sent (node.outbox).
"""

import asyncio
import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from federation.client import Answer, Client, Signer, Style, other_than
from federation.digests import Digests
from federation.directory import STYLE_LASTS, Directory, style_of
from federation.errors import PeerGone, Refused, Unreachable
from federation.sealing import Sealer
from federation.signatures.rfc9421 import Challenge, read_challenge
from node.actors.model import Actor
from node.errors import NotFound
from node.outbox.model import Activity, Delivery
from node.outbox.service import EXPIRES, KEPT_LONGER
from node.peers import service as peers
from node.peers.model import Peer
from node.work import Node, Writing
from schemas.synchronization import HEADER

log = structlog.get_logger()

BATCH = 50
LEASE = timedelta(seconds=60)
_SENDING = timedelta(seconds=30)  # of a lease; what is in hand then has time to end before the lease does
_RETRIES = tuple(
    timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 30, 120, 360, 720, 1440)
)  # of one delivery, the last one for ever
_EXPIRES_LATE = timedelta(days=30)
_MISSING_EXPIRES = timedelta(days=3)
_ERRORS_IN_A_ROW = 3  # answers 5xx, after which the host is left alone for a while
_OWNERS_ASKED = 3  # of an inbox that is gone
_TAKEN_OVER = "!"  # begins a lease whose last holder never said what became of it


@dataclass(frozen=True, slots=True)
class Item:
    """One delivery with what it carries."""

    activity: Activity
    inbox: str
    attempts: int
    created_at: datetime
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """A host that is ours alone for a minute, and what is to be sent there, oldest first."""

    host: str
    token: str
    style: Style
    failures: int
    failing_since: datetime | None
    until: datetime
    items: list[Item] = field(default_factory=list)


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
    asked: Challenge | None = None
    is_over: bool = False


class Deliverer:
    """Delivers for one node; any number of processes may do so over one database."""

    def __init__(self, node: Node, client: Client, directory: Directory) -> None:
        self._node = node
        self._client = client
        self._directory = directory
        self._sealer = Sealer(directory)
        self._digests = Digests()
        self._held: set[tuple[str, str]] = set()
        self._unwritten: list[tuple[Lease, Round, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._is_stopping = False

    # leasing

    async def lease(self, most: int) -> list[Lease]:
        """Up to ``most`` hosts for which something is due and that nobody else holds, living ones first."""
        token = secrets.token_hex(16)
        async with self._node.writing() as work:
            due = (
                sa.select(Peer.host)
                .where(
                    Peer.due_at <= work.now,
                    Peer.blocked_at.is_(None),
                    sa.or_(Peer.leased_until.is_(None), Peer.leased_until < work.now),
                )
                .order_by(sa.case((Peer.failures > 0, 1), else_=0), Peer.due_at)
                .limit(most)
                .with_for_update(skip_locked=True)
            )
            rows = (
                await work.session.execute(
                    sa.update(Peer)
                    .where(Peer.host.in_(due))
                    .values(
                        lease=sa.case((Peer.lease.is_not(None), _TAKEN_OVER + token), else_=token),
                        leased_until=work.now + LEASE,
                    )
                    .returning(
                        Peer.host,
                        Peer.lease,
                        Peer.signature_style,
                        Peer.style_learned_at,
                        Peer.failures,
                        Peer.failing_since,
                    )
                    .execution_options(synchronize_session=False)
                )
            ).all()
            await self._assume_sent(work, [row[0] for row in rows if row[1] != token])
            now = work.now
        leases = []
        for host, held, style, learned_at, failures, failing_since in rows:
            is_known = learned_at is not None and now - learned_at < STYLE_LASTS
            known: Style = style_of(style) if is_known else "cavage"
            leases.append(Lease(host, str(held), known, failures, failing_since, now + LEASE))
        if leases:
            self._held.update((lease.host, lease.token) for lease in leases)
            async with self._node.reading() as work:
                for lease in leases:
                    lease.items.extend(await self._take(work.session, lease, now))
                to_followers = {
                    item.activity.actor_id for lease in leases for item in lease.items if _is_to_followers(item)
                }
                await self._digests.look(work, to_followers)
        return leases

    @staticmethod
    async def _assume_sent(work: Writing, hosts: Sequence[str]) -> None:
        """Whoever held these hosts before died without a word: what was due there may have been sent already. A Delete
        must then not be spared because its Create never went out."""
        if hosts:
            await work.session.execute(
                sa.update(Delivery)
                .where(
                    Delivery.host.in_(hosts),
                    Delivery.state == "waiting",
                    Delivery.next_at <= work.now,
                    Delivery.attempts == 0,
                )
                .values(attempts=1)
                .execution_options(synchronize_session=False)
            )

    @staticmethod
    async def _take(session: AsyncSession, lease: Lease, now: datetime) -> list[Item]:
        """What is due at this host. One delivery is enough to learn whether a failing host lives."""
        most = 1 if lease.failures else BATCH
        rows = await session.execute(_DUE, {"at_host": lease.host, "now": now, "most": most})
        items = [Item(*row) for row in rows]
        if len(items) == most:
            # There is more: what replaces or takes back something of this must be known before that is sent.
            known = {(item.activity.id, item.inbox) for item in items}
            about = {item.activity.object_uri for item in items} | {item.activity.uri for item in items}
            later = await session.execute(
                _WAITING.where(
                    Activity.object_uri.in_(about - {""}),
                    Activity.type.in_(("Update", "Delete", "Undo")),
                    Activity.id > min(item.activity.id for item in items),
                )
                .order_by(Activity.id)
                .limit(BATCH),
                {"at_host": lease.host},
            )
            items += [item for row in later if ((item := Item(*row)).activity.id, item.inbox) not in known]
        return sorted(items, key=lambda item: item.activity.id)

    # sending

    async def serve(self, lease: Lease) -> int:
        """Send what is due at a leased host and settle it; returns how many deliveries came up."""
        found = Round()
        window = asyncio.Semaphore(self._node.config.delivery_window)
        try:
            async with asyncio.TaskGroup() as group:
                for chain in self._chains(lease, found):
                    group.create_task(self._send_chain(chain, lease, found, window))
            await self._look_again(lease.host, found)
        finally:
            await self._settle(lease, found)
            self._held.discard((lease.host, lease.token))
        return len(found.outcomes)

    def stop(self) -> None:
        """Begin nothing new; what is on the wire may end."""
        self._is_stopping = True

    async def give_back(self) -> None:
        """Leases still held are free for others at once."""
        if self._held:
            async with self._node.writing() as work:
                tokens = {token for _, token in self._held}
                await work.session.execute(
                    sa.update(Peer).where(Peer.lease.in_(tokens)).values(lease=None, leased_until=None)
                )
                work.wake("delivery")
            self._held.clear()

    def _chains(self, lease: Lease, found: Round) -> list[list[Item]]:
        """What must arrive in order, together: the activities of one author about one object at one inbox."""
        chains: dict[tuple[str, int, str | int], list[Item]] = {}
        undone: dict[tuple[str, str], str | int] = {}
        now = self._node.clock()
        for item in lease.items:
            activity = item.activity
            limit = _EXPIRES_LATE if activity.type in KEPT_LONGER else EXPIRES
            if now - item.created_at > limit:
                found.outcomes.append(Outcome(item, "expired", "not delivered in time", is_attempt=False))
                continue
            about: str | int = activity.object_uri or activity.id
            if activity.type == "Undo":
                about = undone.get((item.inbox, activity.object_uri), about)
            undone[item.inbox, activity.uri] = about
            chains.setdefault((item.inbox, activity.actor_id, about), []).append(item)
        # What an author says after accepting a follower must not overtake the Accept: others would drop it.
        accepting = {(item.inbox, item.activity.actor_id) for item in lease.items if item.activity.type == "Accept"}
        in_order: dict[tuple[str, int, str | int], list[Item]] = {}
        for (inbox, actor_id, about), chain in chains.items():
            key = (inbox, actor_id, "" if (inbox, actor_id) in accepting else about)
            in_order.setdefault(key, []).extend(self._collapse(chain, found))
        return [sorted(chain, key=lambda item: item.activity.id) for chain in in_order.values()]

    @staticmethod
    def _collapse(chain: list[Item], found: Round) -> list[Item]:
        """A newer Update replaces an older one; a Delete makes everything before it needless, and itself as well
        when the Create was never sent. So does an Undo with what it takes back."""
        kept: list[Item] = []
        for item in chain:
            dropped: list[Item] = []
            if item.activity.type == "Delete":
                dropped = [other for other in kept if other.activity.type in ("Create", "Update")]
                was_never_sent = bool(kept) and kept[0].activity.type == "Create" and kept[0].attempts == 0
                if was_never_sent:
                    dropped = [*dropped, item]
            elif item.activity.type == "Update":
                dropped = [other for other in kept if other.activity.type == "Update"]
            elif item.activity.type == "Undo":
                dropped = [
                    other for other in kept if other.activity.uri == item.activity.object_uri and not other.attempts
                ]
                dropped = [*dropped, item] if dropped else []
            found.outcomes += [
                Outcome(other, "dropped", "replaced by a newer one", is_attempt=False) for other in dropped
            ]
            kept = [other for other in [*kept, item] if other not in dropped]
        return kept

    async def _send_chain(self, chain: Sequence[Item], lease: Lease, found: Round, window: asyncio.Semaphore) -> None:
        for item in chain:
            async with window:
                is_late = self._node.clock() > lease.until - LEASE + _SENDING
                if found.is_over or is_late or self._is_stopping:
                    return
                outcome = await self._send(item, lease, found)
            found.outcomes.append(outcome)
            if outcome.state == "waiting":
                return

    async def _send(self, item: Item, lease: Lease, found: Round) -> Outcome:
        try:
            body = await self._sealer.seal(item.activity)
            speaker = await self._directory.speaker(item.activity.actor_id)
            answer = await self._knock(item, body, speaker.rsa, lease, found)
        except asyncio.CancelledError:
            # We are told to stop: it may have arrived, and what comes after must reckon with that.
            found.outcomes.append(Outcome(item, "waiting", "interrupted", next_at=item.next_at))
            raise
        except NotFound:
            return Outcome(item, "dropped", "the author is no longer here", is_attempt=False)
        except Refused as error:
            return Outcome(item, "refused", str(error)[:300], is_attempt=False)
        except Unreachable as error:
            found.is_over, found.trouble = True, str(error)
            # The host is at fault, so the delivery keeps its place in the queue.
            return Outcome(item, "waiting", str(error)[:300], next_at=item.next_at)
        except Exception:
            log.exception("delivery_failed", activity=item.activity.uri, inbox=item.inbox)
            return Outcome(item, "waiting", "failed here", next_at=self._node.clock() + _later(item.attempts))
        return self._judge(item, answer, found)

    async def _knock(self, item: Item, body: bytes, signer: Signer, lease: Lease, found: Round) -> Answer:
        """Post, signed as the host is known to like it; where the signature was not understood, once more in another
        way: as the host asks for, or else as it was not tried."""
        headers = {}
        synchronization = self._digests.of(item.activity.actor_id, lease.host) if _is_to_followers(item) else None
        if synchronization is not None and f'"{synchronization.collection}"' in item.activity.document:
            headers[HEADER] = synchronization.write()
        style, asked = found.style or lease.style, found.asked
        answer = await self._client.post(item.inbox, body, signer, style=style, headers=headers, asked=asked)
        if answer.status not in (400, 401):
            return answer
        challenge = read_challenge(answer.challenge) if answer.challenge else None
        wants_more = challenge is not None and not challenge.is_usual and challenge != asked
        other: Style = "rfc9421" if wants_more else other_than(style)
        second = await self._client.post(
            item.inbox, body, signer, style=other, headers=headers, asked=challenge if other == "rfc9421" else None
        )
        if second.status >= 300:
            return answer
        found.style = other
        # A nonce is good for one request.
        found.asked = challenge if challenge is not None and challenge.nonce is None and other == "rfc9421" else None
        return second

    def _judge(self, item: Item, answer: Answer, found: Round) -> Outcome:
        status, now = answer.status, self._node.clock()
        words = f"answered {status}"
        if status < 300:
            found.is_alive, found.errors_in_a_row = True, 0
            return Outcome(item, "delivered", words, status)
        if status in (408, 425, 429) or (status >= 500 and status != 501):
            if answer.retry_at is not None:
                found.is_over, found.retry_at = True, answer.retry_at
                return Outcome(item, "waiting", words, status, answer.retry_at)
            if status >= 500:
                found.errors_in_a_row += 1
                found.trouble = words
                found.is_over = found.is_over or found.errors_in_a_row >= _ERRORS_IN_A_ROW
            elif status == 429:
                found.is_over, found.retry_at = True, now + _later(item.attempts)
            return Outcome(item, "waiting", words, status, now + _later(item.attempts))
        found.is_alive, found.errors_in_a_row = True, 0
        if status == 401:
            return Outcome(item, "waiting", words, status, now + _later(item.attempts))
        if status == 404 or status < 400:
            if now - item.created_at > _MISSING_EXPIRES:
                return Outcome(item, "expired", words, status)
            return Outcome(item, "waiting", words, status, now + _later(item.attempts))
        return Outcome(item, "gone" if status == 410 else "refused", words, status)

    async def _look_again(self, host: str, found: Round) -> None:
        """An inbox that is gone or elsewhere: ask whose it was. The actor may have another, or be gone too."""
        for outcome in found.outcomes:
            is_missing = outcome.status is not None and (outcome.status == 404 or 300 <= outcome.status < 400)
            if outcome.status == 410 or (is_missing and outcome.item.attempts == 0):
                await self._ask_owners(host, outcome)

    async def _ask_owners(self, host: str, outcome: Outcome) -> None:
        inbox = outcome.item.inbox
        async with self._node.reading() as work:
            owners = (
                await work.session.scalars(
                    sa.select(Actor)
                    .where(
                        sa.or_(Actor.inbox_uri == inbox, Actor.shared_inbox_uri == inbox),
                        Actor.host == host,
                        Actor.is_local.is_(False),
                        Actor.gone_at.is_(None),
                    )
                    .limit(_OWNERS_ASKED)
                )
            ).all()
        if outcome.status == 410:
            # Only this one, unless it turns out that nobody is left behind the inbox.
            outcome.state, outcome.is_inbox_gone = "gone", not owners
        for owner in owners:
            try:
                owner = await self._directory.actor(owner.uri, fresh=True)
            except PeerGone:
                outcome.state, outcome.answer = "gone", "the recipient is gone"
                outcome.is_inbox_gone = len(owners) == 1 or owner is owners[-1]
                continue
            except (Refused, Unreachable, NotFound):
                return
            now_at = owner.shared_inbox_uri or owner.inbox_uri
            if now_at not in (inbox, ""):
                outcome.state, outcome.answer, outcome.moved_to = "dropped", "the inbox is elsewhere now", now_at
            return

    # settling

    async def _settle(self, lease: Lease, found: Round) -> None:
        """Write down what became of a lease. On SQLite, where a commit is what costs, those that end at the same time
        share one; on PostgreSQL each has its own, so that none ever waits for a row while it holds another."""
        if not self._node.config.is_sqlite:
            async with self._node.writing() as work:
                await self._settle_one(work, lease, found)
            return
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unwritten.append((lease, found, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._settle_many())
        await asyncio.shield(written)

    async def _settle_many(self) -> None:
        while self._unwritten:
            batch, self._unwritten = self._unwritten, []
            try:
                async with self._node.writing() as work:
                    for lease, found, _ in batch:
                        await self._settle_one(work, lease, found)
            except Exception as error:  # every one who waits must hear of it
                for _, _, written in batch:
                    if not written.done():
                        written.set_exception(error)
                continue
            for _, _, written in batch:
                if not written.done():
                    written.set_result(None)

    async def _settle_one(self, work: Writing, lease: Lease, found: Round) -> None:
        connection = await work.session.connection()
        held = await connection.execute(
            _PEERS.update()
            .where(_PEERS.c.host == lease.host, _PEERS.c.lease == lease.token)
            .values(lease=None, leased_until=None, **self._health(work, lease, found))
        )
        if not held.rowcount:
            # Someone else took over when our lease ran out: what we know is late, and theirs counts.
            log.warning("lease_lost", host=lease.host)
            return
        await self._note(work, lease.host, found.outcomes)
        if lease.failures and found.is_alive:
            await peers.bring_forward(work, lease.host)
        # In a statement of its own: what was published while we waited for the row is seen now.
        waiting = (await connection.execute(_NEXT, {"at_host": lease.host})).scalar()
        if waiting is not None and not lease.items:
            # What is due waits for something earlier about the same object: look again when that is due.
            after = _NEXT.where(Delivery.next_at > lease.until - LEASE)
            waiting = (await connection.execute(after, {"at_host": lease.host})).scalar()
            waiting = waiting or work.now + _RETRIES[0]
        pause = self._pause(lease, found, work.now)
        due_at = max(waiting, pause) if waiting is not None and pause is not None else waiting
        await connection.execute(_APPOINT, {"at_host": lease.host, "due": due_at, "until": pause})
        if due_at is not None and due_at <= work.now:
            work.wake("delivery")
        for outcome in found.outcomes:
            # What arrived is counted and kept; a line for each would cost more than the rest of writing it down.
            say = log.debug if outcome.state == "delivered" else log.info
            say(
                "delivery",
                activity=outcome.item.activity.uri,
                inbox=outcome.item.inbox,
                state=outcome.state,
                answer=outcome.answer,
                attempt=outcome.item.attempts + 1,
            )

    @staticmethod
    def _health(work: Writing, lease: Lease, found: Round) -> dict[str, object]:
        values: dict[str, object] = {}
        if found.outcomes and any(outcome.is_attempt for outcome in found.outcomes):
            values["last_answer"] = found.trouble or next(
                outcome.answer for outcome in reversed(found.outcomes) if outcome.is_attempt
            )
        if found.is_alive:
            values |= {"failures": 0, "failing_since": None, "silent_at": None}
        elif found.trouble:
            values |= {
                "failures": Peer.failures + 1,
                "failing_since": sa.func.coalesce(Peer.failing_since, sa.literal(work.now, Peer.failing_since.type)),
            }
        if found.trouble:
            values["failed_at"] = work.now
        if any(outcome.state == "delivered" for outcome in found.outcomes):
            values["delivered_at"] = work.now
        if found.style is not None:
            values |= {"signature_style": found.style, "style_learned_at": work.now}
        return values

    @staticmethod
    def _pause(lease: Lease, found: Round, now: datetime) -> datetime | None:
        """Until when the host is left alone."""
        pauses = [found.retry_at] if found.retry_at is not None else []
        if found.trouble and not found.is_alive:
            failing = now - lease.failing_since if lease.failing_since is not None else timedelta()
            pauses.append(now + _host_pause(lease.failures + 1, failing))
        return max(pauses) if pauses else None

    async def _note(self, work: Writing, host: str, outcomes: Sequence[Outcome]) -> None:
        """All results of a round in one statement, and where an inbox moved, the delivery to its new place."""
        if outcomes:
            await (await work.session.connection()).execute(
                _NOTE,
                [
                    {
                        "of_activity": outcome.item.activity.id,
                        "at_inbox": outcome.item.inbox,
                        "new_state": outcome.state,
                        "more": int(outcome.is_attempt),
                        "with_status": outcome.status,
                        "with_answer": outcome.answer[:300],
                        "at": outcome.next_at or work.now,
                        "done_at": None if outcome.state == "waiting" else work.now,
                    }
                    for outcome in outcomes
                ],
            )
        insert = sqlite.insert(Delivery) if work.config.is_sqlite else postgresql.insert(Delivery)
        for outcome in outcomes:
            if outcome.is_inbox_gone:
                await work.session.execute(
                    sa.update(Delivery)
                    .where(
                        Delivery.host == host,
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
                        "host": host,  # an actor's inbox is always on the actor's own host
                        "state": "waiting",
                        "attempts": 1,
                        "next_at": work.now,
                        "last_answer": "",
                        "created_at": outcome.item.created_at,
                    },
                )


def _is_to_followers(item: Item) -> bool:
    """Whether its author's followers are named in it: then the other side is told how many of its own they are."""
    activity = item.activity
    return not activity.is_forwarded and '/followers"' in activity.document


_PEERS: sa.Table = Peer.__table__  # type: ignore[assignment]
_DELIVERIES: sa.Table = Delivery.__table__  # type: ignore[assignment]

# Statements that are asked for every host, made once: to make one takes longer than to ask it.
_earlier, _earlier_activity = aliased(Delivery), aliased(Activity)
_must_wait = (
    sa.exists()
    .where(
        Activity.object_uri != "",
        # An Undo is about the activity itself, which is about something else.
        sa.or_(
            _earlier_activity.object_uri == Activity.object_uri,
            sa.and_(Activity.type == "Undo", _earlier_activity.uri == Activity.object_uri),
        ),
        _earlier_activity.actor_id == Activity.actor_id,
        _earlier_activity.id < Activity.id,
        _earlier.activity_id == _earlier_activity.id,
        _earlier.inbox_uri == Delivery.inbox_uri,
        _earlier.state == "waiting",
        _earlier.next_at > Delivery.next_at,
    )
    .correlate(Activity, Delivery)
)
_WAITING = (
    sa.select(Activity, Delivery.inbox_uri, Delivery.attempts, Delivery.created_at, Delivery.next_at)
    .join(Activity, Activity.id == Delivery.activity_id)
    .where(Delivery.host == sa.bindparam("at_host"), Delivery.state == "waiting")
)
_DUE = (
    _WAITING.where(Delivery.next_at <= sa.bindparam("now", type_=Delivery.next_at.type), ~_must_wait)
    .order_by(Delivery.next_at, Delivery.activity_id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_NEXT = sa.select(sa.func.min(Delivery.next_at)).where(
    Delivery.host == sa.bindparam("at_host"), Delivery.state == "waiting"
)
_APPOINT = (
    _PEERS.update()
    .where(_PEERS.c.host == sa.bindparam("at_host"))
    .values(due_at=sa.bindparam("due"), open_until=sa.bindparam("until"))
)
_NOTE = (
    _DELIVERIES.update()
    .where(
        _DELIVERIES.c.activity_id == sa.bindparam("of_activity"),
        _DELIVERIES.c.inbox_uri == sa.bindparam("at_inbox"),
        _DELIVERIES.c.state == "waiting",
    )
    .values(
        state=sa.bindparam("new_state"),
        attempts=_DELIVERIES.c.attempts + sa.bindparam("more"),
        last_status=sa.bindparam("with_status"),
        last_answer=sa.bindparam("with_answer"),
        next_at=sa.bindparam("at"),
        settled_at=sa.bindparam("done_at"),
    )
)


def _later(attempts: int) -> timedelta:
    """How long a delivery waits after having failed ``attempts`` times before."""
    return _RETRIES[min(attempts, len(_RETRIES) - 1)] * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, no secret


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
