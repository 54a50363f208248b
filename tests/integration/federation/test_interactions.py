"""Likes, reactions, what is passed on and what is kept on top: from other programs, and between two nodes."""

from typing import Any

import sqlalchemy as sa

from node.actors.model import Actor
from node.follows import service as follows
from node.moderation.model import Block
from node.notifications.model import Notification
from node.peers.model import Peer as PeerRow
from node.posts import service as posts
from node.posts import timelines
from node.posts.model import Post
from node.posts.service import Draft
from node.reactions.model import Reaction
from node.windows import Window
from support.inbound import ends, post_of, say
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
    assert await told(home) == ["liked", "liked"]

    # Pleroma undoes by id, Mastodon and Misskey embed; nobody undoes what somebody else did.
    assert await say(home, peer, bob, peer.activity(bob, "Undo", react["id"])) == "ignored"
    assert await say(home, peer, bob, peer.activity(bob, "Undo", react)) == "refused"
    assert (await again(home, post)).likes == 2
    assert await say(home, peer, lain, peer.activity(lain, "Undo", react["id"])) == "done"
    assert (await again(home, post)).likes == 2
    assert await say(home, peer, lain, peer.activity(lain, "Undo", {**misskey, "id": peer.uri()})) == "done"
    assert await say(home, peer, bob, peer.activity(bob, "Undo", like)) == "done"
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
    assert not [request for request in peer.requests[asked:] if request.path in note["id"]]


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
