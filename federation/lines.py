"""Lines to other hosts: HTTP/1.1 for requests of which only the status matters, on connections that are kept a while.

A general client spends as much on a request as the signature under it costs. Of what it can do an inbox needs nothing:
no redirects, no cookies, no body of the answer. Names, addresses that may be dialled and certificates are judged here
as for every other request (federation.client).
"""

import asyncio
import re
import socket
import ssl
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import aiohappyeyeballs

from federation.addresses import Address, NotAllowed
from federation.errors import Refused, Unreachable

Info = tuple[int, int, int, str, tuple[Any, ...]]
"""An address as the socket library wants it: family, kind, protocol, "" and where."""
LookUp = Callable[[str, int], Awaitable[Sequence[Info]]]
"""The addresses behind a name. Raises NotAllowed when none of them may be dialled, another OSError without any."""
Guard = Callable[[Info], None]
"""Sees every address just before it is dialled; raises NotAllowed."""

KEPT = 15.0  # seconds a line lies idle
MOST_IDLE = 400
LAST_WORDS = 1.0  # seconds for the body of an answer, so that the line can be used again
_CONNECT = 5.0
_LONGEST_HEAD = 1 << 15
_LONGEST_BODY = 1 << 14
_NAMES_LAST = 60.0
_MOST_NAMES = 10_000
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\r\n]*)?")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name; of several of one name the last."""


class _Stale(Exception):
    """The other side had hung up before we asked."""


