"""How the node opens its database: column types, naming, and transactions that mean what they say on SQLite too."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import orjson
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Dialect, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapper, QueryableAttribute
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

# What only one of the databases needs is loaded where it is the one in hand: each weighs one to three MiB.

WRITING = "commensal_writing"
"""Execution option that tells a writing unit from a look."""


class Moment(TypeDecorator[datetime]):
    """An aware UTC time. SQLite gets text that sorts as time; PostgreSQL gets timestamptz."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "sqlite":
            from sqlalchemy.dialects import sqlite

            return dialect.type_descriptor(sqlite.DATETIME())  # type: ignore[no-untyped-call]
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class _Binary(TypeDecorator[Any]):
    """JSON as PostgreSQL keeps it best."""

    impl = sa.JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        from sqlalchemy.dialects import postgresql

        return dialect.type_descriptor(postgresql.JSONB(none_as_null=True))


Key = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
"""Time-ordered keys of node.ids; on SQLite the row id itself."""

Document = sa.JSON(none_as_null=True).with_variant(_Binary(), "postgresql")
"""Small structured values that are never searched by content."""


class Base(DeclarativeBase):
    """The one metadata; node/tables.py imports every model so that it is complete."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


@event.listens_for(Mapper, "after_mapper_constructed")
def _give_dispatchers(mapper: Mapper[Any], _class: type[Any]) -> None:
    # SQLAlchemy 2.1 asks each attribute of each table whether it has one, and that makes the attribute write out its
    # clause: 3 MiB and a tenth of a second at every start.
    dispatch: Any = QueryableAttribute.dispatch  # type: ignore[misc]
    for attribute in mapper.class_manager.values():
        cast(Any, attribute)._slots_dispatch = dispatch._for_instance(attribute)


def where(condition: str, *, on_sqlite: str = "") -> dict[str, Any]:
    """What an index has as ``info`` that holds only the rows which fulfil the condition."""
    return {"postgresql": {"where": sa.text(condition)}, "sqlite": {"where": sa.text(on_sqlite or condition)}}


@event.listens_for(sa.Index, "before_create")
@event.listens_for(sa.Table, "before_create")
def _tell_options(target: sa.Index | sa.Table, connection: Connection, **_: Any) -> None:
    """What only one kind of database knows stands in ``info``: as arguments, SQLAlchemy would load both dialects."""
    dialect = connection.dialect.name
    target.dialect_options[dialect].update(target.info.get(dialect, {}))


def insert(table: Any, dialect: str) -> "postgresql.Insert | sqlite.Insert":
    """An INSERT that can say what to do ON CONFLICT, which each database writes in its own words."""
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def some(values: Iterable[Any]) -> list[Any]:
    """For ``IN`` with a list of any length: each value once, the last repeated up to a power of two.

    So few different statements come of it, which the drivers and the database then know already.
    """
    found = list(dict.fromkeys(values))
    return found + found[-1:] * ((1 << (len(found) - 1).bit_length()) - len(found)) if found else found


def open_engine(url: str, *, pool_size: int = 5) -> AsyncEngine:
    """An engine for ``sqlite+aiosqlite:///…`` or ``postgresql+asyncpg://…``.

    At most twice ``pool_size`` connections are opened, as they are needed. Those to PostgreSQL stay: to a new one all
    is planned anew.

    Raises sqlalchemy.exc.ArgumentError for an address it cannot read.
    """
    is_sqlite = url.startswith("sqlite")
    engine = create_async_engine(
        _inline(url) if is_sqlite else url,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={} if is_sqlite else {"prepared_statement_cache_size": _STATEMENTS},
        pool_size=pool_size if is_sqlite else pool_size * 2,
        max_overflow=pool_size if is_sqlite else 0,
        pool_timeout=5,
        pool_use_lifo=True,  # the connection that was used last knows the statements
    )
    if is_sqlite:
        event.listen(engine.sync_engine, "connect", _set_up_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    else:
        event.listen(engine.sync_engine, "connect", _set_up_postgres)
        event.listen(engine.sync_engine, "checkin", _note_use)
        event.listen(engine.sync_engine, "checkout", _look_after)
    return engine


def _inline(url: str) -> URL:
    from node.sqlite import DRIVER

    return make_url(url).set(drivername=DRIVER)


_TRUSTED = 1.0  # seconds
_STATEMENTS = 400
"""So many are kept prepared by each connection to PostgreSQL: about all that a node says."""
_SETTINGS = {
    # A process that stands still in the middle of a transaction would keep from all others what it has locked. No unit
    # waits for anything but the database.
    "idle_in_transaction_session_timeout": "30s",
    # Who may read a post is a dozen EXISTS, and to plan them takes ten times as long as to answer them. PostgreSQL
    # plans a prepared statement anew each time as long as it believes that values make a cheaper plan; it compares
    # only how long the answers would take. Ours mean the same plan whatever the values.
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",  # to compile them takes a hundred times longer than to answer them, and is begun on a guess
}
"""What each connection to PostgreSQL asks for. The settings of the server are its admin's."""


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used"] = time.monotonic()


def _look_after(connection: Any, record: Any, _fairy: Any) -> None:
    """Whether the server is still there is asked only after a pause: asking takes three of its answers."""
    if time.monotonic() - record.info.get("used", time.monotonic()) < _TRUSTED:
        return
    try:
        connection.ping()
    except connection.dbapi.Error as error:
        raise DisconnectionError from error


def _set_up_postgres(connection: Any, _record: Any) -> None:
    words = "; ".join(f"SET {name} = '{value}'" for name, value in _SETTINGS.items())
    connection.run_async(lambda driver: driver.execute(words))


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    from node.sqlite import BUSY_MS

    # The driver must not open transactions by itself: _begin_sqlite says which kind it is to be.
    connection.raw.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a 202 is a promise
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MS}",
        "cache_size=-4000",  # KiB
        "temp_store=MEMORY",
        "journal_size_limit=16777216",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads and then writes loses updates or fails with SQLITE_BUSY_SNAPSHOT.
    driver: Any = connection.connection.dbapi_connection
    if connection.get_execution_options().get(WRITING):
        driver.only_looks = False
        driver.begin()
    else:
        begin_to_look(driver)


def begin_to_look(driver: Any) -> None:
    """On SQLite: from here to its end this transaction sees one moment, and writes nothing."""
    # PRAGMA query_only would guard the looks as well, and make every statement of the connection be prepared anew.
    driver.only_looks = True
    if not driver.raw.in_transaction:
        driver.raw.execute("BEGIN")
