"""The worker: carries out what the commits left to be done, until it is told to stop. Any number may run at once."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import sqlalchemy as sa
import structlog

from federation.client import Client
from federation.delivery import Deliverer
from federation.directory import Directory
from federation.errands import Runner
from federation.knocking import Knocker
from federation.leasing import Lease
from federation.polling import Poller
from federation.receiving import Receiver
from node import presence
from node.errors import Unavailable
from node.housekeeping import Housekeeper
from node.mail import sending
from node.members import imports
from node.peers.model import Peer
from node.work import Node

log = structlog.get_logger()

T = TypeVar("T")

_LOOK_EVERY = 1.0  # seconds; a bell that rang in another process may not be heard on SQLite
_SLOW = 1.0  # seconds, after which a host that has not answered no longer takes a place from others
_IN_HAND_AT_MOST = 300  # hosts, the slow ones among them
_A_BREATH = 0.02  # seconds after the bell: whoever rang it may be about to answer a member
_A_MOMENT = 0.05  # seconds that few places are kept empty, so that many are given away together
_GRACE = 7.0  # seconds for what is on the wire when we are told to stop
_KEEP_HOUSE_EVERY = 15.0
_POLL_EVERY = 60.0
_DESCRIBED_AT_ONCE = 5


class Worker:
    """Works for one open node.

    ``client`` is that of the process where it also answers requests: whose key was fetched just now is then asked for
    their profile, and answered, on the same line.
    """

    def __init__(self, node: Node, client: Client | None = None) -> None:
        self._node = node
        self._client = client or Client(node)
        self.directory = Directory(node, self._client)
        self._deliverer = Deliverer(node, self._client, self.directory)
        self._receiver = Receiver(node, self.directory)
        self._runner = Runner(node, self.directory, self._client)
        self.poller = Poller(node, self.directory)
        self._knocker = Knocker(node, self._client)
        self._housekeeper = Housekeeper(node)
        self._serving: dict[asyncio.Task[int | None], float] = {}
        self._is_full = False
        """More may be due than there were places for."""

    async def open(self) -> None:
        await self._client.open()

    async def close(self) -> None:
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        self._serving.clear()
        await self._receiver.close()
        await self._runner.close()
        with contextlib.suppress(Unavailable):
            await self._deliverer.give_back()
        await self._client.close()

    # for tests and scripts: one step at a time

    async def work_once(self) -> int:
        """Do what is due at this moment, once; returns how much that was."""
        await self._housekeeper.work_off()
        count = await self._receiver.work_off()
        count += await self._runner.work_off()
        count += await self._knocker.work_off()
        leases = await self._deliverer.lease(self._node.config.delivery_hosts)
        count += sum(await asyncio.gather(*(self._deliverer.serve(lease) for lease in leases)))
        count += await sending.send_due(self._node)
        count += await imports.carry_on(self._node)
        return count

    # for a process

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; then end what is on the wire, and give the rest back."""
        async with presence.working(self._node):
            await self._run(stop)

    async def _run(self, stop: asyncio.Event) -> None:
        await self.open()
        log.info("worker_started")
        loops = [
            asyncio.create_task(self._deliver(stop)),
            asyncio.create_task(self._repeat(stop, "inbox", self._receiver.work_off)),
            asyncio.create_task(self._repeat(stop, "errands", self._runner.work_off)),
            asyncio.create_task(self._repeat(stop, "outboxes", self.poller.work_off, _POLL_EVERY)),
            asyncio.create_task(self._repeat(stop, "knocks", self._knocker.work_off, _KEEP_HOUSE_EVERY)),
            asyncio.create_task(self._repeat(stop, "mail", lambda: sending.send_due(self._node))),
            asyncio.create_task(self._repeat(stop, "jobs", self._keep_house, _KEEP_HOUSE_EVERY)),
        ]
        try:
            await stop.wait()
            self._deliverer.stop()
            for bell in ("delivery", "inbox", "errands", "outboxes", "knocks", "mail", "jobs"):
                self._node.bells.ring(bell)
            await asyncio.wait([*loops, *self._serving], timeout=_GRACE)
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            await self.close()
            log.info("worker_stopped")

    async def _repeat(
        self, stop: asyncio.Event, bell: str, work: Callable[[], Awaitable[int]], every: float = _LOOK_EVERY
    ) -> None:
        """Work while there is some, then wait for the bell, or a while."""
        while not stop.is_set():
            if not await self._safely(bell, work()):
                await self._node.bells.wait(bell, every)

    async def _deliver(self, stop: asyncio.Event) -> None:
        """Keeps hosts in hand. One that takes longer than a second is left to itself and its place given to another,
        so that a crowd of hanging hosts does not keep the others waiting."""
        while not stop.is_set():
            if self._serving and self._places() < self._node.config.delivery_hosts // 4:
                await asyncio.sleep(_A_MOMENT)
            places = self._places()
            if len(self._serving) >= _IN_HAND_AT_MOST and await self._safely("delivery", self._deliverer.has_due()):
                self._deliverer.hurry(self._node.config.delivery_hosts // 4)
            leases: list[Lease] = []
            if places > 0:
                leases = await self._safely("delivery", self._deliverer.lease(places)) or []
            for lease in leases:
                task = asyncio.create_task(self._safely("delivery", self._deliverer.serve(lease)))
                self._serving[task] = asyncio.get_running_loop().time()
                task.add_done_callback(self._served)
            self._is_full = len(leases) >= places
            if not leases and await self._node.bells.wait("delivery", _LOOK_EVERY if places > 0 else _SLOW / 4):
                await asyncio.sleep(_A_BREATH)

    def _places(self) -> int:
        now = asyncio.get_running_loop().time()
        swift = sum(1 for since in self._serving.values() if now - since < _SLOW)
        return min(self._node.config.delivery_hosts - swift, _IN_HAND_AT_MOST - len(self._serving))

    def _served(self, task: asyncio.Task[int | None]) -> None:
        self._serving.pop(task, None)
        if self._is_full:
            self._node.bells.ring("delivery")  # there is a place

    async def _keep_house(self) -> int:
        await self._housekeeper.work_off()
        async with self._node.reading() as work:
            hosts = await work.session.scalars(
                sa.select(Peer.host)
                .where(
                    sa.or_(Peer.described_at.is_(None), Peer.described_at < work.now - timedelta(days=1)),
                    sa.or_(
                        Peer.heard_at > work.now - timedelta(days=2), Peer.delivered_at > work.now - timedelta(days=2)
                    ),
                    Peer.blocked_at.is_(None),
                )
                .limit(_DESCRIBED_AT_ONCE)
            )
            found = hosts.all()
        await asyncio.gather(*(self.directory.describe(host) for host in found))
        return int(await imports.carry_on(self._node))

    async def _safely(self, what: str, work: Awaitable[T]) -> T | None:
        """A failure here is logged and waited out; it must not end the worker."""
        try:
            return await work
        except Unavailable as error:
            log.warning("worker_waits", what=what, reason=str(error.__cause__ or error)[:200])
        except Exception:
            log.exception("worker_failed", what=what)
        await asyncio.sleep(_LOOK_EVERY)
        return None
