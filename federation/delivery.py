"""Carrying activities to inboxes: leases a host, sends what waits for it in order, and settles what became of it.

A host that does not answer is asked with one delivery at a time: after 30 seconds, then every minute for two hours,
every ten minutes for a day, every hour for four days, every six hours after that; whether it is back is looked at every
four minutes meanwhile (federation.knocking), and every sign of life begins this anew. Its queue waits, and it delays
nobody else. A delivery that a living host puts off is tried again after 30 s, 2 min, 10 min, 30 min, 2 h, 6 h, 12 h,
then daily. After a week it expires; Delete, Undo, Move and Block are kept for a month. To a host that was silent for
two weeks only those are sent (node.outbox).

What is the same for many deliveries is done once: hosts are leased together, what waits for them is found together,
an activity is sealed once, and results are written down together (federation.leasing, federation.settling).
"""

import asyncio
import contextlib
import functools
import heapq
import operator
import secrets
from collections.abc import Iterator, Sequence, Set
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog

from federation.client import Answer, Client, Signer, Style, other_than
from federation.digests import Digests
from federation.directory import Directory
from federation.errors import PeerGone, Refused, Unreachable
from federation.leasing import LEASE, Cargo, Due, Item, Lease, Said, said, take_hosts, waiting_for, what_is_due
from federation.places import PATIENCE
from federation.sealing import Sealer
from federation.settling import Outcome, Round, later, write_down
from node.actors.model import Actor
from node.errors import NotFound, Unavailable
from node.outbox.service import EXPIRES, KEPT_LONGER, fan_out, is_step
from node.peers.model import Peer
from node.work import Node
from schemas.synchronization import HEADER

if TYPE_CHECKING:
    from federation.signatures.rfc9421 import Challenge

log = structlog.get_logger()

_SENDING = timedelta(seconds=30)  # of a lease; what is in hand then has time to end before the lease does
_EXPIRES_LATE = timedelta(days=30)
_MISSING_EXPIRES = timedelta(days=3)
_ERRORS_IN_A_ROW = 3  # answers 5xx, after which the host is left alone for a while
_OWNERS_ASKED = 3  # of an inbox that is gone
_TOGETHER = 50  # hosts whose results are written down at once
_A_MOMENT = 0.05  # seconds for others to end, so that theirs are written down with them
_BROKEN = "failed here"
_HURRIED = "no answer, and others were waiting"
_PATIENCE_WITH_FRIENDS = 5.0
"""Seconds for a host that takes what we send: it is slow, or our own way out is, and others must not pay for that."""
_WORTH_A_LINE = 8  # orders that wait, for each further line to a host


