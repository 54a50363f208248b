"""News inside one process: who waits for what is told after the commit that made it true."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Bells:
    """Named bells. Ringing is a hint to look at the database, never the news itself."""

    def __init__(self) -> None:
        self._bells: dict[str, asyncio.Event] = {}

    def ring(self, name: str) -> None:
        self._bell(name).set()

    async def wait(self, name: str, timeout: float) -> bool:
        """Wait for the bell, at most ``timeout`` seconds; True when it rang. Hearing it silences it."""
        bell = self._bell(name)
        try:
            async with asyncio.timeout(timeout):
                await bell.wait()
        except TimeoutError:
            return False
        bell.clear()
        return True

    def _bell(self, name: str) -> asyncio.Event:
        return self._bells.setdefault(name, asyncio.Event())


EVERYBODY = 0
"""The account of news that concern nobody in particular."""


class Topics(asyncio.Queue[str]):
    """What a listener has not heard yet: each topic once, so that a noisy one does not crowd out the others."""

    def _put(self, item: str) -> None:
        if item not in self._queue:  # type: ignore[attr-defined]  # named so in the library, for subclasses
            super()._put(item)


class Bus:
    """Tells the open pages of an account that a topic changed. A slow listener loses repeats, never the last word."""

    def __init__(self) -> None:
        self._listeners: dict[int, set[Topics]] = {}

    def publish(self, account_id: int, topic: str) -> None:
        for queue in self._listeners.get(account_id, ()):
            if not queue.full():
                queue.put_nowait(topic)

    @contextmanager
    def listen(self, *account_ids: int) -> Iterator[Topics]:
        """The topics told to any of these accounts from now on."""
        queue = Topics(maxsize=100)
        for account_id in account_ids:
            self._listeners.setdefault(account_id, set()).add(queue)
        try:
            yield queue
        finally:
            for account_id in account_ids:
                listeners = self._listeners[account_id]
                listeners.discard(queue)
                if not listeners:
                    del self._listeners[account_id]
