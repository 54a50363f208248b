"""Lines to inboxes: kept, lost, cut, and answers that end in every way there is, or in none."""

import asyncio
import os
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation import lines as module
from federation.client import Client, Signer
from federation.errors import Unreachable

from .conftest import Scripted, answer

INBOX = "http://a.test/inbox"
CHUNKED = b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n"


async def statuses(client: Client, signer: Signer, times: int) -> list[int]:
    found = []
    for _ in range(times):
        found.append((await client.post(INBOX, b"{}", signer)).status)
        await asyncio.sleep(0.01)
    return found


@pytest.mark.parametrize(
    ("page", "connections"),
    [
        (answer(b"", "202 Accepted"), 1),
        (answer(b"Thank you", "202 Accepted"), 1),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 1),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + answer(b"", "202 Accepted"), 1),
        (CHUNKED + b"0\r\n\r\n", 1),
        (CHUNKED + b"5;x=y\r\nThank\r\n4\r\n you\r\n0\r\n\r\n", 1),
        (answer(b"", "202 Accepted", Connection="close"), 3),
        (b"HTTP/1.0 202 Accepted\r\nContent-Length: 0\r\n\r\n", 3),
        (b"HTTP/1.1 202 Accepted\r\n\r\nno end", 3),
        (answer(b"more", "202 Accepted", Content_Length="2"), 3),
        (answer(b"x" * 20_000, "202 Accepted"), 3),
        (answer(b"", "202 Accepted", Content_Length="-1"), 3),
        (answer(b"", "202 Accepted", Transfer_Encoding="chunked"), 3),
        (CHUNKED + b"0\r\nTrailer: x\r\n\r\n", 3),
        (CHUNKED + b"zz\r\n\r\n", 3),
        (answer(b"", "202 Accepted") + answer(b"", "500 Nobody asked"), 3),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 3),
        (b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", 3),
        (b"HTTP/1.1 204 No Content\r\n\r\n" + answer(b"", "500 Nobody asked"), 3),
        (b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", 1),
        (b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\nContent-Length: 0\r\n\r\n", 3),
        (b"HTTP/1.1 202 Accepted\r\nContent-Length : 5\r\nContent-Length: 0\r\n\r\n", 3),
        (b"HTTP/1.1 202 Accepted\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n", 3),
        (b"HTTP/1.1 202 Accepted\r\nConnection: close\r\nConnection: x\r\nContent-Length: 0\r\n\r\n", 3),
        (b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 3),
    ],
)
async def test_a_line_is_used_again_after_a_plain_end(
    client: Client, host: Scripted, signer: Signer, page: bytes, connections: int
) -> None:
    host.pages["/inbox"] = page
    assert set(await statuses(client, signer, 3)) <= {202, 204}
    assert host.connections == connections


async def test_an_answer_in_small_pieces(client: Client, host: Scripted, signer: Signer) -> None:
    whole = CHUNKED + b"3\r\nabc\r\n0\r\n\r\n"

    async def piecemeal(head: str, writer: asyncio.StreamWriter) -> None:
        for byte in whole:
            writer.write(bytes([byte]))
            await writer.drain()

    host.pages["/inbox"] = piecemeal
    assert await statuses(client, signer, 2) == [202, 202]
    assert host.connections == 1


async def test_a_host_that_hung_up_meanwhile_is_called_again(client: Client, host: Scripted, signer: Signer) -> None:
    """It lets go of a line as the next request is on its way: that is no failure of the host."""
    calls = 0

    async def impatient(head: str, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            writer.transport.abort()
        else:
            writer.write(answer(b"", "202 Accepted"))

    host.pages["/inbox"] = impatient
    assert await statuses(client, signer, 2) == [202, 202]
    assert (calls, host.connections) == (3, 2)


async def test_who_hangs_up_on_the_first_word_is_not_called_for_ever(
    client: Client, host: Scripted, signer: Signer
) -> None:
    async def rude(head: str, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    host.pages["/inbox"] = rude
    with pytest.raises(Unreachable, match="connection lost"):
        await client.post(INBOX, b"{}", signer)
    assert host.connections == 1


@pytest.mark.parametrize(
    "noise",
    [b"HTTP/1.1 100 Continue\r\n\r\n" * 2000, b"HTTP/1.1 202 x\r\nX: a\x00b\r\n\r\n", b"HTTP/1.1 202 x\nX: a\r\n\r\n",
     b"HTTP/1.1 202 x\r\nX: a\nY: b\r\n\r\n", b"HTTP/1.1 202 " + b"x" * 40_000, b"HTTP/1.1 202 x\r\nX: a\rY: b\r\n\r\n",
     b"SSH-2.0-OpenSSH\r\n", b"HTTP/2 202\r\n\r\n", b"HTTP/1.1 2020 x\r\n\r\n", b"HTTP/1.1 101 Switch\r\n\r\n",
     b"HTTP/1.1 202 x\r\n" + b"X: y\r\n" * 8000],
)  # fmt: skip
async def test_noise_is_no_answer(client: Client, host: Scripted, signer: Signer, noise: bytes) -> None:
    host.pages["/inbox"] = noise
    with pytest.raises(Unreachable, match="not HTTP"):
        await client.post(INBOX, b"{}", signer)


async def test_idle_lines_are_few_and_let_go(
    client: Client, host: Scripted, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT", 0.05)
    monkeypatch.setattr(module, "MOST_IDLE", 3)
    host.pages["/inbox"] = answer(b"", "202 Accepted")
    for number in range(5):
        host.names[f"h{number}.test"] = host.names["a.test"]
        await client.post(f"http://h{number}.test/inbox", b"{}", signer)
        await asyncio.sleep(0)
    assert client._lines is not None
    assert len(client._lines._since) == 3
    await asyncio.sleep(0.15)
    assert not client._lines._since
    assert not client._lines._idle


async def test_what_follows_a_post_to_five_hundred_hosts_finds_their_lines(client: Client, host: Scripted) -> None:
    host.pages["/inbox"] = answer(b"", "202 Accepted")
    for name in [f"h{number}.test" for number in range(500)] * 2:
        host.names[name] = host.names["a.test"]
        assert await client.tell(f"http://{name}/inbox", b"{}", {}) == 202
    assert host.connections == 500


async def test_who_waits_no_longer_leaves_no_line_behind(client: Client, host: Scripted, signer: Signer) -> None:
    """An answer that comes too late must not be taken for the next one's."""

    async def late(head: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)
        writer.write(answer(b"", "500 Late"))

    host.pages["/inbox"] = late
    task = asyncio.create_task(client.post(INBOX, b"{}", signer))
    await asyncio.sleep(0.03)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    host.pages["/inbox"] = answer(b"", "202 Accepted")
    assert await statuses(client, signer, 1) == [202]


async def test_who_hangs_up_on_kept_lines_is_asked_once_more(client: Client, host: Scripted, signer: Signer) -> None:
    """And not once for each line that there is; nor after it said something."""

    async def slow(head: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        writer.write(answer(b"", "202 Accepted"))

    async def rude(head: str, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async def torn(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.transport.abort()

    for speak, times in ((rude, 2), (torn, 1)):
        host.pages["/inbox"] = slow
        await asyncio.gather(*(client.post(INBOX, b"{}", signer) for _ in range(6)))
        host.pages["/inbox"] = speak
        before = len(host.requests)
        with pytest.raises(Unreachable, match="connection lost"):
            await client.post(INBOX, b"{}", signer)
        assert len(host.requests) - before == times


@pytest.mark.parametrize("more", [answer(b"", "500 Nobody asked"), b""])
async def test_what_came_while_nobody_listened(client: Client, host: Scripted, signer: Signer, more: bytes) -> None:
    """A line on which something was said, or that was let go, is not used, though the loop had no time to see it."""
    writers: list[asyncio.StreamWriter] = []

    async def speak(head: str, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(answer(b"", "202 Accepted"))

    host.pages["/inbox"] = speak
    await statuses(client, signer, 1)
    end = writers[0].get_extra_info("socket").fileno()
    if more:
        assert os.write(end, more) == len(more)
    else:
        with socket.socket(fileno=os.dup(end)) as other:
            other.shutdown(socket.SHUT_WR)
    assert (await client.post(INBOX, b"{}", signer)).status == 202
    assert (len(host.requests), host.connections) == (2, 2)


async def test_who_was_answered_and_leaves_does_not_end_the_next_one(
    client: Client, host: Scripted, signer: Signer
) -> None:
    """A line is free as soon as its answer is there, and that is before whoever waited for it runs again."""

    host.pages["/inbox"] = answer(b"", "202 Accepted")
    await client.post(INBOX, b"{}", signer)
    lines = client._lines
    assert lines is not None
    (line,) = lines._since
    lines.forget(line)
    first = line.ask(b"POST /inbox HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n")
    await first
    lines.forget(line)
    second = line.ask(b"POST /inbox HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n")
    line.leave(first)
    module._be_late(first)
    assert (await second).status == 202


async def test_places_of_one_name_are_few(client: Client, host: Scripted, signer: Signer) -> None:
    host.names["many.test"] = [("127.0.0.1", host.port)] * 5000
    host.pages["/inbox"] = answer(b"", "202 Accepted")
    assert client._lines is not None
    client._lines._remembers_names = True
    await client.post("http://many.test/inbox", b"{}", signer)
    assert [len(found) for _, found in client._lines._names.values()] == [8]


async def test_a_waiting_place_is_free_after_cancellation(client: Client, host: Scripted) -> None:
    async def silence(head: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    host.pages["/slow"] = silence
    host.pages["/note"] = SAID + b"Content-Length: %d\r\n\r\n" % len(NOTE) + NOTE
    for _ in range(3):
        tasks = [asyncio.create_task(client.fetch("http://a.test/slow", fresh=True)) for _ in range(6)]
        await asyncio.sleep(0.02)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert (await client.fetch("http://a.test/note")).body == NOTE
    assert host.most_open == 3 * 2 + 1, "those that were let go, which this host does not see, and this one"
    assert client._lines is not None
    assert not client._lines._places
    assert not client._lines._asked._taken


NOTE = b'{"id":"http://a.test/note"}'
SAID = b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\n"
IN_CHUNKS = SAID + b"Transfer-Encoding: chunked\r\n\r\n5\r\n" + NOTE[:5] + b"\r\n%x\r\n" % (len(NOTE) - 5) + NOTE[5:]


@pytest.mark.parametrize(
    ("page", "is_whole", "connections"),
    [
        (SAID + b"Content-Length: %d\r\n\r\n" % len(NOTE) + NOTE, True, 1),
        (IN_CHUNKS + b"\r\n0\r\n\r\n", True, 1),
        (IN_CHUNKS + b"\r\n0\r\nTrailer: x\r\n\r\n", True, 2),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" + IN_CHUNKS + b"\r\n000\r\n\r\n", True, 1),
        (SAID + b"Content-Length: %d\r\n\r\n" % len(NOTE) + NOTE + b"more", True, 2),
        (SAID + b"Content-Length: 7\r\n" + IN_CHUNKS[len(SAID) :] + b"\r\n0\r\n\r\n", True, 2),
        (SAID + b"\r\n" + NOTE, True, 2),
        (b"HTTP/1.0" + SAID[8:] + b"\r\n" + NOTE, True, 2),
        (SAID + b"Content-Length: %d\r\n\r\n" % (len(NOTE) + 1) + NOTE, False, 2),
        (IN_CHUNKS + b"\r\n", False, 2),
        (IN_CHUNKS + b"xx0\r\n\r\n", False, 2),
        (IN_CHUNKS + b"\r\n-0\r\n\r\n", False, 2),
        (IN_CHUNKS + b"\r\n0x0\r\n\r\n", False, 2),
        (IN_CHUNKS + b"\r\n0\n\n", False, 2),
        (IN_CHUNKS + b"\r\n000000000\r\n\r\n", False, 2),
        (IN_CHUNKS + b"\r\n0;" + b"x" * 1200, False, 2),
        (SAID + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", False, 2),
        (SAID + b"Content-Length: 3\r\nContent-Length: %d\r\n\r\n" % len(NOTE) + NOTE, False, 2),
        (SAID + b"Content-Length: -1\r\n\r\n" + NOTE, False, 2),
        (SAID + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + NOTE, False, 2),
    ],
)
@pytest.mark.parametrize("is_slow", [False, True])
async def test_a_body_is_read_to_its_end(
    client: Client, host: Scripted, page: bytes, is_whole: bool, connections: int, is_slow: bool
) -> None:
    is_kept = connections == 1

    async def speak(head: str, writer: asyncio.StreamWriter) -> None:
        for piece in [page[at : at + 1] for at in range(len(page))] if is_slow else [page]:
            writer.write(piece)
            await writer.drain()
        if not is_kept:
            writer.close()

    host.pages["/note"] = speak
    for _ in range(2):
        if is_whole:
            assert (await client.fetch("http://a.test/note", fresh=True)).body == NOTE
            while is_kept and not client._lines._since:  # type: ignore[union-attr]
                await asyncio.sleep(0.001)  # the body was whole before the last byte of the answer
        else:
            with pytest.raises(Unreachable):
                await client.fetch("http://a.test/note", fresh=True)
    assert host.connections == connections


PIECES = [
    b"HTTP/1.1 ", b"202", b" OK", b"\r\n", b"Content-Length: ", b"3", b"abc", b"0", b"Transfer-Encoding: chunked",
    b"\x00", b"\xff", b"close", b":",
]  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(PIECES), max_size=12), st.booleans())
def test_any_bytes_end_in_a_status_or_in_none(pieces: list[bytes], wants_body: bool) -> None:
    class Sink:
        def feed(self, chunk: bytes) -> None:
            return

    class Transport(asyncio.Transport):
        def write(self, data: object) -> None:
            return

        def abort(self) -> None:
            return

        def is_closing(self) -> bool:
            return False

        def get_write_buffer_size(self) -> int:
            return 0

    async def hear() -> None:
        lines = module.Lines(None, None, None, remembers_names=False)  # type: ignore[arg-type]
        line = module._Line(lines, "http://a.test")
        line.connection_made(Transport())
        asked = line.ask(b"", (lambda _: Sink()) if wants_body else None)
        for piece in pieces:
            line.data_received(piece)
        line.connection_lost(None)
        lines.close()
        assert asked.done()
        if asked.exception() is None:
            assert 200 <= asked.result().status <= 999

    asyncio.run(hear())
