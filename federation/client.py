"""The one door to the network: every request to another host is made here, and every limit on it is kept here."""

import asyncio
import contextlib
import functools
import os
import socket
import ssl
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin

import structlog
from aiohttp.resolver import AsyncResolver
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation import addresses
from federation.addresses import Address, NotAllowed
from federation.errors import Busy, PeerGone, Refused, Unreachable
from federation.lines import Info, Judge, Lines, Reply
from federation.places import PATIENCE
from federation.signatures import cavage
from federation.signatures.keys import PrivateKey
from federation.signatures.requests import Unverified
from federation.turns import Turns
from node.config import Network
from node.errors import NodeError
from node.work import Node, inside_unit
from schemas.values import Document, Malformed, as_uri, get, parse, same_origin

if TYPE_CHECKING:
    from federation.signatures.rfc9421 import Challenge

log = structlog.get_logger()

Style = Literal["cavage", "rfc9421", "ed25519"]
"""How a host likes requests to be signed: in the older way, in the newer, or in the newer with a newer kind of key."""
Names = Callable[[str, int], Awaitable[Sequence[tuple[str, int]]]]
"""Answers a host name and port with the addresses and ports to dial."""

ACTIVITY = ("application/activity+json", "application/ld+json")
JRD = ("application/jrd+json", "application/json")
JSON = ("application/json",)

LARGEST = 1 << 20
_READING = 64 << 20
"""Bytes of all answers that are being read at a time."""
DEADLINE = 10.0  # seconds in total: redirects, headers and the last byte of the body
REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
PER_CAUSE = 20
_LOOKUP = 5.0  # seconds for a name
_PATIENCE = 5.0  # with a host of which we only want to know whether it is there
_REMEMBERED = 10_000  # failures
_RETRY_AT_MOST = timedelta(hours=24)
_ACCEPTED = {
    ACTIVITY: 'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    JRD: "application/jrd+json, application/json",
    JSON: "application/json",
}

_WRAPPING = 1 << 14  # by how much something may grow as it is packed

_NO_NETWORK = "no network inside a unit of work"

_budgets: ContextVar[tuple[list[int], ...]] = ContextVar("fetch_budgets", default=())


