"""Questions: what is asked of the driver itself is what the session would have found."""

import asyncio
from datetime import timedelta
from typing import NamedTuple

import pytest
import sqlalchemy as sa

from node.asking import NOW, Question, among, given
from node.posts import timelines
from node.tables import Peer, Setting
from node.windows import Window
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
async def test_many_looks_at_once_leave_their_connections_to_the_next_ones(
    node: RigNode, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = Question(tuple, sa.select(sa.func.pg_backend_pid()))

    async def looks() -> set[int]:
        all_here = asyncio.Barrier(10)

        async def look() -> int:
            async with node.reading() as work:
                [(pid,)] = await chosen.ask(work)
                await all_here.wait()
                return int(pid)

        return set(await asyncio.gather(*(look() for _ in range(10))))

    used = await looks()
    assert len(used) == 10
    assert await looks() == used
    assert caplog.records == []


class _Plans(NamedTuple):
    once: int
    for_values: int


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_a_question_is_planned_once_for_a_connection(node: RigNode) -> None:
    """Also the one door, of which PostgreSQL believes that the plan for one reader is better than that for all."""
    asked = sa.column("statement", sa.Text).like("SELECT posts.id%")
    known = sa.select(sa.column("generic_plans"), sa.column("custom_plans")).where(asked)
    plans = Question(_Plans, known.select_from(sa.table("pg_prepared_statements")))
    async with node.reading() as work:
        for viewer_id in range(7):
            assert await timelines.home(work, viewer_id, Window()) == []
        found = await plans.ask(work)
    assert max(row.once for row in found) == 7
    assert not any(row.for_values for row in found)
