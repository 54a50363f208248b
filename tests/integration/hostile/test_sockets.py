"""What comes over a bare socket: the answer is short, ours, and soon, and nothing is smuggled past it."""

import asyncio
import re

import pytest

from support.network import Network
from support.nodes import Nodes, RigNode
from web import middleware

HOST = b"Host: a.test\r\n"
PAGE = b"GET /about HTTP/1.1\r\n" + HOST
GET = b"GET /healthz HTTP/1.1\r\n" + HOST
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
POST = b"POST /ap/inbox HTTP/1.1\r\n" + HOST
ACTIVITY = b"Content-Type: application/activity+json\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"
GIB = b"Content-Length: 1073741824\r\n"


@pytest.fixture
async def target(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


async def answers(port: int, data: bytes, wait: float = 0.3) -> tuple[list[int], bytes]:
    """The statuses that come back until nothing more does, and all that was said."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = b""
    try:
        writer.write(data)
        await writer.drain()
        first = 15.0
        while part := await asyncio.wait_for(reader.read(1 << 16), first):
            said, first = said + part, wait
    except (ConnectionError, TimeoutError):
        pass
    finally:
        writer.transport.abort()
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3})", said)], said


def fields(count: int, size: int) -> bytes:
    return b"".join(b"X-%d: %s\r\n" % (number, b"x" * size) for number in range(count))


def chunked(body: bytes) -> bytes:
    return POST + ACTIVITY + b"Transfer-Encoding: chunked\r\n\r\n" + body


ODD: dict[str, tuple[bytes, list[int]]] = {
    # what is read two ways is not read at all, and what follows it is not a request
    "two lengths": (POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED, [400]),
    "length twice": (POST + b"Content-Length: 2\r\nContent-Length: 30\r\n\r\n{}" + SMUGGLED, [400]),
    "length listed": (POST + b"Content-Length: 2, 2\r\n\r\n{}" + SMUGGLED, [400]),
    "length signed": (POST + b"Content-Length: +2\r\n\r\n{}" + SMUGGLED, [400]),
    "length negative": (POST + b"Content-Length: -5\r\n\r\n{}" + SMUGGLED, [400]),
    "length underscored": (POST + b"Content-Length: 0_2\r\n\r\n{}", [400]),
    "length beyond numbers": (POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n{", [400]),
    "another coding": (POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED, [400]),
    "two codings": (POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SMUGGLED, [400]),
    "a space before the colon": (GET + b"Content-Length : 5\r\n\r\n" + SMUGGLED, [400]),
    "folded": (GET + b"X: a\r\n b\r\n\r\n", [400]),
    "NUL": (GET + b"X: a\x00b\r\n\r\n", [400]),
    "bare line feeds": (b"GET / HTTP/1.1\nHost: a.test\n\n", [400]),
    "bare returns": (b"GET / HTTP/1.1\rHost: a.test\r\r", [400]),
    "a chunk below nothing": (chunked(b"-1\r\n{"), [400]),
    "a host in the trailers": (chunked(b"2\r\n{}\r\n0\r\nHost: evil.test\r\n\r\n"), [400]),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n", [400]),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", [400]),
    "nonsense": (b"NONSENSE\r\n\r\n", [400]),
    "an odd target": (b"GET http://[::1 HTTP/1.1\r\n" + HOST + b"\r\n", [400]),
    "bytes in the path": (b"GET /\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n", [400]),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", [400]),
    "HTTP/9.9": (b"GET / HTTP/9.9\r\n" + HOST + b"\r\n", [400]),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]),
    "a long path": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", [400]),
    "a query of a megabyte": (b"GET /search?q=" + b"a" * (1 << 20) + b" HTTP/1.1\r\n" + HOST + b"\r\n", [400]),
    "a long field": (GET + fields(1, 20_000) + b"\r\n", [400]),
    "very many fields": (GET + fields(500, 1) + b"\r\n", [400]),
    "together more than fits": (GET + fields(10, 3000) + b"\r\n", [431]),
    "and never complete": (GET + fields(60, 8000), []),
    # what is merely odd is answered like anything else
    "HTTP/1.0": (b"GET /healthz HTTP/1.0\r\n\r\n", [200]),
    "an absolute target": (b"GET http://evil.test/healthz HTTP/1.1\r\n" + HOST + b"\r\n", [200]),
    "asterisk": (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", [404]),
    "a tunnel": (b"CONNECT evil.test:443 HTTP/1.1\r\n" + HOST + b"\r\n", [422]),
    "thirty in a row": ((GET + b"\r\n") * 30, [200] * 30),
    "another protocol": (GET + b"Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n", [200]),
    "expects what nobody knows": (POST + b"Expect: a coffee\r\nContent-Length: 2\r\n\r\n{}", [417]),
    "expects to be asked on": (
        POST + ACTIVITY + b"Expect: 100-continue\r\nContent-Length: 5000000\r\n\r\n", [100, 413]
    ),
    # a gigabyte is refused when it is announced
    "a gigabyte for the inbox": (POST + ACTIVITY + GIB + b"\r\n{", [413]),
    "a gigabyte for a form": (
        b"POST /login HTTP/1.1\r\n" + HOST + FORM + GIB + b"\r\na", [422]
    ),
    "a gigabyte for an app": (
        b"POST /api/v1/apps HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n" + GIB + b"\r\n{", [422]
    ),
    "a gigabyte for nothing": (b"GET /healthz HTTP/1.1\r\n" + HOST + GIB + b"\r\n{", [200]),
    "more in chunks than fits": (chunked((b"10000\r\n" + b"x" * 0x10000 + b"\r\n") * 20), [413]),
    # nothing outside of the folders
    "up from static": (b"GET /static/0123456789abcdef/..%2f..%2fnode.db HTTP/1.1\r\n" + HOST + b"\r\n", [404]),
    "up from the pictures": (b"GET /media/..%2f..%2fnode.db HTTP/1.1\r\n" + HOST + b"\r\n", [404]),
    "up, plainly": (b"GET /static/../../../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n", [404]),
    "a list of ranges": (GET + b"Range: bytes=" + b"0-," * 1000 + b"\r\n\r\n", [200]),
    "dates and tags of no kind": (
        PAGE + b"If-Modified-Since: Sun, 99 Foo 99999\r\nIf-None-Match: \"\"\"\r\n\r\n", [200]
    ),
    "odd biscuits": (PAGE + b"Cookie: session=x; =; ;;; a=b; browser=" + b"x" * 3000 + b"\r\n\r\n", [200]),
}  # fmt: skip


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_whatever_comes_over_a_socket(
    target: RigNode, network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    port = network.port("a.test")
    found = await asyncio.gather(*(answers(port, data) for data, _ in ODD.values()))
    got = {name: statuses for name, (statuses, _) in zip(ODD, found, strict=True)}
    assert got == {name: wanted for name, (_, wanted) in ODD.items()}
    for name, (_, said) in zip(ODD, found, strict=True):
        for foreign in (b"smuggled", b"evil", b"root:", b"aiohttp", b"xxxx", b"Traceback"):
            assert foreign not in said, name
    assert caplog.records == [], "of what strangers send, nothing is an error of ours"


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_who_sends_a_byte_now_and_then_is_cut_off(
    nodes: Nodes, network: Network, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Header, next header and body each have one deadline, whatever drips in; and it is no error of ours."""
    monkeypatch.setattr("web.app.KEEP_ALIVE_SECONDS", 0.3)
    monkeypatch.setattr(middleware, "BODY_SECONDS", 0.3)
    await nodes.start("a.test")
    heads = (
        b"", b"G", GET + b"X-", POST + ACTIVITY + b"Content-Length: 1000\r\n\r\n{", chunked(b""),
        b"POST /login HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 999\r\n\r\n",
        b"POST /api/v1/apps HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n{",
    )  # fmt: skip

    async def drip(head: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", network.port("a.test"))
        writer.write(head)
        said = b""
        try:
            async with asyncio.timeout(5):
                while not reader.at_eof():
                    writer.write(b"1" if b"chunked" in head else b"x")
                    try:
                        said += await asyncio.wait_for(reader.read(1000), 0.05)
                    except TimeoutError:
                        continue
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()
        return said

    said = await asyncio.gather(*(drip(head) for head in heads))
    assert {part[9:12] for part in said} <= {b"", b"408", b"400"}
    assert [part[9:12] for part in said][3] == b"408"
    assert caplog.records == []
