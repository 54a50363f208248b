"""Databases as they were a revision ago, with something in every table, and migrations that are killed half-way."""

import asyncio
import json
import multiprocessing
import os
import signal
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from node import migrate
from node.config import Config
from node.db import WRITING, open_engine

AT = datetime(2026, 5, 4, 9, 0, 0, 123456, UTC)


async def make_old(config: Config, revision: str) -> None:
    """Bring an empty database to ``revision`` and no further."""

    def upgrade(connection: sa.Connection) -> None:
        from alembic import command

        command.upgrade(migrate._alembic(connection), revision)

    engine = open_engine(config.database, pool_size=1)
    async with engine.execution_options(**{WRITING: True}).begin() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()


async def fill(config: Config) -> dict[str, list[dict[str, Any]]]:
    """Put a row of recognisable values into every table there is, as the database itself knows them; returns them."""

    def insert(connection: sa.Connection) -> None:
        metadata = _tables(connection)
        for table in metadata.sorted_tables:
            columns = {column.name: _value(table, column, is_sqlite) for column in table.columns}
            names = ", ".join(f'"{name}"' for name in columns)
            places = ", ".join(
                f"CAST(:{name} AS JSONB)" if str(table.columns[name].type) == "JSONB" else f":{name}"
                for name in columns
            )
            connection.execute(sa.text(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})'), columns)
        connection.execute(sa.text("INSERT INTO search_index (rowid, kind, words) VALUES (1, 'post', 'bread')"))

    is_sqlite = config.is_sqlite
    engine = open_engine(config.database, pool_size=1)
    async with engine.execution_options(**{WRITING: True}).begin() as connection:
        await connection.run_sync(insert)
    await engine.dispose()
    return await contents(config)


async def contents(config: Config) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""

    def read(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
        names = [*(table.name for table in _tables(connection).sorted_tables), "search_index"]
        return {
            name: [dict(row) for row in connection.execute(sa.text(f'SELECT * FROM "{name}"')).mappings()]
            for name in names
        }

    engine = open_engine(config.database, pool_size=1)
    async with engine.connect() as connection:
        found = await connection.run_sync(read)
    await engine.dispose()
    return found


def _tables(connection: sa.Connection) -> sa.MetaData:
    metadata = sa.MetaData()
    metadata.reflect(connection, only=lambda name, _: name != "alembic_version" and not name.startswith("search_index"))
    return metadata


def _value(table: sa.Table, column: sa.Column[Any], is_sqlite: bool) -> Any:
    """Something that fits, that refers to what is there, and that says where it stands."""
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.Integer):
        return 1  # the key of the one row that every table has
    if isinstance(kind, sa.DateTime):
        return AT.strftime("%Y-%m-%d %H:%M:%S.%f") if is_sqlite else AT
    if isinstance(kind, sa.JSON):
        return json.dumps({"from": column.name})
    if isinstance(kind, sa.LargeBinary):
        return b"\x00\x01"
    if isinstance(kind, sa.Numeric | sa.Float):
        return 1.5
    return f"{table.name} {column.name}"[: getattr(kind, "length", None) or 60]


def kill_at_each(config: Config, statements: Sequence[int]) -> list[int]:
    """Migrate in a process that is killed before its n-th statement, for each of these; how each of them ended. The
    0th is the COMMIT."""
    context = multiprocessing.get_context("spawn")
    ends = context.Queue()
    process = context.Process(target=_kill_at_each, args=(config, statements, ends))
    process.start()
    found: list[int] = ends.get(timeout=60)
    process.join()
    return found


def _kill_at_each(config: Config, statements: Sequence[int], ends: Any) -> None:
    import alembic.command  # noqa: F401 - loaded once for all of them

    found = []
    for number in statements:
        child = os.fork()
        if not child:
            try:
                _die_at(config, number)
            except Exception:
                traceback.print_exc()
            os._exit(0)
        found.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    ends.put(found)


def _die_at(config: Config, number: int) -> None:
    left = number

    @event.listens_for(sa.Engine, "before_cursor_execute")
    def count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(sa.Engine, "commit")
    def commit(_: Any) -> None:
        if not number:
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(migrate.migrate(config))
