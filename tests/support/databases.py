"""A fresh, migrated database for each test, on SQLite and on PostgreSQL, without migrating each time."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine

from node.config import Config, load_config
from node.migrate import migrate
from support.postgres import Postgres, serve

_FILE = "sqlite+aiosqlite:///"
MEMORY = Path("/dev/shm")


def settings(url: str = "http://a.test", **values: object) -> Config:
    """The settings of a node in a test: plain http to this machine, quiet, no limits, a known secret."""
    return load_config(
        **{
            "url": url,
            "allow_http": True,
            "allow_addresses": "127.0.0.0/8,::1/128",
            "rate_limits": "off",
            "secret": "dGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtMzI=",
            "log_level": "error",
            "migrate_on_start": False,
            **values,
        }
    )


def new_folder() -> Path:
    """A folder in memory where the machine has such a place: the tests commit thousands of times."""
    return Path(tempfile.mkdtemp(prefix="commensal-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))


def _name(address: str) -> str:
    return address.partition("?")[0].rpartition("/")[2]


_shared: dict[str, tuple[Dialect, Any]] = {}
"""Kind of database → the dialect and the compiled statements that all engines of this process use."""


def share_statements(engine: AsyncEngine) -> None:
    """Compile each statement once per process, not once per node: a quarter of what the tests would compute."""
    one = engine.sync_engine
    one.dialect, one._compiled_cache = _shared.setdefault(one.dialect.name, (one.dialect, one._compiled_cache))


class Databases:
    """Hands out empty databases of one kind and takes them back. One per kind and test process."""

    def __init__(self, kind: str, shared: Path, run: str) -> None:
        self.kind = kind
        self._shared = shared
        self._run = run
        self._folder = new_folder()
        self._server: Postgres | None = None
        self._free: dict[str, list[str]] = {}
        """Of PostgreSQL, by house (empty ones under no name): databases that are as they were made."""
        self._lent: dict[str, str] = {}
        self._template: str | None = None
        self._houses: dict[str, str] = {}
        """Address of a node → address of a database in which its association was founded."""

    async def take(self) -> str:
        """The address of a database at the newest schema, with nothing in it."""
        if self.kind == "sqlite":
            return await self._take_file()
        server = await self._postgres()
        if self._template is None:
            self._template = await server.create()
            await migrate(settings(database_url=server.address(self._template)))
        return await self._lend("", self._template)

    async def take_house(self, url: str, prepare: Callable[[str], Awaitable[None]]) -> str:
        """A copy of the database that ``prepare`` set up for the node at this address; done once, for it takes time."""
        if url not in self._houses:
            self._houses[url] = await self.take()
            await prepare(self._houses[url])
            if self.kind == "postgres":
                await (await self._postgres()).keep(_name(self._houses[url]))
        if self.kind == "sqlite":
            return self._copy(Path(self._houses[url].removeprefix(_FILE)))
        return await self._lend(url, _name(self._houses[url]))

    async def _lend(self, house: str, template: str) -> str:
        """Bringing back what stood in a database takes a seventh of the time that a new copy does."""
        server = await self._postgres()
        free = self._free.setdefault(house, [])
        name = free.pop() if free else await server.create(template)
        self._lent[name] = house
        return server.address(name)

    async def drop(self, address: str) -> None:
        """Throw away a database whose schema is no longer as it was made."""
        if self.kind == "sqlite":
            await self.give_back(address)
        else:
            await (await self._postgres()).drop(_name(address))

    async def give_back(self, address: str) -> None:
        """Call it when nothing is connected any more."""
        if self.kind == "sqlite":
            shutil.rmtree(Path(address.removeprefix(_FILE)).parent, ignore_errors=True)
            return
        name = _name(address)
        await (await self._postgres()).restore(name)
        self._free[self._lent.pop(name)].append(name)

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._server is not None:
            asyncio.run(self._server.drop_all())

    async def _take_file(self) -> str:
        template = self._folder / "template" / "node.db"
        if not template.exists():
            await migrate(settings(data=template.parent))
        return self._copy(template)

    def _copy(self, file: Path) -> str:
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        shutil.copy(file, folder / "node.db")
        return f"{_FILE}{folder / 'node.db'}"

    async def _postgres(self) -> Postgres:
        if self._server is None:
            given = os.environ.get("TEST_POSTGRES_URL")
            url = given or await asyncio.to_thread(serve, self._shared / "postgres")
            self._server = Postgres(url, self._run)
        return self._server
