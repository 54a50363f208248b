"""SQLite on the loop: what is cancelled, what is long and what must wait leave the connection as it was."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import sqlalchemy as sa

from node.migrate import migrate
from node.peers.model import Peer
from node.tables import Setting
from node.work import Node
from support.databases import settings

LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT count(*) FROM n"


async def test_units_end_well(tmp_path: Path) -> None:
    config = settings(data=tmp_path)
    await migrate(config)
    node = Node(config)
    await node.open()

    async def write(name: str) -> None:
        async with node.writing() as work:
            work.session.add(Setting(name=name, value="x"))

    # Somebody else writes; who waits for it is cancelled, and the next one finds everything in order.
    other = sqlite3.connect(tmp_path / "node.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(write("cancelled"))
    await asyncio.sleep(0.05)
    async with node.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(Peer)) == 0
    waiting.cancel()
    other.execute("ROLLBACK")
    other.close()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    for number in range(12):  # as many as there are connections
        await write(f"after {number}")
    async with node.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(sa.text(f"({LONG})"))) == 1
        names = set(await work.session.scalars(sa.select(Setting.name)))
    assert "cancelled" not in names
    assert "after 11" in names
    await node.close()
