"""What is for a few does not leave through a side door: counts, corrections, reports, somebody else's hands."""

from typing import Any

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.circles import members as circle_members
from node.circles import service as circles
from node.circles.rules import Facts
from node.errors import NotFound
from node.follows import service as follows
from node.follows.model import Follow
from node.ids import new_id
from node.moderation.model import Report
from node.outbox.model import Activity, Delivery
from node.polls import service as polls
from node.polls.rules import PollDraft
from node.posts import counting, versions
from node.posts import service as posts
from node.posts.service import Draft
from node.reports import service as reports
from support.inbound import post_of, say
from support.nodes import Member, Nodes, RigNode, a_pair
from support.peer import PUBLIC, Peer, Person


@pytest.fixture
async def target(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


async def befriend(target: RigNode, peer: Peer, sam: Person, alice: Member) -> None:
    """Sam follows Alice."""
    await say(target, peer, sam, peer.activity(sam, "Follow", alice.uri))
    async with target.writing() as work:
        follower = await work.session.scalar(sa.select(Actor).where(Actor.uri == sam.uri))
        assert follower is not None
        await follows.accept(work, await work.session.get_one(Actor, alice.actor_id), follower)


async def test_counts_of_a_closed_circle_stay_in_it(target: RigNode, peer: Peer) -> None:
    alice, bob = await target.member("Alice Baker"), await target.member("Bob Other")
    await befriend(target, peer, peer.person("sam"), alice)
    await target.settle()
    async with target.writing() as work:
        me, other = [await work.session.get_one(Actor, one.actor_id) for one in (alice, bob)]
        group = await circles.create(work, me, Facts("Inside", is_closed=True, openness="request"), a_pair())
        await circle_members.join(work, other, group)
        await circle_members.let_in(work, me, group.id, other.id)
        draft = Draft("A secret question", circle_id=group.id, poll=PollDraft(("One", "Two")))
        asked = await posts.publish(work, me, draft)
        await polls.vote(work, other, asked.id, [0])
    target.time.forward(minutes=2)
    async with target.writing() as work:
        assert await counting.tell(work) == 1
        await counting.close(work, await work.session.get_one(Actor, alice.actor_id), asked.id)
        sent = await work.session.execute(
            sa.select(Activity.type, Delivery.inbox_uri)
            .join(Delivery, Delivery.activity_id == Activity.id)
            .where(Activity.object_uri == asked.uri)
        )
        assert sent.all() == []


async def test_nobody_reads_a_private_post_by_having_it_reported(target: RigNode, peer: Peer) -> None:
    alice, bob, carol = [await target.member(name) for name in ("Alice Baker", "Bob Other", "Carol Cook")]
    sam = peer.person("sam")
    async with target.writing() as work:
        me = await work.session.get_one(Actor, alice.actor_id)
        said = [
            await posts.publish(work, me, Draft("For all")),
            await posts.publish(work, me, Draft("@bob hush", visibility="direct")),
        ]
    assert await say(target, peer, sam, peer.activity(sam, "Flag", [alice.uri, *(post.uri for post in said)])) == "done"
    assert await say(target, peer, sam, peer.activity(sam, "Flag", [said[1].uri])) == "ignored"
    async with target.reading() as work:
        [report] = (await work.session.scalars(sa.select(Report))).all()
    assert (report.target_id, report.post_ids) == (alice.actor_id, [said[0].id])
    for who, is_reader in ((carol, False), (bob, True)):
        async with target.writing() as work:
            by, about = [await work.session.get_one(Actor, one.actor_id) for one in (who, alice)]
            try:
                await reports.report(work, by, about, post_ids=[said[1].id], text="Look")
            except NotFound:
                assert not is_reader
            else:
                assert is_reader


async def test_what_a_post_said_to_few_is_not_shown_with_what_it_says_to_all(target: RigNode, peer: Peer) -> None:
    alice, sam = await target.member("Alice Baker"), peer.person("sam")
    note = peer.note(sam, "For Alice only", to=[alice.uri], cc=[])
    await say(target, peer, sam, peer.activity(sam, "Create", note))
    later = {"updated": "2030-01-01T00:00:00Z", "to": [PUBLIC, alice.uri]}
    await say(target, peer, sam, peer.activity(sam, "Update", note | later | {"content": "For everybody"}))
    post = await post_of(target, note["id"])
    assert post is not None
    assert post.visibility == "public"
    async with target.reading() as work:
        assert [version.content for version in await versions.of(work, post.id)] == ["For everybody"]
    again = note | later | {"content": "For everybody, once more", "updated": "2030-01-02T00:00:00Z"}
    await say(target, peer, sam, peer.activity(sam, "Update", again))
    async with target.reading() as work:
        assert len(await versions.of(work, post.id)) == 2


async def test_no_group_shows_others_what_was_answered_in_private(target: RigNode, peer: Peer) -> None:
    alice, bob = await target.member("Alice Baker"), await target.member("Bob Other")
    sam, group = peer.person("sam"), peer.person("wood", kind="Group")
    found = await target.worker.directory.find(f"@wood@{peer.host}")
    async with target.writing() as work:
        there = await work.session.get_one(Actor, found.id)
        for one in (alice, bob):
            work.session.add(
                Follow(
                    id=new_id(work.now), uri=f"{one.uri}#follow", follower_id=one.actor_id, followed_id=there.id,
                    state="accepted", created_at=work.now,
                )
            )  # fmt: skip
    begun = peer.note(sam, "To the group", to=[group.uri, PUBLIC])
    await say(target, peer, group, peer.activity(group, "Announce", peer.activity(sam, "Create", begun), to=[PUBLIC]))
    hush: dict[str, Any] = peer.note(sam, "Alice alone", to=[alice.uri], cc=[], inReplyTo=begun["id"])
    created = peer.activity(sam, "Create", hush, to=[alice.uri])
    assert await say(target, peer, sam, created) == "done"
    assert await say(target, peer, group, peer.activity(group, "Announce", created, to=[PUBLIC])) == "done"
    beginning, post = await post_of(target, begun["id"]), await post_of(target, hush["id"])
    assert beginning is not None
    assert post is not None
    assert beginning.circle_id == there.id
    assert (post.visibility, post.circle_id) == ("direct", None)


async def test_tags_of_private_posts_are_not_to_be_found(target: RigNode) -> None:
    alice, _ = await target.member("Alice Baker"), await target.member("Bob Other")
    async with target.writing() as work:
        me = await work.session.get_one(Actor, alice.actor_id)
        await posts.publish(work, me, Draft("@bob #secretmerger", visibility="direct"))
        await posts.publish(work, me, Draft("#secretsauce for all"))
    stranger = await target.visitor()
    found = await stranger.open("/api/v2/search?q=secret&type=hashtags", accept="application/json")
    assert [tag["name"] for tag in found.json["hashtags"]] == ["secretsauce"]
