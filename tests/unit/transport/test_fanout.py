"""What is said to followers: a worker finds out who they are; until then it is neither lost nor overtaken."""

import asyncio

import pytest
import sqlalchemy as sa

from federation.delivery import Deliverer
from node.actors.model import Actor
from node.outbox import service as outbox
from node.outbox.model import Fanout
from node.outbox.service import Audience

from .conftest import Rig
from .test_back_again import follow, to_followers
from .test_delivery import Post, post  # noqa: F401 - the fixture

NOTE = "http://a.test/ap/objects/7"


@pytest.fixture
async def bob(rig: Rig, post: Post) -> Actor:  # noqa: F811
    (bob,) = await post.meet(rig.peer)
    await follow(post, bob)
    return bob


async def pending(post: Post) -> int:  # noqa: F811
    async with post.rig.node.reading() as work:
        return await work.session.scalar(sa.select(sa.func.count()).select_from(Fanout)) or 0


async def test_whoever_speaks_does_not_wait_for_the_deliveries(rig: Rig, post: Post, bob: Actor) -> None:  # noqa: F811
    await to_followers(post)
    assert (await pending(post), await post.states()) == (1, [])
    await post.work_off()
    assert (await pending(post), await post.states()) == (0, ["delivered"])
    assert len(rig.peer.received) == 1


async def test_a_delete_is_not_overtaken_by_what_it_takes_back(rig: Rig, post: Post, bob: Actor) -> None:  # noqa: F811
    """Nobody was told of it yet: then nobody is told that it went."""
    await to_followers(post, "Create", NOTE)
    await to_followers(post, "Update", NOTE)
    await to_followers(post)
    await to_followers(post, "Delete", NOTE)
    assert (await pending(post), await post.states()) == (4, [])
    await post.work_off()
    assert await post.states() == ["dropped", "dropped", "delivered", "dropped"]
    assert [activity["object"]["id"] for activity in rig.peer.activities()] == ["http://a.test/ap/objects/3"]


async def test_an_undo_is_not_overtaken_either(rig: Rig, post: Post, bob: Actor) -> None:  # noqa: F811
    said = {"type": "Announce", "object": "http://c.test/notes/1", "to": [f"{post.alice.uri}/followers"]}
    async with rig.node.writing() as work:
        announced = await outbox.publish(work, post.alice, said, Audience(followers=True))
    async with rig.node.writing() as work:
        undo = {"type": "Undo", "object": {**said, "id": announced.uri}}
        await outbox.publish(work, post.alice, undo, Audience(followers=True))
    assert await pending(post) == 2
    await post.work_off()
    assert await post.states() == ["dropped", "dropped"]
    assert rig.peer.received == []


async def test_corrections_keep_their_order(rig: Rig, post: Post, bob: Actor) -> None:  # noqa: F811
    for type in ("Create", "Update", "Update"):
        await to_followers(post, type, NOTE)
    await post.work_off()
    assert [activity["type"] for activity in rig.peer.activities()] == ["Create", "Update"]
    assert await post.states() == ["delivered", "dropped", "delivered"]


async def test_who_left_in_between_does_not_get_it(rig: Rig, post: Post, bob: Actor) -> None:  # noqa: F811
    await to_followers(post)
    async with rig.node.writing() as work:
        await work.session.execute(sa.text("DELETE FROM follows"))
    await post.work_off()
    assert (await pending(post), await post.states()) == (0, [])


async def test_a_delete_goes_wherever_it_was_said(rig: Rig, post: Post, bob: Actor) -> None:  # noqa: F811
    """Whoever left in between still has it; what another author said of it is not theirs to hear of."""
    await to_followers(post, "Create", NOTE)
    await post.work_off()
    await to_followers(post, "Create", "http://a.test/ap/objects/8")
    async with rig.node.writing() as work:
        await work.session.execute(sa.text("DELETE FROM follows"))
    for of in (NOTE, "http://a.test/ap/objects/8"):
        await to_followers(post, "Update", of)
        await to_followers(post, "Delete", of)
    await post.work_off()
    assert [(one["type"], one["object"]["id"]) for one in rig.peer.activities()] == [("Create", NOTE), ("Delete", NOTE)]


async def test_a_farewell_is_written_before_those_who_follow_are_forgotten(
    rig: Rig,
    post: Post,  # noqa: F811
    bob: Actor,
) -> None:
    async with rig.node.writing() as work:
        farewell = {"type": "Delete", "object": post.alice.uri}
        await outbox.publish(work, post.alice, farewell, Audience(followers=True))
        await work.session.execute(sa.text("DELETE FROM follows"))
    assert (await pending(post), await post.states()) == (0, ["waiting"])


async def test_two_workers_write_each_delivery_once(rig: Rig, post: Post, bob: Actor) -> None:  # noqa: F811
    for number in range(1, 6):
        await to_followers(post, of=f"http://a.test/ap/objects/{number}")
    other = Deliverer(rig.node, rig.client, rig.directory)
    found = await asyncio.gather(*(deliverer.lease(20) for deliverer in (post.deliverer, other)))
    assert sorted(len(leases) for leases in found) == [0, 1]
    await asyncio.gather(*(post.deliverer.serve(lease) for leases in found for lease in leases))
    await post.work_off()
    assert await post.states() == ["delivered"] * 5
    assert len(rig.peer.received) == 5
