"""A host that says exactly what a test tells it to, byte by byte, and a node that has never seen a database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from federation.client import Client, Signer
from federation.directory import Directory
from federation.signatures import keys
from federation.verification import Verifier
from node.actors.keys import KeyPair, generate
from node.actors.service import create_instance
from node.config import load_config
from node.work import Node
from support.clock import Clock
from support.network import Network
from support.nodes import RigNode
from support.peer import Peer

Speak = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """An HTTP answer; keyword names become header names."""
    lines = {"Content_Type": "application/activity+json", "Content_Length": str(len(body)), **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items() if value != "")
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


@dataclass
class Scripted:
    """Answers by path. ``requests`` are the raw requests, ``canary`` counts connections to forbidden doors."""

    pages: dict[str, bytes | Speak] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    connections: int = 0
    open_now: int = 0
    most_open: int = 0
    port: int = 0
    names: dict[str, list[tuple[str, int]]] = field(default_factory=dict)

    async def resolve(self, host: str, port: int) -> list[tuple[str, int]]:
        return self.names.get(host, [])

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = next(
                    (int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length")), 0
                )
                body = (await reader.readexactly(length)).decode("latin-1")
                self.requests.append(head + body)
                self.open_now += 1
                self.most_open = max(self.most_open, self.open_now)
                try:
                    path = head.split(" ")[1]
                    page = self.pages.get(path, answer(b"{}", "404 Not Found"))
                    if isinstance(page, bytes):
                        writer.write(page)
                    else:
                        await page(head, writer)
                    await writer.drain()
                finally:
                    self.open_now -= 1
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def host() -> AsyncIterator[Scripted]:
    """One server on the loopback, known as a.test and b.test."""
    scripted = Scripted()
    tasks: set[asyncio.Task[Any]] = set()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await scripted.meet(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    scripted.port = server.sockets[0].getsockname()[1]
    for name in ("a.test", "b.test"):
        scripted.names[name] = [("127.0.0.1", scripted.port)]
    yield scripted
    server.close()
    for task in list(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def bare(host: Scripted) -> Node:
    """A node without a database, which finds the scripted host by name."""
    config = load_config(url="http://home.test", allow_http=True, allow_addresses="127.0.0.1/32")
    return Node(config, resolver=host.resolve)


@pytest.fixture
async def client(bare: Node) -> AsyncIterator[Client]:
    async with Client(bare) as opened:
        yield opened


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer("http://home.test/actor#main-key", keys.generate_rsa())


@dataclass
class Rig:
    """A node on a database that talks with one scripted host, b.test."""

    node: RigNode
    client: Client
    directory: Directory
    verifier: Verifier
    peer: Peer
    network: Network
    clock: Clock


@pytest.fixture(scope="session")
def pair() -> KeyPair:
    return generate()


@pytest.fixture
async def rig(node: RigNode, clock: Clock, pair: KeyPair) -> AsyncIterator[Rig]:
    network = Network()
    node.resolver = network.names
    async with node.writing() as work:
        await create_instance(work, pair)
    peer = Peer("b.test", network, clock)
    await peer.open()
    async with Client(node) as client:
        directory = Directory(node, client)
        yield Rig(node, client, directory, Verifier(node, directory), peer, network, clock)
    await peer.close()
