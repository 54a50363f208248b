"""What was begun elsewhere is done here, and visitors are led home to answer."""

from urllib.parse import quote

import pytest

from node.actors.model import Actor
from node.posts.service import Draft, publish
from support.nodes import Nodes
from support.peer import Peer


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_what_was_begun_elsewhere_is_asked_about_here(nodes: Nodes, peer: Peer) -> None:
    home = await nodes.start("a.test")
    alice = await home.member("Alice")
    bob = peer.person("bob")
    note = peer.note(bob, "<p>An oak table</p>")
    page = await home.logged_in(alice)
    templates = {
        link["rel"].rpartition("/")[2]: link["template"]
        for link in (await page.open("/.well-known/webfinger?resource=acct:alice@a.test", accept="*/*")).json["links"]
        if "template" in link
    }
    assert set(templates) == {"subscribe", "Follow", "Like", "Announce", "Object", "Create"}
    follow = await page.open(templates["Follow"].replace("{object}", quote(bob.uri, safe="")))
    assert follow.status == 200 and follow.form("follow")
    for intent, action in (("Like", "/like"), ("Announce", "/pass-on")):
        shown = await page.open(templates[intent].replace("{object}", quote(note["id"], safe="")))
        assert shown.status == 200 and "An oak table" in shown.text
        assert (await page.send(shown, shown.form(action))).status == 200
    await home.settle()
    assert sorted(activity["type"] for activity in peer.activities()) == ["Announce", "Like"]
    seen = await page.open(templates["Object"].replace("{object}", quote(note["id"], safe="")))
    assert seen.path.startswith("/posts/") and "An oak table" in seen.text
    written = await page.open(templates["Create"].format(content="Hello%20there", inReplyTo=quote(note["id"], safe="")))
    assert written.path == "/posts/new" and written.form("new").fields["text"][0].strip() == "Hello there"
    subscribed = await page.open(templates["subscribe"].replace("{uri}", quote(bob.uri, safe="")))
    assert subscribed.path == "/@bob@p.test"
    for odd in ("", "bear:?t=x&u=y", "ap://did:key:z6Mk/actor", "http://127.0.0.1/x", "x" * 3_000):
        assert (await page.open(f"/intents/like?object={quote(odd, safe='')}")).status == 404
    visitor = await home.visitor()
    assert (await visitor.open(f"/intents/follow?object={quote(bob.uri)}")).path == "/login"


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_a_visitor_is_led_home_to_answer(nodes: Nodes, peer: Peer) -> None:
    home = await nodes.start("a.test")
    other = await nodes.start("b.test")
    await other.member("Bob")
    alice = await home.member("Alice")
    async with home.writing() as work:
        post = await publish(work, await work.session.get_one(Actor, alice.actor_id), Draft("Who has oak?"))
    visitor = await home.visitor()
    shown = await visitor.open(f"/@alice/{post.id}")
    assert any(form.action == "/answer" for form in shown.forms)
    led = await visitor.open(f"/answer?post={post.id}&address=@bob@b.test")
    assert led.status == 200
    assert f"http://b.test/authorize_interaction?uri={quote(post.uri, safe='')}" in led.links
    for address, status in (("@nobody@p.test", 422), ("javascript:x", 422), ("@x@127.0.0.1", 422)):
        assert (await visitor.open(f"/answer?post={post.id}&address={quote(address)}")).status == status
    assert (await visitor.open("/answer?post=1")).status == 404
