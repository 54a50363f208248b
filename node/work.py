"""The unit of work: one transaction, one timestamp, and what is to happen after the commit."""

import asyncio
import contextlib
import re
import sqlite3
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar, cast

import sqlalchemy as sa
import structlog
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.pool import PoolProxiedConnection, QueuePool
from sqlalchemy.util.concurrency import greenlet_spawn

from node import tables as tables  # the metadata must be complete before the first query
from node.config import Config
from node.db import WRITING, begin_to_look, insert, open_engine
from node.errors import Misconfigured, Unavailable
from node.live import Bells, Bus
from node.secrets import Safe, load_secret
from node.uris import Uris
from node.words import N_, Message

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

log = structlog.get_logger()
T = TypeVar("T")

_inside: ContextVar[bool] = ContextVar("inside_unit", default=False)
_writing: "ContextVar[Writing | None]" = ContextVar("writing_unit", default=None)
_SHOWN_NOWHERE = frozenset(
    {"received", "received_bodies", "deliveries", "fanouts", "sessions", "one_time_keys", "letters"}
)
"""Tables of which nothing is shown to visitors, other servers or in the lists of apps."""
_SHUT_OUT = ("blocked_at", "limited_at", "agreed_at")
"""What of the row of another host decides on what is shown."""
_RECALLED, _RECALLED_FOR, _SHELVED = 2000, timedelta(minutes=1), 1000
_CHANNEL = "commensal"
_NOTIFY = "SELECT pg_notify('commensal', message) FROM unnest($1::text[]) AS message"


def inside_unit() -> bool:
    """True while a unit of work is open in this task: the network is out of bounds then."""
    return _inside.get()


