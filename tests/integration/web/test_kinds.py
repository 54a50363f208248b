"""Questions, articles and corrections on pages, in a browser without JavaScript."""

import re

import sqlalchemy as sa

from node.posts.model import Post
from support.nodes import RigNode


async def _newest(node: RigNode) -> Post:
    async with node.reading() as work:
        found = await work.session.scalar(sa.select(Post).order_by(Post.id.desc()).limit(1))
        assert found is not None
        return found


async def test_asking_answering_and_closing(node: RigNode) -> None:
    at_alice = await node.logged_in(await node.member("Alice Baker"))
    at_carol = await node.logged_in(await node.member("Carol Joiner"))
    asked = {"text": "Which flour?", "option-1": "Rye", "option-2": "Spelt", "several": "yes", "lasts": "3"}
    refused = await at_alice.submit("/posts/new", {**asked, "option-2": "rye".title()}, action="/posts/new")
    assert refused.status == 422
    assert "the same" in refused.text
    assert b'value="Rye"' in refused.body
    assert (await at_alice.submit("/posts/new", asked, action="/posts/new")).path == "/feed"
    post = await _newest(node)
    page = f"/@alice/{post.id}"
    assert "How people answered" in (await at_alice.open(page)).text
    assert "How people answered" in (await (await node.visitor()).open(page)).text

    asking = await at_carol.open(page)
    found = await at_carol.send(asking, asking.form("/vote"), {"choice": ["0", "1"]})
    assert "Your answer counts" in found.text
    assert re.search(r"Rye ✓.*100 % \(1\)", found.text, re.DOTALL)
    again = await at_carol.ask("POST", f"/posts/{post.id}/vote", data={"csrf": "x"})
    assert again.status in (303, 400, 403)
    assert not any(form.action.endswith("/close") for form in found.forms)
    closed = await at_alice.submit(page, {}, action="/close")
    assert "Closed" in closed.text
    assert "is decided" in (await at_carol.open("/notifications")).text
    assert "Your question is answered" in (await at_alice.open("/notifications")).text
    assert (await at_carol.open("/posts/12/vote")).status in (404, 405)


async def test_an_article_and_how_it_read_before(node: RigNode) -> None:
    at_alice = await node.logged_in(await node.member("Alice Baker"))
    typed = {"title": "On oak", "text": "Oak is slow.\n\n## Patience\n\nTwo years. " + "And more. " * 700}
    assert (
        await at_alice.submit("/posts/new?form=article", {"title": "", "text": "x"}, action="/posts/new")
    ).status == 422
    await at_alice.submit("/posts/new?form=article", typed, action="/posts/new")
    post = await _newest(node)
    assert (post.kind, post.title) == ("article", "On oak")
    feed = await at_alice.open("/feed")
    assert "Read it whole" in feed.text
    assert "Patience" not in feed.text
    assert b"<h2>Patience</h2>" in (await at_alice.open(f"/@alice/{post.id}")).body
    before = f"/posts/{post.id}/before"
    assert (await at_alice.open(before)).status == 404
    node.time.forward(minutes=1)
    await at_alice.submit(f"/posts/{post.id}/edit", {"title": "On ash", "text": "Ash is quick."}, action="/edit")
    shown = await at_alice.open(f"/@alice/{post.id}")
    assert before in shown.links
    versions = (await (await node.visitor()).open(before)).text
    assert versions.index("Ash is quick") < versions.index("Oak is slow")
    await at_alice.submit(f"/posts/{post.id}/withdraw", {}, action="/withdraw")
    assert (await at_alice.open(before)).status == 410
