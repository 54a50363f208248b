"""What goes around something else: an envelope, a boost, a quote. It gives nobody more than what is inside does."""

from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import sqlalchemy as sa

from node.access import can_read
from node.accounts import tokens
from node.actors.model import Actor
from node.circles import members as circle_members
from node.circles import service as circles
from node.circles.rules import Facts
from node.follows import service as follows
from node.polls.model import PollOption
from node.posts import queries
from node.posts import service as posts
from node.posts.model import Post
from node.posts.service import Draft
from node.sanctions import service as sanctions
from support.inbound import befriend, post_of, say
from support.network import Network
from support.nodes import Member, Nodes, RigNode, a_pair
from support.peer import PUBLIC, Peer

pytestmark = pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
MARK = "zephyrine"


@pytest.fixture
async def target(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


async def token_of(target: RigNode, who: Member) -> dict[str, str]:
    async with target.writing() as work:
        token, _ = await tokens.make_row(work, who.account_id, "App", ["read", "write", "follow"], None)
    return {"Authorization": f"Bearer {token}"}


async def test_nobody_but_the_author_adds_readers(target: RigNode, peer: Peer, network: Network) -> None:
    alice, carol = await target.member("Alice Baker"), await target.member("Carol Other")
    other = Peer("q.test", network, target.time)
    await other.open()
    try:
        sam, eve, zoe = peer.person("sam"), peer.person("eve"), other.person("zoe")
        for who, at in ((sam, peer), (eve, peer), (zoe, other)):
            await befriend(target, at, who, carol)
        quiet = peer.note(sam, f"<p>{MARK}</p>", to=[alice.uri], cc=[], tag=[{"type": "Mention", "href": alice.uri}])
        async with target.writing() as work:
            me = await work.session.get_one(Actor, alice.actor_id)
            ours = await posts.publish(work, me, Draft(f"@sam@p.test {MARK}", visibility="direct"))
        assert await say(target, peer, sam, peer.activity(sam, "Create", quiet, to=[alice.uri])) == "done"
        wide: dict[str, Any] = {"to": [PUBLIC, carol.uri], "cc": [f"{sam.uri}/followers"]}
        named = {"tag": [{"type": "Mention", "href": carol.uri}], "updated": "2030-01-01T00:00:00Z"}
        mine: dict[str, Any] = {"type": "Note", "id": ours.uri, "attributedTo": alice.uri, "content": MARK}
        for who, at in ((eve, peer), (zoe, other), (sam, peer)):
            for of in (quiet["id"], {**quiet, **wide, **named}, ours.uri, {**mine, **wide, **named}):
                if who is sam and isinstance(of, dict) and of["id"] == quiet["id"]:
                    continue  # may widen his own
                for kind in ("Announce", "Create", "Update", "QuoteRequest"):
                    said = at.activity(who, kind, of, **wide)
                    sent = await at.send(who, f"{target.base}/ap/inbox", said)
                    assert sent.status in (202, 400, 401, 403)
                    if kind == "Update":
                        nested = at.activity(who, "Announce", said, **wide)
                        await at.send(who, f"{target.base}/ap/inbox", nested)
        await target.settle()
        copy = await post_of(target, quiet["id"])
        assert copy is not None
        for id, readers in ((copy.id, {alice.actor_id}), (ours.id, {alice.actor_id})):
            async with target.reading() as work:
                post = await work.session.get_one(Post, id)
                assert post.visibility == "direct"
                assert carol.uri not in (*post.to, *post.cc) and PUBLIC not in (*post.to, *post.cc)
                for viewer in (alice.actor_id, carol.actor_id, None):
                    assert await can_read(work, viewer, id) == (viewer in readers)
        carols = await target.logged_in(carol)
        for path in ("/feed?lens=both", "/notifications", f"/posts/{copy.id}", f"/posts/{ours.id}"):
            assert MARK not in (await carols.open(path)).text, path
        assert (await other.get(ours.uri, signer=zoe)).status == 404
    finally:
        await other.close()


async def test_somebody_shut_out_does_not_come_back_in_other_hands(
    target: RigNode, peer: Peer, network: Network
) -> None:
    alice, ada = await target.member("Alice Baker"), await target.member("Ada Office", role="admin")
    other = Peer("q.test", network, target.time)
    await other.open()
    try:
        eve, ann = peer.person("eve"), other.person("ann")
        eve_id = await befriend(target, peer, eve, alice)
        await befriend(target, other, ann, alice)
        old = peer.note(eve, f"<p>{MARK} old</p>")
        new = peer.note(eve, f"<p>{MARK} new</p>")
        assert await say(target, peer, eve, peer.activity(eve, "Create", old)) == "done"
        async with target.writing() as work:
            await sanctions.suspend(work, ada.account_id, eve_id)
        peer.documents["/users/eve"] = {**eve.document, "name": MARK, "summary": MARK}
        for about in (old, new):
            for kind, of in (
                ("Announce", about["id"]),
                ("Announce", about),
                ("Announce", peer.activity(eve, "Create", about)),
                ("Like", about["id"]),
                ("Create", other.note(ann, "<p>Look</p>", inReplyTo=about["id"], to=[PUBLIC, alice.uri])),
                ("Create", other.note(ann, "<p>Look</p>", quote=about["id"], to=[PUBLIC, alice.uri])),
                ("Create", about),
            ):
                sent = await other.send(ann, f"{target.base}/ap/inbox", other.activity(ann, kind, of, to=[PUBLIC]))
                assert sent.status in (202, 400, 401, 403)
        assert (await peer.send(eve, f"{target.base}/ap/inbox", peer.activity(eve, "Create", new))).status == 403
        await target.settle()
        visitor, headers = await target.logged_in(alice), await token_of(target, alice)
        asked = [quote(words, safe="") for words in (eve.uri, "@eve@p.test", old["id"], new["id"])]
        for words in asked:
            assert MARK not in (await visitor.open(f"/search?q={words}")).text
            found = await visitor.open(f"/api/v2/search?resolve=true&q={words}", accept="application/json", **headers)
            assert MARK not in found.body.decode()
        await target.settle()
        async with target.reading() as work:
            ids = (await work.session.scalars(sa.select(Post.id))).all()
            hers = (await work.session.scalars(sa.select(Post.id).where(Post.author_id == eve_id))).all()
        for id in hers:
            async with target.reading() as work:
                assert not await can_read(work, alice.actor_id, id)
        for path in ("/feed?lens=both", "/notifications", "/@eve@p.test", *(f"/posts/{id}" for id in ids)):
            assert MARK not in (await visitor.open(path)).body.decode(), path
        for path in ("timelines/home", "timelines/public", "notifications",
                     *(f"statuses/{id}{part}" for id in ids for part in ("", "/context"))):  # fmt: skip
            found = await visitor.open(f"/api/v1/{path}", accept="application/json", **headers)
            assert MARK not in found.body.decode(), path
    finally:
        await other.close()


async def test_who_waits_to_be_let_in_reads_nothing_yet(target: RigNode, peer: Peer) -> None:
    """What is for followers or for a circle, to a member who asked and was not answered; here and elsewhere."""
    alice, bob, carol = [await target.member(name) for name in ("Alice Baker", "Bob Joiner", "Carol Other")]
    sam, eve = peer.person("sam"), peer.person("eve")
    async with target.writing() as work:
        founder, asking = [await work.session.get_one(Actor, who.actor_id) for who in (alice, bob)]
        founder.approves_followers = True
        assert (await follows.follow(work, asking, founder)).state == "asked"
        group = await circles.create(work, founder, Facts("Inside", is_closed=True, openness="request"), a_pair())
        await circle_members.join(work, asking, group)
        kept = [
            (await posts.publish(work, founder, Draft(MARK, visibility="followers"))).id,
            (await posts.publish(work, founder, Draft(MARK, circle_id=group.id))).id,
        ]
    await say(target, peer, eve, peer.activity(eve, "Follow", alice.uri))
    await befriend(target, peer, sam, carol)
    known = await target.worker.directory.actor(sam.uri)
    async with target.writing() as work:
        them = await work.session.get_one(Actor, known.id)
        await follows.follow(work, await work.session.get_one(Actor, bob.actor_id), them)
    note = peer.note(sam, f"<p>{MARK}</p>", to=[f"{sam.uri}/followers"], cc=[])
    assert await say(target, peer, sam, peer.activity(sam, "Create", note)) == "done"
    copy = await post_of(target, note["id"])
    assert copy is not None
    async with target.reading() as work:
        assert [await can_read(work, bob.actor_id, id) for id in (*kept, copy.id)] == [False] * 3
        assert await can_read(work, carol.actor_id, copy.id)
        uris = [(await work.session.get_one(Post, id)).uri for id in kept]
    assert [(await peer.get(uri, signer=eve)).status for uri in uris] == [404, 404]
    visitor = await target.logged_in(bob)
    for path in ("/feed?lens=both", f"/@{group.username}", *(f"/posts/{id}" for id in (*kept, copy.id))):
        assert MARK not in (await visitor.open(path)).text, path


async def test_a_boost_is_quoted_by_the_leave_of_what_is_in_it(target: RigNode, peer: Peer, network: Network) -> None:
    alice, carol = await target.member("Alice Baker"), await target.member("Carol Other")
    headers = await token_of(target, carol)
    async with target.writing() as work:
        me = await work.session.get_one(Actor, alice.actor_id)
        hers = await posts.publish(work, me, Draft("Not to be shown around", may_quote="nobody"))
        free = await posts.publish(work, me, Draft("Good oak"))

    async def ask(path: str, **given: str) -> Any:
        async with aiohttp.ClientSession(headers={"Host": "a.test", **headers}) as session:
            address = f"http://127.0.0.1:{network.port('a.test')}/api/v1/statuses{path}"
            async with session.post(address, data=given) as found:
                return found.status, await found.json()

    answers = {}
    for post in (hers, free):
        status, wrapper = await ask(f"/{post.id}/reblog")
        assert (status, wrapper["id"] != str(post.id)) == (200, True)
        answers[post.id] = [
            (await ask("", status=f"Look {id}", quoted_status_id=id))[0] for id in (wrapper["id"], str(post.id))
        ]
    assert answers == {hers.id: [422, 422], free.id: [200, 200]}
    # The same from elsewhere: asked for a boost, the answer is that of nobody or of the author.
    eve = peer.person("eve")
    async with target.reading() as work:
        uris = (await work.session.scalars(sa.select(Post.uri).where(Post.kind == "boost"))).all()
    assert len(uris) == 2
    for uri in uris:
        await say(target, peer, eve, peer.activity(eve, "QuoteRequest", uri, instrument=peer.uri()))
    passed = peer.activity(eve, "Announce", hers.uri)
    await say(target, peer, eve, passed)
    await say(target, peer, eve, peer.activity(eve, "QuoteRequest", passed["id"], instrument=peer.uri()))
    assert peer.activities("Accept") == []
    for wrapper in (*uris, passed["id"]):
        showing = peer.note(eve, "<p>Ha</p>", quote=wrapper, to=[PUBLIC, alice.uri])
        await say(target, peer, eve, peer.activity(eve, "Create", showing))
        copy = await post_of(target, showing["id"])
        assert copy is not None
        async with target.reading() as work:
            assert (await queries.one(work, alice.actor_id, copy.id)).quoted is None


async def test_so_many_of_each_and_no_more(target: RigNode, peer: Peer, network: Network) -> None:
    """What one post and one profile may bring along, counted where it is kept."""
    alice, sam = await target.member("Alice Baker"), peer.person("sam")
    await befriend(target, peer, sam, alice)
    icon = {"type": "Image", "url": f"{peer.base}/e.png"}
    tags = [
        entry
        for n in range(200)
        for entry in (
            {"type": "Hashtag", "name": f"#tag{n}"},
            {"type": "Mention", "href": f"http://n{n}.test/u", "name": f"@u@n{n}.test"},
            {"type": "Emoji", "id": f"{peer.base}/e{n}", "name": f":e{n}:", "icon": icon},
        )
    ]
    pictures = [{"type": "Image", "url": f"{peer.base}/{n}.png", "mediaType": "image/png"} for n in range(200)]
    words = " ".join(f":e{n}:" for n in range(200))
    named = [f"http://n{n}.test/u" for n in range(99)]
    note = peer.note(sam, words, tag=tags, attachment=pictures, to=[PUBLIC, *named])
    question = {
        **peer.note(sam, "Which?", to=[PUBLIC, alice.uri]), "type": "Question", "endTime": "2026-06-01T00:00:00Z",
        "oneOf": [{"type": "Note", "name": f"Answer {n}", "replies": {"totalItems": n}} for n in range(500)],
    }  # fmt: skip
    for document in (note, question):
        assert await say(target, peer, sam, peer.activity(sam, "Create", document)) == "done"
    fields = [{"type": "PropertyValue", "name": f"n{n}", "value": "x"} for n in range(300)]
    wide = {**sam.document, "attachment": fields, "alsoKnownAs": [f"http://n{n}.test/u" for n in range(300)]}
    assert await say(target, peer, sam, peer.activity(sam, "Update", wide)) == "done"
    headers = await token_of(target, alice)
    visitor = await target.visitor()
    kept, asked = await post_of(target, note["id"]), await post_of(target, question["id"])
    assert kept is not None and asked is not None
    shown = (await visitor.open(f"/api/v1/statuses/{kept.id}", accept="application/json", **headers)).json
    most = {"tags": 64, "mentions": 50, "emojis": 64, "media_attachments": 16}
    assert {name: (0 if name == "mentions" else 1) <= len(shown[name]) <= many for name, many in most.items()} == (
        dict.fromkeys(most, True)
    )
    async with target.reading() as work:
        options = await work.session.scalar(
            sa.select(sa.func.count()).select_from(PollOption).where(PollOption.post_id == asked.id)
        )
        person = await work.session.scalar(sa.select(Actor).where(Actor.uri == sam.uri))
    assert options == 20
    assert person is not None
    assert 1 <= len(person.fields) <= 50
    assert len(set(network.asked) & {f"n{n}.test" for n in range(200)}) <= 10
