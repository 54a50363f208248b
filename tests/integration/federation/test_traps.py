"""Where programs differ, and what has cost others days: each of these was seen between real servers."""

from typing import Any

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.follows import service as follows
from node.follows.model import Follow
from node.posts import service as posts
from node.posts.model import Post
from node.posts.service import Draft
from support.inbound import post_of, say
from support.network import Network
from support.nodes import RigNode
from support.peer import ACTIVITY, PUBLIC, Peer, Person

one_database = pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
"""What is tried here depends on documents, not on where they are kept."""


async def follow(node: RigNode, member: Actor, person: Person) -> Follow:
    """The member asks to follow somebody elsewhere."""
    other = await node.worker.directory.actor(person.uri)
    async with node.writing() as work:
        row = await follows.follow(
            work,
            await work.session.get_one(Actor, member.id),
            await work.session.get_one(Actor, other.id),
        )
    await node.settle()
    return row


async def state(node: RigNode, row: Follow) -> str:
    async with node.reading() as work:
        return (await work.session.get_one(Follow, row.id)).state


async def test_whoever_has_a_post_hears_what_becomes_of_it(home: RigNode, alice: Actor, network: Network) -> None:
    """Also where nobody follows: they passed it on, liked or answered it, and keep a copy of it."""
    async with home.writing() as work:
        post = await posts.publish(work, alice, Draft(text="Soup at noon"))
    hosts = [Peer(f"p{number}.test", network, home.time) for number in range(3)]
    for host, type in zip(hosts, ("Announce", "Like", "Create"), strict=True):
        await host.open()
        bob = host.person("bob")
        what: Any = host.note(bob, "Yes!", inReplyTo=post.uri, cc=[alice.uri]) if type == "Create" else post.uri
        assert await say(home, host, bob, host.activity(bob, type, what, to=[PUBLIC], cc=[alice.uri])) == "done"
    async with home.writing() as work:
        await posts.revise(work, alice, post.id, Draft(text="Soup at one"))
    await home.settle()
    async with home.writing() as work:
        await posts.withdraw(work, alice, post.id)
    await home.settle()
    for host in hosts:
        assert [one["type"] for one in host.activities()] == ["Update", "Delete"], host.host
        await host.close()


@one_database
async def test_forms_in_which_follows_are_answered(home: RigNode, alice: Actor, peer: Peer) -> None:
    """By its id alone, or as a Follow that was written anew with another id; asked twice, taken back by an old id."""
    bob, eve = peer.person("bob"), peer.person("eve")
    row = await follow(home, alice, bob)
    anew = {
        "type": "Follow",
        "id": peer.uri("follows"),
        "actor": {"id": alice.uri, "type": "Person"},
        "object": bob.uri,
    }
    assert await say(home, peer, bob, peer.activity(bob, "Accept", anew)) == "done"
    assert await state(home, row) == "accepted"
    assert await say(home, peer, bob, peer.activity(bob, "Reject", anew)) == "done"
    assert await state(home, row) == "rejected"
    row = await follow(home, alice, eve)
    assert await say(home, peer, eve, peer.activity(eve, "Accept", row.uri)) == "done"
    assert await state(home, row) == "accepted"

    first, second = (peer.activity(bob, "Follow", alice.uri) for _ in range(2))
    for asked in (first, second):
        assert await say(home, peer, bob, asked) == "done"
    answered = [one["object"]["id"] for one in peer.activities("Accept") if one["actor"] == alice.uri]
    assert answered == [first["id"], second["id"]], "each is answered"
    assert await say(home, peer, bob, peer.activity(bob, "Undo", second["id"])) == "done"
    for unknown in (peer.uri("likes"), {"type": "Like", "actor": bob.uri, "object": alice.uri}):
        assert await say(home, peer, bob, peer.activity(bob, "Undo", unknown)) == "ignored"
    assert await say(home, peer, bob, peer.activity(bob, "Follow", f"{home.base}/actor")) != "done"
    assert [one for one in peer.activities("Accept") if one["actor"] == f"{home.base}/actor"] == []


@one_database
async def test_forms_in_which_keys_and_inboxes_are_shown(home: RigNode, alice: Actor, peer: Peer) -> None:
    def somebody(name: str, path: str, **extra: Any) -> tuple[Person, str]:
        person = peer.person(name, **extra)
        person.document["publicKey"]["id"] = person.uri + path
        return person, person.uri + path

    listed, listed_id = somebody("listed", "#main-key")
    listed.document["publicKey"] = [listed.document["publicKey"]]
    stub, stub_id = somebody("stub", "/main-key")
    peer.documents["/users/stub/main-key"] = {
        "id": stub.uri, "type": "Person", "preferredUsername": "stub", "publicKey": stub.document["publicKey"],
    }  # fmt: skip
    slash, slash_id = somebody("slash", "/#main-key")
    peer.documents["/users/slash/"] = slash.document
    alone, alone_id = somebody("alone", "/key")
    peer.documents["/users/alone/key"] = {**alone.document["publicKey"], "type": "Key"}
    none, none_id = somebody("none", "#main-key")
    none.document.pop("publicKey")
    for person, key_id, status in (
        (listed, listed_id, 202), (stub, stub_id, 202), (slash, slash_id, 202), (alone, alone_id, 202),
        (none, none_id, 401),
    ):  # fmt: skip
        follow = peer.activity(person, "Follow", alice.uri)
        assert (await peer.send(person, f"{home.base}/ap/inbox", follow, key_id=key_id)).status == status, key_id
    for number, endpoints in enumerate(({"sharedInbox": "http://e.test/inbox"}, None, ["x"], {"sharedInbox": None})):
        person = peer.person(f"odd{number}", endpoints=endpoints)
        assert (await home.worker.directory.actor(person.uri)).shared_inbox_uri is None, endpoints

    # a server that was set up anew: the same name, another id
    await home.worker.directory.actor(slash.uri)
    peer.people["slash"] = peer.person("slash2", preferredUsername="slash")
    await home.worker.directory.actor(peer.people["slash"].uri)
    assert (await home.worker.directory.find("@slash@p.test")).uri == peer.people["slash"].uri
    for kind in ("Group", "Service"):
        stub.document["type"] = kind
        assert (await home.worker.directory.actor(stub.uri, fresh=True)).kind == kind.lower()


