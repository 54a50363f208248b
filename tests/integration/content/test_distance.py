"""Keeping people and hosts at a distance: who may reach whom, and what is then no longer shown."""

from collections.abc import Awaitable, Callable

import sqlalchemy as sa

from node.actors.model import Actor
from node.associations.model import Association
from node.ids import new_id
from node.moderation.model import Block, BlockedHost
from node.moderation.queries import may_reach
from node.peers.model import Peer
from support.nodes import RigNode

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
