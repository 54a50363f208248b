"""What is not for somebody is not to be found by them: on no page, in no document, by no app and in no number."""

import itertools
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from node.accounts import tokens
from node.actors import queries as actors
from node.actors.model import Actor
from node.follows import service as follows
from node.invitations import service as invitations
from node.invitations.model import Connection
from node.media.model import Media
from node.members import fields
from node.members.service import Entry, revise_profile
from node.notifications.model import Notification
from node.outbox.model import Activity
from node.peers import desk
from node.posts import service as posts
from node.posts.model import Post
from node.posts.service import Draft
from support.network import Network
from support.nodes import Member, Nodes, RigNode
from support.peer import PUBLIC, Peer
from support.visitor import Visitor

ASKED = "quincunx"
"""A word that stands in every secret, and that whoever is curious asks for: a page may repeat it."""
MARK = "zephyrine"
"""A word that stands in every secret and nowhere else."""
SECRET = f"{ASKED} {MARK}"
OPEN_BY_DESIGN = ("/events", "streaming")


@pytest.fixture
async def target(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


@dataclass
class Town:
    alice: Member
    bob: Member
    carol: Member
    keys: dict[str, list[str]]


async def say(target: RigNode, who: Member, text: str, visibility: str, parent: int | None = None) -> int:
    async with target.writing() as work:
        author = await work.session.get_one(Actor, who.actor_id)
        return (await posts.publish(work, author, Draft(text, visibility=visibility, parent_id=parent))).id


async def deliver(target: RigNode, peer: Peer, who: object, document: dict[str, object]) -> None:
    activity = peer.activity(who, "Create", document, to=document["to"], cc=document["cc"])  # type: ignore[arg-type]
    assert (await peer.send(who, f"{target.base}/ap/inbox", activity)).status == 202  # type: ignore[arg-type]


async def settle_in(target: RigNode, peer: Peer) -> Town:
    """Alice and Bob have secrets with each other and with Sam elsewhere; Carol is a member like others."""
    alice, bob, carol = [await target.member(name) for name in ("Alice Baker", "Bob Joiner", "Carol Other")]
    sam, sue = peer.person("sam"), peer.person("sue")
    seen = await say(target, alice, "Hello everybody", "public")
    quiet = await say(target, alice, f"{SECRET} for followers #{ASKED}", "followers")
    direct = await say(target, alice, f"@bob {SECRET} for you", "direct")
    await say(target, bob, f"{SECRET} an answer", "direct", direct)
    gone = await say(target, alice, f"{SECRET} in a hurry", "public")
    async with target.writing() as work:
        author, host = [await work.session.get_one(Actor, who.actor_id) for who in (alice, bob)]
        await posts.withdraw(work, author, gone)
        await invitations.connect(work, author, host, f"Shall we {SECRET}?", f"About {SECRET}")
        entries = {}
        levels = itertools.cycle(("connections", "nobody"))
        for kind in fields.FIELDS:
            if kind.form in ("line", "text"):
                entries[kind.name] = Entry(SECRET, next(levels))
        assert len(entries) > 4
        await revise_profile(work, alice.actor_id, entries=entries)
    to_alice = {"to": [alice.uri], "cc": [], "tag": [{"type": "Mention", "href": alice.uri, "name": "@alice"}]}
    await deliver(target, peer, sam, peer.note(sam, f"{SECRET} from afar", **to_alice))
    for_followers = {"to": [f"{sam.uri}/followers"], "cc": [alice.uri]}
    await deliver(target, peer, sam, peer.note(sam, f"{SECRET} for mine", **for_followers))
    picture = {"type": "Image", "url": f"{peer.base}/{MARK}.png", "name": SECRET}
    await deliver(target, peer, sam, peer.note(sam, "With a picture", attachment=[picture], **to_alice))
    # Addressing our followers is not Sam's to do.
    await deliver(target, peer, sam, peer.note(sam, f"{SECRET} to hers", to=[f"{alice.uri}/followers"], cc=[]))
    await peer.send(sue, f"{target.base}/ap/inbox", peer.activity(sue, "Follow", carol.uri))
    await target.settle()
    keys: dict[str, list[str]] = {"id": [], "username": ["alice", "bob"], "handle": ["alice", "sam@p.test"]}
    async with target.reading() as work:
        for model in (Post, Activity, Connection, Media):
            keys["id"] += [str(key) for key in await work.session.scalars(sa.select(model.id))]
        keys["key"] = [f"ungrouped-{key}" for key in await work.session.scalars(sa.select(Notification.id))]
        stored = (await work.session.scalars(sa.select(Post).where(Post.content.contains(MARK)))).all()
    assert len(stored) == 6  # the tombstone lost its text
    keys["id"].remove(str(seen))
    assert str(quiet) in keys["id"]
    keys |= {"tag": [ASKED], "stream": [], "version": ["2.1"], "host": ["p.test"], "name": ["x"], "code": ["en"]}
    return Town(alice, bob, carol, keys)


def addresses(target: RigNode, keys: dict[str, list[str]]) -> list[str]:
    found = []
    for canonical in sorted(
        {r.resource.canonical for r in target.app.router.routes() if r.method == "GET" and r.resource}
    ):
        parts = re.findall(r"\{(\w+)\}", canonical)
        if any(word in canonical for word in OPEN_BY_DESIGN) or (canonical.endswith("/") and canonical != "/"):
            continue
        if any(part not in keys for part in parts):
            continue
        for values in itertools.product(*(keys[part] for part in parts)):
            address = canonical
            for part, value in zip(parts, values, strict=True):
                address = address.replace("{" + part + "}", value, 1)
            found.append(address)
    return [*found, f"/search?q={ASKED}", f"/directory?q={ASKED}", f"/listings?q={ASKED}", f"/api/v2/search?q={ASKED}",
            f"/api/v1/accounts/search?q={ASKED}", f"/api/commensal/v1/directory?q={ASKED}", "/feed?lens=both",
            f"/api/v1/timelines/tag/{ASKED}", "/ap/actors/alice/outbox?page=true",
            "/ap/actors/bob/outbox?page=true"]  # fmt: skip


async def leaks(visitor: Visitor, found: list[str], accept: str, **headers: str) -> list[str]:
    out = []
    for address in found:
        page = await visitor.open(address, accept=accept, follow=False, **headers)
        assert page.status < 500, address
        body = page.body.decode("utf-8", "replace")
        if MARK in body and MARK not in address:
            out.append(address)
    return out


async def test_nobody_else_finds_a_secret(target: RigNode, peer: Peer) -> None:
    town = await settle_in(target, peer)
    found = addresses(target, town.keys)
    assert len(found) > 200
    if not target.config.is_sqlite:
        # Who may read is one clause on both; how words are found is not.
        found = [address for address in found if "q=" in address or not re.search(r"\d{10}", address)]
    stranger, carol = await target.visitor(), await target.logged_in(town.carol)
    async with target.writing() as work:
        token, _ = await tokens.make_row(work, town.carol.account_id, "App", ["read", "write", "follow"], None)
    machine = [address for address in found if address.startswith("/ap/")]
    apps = [address for address in found if address.startswith("/api/")]
    pages = [address for address in found if not address.startswith(("/api/", "/media/"))]
    assert await leaks(stranger, pages, "text/html") == []
    assert await leaks(stranger, machine, "application/activity+json") == []
    assert await leaks(stranger, apps, "application/json") == []
    assert await leaks(carol, pages, "text/html") == []
    assert await leaks(carol, apps, "application/json", Authorization=f"Bearer {token}") == []
    sue = peer.people["sue"]
    for address in machine:
        answer = await peer.get(f"{target.base}{address}", signer=sue)
        # Sam's host is told what is Sam's; what is between Alice and Bob never leaves the house.
        assert MARK.encode() not in answer.body, address


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_a_document_is_for_the_hosts_of_its_readers(target: RigNode, peer: Peer, network: Network) -> None:
    """Of whom a post names, and of who follows for as long as they do; of nobody who signs and nobody who does not."""
    alice, other = await target.member("Alice Baker"), Peer("q.test", network, target.time)
    await other.open()
    try:
        sam, fan = peer.person("sam"), other.person("fan")
        await deliver(target, peer, sam, peer.note(sam, "Hello", to=[alice.uri], cc=[]))
        assert (
            await other.send(fan, f"{target.base}/ap/inbox", other.activity(fan, "Follow", alice.uri))
        ).status == 202
        await target.settle()
        keys = [
            await say(target, alice, f"@sam@p.test {SECRET}", "direct"),
            await say(target, alice, f"{SECRET} for mine", "followers"),
        ]
        await target.settle()
        async with target.reading() as work:
            posts_ = [work.uris.object(key) for key in keys]
            said = [
                await work.session.scalar(sa.select(Activity.uri).where(Activity.object_uri == uri)) or ""
                for uri in posts_
            ]

        async def answers() -> dict[str, list[int]]:
            return {
                name: [(await at.get(uri, signer=who)).status for uri in (*posts_, *said)]
                for name, at, who in (("p", peer, sam), ("q", other, fan), ("nobody", other, None))
            }

        nothing = [404] * 4
        bob = await target.member("Bob Joiner")
        async with target.writing() as work:
            one, two = [await work.session.get_one(Actor, who.actor_id) for who in (alice, bob)]
            between = (await invitations.connect(work, one, two, "Shall we bake?", "")).uri
        for at, who in ((peer, sam), (other, fan), (other, None)):
            assert (await at.get(between, signer=who)).status == 404, "whom one knows is for the two"
        assert await answers() == {"p": [200, 404] * 2, "q": [404, 200] * 2, "nobody": nothing}
        async with target.writing() as work:
            me, them = await work.session.get_one(Actor, alice.actor_id), await actors.by_uri(work, fan.uri)
            assert them is not None
            them_id = them.id
            await follows.remove_follower(work, me, them)
        assert (await answers())["q"][:2] == [404, 404]
        again = other.activity(fan, "Follow", alice.uri)
        async with target.writing() as work:
            (await work.session.get_one(Actor, alice.actor_id)).approves_followers = True
        assert (await other.send(fan, f"{target.base}/ap/inbox", again)).status == 202
        await target.settle()
        assert (await answers())["q"][:2] == [404, 404], "who asks is no follower yet"
        async with target.writing() as work:
            (await work.session.get_one(Actor, them_id)).suspended_at = work.now
            await desk.block(work, "p.test", "Sells tables that are not there")
        assert await answers() == {"p": [403] * 4, "q": [403] * 4, "nobody": nothing}
    finally:
        await other.close()


async def test_a_picture_is_for_whom_its_post_is_for(target: RigNode, peer: Peer) -> None:
    alice, carol = await target.member("Alice Baker"), await target.member("Carol Other")
    sam = peer.person("sam")
    picture = {"type": "Image", "url": f"{peer.base}/secret.png", "mediaType": "image/png"}
    mention = [{"type": "Mention", "href": alice.uri, "name": "@alice"}]
    await deliver(target, peer, sam, peer.note(sam, "Look", to=[alice.uri], cc=[], tag=mention, attachment=[picture]))
    await target.settle()
    async with target.reading() as work:
        address = f"/media/elsewhere/{await work.session.scalar(sa.select(Media.id))}"
    for visitor in (await target.visitor(), await target.logged_in(carol)):
        missing = await visitor.open("/media/elsewhere/1", follow=False)
        assert (await visitor.open(address, follow=False)).body == missing.body
    assert [request.path for request in peer.requests if "secret" in request.path] == []
    assert (await (await target.logged_in(alice)).open(address, follow=False)).status == 200
    assert [request.path for request in peer.requests if "secret" in request.path] == ["/secret.png"]


async def test_who_follows_whom_is_for_the_two_to_tell(target: RigNode, peer: Peer) -> None:
    """An app reads its owner's lists alone; of anybody else there is a number, as in the documents."""
    alice, carol = await target.member("Alice Baker"), await target.member("Carol Other")
    sam = peer.person("sam")
    assert (await peer.send(sam, f"{target.base}/ap/inbox", peer.activity(sam, "Follow", alice.uri))).status == 202
    await target.settle()
    keys = {}
    async with target.writing() as work:
        for who in (alice, carol):
            keys[who.username], _ = await tokens.make_row(work, who.account_id, "App", ["read"], None)
    visitor = await target.visitor()
    address = f"/api/v1/accounts/{alice.actor_id}/followers"
    for token, count in ((None, 0), (keys["carol"], 0), (keys["alice"], 1)):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        page = await visitor.open(address, accept="application/json", **headers)
        assert (page.status, len(page.json)) == (200, count)
    shown = (await visitor.open(address.removesuffix("/followers"), accept="application/json")).json
    assert (shown["followers_count"], shown["hide_collections"]) == (1, True)
    document = await visitor.open("/ap/actors/alice/followers", accept="application/activity+json")
    assert document.json["totalItems"] == 1
    assert sam.uri not in document.body.decode()


async def test_a_closed_door_hides_what_came_through_it(target: RigNode, peer: Peer) -> None:
    """Posts of a host that was shut out are on no page, in no collection and in no app, and cannot be looked up."""
    alice = await target.member("Alice Baker", role="admin")
    open_post = await say(target, alice, "Who has chairs?", "public")
    sam = peer.person("sam")
    async with target.reading() as work:
        asked = await work.session.get_one(Post, open_post)
    mention = {"to": [PUBLIC, alice.uri], "cc": [], "tag": [{"type": "Mention", "href": alice.uri}]}
    answer = peer.note(sam, f"{MARK} answers", inReplyTo=asked.uri, context=asked.context, **mention)
    proposal = {"type": "Proposal", "purpose": "offer", "name": f"{MARK} chairs", "attributedTo": sam.uri,
                "publishes": {"type": "Intent", "action": "transfer"}}  # fmt: skip
    offer = peer.note(sam, f"{MARK} chairs", attachment=[proposal], **mention)
    for document in (answer, offer):
        await deliver(target, peer, sam, document)
    await target.settle()
    async with target.writing() as work:
        token, _ = await tokens.make_row(work, alice.account_id, "App", ["read", "write", "follow"], None)
        ids = [str(key) for key in await work.session.scalars(sa.select(Post.id))]
    keys = {"id": ids, "username": ["alice"], "handle": ["alice"], "tag": [ASKED], "version": ["2.1"]}
    found = [address for address in addresses(target, keys) if not address.startswith(("/media/", "/office/"))]
    visitor = await target.logged_in(alice)
    [replies] = [address for address in found if address == f"/ap/objects/{open_post}/replies"]
    assert answer["id"] in (await visitor.open(replies, accept="application/activity+json")).body.decode()
    async with target.writing() as work:
        await desk.block(work, "p.test", "Sells tables that are not there")
    before = len(peer.requests)
    assert answer["id"] not in (await visitor.open(replies, accept="application/activity+json")).body.decode()
    contexts = urlsplit(asked.context or "").path
    assert answer["id"] not in (await visitor.open(contexts, accept="application/activity+json")).body.decode()
    assert await leaks(visitor, [a for a in found if not a.startswith("/api/")], "text/html") == []
    apps = [address for address in found if address.startswith("/api/")]
    assert await leaks(visitor, apps, "application/json", Authorization=f"Bearer {token}") == []
    for address in (answer["id"], "@sam@p.test", sam.uri, "@new@p.test"):
        await visitor.open(f"/search?q={address}")
    assert (await peer.send(sam, f"{target.base}/ap/inbox", peer.activity(sam, "Follow", alice.uri))).status == 403
    await target.settle()
    assert len(peer.requests) == before
