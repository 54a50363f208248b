"""Likes, reactions, what is passed on and what is kept on top: from other programs, and between two nodes."""

from typing import Any

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.boosts import service as boosts
from node.errands import service as errands
from node.errors import Forbidden, Invalid, NotFound
from node.follows import service as follows
from node.moderation.model import Block
from node.notifications.model import Notification
from node.peers.model import Peer as PeerRow
from node.pins import service as pins
from node.posts import service as posts
from node.posts import timelines
from node.posts.model import Post
from node.posts.service import Draft
from node.reactions import queries
from node.reactions import service as reactions
from node.reactions.model import Reaction
from node.windows import Window
from support.inbound import Members, ends, post_of, say
from support.network import Network
from support.nodes import RigNode
from support.peer import PUBLIC, Peer, Person


async def write(node: RigNode, author: Actor, text: str, visibility: str = "public") -> Post:
    async with node.writing() as work:
        return await posts.publish(work, author, Draft(text=text, visibility=visibility))


async def follow(node: RigNode, follower: Actor, person: Person) -> None:
    """The member follows somebody elsewhere who agreed."""
    async with node.writing() as work:
        followed = await work.session.scalar(sa.select(Actor).where(Actor.uri == person.uri))
        assert followed is not None
        row = await follows.follow(work, follower, followed)
        row.state = "accepted"


async def again(node: RigNode, post: Post) -> Post:
    found = await post_of(node, post.uri)
    assert found is not None
    return found


async def told(node: RigNode) -> list[str]:
    async with node.reading() as work:
        return list(await work.session.scalars(sa.select(Notification.kind).order_by(Notification.id)))


async def home_feed(node: RigNode, viewer: Actor) -> list[Post]:
    async with node.reading() as work:
        ids = await timelines.home(work, viewer.id, Window(20))
        return [await work.session.get_one(Post, id) for id in ids]


async def test_likes_and_emoji_count_people_and_are_taken_back(home: RigNode, alice: Actor, peer: Peer) -> None:
    post = await write(home, alice, "Good oak")
    bob, lain = peer.person("bob"), peer.person("lain")
    like = peer.activity(bob, "Like", post.uri)
    assert await say(home, peer, bob, like) == "done"
    assert await say(home, peer, bob, peer.activity(bob, "Like", post.uri)) == "done"  # once more, under another id
    react = peer.activity(lain, "EmojiReact", post.uri, content="🔥", to=[alice.uri])
    assert await say(home, peer, lain, react) == "done"
    misskey = peer.activity(lain, "Like", post.uri, content=":blobcat:", _misskey_reaction=":blobcat:", tag=[
        {"type": "Emoji", "id": f"{peer.base}/emojis/blobcat", "name": ":blobcat:",
         "icon": {"type": "Image", "url": f"{peer.base}/blobcat.png"}}])  # fmt: skip
    assert await say(home, peer, lain, misskey) == "done"
    lemmy = {**peer.activity(bob, "Dislike", post.uri), "audience": "http://p.test/c/wood"}
    assert await say(home, peer, bob, lemmy) == "ignored"
    assert (await again(home, post)).likes == 2
    async with home.reading() as work:
        kinds = await work.session.scalars(sa.select(Reaction.emoji).order_by(Reaction.id))
        assert list(kinds) == ["", "🔥", ":blobcat:"]
        by_lain, by_bob = await queries.likers(work, None, post.id)
        assert (by_lain.emoji, list(by_lain.pictures), by_bob.emoji) == ((":blobcat:", "🔥"), ["blobcat"], ())
    assert await told(home) == ["liked", "liked"]

    # Pleroma undoes by id, Mastodon and Misskey embed; nobody undoes what somebody else did.
    assert await say(home, peer, bob, peer.activity(bob, "Undo", react["id"])) == "ignored"
    assert await say(home, peer, bob, peer.activity(bob, "Undo", react)) == "refused"
    assert (await again(home, post)).likes == 2
    assert await say(home, peer, lain, peer.activity(lain, "Undo", react["id"])) == "done"
    assert (await again(home, post)).likes == 2
    assert await say(home, peer, lain, peer.activity(lain, "Undo", {**misskey, "id": peer.uri()})) == "done"
    # activitypub-bot embeds what it undoes without saying who did it.
    bare = {"id": like["id"], "type": "Like", "object": {"id": post.uri, "type": "Note"}}
    assert await say(home, peer, lain, peer.activity(lain, "Undo", bare)) == "ignored"
    assert (await again(home, post)).likes == 1
    assert await say(home, peer, bob, peer.activity(bob, "Undo", bare)) == "done"
    assert (await again(home, post)).likes == 0
    assert await told(home) == []


