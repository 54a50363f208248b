"""Runs errands: what has to be fetched elsewhere, but not while anybody waits."""

import asyncio
import contextlib
from collections.abc import Awaitable

import structlog

from federation import evidence, featured, history, hooks, previews, pushing, refreshing, synchronizing, threads
from federation.client import Client
from federation.directory import Directory
from federation.errors import Unreachable
from federation.places import Places
from node.deals import service as deals
from node.digest import service as digest
from node.errands import service
from node.errands.model import Errand
from node.errors import NodeError, Unavailable
from node.matching import running as matching
from node.notifications import service as notifications
from node.pins.service import FEATURED
from node.polls import service as polls
from node.posts import copies
from node.posts.threads import KIND as THREAD
from node.previews import service as looking
from node.webhooks import service as webhooks
from node.work import Node
from schemas.values import Malformed

log = structlog.get_logger()

AT_ONCE = 8
"""Errands of our own. However many hosts hang that others made us ask, these do not wait for them."""
FETCHING = 150
"""What others made us ask for. It may take a while, for it is long; beyond that whoever hangs makes room."""
PATIENCE = 1.0  # seconds after which those that take long are left to themselves
_DEADLINE = 90.0
_FAIR = 5.0  # seconds for an errand while others wait


class Runner:
    """Runs the errands of one node."""

    def __init__(self, node: Node, directory: Directory, client: Client) -> None:
        self._node = node
        self._client = client
        self._directory = directory
        self._in_hand: dict[asyncio.Task[None], Errand] = {}
        self._places = Places(FETCHING, patience=_FAIR)

    async def work_off(self) -> int:
        """Take up what is due and give it a moment; returns how many are in hand."""
        for errand in await self._lease():
            task = asyncio.create_task(self._run(errand))
            self._in_hand[task] = errand
            task.add_done_callback(lambda done: self._in_hand.pop(done, None))
        working = list(self._in_hand)
        if working:
            await asyncio.wait(working, timeout=PATIENCE)
        return len(working)

    async def close(self) -> None:
        """Let go of what is in hand; others may take it up at once."""
        in_hand = dict(self._in_hand)
        for task in in_hand:
            task.cancel()
        await asyncio.gather(*in_hand, return_exceptions=True)
        left = [errand for task, errand in in_hand.items() if task.cancelled()]
        if left:
            with contextlib.suppress(Unavailable):
                async with self._node.writing() as work:
                    await service.give_back(work, left)

    async def _lease(self) -> list[Errand]:
        our_own = sum(errand.kind in service.OWN for errand in self._in_hand.values())
        places, fetching = AT_ONCE - our_own, 2 * FETCHING - (len(self._in_hand) - our_own)
        if places <= 0 and fetching <= 0:
            return []
        async with self._node.reading() as work:
            if not await service.has_due(work):
                return []  # most looks find nothing, and must not take the writer's place
        async with self._node.writing() as work:
            own = await service.lease(work, places, is_own=True) if places > 0 else ()
            others = await service.lease(work, min(fetching, FETCHING)) if fetching > 0 else ()
            # What may be what ended the last worker must not take others with it; but what is our own does not wait
            # until there is nothing to fetch.
            if not own and not our_own:
                own = await service.lease_suspect(work, is_own=True)
            found = [*own, *others]
            return found or list(await service.lease_suspect(work))

    async def _run(self, errand: Errand) -> None:
        if errand.attempts > service.TRIES:
            log.error("errand_given_up", kind=errand.kind, subject=errand.subject)
            async with self._node.writing() as work:
                await service.give_up(work, errand)
            return
        is_done = True
        try:
            is_own = errand.kind in service.OWN
            async with contextlib.nullcontext() if is_own else self._places.taken(), asyncio.timeout(_DEADLINE):
                await self._do(errand)
        except (Unreachable, Unavailable, TimeoutError) as error:
            log.info("errand_waits", kind=errand.kind, subject=errand.subject, reason=str(error)[:200])
            is_done = False
        except (NodeError, Malformed) as error:
            log.info("errand_in_vain", kind=errand.kind, subject=errand.subject, reason=str(error)[:200])
        except Exception:
            log.exception("errand_failed", kind=errand.kind, subject=errand.subject)
            is_done = False
        try:
            async with self._node.writing() as work:
                await (service.finish if is_done else service.postpone)(work, errand)
        except Unavailable:
            log.warning("errand_waits_for_the_database")

    def _do(self, errand: Errand) -> Awaitable[None]:
        node, remote, subject, details = self._node, self._directory, errand.subject, errand.details
        if errand.kind == history.KIND:
            return history.fetch(node, remote, subject)
        if errand.kind == THREAD:
            return threads.complete(node, remote, subject, details.get("readers", []))
        if errand.kind == synchronizing.KIND:
            return synchronizing.compare(node, remote, subject, details["url"], details["digest"])
        if errand.kind == FEATURED:
            return featured.fetch(node, remote, subject)
        if errand.kind == polls.REFRESH:
            return refreshing.count(node, remote, subject)
        if errand.kind == looking.KIND:
            return previews.look(node, self._client, subject)
        if errand.kind == copies.QUOTED:
            return refreshing.fetch_quoted(node, remote, subject)
        if errand.kind == notifications.PUSH:
            return pushing.wake(node, self._client, int(subject))
        if errand.kind == digest.KIND:
            return digest.send(node, int(subject))
        if errand.kind == matching.KIND:
            return matching.carry_on(node, errand)
        if errand.kind == deals.SEAL:
            return evidence.seal(node, remote, int(subject))
        if errand.kind == webhooks.KIND:
            return hooks.carry(node, self._client, int(subject))
        raise LookupError(errand.kind)
