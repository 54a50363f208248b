"""Questions: what is asked of the driver itself is what the session would have found."""

import asyncio
from datetime import timedelta
from typing import NamedTuple

import pytest
import sqlalchemy as sa

from node.asking import NOW, Question, among, given
from node.tables import Peer, Setting
from support.nodes import RigNode


class _Peer(NamedTuple):
    host: str
    is_known: bool
    first_seen_at: object
    blocked_at: object


_PEERS = Question(
    _Peer,
    sa.select(Peer.host, Peer.host.in_(("a.test", "b.test")), Peer.first_seen_at, Peer.blocked_at)
    .where(among(Peer.host, "hosts"), Peer.first_seen_at <= NOW)
    .order_by(Peer.host)
    .limit(given("most")),
)


async def test_a_question_sees_what_its_unit_wrote_and_converts_it(node: RigNode) -> None:
    async with node.writing() as work:
        at = work.now
        work.session.add_all([Peer(host="a.test", first_seen_at=at), Peer(host="c'.test", first_seen_at=at)])
        found = await _PEERS.ask(work, hosts={"a.test", "b.test", "c'.test"}, now=work.now, most=5)
        assert found == [_Peer("a.test", True, at, None), _Peer("c'.test", False, at, None)]
        assert await _PEERS.ask(work, hosts=[], now=work.now, most=5) == []
        assert len(await _PEERS.ask(work, hosts=["a.test", "c'.test"], now=work.now, most=1)) == 1
    async with node.reading() as work:
        assert await _PEERS.first(work, hosts=["a.test"], now=at - timedelta(seconds=1), most=5) is None
        assert (await _PEERS.ask(work, hosts=["a.test"], now=at, most=5))[0].first_seen_at == at
        # The same look, whichever way it is asked first.
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(Peer)) == 2


async def test_a_unit_that_only_looks_cannot_write(node: RigNode) -> None:
    async with node.reading() as work:
        await _PEERS.ask(work, hosts=["a.test"], now=work.now, most=5)
        with pytest.raises(Exception, match=r"only looks|read-only"):
            await work.session.execute(sa.insert(Setting).values(name="x", value="y"))


def test_a_row_has_the_columns_of_its_question() -> None:
    assert _PEERS._statement.selected_columns
    question = Question(_Peer, sa.select(Peer.host))
    with pytest.raises(TypeError, match="other columns"):
        question._compile(sa.create_engine("sqlite://").dialect)


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_more_looks_at_once_than_the_pool_keeps_leave_no_connection_behind(
    node: RigNode, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = Question(tuple, sa.select(sa.func.pg_backend_pid()))
    all_here = asyncio.Barrier(8)

    async def look() -> int:
        async with node.reading() as work:
            [(pid,)] = await chosen.ask(work)
            await all_here.wait()
            return int(pid)

    used = await asyncio.gather(*(look() for _ in range(8)))
    assert len(set(used)) == 8
    async with node.reading() as work:
        living = sa.text("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY (:pids)")
        for _ in range(50):
            left = await work.session.scalar(living, {"pids": used})
            if left == 5:
                break
            await asyncio.sleep(0.02)
    assert left == 5
    assert caplog.records == []