async def test_likes_reveal_and_reach_nothing_they_should_not(home: RigNode, alice: Actor, peer: Peer) -> None:
    secret = await write(home, alice, "For my followers", "followers")
    post = await write(home, alice, "For everybody")
    bob, eve = peer.person("bob"), peer.person("eve")
    await say(home, peer, bob, peer.activity(bob, "Like", secret.uri))
    await say(home, peer, bob, peer.activity(bob, "Like", f"{home.base}/ap/objects/1"))
    assert len(set(await ends(home))) == 1  # what may not be read answers as what is not there
    early = peer.activity(bob, "Like", post.uri)
    await say(home, peer, bob, peer.activity(bob, "Undo", early))
    assert await say(home, peer, bob, early) == "ignored"  # it was taken back before it came
    async with home.writing() as work:
        blocked = await work.session.scalar(sa.select(Actor.id).where(Actor.uri == bob.uri))
        row = Block(id=1, uri="http://a.test/b", blocking_id=alice.id, blocked_id=blocked, created_at=work.now)
        work.session.add(row)
    assert await say(home, peer, bob, peer.activity(bob, "Like", post.uri)) == "ignored"
    announce = peer.activity(bob, "Announce", post.uri, to=[PUBLIC], cc=[f"{bob.uri}/followers"])
    assert await say(home, peer, bob, announce) == "ignored"
    assert await say(home, peer, eve, peer.activity(eve, "Like", post.uri)) == "done"
    await say(home, peer, eve, {**peer.activity(eve, "Delete", eve.uri), "to": [PUBLIC]})
    assert (await again(home, post)).likes == (await again(home, post)).boosts == (await again(home, secret)).likes == 0


async def test_what_is_passed_on_from_elsewhere(home: RigNode, alice: Actor, peer: Peer, network: Network) -> None:
    bob = peer.person("bob")
    ours = await write(home, alice, "Ours")
    await say(home, peer, bob, peer.activity(bob, "Like", ours.uri))
    await follow(home, alice, bob)
    other = Peer("q.test", network, home.time)
    await other.open()
    try:
        carol = other.person("carol")
        theirs = other.note(carol, "<p>Walnut</p>")
        hidden = other.note(carol, "<p>Hush</p>", to=[f"{carol.uri}/followers"], cc=[])
        public = {"to": [PUBLIC], "cc": [f"{bob.uri}/followers", carol.uri]}
        first = peer.activity(bob, "Announce", theirs["id"], published="2026-05-04T08:59:00Z", **public)
        for activity in (first, peer.activity(bob, "Announce", theirs["id"], **public)):
            assert await say(home, peer, bob, activity) == "done"
        forged = {**theirs, "id": f"{other.base}/objects/forged", "content": "<p>I never said this</p>"}
        for of in (
            hidden["id"],
            forged,
            first["id"],
            other.uri(),
            f"{home.base}/ap/objects/1",
            peer.activity(bob, "Announce", theirs["id"], **public),
        ):
            assert await say(home, peer, bob, peer.activity(bob, "Announce", of, **public)) in ("ignored", "refused")
        assert await say(home, peer, bob, peer.activity(bob, "Announce", ours.uri, **public)) == "done"
        kept = await post_of(home, theirs["id"])
        assert kept is not None
        assert (kept.content, kept.boosts, (await again(home, ours)).boosts) == ("<p>Walnut</p>", 1, 1)
        assert await post_of(home, forged["id"]) is await post_of(home, hidden["id"]) is None
        feed = await home_feed(home, alice)
        assert [(post.kind, post.boost_of_id) for post in feed if post.kind == "boost"] == [
            ("boost", ours.id),
            ("boost", kept.id),
        ]
        assert await told(home) == ["liked", "passed_on"]

        # Carol takes it back: nothing of it is left in anybody's feed.
        await say(home, other, carol, {**other.activity(carol, "Delete", theirs["id"]), "to": [PUBLIC]})
        assert await post_of(home, first["id"]) is None
        undo = peer.activity(bob, "Undo", {"type": "Announce", "actor": bob.uri, "object": ours.uri, "id": peer.uri()})
        assert await say(home, peer, bob, undo) == "done"
        assert (await again(home, ours)).boosts == 0
        assert await told(home) == ["liked"]

        # Whoever is shut out does not come back in through somebody else's hands.
        again_ = other.note(carol, "<p>Once more</p>")
        async with home.writing() as work:
            await work.session.execute(sa.update(PeerRow).where(PeerRow.host == "q.test").values(blocked_at=work.now))
        assert await say(home, peer, bob, peer.activity(bob, "Announce", again_["id"], **public)) == "refused"
    finally:
        await other.close()
    stranger = peer.person("stranger")
    asked = len(peer.requests)
    note = peer.note(bob, "<p>Nobody asked</p>")
    announce = peer.activity(stranger, "Announce", note["id"], to=[PUBLIC])
    assert await say(home, peer, stranger, announce) == "ignored"
    await say(home, peer, bob, peer.activity(bob, "Create", peer.note(bob, "<p>Known</p>"), to=[PUBLIC]))
    known = [post for post in await home_feed(home, alice) if post.content == "<p>Known</p>"]
    announce = peer.activity(stranger, "Announce", known[0].uri, to=[PUBLIC])
    assert await say(home, peer, stranger, announce) == "ignored"
    assert not [request for request in peer.requests[asked:] if note["id"].endswith(request.path)]


