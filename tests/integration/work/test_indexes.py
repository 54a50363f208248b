"""What is asked all the time is found by an index, not by reading a whole table."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from node.actors import queries as actors
from node.notifications import service as notifications
from node.posts import people
from node.work import Node


@contextmanager
def _statements(node: Node) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            seen.append((statement, parameters))

    event.listen(node.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(node.engine.sync_engine, "before_cursor_execute", note)


@pytest.mark.parametrize("question", ["a name of ours", "a handle from elsewhere", "a mention", "news that is due"])
async def test_found_by_an_index(node: Node, question: str) -> None:
    if not node.config.is_sqlite:
        pytest.skip("PostgreSQL decides by how much there is")
    with _statements(node) as seen:
        async with node.writing() as work:
            if question == "a name of ours":
                await actors.local(work, "anna")
            elif question == "a handle from elsewhere":
                await actors.by_handle(work, "ben", "b.test")
            elif question == "a mention":
                await people.by_handle(work, "ben@b.test")
            else:
                await notifications.ring_due(work)
    assert seen
    async with node.reading() as work:
        connection = await work.session.connection()
        for statement, parameters in seen:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row[3] for row in plan]
            assert not [step for step in steps if step.startswith("SCAN")], (statement, steps)