@contextlib.contextmanager
def budget(fetches: int = PER_CAUSE) -> Iterator[None]:
    """At most so many requests in this block, counted across everything it calls: one cause, one budget.

    A block inside another spends from both.
    """
    token = _budgets.set((*_budgets.get(), [fetches]))
    try:
        yield
    finally:
        _budgets.reset(token)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs a request: the id of a key and the key itself, and those of the newer kind where there are any."""

    key_id: str
    key: PrivateKey
    newer_id: str = ""
    newer: Ed25519PrivateKey | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back from a GET, and from where in the end."""

    url: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What an inbox said to a POST."""

    status: int
    retry_at: datetime | None = None
    challenge: str = ""
    """With a 401: what it wants signed (Accept-Signature)."""


@functools.lru_cache(maxsize=4)
def _trust(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """The certificates we trust: those of SSL_CERT_FILE, as everywhere. Reading them takes a tenth of a second."""
    return ssl.create_default_context()


@dataclass
class _Failure:
    error: NodeError
    times: int
    until: datetime


def _newer(asked: "Challenge | None") -> Callable[..., dict[str, str]]:
    from federation.signatures import rfc9421  # its libraries are loaded once they are needed

    return functools.partial(rfc9421.sign, asked=asked)


def other_than(style: Style) -> Style:
    """How to knock again where this was not understood."""
    return "rfc9421" if style == "cavage" else "cavage"


class Client:
    """Fetches and posts for one node. Open it in the running loop and close it there: ``async with Client(node)``.

    Several may have opened it; it ends with the last of them.
    """

    def __init__(self, node: Node, *, tls: ssl.SSLContext | None = None) -> None:
        self._node = node
        self._config = node.config
        self._tls = tls
        self._lines: Lines | None = None
        self._resolver: _Resolver | None = None
        self._users = 0
        self._turns = Turns()
        self._store = _Store()
        self._failures: OrderedDict[str, _Failure] = OrderedDict()
        self._agent = f"Commensal/{version('commensal')} (+{node.config.url}/)"

    async def __aenter__(self) -> "Client":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        self._users += 1
        self._prepare()

    def _prepare(self) -> None:
        if self._lines is not None:
            return
        names: Names | None = self._node.resolver
        tls = self._tls or _trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        allow, is_development = self._config.allow_addresses, self._config.is_development
        self._resolver = _Resolver(allow, names, is_development=is_development)
        self._lines = Lines(self._resolver.look_up, self._check, tls, remembers_names=names is None)

    async def close(self) -> None:
        self._users = max(self._users - 1, 0)
        if self._users:
            return
        if self._lines is not None:
            self._lines.close()
            self._lines = None
        if self._resolver is not None:
            await self._resolver.close()
            self._resolver = None

    # fetching

    async def fetch(
        self,
        url: str,
        signer: Signer | None = None,
        *,
        kinds: tuple[str, ...] = ACTIVITY,
        limit: int = LARGEST,
        style: Style = "cavage",
        fresh: bool = False,
    ) -> Fetched:
        """GET, signed anew for each hop. ``kinds`` are media types, or beginnings of them that end with a slash.

        ``fresh`` asks even where asking failed lately. Raises Refused, Unreachable, PeerGone.
        """
        now = self._node.clock()
        failure = self._failures.get(url)
        if failure is not None and not fresh and now < failure.until:
            raise _again(failure.error)
        try:
            async with self._deadline():
                fetched = await self._follow(url, signer, kinds, limit, style)
        except (_Spent, Busy):
            raise
        except (Refused, Unreachable, PeerGone) as error:
            self._remember(url, error, now)
            raise
        self._failures.pop(url, None)
        return fetched

    async def fetch_document(
        self, uri: str, signer: Signer | None = None, *, style: Style = "cavage", fresh: bool = False
    ) -> Document:
        """The ActivityStreams document with this id, or the one that this address leads to, from its own host.

        A document counts only when it came from its own id; one that says another id is fetched once from there, on
        the same host. Raises Refused, Unreachable, PeerGone.
        """
        fetched = await self.fetch(uri, signer, style=style, fresh=fresh)
        document = self._document(fetched.body)
        id = self._id(document)
        if id in (fetched.url, uri):
            if not same_origin(id, fetched.url):
                raise Refused("document came from another host than its id")
            return document
        if not same_origin(id, fetched.url):
            raise Refused("document claims an id on another host")
        fetched = await self.fetch(id, signer, style=style, fresh=fresh)
        document = self._document(fetched.body)
        if self._id(document) != id or not same_origin(fetched.url, id):
            raise Refused("document does not live at its id")
        return document

    @staticmethod
    def _document(body: bytes) -> Document:
        try:
            return parse(body)
        except Malformed as error:
            raise Refused(f"document is malformed: {error}") from error

    @staticmethod
    def _id(document: Document) -> str:
        try:
            id = as_uri(get(document, "id"))
        except Malformed:
            id = None
        if id is None:
            raise Refused("document has no id")
        return id.partition("#")[0]

    async def is_there(self, url: str) -> bool:
        """Whether anybody answers at this address, whatever the answer is, unless it is that something is broken.

        Raises Busy.
        """
        try:
            async with asyncio.timeout(_PATIENCE):
                address = self._read(url)
                reply = await self._get(address, {"Host": address.authority, "Accept": "*/*"}, lambda _: None)
                return reply.status < 500
        except Busy:
            raise
        except (Refused, Unreachable, TimeoutError):
            return False

    async def _follow(
        self, url: str, signer: Signer | None, kinds: tuple[str, ...], limit: int, style: Style
    ) -> Fetched:
        address = self._read(url)
        knocks: list[Style] = [style, other_than(style)]
        accepted = _ACCEPTED.get(kinds) or ", ".join(kind + "*" if kind.endswith("/") else kind for kind in kinds)
        wanted = {"Accept": accepted, "Accept-Encoding": "gzip"}
        for _ in range(REDIRECTS + 1):
            for knock in knocks if signer is not None else knocks[:1]:
                headers = {"Host": address.authority}
                if signer is not None:
                    headers = await self._sign("GET", address, None, signer, knock)
                with _Body(kinds, limit, self._store) as body:
                    reply = await self._get(address, headers | wanted, body.judge)
                    if reply.status == 401 and signer is not None and knock == knocks[0]:
                        continue
                    if reply.status not in _REDIRECTS:
                        self._check_status(reply, address.url)
                        return Fetched(address.url, body.content_type, body.finish())
                following = self._read(self._location(reply, address))
                break
            if following.scheme != address.scheme:
                raise Refused("redirect to another scheme")
            address = following
        raise Refused("too many redirects")

    async def _get(self, address: Address, headers: Mapping[str, str], judge: Judge) -> Reply:
        self._begin()
        assert self._lines is not None
        return await self._lines.get(address, {**headers, "User-Agent": self._agent}, judge)

    @staticmethod
    def _location(reply: Reply, address: Address) -> str:
        where = reply.headers.get("location", "")
        with contextlib.suppress(UnicodeDecodeError):
            where = where.encode("latin-1").decode()  # some do not write it in ASCII, and then mean UTF-8
        try:
            return urljoin(address.url, where).partition("#")[0]
        except ValueError as error:
            raise Refused("redirect to nowhere") from error

    def _check_status(self, reply: Reply, url: str) -> None:
        status = reply.status
        if status == 200:
            return
        if status == 410:
            raise PeerGone(url)
        if status in (408, 425, 429) or (status >= 500 and status != 501):
            raise Unreachable(f"answered {status}", self._retry_at(reply.headers.get("retry-after", "")))
        raise Refused(f"answered {status}", status)

    def _remember(self, url: str, error: NodeError, now: datetime) -> None:
        if len(url) > addresses.LONGEST:
            return
        before = self._failures.pop(url, None)
        times = before.times + 1 if before is not None else 1
        pause = timedelta(seconds=min(60 * 2 ** min(times - 1, 6), 3600))
        self._failures[url] = _Failure(_again(error), times, now + pause)
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    # delivering

    async def post(
        self,
        inbox: str,
        body: bytes,
        signer: Signer,
        *,
        style: Style = "cavage",
        headers: Mapping[str, str] | None = None,
        asked: "Challenge | None" = None,
        leaves: Callable[[], None] | None = None,
    ) -> Answer:
        """POST to an inbox; ``asked`` is what it wanted signed. Redirects are an answer like others, and not followed.

        ``leaves`` is told when it waited long enough here for its signature: from then on the host is waited for.

        Raises Refused, Unreachable.
        """
        self._begin()
        address = self._read(inbox)
        extra = {"Content-Type": ACTIVITY[0], **(headers or {})}
        signed = await self._sign("POST", address, body, signer, style, extra, asked)
        if leaves is not None:
            leaves()
        reply = await self._post(address, {**signed, "Accept": ACTIVITY[0]}, body)
        retry_after = reply.headers.get("retry-after")
        challenge = reply.headers.get("accept-signature", "") if reply.status == 401 else ""
        return Answer(reply.status, self._retry_at(retry_after) if retry_after else None, challenge[:4000])

    async def tell(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """POST something to a program that is no server of the network; returns the status it answered with.

        Redirects are an answer like others. Raises Refused, Unreachable.
        """
        self._begin()
        address = self._read(url)
        return (await self._post(address, {"Host": address.authority, "Accept": "*/*", **headers}, body)).status

    async def _post(self, address: Address, headers: Mapping[str, str], body: bytes) -> Reply:
        assert self._lines is not None
        try:
            return await self._lines.post(address, {**headers, "User-Agent": self._agent}, body, DEADLINE)
        except TimeoutError as error:
            raise Unreachable(f"no answer within {DEADLINE:.0f} s") from error

    # what both share

    def _begin(self) -> None:
        """Before every request."""
        if inside_unit():
            raise RuntimeError(_NO_NETWORK)
        self._spend()
        self._prepare()

    @contextlib.asynccontextmanager
    async def _deadline(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(DEADLINE):
                yield
        except TimeoutError as error:
            raise Unreachable(f"no answer within {DEADLINE:.0f} s") from error

    def _read(self, url: str) -> Address:
        address = addresses.read(url, allow_http=self._config.allow_http, allow=self._config.allow_addresses)
        if address.origin == self._config.url:
            raise Refused("address is our own")
        return address

    async def _sign(
        self,
        method: str,
        address: Address,
        body: bytes | None,
        signer: Signer,
        style: Style,
        extra: Mapping[str, str] | None = None,
        asked: "Challenge | None" = None,
    ) -> dict[str, str]:
        key_id, key = signer.key_id, signer.key
        if style == "ed25519" and signer.newer is not None:
            key_id, key = signer.newer_id, signer.newer
        sign = cavage.sign if style == "cavage" else _newer(asked)
        await self._turns.take()
        try:
            return sign(method, address.url, body, key_id, key, self._node.clock(), extra)
        except Unverified as error:
            raise Refused(str(error)) from error

    @staticmethod
    def _spend() -> None:
        budgets = _budgets.get()
        if any(left[0] <= 0 for left in budgets):
            raise _Spent("too many fetches for one cause")
        for left in budgets:
            left[0] -= 1

    def _check(self, info: Info) -> None:
        """Sees every address just before it is dialled: names that changed their mind, and numbers in any notation."""
        ip = str(info[4][0])
        if not addresses.may_dial(ip.partition("%")[0], self._config.allow_addresses):
            raise NotAllowed(f"{ip} is not a public address")

    def _retry_at(self, value: str) -> datetime | None:
        """Retry-After in seconds or as a date, never beyond a day."""
        value = value.strip()
        now = self._node.clock()
        if value.isascii() and value.isdecimal():
            return now + min(timedelta(seconds=int(value[:9])), _RETRY_AT_MOST)
        try:
            moment = parsedate_to_datetime(value)
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        return min(moment, now + _RETRY_AT_MOST) if moment > now else None


def _again(error: NodeError) -> NodeError:
    """The same, without where it happened: that holds on to all that had come by then, and each raise adds to it."""
    same = type(error).__new__(type(error), *error.args)
    same.__dict__.update(error.__dict__)
    return same


class _Spent(Refused):
    """The budget is used up: nothing is wrong with the address, so nothing about it is remembered."""


class _Store:
    """How much is held of answers that are not whole, by all who read.

    Where it is full, whoever has read longest gives up what they have, once they had their time: a few hosts that drip
    must not keep all others from being heard.
    """

    def __init__(self) -> None:
        self._held = 0
        self._readers: dict[_Plain, float] = {}
        """Since when, the longest first."""

    def take(self, reader: "_Plain", size: int) -> None:
        """Raises Busy."""
        now = asyncio.get_running_loop().time()
        self._readers.setdefault(reader, now)
        while self._held + size > _READING:
            longest, since = next(iter(self._readers.items()))
            if longest is reader or now - since < PATIENCE:
                raise Busy("too much is being read")
            self.give_back(longest)
            longest.give_up()
        self._held += size

    def give_back(self, reader: "_Plain") -> None:
        if self._readers.pop(reader, None) is not None:
            self._held -= reader.size


class _Body:
    """The body of an answer to a GET, if it is of these kinds and within a limit of bytes, also once it is unpacked."""

    def __init__(self, kinds: tuple[str, ...], limit: int, store: _Store) -> None:
        self.content_type = ""
        self._kinds = kinds
        self._limit = limit
        self._store = store
        self._sink: _Plain | None = None

    def __enter__(self) -> "_Body":
        return self

    def __exit__(self, *_: object) -> None:
        if self._sink is not None:
            self._store.give_back(self._sink)

    def judge(self, reply: Reply) -> "_Plain | None":
        """For federation.lines; only what is not a redirect or a failure has a body that is of interest."""
        if reply.status != 200:
            return None
        kind = self.content_type = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not any(kind == wanted or (wanted.endswith("/") and kind.startswith(wanted)) for wanted in self._kinds):
            raise Refused(f"content type {kind[:60] or 'missing'}")
        declared = reply.headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > self._limit:
            raise Refused("answer is too large")
        encoding = reply.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise Refused(f"content encoding {encoding[:30]}")
        self._sink = (_Gunzip if "gzip" in encoding else _Plain)(self._limit, self._store)
        return self._sink

    def finish(self) -> bytes:
        """All of it. Raises Refused when it is cut off, Busy when it was given up."""
        assert self._sink is not None
        return self._sink.finish()


class _Plain:
    """Collects a body up to a limit."""

    def __init__(self, limit: int, store: _Store) -> None:
        self._limit = limit
        self._store = store
        self._got = bytearray()  # pieces may be of one byte each
        self._is_given_up = False

    @property
    def size(self) -> int:
        return len(self._got)

    def feed(self, chunk: bytes) -> None:
        self._check()
        if len(self._got) + len(chunk) > self._limit:
            raise Refused("answer is too large")
        self._store.take(self, len(chunk))
        self._got += chunk

    def give_up(self) -> None:
        """Others need the room: nothing more is taken, and what there was is gone."""
        self._is_given_up = True
        self._got.clear()

    def finish(self) -> bytes:
        """All of it. Raises Busy when it was given up."""
        self._check()
        return bytes(self._got)

    def _check(self) -> None:
        if self._is_given_up:
            raise Busy("it took long, and others were reading")


class _Gunzip(_Plain):
    """The same for gzip: what comes out is counted as it comes out, so that a bomb stops at the limit.

    What comes in is counted too: a stream can go on for ever without anything coming out.
    """

    def __init__(self, limit: int, store: _Store) -> None:
        super().__init__(limit, store)
        self._inflate = zlib.decompressobj(wbits=31)
        self._packed = 0

    def feed(self, chunk: bytes) -> None:
        self._packed += len(chunk)
        if self._packed > self._limit + _WRAPPING:
            raise Refused("answer is too large")
        try:
            while chunk:
                if self._inflate.eof:
                    raise Refused("something follows the compressed answer")
                super().feed(self._inflate.decompress(chunk, 1 << 16))
                chunk = self._inflate.unconsumed_tail or self._inflate.unused_data
        except zlib.error as error:
            raise Refused("answer is not gzip") from error

    def finish(self) -> bytes:
        if not self._inflate.eof:
            raise Refused("compressed answer is cut off")
        return super().finish()


class _Resolver:
    """Names to addresses that may be dialled: the DNS and /etc/hosts, or what a test or the demo says."""

    def __init__(self, allow: Collection[Network], names: Names | None, *, is_development: bool) -> None:
        self._allow = allow
        self._names = names
        self._is_development = is_development
        self._dns: AsyncResolver | None = None

    async def look_up(self, host: str, port: int) -> list[Info]:
        """Those of its addresses that may be dialled. Raises NotAllowed, another OSError when it has none at all."""
        found = await self._ask(host, port)
        if not found:
            raise OSError(f"{host} has no address")
        allowed = [_info(ip, where) for ip, where in found if addresses.may_dial(ip, self._allow)]
        if not allowed:
            raise NotAllowed(f"{host} is not at a public address")
        return allowed

    async def _ask(self, host: str, port: int) -> Sequence[tuple[str, int]]:
        if self._names is not None:
            return await self._names(host, port)
        if self._is_development and (host == "localhost" or host.endswith(".localhost")):
            return [("127.0.0.1", port)]
        if self._dns is None:
            # c-ares reads /etc/hosts first, as nsswitch.conf says.
            self._dns = AsyncResolver(timeout=2, tries=2)
        try:
            async with asyncio.timeout(_LOOKUP):
                found = await self._dns.resolve(host, port, socket.AF_UNSPEC)
        except TimeoutError as error:
            raise OSError(f"{host} is not resolved in time") from error
        return [(result["host"], result["port"]) for result in found]

    async def close(self) -> None:
        if self._dns is not None:
            await self._dns.close()
            self._dns = None


def _info(ip: str, port: int) -> Info:
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (ip, port))
