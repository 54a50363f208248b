"""Looks that are shared: who wants to know something of the same kind while others do is answered with them."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

V = TypeVar("V")


class Together(Generic[V]):
    """What there is at some addresses. ``look`` tells for many at once, for hardly more than for one."""

    def __init__(self, look: Callable[[Collection[str]], Awaitable[Mapping[str, V]]]) -> None:
        self._look = look
        self._wanted: dict[str, asyncio.Future[V | None]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def find(self, uri: str) -> V | None:
        """As the database has it now; None where it has nothing."""
        answer = self._wanted.get(uri)
        if answer is None:
            answer = self._wanted[uri] = asyncio.get_running_loop().create_future()
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._work_off())
        return await asyncio.shield(answer)

    async def _work_off(self) -> None:
        while self._wanted:
            wanted, self._wanted = self._wanted, {}
            try:
                found = await self._look(wanted)
            except Exception as error:  # everyone who waits must hear of it
                for answer in wanted.values():
                    answer.set_exception(error)
                    answer.exception()
                continue
            for uri, answer in wanted.items():
                answer.set_result(found.get(uri))
