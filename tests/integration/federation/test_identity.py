"""Moving in and out, keys that change on either side, and nodes that want every request signed."""

import pytest
import sqlalchemy as sa

from node import identities
from node.actors import keys, rotation
from node.actors.model import Actor
from node.associations.model import Association
from node.follows import service as follows
from node.follows.model import Follow
from node.notifications.model import Notification
from node.posts.model import Post
from node.posts.service import Draft, publish
from support.clock import Clock
from support.inbound import Members, say
from support.nodes import PASSWORD, Nodes, RigNode
from support.peer import Peer, Person, a_key


async def followed_by(node: RigNode, follower: Actor) -> list[str]:
    async with node.reading() as work:
        found = await work.session.scalars(
            sa.select(Actor.uri).join(Follow, Follow.followed_id == Actor.id).where(Follow.follower_id == follower.id)
        )
        return sorted(found)


async def follow(node: RigNode, follower: Actor, peer: Peer, person: Person) -> None:
    await node.worker.directory.actor(person.uri)
    async with node.writing() as work:
        other = await work.session.scalar(sa.select(Actor).where(Actor.uri == person.uri))
        mine = await work.session.get_one(Actor, follower.id)
        assert other is not None
        row = await follows.follow(work, mine, other)
    inner = {"type": "Follow", "id": row.uri, "actor": follower.uri, "object": person.uri}
    await say(node, peer, person, peer.activity(person, "Accept", inner))


async def test_followers_come_along_when_both_sides_say_so(
    home: RigNode, alice: Actor, peer: Peer, clock: Clock
) -> None:
    old, new, thief = (peer.person(name) for name in ("old", "new", "thief"))
    await follow(home, alice, peer, old)
    await home.worker.directory.actor(new.uri)  # known before it has the alias
    move = peer.activity(old, "Move", old.uri, target=new.uri)
    assert await say(home, peer, old, move) == "refused"
    stolen = peer.activity(thief, "Move", old.uri, target=thief.uri)
    thief.document["alsoKnownAs"] = [old.uri]
    assert await say(home, peer, thief, stolen) == "refused"
    assert await say(home, peer, thief, peer.activity(thief, "Move", old.uri, target=new.uri)) == "refused"
    assert await followed_by(home, alice) == [old.uri]
    new.document["alsoKnownAs"] = [old.uri]
    # Said by the new account, which counts as soon as the old one says the same.
    old.document["movedTo"] = new.uri
    assert await say(home, peer, new, peer.activity(new, "Move", old.uri, target=new.uri)) == "done"
    assert await followed_by(home, alice) == [new.uri]
    assert [undo["object"]["object"] for undo in peer.activities("Undo")] == [old.uri]
    async with home.reading() as work:
        told = await work.session.scalars(sa.select(Notification.kind))
        assert list(told).count("moved") == 1
    # Within a week nobody is led on again.
    third = peer.person("third", alsoKnownAs=[old.uri])
    assert await say(home, peer, old, peer.activity(old, "Move", old.uri, target=third.uri)) == "ignored"
    clock.forward(days=8)
    assert await say(home, peer, old, peer.activity(old, "Move", old.uri, target=third.uri)) == "done"
    assert await followed_by(home, alice) == [new.uri]


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_a_member_moves_out_and_comes_in_elsewhere(nodes: Nodes) -> None:
    a, b = await nodes.start("a.test"), await nodes.start("b.test")
    alice, dora, bob, fan = (
        await a.member("Alice"),
        await a.member("Dora"),
        await b.member("Bob"),
        await b.member("Fan"),
    )
    there = await b.worker.directory.actor(alice.uri)
    for node, follower, followed in ((b, fan.actor_id, there.id), (a, dora.actor_id, alice.actor_id)):
        async with node.writing() as work:
            one, other = await work.session.get_one(Actor, follower), await work.session.get_one(Actor, followed)
            await follows.follow(work, one, other)
    await b.settle()
    hers, his = await a.logged_in(alice), await b.logged_in(bob)
    move = {"new": "@bob@b.test", "password": PASSWORD}
    early = await hers.submit("/settings/moving", move, action="go")
    assert early.status == 422 and "does not say yet" in early.text
    named = await his.submit("/settings/moving", {"address": "@alice@a.test"}, action="aliases$")
    assert named.status == 200 and "@alice@a.test" in named.text
    wrong = await hers.submit("/settings/moving", move | {"password": "wrong"}, action="go")
    assert wrong.status == 422
    done = await hers.submit("/settings/moving", move, action="go")
    assert done.status == 200 and "You have moved" in done.text
    await a.settle()
    await b.settle()
    document = (await hers.open("/ap/actors/alice", accept="application/activity+json")).json
    assert document["movedTo"] == bob.uri
    async with a.reading() as work:
        row = await work.session.get_one(Actor, dora.actor_id)
    assert await followed_by(a, row) == [bob.uri]
    async with b.reading() as work:
        row = await work.session.get_one(Actor, fan.actor_id)
    assert await followed_by(b, row) == [bob.uri]
    assert "has moved" in (await (await a.visitor()).open("/@alice")).text
    account = await hers.open("/api/v1/accounts/lookup?acct=alice", accept="application/json")
    assert account.json["moved"]["acct"] == "bob@b.test"
    assert (await hers.submit("/settings/moving", {}, action="stay")).status == 200


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_keys_change_hands_without_loss(nodes: Nodes, member: Members, clock: Clock) -> None:
    a, b = await nodes.start("a.test"), await nodes.start("b.test")
    alice, bob = await member(a, "alice"), await member(b, "bob")
    there = await b.worker.directory.actor(alice.uri)
    async with b.writing() as work:
        await follows.follow(
            work, await work.session.get_one(Actor, bob.id), await work.session.get_one(Actor, there.id)
        )
    await b.settle()

    async def rotate(*, is_blind: bool) -> None:
        pair = await keys.make_keys()
        async with a.writing() as work:
            row = await work.session.get_one(Actor, alice.id)
            await rotation.rotate(work, row, pair, is_blind=is_blind)
            await identities.announce(work, row)

    async def speak(text: str) -> None:
        async with a.writing() as work:
            await publish(work, await work.session.get_one(Actor, alice.id), Draft(text))
        await a.settle()

    await speak("first")
    clock.forward(hours=1)
    await rotate(is_blind=False)
    await a.settle()
    clock.forward(minutes=4)
    await speak("second")
    clock.forward(hours=1)
    await rotate(is_blind=True)
    clock.forward(minutes=6)
    await a.settle()
    await speak("third")
    for _ in range(3):
        clock.forward(minutes=6)
        await a.settle()
    async with b.reading() as work:
        texts = list(await work.session.scalars(sa.select(Post.content).order_by(Post.id)))
    assert [text.removeprefix("<p>").removesuffix("</p>") for text in texts] == ["first", "second", "third"]
    async with a.reading() as work:
        row = await work.session.get_one(Actor, alice.id)
        document = await identities.document_of(work, row)
    assert len(document["assertionMethod"]) == 1 or "expires" in document["assertionMethod"][1]


