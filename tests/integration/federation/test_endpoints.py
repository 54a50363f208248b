"""What other servers get when they ask us: the right form, the right headers, and nothing that is not for them."""

from typing import Any

from federation.signatures import proofs
from federation.signatures.keys import read_multikey
from node.actors.model import Actor
from node.follows import service as follows
from node.listings import service as listings
from node.posts import service as posts
from node.posts.model import Post
from schemas.actors import Actor as WireActor
from schemas.discovery import Jrd, NodeInfo
from schemas.note import Note
from support.inbound import Members
from support.nodes import RigNode
from support.peer import Answer, Peer
from support.strict import complaints

LD = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


async def publish(node: RigNode, author: Actor, **how: Any) -> Post:
    async with node.writing() as work:
        return await posts.publish(work, author, posts.Draft(**{"text": "Good oak #wood", **how}))


def assert_document(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, (answer.status, answer.body)
    assert answer.headers["Content-Type"] == "application/activity+json"
    assert {"Accept", "Signature", "Signature-Input"} <= set(answer.headers["Vary"].replace(" ", "").split(","))
    found = answer.json
    assert isinstance(found, dict)
    return found


ASKED_BY_PROGRAMS = [
    "application/activity+json",
    LD,
    f"{LD}, application/activity+json;q=0.9",
    "application/json",
    "application/activity+json, text/html;q=0.5, */*;q=0.1",
    "APPLICATION/ACTIVITY+JSON",
    "application/activity+json; charset=utf-8",
    "*/*;q=0.1, application/ld+json",
]


async def test_programs_get_the_document(home: RigNode, alice: Actor, peer: Peer) -> None:
    for accept in ASKED_BY_PROGRAMS:
        found = WireActor.read(assert_document(await peer.get(alice.uri, accept=accept)))
        assert (found.id, found.username, found.type) == (alice.uri, "alice", "Person"), accept
        assert found.keys[0].id == f"{alice.uri}#main-key"
        assert found.multikeys[0].id == f"{alice.uri}#ed25519-key"
        assert not found.is_stub


ASKED_BY_BROWSERS = ["text/html", "*/*", "", "text/html, application/activity+json;q=0.5", ",;q=x,,"]


async def test_browsers_get_the_page(home: RigNode, alice: Actor, peer: Peer) -> None:
    for accept in ASKED_BY_BROWSERS:
        answer = await peer.get(alice.uri, accept=accept)
        assert (answer.status, answer.headers.get("Location")) == (303, "http://a.test/@alice"), accept
        assert "Accept" in answer.headers["Vary"]


async def test_who_is_not_there(home: RigNode, alice: Actor, peer: Peer) -> None:
    for path in (
        "/ap/actors/nobody",
        "/ap/actors/nobody/outbox",
        "/ap/objects/1",
        "/ap/objects/99999999999999999999999",
        "/ap/activities/1",
        "/ap/relationships/1",
        "/ap/contexts/1",
        "/ap/actors/alice/members",
        "/ap/nothing",
    ):
        assert (await peer.get(home.base + path)).status == 404, path


async def test_somebody_who_left_is_a_tombstone(home: RigNode, alice: Actor, peer: Peer) -> None:
    async with home.writing() as work:
        (await work.session.get_one(Actor, alice.id)).gone_at = work.now
    answer = await peer.get(alice.uri)
    assert (answer.status, answer.json["type"], answer.json["id"]) == (410, "Tombstone", alice.uri)
    assert (await peer.get(f"{home.base}/.well-known/webfinger?resource=acct:alice@a.test")).status == 410


async def test_the_node_itself(home: RigNode, peer: Peer) -> None:
    found = WireActor.read(assert_document(await peer.get(f"{home.base}/actor")))
    assert (found.type, found.username, found.inbox) == ("Application", "a.test", f"{home.base}/actor/inbox")
    assert found.keys[0].id == f"{home.base}/actor#main-key"
    assert assert_document(await peer.get(f"{home.base}/actor/outbox"))["totalItems"] == 0


NAMES_OF_ALICE = [
    "acct:alice@a.test",
    "acct:ALICE@A.test",
    "acct%3Aalice%40a.test",
    "alice@a.test",
    "http://a.test/@alice",
    "http://a.test/ap/actors/alice",
]


async def test_webfinger(home: RigNode, alice: Actor, peer: Peer) -> None:
    for resource in NAMES_OF_ALICE:
        answer = await peer.get(f"{home.base}/.well-known/webfinger?resource={resource}", accept="application/jrd+json")
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/jrd+json"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        found = Jrd.read(answer.json)
        shown = (found.subject, found.actor, found.profile)
        assert shown == ("acct:alice@a.test", alice.uri, "http://a.test/@alice"), resource
        assert found.subscribe


NAMES_OF_THE_NODE = ["http://a.test/", "http://a.test", "acct:a.test@a.test"]


async def test_webfinger_of_the_node(home: RigNode, peer: Peer) -> None:
    for resource in NAMES_OF_THE_NODE:
        answer = await peer.get(f"{home.base}/.well-known/webfinger?resource={resource}")
        assert Jrd.read(answer.json).actor == f"{home.base}/actor", resource


NAMES_OF_NOBODY = [
    ("", 400),
    ("acct:nobody@a.test", 404),
    ("acct:alice@b.test", 404),
    ("http://b.test/@alice", 404),
    ("http://a.test/@alice/1", 404),
    ("%00", 404),
    ("acct:" + "a" * 3000 + "@a.test", 400),
    ("mailto:alice@a.test", 404),
]


async def test_webfinger_of_nobody(home: RigNode, alice: Actor, peer: Peer) -> None:
    for resource, status in NAMES_OF_NOBODY:
        answer = await peer.get(f"{home.base}/.well-known/webfinger?resource={resource}")
        assert answer.status == status, resource


async def test_nodeinfo_and_host_meta(home: RigNode, alice: Actor, peer: Peer) -> None:
    links = (await peer.get(f"{home.base}/.well-known/nodeinfo")).json["links"]
    assert {link["href"] for link in links} == {
        f"{home.base}/nodeinfo/2.0",
        f"{home.base}/nodeinfo/2.1",
        f"{home.base}/actor",
    }
    for version in ("2.0", "2.1"):
        answer = await peer.get(f"{home.base}/nodeinfo/{version}")
        assert answer.json["version"] == version
        assert answer.json["protocols"] == ["activitypub"]
        assert answer.json["usage"]["users"]["total"] == 1
        assert answer.json["metadata"]["nodeName"] == "Association A"
        assert NodeInfo.read(answer.json).software == "commensal"
    assert (await peer.get(f"{home.base}/nodeinfo/3.0")).status == 404
    assert b"/.well-known/webfinger?resource={uri}" in (await peer.get(f"{home.base}/.well-known/host-meta")).body


async def test_a_post_and_what_belongs_to_it(home: RigNode, alice: Actor, peer: Peer) -> None:
    post = await publish(home, alice)
    found = assert_document(await peer.get(post.uri))
    note = Note.read(found)
    assert (note.id, note.attributed_to, note.is_public) == (post.uri, alice.uri, True)
    assert found["@context"]
    answer = await peer.get(post.uri, accept="text/html")
    assert (answer.status, answer.headers["Location"]) == (303, post.url)
    for part in ("replies", "likes", "shares"):
        assert assert_document(await peer.get(f"{post.uri}/{part}"))["totalItems"] == 0
    assert assert_document(await peer.get(note.context or ""))["orderedItems"] == [post.uri]


async def test_a_withdrawn_post_is_a_tombstone_and_its_activity_too(home: RigNode, alice: Actor, peer: Peer) -> None:
    post = await publish(home, alice)
    outbox = assert_document(await peer.get(f"{alice.uri}/outbox?page=true"))
    activity = outbox["orderedItems"][0]["id"]
    assert assert_document(await peer.get(activity))["object"]["id"] == post.uri
    async with home.writing() as work:
        await posts.withdraw(work, alice, post.id)
    for uri in (post.uri, activity):
        answer = await peer.get(uri)
        assert (answer.status, answer.json["type"], answer.json["id"]) == (410, "Tombstone", uri)
        assert b"oak" not in answer.body
    assert assert_document(await peer.get(f"{alice.uri}/outbox"))["totalItems"] == 0


async def test_what_is_for_followers_is_for_their_server_alone(home: RigNode, alice: Actor, peer: Peer) -> None:
    sam = peer.person("sam")
    post = await publish(home, alice, visibility="followers")
    assert (await peer.get(post.uri)).status == 404
    assert (await peer.get(post.uri, signer=sam)).status == 404
    assert (await peer.get(post.uri, accept="text/html")).status == 404
    async with home.writing() as work:
        from node.actors.queries import by_uri

        stranger = await by_uri(work, sam.uri)
        assert stranger is not None
        await follows.receive_follow(work, stranger, peer.uri("follows"), alice)
    answer = await peer.get(post.uri, signer=sam)
    assert assert_document(answer)["id"] == post.uri
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert (await peer.get(post.uri)).status == 404


async def test_a_direct_note_is_for_the_addressee_alone(
    home: RigNode, alice: Actor, peer: Peer, member: Members
) -> None:
    sam = peer.person("sam")
    bob = await member(home, "bob")
    post = await publish(home, alice, text="@bob a secret", visibility="direct")
    assert (await peer.get(post.uri)).status == 404
    assert (await peer.get(post.uri, signer=sam)).status == 404
    assert (await peer.get(f"{post.uri}/replies", signer=sam)).status == 404
    assert bob.uri in post.to


async def test_a_listing_and_its_proposal(home: RigNode, alice: Actor, peer: Peer) -> None:
    async with home.writing() as work:
        post = await listings.publish(work, alice, listings.Draft("offer", "Oak table", "Seasoned.", terms="gift"))
    note = Note.read(assert_document(await peer.get(post.uri)))
    assert note.proposal is not None
    assert note.proposal.name == "Oak table"
    alone = assert_document(await peer.get(f"{post.uri}/proposal"))
    assert (alone["type"], alone["purpose"]) == ("Proposal", "offer")
    assert (await peer.get(f"{post.uri}/proposal", accept="text/html")).headers["Location"] == post.url
    page = assert_document(await peer.get(f"{alice.uri}/offers?page=true"))
    assert page["orderedItems"] == [post.uri]
    async with home.writing() as work:
        await listings.withdraw(work, alice, post.id)
    assert (await peer.get(f"{post.uri}/proposal")).status == 410
    assert assert_document(await peer.get(f"{alice.uri}/offers"))["totalItems"] == 0


async def test_pages_of_the_outbox_stay_where_they_are(home: RigNode, alice: Actor, peer: Peer) -> None:
    written = [(await publish(home, alice, text=f"number {number}")).uri for number in range(25)]
    whole = assert_document(await peer.get(f"{alice.uri}/outbox"))
    assert whole["totalItems"] == 25
    first = assert_document(await peer.get(whole["first"]))
    await publish(home, alice, text="one more")
    second = assert_document(await peer.get(first["next"]))
    seen = [item["object"]["id"] for item in first["orderedItems"] + second["orderedItems"]]
    assert seen == written[::-1]
    assert "next" not in second
    newer = assert_document(await peer.get(second["prev"]))
    assert [item["object"]["id"] for item in newer["orderedItems"]][-1] == written[5]
    last = assert_document(await peer.get(whole["last"]))
    assert last["orderedItems"][-1]["object"]["id"] == written[0]
    assert (await peer.get(f"{alice.uri}/outbox?page=true&max_id=x&min_id=-1")).status == 200


async def test_followers_are_counted_and_not_named(home: RigNode, alice: Actor, peer: Peer) -> None:
    for name in ("followers", "following", "connections"):
        found = assert_document(await peer.get(f"{alice.uri}/{name}"))
        assert found["totalItems"] == 0
        assert "first" not in found
        assert "orderedItems" not in found


async def test_membership_is_said_on_both_sides(home: RigNode, alice: Actor, peer: Peer) -> None:
    office = f"{home.base}/ap/actors/office"
    listed = assert_document(await peer.get(f"{office}/members?page=true"))
    assert listed["orderedItems"] == [alice.uri]
    said = assert_document(await peer.get(f"{alice.uri}/affiliations"))["orderedItems"][0]
    assert (said["type"], said["subject"], said["object"]) == ("Relationship", alice.uri, office)
    assert assert_document(await peer.get(said["id"])) == said
    assert complaints(said) == set()
    key = read_multikey(assert_document(await peer.get(office))["assertionMethod"][0]["publicKeyMultibase"])
    proofs.verify(said, key, home.clock())  # type: ignore[arg-type]
    assert assert_document(await peer.get(listed["prev"]))["orderedItems"] == []


async def test_pages_lead_programs_to_the_document(home: RigNode, alice: Actor, peer: Peer) -> None:
    post = await publish(home, alice)
    async with home.writing() as work:
        listing = await listings.publish(work, alice, listings.Draft("offer", "Oak table", "Seasoned.", terms="gift"))
    for url, uri in ((alice.url, alice.uri), (post.url, post.uri), (listing.url, listing.uri)):
        answer = await peer.get(url)
        assert (answer.status, answer.headers["Location"]) == (303, uri)
        assert "Accept" in answer.headers["Vary"]
        page = await peer.get(url, accept="text/html")
        assert page.status == 200
        assert b'type="application/activity+json"' in page.body
        assert uri.encode() in page.body
