"""The door to the network, tried by hosts that lie, dawdle, redirect, swell and change their address."""

import asyncio
import gc
import gzip
import json
import socket
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from federation import client as module
from federation import lines
from federation.client import JRD, Client, Signer, budget
from federation.errors import Busy, PeerGone, Refused, Unreachable
from federation.places import Places
from federation.signatures import cavage, rfc9421
from federation.signatures.requests import Request
from node.config import load_config
from node.work import Node

from .conftest import Scripted, Speak, answer

NOTE = json.dumps({"id": "http://a.test/note", "type": "Note"}).encode()


def request_of(text: str, scheme: str = "http") -> Request:
    """What a verifier would see of a raw request."""
    head, _, body = text.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    headers = [(line.split(": ", 1)[0], line.split(": ", 1)[1]) for line in lines]
    host = next(value for name, value in headers if name.lower() == "host")
    return Request(method, f"{scheme}://{host}{target}", headers, body.encode() if method == "POST" else None)


async def test_fetches_signed(client: Client, host: Scripted, signer: Signer) -> None:
    host.pages["/note?page=1"] = answer(NOTE)
    fetched = await client.fetch("http://a.test/note?page=1", signer)
    assert (fetched.url, fetched.content_type, fetched.body) == (
        "http://a.test/note?page=1",
        "application/activity+json",
        NOTE,
    )
    request = request_of(host.requests[0])
    verified = cavage.verify(cavage.read(request), request, signer.key.public_key(), datetime.now(UTC))
    assert verified.key_id == signer.key_id
    sent = {name.lower(): value for name, value in request.headers}
    assert sent["user-agent"].startswith("Commensal/")
    assert "http://home.test" in sent["user-agent"]
    assert "accept" not in verified.covered, "proxies rewrite it"
    assert sent["accept-encoding"] == "gzip"
    assert "cookie" not in sent


async def test_signs_again_for_each_hop(client: Client, host: Scripted, signer: Signer) -> None:
    host.pages["/old"] = answer(b"", "302 Found", Location="/new")
    host.pages["/new"] = answer(b"", "301 Moved", Location="http://b.test/note#x")
    host.pages["/note"] = answer(NOTE)
    assert (await client.fetch("http://a.test/old", signer)).url == "http://b.test/note"
    assert len(host.requests) == 3
    for text in host.requests:
        request = request_of(text)
        cavage.verify(cavage.read(request), request, signer.key.public_key(), datetime.now(UTC))


async def test_the_other_signature_after_401(client: Client, host: Scripted, signer: Signer) -> None:
    async def choosy(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(NOTE) if "signature-input" in head.lower() else answer(b"", "401 Unauthorized"))

    host.pages["/note"] = choosy
    assert (await client.fetch("http://a.test/note", signer)).body == NOTE
    request = request_of(host.requests[1])
    rfc9421.verify(rfc9421.read(request)[0], request, signer.key.public_key(), datetime.now(UTC))


async def test_a_redirect_that_is_not_ascii(client: Client, host: Scripted) -> None:
    host.pages["/old"] = answer(b"", "302 Found", Location="/Grüße")
    host.pages["/Gr%C3%BC%C3%9Fe"] = answer(NOTE)
    assert (await client.fetch("http://a.test/old")).url == "http://a.test/Gr%C3%BC%C3%9Fe"


