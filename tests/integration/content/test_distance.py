"""Keeping people and hosts at a distance: who may reach whom, and what is then no longer shown."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from node.access import can_read
from node.actors.model import Actor
from node.associations.model import Association
from node.blocks import service as blocks
from node.errors import Forbidden, Invalid, NotFound
from node.follows import service as follows
from node.follows.model import Follow
from node.ids import new_id
from node.invitations import service as invitations
from node.invitations.model import Connection
from node.moderation.model import Block, BlockedHost
from node.moderation.queries import Distance, distances, may_reach
from node.peers.model import Peer
from node.posts import copies, service, timelines
from node.posts import queries as posts
from node.posts.service import Draft
from node.windows import Window
from schemas.note import Note
from schemas.values import PUBLIC
from support.nodes import RigNode
from support.said import activities, told

People = Callable[..., Awaitable[Actor]]


async def _reach(node: RigNode, one: Actor, other: Actor) -> tuple[bool, bool]:
    async with node.reading() as work:
        mine, theirs = await work.session.get_one(Actor, one.id), await work.session.get_one(Actor, other.id)
        return await may_reach(work, mine, theirs), await may_reach(work, theirs, mine)


async def test_a_block_of_either_side_keeps_both_apart(node: RigNode, member: People, remote: People) -> None:
    alice, bob, carol = await member("alice"), await remote("bob", "b.test"), await remote("carol", "c.test")
    assert await _reach(node, alice, bob) == (True, True)
    async with node.writing() as work:
        for number, (one, other) in enumerate(((alice, bob), (carol, alice))):
            work.session.add(
                Block(id=new_id(work.now), uri=f"https://a.test/{number}", blocking_id=one.id, blocked_id=other.id,
                      created_at=work.now)
            )  # fmt: skip
    assert await _reach(node, alice, bob) == (False, False)
    assert await _reach(node, alice, carol) == (False, False)
    assert await _reach(node, bob, carol) == (True, True)


async def test_hosts_are_kept_out_by_members_and_by_officers(node: RigNode, member: People, remote: People) -> None:
    alice, dan = await member("alice"), await member("dan")
    bob, carol = await remote("bob", "b.test"), await remote("carol", "c.test")
    async with node.writing() as work:
        work.session.add(BlockedHost(id=new_id(work.now), actor_id=alice.id, host="b.test", created_at=work.now))
        work.session.add(Peer(host="c.test", first_seen_at=work.now, blocked_at=work.now))
    assert await _reach(node, alice, bob) == (False, False)
    assert await _reach(node, dan, bob) == (True, True)
    assert await _reach(node, dan, carol) == (False, False)
    async with node.writing() as work:
        await work.session.execute(sa.update(Actor).where(Actor.id == dan.id).values(suspended_at=work.now))
    assert await _reach(node, alice, dan) == (False, False)


async def test_an_association_may_keep_to_those_it_agreed_with(node: RigNode, member: People, remote: People) -> None:
    office, alice = await member("office"), await member("alice")
    bob, carol = await remote("bob", "b.test"), await remote("carol", "c.test")
    async with node.writing() as work:
        work.session.add(Association(actor_id=office.id, federation_mode="agreed"))
        work.session.add(Peer(host="b.test", first_seen_at=work.now, agreed_at=work.now))
        # of c.test there is not even a row
    assert await _reach(node, alice, bob) == (True, True)
    assert await _reach(node, alice, carol) == (False, False)
    assert await _reach(node, alice, office) == (True, True)


async def _feed(node: RigNode, viewer: Actor) -> list[int]:
    async with node.reading() as work:
        return [view.id for view in await posts.feed(work, viewer.id)]


async def _say(node: RigNode, author: Actor, text: str, **values: Any) -> int:
    async with node.writing() as work:
        return (await service.publish(work, author, Draft(text, **values))).id


async def test_a_block_ends_everything_between_two_members(node: RigNode, member: People) -> None:
    alice, bob, carol = await member("alice"), await member("bob"), await member("carol")
    async with node.writing() as work:
        await follows.follow(work, alice, bob)
        await follows.follow(work, bob, alice)
        await invitations.connect(work, bob, carol, "Shall we bake together?")
    before = await _say(node, bob, "Hello @alice")
    async with node.writing() as work:
        await blocks.block(work, alice, bob)
        await blocks.block(work, alice, bob)  # twice is the same as once
        await blocks.block(work, carol, bob)
    post = await _say(node, alice, "Only for friends")
    answer = await _say(node, bob, "Hello @alice and @carol")
    assert await _feed(node, bob) == [answer, before]
    assert await _feed(node, alice) == [post]
    assert await told(node, alice) == []
    assert await told(node, carol) == []
    assert await told(node, bob) == []
    async with node.reading() as work:
        assert not await can_read(work, bob.id, post)
        assert await can_read(work, None, post)
        assert (await work.session.scalars(sa.select(Connection.state))).all() == ["declined"]
        assert (await work.session.scalars(sa.select(Follow.state).where(Follow.state == "accepted"))).all() == []
        assert (await distances(work, bob.id, [alice.id]))[alice.id] == Distance(is_blocked=True)
    for act in (
        lambda work: follows.follow(work, bob, alice),
        lambda work: follows.follow(work, alice, bob),
        lambda work: invitations.connect(work, bob, alice, "Shall we bake together?"),
        lambda work: service.publish(work, bob, Draft("Please", visibility="direct", to=[alice.id])),
    ):
        with pytest.raises(Forbidden):
            async with node.writing() as work:
                await act(work)
    with pytest.raises(NotFound):
        await _say(node, bob, "And yet", parent_id=post)
    async with node.writing() as work:
        await blocks.unblock(work, alice, bob)
    assert await _feed(node, bob) == [answer, post, before]


async def test_mutes_and_shut_out_hosts_leave_lists_alone(node: RigNode, member: People, remote: People) -> None:
    alice, bob = await member("alice"), await member("bob")
    loud = await remote("loud", "c.test")
    async with node.writing() as work:
        work.session.add(
            Follow(id=new_id(work.now), uri="https://a.test/f", follower_id=alice.id, followed_id=loud.id,
                   state="accepted", created_at=work.now)
        )  # fmt: skip
        note = Note.read(
            {"id": "https://c.test/1", "type": "Note", "attributedTo": loud.uri, "content": "LOUD", "to": [PUBLIC]}
        )
        noise = await copies.mirror(work, loud, note)
        assert noise is not None
    said = await _say(node, bob, "Hello @alice")
    answer = await _say(node, alice, "Good day", parent_id=said)
    assert await _feed(node, alice) == [answer, said, noise.id]
    async with node.writing() as work:
        await blocks.mute(work, alice, bob, lasts=timedelta(hours=1))
        await blocks.shut_out(work, alice, "https://C.test/")
    more = await _say(node, bob, "Are you there, @alice?", parent_id=answer)
    assert await _feed(node, alice) == [answer]
    assert await told(node, alice) == []
    assert [activity["type"] for activity in await activities(node)].count("Undo") == 1
    async with node.reading() as work:
        assert await can_read(work, alice.id, said)  # opened, it is there
    node.time.forward(hours=2)
    async with node.writing() as work:
        await blocks.end_mutes(work)
        await blocks.let_in(work, alice, "c.test")
    assert set(await _feed(node, alice)) == {more, answer, said}
    async with node.writing() as work:
        await blocks.mute_thread(work, alice, said)
    await _say(node, bob, "Still there, @alice?", parent_id=answer)
    assert await _feed(node, alice) == [answer]
    assert await told(node, alice) == []
    with pytest.raises(Invalid):
        async with node.writing() as work:
            await blocks.shut_out(work, alice, "no place at all")


async def test_whom_officers_limit_only_followers_meet(node: RigNode, member: People) -> None:
    alice, bob, carol = await member("alice"), await member("bob"), await member("carol")
    async with node.writing() as work:
        await follows.follow(work, carol, bob)
        await work.session.execute(sa.update(Actor).where(Actor.id == bob.id).values(limited_at=work.now))
    post = await _say(node, bob, "Hello @alice and @carol")
    assert await _feed(node, alice) == []
    assert await _feed(node, carol) == [post]
    assert await told(node, alice) == []
    assert "mention" in await told(node, carol)
    async with node.reading() as work:
        assert await timelines.public(work, None, Window(20)) == []
        assert await timelines.public(work, carol.id, Window(20)) == [post]
        assert await can_read(work, None, post)
