"""Following: here and elsewhere, agreed and refused, and only by those entitled to say so."""

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.errors import Forbidden, Invalid, NotFound
from node.follows import queries, service
from node.follows.model import Follow
from support.nodes import RigNode
from support.said import activities, inboxes, told


async def state(node: RigNode, follower: Actor, followed: Actor) -> str:
    async with node.reading() as work:
        row = await service.between(work, follower.id, followed.id)
        return row.state if row else ""


async def test_members_follow_each_other_without_a_word_to_the_world(node: RigNode, member) -> None:
    alice, carol = await member("alice"), await member("carol")
    async with node.writing() as work:
        await service.follow(work, alice, carol)
        await service.follow(work, alice, carol)
    assert await state(node, alice, carol) == "accepted"
    assert await activities(node) == []
    assert await told(node, carol) == ["follow"]
    async with node.reading() as work:
        assert (await queries.ties(work, carol.id, alice.id)).followed_by == "accepted"
        assert [face.handle for face in await queries.followers(work, carol.id)] == ["@alice@a.test"]


async def test_whoever_approves_followers_is_asked(node: RigNode, member) -> None:
    alice, carol = await member("alice"), await member("carol", approves_followers=True)
    async with node.writing() as work:
        await service.follow(work, alice, carol)
    assert await state(node, alice, carol) == "asked"
    async with node.reading() as work:
        assert [face.id for face in await queries.requests(work, carol.id)] == [alice.id]
    async with node.writing() as work:
        await service.accept(work, carol, alice)
    assert await state(node, alice, carol) == "accepted"
    assert await told(node, carol) == []
    assert await told(node, alice) == ["follow_accepted"]
    async with node.writing() as work:
        await service.remove_follower(work, carol, alice)
        with pytest.raises(NotFound):
            await service.accept(work, carol, alice)
    assert await state(node, alice, carol) == "rejected"


async def test_following_somebody_elsewhere_waits_for_their_word(node: RigNode, member, remote) -> None:
    alice, bob, mallory = await member("alice"), await remote("bob", "b.test"), await remote("mallory", "m.test")
    async with node.writing() as work:
        follow = await service.follow(work, alice, bob)
    sent = (await activities(node))[-1]
    assert (sent["type"], sent["actor"], sent["object"], sent["id"]) == ("Follow", alice.uri, bob.uri, follow.uri)
    assert await inboxes(node) == ["https://b.test/inbox"]
    assert await state(node, alice, bob) == "asked"
    async with node.writing() as work:
        assert not await service.receive_accept(work, mallory, follow.uri, alice.uri)
    assert await state(node, alice, bob) == "asked"
    async with node.writing() as work:
        assert await service.receive_accept(work, bob, follow.uri)
        assert await service.receive_accept(work, bob, follow.uri)
    assert await state(node, alice, bob) == "accepted"
    assert await told(node, alice) == ["follow_accepted"]


async def test_an_answer_with_an_id_of_its_own_is_understood(node: RigNode, member, remote) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    async with node.writing() as work:
        await service.follow(work, alice, bob)
        assert await service.receive_accept(work, bob, "https://b.test/own/1", alice.uri)
    assert await state(node, alice, bob) == "accepted"


async def test_unfollowing_takes_the_whole_follow_back(node: RigNode, member, remote) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    async with node.writing() as work:
        first = (await service.follow(work, alice, bob)).uri
    async with node.writing() as work:
        await service.unfollow(work, alice, bob)
        await service.unfollow(work, alice, bob)
    assert (await activities(node))[-1]["object"] == {
        "id": first, "type": "Follow", "actor": alice.uri, "object": bob.uri,
    }  # fmt: skip
    assert len(await activities(node)) == 2
    async with node.writing() as work:
        assert (await service.follow(work, alice, bob)).uri != first


async def test_a_refused_follow_may_be_asked_anew(node: RigNode, member, remote) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    async with node.writing() as work:
        follow = await service.follow(work, alice, bob)
        assert await service.receive_reject(work, bob, follow.uri)
    assert await state(node, alice, bob) == "rejected"
    async with node.writing() as work:
        assert not await service.receive_accept(work, bob, follow.uri)
    async with node.writing() as work:
        assert (await service.follow(work, alice, bob)).state == "asked"


async def test_a_follow_from_elsewhere_is_answered_every_time(node: RigNode, member, remote) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    for _ in range(2):
        async with node.writing() as work:
            await service.receive_follow(work, bob, "https://b.test/f/1", alice)
    sent = await activities(node)
    assert [item["type"] for item in sent] == ["Accept", "Accept"]
    assert sent[0]["object"] == {
        "id": "https://b.test/f/1", "type": "Follow", "actor": bob.uri, "object": alice.uri,
    }  # fmt: skip
    assert sent[0]["to"] == [bob.uri]
    assert await told(node, alice) == ["follow"]
    async with node.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(Follow)) == 1


async def test_a_request_from_elsewhere_is_answered_by_its_member(node: RigNode, member, remote) -> None:
    alice, bob = await member("alice", approves_followers=True), await remote("bob", "b.test")
    async with node.writing() as work:
        await service.receive_follow(work, bob, "https://b.test/f/1", alice)
    assert await activities(node) == []
    async with node.writing() as work:
        await service.reject(work, alice, bob)
    assert [item["type"] for item in await activities(node)] == ["Reject"]
    async with node.writing() as work:
        await service.receive_follow(work, bob, "https://b.test/f/2", alice)
        await service.accept(work, alice, bob)
    assert (await activities(node))[-1]["object"]["id"] == "https://b.test/f/2"


async def test_only_the_follower_takes_a_follow_back(node: RigNode, member, remote) -> None:
    alice, bob, mallory = await member("alice"), await remote("bob", "b.test"), await remote("mallory", "m.test")
    async with node.writing() as work:
        await service.receive_follow(work, bob, "https://b.test/f/1", alice)
        assert not await service.receive_undo(work, mallory, "https://b.test/f/1", alice.uri)
    assert await state(node, bob, alice) == "accepted"
    async with node.writing() as work:
        assert await service.receive_undo(work, bob, "https://b.test/unknown", alice.uri)
        assert not await service.receive_undo(work, bob, "https://b.test/f/1", alice.uri)
    assert await state(node, bob, alice) == ""


async def test_nobody_follows_themselves_or_a_machine(node: RigNode, member, remote) -> None:
    alice, relay = await member("alice"), await remote("relay", "b.test", kind="application")
    async with node.writing() as work:
        with pytest.raises(Invalid):
            await service.follow(work, alice, alice)
        with pytest.raises(Forbidden):
            await service.follow(work, alice, relay)
