"""Group commit: what several want to write at the same moment goes into one transaction, and all wait for its commit.

Single-row commits are what limits SQLite; a batch costs hardly more than one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from node.errors import Unavailable
from node.work import Node, Writing

T = TypeVar("T")
R = TypeVar("R")
Write = Callable[[Writing, Sequence[T]], Awaitable[Sequence[R]]]


class GroupCommit(Generic[T, R]):
    """Writes things of one kind for one node. ``write`` takes several, and returns what became of each, in order."""

    def __init__(self, node: Node, write: Write[T, R], *, most: int = 100) -> None:
        self._node = node
        self._write_all = write
        self._most = most
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return len(self._waiting)

    async def write(self, item: T) -> R:
        """Returns once it is durably written. Raises what the transaction raised.

        Where a common one fails each has one of its own, so that nobody suffers for another's mistake, and who met
        another process writes once more.
        """
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work_off())
        return await future

    async def close(self) -> None:
        """Returns when nothing is being written any more."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _work_off(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            batch = [one for one in batch if not one[1].done()]  # some no longer wait
            try:
                await self._write(batch)
            except Unavailable as error:  # every waiting one must hear of it
                _tell(batch, error)
            except Exception:
                for one in batch:
                    try:
                        await self._write([one])
                    except Exception as error:
                        _tell([one], error)

    async def _write(self, batch: Sequence[tuple[T, "asyncio.Future[R]"]]) -> None:
        async with self._node.writing() as work:
            found = await self._write_all(work, [item for item, _ in batch])
        for (_, future), result in zip(batch, found, strict=True):
            if not future.done():
                future.set_result(result)


def _tell(batch: Sequence[tuple[T, "asyncio.Future[R]"]], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
