"""A node as a process: answers requests, works, or both in one event loop, until it is told to stop."""

import asyncio
import contextlib
import gc
import os
import resource
import signal
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp.web as aioweb
import structlog

from node import watchdog
from node.associations import service as associations
from node.config import Config
from node.errors import Misconfigured
from node.words import N_, Message
from node.work import Node

if TYPE_CHECKING:
    from federation.worker import Worker

log = structlog.get_logger()

_REQUESTS_MAY_TAKE = 6.0
"""Seconds for requests in hand once we are told to stop; a service manager waits ten."""


class Running:
    """A node at work."""

    def __init__(self, node: Node, worker: "Worker | None") -> None:
        self.node = node
        self.worker = worker
        self.stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def until_stopped(self) -> None:
        """Until SIGTERM, SIGINT or stop; what a part of the node dies of is raised."""
        stopping = asyncio.create_task(self.stop.wait())
        try:
            done, _ = await asyncio.wait([stopping, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                task.result()
        finally:
            stopping.cancel()


@contextlib.asynccontextmanager
async def running(config: Config, *, answers: bool = True, works: bool = True) -> AsyncIterator[Running]:
    """Open the node of these settings and let it run; at the end it finishes what is in hand and gives leases back.

    The database is at the newest schema. Raises Misconfigured, Unavailable.
    """
    watchdog.bound_memory()
    node = Node(config)
    await node.open()
    runner = None
    try:
        await associations.found(node)
        await node.listen()
        app = _application(node) if answers else None
        worker = None
        if works:
            from federation.context import FEDERATION
            from federation.worker import Worker

            worker = Worker(node, app[FEDERATION].client if app is not None else None)
        it = Running(node, worker)
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, it.stop.set)
        if worker is not None:
            it._tasks.append(asyncio.create_task(worker.run(it.stop)))
        if app is not None:
            runner = await _answer(node, app)
        else:
            _settle_in()
        log.info("node_ready", url=config.url, listen=config.listen if answers else None)
        try:
            with watchdog.watching(loop):
                yield it
        finally:
            it.stop.set()
            # Both at once: requests in hand are answered while the last deliveries come home.
            parts = [*it._tasks, *([asyncio.create_task(runner.cleanup())] if runner is not None else [])]
            await asyncio.gather(*parts, return_exceptions=True)
            log.info("node_stopped")
    finally:
        await node.close()


def _settle_in() -> None:
    """What is in memory now stays there: the collector of garbage need not walk through all of it for every few
    thousand new things, which took a tenth of a second each time. And let as many files be open as we may have."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most if most != resource.RLIM_INFINITY else 65_536, most))


def _application(node: Node) -> aioweb.Application:
    from web.app import make_app

    return make_app(node)


async def _answer(node: Node, app: aioweb.Application) -> aioweb.AppRunner:
    from web.protocol import Runner
    from web.rehearsing import rehearse

    runner = Runner(app, access_log=None, shutdown_timeout=_REQUESTS_MAY_TAKE)
    await runner.setup()
    # Before anybody can knock: whoever does must not wait for either.
    await rehearse(app)
    _settle_in()
    try:
        await _site(runner, node.config.listen).start()
        if node.config.listen.startswith("unix:"):
            # The proxy next door runs as somebody else of our group.
            os.chmod(node.config.listen.removeprefix("unix:"), 0o660)
    except OSError as error:
        await runner.cleanup()
        raise Misconfigured(
            Message(N_("%(listen)s cannot be listened on: %(error)s"), {"listen": node.config.listen, "error": error})
        ) from error
    return runner


def _site(runner: aioweb.AppRunner, listen: str) -> aioweb.BaseSite:
    if listen.startswith("unix:"):
        path = Path(listen.removeprefix("unix:"))
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISSOCK(path.stat().st_mode):
                path.unlink()  # left by a process that was killed
        return aioweb.UnixSite(runner, str(path))
    host, _, port = listen.rpartition(":")
    if not port.isdigit():
        raise Misconfigured(
            Message(N_("listen must look like 127.0.0.1:8080 or unix:/path, not %(listen)s."), {"listen": listen})
        )
    return aioweb.TCPSite(runner, host.strip("[]") or None, int(port), reuse_address=True)
