"""Nodes for tests: the real program on fresh databases, under made-up names, with a clock that the test moves."""

import functools
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp.web as aioweb

from federation.worker import Worker
from node.accounts import passwords
from node.accounts import service as accounts
from node.actors.keys import KeyPair, generate
from node.actors.model import Actor
from node.associations import service as associations
from node.config import Config
from node.etiquette import code
from node.members.adding import Newcomer, add_member
from node.work import Node
from support.clock import Clock
from support.databases import Databases, settings, share_statements
from support.network import Network
from support.visitor import Visitor
from web.app import make_app
from web.protocol import Runner

PASSWORD = "a long table in the garden"
"""Of every member that ``RigNode.member()`` makes."""
ROUNDS = 50
"""More exchanges than anything takes that comes to an end."""


@dataclass(frozen=True)
class Member:
    """A member made for a test."""

    username: str
    uri: str
    actor_id: int
    account_id: int


_pairs = itertools.count()


@functools.cache
def _a_pair(number: int) -> KeyPair:
    """Making a pair takes a tenth of a second; a dozen are enough for everybody in one process."""
    return generate()


def a_pair() -> KeyPair:
    """Keys for somebody new."""
    return _a_pair(next(_pairs) % 12)


_hash: str | None = None


async def _hashed() -> str:
    global _hash
    if _hash is None:
        _hash = await passwords.hash_password(PASSWORD)
    return _hash


class RigNode(Node):
    """A node whose clock stands still until the test moves it, and whose work is done when the test says so."""

    def __init__(self, config: Config, clock: Clock, network: Network | None = None) -> None:
        super().__init__(config, clock=clock, resolver=network.names if network is not None else None)
        self.time = clock
        self.base = config.url
        self._network = network
        self._runner: aioweb.AppRunner | None = None
        self._worker: Worker | None = None
        self._visitors: list[Visitor] = []
        self.neighbours: list[RigNode] = [self]

    async def open(self) -> None:
        await super().open()
        share_statements(self.engine)

    async def serve(self, port: int = 0) -> None:
        """Answer requests at our name; work only on ``settle()``."""
        assert self._network is not None
        self.app = make_app(self)
        self._runner = Runner(self.app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await aioweb.TCPSite(self._runner, "127.0.0.1", port).start()
        self._network.add(self.config.host.partition(":")[0], self._runner.addresses[0][1])
        self._worker = Worker(self)
        await self._worker.open()

    async def stop(self) -> None:
        """Neither answer nor work, as a node that is switched off; ``serve()`` brings it back."""
        if self._worker is not None:
            await self._worker.close()
            self._worker = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def close(self) -> None:
        for visitor in self._visitors:
            await visitor.close()
        await self.stop()
        await super().close()

    async def work_once(self) -> int:
        """Do what is due now; how much that was."""
        return await self._worker.work_once() if self._worker is not None else 0

    @property
    def worker(self) -> Worker:
        assert self._worker is not None, "serve() comes first"
        return self._worker

    async def settle(self) -> None:
        """Work here and at the neighbours until nothing is due any more."""
        for _ in range(ROUNDS):
            if not sum([await node.work_once() for node in self.neighbours]):
                return
        raise AssertionError(f"still busy after {ROUNDS} rounds")

    async def member(self, name: str, *, role: str = "member", has_read_rules: bool = True, **more: Any) -> Member:
        """Somebody who can log in with PASSWORD; ``more`` are fields of node.members.adding.Newcomer."""
        username = more.pop("username", name.split()[0].lower())
        newcomer = Newcomer(
            name=name,
            username=username,
            email=more.pop("email", f"{username}@mail.test"),
            password_hash=await _hashed(),
            role=role,
            **more,
        )
        async with self.writing() as work:
            account = await add_member(work, newcomer, a_pair())
            if has_read_rules:
                await accounts.accept_etiquette(work, account.id, code.VERSION)
            actor = await work.session.get_one(Actor, account.actor_id)
        return Member(username, actor.uri, actor.id, account.id)

    async def logged_in(self, member: Member) -> Visitor:
        """A browser without JavaScript in which this member is logged in."""
        visitor = await self.visitor()
        page = await visitor.log_in(member.username, PASSWORD)
        assert page.path != "/login", f"could not log in: {page.status} {page.text[:300]}"
        return visitor

    async def visitor(self) -> Visitor:
        """Somebody with a browser without JavaScript, not logged in."""
        assert self._runner is not None
        port = self._runner.addresses[0][1]
        visitor = Visitor(self.base, port)
        self._visitors.append(visitor)
        return visitor


async def open_node(config: Config, clock: Clock) -> RigNode:
    """Open a node on a database that is at the newest schema, without HTTP."""
    node = RigNode(config, clock)
    await node.open()
    return node


class Nodes:
    """Makes running nodes that can reach each other, and takes them down at the end of the test."""

    def __init__(self, databases: Databases, clock: Clock, network: Network, folder: Path) -> None:
        self._databases = databases
        self._clock = clock
        self._network = network
        self._folder = folder
        self._open: list[tuple[RigNode, str]] = []

    async def start(self, host: str, *, port: int = 0, **values: Any) -> RigNode:
        """A new node at ``http://{host}`` with an association of that name; ``values`` are settings.

        With a ``port`` a browser finds it too: ``start(f"alpha.localhost:{port}", port=port)``.
        """

        async def found(address: str) -> None:
            config = settings(url, database_url=address, data=self._folder / host, **values)
            node = await open_node(config, Clock())
            await associations.found(node, f"Association {host.partition('.')[0].upper()}")
            await node.close()

        url = f"http://{host}"
        address = await self._databases.take_house(f"{url} {sorted(values.items())}", found)
        config = settings(url, database_url=address, data=self._folder / host, **values)
        node = RigNode(config, self._clock, self._network)
        await node.open()
        self._open.append((node, address))
        neighbours = [other for other, _ in self._open]
        for other in neighbours:
            other.neighbours = neighbours
        await node.serve(port)
        return node

    async def close(self) -> None:
        for node, address in self._open:
            await node.close()
            await self._databases.give_back(address)
