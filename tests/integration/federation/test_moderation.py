"""Blocks, reports, suspensions and closed doors between servers."""

from typing import Any

import orjson
import sqlalchemy as sa

from node.actors import queries as actors
from node.actors.model import Actor
from node.blocks import service as blocks
from node.follows import service as follows
from node.follows.model import Follow
from node.moderation.model import Block, Report
from node.peers import doors
from node.peers.model import Peer as Host
from node.posts import queries as posts
from node.posts import service
from node.posts.model import Post
from node.posts.service import Draft
from node.reports import service as reports
from node.sanctions import service as sanctions
from support.inbound import say
from support.nodes import RigNode
from support.peer import Peer
from support.said import told


async def _actor(node: RigNode, uri: str) -> Actor:
    async with node.reading() as work:
        found = await actors.by_uri(work, uri)
        assert found is not None
        return found


async def _count(node: RigNode, table: type[Any], *which: sa.ColumnElement[bool]) -> int:
    async with node.reading() as work:
        return await work.session.scalar(sa.select(sa.func.count()).select_from(table).where(*which)) or 0


async def _meet(node: RigNode, uri: str) -> Actor:
    from federation.context import FEDERATION

    found = await node.app[FEDERATION].directory.actor(uri)
    return await _actor(node, found.uri)


async def test_a_block_is_kept_to_on_both_sides(two_nodes: tuple[RigNode, RigNode]) -> None:
    a, b = two_nodes
    alice, bob = await a.member("Alice"), await b.member("Bob")
    bob_at_a, alice_at_b = await _meet(a, bob.uri), await _meet(b, alice.uri)
    async with a.writing() as work:
        await follows.follow(work, await work.session.get_one(Actor, alice.actor_id), bob_at_a)
    async with b.writing() as work:
        await follows.follow(work, await work.session.get_one(Actor, bob.actor_id), alice_at_b)
    await a.settle()
    async with a.writing() as work:
        mine = await work.session.get_one(Actor, alice.actor_id)
        await service.publish(work, mine, Draft("Good morning"))
    await a.settle()
    async with b.reading() as work:
        assert [view.content for view in await posts.feed(work, bob.actor_id)] == ["<p>Good morning</p>"]
    async with a.writing() as work:
        await blocks.block(work, await work.session.get_one(Actor, alice.actor_id), bob_at_a)
    await a.settle()
    for node in two_nodes:
        assert await _count(node, Block) == 1
        assert await _count(node, Follow, Follow.state == "accepted") == 0
    async with b.reading() as work:
        assert await posts.feed(work, bob.actor_id) == []
    # What B's program would not have sent is dropped at A all the same.
    async with b.writing() as work:
        await work.session.execute(sa.delete(Block))
    async with b.writing() as work:
        bob_there = await work.session.get_one(Actor, bob.actor_id)
        await follows.follow(work, bob_there, alice_at_b)
        await service.publish(work, bob_there, Draft("Hello @alice@a.test"))
    before = await _count(a, Post)
    await b.settle()
    assert await _count(a, Post) == before
    assert await _count(a, Follow, Follow.state != "rejected") == 0
    assert await _count(b, Follow, Follow.state == "asked") == 0
    assert await told(a, await _actor(a, alice.uri)) == []
    async with a.writing() as work:
        await blocks.unblock(work, await work.session.get_one(Actor, alice.actor_id), bob_at_a)
    await a.settle()
    assert await _count(a, Block) == 0
    async with b.writing() as work:
        await follows.follow(work, await work.session.get_one(Actor, bob.actor_id), alice_at_b)
    await b.settle()
    assert await _count(a, Follow, Follow.state == "accepted") == 1


async def test_an_undone_block_of_others_is_forgotten(nodes: Any, peer: Peer) -> None:
    home = await nodes.start("a.test")
    alice, eve = await home.member("Alice"), peer.person("eve")
    block = peer.activity(eve, "Block", alice.uri)
    assert await say(home, peer, eve, block) == "done"
    assert await _count(home, Block) == 1
    ban = {**peer.activity(eve, "Block", alice.uri), "target": f"{peer.base}/c/wood"}
    assert await say(home, peer, eve, ban) == "ignored"
    mallory = peer.person("mallory")
    assert await say(home, peer, mallory, peer.activity(mallory, "Undo", block)) == "refused"
    assert await _count(home, Block) == 1
    assert await say(home, peer, eve, peer.activity(eve, "Undo", block)) == "done"
    assert await _count(home, Block) == 0


