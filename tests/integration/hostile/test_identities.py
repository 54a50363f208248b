"""Names that are borrowed: whoever says, in whatever way, that they were somebody else changes nothing of theirs."""

import re
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.errors import NodeError
from node.follows.model import Follow
from node.inbox.model import Received
from node.peers import doors
from node.posts.model import Post
from support.inbound import post_of, say
from support.network import Network
from support.nodes import Member, Nodes, RigNode
from support.peer import PUBLIC, Peer

pytestmark = pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)


@pytest.fixture
async def target(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


@pytest.fixture
async def alice(target: RigNode) -> Member:
    return await target.member("Alice Baker")


async def facts(target: RigNode, uri: str) -> tuple[Any, ...]:
    """What is known of somebody, as it is stored."""
    async with target.reading() as work:
        columns = (Actor.id, Actor.uri, Actor.host, Actor.username, Actor.name, Actor.inbox_uri, Actor.url)
        row = (await work.session.execute(sa.select(*columns).where(Actor.uri == uri))).one()
    return tuple(row)


async def test_every_inbox_wants_a_signature(target: RigNode, alice: Member, peer: Peer) -> None:
    """The one of the node, of a member and whatever is added later, also while we have to do with nobody."""
    sam, eve = peer.person("sam"), peer.person("eve")
    inboxes = {
        re.sub(r"\{\w+\}", "alice", route.resource.canonical)
        for route in target.app.router.routes()
        if route.method == "POST" and route.resource and route.resource.canonical.endswith("inbox")
    }
    assert len(inboxes) >= 3
    for keeps_to_list in (False, True):
        async with target.writing() as work:
            await doors.set_rules(work, keeps_to_list=keeps_to_list, is_secure=False)
        for path in sorted(inboxes):
            inbox = f"{target.base}{path}"
            follow = peer.activity(sam, "Follow", alice.uri)
            tries = (
                {"sign": False},
                {"key": eve.key},
                {"key_id": eve.key_id, "key": eve.key},
                {"signed": "date"},
                {"headers": {"signature": "x"}},
            )
            for how in tries:
                assert (await peer.send(sam, inbox, follow, **how)).status in (400, 401, 403, 421), (path, how)
    async with target.reading() as work:
        assert (await work.session.scalars(sa.select(Received.id))).all() == []


async def test_names_that_look_like_somebody_else_s(
    target: RigNode, alice: Member, peer: Peer, network: Network
) -> None:
    """However the id of the victim is written, a key of another does not speak for it, nor twice in one activity."""
    other = Peer("q.test", network, target.time)
    await other.open()
    try:
        sam, eve, ann = peer.person("sam"), peer.person("eve"), other.person("ann")
        for who, at in ((sam, peer), (ann, other)):
            assert await say(target, at, who, at.activity(who, "Like", f"{target.base}/x")) in ("done", "ignored")
            await target.worker.directory.actor(who.uri)
        before = [await facts(target, who.uri) for who in (sam, ann)]
        names = (
            sam.uri, "http://P.TEST/users/sam", "http://p.test:80/users/sam", "http://p.test./users/sam",
            "http://eve@p.test/users/sam", f"http://q.test@p.test{'/users/ann'}", "http://p.test\\@q.test/users/ann",
            "http://p.test/users/SAM", "http://p.test/users/sam/", "http://p.test/users/sam#main-key",
            "http://p.test/users/sam?x", "http://p.test/users/eve/../sam", "http://p.test/users/s%61m",
            "http://\uff50.test/users/sam", "http://p\u3002test/users/sam", "http://p.test:8080/users/sam",
            "https://p.test/users/sam", "http://q.test/users/ann", "HTTP://Q.TEST/users/ann", " http://q.test/users/ann",
            "acct:ann@q.test", "//q.test/users/ann", f"{target.base}/ap/actors/office", alice.uri,
        )  # fmt: skip
        for name in names:
            for odd in (
                {"actor": name},
                {"actor": name, "as:actor": eve.uri},
                {"as:actor": name},
                {"actor": name, "https://www.w3.org/ns/activitystreams#actor": eve.uri},
                {"actor": [eve.uri, name]},
                {"actor": {"type": "Person", "id": name, "publicKey": eve.document["publicKey"]}},
            ):
                follow = {**peer.activity(eve, "Follow", alice.uri), **odd}
                sent = await peer.send(eve, f"{target.base}/ap/inbox", follow)
                if follow["actor"] != eve.uri:
                    assert sent.status in (202, 400, 401, 403), (name, sent.status)
            renamed = {
                **peer.activity(eve, "Update", {**eve.document, "id": name, "name": "Taken"}),
                "id": peer.uri("activities"),
            }
            await peer.send(eve, f"{target.base}/ap/inbox", renamed)
        await target.settle()
        assert [await facts(target, who.uri) for who in (sam, ann)] == before
        async with target.reading() as work:
            rows = await work.session.scalars(
                sa.select(Actor.uri).join(Follow, Follow.follower_id == Actor.id).distinct()
            )
            assert set(rows) <= {eve.uri}
            assert "Taken" not in (await work.session.scalars(sa.select(Actor.name))).all()
    finally:
        await other.close()


async def test_a_host_says_nothing_of_another(target: RigNode, alice: Member, peer: Peer, network: Network) -> None:
    """Documents at q.test that claim ids, addresses or authors at p.test, and are looked up, answered and passed on."""
    evil = Peer("q.test", network, target.time)
    await evil.open()
    try:
        sam, eve = peer.person("sam"), evil.person("eve")
        true = peer.note(sam, "<p>true</p>", to=[PUBLIC, alice.uri])
        assert await say(target, peer, sam, peer.activity(sam, "Create", true)) == "done"
        before = await facts(target, sam.uri)
        key = eve.document["publicKey"]
        forged = {**true, "content": "<p>forged</p>", "updated": "2030-01-01T00:00:00Z"}
        fakes: dict[str, dict[str, Any]] = {
            "/users/sam": {**sam.document, "name": "Forged", "inbox": f"{evil.base}/inbox", "publicKey": key},
            "/users/sam2": {**sam.document, "id": f"{evil.base}/users/sam2", "publicKey": {**key, "owner": sam.uri}},
            "/users/userinfo": {**sam.document, "id": "http://p.test@q.test/users/userinfo"},
            "/users/cased": {**sam.document, "id": "HTTP://P.TEST/users/sam", "publicKey": key},
            "/@sam": {**eve.document, "url": f"{peer.base}/@sam", "name": "eve"},
            "/n/1": forged,
            "/n/2": {**forged, "id": f"{evil.base}/n/2"},
            "/n/3": {**forged, "id": f"{evil.base}/n/3", "attributedTo": eve.uri, "url": true["id"]},
            "/n/4": {**forged, "id": f"{evil.base}/n/4", "attributedTo": [sam.uri, eve.uri]},
            "/n/5": {**forged, "id": f"{evil.base}/n/5", "attributedTo": sam.document},
            "/n/6": {**forged, "id": f"{evil.base}/n/6", "actor": eve.uri},
            "/n/7": peer.activity(sam, "Create", forged, id=f"{evil.base}/n/7"),
            "/n/8": {"type": "Announce", "id": f"{evil.base}/n/8", "actor": sam.uri, "object": forged},
        }
        evil.documents |= fakes
        visitor = await target.logged_in(alice)
        directory = target.worker.directory
        assert await say(target, evil, eve, evil.activity(eve, "Follow", alice.uri)) == "done"
        for path in fakes:
            uri = f"{evil.base}{path}"
            for find in (directory.actor, directory.key, directory.document):
                try:
                    found = await find(uri)
                except NodeError:
                    continue
                said = found if isinstance(found, dict) else {"id": getattr(found, "uri", "")}
                assert str(said["id"]).startswith((f"{evil.base}/", eve.uri)), (path, find)
            page = await visitor.open(f"/search?q={quote(uri, safe='')}")
            assert page.status < 500
            for kind, of in (
                ("Announce", uri), ("Create", fakes[path]), ("Update", fakes[path]),
                ("Create", evil.note(eve, "re", inReplyTo=uri, to=[PUBLIC, alice.uri])),
                ("Announce", fakes[path]), ("Update", {**fakes[path], "id": true["id"]}),
            ):  # fmt: skip
                sent = await evil.send(eve, f"{target.base}/ap/inbox", evil.activity(eve, kind, of, to=[PUBLIC]))
                assert sent.status in (202, 400, 401, 403)
        await evil.send(eve, f"{target.base}/ap/inbox", evil.activity(eve, "Delete", true["id"]))
        for number, author in enumerate((eve.uri, sam.uri)):  # before sam has written it
            early = {**forged, "id": f"{peer.base}/objects/early{number}", "attributedTo": author}
            for kind in ("Create", "Update", "Announce"):
                await evil.send(eve, f"{target.base}/ap/inbox", evil.activity(eve, kind, early, to=[PUBLIC]))
        await target.settle()
        assert await facts(target, sam.uri) == before
        kept = await post_of(target, true["id"])
        assert kept is not None
        assert (kept.content, kept.deleted_at) == ("<p>true</p>", None)
        async with target.reading() as work:
            rows = await work.session.execute(
                sa.select(Post.uri, Post.url).join(Actor, Actor.id == Post.author_id).where(Actor.uri == sam.uri)
            )
            assert [row.uri for row in rows] == [true["id"]], "nothing else is by sam"
            theirs = await work.session.scalars(sa.select(Post.uri).where(Post.uri.startswith(peer.base)))
            assert theirs.all() == [true["id"]], "nobody takes an id there"
            rows = await work.session.execute(sa.select(Post.url).where(Post.uri.startswith(evil.base)))
            assert [row.url for row in rows if row.url and row.url.startswith(peer.base)] == []
            people = await work.session.execute(sa.select(Actor.handle_host, Actor.url).where(Actor.host != "p.test"))
            assert [row for row in people if "p.test" in f"{row.handle_host} {row.url}"] == []
            hosts = set(await work.session.scalars(sa.select(Actor.host)))
        assert hosts <= {"a.test", "p.test", "q.test"}
    finally:
        await evil.close()
