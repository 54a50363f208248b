"""Room for those who may take long: so many at a time, and whoever has had a second makes room for the next.

However many hosts hang or drip, whoever comes after them waits a second or two and no more. No account is kept of whose
hosts they are: names below one domain and addresses of one network are cheap, and many share an honest one.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from federation.errors import Busy

PATIENCE = 1.5
"""Seconds that each may have in any case, where no others are said."""
WAITING = 3.0
"""Seconds in line: whoever is asked after that has the greater part of ten left to answer."""


class Places:
    """So many places in one loop, and a line of so many who wait for one, without end where it is not said."""

    def __init__(self, most: int, line: int | None = None, patience: float = PATIENCE) -> None:
        self._most = most
        self._patience = patience
        self._line = line
        self._waiting = 0
        self._taken: dict[asyncio.Timeout, float] = {}
        """Since when, the longest first."""
        self._door = asyncio.Lock()
        self._left = asyncio.Event()

    @contextlib.asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Hold a place. Raises Busy: at once, after some seconds in line, or in the middle, when others wait and
        nobody has been here longer."""
        if self._waiting or len(self._taken) >= self._most:
            await self._wait()
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._taken[scope] = asyncio.get_running_loop().time()
                try:
                    yield
                finally:
                    self._taken.pop(scope, None)
                    self._left.set()
        except TimeoutError as error:
            if not scope.expired():
                raise
            raise Busy("it took long, and others were waiting") from error

    async def _wait(self) -> None:
        if self._line is not None and self._waiting >= self._line:
            raise Busy("too many are waiting")
        self._waiting += 1
        try:
            async with asyncio.timeout(WAITING), self._door:
                await self._make_room()
        except TimeoutError as error:
            raise Busy("there was no room for it") from error
        finally:
            self._waiting -= 1

    async def _make_room(self) -> None:
        loop = asyncio.get_running_loop()
        while len(self._taken) >= self._most:
            longest, since = next(iter(self._taken.items()))
            left = since + self._patience - loop.time()
            if left <= 0:
                del self._taken[longest]
                longest.reschedule(loop.time())
                return
            self._left.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._left.wait()
