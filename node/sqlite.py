"""SQLite without a thread for every statement: what is short is done on the loop, what may wait for the disk is not.

The usual driver hands each statement to a thread and back four times, and that costs more than the statement. Here
SELECT and INSERT run where they are called. COMMIT (which waits for the disk), UPDATE, DELETE, whole lists of rows, and
a BEGIN that finds the writer's place taken run in a thread; so does a SELECT that turns out to be long.
"""

import asyncio
import collections
import functools
import sqlite3
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, cast

from sqlalchemy import pool
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection, AsyncAdapt_dbapi_cursor
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.util.concurrency import await_

DRIVER = "sqlite+inline"
BUSY_MS = 12_000
"""How long a writer of another process is waited for."""
_STEPS = 10_000
"""Of the virtual machine; after so many SQLite asks whether to go on. It counts those of all runs of a statement."""
_LONG = 15
"""Times it asked, after which a SELECT goes on in a thread: some milliseconds. A statement that was interrupted is
prepared anew each time from then on (as of Python 3.11), so this must not happen to what is short."""


_LOOKS = ("SELECT", "WITH", "PRAGMA", "SAVEPOINT", "RELEASE", "ROLLBACK", "EXPLAIN")
"""First words of what changes nothing."""


class _Nothing:
    """Awaited in no time."""

    def __await__(self) -> Generator[Any, None, None]:
        yield from ()


_NOTHING = _Nothing()


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=8, thread_name_prefix="sqlite")


class _Done(NamedTuple):
    """What a statement brought."""

    description: Any
    number: int
    last: int | None
    rows: Sequence[Any]


class _Cursor(AsyncAdapt_dbapi_cursor):
    """All rows are fetched at once; then the real cursor is done with."""

    __slots__ = ("_description", "_last", "_number", "arraysize")
    _awaitable_cursor_close = False

    def __init__(self, adapt_connection: "_Connection") -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._soft_closed_memoized = {}  # type: ignore[assignment]
        self._rows = collections.deque()
        self._description: Any = None
        self._number = -1
        self._last: int | None = None
        self.arraysize = 1

    @property
    def description(self) -> Any:
        return self._description

    @property
    def rowcount(self) -> int:
        return self._number

    @property
    def lastrowid(self) -> int:
        return self._last or 0

    async def _async_soft_close(self) -> None:
        return

    def close(self) -> None:
        self._rows.clear()

    def setinputsizes(self, *inputsizes: Any) -> None:
        return

    def execute(self, operation: Any, parameters: Any = None) -> Any:
        cast(_Connection, self._adapt_connection).run(self, operation, () if parameters is None else parameters)

    def executemany(self, operation: Any, seq_of_parameters: Any) -> Any:
        cast(_Connection, self._adapt_connection).run_many(self, operation, seq_of_parameters)

    def keep(self, done: _Done) -> None:
        self._description, self._number, self._last = done.description, done.number, done.last
        self._rows = collections.deque(done.rows)


