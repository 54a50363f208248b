"""Posts: who gets them, who may read them, and what remains of one that was withdrawn."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from node.access import can_read
from node.actors.model import Actor
from node.errors import Forbidden, Gone, Invalid, NotFound
from node.follows import service as follows
from node.members.model import HostCard
from node.notifications import queries as news
from node.notifications.service import account_of
from node.peers import service as peers
from node.peers.model import Peer
from node.posts import copies, people, queries, service, timelines
from node.posts.model import Post
from node.posts.service import Draft
from schemas.note import Mention, Note
from schemas.values import PUBLIC, Picture
from support.nodes import RigNode
from support.said import activities, inboxes, told


async def publish(node: RigNode, author: Actor, text: str, **values: object) -> Post:
    async with node.writing() as work:
        return await service.publish(work, author, Draft(text=text, **values))


def note(author: Actor, number: int, **values: object) -> Note:
    base = {"to": (PUBLIC,), "cc": (f"{author.uri}/followers",), "content": f"<p>note {number}</p>"}
    return Note(id=f"https://{author.host}/notes/{number}", attributed_to=author.uri, **(base | values))


async def receive(node: RigNode, author: Actor, value: Note) -> Post | None:
    async with node.writing() as work:
        return await copies.mirror(work, author, value)


@pytest.mark.parametrize(
    ("visibility", "to", "cc", "goes_to"),
    [
        ("public", [PUBLIC], ["FOLLOWERS", "BOB"], ["b.test", "f.test"]),
        ("quiet", ["FOLLOWERS"], [PUBLIC, "BOB"], ["b.test", "f.test"]),
        ("followers", ["FOLLOWERS"], ["BOB"], ["b.test", "f.test"]),
        ("direct", ["BOB"], None, ["b.test"]),
    ],
)
async def test_addressing(node: RigNode, member, remote, visibility, to, cc, goes_to) -> None:
    alice, bob, fan = await member("alice"), await remote("bob", "b.test"), await remote("fan", "f.test")
    async with node.writing() as work:
        await follows.receive_follow(work, fan, "https://f.test/f/1", alice)
    await publish(node, alice, "Hello @bob@b.test, good #oak", visibility=visibility, lens="business", language="en")
    names = {"FOLLOWERS": alice.followers_uri, "BOB": bob.uri}
    sent = (await activities(node))[-1]
    for document in (sent, sent["object"]):
        assert document["to"] == [names.get(name, name) for name in to]
        assert document.get("cc") == (cc and [names.get(name, name) for name in cc])
    assert await inboxes(node) == [f"https://{host}/inbox" for host in goes_to]
    assert sent["type"] == "Create"
    assert {tag["name"] for tag in sent["object"]["tag"]} == {"@bob@b.test", "#oak", "#business"}
    assert sent["object"]["commensal:frame"] == "business"
    assert sent["object"]["contentMap"] == {"en": sent["object"]["content"]}
    assert sent["object"]["source"]["content"] == "Hello @bob@b.test, good #oak"


async def test_a_direct_post_names_whom_it_is_for(node: RigNode, member, remote) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    with pytest.raises(Invalid) as refusal:
        await publish(node, alice, "psst", visibility="direct")
    assert "text" in refusal.value.fields
    post = await publish(node, alice, "psst", visibility="direct", to=[bob.id])
    assert post.content.startswith('<p><span class="h-card"><a href="https://b.test/@bob"')
    assert (await activities(node))[-1]["object"]["tag"] == [
        {"type": "Mention", "href": bob.uri, "name": "@bob@b.test"}
    ]


async def test_what_cannot_be_said(node: RigNode, member) -> None:
    alice = await member("alice")
    for text, values in [("  ", {}), ("x" * 5001, {}), ("x", {"lens": "pink"}), ("x", {"visibility": "all"})]:
        with pytest.raises(Invalid):
            await publish(node, alice, text, **values)
    with pytest.raises(NotFound):
        await publish(node, alice, "x", parent_id=4711)
    assert await activities(node) == []


async def test_a_suspended_member_says_nothing(node: RigNode, member, clock) -> None:
    alice = await member("alice", suspended_at=clock())
    with pytest.raises(Forbidden):
        await publish(node, alice, "x")


async def test_who_may_read(node: RigNode, member, remote) -> None:
    alice, carol, dora = await member("alice"), await member("carol"), await member("dora")
    async with node.writing() as work:
        await follows.follow(work, carol, alice)
    posts = {
        visibility: await publish(node, alice, "to @dora", visibility=visibility)
        for visibility in ("public", "quiet", "followers", "direct")
    }
    unnamed = await publish(node, alice, "to my readers", visibility="followers")
    expected = {
        None: {"public", "quiet"},
        alice.id: {"public", "quiet", "followers", "direct"},
        carol.id: {"public", "quiet", "followers"},
        dora.id: {"public", "quiet", "followers", "direct"},
    }
    async with node.reading() as work:
        for viewer, allowed in expected.items():
            readable = {name for name, post in posts.items() if await can_read(work, viewer, post.id)}
            assert readable == allowed
            assert {view.visibility for view in await queries.views(work, viewer, [p.id for p in posts.values()])} == (
                allowed
            )
        assert not await can_read(work, dora.id, unnamed.id)
        with pytest.raises(NotFound):
            await queries.one(work, None, posts["direct"].id)


async def test_a_suspended_stranger_and_a_closed_door_are_read_by_nobody(node: RigNode, member, remote, clock) -> None:
    alice, bob, mallory = await member("alice"), await remote("bob", "b.test"), await remote("mallory", "m.test")
    first, second = await receive(node, bob, note(bob, 1)), await receive(node, mallory, note(mallory, 1))
    async with node.writing() as work:
        (await work.session.get(Actor, bob.id)).suspended_at = work.now
        await peers.meet(work, ["m.test"])
        await work.session.execute(sa.update(Peer).where(Peer.host == "m.test").values(blocked_at=work.now))
    async with node.reading() as work:
        assert not await can_read(work, alice.id, first.id)
        assert not await can_read(work, alice.id, second.id)


async def test_an_answer_is_heard_by_no_more_people(node: RigNode, member) -> None:
    alice, carol = await member("alice"), await member("carol")
    question = await publish(node, alice, "@carol just us", visibility="direct")
    answer = await publish(node, carol, "yes", parent_id=question.id, visibility="public")
    assert (answer.visibility, answer.to) == ("direct", [alice.uri])
    assert answer.context == question.context
    assert await told(node, alice) == ["reply"]
    with pytest.raises(NotFound):
        await publish(node, await member("dora"), "me too", parent_id=question.id)


async def test_the_lenses(node: RigNode, member, remote) -> None:
    alice, carol, bob = await member("alice"), await member("carol"), await remote("bob", "masto.test")
    async with node.writing() as work:
        await follows.follow(work, alice, bob)
        row = await follows.between(work, alice.id, bob.id)
        row.state = "accepted"
    social = await publish(node, carol, "choir", lens="social")
    business = await publish(node, carol, "invoices", lens="business")
    plain = await receive(node, bob, note(bob, 1))
    async with node.reading() as work:
        tabs = {
            lens: [view.id for view in await queries.feed(work, alice.id, lens)]
            for lens in ("social", "business", "both")
        }
    assert set(tabs["both"]) == {social.id, business.id, plain.id}
    assert business.id not in tabs["social"]
    assert social.id in tabs["social"]
    assert social.id not in tabs["business"]


async def test_the_feed_turns_its_pages(node: RigNode, member, remote, clock) -> None:
    alice, bob, carol = await member("alice"), await remote("bob", "b.test"), await member("carol")
    posts = []
    for number in range(5):
        clock.forward(minutes=1)
        posts.append((await publish(node, alice, f"post {number}")).id)
    await receive(node, bob, note(bob, 1))  # nobody follows bob
    async with node.reading() as work:
        first = await queries.feed(work, alice.id, limit=3)
        rest = await queries.feed(work, alice.id, before=first[-1].id, limit=3)
        assert [view.id for view in (*first, *rest)] == posts[::-1]
        assert [view.id for view in await queries.feed(work, carol.id)] == posts[::-1]


@pytest.mark.parametrize("near", [1, 3, 6, 2000])
async def test_the_feed_is_the_same_however_far_one_looks_for_it(
    node: RigNode, member, remote, clock, monkeypatch, near
) -> None:
    monkeypatch.setattr(timelines, "_NEAR", near)
    alice, bob = await member("alice"), await remote("bob", "b.test")
    posts = []
    for number in range(4):
        clock.forward(minutes=1)
        posts.append((await publish(node, alice, f"post {number}")).id)
        await receive(node, bob, note(bob, number))  # nobody follows bob
    async with node.reading() as work:
        first = await queries.feed(work, alice.id, limit=2)
        rest = await queries.feed(work, alice.id, before=first[-1].id, limit=2)
    assert [view.id for view in (*first, *rest)] == posts[::-1]


async def test_corrections_reach_whoever_read_it(node: RigNode, member, remote, clock) -> None:
    alice, bob, carol = await member("alice"), await remote("bob", "b.test"), await member("carol")
    post = await publish(node, alice, "Hello @bob@b.test")
    clock.forward(minutes=5)
    async with node.writing() as work:
        await service.revise(work, alice, post.id, Draft(text="Hello @carol", lens="social"))
    sent = (await activities(node))[-1]
    assert (sent["type"], sent["object"]["id"]) == ("Update", post.uri)
    assert sent["object"]["updated"] == "2026-05-04T09:05:00Z"
    assert set(sent["cc"]) == {alice.followers_uri, bob.uri, carol.uri}
    assert await inboxes(node) == ["https://b.test/inbox"]
    assert await told(node, carol) == ["mention"]
    async with node.writing() as work:
        with pytest.raises(NotFound):
            await service.revise(work, carol, post.id, Draft(text="mine now"))


async def test_a_withdrawn_post_leaves_a_tombstone(node: RigNode, member, remote) -> None:
    alice, _, carol = await member("alice"), await remote("bob", "b.test"), await member("carol")
    post = await publish(node, alice, "Hello @bob@b.test @carol #oak")
    async with node.writing() as work:
        with pytest.raises(NotFound):
            await service.withdraw(work, carol, post.id)
    async with node.writing() as work:
        await service.withdraw(work, alice, post.id)
        with pytest.raises(Gone):
            await service.withdraw(work, alice, post.id)
    sent = (await activities(node))[-1]
    assert (sent["type"], sent["object"]["type"], sent["object"]["id"]) == ("Delete", "Tombstone", post.uri)
    assert await inboxes(node) == ["https://b.test/inbox"]
    assert await told(node, carol) == []
    async with node.reading() as work:
        row = await work.session.get(Post, post.id)
        assert (row.content, row.source) == ("", None)
        assert await queries.by_tag(work, None, "oak") == []
        with pytest.raises(Gone):
            await queries.one(work, None, post.id)


async def test_a_thread(node: RigNode, member, clock) -> None:
    alice, carol = await member("alice"), await member("carol")
    first = await publish(node, alice, "first")
    second = await publish(node, carol, "second", parent_id=first.id)
    third = await publish(node, alice, "third", parent_id=second.id)
    async with node.reading() as work:
        thread = await queries.thread(work, None, second.id)
        assert [view.id for view in thread.before] == [first.id]
        assert [view.id for view in thread.after] == [third.id]
        assert (thread.post.parent_author.name, thread.post.answers) == ("Alice", 1)


async def test_strangers_wait_for_the_contact_hours(node: RigNode, member, remote, clock) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    async with node.writing() as work:
        work.session.add(HostCard(actor_id=alice.id, hours=[["14:00", "16:00"]], time_zone="UTC", updated_at=work.now))
    spam = note(bob, 1, to=(alice.uri,), cc=(), mentions=(Mention(alice.uri, "@alice"),))
    await receive(node, bob, spam)
    async with node.reading() as work:
        account = await account_of(work, alice.id)
        assert await news.newest(work, account) == []
        assert await news.unread(work, account) == 0
    clock.forward(hours=5)
    async with node.reading() as work:
        found = await news.newest(work, account)
    assert [(item.kind, item.actor.handle, item.excerpt) for item in found] == [("message", "@bob@b.test", "note 1")]


# copies


async def test_a_copy_is_kept_refreshed_and_forgotten(node: RigNode, remote, clock) -> None:
    bob = await remote("bob", "b.test")
    first = note(
        bob,
        1,
        published=clock(),
        content='<p onclick="x">Hi <script>1</script></p>',
        hashtags=(("Eiche", None),),
        pictures=(Picture("https://b.test/1.png", "image/png", "oak"),),
    )
    post = await receive(node, bob, first)
    assert (post.content, post.visibility, post.lens) == ("<p>Hi </p>", "public", "both")
    clock.forward(minutes=1)
    second = note(bob, 1, published=first.published, updated=clock(), content="<p>Better</p>", lens="social")
    assert (await receive(node, bob, second)).content == "<p>Better</p>"
    assert (await receive(node, bob, first)).content == "<p>Better</p>"  # late
    async with node.reading() as work:
        view = await queries.one(work, None, post.id)
        assert (view.lens, view.pictures) == ("social", ())
    async with node.writing() as work:
        await copies.forget(work, bob, await work.session.get(Post, post.id))
    assert await receive(node, bob, note(bob, 1, updated=clock() + timedelta(hours=1))) is None
    async with node.reading() as work:
        with pytest.raises(Gone):
            await queries.one(work, None, post.id)


async def test_nobody_speaks_for_somebody_else(node: RigNode, member, remote) -> None:
    bob, mallory = await remote("bob", "b.test"), await remote("mallory", "m.test")
    assert await receive(node, mallory, note(bob, 1)) is None
    forged = Note(id="https://b.test/notes/2", attributed_to=mallory.uri, content="x", to=(PUBLIC,))
    assert await receive(node, mallory, forged) is None
    post = await receive(node, bob, note(bob, 3))
    same_host = await remote("eve", "b.test")
    stolen = Note(id=post.uri, attributed_to=same_host.uri, content="mine", to=(PUBLIC,))
    assert await receive(node, same_host, stolen) is None
    async with node.writing() as work:
        with pytest.raises(Forbidden):
            await copies.forget(work, mallory, await work.session.get(Post, post.id))


async def test_naming_somebody_shows_and_tells_them_nothing(node: RigNode, member, remote) -> None:
    alice, bob, mara = await member("alice"), await remote("bob", "b.test"), await remote("mara", "m.test")
    post = await receive(node, bob, note(bob, 1, to=(mara.uri,), cc=(), mentions=(Mention(alice.uri),)))
    assert await told(node, alice) == []
    async with node.reading() as work:
        assert not await can_read(work, alice.id, post.id)


async def test_what_was_deleted_before_it_came_stays_away(node: RigNode, remote) -> None:
    bob = await remote("bob", "b.test")
    async with node.writing() as work:
        await copies.entomb(work, "https://b.test/notes/1", bob.uri)
        await copies.entomb(work, "https://b.test/notes/1", bob.uri)
    assert await receive(node, bob, note(bob, 1)) is None


async def test_answers_that_come_first_find_their_question(node: RigNode, remote) -> None:
    bob, mara = await remote("bob", "b.test"), await remote("mara", "m.test")
    answer = await receive(node, mara, note(mara, 1, in_reply_to="https://b.test/notes/1"))
    question = await receive(node, bob, note(bob, 1))
    async with node.reading() as work:
        assert [view.id for view in (await queries.thread(work, None, question.id)).after] == [answer.id]


async def test_unknown_people_are_looked_up_before(node: RigNode, member, remote) -> None:
    await member("alice")
    await remote("bob", "b.test")
    async with node.reading() as work:
        unknown = await people.unknown_in(work, "@alice @alice@a.test @bob@b.test @mara@m.test @nobody")
    assert unknown == ["mara@m.test"]