class Reading:
    """A look at the database at one moment. Never commits."""

    def __init__(self, node: "Node", engine: AsyncEngine, now: datetime) -> None:
        self.now = now
        self.uris = node.uris
        self.config = node.config
        self.safe = node.safe
        self.dialect = engine.dialect
        self.lately = node.lately
        self._node = node
        self._begun = node.written()
        self._shelves: dict[str, dict[Any, Any]] = {}
        self._engine = engine
        self._held: PoolProxiedConnection | None = None
        """The connection, until a session is asked for: one of SQLAlchemy costs more than three questions."""
        self._connection: AsyncConnection | None = None
        self._session: AsyncSession | None = None

    def shelf(self, name: str, *tables: str) -> dict[Any, Any]:
        """A place, by key, for what is made of rows of these tables alone: of one look, and of the next ones as long as
        nobody writes into these tables."""
        found = self._shelves.get(name)
        if found is None:
            found = self._shelves[name] = self._node.shelf(name, tables, self._begun)
        return found

    @property
    def session(self) -> AsyncSession:
        """Made when it is first asked for: many looks do without, by questions alone (node.asking)."""
        if self._session is None:
            if self._held is not None:
                connection = sa.Connection(self._engine.sync_engine, connection=self._held)
                connection.begin()
                self._connection, self._held = AsyncConnection(self._engine, connection), None
            self._session = AsyncSession(self._connection or self._engine, expire_on_commit=False, autoflush=True)
        return self._session

    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        """The rows of a SELECT as the driver brings them. For node.asking."""
        if self._session is None and self._connection is None:
            return await self._look(text, values)
        driver = await self._driver()
        if self.config.is_sqlite:
            rows: Sequence[Any] = await driver.fetch(text, values)
            return rows
        cursor = driver.cursor()
        with self._errors(driver, text):
            await cursor._prepare_and_execute(text, values)
        return list(cursor._rows)

    async def _look(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        """As fetch(), of the driver alone. On PostgreSQL without a transaction: each statement would see what is
        committed when it begins with one too, and it takes two answers of the server more."""
        if self._held is None:
            self._held = await _hold(self._engine)
            if self.config.is_sqlite:
                begin_to_look(self._held.dbapi_connection)
        driver: Any = self._held.dbapi_connection
        rows: Sequence[Any]
        if self.config.is_sqlite:
            rows = await driver.fetch(text, values)
            return rows
        with self._errors(driver, text):
            try:
                prepared, _ = await driver._prepare(text, 0)
                rows = await prepared.fetch(*values)
            except Exception as error:
                driver._handle_exception(error)
        return rows

    async def _driver(self) -> Any:
        if self._connection is None or self._connection.closed:
            if self._session is None:
                self._connection = await greenlet_spawn(_connect, self._engine)
            else:
                self._connection = await self._session.connection()
        return self._connection.sync_connection.connection.dbapi_connection  # type: ignore[union-attr]

    @contextlib.contextmanager
    def _errors(self, driver: Any, text: str) -> Iterator[None]:
        """What the driver raises, as SQLAlchemy would raise it."""
        try:
            yield
        except driver.dbapi.Error as error:
            lost = self.dialect.is_disconnect(error, driver, None)
            if lost and self._held is not None:
                self._held.invalidate(error)
                self._held = None
            raise DBAPIError.instance(
                text, None, error, driver.dbapi.Error, connection_invalidated=lost, dialect=self.dialect
            ) from error

    async def close(self) -> None:
        """Roll back what is open, to the end also when whoever waits for it is gone. For Node."""
        held, self._held = self._held, None
        if held is not None and not (self.config.is_sqlite and cast(Any, held.dbapi_connection).is_away):
            held.close()
        elif held is not None:
            await asyncio.shield(asyncio.create_task(greenlet_spawn(held.close)))
        elif self._session is None and self.config.is_sqlite:
            await self._close()  # waits for nothing
        elif self._session is not None or self._connection is not None:
            await asyncio.shield(asyncio.create_task(self._close()))

    async def _close(self) -> None:
        if self._session is not None:
            await self._session.close()
        if self._connection is not None and not self._connection.closed:
            await self._connection.close()


async def _hold(engine: AsyncEngine) -> PoolProxiedConnection:
    """A connection out of the pool, with nothing begun."""
    # One that lies there is taken at once; on PostgreSQL it may first be asked whether it still lives.
    if engine.dialect.name == "sqlite" and cast(QueuePool, engine.pool).checkedin():
        return engine.sync_engine.raw_connection()
    return await greenlet_spawn(_checked_out, engine.sync_engine)


def _checked_out(engine: sa.Engine) -> PoolProxiedConnection:
    try:
        return engine.raw_connection()
    except engine.dialect.loaded_dbapi.Error as error:
        sa.Connection._handle_dbapi_exception_noconnection(error, engine.dialect, engine)
        raise


def _connect(engine: AsyncEngine) -> AsyncConnection:
    connection = engine.sync_engine.connect()
    connection.begin()
    return AsyncConnection(engine, connection)


class Writing(Reading):
    """A transaction that commits when its block ends and rolls back on any exception."""

    def __init__(self, node: "Node", engine: AsyncEngine, now: datetime) -> None:
        super().__init__(node, engine, now)
        self.bells: set[str] = set()
        self.news: set[tuple[int, str]] = set()
        self.changed: set[str] = set()
        """The tables in which something was written that may be seen somewhere; "" for one that is not known."""
        self.is_history = False
        """What is kept in this unit was said before anybody here listened: nobody is told of it."""

    def shelf(self, name: str, *tables: str) -> dict[Any, Any]:
        """Empty: a unit sees what it wrote itself, and nobody else may."""
        return {}

    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        """As Reading.fetch; sees what this unit wrote."""
        await self._flush()
        await self._driver()
        return await super().fetch(text, values)

    async def change(self, text: str, values: Sequence[Any]) -> tuple[int, Sequence[Any]]:
        """How many rows an INSERT, UPDATE or DELETE that does not take long changed, and what it returns. For
        node.changing."""
        await self._flush()
        driver = await self._driver()
        _notice(None, None, text, None, None, False)
        with self._errors(driver, text):
            if self.config.is_sqlite:
                number, rows = await driver.change(text, values)
                return number, rows
            cursor = driver.cursor()
            await cursor._prepare_and_execute(text, values)
        return cursor.rowcount, list(cursor._rows)

    async def change_many(self, text: str, values: Sequence[Sequence[Any]]) -> None:
        """The same with each of these values."""
        await self._flush()
        driver = await self._driver()
        _notice(None, None, text, None, None, True)
        with self._errors(driver, text):
            if self.config.is_sqlite:
                await driver.change_many(text, values)
            else:
                await driver.cursor()._executemany(text, values)

    def insert(self, table: Any) -> "postgresql.Insert | sqlite.Insert":
        """An INSERT that can say what to do ON CONFLICT."""
        return insert(table, self.dialect.name)

    async def _flush(self) -> None:
        if self._session is not None and (self._session.new or self._session.dirty or self._session.deleted):
            await self._session.flush()

    async def commit(self) -> None:
        """For Node."""
        if self._session is not None:
            await self._session.commit()
        # A session that came after its connection leaves the transaction to it.
        if self._connection is not None and not self._connection.closed and self._connection.in_transaction():
            await self._connection.commit()

    async def count_alone(self, what: str, whose: int | str = "") -> None:
        """From here to its end no other unit counts the same: what there may be so many of is counted before one is
        added, and two that count at once would both find room. On SQLite one unit writes at a time anyway."""
        if not self.config.is_sqlite:
            name = sa.func.hashtextextended(f"{what} {whose}", 0)
            await self.session.execute(sa.select(sa.func.pg_advisory_xact_lock(name)))

    def wake(self, bell: str) -> None:
        """Ring ``delivery``, ``inbox``, ``mail`` or ``jobs`` once this is committed."""
        self.bells.add(bell)

    def tell(self, account_id: int, topic: str) -> None:
        """Let the account's open pages know, after the commit, that ``topic`` has news."""
        self.news.add((account_id, topic))


class Node:
    """One association's node: its settings, database, clock and bells. Holds no HTTP."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Callable[[], datetime] | None = None,
        resolver: Any = None,
    ) -> None:
        self.config = config
        self.uris = Uris(config.url)
        self.clock = clock or (lambda: datetime.now(UTC))
        self.resolver = resolver
        """Answers host names instead of the DNS; for tests and the demo."""
        self.bells = Bells()
        self.bus = Bus()
        self._engine: AsyncEngine | None = None
        self._engines: dict[bool, AsyncEngine] = {}  # for units that write, for those that only look
        self._safe: Safe | None = None
        self._writer = asyncio.Lock()  # SQLite has one writer: wait here in order instead of polling its lock
        self._listening: asyncio.Task[None] | None = None
        self._generation = 0
        self._of_tables: dict[str, int] = {}
        self._unknown = 0
        self.lately: dict[str, tuple[datetime, Any]] = {}
        """What was found out lately and need not be exact, and when."""
        self._recalled: OrderedDict[object, tuple[tuple[int, ...], datetime, Any]] = OrderedDict()
        self._shelves: dict[str, tuple[tuple[int, ...], datetime, dict[Any, Any]]] = {}
        self._hears_others = False
        self._watch: Watch | None = None

    # life

    async def open(self) -> None:
        """Connect and check that this database belongs to this address and secret.

        The schema is expected to be right: node.migrate.ensure() comes first. Raises Misconfigured, Unavailable.
        """
        self._engine = open_engine(self.config.database)
        event.listen(self._engine.sync_engine, "before_cursor_execute", _notice)
        try:
            async with self._engine.connect() as connection:
                pinned = (
                    await connection.execute(sa.text("SELECT value FROM settings WHERE name = 'url'"))
                ).scalar_one_or_none()
                has_keys = (
                    await connection.execute(sa.text("SELECT 1 FROM actor_keys WHERE private IS NOT NULL LIMIT 1"))
                ).scalar_one_or_none()
        except (OperationalError, InterfaceError, OSError) as error:
            raise Unavailable(Message(N_("The database does not answer: %(error)s"), {"error": str(error)})) from error
        if pinned is not None and pinned != self.config.url:
            raise Misconfigured(
                Message(
                    N_("This database belongs to %(old)s, but the address is set to %(new)s. "
                       "Every identity in it was made for the old address, so it cannot change."),
                    {"old": pinned, "new": self.config.url},
                )
            )  # fmt: skip
        self._safe = Safe(
            self.config.secret or load_secret(self.config.data / "secret.key", may_create=has_keys is None)
        )
        if pinned is None:
            async with self.writing() as work:
                await work.session.execute(sa.insert(tables.Setting).values(name="url", value=self.config.url))

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening
            self._listening = None
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None
            self._engines.clear()

    async def listen(self) -> None:
        """Hear the bells and news of other processes over PostgreSQL. On SQLite they are heard in-process only."""
        if not self.config.is_sqlite and self._listening is None:
            self._listening = asyncio.create_task(self._hear())

    @property
    def safe(self) -> Safe:
        assert self._safe is not None, "open() comes first"
        return self._safe

    @property
    def engine(self) -> AsyncEngine:
        assert self._engine is not None, "open() comes first"
        return self._engine

    def generation(self) -> int | None:
        """A number that changes when something was written that may be seen, here or by another process.

        None where the others cannot be heard: then nothing may be remembered.
        """
        if not self.config.is_sqlite:
            return self._generation if self._hears_others else None
        if self._watch is None:
            self._watch = Watch(self.config.database.partition("///")[2])
        if self._watch.has_changed():
            self._note([""])
        return self._generation

    def written(self) -> int:
        """How often something was written, as far as this process knows."""
        return self._generation

    def marks(self, *tables: str) -> tuple[int, ...] | None:
        """As generation(), for what was read from these tables alone: changes when one of them may have changed."""
        if self.generation() is None:
            return None
        return (self._unknown, *(self._of_tables.get(table, 0) for table in tables))

    async def recall(self, key: object, tables: Sequence[str], ask: Callable[[Reading], Awaitable[T]]) -> T:
        """What ``ask`` finds, or found lately while nothing was written into these tables, of which it reads."""
        marks, now = self.marks(*tables), self.clock()
        if (known := self._recalled.get(key)) is not None:
            if known[0] == marks and timedelta() <= now - known[1] < _RECALLED_FOR:
                self._recalled.move_to_end(key)
                found: T = known[2]
                return found
            del self._recalled[key]
        async with self.reading() as work:
            found = await ask(work)
        if marks is not None:
            self._recalled[key] = (marks, now, found)
            if len(self._recalled) > _RECALLED:
                self._recalled.popitem(last=False)
        return found

    def shelf(self, name: str, tables: Sequence[str], begun: int) -> dict[Any, Any]:
        """For Reading.shelf(), of a look that began when this had been ``written``."""
        marks, now = self.marks(*tables), self.clock()
        if marks is None or max(marks) > begun:
            return {}  # it may still see what was there before
        known = self._shelves.get(name)
        if known is None or known[0] != marks or not timedelta() <= now - known[1] < _RECALLED_FOR:
            known = self._shelves[name] = (marks, now, {})
        if len(known[2]) > _SHELVED:
            known[2].clear()
        return known[2]

    def _note(self, tables: Iterable[str]) -> None:
        self._generation += 1
        for table in tables:
            if table:
                self._of_tables[table] = self._generation
            else:
                self._unknown = self._generation

    # units

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Reading]:
        """A look; rolled back at the end, whatever was done in it."""
        with self._unit():
            work = Reading(self, self._engine_for(writing=False), self.clock())
            try:
                yield work
            finally:
                await work.close()

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[Writing]:
        """A transaction: BEGIN IMMEDIATE … COMMIT, or ROLLBACK on any exception. Bells ring after the commit."""
        with self._unit():
            guard = self._writer if self.config.is_sqlite else contextlib.nullcontext()
            async with guard:
                work = Writing(self, self._engine_for(writing=True), self.clock())
                try:
                    token = _writing.set(work)
                    try:
                        yield work
                        await work._flush()
                    finally:
                        _writing.reset(token)
                    if not self.config.is_sqlite:
                        await self._announce(work)
                    await work.commit()
                finally:
                    await work.close()
        if work.changed:
            self._note(work.changed)
        for bell in work.bells:
            self.bells.ring(bell)
        for account_id, topic in work.news:
            self.bus.publish(account_id, topic)

    @contextlib.contextmanager
    def _unit(self) -> Any:
        if _inside.get():
            raise RuntimeError("units of work do not nest")
        token = _inside.set(True)
        try:
            yield
        except Exception as error:
            if not _is_outage(error):
                raise
            log.warning("database_unavailable", error=str(error)[:300])
            raise Unavailable from error
        finally:
            _inside.reset(token)

    def _engine_for(self, *, writing: bool) -> AsyncEngine:
        engine = self._engines.get(writing)
        if engine is None:
            options: dict[str, Any] = {WRITING: writing}
            if not self.config.is_sqlite and not writing:
                options["postgresql_readonly"] = True
            engine = self._engines[writing] = self.engine.execution_options(**options)
        return engine

    # other processes

    async def _announce(self, work: Writing) -> None:
        # Delivered by PostgreSQL when, and only when, the transaction commits. Names and keys only, no content.
        messages = [f"bell {bell}" for bell in work.bells]
        messages += [f"news {account_id} {topic}" for account_id, topic in work.news]
        if work.changed:
            messages.append(f"shown {' '.join(work.changed)}")
        if messages:
            await work.fetch(_NOTIFY, (messages,))

    async def _hear(self) -> None:
        import asyncpg  # a node on SQLite does without it

        url = make_url(self.config.database).set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            try:
                connection = await asyncpg.connect(url)
                try:
                    await connection.add_listener(_CHANNEL, self._heard)
                    self._note([""])  # who knows what was written before
                    self._hears_others = True
                    await _until_lost(connection)
                finally:
                    self._hears_others = False
                    await connection.close(timeout=2)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("listen_lost", error=str(error)[:300])
                await asyncio.sleep(1)

    def _heard(self, _connection: Any, _pid: int, _channel: str, message: object) -> None:
        words = str(message).split(" ", 2)
        if words[0] == "shown":
            self._note(str(message).split(" ")[1:])
        elif words[0] == "bell" and len(words) == 2:
            self.bells.ring(words[1])
        elif words[0] == "news" and len(words) == 3:
            self.bus.publish(int(words[1]), words[2])


def _notice(
    _connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, _executemany: bool
) -> None:
    """Note in the unit under way what its statements change."""
    work = _writing.get()
    if work is None or statement.startswith("SELECT"):
        return
    found = _WRITES.match(statement)
    if found is None:
        if not statement.startswith(_WRITES_NOTHING):
            work.changed.add("")
        return
    table = found[1]
    shows = any(column in statement for column in _SHUT_OUT) if table == "peers" else table not in _SHOWN_NOWHERE
    if shows:
        work.changed.add(table)


_WRITES = re.compile(r'(?:UPDATE|INSERT INTO|DELETE FROM) "?(\w+)')
_WRITES_NOTHING = ("SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")


class Watch:
    """Tells whether a SQLite file was written to, by whomever; looked at once a second."""

    def __init__(self, file: str) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._version = self._look()
        self._looked_at = time.monotonic()

    def has_changed(self) -> bool:
        """Also true for what this process wrote: nobody can tell the two apart."""
        if time.monotonic() - self._looked_at < _LOOK_EVERY:
            return False
        self._looked_at = time.monotonic()
        before, self._version = self._version, self._look()
        return before != self._version

    def close(self) -> None:
        self._connection.close()

    def _look(self) -> int:
        found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return found


_LOOK_EVERY = 1.0


async def _until_lost(connection: Any) -> None:
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _connection: lost.set())
    await lost.wait()


_SQLITE_OUTAGES = ("locked", "busy", "full", "disk i/o", "unable to open")
_POSTGRES_OUTAGES = ("08", "53", "57")  # connections, resources, an operator or a crash: classes of SQLSTATE


def _is_outage(error: Exception) -> bool:
    """True when the database could not do it just now; False for a mistake of ours, which must surface."""
    # What goes wrong while a connection or a transaction begins comes from the driver as it is.
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return any(word in str(cause).lower() for word in _SQLITE_OUTAGES)
    if not isinstance(error, DBAPIError):
        return isinstance(error, (PoolTimeout, OSError)) or type(error).__module__.startswith("asyncpg.")
    if error.connection_invalidated or isinstance(error, InterfaceError):
        return True
    return isinstance(error, OperationalError) or str(getattr(error.orig, "sqlstate", ""))[:2] in _POSTGRES_OUTAGES