class Lines:
    """The lines of one process. Dials only where ``look_up`` leads."""

    def __init__(self, look_up: LookUp, guard: Guard, tls: ssl.SSLContext, *, remembers_names: bool) -> None:
        self._look_up = look_up
        self._guard = guard
        self._tls = tls
        self._remembers_names = remembers_names
        self._names: OrderedDict[tuple[str, int], tuple[float, Sequence[Info]]] = OrderedDict()
        self._idle: dict[str, list[_Line]] = {}
        self._since: OrderedDict[_Line, float] = OrderedDict()
        self._sweeping: asyncio.TimerHandle | None = None

    async def post(self, address: Address, headers: Mapping[str, str], body: bytes, within: float) -> Reply:
        """POST and hear what is said to it. Raises Refused, Unreachable, TimeoutError after so many seconds in all."""
        request = _request(address, headers, body)
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while True:
            line = self._take(address.origin) or await self._dial(address, until)
            # One timer: the context managers of the library cost as much as the request.
            timer = loop.call_at(until, line.be_late)
            try:
                return await line.ask(request)
            except _Stale:
                continue  # of a line that was used before; a new one does not say so
            except BaseException:
                line.close()
                raise
            finally:
                timer.cancel()

    def close(self) -> None:
        """Hang up everywhere nobody is waiting for an answer."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        for line in list(self._since):
            line.close()

    # lines that are kept

    def _take(self, origin: str) -> "_Line | None":
        waiting = self._idle.get(origin)
        if not waiting:
            return None
        line = waiting[-1]
        self.forget(line)
        return line

    def keep(self, line: "_Line") -> None:
        """A line that has nothing to do."""
        now = asyncio.get_running_loop().time()
        self._idle.setdefault(line.origin, []).append(line)
        self._since[line] = now
        if len(self._since) > MOST_IDLE:
            next(iter(self._since)).close()
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(KEPT, self._sweep)

    def forget(self, line: "_Line") -> None:
        """A line that is in use or gone."""
        if self._since.pop(line, None) is not None:
            waiting = self._idle[line.origin]
            waiting.remove(line)
            if not waiting:
                del self._idle[line.origin]

    def _sweep(self) -> None:
        self._sweeping = None
        loop = asyncio.get_running_loop()
        for line, since in list(self._since.items()):
            if loop.time() - since < KEPT:
                self._sweeping = loop.call_later(KEPT - (loop.time() - since), self._sweep)
                return
            line.close()

    # dialling

    async def _dial(self, address: Address, until: float) -> "_Line":
        async with asyncio.timeout_at(until):
            return await self._call(address)

    async def _call(self, address: Address) -> "_Line":
        try:
            found = await self._resolve(address.host, address.port)
            async with asyncio.timeout(_CONNECT):
                return await self._connect(address, found)
        except NotAllowed as error:
            raise Refused(str(error)) from error
        except TimeoutError as error:
            raise Unreachable(f"no connection within {_CONNECT:.0f} s") from error
        except ssl.SSLCertVerificationError as error:
            raise Unreachable("certificate is not valid") from error
        except ssl.SSLError as error:
            raise Unreachable("TLS failed") from error
        except ConnectionRefusedError as error:
            raise Unreachable("connection refused") from error
        except OSError as error:
            raise Unreachable("no connection") from error

    async def _connect(self, address: Address, found: Sequence[Info]) -> "_Line":
        loop = asyncio.get_running_loop()
        options: dict[str, Any] = {"server_hostname": address.host, "ssl": self._tls}
        if address.scheme != "https":
            options = {}
        if len(found) == 1:
            # Numbers, so nothing is looked up again; by far the cheapest way.
            self._guard(found[0])
            ip, port = found[0][4][:2]
            _, line = await loop.create_connection(lambda: _Line(self, address.origin), ip, port, **options)
            return line
        dialled = await aiohappyeyeballs.start_connection(
            list(found), happy_eyeballs_delay=0.25, loop=loop, socket_factory=self._make_socket
        )
        try:
            _, line = await loop.create_connection(lambda: _Line(self, address.origin), sock=dialled, **options)
        except BaseException:
            dialled.close()
            raise
        return line

    def _make_socket(self, info: Info) -> socket.socket:
        self._guard(info)
        made = socket.socket(info[0], info[1], info[2])
        made.setblocking(False)
        return made

    async def _resolve(self, host: str, port: int) -> Sequence[Info]:
        now = asyncio.get_running_loop().time()
        known = self._names.get((host, port))
        if known is not None and now < known[0]:
            return known[1]
        try:
            found = await self._look_up(host, port)
        except NotAllowed:
            raise
        except OSError as error:
            raise Unreachable("name cannot be resolved") from error
        if self._remembers_names:
            self._names[host, port] = (now + _NAMES_LAST, found)
            while len(self._names) > _MOST_NAMES:
                self._names.popitem(last=False)
        return found


def _request(address: Address, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"POST {address.target} HTTP/1.1", *[f"{name}: {value}" for name, value in headers.items()]]
    lines.append(f"Content-Length: {len(body)}\r\n\r\n")
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) + 1 or head.count("\r") != len(lines) + 1 or not head.isascii():
        raise Refused("request cannot be written")
    return head.encode() + body


class _Line(asyncio.Protocol):
    """One connection, and one request at a time. What is not plainly the end of an answer is the end of the line."""

    __slots__ = ("_answer", "_closing", "_got", "_is_asked", "_is_chunked", "_left", "_lines", "_transport", "origin")

    def __init__(self, lines: Lines, origin: str) -> None:
        self.origin = origin
        self._lines = lines
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Reply] | None = None
        self._got = bytearray()
        self._is_asked = False
        """Something was asked on it before."""
        self._left: int | None = None
        """Bytes of the answer's body that have not come; None while its end is not known."""
        self._is_chunked = False
        self._closing: asyncio.TimerHandle | None = None

    def ask(self, request: bytes) -> "asyncio.Future[Reply]":
        self._answer = answer = asyncio.get_running_loop().create_future()
        self._got.clear()
        self._left, self._is_chunked = None, False
        if self._transport is None or self._transport.is_closing():
            answer.set_exception(_Stale() if self._is_asked else Unreachable("connection lost"))
        else:
            self._transport.write(request)
        return answer

    def be_late(self) -> None:
        """Nothing was answered in time."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(TimeoutError())

    def close(self) -> None:
        self._lines.forget(self)
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        if self._transport is not None:
            # Nothing of ours is on the way that anybody waits for, and a host that hangs must not keep the socket.
            self._transport.abort()
            self._transport = None

    # what the loop says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        is_stale = self._is_asked and not self._got
        self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(_Stale() if is_stale else Unreachable("connection lost"))

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self.close()  # nobody asked
        elif not self._answer.done():
            self._got += data
            self._read_head()
        else:
            self._skip(data)

    def _read_head(self) -> None:
        while True:
            end = self._got.find(b"\r\n\r\n")
            if end < 0:
                # Whatever begins in another way never becomes an answer; it need not be waited for.
                if len(self._got) > _LONGEST_HEAD or not b"HTTP/1.".startswith(self._got[:7]):
                    self._give_up()
                return
            first, *lines = bytes(self._got[:end]).split(b"\r\n")
            found = _STATUS.fullmatch(first)
            if found is None or end > _LONGEST_HEAD:
                self._give_up()
                return
            del self._got[: end + 4]
            status = int(found[2])
            if status >= 200:
                break
            if status == 101:
                self._give_up()
                return
        headers = {}
        for line in lines:
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip(" \t")
        assert self._answer is not None
        if not self._answer.done():  # it is where nobody waits any more
            self._answer.set_result(Reply(status, headers))
        if found[1] == b"0" or "close" in headers.get("connection", "").lower() or not self._knows_end(status, headers):
            self.close()
            return
        rest = bytes(self._got)
        self._got.clear()
        self._skip(rest)

    def _knows_end(self, status: int, headers: Mapping[str, str]) -> bool:
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if status in (204, 304):
            self._left = 0
        elif coding is not None:
            self._is_chunked = coding.lower() == "chunked" and length is None
            return self._is_chunked
        elif length is not None and length.isascii() and length.isdecimal() and len(length) <= 6:
            self._left = int(length)
        return self._left is not None and self._left <= _LONGEST_BODY

    def _skip(self, data: bytes) -> None:
        """The words of an answer are nobody's business; they are read to their end so that the line lives on."""
        if self._is_chunked:
            self._got += data
            self._left = _left_of_chunks(self._got)
        elif self._left is not None:
            self._left -= len(data)
        if self._left is None or self._left < 0 or len(self._got) > _LONGEST_BODY:
            self.close()
        elif self._left:
            if self._closing is None:
                self._closing = asyncio.get_running_loop().call_later(LAST_WORDS, self.close)
        else:
            if self._closing is not None:
                self._closing.cancel()
                self._closing = None
            self._answer, self._is_asked = None, True
            self._lines.keep(self)

    def _give_up(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Unreachable("answer is not HTTP"))
        self.close()


def _left_of_chunks(body: bytearray) -> int | None:
    """0 when these chunks are all there are, 1 when more must come, None when they are none."""
    at = 0
    while True:
        found = _SIZE.match(body, at)
        if found is None:
            return 1 if len(body) - at < 100 and b"\n" not in body[at:] else None
        size, at = int(found[1], 16), found.end()
        if size == 0:
            if body[at:] == b"\r\n":
                return 0
            return 1 if len(body) - at < 2 and b"\r\n".startswith(body[at:]) else None  # nobody sends trailers
        if len(body) < at + size + 2:
            return 1
        if body[at + size : at + size + 2] != b"\r\n":
            return None
        at += size + 2
