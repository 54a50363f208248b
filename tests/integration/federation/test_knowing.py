"""What is brought by others, what was said before, what is missing of a conversation, and what never arrived."""

from typing import Any

import pytest
import sqlalchemy as sa

from federation.signatures import proofs
from federation.signatures.keys import read_private_pem
from node.actors.keys import generate
from node.actors.model import Actor
from node.errands.model import Errand
from node.follows import service as follows
from node.follows.model import Follow
from node.notifications.model import Notification
from node.outbox.model import Activity
from node.peers.model import Peer as Host
from node.posts import queries, threads
from node.posts.model import Post
from node.posts.service import Draft, publish
from schemas.synchronization import digest
from support.clock import Clock
from support.inbound import Members, ends, post_of, say
from support.network import Network
from support.nodes import RigNode
from support.peer import PUBLIC, Peer, Person


async def befriend(node: RigNode, follower: Actor, person: Person, peer: Peer) -> None:
    """The member follows somebody elsewhere, who says yes."""
    await node.worker.directory.actor(person.uri)
    async with node.writing() as work:
        other = await work.session.scalar(sa.select(Actor).where(Actor.uri == person.uri))
        assert other is not None
        row = await follows.follow(work, await work.session.get_one(Actor, follower.id), other)
    await say(
        node,
        peer,
        person,
        peer.activity(person, "Accept", {"type": "Follow", "id": row.uri, "actor": follower.uri, "object": person.uri}),
    )


@pytest.fixture
async def relay(network: Network, clock: Clock) -> Any:
    """A second server, whose people bring what others said."""
    peer = Peer("relay.test", network, clock)
    await peer.open()
    yield peer
    await peer.close()


async def test_what_others_bring_is_asked_of_its_author(home: RigNode, alice: Actor, peer: Peer, relay: Peer) -> None:
    bob, carrier = peer.person("bob"), relay.person("carrier")
    await befriend(home, alice, bob, peer)
    inbox = f"{home.base}/ap/inbox"
    stranger = peer.activity(bob, "Create", peer.note(bob, "<p>true</p>"))
    assert (await relay.send(carrier, inbox, stranger)).status == 401  # nobody here reads what is said there
    await befriend(home, alice, carrier, relay)
    own = peer.activity(bob, "Create", peer.note(bob, "<p>x</p>"))
    assert (await peer.send(peer.person("eve"), inbox, own)).status == 401
    note = peer.note(bob, "<p>true</p>")
    forged = {**note, "content": "<p>forged</p>", "to": [PUBLIC]}
    assert await say(home, relay, carrier, peer.activity(bob, "Create", forged)) == "done"
    post = await post_of(home, note["id"])
    assert post is not None and "true" in post.content
    # An edit that its author did not make, a deletion that did not happen, and what cannot be fetched at all.
    lie = {**note, "content": "<p>lie</p>", "updated": "2099-01-01T00:00:00Z"}
    assert await say(home, relay, carrier, peer.activity(bob, "Update", lie)) == "done"
    assert await say(home, relay, carrier, peer.activity(bob, "Delete", note["id"])) == "ignored"
    assert await say(home, relay, carrier, peer.activity(bob, "Delete", bob.uri)) == "ignored"
    assert await say(home, relay, carrier, peer.activity(bob, "Follow", alice.uri)) == "refused"
    elsewhere = peer.activity(bob, "Create", {**note, "id": f"{relay.base}/objects/1"})
    assert await say(home, relay, carrier, elsewhere) in ("refused", "ignored")
    post = await post_of(home, note["id"])
    assert post is not None and "true" in post.content and post.deleted_at is None
    async with home.reading() as work:
        follow = await work.session.scalar(
            sa.select(Follow).join(Actor, Actor.id == Follow.follower_id).where(Actor.uri == bob.uri)
        )
        assert follow is None
    # The same activity by its author later still counts: nobody can take its place beforehand.
    real = peer.activity(bob, "Create", peer.note(bob, "<p>second</p>"))
    peer.documents.pop(real["object"]["id"].removeprefix(peer.base))
    assert await say(home, relay, carrier, real) == "refused"
    assert await say(home, peer, bob, real) == "done"
    # Gone is gone, whoever says so.
    peer.documents[note["id"].removeprefix(peer.base)] = (410, {})
    assert await say(home, relay, carrier, peer.activity(bob, "Delete", note["id"])) == "done"
    post = await post_of(home, note["id"])
    assert post is not None and post.deleted_at is not None


