"""What a worker had in hand when it died or lost its database: it is taken up again, and takes nothing else with it."""

import pytest
import sqlalchemy as sa

from federation.client import Client
from federation.directory import Directory
from federation.receiving import Receiver
from node.errors import Unavailable
from node.inbox.model import Received
from node.inbox.service import Arrival, store
from node.presence import working
from support.nodes import RigNode


async def arrive(node: RigNode, *names: str) -> None:
    async with node.writing() as work:
        await store(
            work,
            [
                Arrival(f"http://p.test/{name}", "Dance", f"http://p.test/users/{name}", "p.test", "{}")
                for name in names
            ],
        )


def names(rows: list[Received]) -> list[str]:
    return [row.uri.rpartition("/")[2] for row in rows]


async def test_what_may_kill_the_worker_is_taken_up_alone(node: RigNode) -> None:
    async with Client(node) as client:
        await arrive(node, "sam", "eve")
        for _ in range(4):
            receiver = Receiver(node, Directory(node, client))
            assert names(await receiver._lease(50)) == ["sam", "eve"]
            async with working(node):  # the one before is dead: what it held is free
                pass
        await arrive(node, "ann")
        receiver = Receiver(node, Directory(node, client))
        assert names(await receiver._lease(50)) == ["ann"]
        assert names(await receiver._lease(50)) == ["sam"]
        assert names(await receiver._lease(50)) == ["eve"]


async def test_what_the_absence_of_the_database_interrupted_is_taken_up_at_once(
    node: RigNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Client(node) as client:
        await arrive(node, "sam", "eve")
        receiver = Receiver(node, Directory(node, client))
        rows = await receiver._lease(50)

        async def away(_row: Received) -> None:
            raise Unavailable

        monkeypatch.setattr(receiver, "_settle", away)
        await receiver._settle_all(rows)
        await receiver.close()
        async with node.reading() as work:
            kept = await work.session.execute(sa.select(Received.state, Received.attempts, Received.lease))
            assert {tuple(row) for row in kept} == {("waiting", 0, None)}
        assert names(await receiver._lease(50)) == ["sam", "eve"]