async def test_their_keys_may_change_too(home: RigNode, alice: Actor, peer: Peer, clock: Clock) -> None:
    """Announced by the old key, and blind; the forms of key ids that are out there."""
    inbox = f"{home.base}/ap/inbox"
    for name, form in (("gts", "/main-key"), ("hash", "#main-key"), ("slash", "/#main-key")):
        person = peer.person(name)
        key_id = person.uri + form
        person.document["publicKey"]["id"] = key_id
        peer.documents[f"/users/{name}/main-key"] = {
            key: person.document[key] for key in ("id", "type", "preferredUsername", "publicKey")
        }
        peer.documents[f"/users/{name}/"] = person.document
        like = peer.activity(person, "Like", alice.uri)
        assert (await peer.send(person, inbox, like, key_id=key_id)).status == 202, form
    bob = peer.person("bob")
    assert (await peer.send(bob, inbox, peer.activity(bob, "Like", alice.uri))).status == 202
    old, new, third = bob.key, a_key(10), a_key(11)
    bob.key = new
    bob.document["publicKey"]["publicKeyPem"] = keys_pem(new)
    assert (await peer.send(bob, inbox, peer.activity(bob, "Update", bob.document), key=old)).status == 202
    await home.settle()
    assert (await peer.send(bob, inbox, peer.activity(bob, "Like", alice.uri))).status == 202
    bob.document["publicKey"]["publicKeyPem"] = keys_pem(third)
    clock.forward(minutes=6)
    assert (await peer.send(bob, inbox, peer.activity(bob, "Like", alice.uri), key=third)).status == 202
    fetched = len(peer.requests)
    assert (await peer.send(bob, inbox, peer.activity(bob, "Like", alice.uri), key=old)).status == 401
    assert len(peer.requests) == fetched


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_two_careful_nodes_speak_and_strangers_see_nothing(nodes: Nodes, member: Members, peer: Peer) -> None:
    a, b = await nodes.start("a.test"), await nodes.start("b.test")
    for node in (a, b):
        async with node.writing() as work:
            await work.session.execute(sa.update(Association).values(secure_mode=True))
    alice, bob = await member(a, "alice"), await member(b, "bob")
    seen = await a.worker.directory.find("@bob@b.test")
    async with a.writing() as work:
        await follows.follow(
            work, await work.session.get_one(Actor, alice.id), await work.session.get_one(Actor, seen.id)
        )
    await a.settle()
    async with b.writing() as work:
        post = await publish(work, await work.session.get_one(Actor, bob.id), Draft("Among ourselves."))
    await b.settle()
    async with a.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count(Post.id)).where(Post.uri == post.uri)) == 1
    closed = [bob.uri, f"{bob.uri}/outbox?page=true", f"{bob.uri}/followers", post.uri, f"{post.uri}/replies"]
    for address in closed:
        answer = await peer.get(address)
        assert answer.status == 401, address
        assert "Among" not in answer.body.decode()
    carl = peer.person("carl")
    for address in closed:
        answer = await peer.get(address, signer=carl)
        assert answer.status == 200 and "private" in answer.headers["Cache-Control"], address
        assert "Signature" in answer.headers["Vary"]
    for path in ("/actor", "/.well-known/webfinger?resource=acct:bob@b.test", "/nodeinfo/2.1"):
        assert (await peer.get(b.base + path)).status == 200
    assert (await peer.get(post.uri, accept="text/html")).status == 303


def keys_pem(key: object) -> str:
    from federation.signatures.keys import public_pem

    return public_pem(key)  # type: ignore[arg-type]
