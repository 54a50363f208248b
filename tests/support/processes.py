"""Nodes as processes of their own, started the way an operator starts them, over real TCP; they can be killed."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from node.accounts import tokens
from node.config import load_config
from node.db import open_engine
from support.app import App
from support.clock import Clock
from support.nodes import RigNode
from support.visitor import Visitor

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """A port nobody listens at just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until(what: Callable[[], Awaitable[bool]], within: float) -> float:
    """Wait until ``await what()`` is true; returns how long it took. Raises AssertionError."""
    begun = time.monotonic()
    while not await what():
        assert time.monotonic() - begun < within, f"not within {within} s"
        await asyncio.sleep(0.05)
    return time.monotonic() - begun


class LocalNetwork:
    """For peers of real processes: the port stands in the name, ``h1.localhost:5001``."""

    @staticmethod
    def add(host: str, port: int) -> None:
        assert host.endswith(f":{port}")

    @staticmethod
    def port(host: str) -> int:
        return int(host.rpartition(":")[2])


class Process:
    """One running ``commensal …``."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self.log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode

    @property
    def is_running(self) -> bool:
        return self._process.returncode is None

    async def kill(self) -> None:
        """As if the power failed for this process."""
        self._process.kill()
        await self._process.wait()

    async def terminate(self, *, within: float = 10) -> int:
        """Ask it to end; returns its exit code. Raises TimeoutError."""
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(within):
            return await self._process.wait()

    def memory(self) -> int:
        """KiB of memory that belong to it alone, and its share of what is shared (PSS)."""
        return sum(_proportional(pid) for pid in (self.pid, *_children(self.pid)))


class Place:
    """A node's settings and data folder, and the processes that run on them."""

    def __init__(self, name: str, folder: Path, database_url: str = "", **values: Any) -> None:
        self.port = free_port()
        self.host = f"{name}.localhost:{self.port}"
        self.base = f"http://{self.host}"
        self.database_url = database_url
        """Empty for a SQLite file."""
        self.folder = folder / name
        self.folder.mkdir(parents=True)
        self._values = {
            "url": self.base,
            "listen": f"127.0.0.1:{self.port}",
            "data": str(self.folder / "data"),
            "database_url": database_url,
            "migrate_on_start": "true",
            "allow_http": "1",
            "allow_addresses": "127.0.0.0/8,::1/128",
            "rate_limits": "off",
            **values,
        }
        self.processes: list[Process] = []
        self._open: list[App | Visitor] = []

    @property
    def environment(self) -> dict[str, str]:
        # Without compiled files every start would compile the program anew.
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("COMMENSAL_") and name != "PYTHONDONTWRITEBYTECODE"
        }
        own = {f"COMMENSAL_{name.upper()}": str(value) for name, value in self._values.items() if value != ""}
        return {**kept, **own, "PYTHONUNBUFFERED": "1"}

    async def start(self, command: str = "run") -> Process:
        """``run``, ``web`` or ``worker``; waits until it is ready where it answers requests."""
        log = self.folder / f"{command}-{len(self.processes)}.log"
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "node", command, env=self.environment, cwd=ROOT, stdin=asyncio.subprocess.DEVNULL,
                stdout=out, stderr=out,
            )  # fmt: skip
        started = Process(process, log)
        self.processes.append(started)
        if command != "worker":
            await self._wait_until_ready(started)
        return started

    async def member(self, name: str) -> App:
        """The app of somebody new, with ``support.nodes.PASSWORD``. No command is run, which would take two seconds."""
        node = RigNode(load_config(**self._values), Clock(datetime.now(UTC)))
        await node.open()
        try:
            found = await node.member(name, username=name)
            async with node.writing() as work:
                token = await tokens.make(work, found.account_id, "tests", ["read", "write", "follow", "push"])
        finally:
            await node.close()
        return self.app(token)

    async def command(self, *words: str) -> str:
        """Run ``commensal WORDS``; returns what it printed. Raises AssertionError with what it complained of."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "node", *words, env=self.environment, cwd=ROOT, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, complaint = await process.communicate()
        assert process.returncode == 0, f"commensal {' '.join(words)}: {complaint.decode()}{out.decode()}"
        return out.decode()

    async def add_member(self, name: str, password: str, *more: str) -> dict[str, Any]:
        """A member, ready to log in; the line that the command prints."""
        words = ("member", "add", name, "--email", f"{name}@mail.test", "--password", password, "--json", *more)
        found = json.loads(await self.command(*words))
        assert isinstance(found, dict)
        return found

    def set(self, **values: Any) -> None:
        """Other settings, from the next start on."""
        self._values.update(values)

    def app(self, token: str) -> App:
        """An app of a member."""
        app = App(self.host, self.port, token)
        self._open.append(app)
        return app

    def visitor(self) -> Visitor:
        """Somebody with a browser without JavaScript."""
        visitor = Visitor(self.base, self.port)
        self._open.append(visitor)
        return visitor

    def engine(self) -> AsyncEngine:
        """The database from outside, whether or not the node runs. Dispose of it."""
        return open_engine(load_config(**self._values).database, pool_size=1)

    async def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Look into the database from outside, whether or not the node runs."""
        engine = self.engine()
        try:
            async with engine.connect() as connection:
                return [tuple(row) for row in (await connection.execute(sa.text(statement))).all()]
        finally:
            await engine.dispose()

    async def close(self) -> None:
        for one in self._open:
            await one.close()
        for process in self.processes:
            if process.is_running:
                await process.kill()

    async def _wait_until_ready(self, process: Process) -> None:
        async with aiohttp.ClientSession() as session:
            for _ in range(600):
                if not process.is_running:
                    break
                try:
                    async with session.get(
                        f"http://127.0.0.1:{self.port}/readyz", headers={"Host": self.host}
                    ) as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientConnectionError:
                    pass
                await asyncio.sleep(0.05)
        raise AssertionError(f"the node did not become ready:\n{process.log.read_text()[-3000:]}")


Build = Callable[..., Awaitable[Place]]
"""Makes a place by name, with settings."""


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _children(pid: int) -> list[int]:
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [grandchild for child in found for grandchild in (int(child), *_children(int(child)))]
