"""Nodes for tests: the real program on fresh databases, under made-up names, with a clock that the test moves."""

from pathlib import Path
from typing import Any

import aiohttp.web as aioweb

from node.config import Config
from node.work import Node
from support.clock import Clock
from support.databases import Databases, settings
from support.network import Network
from support.visitor import Visitor

ROUNDS = 50
"""More exchanges than anything takes that comes to an end."""


class RigNode(Node):
    """A node whose clock stands still until the test moves it, and whose work is done when the test says so."""

    def __init__(self, config: Config, clock: Clock, network: Network | None = None) -> None:
        super().__init__(config, clock=clock, resolver=network.names if network is not None else None)
        self.time = clock
        self.base = config.url
        self._network = network
        self._runner: aioweb.AppRunner | None = None
        self._worker: Any = None
        self._visitors: list[Visitor] = []
        self.neighbours: list[RigNode] = [self]

    async def serve(self) -> None:
        """Answer requests at our name; work only on ``settle()``."""
        from federation.worker import Worker
        from web.app import make_app

        assert self._network is not None
        self._runner = aioweb.AppRunner(make_app(self), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await aioweb.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._network.add(self.config.host, self._runner.addresses[0][1])
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

    async def settle(self) -> None:
        """Work here and at the neighbours until nothing is due any more."""
        for _ in range(ROUNDS):
            if not sum([await node.work_once() for node in self.neighbours]):
                return
        raise AssertionError(f"still busy after {ROUNDS} rounds")

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

    async def start(self, host: str, **values: Any) -> RigNode:
        """A new node at ``http://{host}`` with an association of that name; ``values`` are settings."""
        from node.associations import service as associations

        address = await self._databases.take()
        config = settings(f"http://{host}", database_url=address, data=self._folder / host, **values)
        node = RigNode(config, self._clock, self._network)
        await node.open()
        self._open.append((node, address))
        neighbours = [other for other, _ in self._open]
        for other in neighbours:
            other.neighbours = neighbours
        await associations.found(node, f"Association {host.partition('.')[0].upper()}")
        await node.serve()
        return node

    async def close(self) -> None:
        for node, address in self._open:
            await node.close()
            await self._databases.give_back(address)
