"""Brings a database to the newest schema, in one transaction, or says that it is not there yet.

Alembic is loaded only where something has to change: a running node does without its 12 MiB.
"""

import asyncio
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection
from sqlalchemy.exc import InterfaceError, OperationalError

from node import search, tables
from node.config import Config
from node.db import WRITING, open_engine
from node.errors import Misconfigured, Unavailable
from node.words import N_, Message

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

log = structlog.get_logger()

_LOCK = 7_265_811  # arbitrary, ours: two processes must not migrate a PostgreSQL database at once


@cache
def revisions() -> tuple[str, ...]:
    """All schema revisions this program knows, oldest first: the numbers before the names of the files."""
    folder = files("node") / "migrations" / "versions"
    return tuple(sorted(entry.name[:4] for entry in folder.iterdir() if entry.name[:4].isdigit()))


def newest() -> str:
    """The revision this program needs."""
    return revisions()[-1]


async def migrate(config: Config) -> str:
    """Bring the database to the newest schema; nothing happens when it is there. Returns the revision.

    Raises Unavailable when the database does not answer.
    """
    if config.is_sqlite:
        config.data.mkdir(parents=True, exist_ok=True)
    engine = open_engine(config.database, pool_size=1)
    try:
        async with engine.execution_options(**{WRITING: True}).begin() as connection:
            if engine.dialect.name == "postgresql":
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            await connection.run_sync(_create_or_upgrade)
    except (OperationalError, InterfaceError, OSError) as error:
        raise _no_answer(error) from error
    finally:
        await engine.dispose()
    return newest()


async def current(config: Config) -> str | None:
    """The revision the database is at; None for an empty one. Raises Unavailable."""
    engine = open_engine(config.database, pool_size=1)
    try:
        async with engine.connect() as connection:
            if not await connection.run_sync(lambda sync: sa.inspect(sync).has_table("alembic_version")):
                return None
            found = await connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            return None if found is None else str(found)
    except (OperationalError, InterfaceError, OSError) as error:
        raise _no_answer(error) from error
    finally:
        await engine.dispose()


async def ensure(config: Config, *, apart: bool = False) -> None:
    """Before a start: migrate where the settings say so, else refuse an older schema; refuse a newer one always.

    ``apart`` migrates in a process of its own, whose memory goes back when it is done. Raises Misconfigured,
    Unavailable.
    """
    if config.is_sqlite and config.migrates_on_start:
        config.data.mkdir(parents=True, exist_ok=True)
    found = await current(config)
    if found == newest():
        return
    if found is not None and found not in revisions():
        raise Misconfigured(
            Message(N_("The database was written by a newer program (schema %(found)s)."), {"found": found})
        )
    if not config.migrates_on_start:
        raise Misconfigured(
            Message(
                N_("The database is at schema %(found)s and this program needs %(needed)s. Run: commensal migrate"),
                {"found": found or "none", "needed": newest()},
            )
        )
    if apart and found is not None:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            await asyncio.get_running_loop().run_in_executor(pool, _migrate_here, config)
    else:
        await migrate(config)
    log.info("migrated", before=found, now=newest())


def _migrate_here(config: Config) -> None:
    asyncio.run(migrate(config))


def _create_or_upgrade(connection: Connection) -> None:
    if sa.inspect(connection).has_table("alembic_version"):
        from alembic import command

        command.upgrade(_alembic(connection), "head")
        return
    # An empty database is made from the models at once; tests/integration/test_migrate.py holds both ways equal.
    tables.metadata.create_all(connection, checkfirst=False)
    for statement in search.SCHEMA[connection.dialect.name]:
        connection.execute(sa.text(statement))
    connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(sa.text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": newest()})


def _alembic(connection: Connection) -> "AlembicConfig":
    from alembic.config import Config as AlembicConfig

    config = AlembicConfig()
    config.set_main_option("script_location", str(files("node") / "migrations"))
    config.attributes["connection"] = connection
    return config


def _no_answer(error: Exception) -> Unavailable:
    return Unavailable(Message(N_("The database does not answer: %(error)s"), {"error": str(error)}))