class _Connection(AsyncAdapt_dbapi_connection):
    """One connection, used by one unit of work at a time."""

    __slots__ = ("_asked", "_away", "_is_brief", "only_looks")
    _cursor_cls = _Cursor  # type: ignore[assignment]

    def __init__(self, dbapi: Any, connection: sqlite3.Connection) -> None:
        self.dbapi = dbapi
        self._connection = connection  # type: ignore[assignment]
        self._away: asyncio.Future[Any] | None = None
        self._is_brief = False
        self._asked = 0
        self.only_looks = False
        """This unit of work must not change anything."""
        connection.set_progress_handler(self._is_too_long, _STEPS)

    @property
    def raw(self) -> sqlite3.Connection:
        return self._connection  # type: ignore[return-value]

    def cursor(self, server_side: bool = False) -> AsyncAdapt_dbapi_cursor:
        return _Cursor(self)

    def run(self, cursor: _Cursor, operation: str, parameters: Any) -> None:
        await_(_NOTHING)  # SQLAlchemy insists that something was awaited
        first = operation[:6].upper()
        if self.only_looks and not operation.lstrip()[:10].upper().startswith(_LOOKS):
            raise sqlite3.OperationalError(f"attempt to write in a unit of work that only looks: {first}")
        if self._away is not None and not self._away.done():
            pass  # what was cancelled has not ended yet
        elif first == "INSERT" and " SELECT " not in operation:
            cursor.keep(self._do(operation, parameters))
            return
        elif first in ("SELECT", "PRAGMA", "SAVEPO", "RELEAS", "ROLLBA"):
            self._is_brief, self._asked = first == "SELECT", 0
            try:
                cursor.keep(self._do(operation, parameters))
                return
            except sqlite3.OperationalError as error:
                if not self._is_brief or str(error) != "interrupted":
                    raise
            finally:
                self._is_brief = False
        cursor.keep(self._apart(self._do, operation, parameters))

    async def fetch(self, operation: str, parameters: Any) -> Sequence[Any]:
        """The rows of a SELECT, without SQLAlchemy in between."""
        if not self.is_away:
            self._is_brief, self._asked = True, 0
            try:
                return self._do(operation, parameters).rows
            except sqlite3.OperationalError as error:
                if str(error) != "interrupted":
                    raise
            finally:
                self._is_brief = False
        return cast(_Done, await self._run_apart(self._do, operation, parameters)).rows

    async def change(self, operation: str, parameters: Any) -> tuple[int, Sequence[Any]]:
        """What a short change did and returned, without SQLAlchemy in between.

        Not in a thread: it would have to wait for its turn after every row, and the loop with it.
        """
        self._require_writer()
        done: _Done = (
            await self._run_apart(self._do, operation, parameters) if self.is_away else self._do(operation, parameters)
        )
        return done.number, done.rows

    async def change_many(self, operation: str, parameters: Sequence[Any]) -> None:
        """The same change with each of these."""
        self._require_writer()
        if self.is_away:
            await self._run_apart(self._do_many, operation, parameters)
        else:
            self._do_many(operation, parameters)

    def run_many(self, cursor: _Cursor, operation: str, parameters: Any) -> None:
        self._require_writer()
        cursor.keep(self._apart(self._do_many, operation, parameters))

    def _require_writer(self) -> None:
        if self.only_looks:
            raise sqlite3.OperationalError("attempt to write in a unit of work that only looks")

    def begin(self) -> None:
        """Take the writer's place: at once where it is free, else by waiting in a thread."""
        if self._away is None or self._away.done():
            self.raw.execute("PRAGMA busy_timeout=0")
            try:
                self.raw.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) and "busy" not in str(error):
                    raise
            finally:
                self.raw.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        self._apart(self._do, "BEGIN IMMEDIATE", ())

    def commit(self) -> None:
        if self.raw.in_transaction or self.is_away:
            self._apart(self.raw.commit)

    def rollback(self) -> None:
        if self.is_away:
            self._apart(self.raw.rollback)
        elif self.raw.in_transaction:
            self.raw.rollback()

    def close(self) -> None:
        if self.is_away:
            self._apart(self.raw.close)
        else:
            self.raw.close()

    def create_function(self, *arguments: Any, **options: Any) -> None:
        self.raw.create_function(*arguments, **options)

    @property
    def is_away(self) -> bool:
        """A statement is under way in a thread."""
        return self._away is not None and not self._away.done()

    def _do(self, operation: str, parameters: Any) -> _Done:
        return _end(self.raw.execute(operation, parameters))

    def _do_many(self, operation: str, parameters: Any) -> _Done:
        return _end(self.raw.executemany(operation, parameters))

    def _apart(self, what: Callable[..., Any], *arguments: Any) -> Any:
        return await_(self._run_apart(what, *arguments))

    async def _run_apart(self, what: Callable[..., Any], *arguments: Any) -> Any:
        while self._away is not None and not self._away.done():
            await asyncio.wait([self._away])
        self._away = asyncio.get_running_loop().run_in_executor(_threads(), what, *arguments)
        # Whoever waits may be cancelled; the statement runs to its end, and the next one waits for that.
        self._away.add_done_callback(_hear)
        return await asyncio.shield(self._away)

    def _is_too_long(self) -> bool:
        self._asked += 1
        return self._is_brief and self._asked > _LONG


def _end(cursor: sqlite3.Cursor) -> _Done:
    """Close a cursor here, where its statement ran. One that is merely forgotten resets its statement, which the next
    use of the same text shares, and that may be running in a thread by then."""
    try:
        rows = cursor.fetchall() if cursor.description else ()
        return _Done(cursor.description, cursor.rowcount, cursor.lastrowid, rows)
    finally:
        cursor.close()


def _hear(done: "asyncio.Future[Any]") -> None:
    if not done.cancelled():
        done.exception()  # whoever waited has it


class _Module:
    """The driver as SQLAlchemy wants to see it."""

    paramstyle = "qmark"

    def __getattr__(self, name: str) -> Any:
        return getattr(sqlite3, name)

    def connect(self, *arguments: Any, **options: Any) -> _Connection:
        return _Connection(self, sqlite3.connect(*arguments, **{**options, "check_same_thread": False}))


class Inline(SQLiteDialect_pysqlite):
    """SQLAlchemy's SQLite, awaited only where there is something to wait for."""

    driver = "inline"
    supports_statement_cache = True
    is_async = True

    @classmethod
    def import_dbapi(cls) -> Any:
        return _Module()

    @classmethod
    def get_pool_class(cls, url: URL) -> type[pool.Pool]:
        return pool.AsyncAdaptedQueuePool

    def get_driver_connection(self, connection: Any) -> Any:
        return connection._connection


registry.register("sqlite.inline", __name__, "Inline")
