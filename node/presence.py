"""Who works on this node just now: a worker that comes in and finds nobody else frees what dead ones still hold.

Leases end by themselves, but what a killed process held would wait for minutes. A lock that the operating system or
PostgreSQL lets go of with the process tells at once that nobody lives. It is a hint: should it be wrong, two workers
have the same lease, and the settling of the first one counts.
"""

import asyncio
import contextlib
import fcntl
from collections.abc import AsyncIterator
from typing import IO

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import make_url

from node.inbox.model import WAITING, Received
from node.mail.model import Letter
from node.peers.model import Peer
from node.work import Node

log = structlog.get_logger()

_LOCK = 7_265_812  # arbitrary, ours, in one database


@contextlib.asynccontextmanager
async def working(node: Node) -> AsyncIterator[None]:
    """Count as a worker until the block ends. Raises Unavailable."""
    async with _by_file(node) if node.config.is_sqlite else _by_connection(node):
        yield


@contextlib.asynccontextmanager
async def _by_file(node: Node) -> AsyncIterator[None]:
    with open(f"{make_url(node.config.database).database}-workers", "w") as file:  # noqa: ASYNC230 - nothing is read
        if _try_lock(file, fcntl.LOCK_EX):
            await _free(node)
        # Somebody else may be at exactly this point; they are done in a moment.
        for _ in range(100):
            if _try_lock(file, fcntl.LOCK_SH):
                break
            await asyncio.sleep(0.05)
        yield


def _try_lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:  # held by another, or a file system without locks
        return False
    return True


@contextlib.asynccontextmanager
async def _by_connection(node: Node) -> AsyncIterator[None]:
    import asyncpg  # a node on SQLite does without it

    url = make_url(node.config.database).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        log.warning("presence_unknown", error=str(error)[:300])
        yield
        return
    try:
        if await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            await _free(node)
            await connection.execute("SELECT pg_advisory_lock_shared($1), pg_advisory_unlock($1)", _LOCK)
        else:
            await connection.execute("SELECT pg_advisory_lock_shared($1)", _LOCK)
        yield
    finally:
        await connection.close(timeout=2)


async def _free(node: Node) -> None:
    async with node.writing() as work:
        # That a host was held stays visible: what was due there may have been sent.
        await work.session.execute(sa.update(Peer).where(Peer.leased_until.is_not(None)).values(leased_until=None))
        for table in (Received, Letter):
            await work.session.execute(
                sa.update(table).where(sa.text(WAITING), table.lease.is_not(None)).values(lease=None, leased_until=None)
            )
        for bell in ("delivery", "inbox", "mail"):
            work.wake(bell)
