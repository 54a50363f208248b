"""What is made of rows is kept from look to look until somebody writes such rows, and never longer."""

import asyncio
import contextvars

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.actors.rows import rows
from node.associations import service as associations
from node.faces import face
from support.nodes import RigNode

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def test_a_face_is_asked_for_once_until_somebody_writes_one(node: RigNode) -> None:
    await associations.found(node)
    alice = await node.member("Alice Baker")
    async with node.reading() as work:
        first = await face(work, alice.actor_id)
    async with node.reading() as work:
        assert await face(work, alice.actor_id) is first
    async with node.writing() as work:
        await work.session.execute(sa.update(Actor).where(Actor.id == alice.actor_id).values(name="Alice Miller"))
        found = await face(work, alice.actor_id)
        assert found is not None
        assert found.name == "Alice Miller", "a unit sees what it wrote itself"
    async with node.reading() as work:
        found = await face(work, alice.actor_id)
        assert found is not None
        assert found.name == "Alice Miller"


async def test_an_old_look_leaves_nothing_behind_for_new_ones(node: RigNode) -> None:
    await associations.found(node)
    alice = await node.member("Alice Baker")
    looking = node.reading()
    old = await looking.__aenter__()
    await old.fetch("SELECT 1 FROM actors", ())  # from here on it sees this moment
    await _rename(node, alice.actor_id)
    assert (await rows(old, [alice.actor_id]))[alice.actor_id].name == "Alice Baker"
    await looking.__aexit__(None, None, None)
    async with node.reading() as work:
        assert (await rows(work, [alice.actor_id]))[alice.actor_id].name == "Alice Miller"


async def _rename(node: RigNode, actor_id: int) -> None:
    async def write() -> None:
        async with node.writing() as work:
            await work.session.execute(sa.update(Actor).where(Actor.id == actor_id).values(name="Alice Miller"))

    await asyncio.get_running_loop().create_task(write(), context=contextvars.Context())  # units do not nest