class Deliverer:
    """Delivers for one node; any number of processes may do so over one database."""

    def __init__(self, node: Node, client: Client, directory: Directory) -> None:
        self._node = node
        self._client = client
        self._directory = directory
        self._sealer = Sealer(directory)
        self._digests = Digests()
        self._held: set[tuple[str, str]] = set()
        self._unsure: set[str] = set()
        """Leases that may have been written, or not, or whose load never came: the database went away meanwhile."""
        self._unwritten: list[tuple[Lease, Round, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._enough = asyncio.Event()
        self._at_work: dict[asyncio.Task[Any], tuple[Lease, Round]] = {}
        self._serving = 0
        self._is_stopping = False

    # leasing

    async def lease(self, most: int) -> list[Lease]:
        """Up to ``most`` hosts for which something is due and that nobody else holds, living ones first."""
        await self._free(self._unsure)
        async with self._node.reading() as work:
            due = await what_is_due(work)
        if not (due.fanouts or due.hosts):
            return []
        token = secrets.token_hex(16)
        try:
            return await self._take(due, token, most)
        except (Unavailable, asyncio.CancelledError):
            self._unsure.add(token)
            raise

    async def _take(self, due: Due, token: str, most: int) -> list[Lease]:
        async with self._node.writing() as work:
            if due.fanouts:
                await fan_out(work)
            leases = await take_hosts(work, token, most)
            now = work.now
        if not leases:
            return []
        self._held.update((lease.host, lease.token) for lease in leases)
        async with self._node.reading() as work:
            waiting = await waiting_for(work, leases, now)
            ids = {row.activity_id for rows in waiting.values() for row in rows}
            activities = await said(work, ids) if ids else []
            await self._digests.look(work, {activity.actor_id for activity in activities if _names_followers(activity)})
        cargo = {activity.id: await self._load(activity) for activity in activities}
        for lease in leases:
            found = [row for row in waiting.get(lease.host, ()) if row.activity_id in cargo]
            lease.items.extend(
                Item(cargo[row.activity_id], row.inbox, row.attempts, row.created_at, row.next_at)
                for row in sorted(found, key=lambda row: row.activity_id)
            )
        return leases

    async def _load(self, activity: Said) -> Cargo:
        """Seal it, and have its author's pen ready."""
        body, signer, names_followers, is_broken = b"", None, False, False
        try:
            body = await self._sealer.seal(activity)
            signer = (await self._directory.speaker(activity.actor_id)).rsa
        except NotFound:
            pass  # whoever said it is no longer here
        except Unavailable:
            raise
        except Exception:
            log.exception("activity_cannot_be_sealed", activity=activity.uri)
            is_broken = True
        if _names_followers(activity):
            synchronization = self._digests.of(activity.actor_id, "")
            names_followers = synchronization is not None and f'"{synchronization.collection}"' in activity.document
        return Cargo(
            activity.id,
            activity.uri,
            activity.actor_id,
            activity.type,
            activity.object_uri,
            activity.created_at,
            body,
            signer,
            names_followers,
            is_broken,
        )

    # sending

    async def serve(self, lease: Lease) -> int:
        """Send what is due at a leased host and settle it; returns how many deliveries came up."""
        found, task = Round(), asyncio.current_task()
        assert task is not None
        self._at_work[task] = lease, found
        self._serving += 1
        try:
            chains = self._chains(lease, found)
            window = min(self._node.config.delivery_window, 1 + len(chains) // _WORTH_A_LINE)
            todo = iter(chains)
            if window == 1:
                await self._send_chains(todo, lease, found)
            else:
                async with asyncio.TaskGroup() as group:
                    for _ in range(window):
                        group.create_task(self._send_chains(todo, lease, found))
            await self._look_again(lease.host, found)
        except asyncio.CancelledError:
            if not found.is_hurried:
                raise
            task.uncancel()
            found.trouble = _HURRIED
        finally:
            self._at_work.pop(task)
            try:
                await self._settle(lease, found)
            finally:
                self._serving -= 1
            self._held.discard((lease.host, lease.token))
        return len(found.outcomes)

    async def has_due(self) -> bool:
        """True when a host waits for a place."""
        async with self._node.reading() as work:
            return (await what_is_due(work)).hosts

    def hurry(self, most: int) -> None:
        """Give up on so many hosts at most, those that owe us an answer longest: others wait for their places."""
        now = asyncio.get_running_loop().time()
        owing = [
            (found.asked_at, task, found)
            for task, (lease, found) in self._at_work.items()
            if found.asked_at is not None
            and not found.is_hurried
            and now - found.asked_at > (_PATIENCE_WITH_FRIENDS if lease.is_well else PATIENCE)
        ]
        for _, task, found in heapq.nsmallest(most, owing, key=operator.itemgetter(0)):
            found.is_hurried = True
            task.cancel()

    def stop(self) -> None:
        """Begin nothing new; what is on the wire may end."""
        self._is_stopping = True

    async def give_back(self) -> None:
        """Leases still held are free for others at once."""
        await self._free({token for _, token in self._held} | self._unsure)

    async def _free(self, tokens: Set[str]) -> None:
        if tokens:
            async with self._node.writing() as work:
                await work.session.execute(
                    sa.update(Peer).where(Peer.lease.in_(tokens)).values(lease=None, leased_until=None)
                )
                work.wake("delivery")
            self._held = {(host, token) for host, token in self._held if token not in tokens}
            self._unsure = self._unsure - tokens

    def _chains(self, lease: Lease, found: Round) -> list[list[Item]]:
        """What must arrive in order, together: the activities of one author about one object at one inbox."""
        chains: dict[tuple[str, int, str | int], list[Item]] = {}
        undone: dict[tuple[str, str], str | int] = {}
        now = self._node.clock()
        for item in lease.items:
            activity = item.activity
            is_late = activity.type in KEPT_LONGER or is_step(activity.object_uri)
            limit = _EXPIRES_LATE if is_late else EXPIRES
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
            if is_step(item.activity.object_uri):
                pass
            elif item.activity.type == "Delete":
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

    async def _send_chains(self, chains: Iterator[Sequence[Item]], lease: Lease, found: Round) -> None:
        """One after the other, on one line; the next one is taken by whoever is free."""
        for chain in chains:
            for item in chain:
                is_late = self._node.clock() > lease.until - LEASE + _SENDING
                if found.is_over or is_late or self._is_stopping:
                    return
                outcome = await self._send(item, lease, found)
                found.asked_at = None
                found.outcomes.append(outcome)
                if outcome.state == "waiting":
                    break

    async def _send(self, item: Item, lease: Lease, found: Round) -> Outcome:
        signer = item.activity.signer
        if item.activity.is_broken:
            return Outcome(item, "waiting", _BROKEN, next_at=self._node.clock() + later(item.attempts))
        if signer is None:
            return Outcome(item, "dropped", "the author is no longer here", is_attempt=False)
        try:
            answer = await self._knock(item, signer, lease, found)
        except asyncio.CancelledError:
            # We are told to stop, or to hurry: it may have arrived, and what comes after must reckon with that.
            words = _HURRIED if found.is_hurried else "interrupted"
            found.outcomes.append(Outcome(item, "waiting", words, next_at=item.next_at))
            raise
        except Refused as error:
            return Outcome(item, "refused", str(error)[:300], is_attempt=False)
        except Unreachable as error:
            found.is_over, found.trouble = True, str(error)
            # The host is at fault, so the delivery keeps its place in the queue.
            return Outcome(item, "waiting", str(error)[:300], next_at=item.next_at)
        except Exception:
            log.exception("delivery_failed", activity=item.activity.uri, inbox=item.inbox)
            return Outcome(item, "waiting", _BROKEN, next_at=self._node.clock() + later(item.attempts))
        return self._judge(item, answer, found)

    async def _knock(self, item: Item, signer: Signer, lease: Lease, found: Round) -> Answer:
        """Post, signed as the host is known to like it; where the signature was not understood, once more in another
        way: as the host asks for, or else as it was not tried."""
        headers, body = {}, item.activity.body
        if item.activity.is_to_followers:
            synchronization = self._digests.of(item.activity.actor_id, lease.host)
            if synchronization is not None:
                headers[HEADER] = synchronization.write()
        post = functools.partial(
            self._client.post, item.inbox, body, signer, headers=headers, leaves=found.begin_to_wait
        )
        style, asked = found.style or lease.style, found.asked
        answer = await post(style=style, asked=asked)
        if answer.status not in (400, 401):
            return answer
        challenge = _read_challenge(answer.challenge) if answer.challenge else None
        wants_more = challenge is not None and not challenge.is_usual and challenge != asked
        other: Style = "rfc9421" if wants_more else other_than(style)
        second = await post(style=other, asked=challenge if other == "rfc9421" else None)
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
                found.is_over, found.retry_at = True, now + later(item.attempts)
            return Outcome(item, "waiting", words, status, now + later(item.attempts))
        found.is_alive, found.errors_in_a_row = True, 0
        if status == 401:
            return Outcome(item, "waiting", words, status, now + later(item.attempts))
        if status == 404 or status < 400:
            if now - item.created_at > _MISSING_EXPIRES:
                return Outcome(item, "expired", words, status)
            return Outcome(item, "waiting", words, status, now + later(item.attempts))
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
        """Write down what became of a lease, together with others that end at about the same time."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unwritten.append((lease, found, written))
        if self._is_enough:
            self._enough.set()
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_down())
        await asyncio.shield(written)

    @property
    def _is_enough(self) -> bool:
        return len(self._unwritten) >= min(_TOGETHER, self._serving)

    async def _write_down(self) -> None:
        while self._unwritten:
            if not self._is_enough:
                self._enough.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_A_MOMENT):
                        await self._enough.wait()
            batch, self._unwritten = self._unwritten, []
            await self._write_batch(batch)

    async def _write_batch(self, batch: Sequence[tuple[Lease, Round, asyncio.Future[None]]]) -> None:
        try:
            async with self._node.writing() as work:
                await write_down(work, [(lease, found) for lease, found, _ in batch])
        except Exception as error:
            if len(batch) > 1 and not isinstance(error, Unavailable):
                for each in batch:  # whichever it is, it must not take the others with it
                    await self._write_batch([each])
                return
            for _, _, written in batch:
                if not written.done():
                    written.set_exception(error)
            return
        for _, _, written in batch:
            if not written.done():
                written.set_result(None)


def _read_challenge(text: str) -> "Challenge | None":
    from federation.signatures.rfc9421 import read_challenge  # its libraries are loaded once they are needed

    return read_challenge(text)


def _names_followers(activity: Said) -> bool:
    return not activity.is_forwarded and '/followers"' in activity.document