@one_database
async def test_ways_on_which_requests_come(home: RigNode, alice: Actor, peer: Peer) -> None:
    """Through proxies that call us by another name, with media types in any spelling; packed bodies are not taken."""
    bob, inbox = peer.person("bob"), f"{home.base}/ap/inbox"
    plain = "(request-target) host date digest"
    for headers in (
        {"host": "127.0.0.1:8080"},
        {"content-type": ""},
        {"content-type": f"{ACTIVITY}; charset=UTF-8"},
        {"content-type": 'Application/LD+JSON; profile="https://www.w3.org/ns/activitystreams"; charset=UTF-8'},
    ):
        follow = peer.activity(bob, "Follow", alice.uri)
        assert (await peer.send(bob, inbox, follow, headers=headers, signed=plain)).status == 202, headers
    packed = await peer.send(bob, inbox, follow, headers={"content-encoding": "gzip"})
    assert packed.status == 415
    assert (await peer.send(bob, f"{inbox}?via=relay", follow)).status == 202


@one_database
async def test_for_whom_and_when_and_by_whom(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob, eve = peer.person("bob"), peer.person("eve")
    row = await follow(home, alice, bob)
    await say(home, peer, bob, peer.activity(bob, "Accept", row.uri))

    async def create(note: dict[str, Any], **more: Any) -> Post | None:
        await say(home, peer, bob, peer.activity(bob, "Create", note, **more))
        return await post_of(home, note["id"])

    def bare(**more: Any) -> dict[str, Any]:
        note = peer.note(bob, "Soup", **more)
        return {key: value for key, value in note.items() if key not in ("to", "cc")}

    # for whom: somebody else's followers are nobody; what is said of the activity alone holds for what is in it
    elsewhere = await create(peer.note(bob, "x", to=[f"{eve.uri}/followers"], cc=[]))
    nobody, everybody = await create(bare()), await create(bare(), to=[PUBLIC], cc=[f"{bob.uri}/followers"])
    quiet = await create(peer.note(bob, "x", to=[], cc=["as:Public"]), to=[PUBLIC])
    found = [post.visibility if post is not None else None for post in (elsewhere, nobody, everybody, quiet)]
    assert found == ["direct", "direct", "public", "quiet"]

    # corrections: older than the post, without a time, and several under one id
    note = peer.note(bob, "one")
    assert await create(note)
    same = peer.activity(bob, "Update", {})
    said = []
    for words, more in (
        ("too old", {"updated": "2020-01-01T00:00:00Z"}),
        ("unsaid", {}),
        ("two", {"updated": "2026-05-04T09:00:01Z"}),
        ("three", {"updated": "2026-05-04T09:00:02Z"}),
    ):
        await say(home, peer, bob, same | {"object": {**note, "content": words, **more}})
        home.time.forward(seconds=2)
        post = await post_of(home, note["id"])
        assert post is not None
        said.append(post.content)
    assert said == ["one", "unsaid", "two", "three"]

    # twice by different ways, and again under another id
    note = peer.note(bob, "twice")
    activity = peer.activity(bob, "Create", note, to=[PUBLIC])
    for inbox in (f"{home.base}/ap/inbox", f"{alice.uri}/inbox"):
        assert (await peer.send(bob, inbox, activity)).status == 202
    assert await create(note)
    async with home.reading() as work:
        count = sa.select(sa.func.count()).select_from(Post).where(Post.uri == note["id"])
        assert await work.session.scalar(count) == 1

    # passed on with words put into its author's mouth; what is for few, gone, or passed on itself
    true = peer.note(eve, "true")
    assert (
        await say(home, peer, bob, peer.activity(bob, "Announce", {**true, "content": "false"}, to=[PUBLIC])) == "done"
    )
    post = await post_of(home, true["id"])
    assert post is not None
    assert post.content == "true"
    for number, what in enumerate((
        peer.note(eve, "for few", to=[f"{eve.uri}/followers"], cc=[]),
        {"type": "Tombstone"},
        peer.activity(bob, "Announce", true["id"]),
    )):  # fmt: skip
        uri = f"{peer.base}/objects/odd{number}"
        peer.documents[f"/objects/odd{number}"] = what | {"id": uri}
        ended = await say(home, peer, bob, peer.activity(bob, "Announce", uri, to=[PUBLIC]))
        assert ended in ("ignored", "refused"), what

    # addresses are asked for as they are written
    odd = peer.note(bob, "odd", id=f"{peer.base}/users/%40bob/notes/a%2Fb")
    peer.documents["/users/@bob/notes/a/b"] = odd
    await say(home, peer, bob, peer.activity(bob, "Announce", odd["id"], to=[PUBLIC]))
    assert await post_of(home, odd["id"])
    assert [one.path for one in peer.requests if "notes" in one.path] == ["/users/%40bob/notes/a%2Fb"]