async def test_three_redirects_and_no_more(client: Client, host: Scripted) -> None:
    for number in range(5):
        host.pages[f"/{number}"] = answer(b"", "302 Found", Location=f"/{number + 1}")
    host.pages["/5"] = answer(NOTE)
    assert (await client.fetch("http://a.test/2")).body == NOTE
    with pytest.raises(Refused, match="too many"):
        await client.fetch("http://a.test/1")
    host.pages["/self"] = answer(b"", "302 Found", Location="/self")
    with pytest.raises(Refused, match="too many"):
        await client.fetch("http://a.test/self")


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2/",
        "http://localhost/",
        "http://private.test/",
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "https://a.test/note",
        "ftp://a.test/",
        "file:///etc/passwd",
        "data:text/plain,x",
        "http://user@a.test/note",
        "http://home.test/actor",
        "//[",
        "",
    ],
)
async def test_redirects_are_checked_like_anything_else(client: Client, host: Scripted, location: str) -> None:
    host.names["private.test"] = [("127.0.0.2", host.port)]
    host.names["localhost"] = [("127.0.0.2", host.port)]
    host.pages["/"] = answer(NOTE)
    host.pages["/go"] = answer(b"", "302 Found", Location=location or "/go")
    with pytest.raises(Refused):
        await client.fetch("http://a.test/go")
    assert all("GET /go" in text for text in host.requests)


async def test_names_that_lead_inside_are_not_dialled(client: Client, host: Scripted) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.2", host.port)
    inside = ("127.0.0.2", "10.0.0.1", "::1", "169.254.169.254", "::ffff:127.0.0.2", "64:ff9b::7f00:2", "0.0.0.0")
    for ip in inside:
        host.names["private.test"] = [(ip, host.port)]
        with pytest.raises(Refused, match="public address"):
            await client.fetch("http://private.test/", fresh=True)
    host.names["both.test"] = [("10.0.0.1", 1), ("127.0.0.1", host.port)]
    host.pages["/note"] = answer(NOTE)
    assert (await client.fetch("http://both.test/note")).body == NOTE
    server.close()


async def test_a_dead_address_among_several_is_passed_over(client: Client, host: Scripted) -> None:
    """A host that names an address where nobody listens, as those whose newer kind of addresses is broken do."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        host.names["half.test"] = [nobody.getsockname(), ("127.0.0.1", host.port)]
        host.pages["/note"] = answer(NOTE)
        assert (await client.fetch("http://half.test/note")).body == NOTE


async def test_the_socket_is_guarded_too(client: Client, host: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: the name is public when it is checked, and private when it is dialled; or each of its addresses is."""
    asked, places = 0, 1

    def changing(ip: str, allow: object = ()) -> bool:
        nonlocal asked
        asked += 1
        return asked <= places  # the resolver's questions; the next ones are the sockets'

    monkeypatch.setattr(module.addresses, "may_dial", changing)
    with pytest.raises(Refused, match="public address"):
        await client.fetch("http://a.test/note")
    assert (asked, host.connections) == (2, 0)
    host.names["many.test"] = [("127.0.0.1", host.port), ("127.0.0.2", host.port)]
    asked, places = 0, 2
    with pytest.raises((Refused, Unreachable)):
        await client.fetch("http://many.test/note")
    assert asked > 2
    assert host.connections == 0


async def test_our_own_address_is_not_fetched(client: Client, host: Scripted) -> None:
    host.names["home.test"] = [("127.0.0.1", host.port)]
    with pytest.raises(Refused, match="our own"):
        await client.fetch("http://home.test/actor")
    assert host.connections == 0


async def test_https_only_outside_development(host: Scripted, signer: Signer) -> None:
    async with Client(Node(load_config(url="https://home.test"), resolver=host.resolve)) as strict:
        with pytest.raises(Refused, match="https"):
            await strict.fetch("http://a.test/note")
        with pytest.raises(Refused, match="https"):
            await strict.post("http://a.test/inbox", b"{}", signer)
        with pytest.raises(Refused, match="public address"):
            await strict.fetch("https://a.test/note")
    assert host.connections == 0


async def test_not_inside_a_unit_of_work(client: Client, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "inside_unit", lambda: True)
    with pytest.raises(RuntimeError, match="unit of work"):
        await client.fetch("http://a.test/note")
    with pytest.raises(RuntimeError, match="unit of work"):
        await client.post("http://a.test/inbox", b"{}", signer)


