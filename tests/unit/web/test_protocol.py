"""Connections of those who send ahead, or who ask and then take nothing, on a small application."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp.web as aioweb
import pytest

from web import protocol
from web.protocol import HEADER_BYTES, Runner

HOST = b"Host: a.test\r\n"


@pytest.fixture
async def runner(tmp_path: Path) -> AsyncIterator[Runner]:
    (tmp_path / "big").write_bytes(b"x" * 20_000_000)

    async def wait(request: aioweb.Request) -> aioweb.Response:
        await asyncio.sleep(0.5)
        return aioweb.Response(text="waited")

    async def measure(request: aioweb.Request) -> aioweb.Response:
        return aioweb.Response(text=str(len(await request.read())))

    async def words(request: aioweb.Request) -> aioweb.Response:
        return aioweb.Response(body=b"x" * 20_000_000)

    async def file(request: aioweb.Request) -> aioweb.FileResponse:
        return aioweb.FileResponse(tmp_path / "big")

    app = aioweb.Application()
    app.router.add_get("/wait", wait)
    app.router.add_post("/measure", measure)
    app.router.add_get("/words", words)
    app.router.add_get("/file", file)
    made = Runner(app, access_log=None, keepalive_timeout=1, shutdown_timeout=0.1)
    await made.setup()
    await aioweb.TCPSite(made, "127.0.0.1", 0).start()
    yield made
    await made.cleanup()


async def test_what_is_sent_ahead_is_not_kept_without_end(runner: Runner) -> None:
    """Headers behind a request that takes its time: one that is never complete, and many that are."""
    first = b"GET /wait HTTP/1.1\r\n" + HOST + b"\r\n"
    fields = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 8000) for number in range(100))
    port = runner.addresses[0][1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(first)
    await asyncio.sleep(0.1)
    writer.write(first[:-2] + fields[: HEADER_BYTES * 4])
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        async with asyncio.timeout(0.3):
            await reader.readexactly(1)
    writer.close()

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(first)
    await asyncio.sleep(0.1)
    for _ in range(30):
        writer.write(first[:-2] + fields[:60_000] + b"\r\n\r\n")
    await asyncio.sleep(0.2)
    assert runner.server is not None
    queued = [message for connection in runner.server.connections for message, _ in connection._messages]
    assert len(queued) <= 5, "what came at once"
    writer.close()


async def test_who_sends_ahead_is_answered(runner: Runner) -> None:
    """In turn, with bodies of any size, in pieces of any size."""
    body = b"x" * 100_000
    one = b"POST /measure HTTP/1.1\r\n" + HOST + b"Content-Length: 100000\r\n\r\n" + body
    whole = b"GET /wait HTTP/1.1\r\n" + HOST + b"\r\n" + one * 25
    for size in (len(whole), 50_021):
        reader, writer = await asyncio.open_connection("127.0.0.1", runner.addresses[0][1])
        for at in range(0, len(whole), size):
            writer.write(whole[at : at + size])
            await asyncio.sleep(0.002)
        async with asyncio.timeout(5):
            for wanted in (b"waited", *[b"100000"] * 25):
                assert b" 200 OK" in await reader.readuntil(b"\r\n\r\n")
                assert await reader.readexactly(6) == wanted
        writer.close()


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="a Linux of its own kind")
async def test_who_takes_nothing_is_let_go(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "READER_SECONDS", 0.5)
    loop = asyncio.get_running_loop()
    asked = []
    for path in (b"/words", b"/file"):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.setblocking(False)
        await loop.sock_connect(one, runner.addresses[0][:2])
        await loop.sock_sendall(one, b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        asked.append(one)
    await asyncio.sleep(0.2)
    assert runner.server is not None
    assert len(runner.server.connections) == 2
    async with asyncio.timeout(15):
        while runner.server.connections:
            await asyncio.sleep(0.05)
    for one in asked:
        one.close()