async def test_a_group_passes_on_what_was_done_in_it(home: RigNode, alice: Actor, peer: Peer, network: Network) -> None:
    wood = peer.person("wood", kind="Group")
    await say(home, peer, wood, peer.activity(wood, "Like", f"{home.base}/x"))
    await follow(home, alice, wood)
    other = Peer("q.test", network, home.time)
    await other.open()
    try:
        carl, mara = peer.person("carl"), other.person("mara")

        async def pass_on(inner: dict[str, Any]) -> str:
            return await say(
                home, peer, wood,
                peer.activity(wood, "Announce", inner, to=[PUBLIC], cc=[f"{wood.uri}/followers"]),
            )  # fmt: skip

        def page(at: Peer, author: Person, text: str, **more: Any) -> dict[str, Any]:
            return at.note(author, text, type="Page", name="Title", to=[wood.uri, PUBLIC], audience=wood.uri, **more)

        first = page(peer, carl, "<p>Same server</p>")
        assert await pass_on(peer.activity(carl, "Create", first, cc=[wood.uri])) == "done"
        told_by_mara = page(other, mara, "<p>As Mara says</p>")
        changed = {**told_by_mara, "content": "<p>As the group says</p>"}
        assert await pass_on(other.activity(mara, "Create", changed)) == "done"
        invented = {**told_by_mara, "id": f"{other.base}/objects/never"}
        assert await pass_on(other.activity(mara, "Create", invented)) == "refused"
        answer = other.note(mara, "<p>Below</p>", inReplyTo=first["id"], to=[PUBLIC], cc=[wood.uri])
        assert await pass_on(other.activity(mara, "Create", answer)) == "done"
        like = other.activity(mara, "Like", first["id"])
        assert await pass_on(like) == "refused"  # nothing shows that she did
        other.documents[like["id"].removeprefix(other.base)] = like
        home.time.forward(hours=2)
        assert await pass_on({**like, "content": "❤"}) == "done"
        kept, hers, below = [await post_of(home, one["id"]) for one in (first, told_by_mara, answer)]
        assert kept is not None
        assert hers is not None
        assert below is not None
        assert (kept.likes, below.parent_id) == (1, kept.id)
        assert hers.content.endswith("<p>As Mara says</p>")
        feed = [post.boost_of_id for post in await home_feed(home, alice)]
        assert feed == [hers.id, kept.id]

        assert await pass_on(other.activity(mara, "Delete", told_by_mara["id"])) == "refused"  # it is still there
        other.documents[told_by_mara["id"].removeprefix(other.base)] = (410, {})
        assert await pass_on(other.activity(mara, "Delete", told_by_mara["id"])) == "done"
        hers = await post_of(home, told_by_mara["id"])
        assert hers is not None
        assert hers.deleted_at is not None
        assert await pass_on(peer.activity(carl, "Delete", carl.uri)) == "ignored"
    finally:
        await other.close()


