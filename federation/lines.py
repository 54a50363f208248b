"""Lines to other hosts: HTTP/1.1 on connections that are kept a while; redirects, cookies and the like it knows not.

A general client spends as much on a request as the signature under it costs. Whoever asks sees status and headers of
the answer before its body (``Judge``), and says where that goes, or that nobody wants it. Names, addresses that may be
dialled and certificates are judged by federation.client.
"""

import asyncio
import contextlib
import re
import select
import socket
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import aiohappyeyeballs

from federation.addresses import Address, NotAllowed
from federation.errors import Busy, Refused, Unreachable
from federation.places import WAITING, Places
from node.errors import NodeError

Info = tuple[int, int, int, str, tuple[Any, ...]]
"""An address as the socket library wants it: family, kind, protocol, "" and where."""
LookUp = Callable[[str, int], Awaitable[Sequence[Info]]]
"""The addresses behind a name. Raises NotAllowed when none of them may be dialled, another OSError without any."""
Guard = Callable[[Info], None]
"""Sees every address just before it is dialled; raises NotAllowed."""

PER_HOST = 2
"""Answers with a body that one host is asked for at the same time."""
_ASKED = 512  # in all
KEPT = 15.0  # seconds a line lies idle
MOST_IDLE = 600
"""More than the hosts of a large audience: of fewer, used in turn, each would be gone just before its next turn."""
LAST_WORDS = 1.0  # seconds for the body of an answer, so that the line can be used again
_CONNECT = 5.0
_LONGEST_HEAD = 1 << 15
_LONGEST_BODY = 1 << 14
_NAMES_LAST = 60.0
_MOST_NAMES = 10_000
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: [^\x00\r\n]*)?")
_FIELD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00\r\n]*")
_NEVER = re.compile(rb"[\x00\r\n]")
_LONGEST_SIZE = 1000
_MOST_REMARKS = 1 << 14  # bytes between the chunks of a body that say nothing but how long the next one is
_MOST_PLACES = 8  # of one name: nobody needs more, and a name may have thousands
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name; several of one name are one list, as everywhere in HTTP."""


class Sink(Protocol):
    """Where a body goes, piece by piece. Raises what ends the request, as when it has enough."""

    def feed(self, chunk: bytes) -> None: ...


Judge = Callable[[Reply], Sink | None]
"""Gives the place for the body of an answer, or None when it is not wanted. May raise what ends the request."""


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
        self._places: dict[str, _Places] = {}
        self._asked = Places(_ASKED)
        self._idle: dict[str, list[_Line]] = {}
        self._since: OrderedDict[_Line, float] = OrderedDict()
        self._sweeping: asyncio.TimerHandle | None = None

    async def post(self, address: Address, headers: Mapping[str, str], body: bytes, within: float) -> Reply:
        """POST and hear what is said to it. Raises Refused, Unreachable, TimeoutError after so many seconds in all."""
        request = _request("POST", address, headers, body)
        return await self._ask(address, request, None, asyncio.get_running_loop().time() + within)

    async def get(self, address: Address, headers: Mapping[str, str], judge: Judge) -> Reply:
        """GET, until the body is where ``judge`` wants it. Whoever calls keeps the time.

        Raises Refused, Unreachable, Busy, what ``judge`` and its sink raise.
        """
        request = _request("GET", address, headers)
        async with self._own_turn(address.origin), self._asked.taken():
            return await self._ask(address, request, judge, None)

    @contextlib.asynccontextmanager
    async def _own_turn(self, origin: str) -> AsyncIterator[None]:
        """One of the places of a host. Raises Busy where others hold them, for that says nothing of what we ask for."""
        places = self._places.setdefault(origin, _Places())
        places.wanted += 1
        try:
            try:
                async with asyncio.timeout(WAITING if places.free.locked() else None):
                    await places.free.acquire()
            except TimeoutError as error:
                raise Busy("its host is being asked for other things") from error
            try:
                yield
            finally:
                places.free.release()
        finally:
            places.wanted -= 1
            if not places.wanted:
                self._places.pop(origin, None)

    async def _ask(self, address: Address, request: bytes, judge: Judge | None, until: float | None) -> Reply:
        line = self._take(address.origin)
        if line is not None:
            try:
                return await self._ask_on(line, request, judge, until)
            except _Stale:
                pass  # once: a new line does not say so, and another old one might
        return await self._ask_on(await self._dial(address, until), request, judge, until)

    async def _ask_on(self, line: "_Line", request: bytes, judge: Judge | None, until: float | None) -> Reply:
        answer = line.ask(request, judge)
        # One timer: the context managers of the library cost as much as the request.
        timer = asyncio.get_running_loop().call_at(until, _be_late, answer) if until is not None else None
        try:
            return await answer
        except BaseException:
            line.leave(answer)
            raise
        finally:
            if timer is not None:
                timer.cancel()
            del answer  # it knows the error, which knows this frame, and all that had come would stay with them

    def close(self) -> None:
        """Hang up everywhere nobody is waiting for an answer."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        for line in list(self._since):
            line.close()

    # lines that are kept

    def _take(self, origin: str) -> "_Line | None":
        while waiting := self._idle.get(origin):
            line = waiting[-1]
            self.forget(line)
            if line.is_silent():
                return line
            line.close()
        return None

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

    async def _dial(self, address: Address, until: float | None) -> "_Line":
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
        found = found[:_MOST_PLACES]
        if self._remembers_names:
            self._names[host, port] = (now + _NAMES_LAST, found)
            while len(self._names) > _MOST_NAMES:
                self._names.popitem(last=False)
        return found


