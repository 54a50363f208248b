"""The unit of work: it commits or rolls back as a whole, does not nest, and loses no update."""

import asyncio

import pytest
import sqlalchemy as sa

from node.errors import Unavailable
from node.settings.model import Setting
from node.work import Reading, inside_unit
from support.nodes import RigNode


async def _value(work: Reading) -> int:
    found = await work.session.scalar(sa.select(Setting.value).where(Setting.name == "counter"))
    return int(found or 0)


async def _set_up(node: RigNode) -> None:
    async with node.writing() as work:
        work.session.add(Setting(name="counter", value="0"))


async def test_no_update_is_lost_when_240_units_count_at_once(node: RigNode) -> None:
    await _set_up(node)

    async def count() -> None:
        async with node.writing() as work:
            row = await work.session.get_one(Setting, "counter", with_for_update=not node.config.is_sqlite)
            before = int(row.value)
            await asyncio.sleep(0)  # lets the others in, where they could get in
            row.value = str(before + 1)

    await asyncio.gather(*(count() for _ in range(240)))
    async with node.reading() as work:
        assert await _value(work) == 240


async def test_two_connections_of_two_nodes_lose_no_update_either(node: RigNode) -> None:
    """Two processes on one SQLite file have no lock in common but the database's own."""
    await _set_up(node)
    other = RigNode(node.config, node.time)
    await other.open()

    async def count(of: RigNode) -> None:
        async with of.writing() as work:
            row = await work.session.get_one(Setting, "counter", with_for_update=not node.config.is_sqlite)
            before = int(row.value)
            await asyncio.sleep(0)
            row.value = str(before + 1)

    await asyncio.gather(*(count(node) for _ in range(60)), *(count(other) for _ in range(60)))
    await other.close()
    async with node.reading() as work:
        assert await _value(work) == 120


async def test_an_exception_takes_everything_back(node: RigNode) -> None:
    await _set_up(node)
    with pytest.raises(ValueError, match="on purpose"):
        async with node.writing() as work:
            row = await work.session.get_one(Setting, "counter")
            row.value = "7"
            await work.session.flush()
            raise ValueError("on purpose")
    async with node.reading() as work:
        assert await _value(work) == 0


async def test_a_look_never_commits(node: RigNode) -> None:
    await _set_up(node)
    with pytest.raises(sa.exc.DBAPIError):
        async with node.reading() as work:
            await work.session.execute(sa.update(Setting).where(Setting.name == "counter").values(value="7"))
            await work.session.commit()
    async with node.reading() as work:
        assert await _value(work) == 0


async def test_units_do_not_nest(node: RigNode) -> None:
    async with node.reading():
        assert inside_unit()
        with pytest.raises(RuntimeError, match="nest"):
            async with node.writing():
                pass
    assert not inside_unit()


async def test_bells_ring_after_the_commit_and_only_then(node: RigNode) -> None:
    with pytest.raises(ValueError, match="on purpose"):
        async with node.writing() as work:
            work.wake("delivery")
            raise ValueError("on purpose")
    assert not await node.bells.wait("delivery", timeout=0.01)
    async with node.writing() as work:
        work.wake("delivery")
    assert await node.bells.wait("delivery", timeout=1)


async def test_times_come_back_aware_and_equal(node: RigNode) -> None:
    from node.peers import service as peers
    from node.peers.model import Peer

    node.time.forward(microseconds=123456)
    async with node.writing() as work:
        await peers.meet(work, ["p.test"])
        moment = work.now
    async with node.reading() as work:
        peer = await work.session.get_one(Peer, "p.test")
        assert peer.first_seen_at == moment
        assert peer.first_seen_at.tzinfo is not None


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_who_stands_still_in_a_unit_does_not_keep_it_for_ever(node: RigNode) -> None:
    """As a process that is frozen: what it has locked is free again when the server ends its transaction."""
    with pytest.raises(Unavailable):
        async with node.writing() as work:
            assert await work.session.scalar(sa.text("SHOW idle_in_transaction_session_timeout")) == "30s"
            await work.session.execute(sa.text("SET idle_in_transaction_session_timeout = 50"))
            await asyncio.sleep(0.2)
            await work.session.execute(sa.text("SELECT 1"))
    async with node.reading() as work:
        assert await work.session.scalar(sa.text("SHOW idle_in_transaction_session_timeout")) == "30s"