async def test_what_ours_do_reaches_the_author_and_is_taken_back(
    home: RigNode, alice: Actor, member: Members, peer: Peer
) -> None:
    ben = await member(home, "ben")
    bob, fan = peer.person("bob"), peer.person("fan")
    note = peer.note(bob, "<p>Walnut</p>")
    await say(home, peer, bob, peer.activity(bob, "Like", f"{home.base}/x"))
    await say(home, peer, fan, peer.activity(fan, "Follow", alice.uri))
    await follow(home, alice, bob)
    assert await say(home, peer, bob, peer.activity(bob, "Create", note, to=[PUBLIC])) == "done"
    post = await post_of(home, note["id"])
    secret = await write(home, alice, "For my followers", "followers")
    assert post is not None

    def came() -> list[dict[str, Any]]:
        return [request.json for request in peer.received if request.json["type"] in ("Like", "Announce", "Undo")]

    async with home.writing() as work:
        await reactions.like(work, alice, post.id)
        await reactions.like(work, alice, post.id)
        boost = await boosts.pass_on(work, alice, post.id)
        assert (await boosts.pass_on(work, alice, boost.id)).id == boost.id  # a boost stands for what it shows
        with pytest.raises(Forbidden):
            await boosts.pass_on(work, alice, secret.id)
        with pytest.raises(NotFound):
            await boosts.pass_on(work, ben, secret.id)
        with pytest.raises(NotFound):
            await reactions.like(work, ben, secret.id)
    await home.settle()
    announce, like = sorted(came(), key=lambda one: str(one["type"]))
    assert (like["actor"], like["object"], like["to"]) == (alice.uri, note["id"], [bob.uri])
    assert (announce["object"], announce["to"], announce["id"]) == (note["id"], [PUBLIC], boost.uri)
    assert announce["cc"] == [f"{alice.uri}/followers", bob.uri]
    assert "published" in announce
    outbox = f"{alice.uri}/outbox?page=true"
    assert boost.uri in [entry["id"] for entry in (await peer.get(outbox)).json["orderedItems"]]
    assert (await peer.get(boost.uri)).status == 200
    async with home.writing() as work:
        await reactions.unlike(work, alice, post.id)
        await boosts.take_back(work, alice, post.id)
        await boosts.take_back(work, alice, post.id)
    await home.settle()
    undone = sorted(came()[2:], key=lambda one: str(one["object"]["type"]), reverse=True)
    assert [(one["type"], one["object"]["type"], one["object"]["id"]) for one in undone] == [
        ("Undo", "Like", like["id"]),
        ("Undo", "Announce", announce["id"]),
    ]
    assert undone[1]["to"] == [PUBLIC]
    for emoji in ("🎉", "💡"):
        async with home.writing() as work:
            await reactions.like(work, alice, post.id, emoji)  # another takes the place of the first
        await home.settle()
    async with home.writing() as work:
        await reactions.unlike(work, alice, post.id)
    await home.settle()
    first, second = [one for one in came()[4:] if one["type"] == "Like"]
    assert (first["content"], second["content"], first["object"]) == ("🎉", "💡", note["id"])
    said = [{key: like[key] for key in like if key not in ("@context", "proof")} for like in (first, second)]
    assert [one["object"] for one in came()[4:] if one["type"] == "Undo"] == said
    assert boost.uri not in [entry["id"] for entry in (await peer.get(outbox)).json["orderedItems"]]
    assert (await peer.get(boost.uri)).status == 410
    kept = await again(home, post)
    assert (kept.likes, kept.boosts) == (0, 0)


