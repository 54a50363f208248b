"""Sends finished requests as fast as they are answered, from processes of its own, and says how long each took."""

import asyncio
import multiprocessing
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import cast

import uvloop


@dataclass
class Report:
    """What became of a load. ``answers`` are (number of the request, status)."""

    seconds: float = 0.0
    took: list[float] = field(default_factory=list)
    answers: list[tuple[int, int]] = field(default_factory=list)

    def quantile(self, part: float) -> float:
        """Seconds within which this part of the requests was answered."""
        return sorted(self.took)[min(int(len(self.took) * part), len(self.took) - 1)] if self.took else 0.0

    def statuses(self) -> Counter[int]:
        return Counter(status for _, status in self.answers)

    def require(self, status: int) -> "Report":
        """Raises AssertionError when anything else was answered."""
        assert set(self.statuses()) == {status}, f"answers were {dict(self.statuses())}"
        return self


class Connection(asyncio.Protocol):
    """One connection that is kept open; one request at a time."""

    def __init__(self) -> None:
        self._got = bytearray()
        self._answer: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(0)

    @property
    def is_open(self) -> bool:
        return self._transport is not None

    def ask(self, request: bytes) -> asyncio.Future[int]:
        """The status that is answered; 0 when the connection broke."""
        self._answer = asyncio.get_running_loop().create_future()
        if self._transport is None:
            self._answer.set_result(0)
        else:
            self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._got[:end]).lower()
        status = int(head[9:12])
        place = head.find(b"content-length:")
        if place >= 0:
            length = int(head[place + 15 :].split(b"\r\n", 1)[0])
            is_whole = len(self._got) >= end + 4 + length
        else:
            is_whole = status in (204, 304) or self._got.endswith(b"0\r\n\r\n")
        if is_whole and self._answer is not None and not self._answer.done():
            self._got.clear()
            self._answer.set_result(status)


async def _drive(port: int, requests: Sequence[tuple[int, bytes]], connections: int) -> Report:
    report = Report()
    todo = iter(requests)
    loop = asyncio.get_running_loop()

    async def work() -> None:
        connection: Connection | None = None
        for number, request in todo:
            if connection is None or not connection.is_open:
                try:
                    _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
                except OSError:
                    report.answers.append((number, 0))
                    await asyncio.sleep(0.02)
                    continue
            begun = time.monotonic()
            status = await connection.ask(request)
            report.took.append(time.monotonic() - begun)
            report.answers.append((number, status))

    begun = time.monotonic()
    await asyncio.gather(*(work() for _ in range(connections)))
    report.seconds = time.monotonic() - begun
    return report


def _drive_here(port: int, requests: Sequence[tuple[int, bytes]], connections: int) -> Report:
    return uvloop.run(_drive(port, requests, connections))


class Load:
    """A process that sends."""

    def __init__(self) -> None:
        self._pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))

    async def send(self, port: int, requests: Sequence[bytes], connections: int = 32) -> Report:
        """Send all of these over so many connections."""
        numbered = list(enumerate(requests))
        return await asyncio.get_running_loop().run_in_executor(self._pool, _drive_here, port, numbered, connections)

    def close(self) -> None:
        self._pool.shutdown()