# --- time and size ----------------------------------------------------------------------------------------------


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEADLINE", 0.5)


async def drip(head: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def drip_head(head: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(1000):
        writer.write(f"X-{number}: y\r\n".encode())
        await writer.drain()
        await asyncio.sleep(0.05)


async def silence(head: str, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("speak", [drip, drip_head, silence])
async def test_the_deadline_is_total(client: Client, host: Scripted, signer: Signer, speak: module.Names) -> None:
    host.pages["/slow"] = speak  # type: ignore[assignment]
    for ask in (client.fetch("http://a.test/slow"), client.post("http://a.test/slow", b"{}", signer)):
        started = time.monotonic()
        if speak is drip and "post" in ask.__qualname__:
            await ask  # the status is known at once; the rest of the answer is of no interest
        else:
            with pytest.raises(Unreachable, match="no answer"):
                await ask
        assert time.monotonic() - started < 1.5


@pytest.mark.usefixtures("hurried")
async def test_a_hanging_host_does_not_delay_another(client: Client, host: Scripted, signer: Signer) -> None:
    host.pages["/slow"] = silence
    host.pages["/note"] = answer(NOTE)
    for number in range(40):
        host.names[f"h{number}.test"] = [("127.0.0.1", host.port)]
    hanging = [asyncio.create_task(client.fetch(f"http://h{number}.test/slow")) for number in range(40)]
    await asyncio.sleep(0.1)
    started = time.monotonic()
    await client.fetch("http://a.test/note")
    assert time.monotonic() - started < 0.3
    assert all(isinstance(error, Unreachable) for error in await asyncio.gather(*hanging, return_exceptions=True))


async def test_however_many_hang_the_next_is_asked(
    client: Client, host: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than there are lines: those that had their time make room, and nothing is remembered against anybody."""
    assert client._lines is not None
    client._lines._asked = Places(10, patience=0.2)
    host.pages |= {"/slow": silence, "/note": answer(NOTE)}
    for number in range(25):
        host.names[f"h{number}.test"] = [("127.0.0.1", host.port)]
    hanging = [asyncio.create_task(client.fetch(f"http://h{number}.test/slow")) for number in range(25)]
    await asyncio.sleep(0.1)
    started = time.monotonic()
    await client.fetch("http://a.test/note")
    assert time.monotonic() - started < 1
    assert not any(task.done() for task in hanging[20:]), "the longest go first"
    assert {type(task.exception()) for task in hanging if task.done()} == {Busy}
    monkeypatch.setattr(lines, "WAITING", 0.1)
    host.pages |= {"/slow?1": silence, "/slow?2": silence}
    asked = [asyncio.create_task(client.fetch(f"http://b.test/{page}")) for page in ("slow?1", "slow?2", "note")]
    with pytest.raises(Busy):
        await asked[2]
    assert client._failures == {}
    for task in (*hanging, *asked):
        task.cancel()
    await asyncio.gather(*hanging, *asked, return_exceptions=True)
    assert (await client.fetch("http://b.test/note")).body == NOTE


async def test_what_is_being_read_has_a_measure(
    client: Client, host: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def half(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b" " * 600, Content_Length="1200"))
        await writer.drain()
        await go_on.wait()
        writer.write(b" " * 600)

    go_on = asyncio.Event()
    monkeypatch.setattr(module, "_READING", 1000)
    host.pages |= {"/half": half, "/whole": answer(b" " * 600)}
    reading = asyncio.create_task(client.fetch("http://a.test/half"))
    await asyncio.sleep(0.1)
    with pytest.raises(Busy):
        await client.fetch("http://b.test/whole")
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    for _ in range(3):  # who drips has had their time
        assert len((await client.fetch("http://b.test/whole")).body) == 600
    go_on.set()
    with pytest.raises(Busy):
        await reading
    assert client._failures == {}
    assert client._store._held == 0


async def test_two_requests_per_host(client: Client, host: Scripted) -> None:
    async def slow(head: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        writer.write(answer(NOTE))

    for number in range(8):
        host.pages[f"/{number}"] = slow
    await asyncio.gather(*(client.fetch(f"http://a.test/{number}") for number in range(8)))
    assert host.most_open == 2


async def test_oversize_declared_chunked_and_endless(client: Client, host: Scripted) -> None:
    big = b" " * (module.LARGEST + 1)

    async def chunked(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for _ in range(1000):
            writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
            await writer.drain()

    async def endless(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\nConnection: close\r\n\r\n")
        for _ in range(1000):
            writer.write(b" " * 0x10000)
            await writer.drain()

    host.pages |= {"/declared": answer(big), "/chunked": chunked, "/endless": endless}
    host.pages["/exact"] = answer(b" " * module.LARGEST)
    for path in ("/declared", "/chunked", "/endless"):
        with pytest.raises(Refused, match="too large"):
            await client.fetch("http://a.test" + path)
    assert len((await client.fetch("http://a.test/exact")).body) == module.LARGEST
    with pytest.raises(Refused, match="too large"):
        await client.fetch("http://a.test/exact", limit=1000)


async def test_compressed_answers(client: Client, host: Scripted) -> None:
    small, bomb = gzip.compress(NOTE), gzip.compress(b" " * 300_000_000, 9)
    assert len(bomb) < 400_000
    host.pages["/small"] = answer(small, Content_Encoding="gzip")
    host.pages["/bomb"] = answer(bomb, Content_Encoding="gzip")
    host.pages["/cut"] = answer(small[:-9], Content_Encoding="gzip")
    host.pages["/tail"] = answer(small + small, Content_Encoding="gzip")
    host.pages["/false"] = answer(NOTE, Content_Encoding="gzip")
    host.pages["/br"] = answer(NOTE, Content_Encoding="br")
    host.pages["/twice"] = answer(gzip.compress(small), Content_Encoding="gzip, gzip")
    host.pages["/apart"] = answer(gzip.compress(small), Content_Encoding="gzip\r\nContent-Encoding: x-gzip")
    assert (await client.fetch("http://a.test/small")).body == NOTE
    started = time.monotonic()
    with pytest.raises(Refused, match="too large"):
        await client.fetch("http://a.test/bomb")
    assert time.monotonic() - started < 1
    for path in ("/cut", "/tail", "/false", "/br", "/twice", "/apart"):
        with pytest.raises(Refused):
            await client.fetch("http://a.test" + path)


async def test_what_says_nothing_is_not_heard_for_ever(client: Client, host: Scripted) -> None:
    """Blocks of nothing, names of files without end, remarks between chunks: the limit is for what comes in, too."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\n"
    zipped = head + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08"
    sent = 0

    def endless(begin: bytes, more: bytes) -> Speak:
        async def speak(_: str, writer: asyncio.StreamWriter) -> None:
            nonlocal sent
            writer.write(begin)
            for _ in range(1000):
                writer.write(more)
                sent += len(more)
                await writer.drain()

        return speak

    host.pages["/blocks"] = endless(zipped + b"\x00" * 7, b"\x00\x00\x00\xff\xff" * 13_000)
    host.pages["/name"] = endless(zipped + b"\x08" + b"\x00" * 6, b"x" * 65_000)
    host.pages["/remarks"] = endless(
        head + b"Transfer-Encoding: chunked\r\n\r\n", (b"1;" + b"x" * 500 + b"\r\n \r\n") * 130
    )
    for path in ("/blocks", "/name", "/remarks"):
        sent = 0
        with pytest.raises((Refused, Unreachable), match=r"too large|not HTTP"):
            await client.fetch("http://a.test" + path)
        assert sent < 20_000_000, path


# --- what is taken for a document -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "is_good"),
    [
        ("application/activity+json", True),
        ("application/activity+json; charset=utf-8", True),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', True),
        ("APPLICATION/LD+JSON", True),
        ("application/json", False),
        ("text/html", False),
        ("image/png", False),
        ("application/activity+json-x", False),
        ("", False),
    ],
)
async def test_content_types(client: Client, host: Scripted, content_type: str, is_good: bool) -> None:
    host.pages["/note"] = answer(NOTE, Content_Type=content_type)
    if is_good:
        assert (await client.fetch_document("http://a.test/note"))["type"] == "Note"
    else:
        with pytest.raises(Refused, match="content type"):
            await client.fetch_document("http://a.test/note")


async def test_other_kinds(client: Client, host: Scripted) -> None:
    host.pages["/finger"] = answer(b"{}", Content_Type="application/jrd+json")
    host.pages["/picture"] = answer(b"x", Content_Type="image/png")
    assert (await client.fetch("http://a.test/finger", kinds=JRD)).body == b"{}"
    assert (await client.fetch("http://a.test/picture", kinds=("image/",))).content_type == "image/png"
    assert "accept: image/*" in host.requests[1].lower()


async def test_a_document_counts_only_from_its_own_id(client: Client, host: Scripted) -> None:
    note = {"id": "http://a.test/note", "type": "Note"}
    host.pages["/note"] = answer(NOTE)
    host.pages["/@alice/1"] = answer(NOTE)
    host.pages["/liar"] = answer(json.dumps({**note, "id": "http://a.test/other"}).encode())
    host.pages["/other"] = answer(json.dumps({**note, "id": "http://a.test/third"}).encode())
    host.pages["/none"] = answer(b'{"type":"Note"}')
    host.pages["/list"] = answer(b"[]")
    host.pages["/nan"] = answer(b'{"id":"http://a.test/nan","x":NaN}')
    host.pages["/moved"] = answer(b"", "302 Found", Location="http://b.test/claims")
    host.pages["/claims"] = answer(json.dumps({**note, "id": "http://a.test/moved"}).encode())
    assert await client.fetch_document("http://a.test/note#part") == note
    assert await client.fetch_document("http://a.test/@alice/1") == note, "fetched once more from its id"
    assert len(host.requests) == 3
    for url in ("b.test/note", "a.test/liar", "a.test/none", "a.test/list", "a.test/nan", "a.test/moved"):
        with pytest.raises(Refused, match="document"):
            await client.fetch_document("http://" + url)


async def test_status_codes(client: Client, host: Scripted) -> None:
    for status, error in (
        ("404 Not Found", Refused),
        ("403 Forbidden", Refused),
        ("401 Unauthorized", Refused),
        ("204 No Content", Refused),
        ("501 Not Implemented", Refused),
        ("410 Gone", PeerGone),
        ("429 Too Many Requests", Unreachable),
        ("500 Internal Server Error", Unreachable),
        ("503 Service Unavailable", Unreachable),
    ):
        host.pages[f"/{status[:3]}"] = answer(b"" if status[:3] == "204" else b"{}", status)
        with pytest.raises(error):
            await client.fetch(f"http://a.test/{status[:3]}")


async def test_noise_is_unreachable(client: Client, host: Scripted) -> None:
    host.pages["/noise"] = b"SSH-2.0-OpenSSH\r\n\r\n"
    host.pages["/nothing"] = b""
    host.names["closed.test"] = [("127.0.0.1", 1)]

    async def hang_up(head: str, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def cut(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(NOTE)[:-5])
        writer.close()

    host.pages["/hang-up"], host.pages["/cut"] = hang_up, cut
    for url in ("a.test/noise", "a.test/hang-up", "a.test/cut", "closed.test/", "unknown.test/"):
        with pytest.raises(Unreachable):
            await client.fetch("http://" + url)


# --- memory and budget ------------------------------------------------------------------------------------------


async def test_failures_are_remembered_for_a_while(host: Scripted) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    config = load_config(url="http://home.test", allow_http=True, allow_addresses="127.0.0.1/32")
    async with Client(Node(config, resolver=host.resolve, clock=lambda: now)) as client:

        async def attempt(*, fresh: bool = False) -> int:
            before = len(host.requests)
            with pytest.raises(Refused):
                await client.fetch("http://a.test/missing", fresh=fresh)
            return len(host.requests) - before

        assert [await attempt(), await attempt()] == [1, 0]
        now += timedelta(seconds=61)
        assert [await attempt(), await attempt()] == [1, 0]
        now += timedelta(seconds=61)
        assert await attempt() == 0, "the second pause is longer"
        assert await attempt(fresh=True) == 1
        now += timedelta(hours=1, seconds=1)
        host.pages["/missing"] = answer(NOTE)
        assert (await client.fetch("http://a.test/missing")).body == NOTE
        host.pages.clear()
        assert [await attempt(), await attempt()] == [1, 0]


async def test_memory_of_failures_is_bounded(client: Client, host: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 5)
    for number in range(12):
        with pytest.raises(Refused):
            await client.fetch(f"http://a.test/{number}")
    assert len(client._failures) == 5


async def test_a_remembered_failure_holds_on_to_nothing(client: Client, host: Scripted) -> None:
    """Neither to what had come when it happened, nor to more each time that it is told; nor to endless addresses."""
    host.pages["/big"] = answer(b" " * (module.LARGEST + 1), Content_Length="", Connection="close")
    for _ in range(3):
        with pytest.raises(Refused, match="too large"):
            await client.fetch("http://a.test/big")
        kept = client._failures["http://a.test/big"].error
        assert (kept.__traceback__, kept.__context__, kept.__cause__) == (None, None, None)
    assert len(host.requests) == 1
    with pytest.raises(Refused, match="too long"):
        await client.fetch("http://a.test/" + "x" * 5000)
    assert list(client._failures) == ["http://a.test/big"]


async def test_what_failed_is_let_go_at_once(
    client: Client, host: Scripted, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A megabyte per failure must not wait for the collector of cycles, which a busy server seldom runs."""
    monkeypatch.setattr(module, "DEADLINE", 0.05)
    some = b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\n"

    async def cut(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(some + b"Content-Length: 100\r\n\r\n{")
        await writer.drain()
        writer.close()

    host.pages |= {"/cut": cut, "/slow": drip}
    host.pages["/big"] = some + b"Connection: close\r\n\r\n" + b" " * (module.LARGEST + 1)
    host.pages["/noise"] = some + b"Transfer-Encoding: chunked\r\n\r\nxx\r\n"
    gc.collect()
    gc.disable()
    try:
        for path in ("/cut", "/slow", "/big", "/noise"):
            for _ in range(3):
                with pytest.raises((Refused, Unreachable)):
                    await client.fetch("http://a.test" + path, signer, fresh=True)
        await asyncio.sleep(0.01)
        assert sum(isinstance(one, module._Plain) for one in gc.get_objects()) <= 1
    finally:
        gc.enable()


async def test_one_cause_has_one_budget(client: Client, host: Scripted) -> None:
    host.pages["/note"] = answer(NOTE)
    host.pages["/go"] = answer(b"", "302 Found", Location="/note")

    async def recurse(depth: int) -> None:
        await client.fetch("http://a.test/note")
        await asyncio.gather(recurse(depth + 1), recurse(depth + 1))

    with budget(), pytest.raises(Refused, match="too many fetches"):
        await recurse(0)
    await asyncio.sleep(0.1)
    assert len(host.requests) == 20
    with budget(1), pytest.raises(Refused, match="too many fetches"):
        await client.fetch("http://a.test/go")
    assert (await client.fetch("http://a.test/go")).body == NOTE, "a budget is not a failure of the host"


# --- posting ----------------------------------------------------------------------------------------------------


async def test_posts_signed_in_either_style(client: Client, host: Scripted, signer: Signer) -> None:
    host.pages["/inbox"] = answer(b"", "202 Accepted")
    body = b'{"type":"Follow"}'
    sync = {"Collection-Synchronization": 'collectionId="x"'}
    assert (await client.post("http://a.test/inbox", body, signer, headers=sync)).status == 202
    assert (await client.post("http://a.test/inbox", body, signer, style="rfc9421")).status == 202
    older, newer = (request_of(text) for text in host.requests)
    verified = cavage.verify(cavage.read(older), older, signer.key.public_key(), datetime.now(UTC))
    assert {"digest", "content-type", "collection-synchronization"} <= verified.covered
    rfc9421.verify(rfc9421.read(newer)[0], newer, signer.key.public_key(), datetime.now(UTC))
    for request in (older, newer):
        sent = {name.lower(): value for name, value in request.headers}
        assert sent["content-type"] == "application/activity+json"
        assert sent["content-length"] == str(len(body))
        assert "transfer-encoding" not in sent


async def test_a_status_counts_though_its_body_never_comes(client: Client, host: Scripted, signer: Signer) -> None:
    async def mute(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(60)

    host.pages["/inbox"] = mute
    async with asyncio.timeout(0.5):
        assert (await client.post("http://a.test/inbox", b"{}", signer)).status == 202


async def test_redirects_of_an_inbox_are_not_followed(client: Client, host: Scripted, signer: Signer) -> None:
    host.pages["/inbox"] = answer(b"", "308 Permanent Redirect", Location="http://b.test/inbox")
    assert (await client.post("http://a.test/inbox", b"{}", signer)).status == 308
    assert len(host.requests) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("315360000", 86400),
        ("9" * 400, 86400),
        ("-5", None),
        ("soon", None),
        ("Sat, 21 Nov 2026 10:01:00 GMT", 60),
        ("Sat, 21 Nov 2099 10:01:00 GMT", 86400),
        ("Sat, 21 Nov 2020 10:01:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
    ],
)
async def test_retry_after(host: Scripted, signer: Signer, value: str, seconds: int | None) -> None:
    now = datetime(2026, 11, 21, 10, tzinfo=UTC)
    config = load_config(url="http://home.test", allow_http=True, allow_addresses="127.0.0.1/32")
    host.pages["/inbox"] = answer(b"", "429 Too Many Requests", Retry_After=value)
    async with Client(Node(config, resolver=host.resolve, clock=lambda: now)) as client:
        found = (await client.post("http://a.test/inbox", b"{}", signer)).retry_at
    assert found == (None if seconds is None else now + timedelta(seconds=seconds))


async def test_nothing_is_injected(client: Client, host: Scripted, signer: Signer) -> None:
    evil = Signer("http://home.test/actor\r\nX-Injected: 1", signer.key)
    for url in ("http://a.test/in\r\nX-Injected: 1", "http://a.test/in box", "http://a.test\r\nX-Injected: 1/"):
        with pytest.raises(Refused):
            await client.post(url, b"{}", signer)
        with pytest.raises(Refused):
            await client.fetch(url, signer)
    with pytest.raises(Refused):
        await client.post("http://a.test/inbox", b"{}", evil)
    with pytest.raises(Refused):
        await client.post("http://a.test/inbox", b"{}", signer, headers={"X": "a\r\nX-Injected: 1"})
    for value in ("a\r\nX-Injected: 1", "a\nX: 1", "a\rX: 1", "a\0", "ä"):
        with pytest.raises(Refused, match="cannot be written"):
            await client.tell("http://a.test/hook", b"{}", {"X": value})
    assert host.requests == []


# --- TLS and names ----------------------------------------------------------------------------------------------


class Tls:
    """A host with a certificate for a.test."""

    def __init__(self, authority: trustme.CA, names: tuple[str, ...] = ("a.test",)) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(self.context)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def secure(host: Scripted, authority: trustme.CA) -> AsyncIterator[Scripted]:
    server = await asyncio.start_server(host.meet, "127.0.0.1", 0, ssl=Tls(authority).context)
    port = server.sockets[0].getsockname()[1]
    host.names |= {"a.test": [("127.0.0.1", port)], "b.test": [("127.0.0.1", port)]}
    host.pages["/note"] = answer(NOTE, Connection="close")
    yield host
    server.close()


async def test_certificates(
    secure: Scripted, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = Node(load_config(url="https://home.test", allow_addresses="127.0.0.1/32"), resolver=secure.resolve)
    async with Client(node) as suspicious:
        with pytest.raises(Unreachable, match="certificate"):
            await suspicious.fetch("https://a.test/note")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with Client(node) as trusting:
        assert (await trusting.fetch("https://a.test/note")).body == NOTE
        with pytest.raises(Unreachable, match="certificate"):
            await trusting.fetch("https://b.test/note")
    assert len(secure.requests) == 1


async def test_localhost_names_in_development(host: Scripted) -> None:
    host.pages["/note"] = answer(NOTE)
    config = load_config(url="http://home.test", allow_http=True, allow_addresses="127.0.0.1/32")
    async with Client(Node(config)) as client:
        assert (await client.fetch(f"http://beta.localhost:{host.port}/note")).body == NOTE
    async with Client(Node(load_config(url="http://home.test", allow_http=True))) as client:
        with pytest.raises(Refused, match="public address"):
            await client.fetch(f"http://beta.localhost:{host.port}/note")


async def test_hosts_file_and_unknown_names(host: Scripted) -> None:
    """The resolver proper: /etc/hosts names the loopback here as everywhere, and its address is judged like others."""
    config = load_config(url="https://home.test", allow_addresses="127.0.0.1/32")
    resolver = module._Resolver(config.allow_addresses, None, is_development=False)
    try:
        assert [info[4] for info in await resolver.look_up("localhost", 443)] == [("127.0.0.1", 443)]
        closed = module._Resolver((), None, is_development=False)
        with pytest.raises(OSError, match="public address"):
            await closed.look_up("localhost", 443)
        await closed.close()
        with pytest.raises(OSError):  # noqa: PT011 - the words are the DNS library's
            await resolver.look_up("no-such-name.invalid", 443)
    finally:
        await resolver.close()


async def test_signing_much_leaves_the_loop_free(client: Client, host: Scripted, signer: Signer) -> None:
    """Everything else has its turn between two signatures: they cannot be made beside it."""
    host.pages["/inbox"] = answer(b"", "202 Accepted")
    loop, around, seen = asyncio.get_running_loop(), 0, []
    original = module.cavage.sign

    def tick() -> None:
        nonlocal around
        around += 1
        ticking[0] = loop.call_soon(tick)

    def watch(*values: object) -> dict[str, str]:
        seen.append(around)
        return original(*values)  # type: ignore[arg-type]

    ticking = [loop.call_soon(tick)]
    module.cavage.sign, before = watch, module.cavage.sign  # type: ignore[assignment]
    try:
        await asyncio.gather(*(client.post("http://a.test/inbox", b"{}", signer) for _ in range(12)))
    finally:
        module.cavage.sign = before
        ticking[0].cancel()
    assert len(set(seen)) == len(seen) == 12


async def test_two_who_use_it_and_one_who_leaves(bare: Node, host: Scripted) -> None:
    """As in a process that answers and works: whoever ends first does not end it for the other."""
    host.pages["/note"] = answer(NOTE)
    client = Client(bare)
    await client.open()
    await client.open()
    await client.fetch("http://a.test/note")
    await client.close()
    await client.fetch("http://a.test/note")
    assert host.connections == 1, "the line of the other one"
    await client.close()
    await client.fetch("http://a.test/note")
    assert host.connections == 2
    await client.close()