async def test_what_is_kept_on_top(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob, fan = peer.person("bob", featured="http://p.test/users/bob/featured"), peer.person("fan")
    await home.settle()  # that she is a member was said before anybody followed
    await say(home, peer, fan, peer.activity(fan, "Follow", alice.uri))
    own = [await write(home, alice, f"Number {number}") for number in range(6)]
    quietly = await write(home, alice, "For my followers", "followers")
    async with home.writing() as work:
        for post in own[:5]:
            await pins.pin(work, alice, post.id)
        for wrong in (own[5].id, quietly.id):
            with pytest.raises(Invalid):
                await pins.pin(work, alice, wrong)
        await pins.unpin(work, alice, own[0].id)
    await home.settle()
    verbs = [request.json for request in peer.received if request.json["type"] in ("Add", "Remove")]
    assert sorted(verb["object"] for verb in verbs) == sorted(post.uri for post in (*own[:5], own[0]))
    assert {verb["target"] for verb in verbs} == {f"{alice.uri}/featured"}
    served = (await peer.get(f"{alice.uri}/featured")).json
    assert served["orderedItems"] == [post.uri for post in own[4:0:-1]]
    likes = (await peer.get(f"{own[1].uri}/likes")).json
    assert likes["totalItems"] == 0

    await say(home, peer, bob, peer.activity(bob, "Like", own[1].uri))
    assert (await peer.get(f"{own[1].uri}/likes")).json["totalItems"] == 1
    notes = [peer.note(bob, f"<p>{number}</p>") for number in range(7)]
    theirs = peer.note(fan, "<p>Not Bob's</p>")
    top = bob.document["featured"]
    assert await say(home, peer, bob, peer.activity(bob, "Add", notes[0]["id"], target=top)) == "ignored"
    peer.documents["/users/bob/featured"] = {
        "@context": "https://www.w3.org/ns/activitystreams", "id": top, "type": "Collection",
        "items": [theirs["id"], *(note["id"] for note in notes[:3]), notes[3]],
    }  # fmt: skip
    async with home.writing() as work:
        await errands.ask(work, "featured", bob.uri)
    await home.settle()
    assert await on_top(home, bob) == [note["id"] for note in notes[:4]]
    await follow(home, alice, bob)
    for note in notes[4:]:
        assert await say(home, peer, bob, peer.activity(bob, "Add", note["id"], target=top)) == "done"
    assert await say(home, peer, bob, peer.activity(bob, "Remove", notes[5]["id"], target=top)) == "done"
    assert await say(home, peer, bob, peer.activity(bob, "Add", theirs["id"], target=top)) == "refused"
    assert await say(home, peer, fan, peer.activity(fan, "Add", notes[0]["id"], target=top)) == "ignored"
    assert await on_top(home, bob) == [notes[number]["id"] for number in (6, 4, 0, 1)]


async def on_top(node: RigNode, person: Person) -> list[str]:
    async with node.reading() as work:
        owner = await work.session.scalar(sa.select(Actor.id).where(Actor.uri == person.uri))
        assert owner is not None
        return [(await work.session.get_one(Post, id)).uri for id in await pins.pinned(work, None, owner)]


async def test_two_associations(two_nodes: tuple[RigNode, RigNode], member: Members) -> None:
    """Bea here and Ann there: what Ann says is liked, passed on and kept on top, seen on both sides, and undone."""
    there, here = two_nodes
    ann, bea, ben = await member(there, "ann"), await member(here, "bea"), await member(here, "ben")
    known = await here.worker.directory.actor(ann.uri)
    async with here.writing() as work:
        await follows.follow(work, ben, bea)
        await follows.follow(work, bea, known)
    await here.settle()
    post = await write(there, ann, "Good oak")
    async with there.writing() as work:
        await pins.pin(work, ann, post.id)
    await here.settle()
    copy = await again(here, post)
    async with here.writing() as work:
        await reactions.like(work, bea, copy.id)
        await boosts.pass_on(work, bea, copy.id)
        assert await pins.pinned(work, ben.id, known.id) == [copy.id]
    await here.settle()
    assert [(one.likes, one.boosts) for one in (await again(there, post), await again(here, copy))] == [(1, 1)] * 2
    assert sorted(await told(there)) == ["follow", "liked", "passed_on"]
    assert [one.boost_of_id for one in await home_feed(here, ben)] == [copy.id]
    async with here.writing() as work:
        await reactions.unlike(work, bea, copy.id)
        await boosts.take_back(work, bea, copy.id)
    await here.settle()
    kept = await again(there, post)
    assert (kept.likes, kept.boosts, await home_feed(here, ben)) == (0, 0, [])
    async with here.writing() as work:
        await boosts.pass_on(work, bea, copy.id)
    async with there.writing() as work:
        await posts.withdraw(work, ann, post.id)
    await here.settle()
    assert await home_feed(here, ben) == []
    async with here.reading() as work:
        assert await pins.pinned(work, ben.id, known.id) == []