async def test_a_farewell_without_a_key_is_believed_when_the_address_is_gone(
    home: RigNode, alice: Actor, peer: Peer
) -> None:
    bob, eve = peer.person("bob"), peer.person("eve")
    for person in (bob, eve):
        person.document["publicKey"]["id"] = f"{person.uri}/main-key"
        peer.documents[f"/users/{person.uri.rpartition('/')[2]}/main-key"] = person.document
        await home.worker.directory.actor(person.uri)
    peer.documents["/users/bob"] = peer.documents["/users/bob/main-key"] = (410, {})
    inbox = f"{home.base}/ap/inbox"
    left = peer.activity(bob, "Delete", bob.uri)
    assert (await peer.send(bob, inbox, left, key=eve.key, key_id=f"{bob.uri}/main-key")).status == 202
    stays = peer.activity(eve, "Delete", eve.uri)
    assert (await peer.send(bob, inbox, stays, key=bob.key, key_id=f"{eve.uri}/main-key")).status == 401
    await home.settle()
    async with home.reading() as work:
        gone = await work.session.scalars(sa.select(Actor.uri).where(Actor.gone_at.is_not(None)))
        assert list(gone) == [bob.uri]


async def test_answers_with_a_proof_are_forwarded_once_and_unchanged(
    home: RigNode, alice: Actor, peer: Peer, relay: Peer
) -> None:
    pair = generate()
    bob = peer.person("bob")
    bob.document["assertionMethod"] = [
        {"id": f"{bob.uri}#ed", "type": "Multikey", "controller": bob.uri, "publicKeyMultibase": pair.ed25519_public}
    ]
    fan = relay.person("fan")
    await say(home, relay, fan, relay.activity(fan, "Follow", alice.uri))
    async with home.writing() as work:
        mine = await publish(work, await work.session.get_one(Actor, alice.id), Draft("Who has oak?"))
    await home.settle()
    relay.requests.clear()
    note = peer.note(bob, "<p>me</p>", inReplyTo=mine.uri, to=[PUBLIC], cc=[alice.uri, alice.followers_uri])
    bare = peer.activity(bob, "Create", note, to=note["to"], cc=note["cc"])
    key = read_private_pem(pair.ed25519_private)
    sealed = proofs.sign(bare, f"{bob.uri}#ed", key, home.clock())  # type: ignore[arg-type]
    assert await say(home, peer, bob, sealed) == "done"
    assert await say(home, peer, bob, {**sealed, "id": sealed["id"]}) == "done"
    [passed] = [request for request in relay.received if request.json["type"] == "Create"]
    assert passed.json == sealed and await relay.verify(passed) == alice.uri
    unproven = peer.note(bob, "<p>again</p>", inReplyTo=mine.uri, to=[PUBLIC], cc=[alice.uri, alice.followers_uri])
    await say(home, peer, bob, peer.activity(bob, "Create", unproven, to=[PUBLIC], cc=unproven["cc"]))
    assert len([request for request in relay.received if request.json["type"] == "Create"]) == 1
    outbox = (await peer.get(f"{alice.uri}/outbox?page=true")).json
    assert [item["object"]["id"] for item in outbox["orderedItems"]] == [mine.uri]
    async with home.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count()).where(Activity.is_forwarded)) == 1