@dataclass(slots=True)
class _Places:
    """How many may ask one host at a time, and how many do or want to."""

    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PER_HOST))
    wanted: int = 0


def _request(method: str, address: Address, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
    lines = [f"{method} {address.target} HTTP/1.1", *[f"{name}: {value}" for name, value in headers.items()]]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join(lines) + "\r\n\r\n"
    if head.count("\n") != len(lines) + 1 or head.count("\r") != len(lines) + 1 or not head.isascii() or "\0" in head:
        raise Refused("request cannot be written")
    return head.encode() + (body or b"")


def _be_late(answer: "asyncio.Future[Reply]") -> None:
    """Nothing was answered in time."""
    if not answer.done():
        answer.set_exception(TimeoutError())


class _Line(asyncio.Protocol):
    """One connection, and one request at a time. What is not plainly the end of an answer is the end of the line."""

    __slots__ = (
        "_answer", "_chunks", "_closing", "_got", "_heard", "_is_asked", "_is_last", "_judge", "_left", "_lines",
        "_reply", "_sink", "_skipped", "_transport", "origin",
    )  # fmt: skip

    def __init__(self, lines: Lines, origin: str) -> None:
        self.origin = origin
        self._lines = lines
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Reply] | None = None
        self._got = bytearray()
        """Of a head that is not whole."""
        self._heard = 0
        """Bytes of heads that were whole, and announced others."""
        self._is_asked = False
        """Something was asked on it before."""
        self._judge: Judge | None = None
        self._reply: Reply | None = None
        self._sink: Sink | None = None
        """Where the body goes that somebody waits for."""
        self._left: int | None = None
        """Bytes of the body that have not come, where it said how many they are."""
        self._chunks: _Chunks | None = None
        self._is_last = False
        """Nothing can be asked on it after this."""
        self._skipped = 0
        self._closing: asyncio.TimerHandle | None = None

    def ask(self, request: bytes, judge: Judge | None = None) -> "asyncio.Future[Reply]":
        """The answer, once its body went where ``judge`` says; without one, or if it is not wanted, at once."""
        self._answer = answer = asyncio.get_running_loop().create_future()
        self._got.clear()
        self._heard = 0
        self._judge, self._reply, self._sink = judge, None, None
        self._left, self._chunks, self._is_last, self._skipped = None, None, False, 0
        if self._transport is None or self._transport.is_closing():
            answer.set_exception(_Stale() if self._is_asked else Unreachable("connection lost"))
        else:
            self._transport.write(request)
        return answer

    def is_silent(self) -> bool:
        """Nothing has come that the loop had no time to read: an end, or an answer to what nobody asked."""
        if self._transport is None or self._transport.is_closing():
            return False
        waiting = select.poll()
        waiting.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return not waiting.poll(0)

    def leave(self, answer: "asyncio.Future[Reply]") -> None:
        """Whoever waited for this has gone. By then somebody else may be asking, whom that does not concern."""
        if answer.done() and not answer.cancelled():
            answer.exception()  # of which nobody needs to hear any more
        if self._answer is answer:
            self.close()

    def close(self) -> None:
        self._lines.forget(self)
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        if self._transport is not None:
            # Nothing of ours is on the way that anybody waits for, and a host that hangs must not keep the socket.
            self._transport.abort()
            self._transport = None
        self._answer = self._judge = self._sink = None

    # what the loop says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        is_end = exc is None and self._sink is not None and self._chunks is None and self._left is None
        is_stale = self._is_asked and self._reply is None and not self._got and not self._heard
        if is_end:
            self._succeed()
        else:
            self._fail(_Stale() if is_stale else Unreachable("connection lost"))
        self.close()

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        if self._answer is None:
            self.close()  # nobody asked
        elif self._reply is None:
            self._got += data
            self._read_head()
        else:
            self._read_body(data)

    def _read_head(self) -> None:
        while True:
            end = self._got.find(b"\r\n\r\n")
            if self._heard + (end if end >= 0 else len(self._got)) > _LONGEST_HEAD:
                self._fail(Unreachable(_NOISE))
                return
            if end < 0:
                # Whatever begins in another way never becomes an answer; it need not be waited for.
                if not b"HTTP/1.".startswith(self._got[:7]):
                    self._fail(Unreachable(_NOISE))
                return
            first, *lines = bytes(self._got[:end]).split(b"\r\n")
            found = _STATUS.fullmatch(first)
            status = int(found[1]) if found is not None else 101
            if status == 101:
                self._fail(Unreachable(_NOISE))
                return
            del self._got[: end + 4]
            self._heard += end + 4
            if status >= 200:
                break
        headers: dict[str, str] = {}
        for line in lines:
            if _FIELD.fullmatch(line) is None:
                if _NEVER.search(line):
                    self._fail(Unreachable(_NOISE))
                    return
                self._is_last = True  # where this says something about the end, others may read it
                continue
            name, _, value = line.decode("latin-1").partition(":")
            name, value = name.lower(), value.strip(" \t")
            known = headers.get(name, value)
            headers[name] = value if known == value else f"{known}, {value}"
        if first.startswith(b"HTTP/1.0") or "close" in headers.get("connection", "").lower():
            self._is_last = True
        self._begin(Reply(status, headers))

    def _begin(self, reply: Reply) -> None:
        """Status and headers are there: whoever asked says what is to become of the rest."""
        self._reply = reply
        try:
            self._sink = self._judge(reply) if self._judge is not None else None
        except NodeError as error:
            self._fail(error)
            return
        knows_end = self._see_end(reply.status, reply.headers)
        if self._sink is None:
            self._succeed()
            if self._is_last or not knows_end or (self._left or 0) > _LONGEST_BODY:
                self.close()
                return
        elif not knows_end and (self._left is not None or "transfer-encoding" in reply.headers):
            self._fail(Unreachable(_NOISE))
            return
        rest = bytes(self._got)
        self._got.clear()
        self._read_body(rest)

    def _see_end(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether the end of the body can be told from what is said of it, and not just from that of the line."""
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if status in (204, 304):
            self._left = 0
            self._is_last = self._is_last or coding is not None or (length or "0") != "0"  # others may wait for it
        elif coding is not None:
            if coding.lower() != "chunked":
                return False
            self._chunks = _Chunks()
            self._is_last = self._is_last or length is not None  # it says two things
        elif length is not None:
            self._left = int(length) if length.isascii() and length.isdecimal() and len(length) <= 12 else -1
        return self._chunks is not None or (self._left is not None and self._left >= 0)

    def _read_body(self, data: bytes) -> None:
        try:
            is_over = self._read_on(data)
        except NodeError as error:
            self._fail(error)
            return
        if not is_over:
            if self._sink is None:
                self._wait_for_rest(len(data))
        elif self._is_last or self._transport is None or self._transport.get_write_buffer_size():
            self._succeed()  # where it was answered before it was heard, too
            self.close()
        else:
            self._succeed()
            if self._closing is not None:
                self._closing.cancel()
                self._closing = None
            self._answer, self._is_asked = None, True
            self._lines.keep(self)

    def _read_on(self, data: bytes) -> bool:
        """True at the end of the body. Raises Unreachable where that cannot be told, and what the sink raises."""
        if self._chunks is not None:
            pieces = self._chunks.read(data)
        elif self._left is None:
            pieces = [data]
        else:
            pieces = [data[: self._left]]
            self._is_last = self._is_last or len(data) > self._left
            self._left = max(self._left - len(data), 0)
        if self._sink is not None:
            for piece in pieces:
                self._sink.feed(piece)
        if self._chunks is None:
            return self._left == 0
        if self._chunks.is_whole:
            self._succeed()  # what follows is for the line alone
            if not b"\r\n".startswith(self._chunks.rest):
                self._is_last = True
                return True
        return self._chunks.is_whole and self._chunks.rest == b"\r\n"

    def _wait_for_rest(self, more: int) -> None:
        """The words of an answer that nobody wants are read to their end so that the line lives on, if that is near."""
        self._skipped += more
        if self._skipped > _LONGEST_BODY:
            self.close()
        elif self._closing is None:
            self._closing = asyncio.get_running_loop().call_later(LAST_WORDS, self.close)

    def _succeed(self) -> None:
        """Tell who asked; it may be that nobody waits any more, or was told."""
        self._sink = None
        if self._answer is not None and not self._answer.done():
            assert self._reply is not None
            self._answer.set_result(self._reply)

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self.close()


_NOISE = "answer is not HTTP"


class _Chunks:
    """Reads a body that comes in chunks (RFC 9112, 7.1)."""

    __slots__ = ("_is_between", "_left", "_remarks", "is_whole", "rest")

    def __init__(self) -> None:
        self.rest = bytearray()
        """What came and is not read; of a whole body, what follows it."""
        self.is_whole = False
        self._left = 0
        self._is_between = False
        """A chunk has ended, and the end of its line is to come."""
        self._remarks = 0

    def read(self, data: bytes) -> list[bytes]:
        """What these bytes hold of the body. Raises Unreachable when they are no chunks."""
        self.rest += data
        found = []
        while not self.is_whole:
            if self._left:
                piece = bytes(self.rest[: self._left])
                del self.rest[: len(piece)]
                self._left -= len(piece)
                self._is_between = True
                found.append(piece)
                if self._left:
                    break
            if self._is_between:
                if not b"\r\n".startswith(self.rest[:2]):
                    raise Unreachable(_NOISE)
                if len(self.rest) < 2:
                    break
                del self.rest[:2]
                self._is_between = False
            size = _SIZE.match(self.rest)
            if size is None:
                if len(self.rest) > _LONGEST_SIZE or b"\n" in self.rest:
                    raise Unreachable(_NOISE)
                break
            self._remarks += size.end() - len(size[1]) - 2
            if self._remarks > _MOST_REMARKS:
                raise Unreachable(_NOISE)
            self._left = int(size[1], 16)
            del self.rest[: size.end()]
            self.is_whole = not self._left
        return found
