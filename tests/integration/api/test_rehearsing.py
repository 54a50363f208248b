"""Before a node listens it rehearses a post: nothing of that is kept, and nothing is left to be made for the first."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import LRUCache

from node import tables
from support.nodes import RigNode
from web.rehearsing import rehearse


async def test_whoever_posts_first_waits_for_no_statement(
    alice: Any, alpha: RigNode, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine in (alpha.engine.sync_engine, *(each.sync_engine for each in alpha._engines.values())):
        monkeypatch.setattr(engine, "_compiled_cache", LRUCache(500))
    await rehearse(alpha.app)
    made: list[str] = []
    make = SQLCompiler.__init__

    def note(self: SQLCompiler, *values: Any, **named: Any) -> None:
        make(self, *values, **named)
        made.append(str(self))

    monkeypatch.setattr(SQLCompiler, "__init__", note)
    for number in range(2):
        headers = {"Authorization": f"Bearer {alice.token}", "Idempotency-Key": f"n{number}"}
        response, _ = await wire.ask("POST", "/api/v1/statuses", headers=headers, json={"status": f"Hello {number}"})
        assert response.status == 200
    assert made == []


async def test_nobody_sees_anything_of_a_rehearsal(alice: Any, alpha: RigNode) -> None:
    async def everything() -> dict[str, int]:
        async with alpha.reading() as work:
            return {
                table.name: await work.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for table in tables.metadata.sorted_tables
            }

    before = await everything()
    await rehearse(alpha.app)
    assert await everything() == before
