"""SQLite on the loop: what is cancelled, what is long and what must wait leave the connection as it was."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

import node.sqlite
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


async def test_what_is_short_stays_on_the_loop_however_often_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # SQLite counts the steps of all runs together, and what was interrupted once is prepared anew for ever.
    config = settings(data=tmp_path)
    await migrate(config)
    node_ = Node(config)
    await node_.open()
    apart: list[object] = []
    monkeypatch.setattr(node.sqlite._Connection, "_apart", lambda *what: apart.append(what))
    short = sa.text(LONG.replace("300000", "2000"))
    async with node_.reading() as work:
        for _ in range(100):
            assert await work.session.scalar(sa.select(sa.func.count()).select_from(sa.text(f"({short})"))) == 1
    assert not apart
    monkeypatch.undo()
    await node_.close()
