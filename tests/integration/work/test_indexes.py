"""What is asked all the time is found by an index, not by reading a whole table."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from node.actors import queries as actors
from node.actors.model import Actor
from node.follows.model import Follow
from node.notifications import service as notifications
from node.posts import people, timelines
from node.posts.model import Post
from node.posts.whole import wholes
from node.windows import Window
from node.work import Node, Reading


@contextmanager
def _statements(node: Node) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            seen.append((statement, parameters))

    asked = Reading.fetch

    async def fetch(work: Reading, text: str, values: Sequence[Any]) -> Sequence[Any]:
        seen.append((text, tuple(values)))  # questions go to the driver itself
        return await asked(work, text, values)

    event.listen(node.engine.sync_engine, "before_cursor_execute", note)
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Reading, "fetch", fetch)
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


async def test_a_page_of_the_home_feed_is_walked_to_by_key(node: Node) -> None:
    """With what others pass on in it: from the newest post downwards until there are twenty, and nothing is sorted."""
    if not node.config.is_sqlite:
        pytest.skip("PostgreSQL decides by how much there is")
    async with node.writing() as work:
        people = [
            {"id": id, "uri": f"http://b.test/{id}", "is_local": id == 1, "kind": "person", "username": f"u{id}",
             "username_folded": f"u{id}", "host": "b.test", "handle_host": "b.test", "name": "", "url": "",
             "inbox_uri": "", "created_at": work.now, "updated_at": work.now}
            for id in (1, 2)
        ]  # fmt: skip
        await work.session.execute(sa.insert(Actor), people)
        follow = {"id": 1, "uri": "f", "follower_id": 1, "followed_id": 2, "state": "accepted", "created_at": work.now}
        await work.session.execute(sa.insert(Follow), [follow])
        posts = [
            {"id": id, "uri": f"p{id}", "url": "", "kind": "boost" if id % 10 == 0 else "note", "is_local": False,
             "author_id": 2, "visibility": "public", "boost_of_id": id // 2 * 2 - 1 if id % 10 == 0 else None,
             "published_at": work.now, "received_at": work.now}
            for id in range(1, 2100)
        ]  # fmt: skip
        await work.session.execute(sa.insert(Post), posts)
    with _statements(node) as seen:
        async with node.reading() as work:
            ids = await timelines.home(work, 1, Window(20))
            found = await wholes(work, 1, ids)
    assert ids == list(range(2099, 2079, -1))
    assert [whole.original.post.id for whole in found if whole.original is not None] == [2089, 2079]
    pages = [(statement, values) for statement, values in seen if "FROM posts" in statement and "LIMIT" in statement]
    plans = []
    async with node.reading() as work:
        connection = await work.session.connection()
        for statement, values in pages:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            plans.append([row[3] for row in plan])
    assert plans[-1][0] == "SEARCH posts USING INTEGER PRIMARY KEY (rowid>?)", plans[-1]
    assert not [step for plan in plans for step in plan if "TEMP B-TREE" in step], plans
