"""A worker that comes in alone frees what dead ones held; one that finds others at work leaves it to them."""

from datetime import timedelta

import sqlalchemy as sa

from node.peers import service as peers
from node.peers.model import Peer
from node.presence import working
from support.nodes import RigNode


async def _lease(node: RigNode) -> None:
    async with node.writing() as work:
        await peers.meet(work, ["p.test"])
        await work.session.execute(sa.update(Peer).values(lease="x", leased_until=work.now + timedelta(hours=1)))


async def _is_leased(node: RigNode) -> bool:
    async with node.reading() as work:
        return (await work.session.get_one(Peer, "p.test")).leased_until is not None


async def test_what_the_dead_held_is_free_at_once(node: RigNode) -> None:
    await _lease(node)
    async with working(node):
        assert not await _is_leased(node)
        assert await node.bells.wait("delivery", timeout=0.1)


async def test_what_the_living_hold_stays_theirs(node: RigNode) -> None:
    other = RigNode(node.config, node.time)
    await other.open()
    async with working(node):
        await _lease(node)
        async with working(other):
            assert await _is_leased(node)
        async with working(other):  # the first one still lives
            assert await _is_leased(node)
    async with working(other):
        assert not await _is_leased(node)
    await other.close()