async def test_after_a_follow_the_last_posts_are_there_and_nobody_is_told(
    home: RigNode, alice: Actor, peer: Peer
) -> None:
    bob = peer.person("bob")
    old = [
        peer.note(
            bob,
            f"<p>{number} @alice</p>",
            published=f"2026-01-{number + 1:02d}T00:00:00Z",
            cc=[alice.uri],
            tag=[{"type": "Mention", "href": alice.uri, "name": "@alice@a.test"}],
        )
        for number in range(25)
    ]
    secret = peer.note(bob, "<p>secret</p>", to=[f"{bob.uri}/followers"])
    stolen = {**old[0], "id": f"{peer.base}/objects/stolen", "attributedTo": f"{peer.base}/users/other"}
    creates: list[Any] = [peer.activity(bob, "Create", note, published=note["published"]) for note in old[::-1]]
    creates[1] = old[23]["id"]
    peer.documents["/users/bob/outbox"] = {
        "id": f"{bob.uri}/outbox",
        "type": "OrderedCollection",
        "totalItems": 27,
        "first": f"{peer.base}/pages/1",
    }
    odd = [peer.activity(bob, "Create", secret), peer.activity(bob, "Create", stolen), {"type": 7}, 3]
    hers = peer.note(peer.person("eve"), "<p>Hers</p>", published="2026-01-26T00:00:00Z")
    passed_on = peer.activity(bob, "Announce", hers["id"], to=[PUBLIC], published="2026-01-27T00:00:00Z")
    peer.documents["/pages/1"] = {
        "id": f"{peer.base}/pages/1",
        "type": "OrderedCollectionPage",
        "orderedItems": [*odd, passed_on, *creates[:10]],
        "next": f"{peer.base}/pages/2",
    }
    peer.documents["/pages/2"] = {
        "id": f"{peer.base}/pages/2",
        "type": "OrderedCollectionPage",
        "orderedItems": creates[10:],
        "next": f"{peer.base}/pages/1",
    }
    await befriend(home, alice, bob, peer)
    async with home.reading() as work:
        posts = list(await work.session.scalars(sa.select(Post).order_by(Post.id.desc())))
        told = await work.session.scalars(sa.select(Notification.kind).where(Notification.post_id.is_not(None)))
        assert list(told) == []
        left = await work.session.scalar(sa.select(sa.func.count()).select_from(Errand))
        bobs = await work.session.scalar(sa.select(Actor).where(Actor.uri == bob.uri))
    assert [post.uri for post in posts] == [passed_on["id"], hers["id"], *(note["id"] for note in old[:5:-1])]
    assert all(post.is_history for post in posts) and posts[0].published_at.month == 1
    assert left == 0 and bobs is not None and bobs.history_at is not None
    before = len(peer.requests)
    await befriend(home, alice, bob, peer)
    assert not [request for request in peer.requests[before:] if "outbox" in request.path]


async def test_a_conversation_is_completed_behind_the_readers_back(
    home: RigNode, alice: Actor, peer: Peer, relay: Peer
) -> None:
    bob, ann = peer.person("bob"), relay.person("ann")
    await befriend(home, alice, bob, peer)
    top = relay.note(ann, "<p>root</p>")
    middle = peer.note(bob, "<p>middle</p>", inReplyTo=top["id"])
    answers = [relay.note(ann, f"<p>answer {number}</p>", inReplyTo=middle["id"]) for number in range(3)]
    nested = relay.note(ann, "<p>deeper</p>", inReplyTo=answers[0]["id"])
    answers[0]["replies"] = {"type": "Collection", "items": [nested["id"]]}
    forged = {**answers[1], "content": "<p>forged</p>"}
    page = f"{peer.base}/replies/2"
    middle["replies"] = {
        "type": "Collection",
        "totalItems": 5,
        "first": {
            "type": "CollectionPage",
            "items": [answers[0]["id"], forged, f"{peer.base}/objects/missing"],
            "next": page,
        },
    }
    peer.documents["/replies/2"] = {"id": page, "type": "CollectionPage", "items": [answers[2]["id"]], "next": page}
    await say(home, peer, bob, peer.activity(bob, "Create", middle))
    post = await post_of(home, middle["id"])
    assert post is not None
    async with home.writing() as work:
        assert await threads.is_due(work, post.id)
        await threads.ask(work, post.id, 7)
    with home.bus.listen(7) as topics:
        await home.settle()
        assert topics.get_nowait() == threads.topic(post.id)
    async with home.reading() as work:
        thread = await queries.thread(work, None, post.id)
        assert ["root" in view.content for view in thread.before] == [True]
        assert len(thread.after) == 4 and not any("forged" in view.content for view in thread.after)
        assert await threads.known_of(work, post.id) == (3, 5)
        assert not await threads.is_due(work, post.id)
    visitor = await home.visitor()
    assert "3 of 5" in (await visitor.open(f"/posts/{post.id}")).text