async def test_a_report_reaches_the_other_office_without_its_author(two_nodes: tuple[RigNode, RigNode]) -> None:
    a, b = two_nodes
    alice = await a.member("Alice")
    bob, clerk = await b.member("Bob"), await b.member("Clerk", role="officer")
    bob_at_a = await _meet(a, bob.uri)
    async with a.writing() as work:
        await follows.follow(work, await work.session.get_one(Actor, alice.actor_id), bob_at_a)
    await a.settle()
    async with b.writing() as work:
        said = await service.publish(work, await work.session.get_one(Actor, bob.actor_id), Draft("Buy, buy, buy"))
    await b.settle()
    async with a.writing() as work:
        copy = await work.session.scalar(sa.select(Post).where(Post.uri == said.uri))
        assert copy is not None
        kept = await reports.report(
            work, await work.session.get_one(Actor, alice.actor_id), bob_at_a, post_ids=[copy.id],
            text="Only advertisements", category="spam", tells_their_server=True,
        )  # fmt: skip
        assert kept.by_id == alice.actor_id
    await a.settle()
    async with b.reading() as work:
        [there] = (await work.session.scalars(sa.select(Report))).all()
        by = await work.session.get_one(Actor, there.by_id)
        assert (by.uri, there.target_id, there.post_ids) == ("http://a.test/actor", bob.actor_id, [said.id])
        assert there.text == "Only advertisements"
    assert await told(b, await _actor(b, clerk.uri)) == ["report"]
    async with b.writing() as work:
        await reports.resolve(work, clerk.account_id, there.id, "Talked with Bob.")
    assert await told(b, await _actor(b, clerk.uri)) == []


async def test_the_suspended_and_the_shut_out_have_no_say(nodes: Any, peer: Peer) -> None:
    home = await nodes.start("a.test")
    admin, alice = await home.member("Ada", role="admin"), await home.member("Alice")
    eve = peer.person("eve")
    note = {
        "type": "Note", "attributedTo": eve.uri, "content": "Hi", "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "cc": [alice.uri], "tag": [{"type": "Mention", "href": alice.uri, "name": "@alice"}],
    }  # fmt: skip
    first = peer.activity(eve, "Create", {"id": f"{peer.base}/notes/1", **note})
    assert await say(home, peer, eve, first) == "done"
    known = await _actor(home, eve.uri)
    async with home.writing() as work:
        await sanctions.suspend(work, admin.account_id, known.id)
    again = peer.activity(eve, "Create", {"id": f"{peer.base}/notes/2", **note})
    assert (await peer.send(eve, f"{home.base}/ap/inbox", again)).status == 403
    await home.settle()
    async with home.reading() as work:
        assert await posts.feed(work, alice.actor_id) == []
    assert await told(home, await _actor(home, alice.uri)) == []
    async with home.writing() as work:
        await sanctions.restore(work, admin.account_id, known.id)
        await doors.set_rules(work, keeps_to_list=True, is_secure=False)
    assert (await peer.send(eve, f"{home.base}/ap/inbox", again)).status == 403
    async with home.writing() as work:
        await doors.agree(work, peer.base)
    assert (await peer.send(eve, f"{home.base}/ap/inbox", again)).status == 202
    await home.settle()
    assert len(await told(home, await _actor(home, alice.uri))) == 1
    async with home.writing() as work:
        await doors.close(work, peer.base, "Only noise comes from there")
    third = peer.activity(eve, "Create", {"id": f"{peer.base}/notes/3", **note})
    assert (await peer.send(eve, f"{home.base}/ap/inbox", third)).status == 403
    assert await _count(home, Post, Post.author_id == known.id) == 2


async def test_a_suspended_member_is_nowhere(nodes: Any) -> None:
    home = await nodes.start("a.test")
    admin, bob = await home.member("Ada", role="admin"), await home.member("Bob")
    async with home.writing() as work:
        said = await service.publish(work, await work.session.get_one(Actor, bob.actor_id), Draft("Hello #wood"))
    visitor, member = await home.visitor(), await home.logged_in(bob)
    paths = ("/@bob", f"/@bob/{said.id}", f"/ap/objects/{said.id}", "/ap/actors/bob", "/ap/actors/bob/outbox")
    assert [(await visitor.open(path)).status for path in paths] == [200] * 2 + [200] * 3
    async with home.writing() as work:
        await sanctions.suspend(work, admin.account_id, bob.actor_id)
    for path in (*paths, "/.well-known/webfinger?resource=acct:bob@a.test"):
        assert (await visitor.open(path)).status == 404, path
        assert (await visitor.open(path, accept="application/activity+json")).status == 404, path
    assert "Hello" not in (await visitor.open("/tags/wood")).text
    assert (await member.open("/feed")).path == "/login"
    async with home.writing() as work:
        await sanctions.restore(work, admin.account_id, bob.actor_id)
    assert (await visitor.open("/@bob")).status == 200


async def test_lists_of_other_associations_are_taken_and_given(nodes: Any) -> None:
    home = await nodes.start("a.test")
    text = (
        "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n"
        'loud.test,suspend,false,false,"Noise, mostly",false\nsoft.test,silence,,,,\nwatch.test,noop,,,,\n'
        "*.wild.test,suspend,,,,\nnot a host\n,,\n"
    )
    async with home.writing() as work:
        found = await doors.take_list(work, text)
        assert (found.closed, found.limited, found.unread) == (2, 1, 1)
        # what lies below a closed door is closed too, also when it is met later
        from node.peers import service as peers

        await peers.meet(work, ["a.loud.test", "quiet.test"])
        assert await peers.is_blocked(work, "a.loud.test")
        assert not await peers.is_blocked(work, "quiet.test")
    async with home.reading() as work:
        written = await doors.write_list(work)
        row = await work.session.get_one(Host, "a.loud.test")
        assert row.blocked_reason == "Noise, mostly"
    assert 'loud.test,suspend,true,true,"Noise, mostly",false' in written
    assert "soft.test,silence,false,false,,false" in written
    assert orjson.dumps(written)
