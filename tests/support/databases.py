"""A fresh, migrated database for each test, on SQLite and on PostgreSQL, without migrating each time."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from node.config import Config, load_config
from node.migrate import migrate
from support.postgres import Postgres, serve

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


class Databases:
    """Hands out empty databases of one kind and takes them back. One per kind and test process."""

    def __init__(self, kind: str, shared: Path, run: str) -> None:
        self.kind = kind
        self._shared = shared
        self._run = run
        self._folder = new_folder()
        self._server: Postgres | None = None
        self._free: list[str] = []
        self._template: str | None = None

    async def take(self) -> str:
        """The address of a database at the newest schema, with nothing in it."""
        if self.kind == "sqlite":
            return await self._take_file()
        server = await self._postgres()
        if self._free:
            return server.address(self._free.pop())
        if self._template is None:
            self._template = await server.create()
            await migrate(settings(database_url=server.address(self._template)))
        return server.address(await server.create(self._template))

    async def give_back(self, address: str) -> None:
        """Call it when nothing is connected any more."""
        if self.kind == "sqlite":
            file = Path(address.removeprefix("sqlite+aiosqlite:///"))
            shutil.rmtree(file.parent, ignore_errors=True)
            return
        name = address.partition("?")[0].rpartition("/")[2]
        await (await self._postgres()).empty(name)
        self._free.append(name)

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._server is not None:
            asyncio.run(self._server.drop_all())

    async def _take_file(self) -> str:
        template = self._folder / "template" / "node.db"
        if not template.exists():
            await migrate(settings(data=template.parent))
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        shutil.copy(template, folder / "node.db")
        return f"sqlite+aiosqlite:///{folder / 'node.db'}"

    async def _postgres(self) -> Postgres:
        if self._server is None:
            given = os.environ.get("TEST_POSTGRES_URL")
            url = given or await asyncio.to_thread(serve, self._shared / "postgres")
            self._server = Postgres(url, self._run)
        return self._server