async def test_forgetful_hosts_are_polled_and_nothing_happens_twice(
    home: RigNode, alice: Actor, peer: Peer, clock: Clock
) -> None:
    bob = peer.person("bob")
    await befriend(home, alice, bob, peer)
    async with home.writing() as work:
        await work.session.execute(sa.update(Host).values(software="gotosocial"))
    clock.forward(hours=2)
    lost, had = peer.note(bob, "<p>lost</p>"), peer.note(bob, "<p>had</p>")
    ancient = peer.note(bob, "<p>ancient</p>", published="2020-01-01T00:00:00Z")
    creates = [peer.activity(bob, "Create", note) for note in (lost, had, ancient)]
    await say(home, peer, bob, creates[1])
    peer.documents["/users/bob/outbox"] = {
        "id": f"{bob.uri}/outbox",
        "type": "OrderedCollection",
        "orderedItems": creates,
    }
    assert await home.worker.poller.work_off() == 1
    await home.settle()
    assert await home.worker.poller.work_off() == 0
    assert await post_of(home, lost["id"]) is not None and await post_of(home, ancient["id"]) is None
    stored = len(await ends(home))
    await say(home, peer, bob, creates[0])
    clock.forward(hours=1)
    assert await home.worker.poller.work_off() == 1
    assert len(await ends(home)) == stored


async def test_followers_are_compared_with_the_other_side(
    home: RigNode, alice: Actor, member: Members, peer: Peer, clock: Clock
) -> None:
    dora = await member(home, "dora")
    bob = peer.person("bob")
    await befriend(home, alice, bob, peer)
    listing = f"{bob.uri}/followers_synchronization"
    peer.documents["/users/bob/followers_synchronization"] = {
        "id": listing,
        "type": "OrderedCollection",
        "orderedItems": [dora.uri, "https://x.test/u", f"{home.base}/ap/actors/nobody"],
    }

    async def compare(collection: str, url: str, follower: str = dora.uri) -> int:
        header = f'collectionId="{collection}", url="{url}", digest="{digest([follower])}"'
        like = peer.activity(bob, "Like", f"{home.base}/x")
        answer = await peer.send(bob, f"{home.base}/ap/inbox", like, headers={"Collection-Synchronization": header})
        assert answer.status == 202
        await home.settle()
        async with home.reading() as work:
            return await work.session.scalar(sa.select(sa.func.count()).where(Follow.state == "accepted")) or 0

    assert await compare(f"{bob.uri}/following", listing) == 1
    assert await compare(f"{bob.uri}/followers", "http://x.test/list") == 1
    clock.forward(hours=2)
    assert await compare(f"{bob.uri}/followers", listing) == 0
    [undone] = peer.activities("Undo")
    assert undone["actor"] == dora.uri and undone["object"]["type"] == "Follow"
    await befriend(home, alice, bob, peer)
    assert await compare(f"{bob.uri}/followers", listing) == 1  # it said so a moment ago
    assert await compare(f"{bob.uri}/followers", listing, alice.uri) == 1  # as it is here
    assert await compare(f"{bob.uri}/followers", listing) == 0  # that is news again


async def test_odd_forms_and_addresses_are_never_an_error(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob = peer.person("bob")
    await befriend(home, alice, bob, peer)
    inbox = f"{home.base}/ap/inbox"
    space = "https://www.w3.org/ns/activitystreams#"
    expanded = {"@id": peer.uri("activities"), "@type": [f"{space}Create"], f"{space}actor": [{"@id": bob.uri}]}
    assert (await peer.send(bob, inbox, expanded)).status == 202
    assert (await peer.send(bob, inbox, [expanded])).status == 202
    nomadic = "ap://did:key:z6MkvUie7gDQugJmyDQQPhMCCBfKJo7aGvzQYF2BqvFvdwx6/actor"
    bearcap = "bear:?t=secret&u=https://p.test/objects/1"
    for type, of in (
        ("Join", nomadic), ("Leave", bearcap), ("Ignore", alice.uri), ("Invite", {"id": nomadic, "type": "Event"}),
        ("Question", {"type": "Note", "id": bearcap}), ("Arrive", bearcap), ("Create", bearcap), ("Announce", nomadic),
        ("Create", {"type": "Note", "id": nomadic, "attributedTo": bob.uri}), ("Delete", bearcap), ("Move", nomadic),
        ("Create", peer.note(bob, "<p>x</p>", inReplyTo=bearcap, to=[alice.uri, nomadic],
                             tag=[{"type": "Mention", "href": nomadic}])),
    ):  # fmt: skip
        assert await say(home, peer, bob, peer.activity(bob, type, of)) in ("done", "ignored", "refused"), type
    assert (await peer.send(bob, inbox, {**peer.activity(bob, "Like", alice.uri), "actor": nomadic})).status == 400
