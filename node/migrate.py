"""Brings a database to the newest schema, in one transaction, or says that it is not there yet."""

from importlib.resources import files

import sqlalchemy as sa
import structlog
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.exc import InterfaceError, OperationalError

from node.config import Config
from node.db import WRITING, open_engine
from node.errors import Misconfigured, Unavailable
from node.words import N_, Message

log = structlog.get_logger()

_LOCK = 7_265_811  # arbitrary, ours: two processes must not migrate a PostgreSQL database at once


def _alembic(connection: Connection | None = None) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(files("node") / "migrations"))
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The revision this program needs."""
    head = ScriptDirectory.from_config(_alembic()).get_current_head()
    assert head is not None
    return head


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
            await connection.run_sync(lambda sync: command.upgrade(_alembic(sync), "head"))
    except (OperationalError, InterfaceError, OSError) as error:
        raise Unavailable(Message(N_("The database does not answer: %(error)s"), {"error": str(error)})) from error
    finally:
        await engine.dispose()
    return newest()


async def current(config: Config) -> str | None:
    """The revision the database is at; None for an empty one. Raises Unavailable."""
    engine = open_engine(config.database, pool_size=1)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    except (OperationalError, InterfaceError, OSError) as error:
        raise Unavailable(Message(N_("The database does not answer: %(error)s"), {"error": str(error)})) from error
    finally:
        await engine.dispose()


async def ensure(config: Config) -> None:
    """Before a start: migrate where the settings say so, else refuse an older schema.

    A newer schema than this program knows is refused as well. Raises Misconfigured, Unavailable.
    """
    if config.migrates_on_start:
        if config.is_sqlite:
            config.data.mkdir(parents=True, exist_ok=True)
        found = await current(config)
        if found != newest():
            _refuse_unknown(found)
            await migrate(config)
            log.info("migrated", before=found, now=newest())
        return
    found = await current(config)
    if found != newest():
        _refuse_unknown(found)
        raise Misconfigured(
            Message(
                N_("The database is at schema %(found)s and this program needs %(needed)s. Run: commensal migrate"),
                {"found": found or "none", "needed": newest()},
            )
        )


def _refuse_unknown(found: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}
    if found is not None and found not in known:
        raise Misconfigured(
            Message(N_("The database was written by a newer program (schema %(found)s)."), {"found": found})
        )
