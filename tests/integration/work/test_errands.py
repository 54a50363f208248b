"""What strangers make the node do and keep has its limits: errands beside its own, graves that are levelled."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from federation import errands
from federation.errands import Runner
from federation.places import Places
from node.errands import service
from node.errands.model import Errand
from node.posts import copies
from support.nodes import RigNode


async def test_a_flood_of_fetching_leaves_room_for_our_own(node: RigNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_MOST", 20)
    async with node.writing() as work:
        for number in range(30):
            await service.ask(work, "quote", f"http://hanging.test/{number}")
        await service.ask(work, "push", "1")
        await service.ask(work, "webhook", "2")
    async with node.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(Errand)) == 22
    done: list[str] = []
    let_go = asyncio.Event()

    class Hanging(Runner):
        async def _do(self, errand: Errand) -> None:
            if errand.kind == "quote" and not let_go.is_set():
                await let_go.wait()
            done.append(errand.kind)

    nothing: Any = None
    runner = Hanging(node, nothing, nothing)
    monkeypatch.setattr(errands, "PATIENCE", 0.05)
    monkeypatch.setattr(errands, "FETCHING", 5)
    runner._places = Places(5, patience=0.2)
    for _ in range(2):
        await runner.work_off()
    assert sorted(done) == ["push", "webhook"]
    monkeypatch.setattr(service, "_MOST", 21)
    async with node.writing() as work:
        await service.ask(work, "history", "http://healthy.test/ann")
    async with asyncio.timeout(5):
        while "history" not in done:
            await runner.work_off()
    assert "quote" not in done, "they hang, and made room"
    let_go.set()
    for _ in range(6):
        node.time.forward(minutes=2)
        await runner.work_off()
    assert done.count("quote") == 20
    await runner.close()


async def test_graves_of_what_was_never_seen_are_levelled_some_day(node: RigNode) -> None:
    async with node.writing() as work:
        await copies.entomb(work, "http://p.test/1", "http://p.test/users/sam")
    for days, is_there in ((60, True), (40, False)):
        node.time.forward(days=days)
        async with node.writing() as work:
            await copies.prune(work)
            assert await copies.is_buried(work, "http://p.test/1", "http://p.test/users/sam") is is_there


async def test_what_nobody_survives_is_tried_alone_and_given_up(node: RigNode) -> None:
    """The attempt counts as it is taken up (R15); until an administrator looks, it stays."""
    async with node.writing() as work:
        for subject in ("1", "2"):
            await service.ask(work, "push", subject)
    nothing: Any = None

    taken: list[list[str]] = []
    for _ in range(7):
        runner = Runner(node, nothing, nothing)
        found = await runner._lease()
        taken.append(sorted(errand.subject for errand in found))
        for errand in found:
            if errand.subject == "2" and len(found) == 1:
                async with node.writing() as work:
                    await service.finish(work, errand)
            elif errand.attempts > service.TRIES:
                await runner._run(errand)
        node.time.forward(minutes=4)
    assert taken == [["1", "2"], ["1"], ["2"], ["1"], ["1"], ["1"], []]
    async with node.reading() as work:
        assert await service.given_up(work) == 1
    node.time.forward(days=15)
    assert await Runner(node, nothing, nothing).work_off() == 1
    async with node.reading() as work:
        assert await service.given_up(work) == 0


async def test_what_a_kill_left_of_our_own_does_not_wait_for_a_flood(node: RigNode) -> None:
    nothing: Any = None
    async with node.writing() as work:
        await service.ask(work, "push", "1")
    assert [errand.kind for errand in await Runner(node, nothing, nothing)._lease()] == ["push"]
    node.time.forward(minutes=4)
    async with node.writing() as work:
        await service.ask(work, "history", "http://hanging.test/ann")
    found = await Runner(node, nothing, nothing)._lease()
    assert sorted((errand.kind, errand.attempts) for errand in found) == [("history", 1), ("push", 2)]


async def test_who_stops_gives_back_what_was_in_hand(node: RigNode) -> None:
    async with node.writing() as work:
        await service.ask(work, "push", "1")
    nothing: Any = None

    class Hanging(Runner):
        async def _do(self, errand: Errand) -> None:
            await asyncio.sleep(60)

    runner = Hanging(node, nothing, nothing)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(errands, "PATIENCE", 0.01)
        await runner.work_off()
    await runner.close()
    async with node.reading() as work:
        row = await work.session.scalar(sa.select(Errand))
    assert row is not None
    assert (row.attempts, row.leased_until) == (0, None)
