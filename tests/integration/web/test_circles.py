"""Circles on the pages and in apps: begun, joined, spoken in, looked after; nothing there needs JavaScript."""

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.posts.model import Post
from support.nodes import Nodes, RigNode


@pytest.fixture
async def home(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)  # what it asks the database is tried on both elsewhere
async def test_a_circle_is_begun_joined_and_looked_after(home: RigNode) -> None:
    alice, bob, cy = await home.member("Alice Baker"), await home.member("Bob Coper"), await home.member("Cy Dyer")
    her, his, other = await home.logged_in(alice), await home.logged_in(bob), await home.logged_in(cy)

    page = await her.submit("/circles/new", {"name": ""}, button="Begin it")
    assert page.status == 422
    page = await her.submit(
        "/circles/new", {"name": "Woodworkers", "openness": "open", "closed": "yes"}, button="Begin it"
    )
    assert "somebody has to say who becomes one" in page.text
    page = await her.submit(
        "/circles/new",
        {"name": "Woodworkers", "about": "For **oak** and ash.", "openness": "request", "closed": "yes"},
        button="Begin it",
    )
    assert page.path == "/@woodworkers"
    async with home.reading() as work:
        circle = await work.session.scalar(sa.select(Actor).where(Actor.kind == "group"))
        assert circle is not None

    page = await his.open("/circles")
    assert "Woodworkers" in page.text
    page = await his.open("/@woodworkers")
    assert "stays here" in page.text
    assert (await his.open(f"/circles/{circle.id}/edit")).status == 403
    assert (await his.open(f"/circles/{circle.id}/people")).status == 404
    page = await his.submit("/@woodworkers", {}, action="/join$")
    assert "was asked" in page.text
    assert "Bob Coper would like to join Woodworkers" in (await her.open("/notifications")).text
    page = await her.submit(f"/circles/{circle.id}/people", {}, action="/let-in$")
    assert "Bob Coper is in." in page.text
    assert "You are in Woodworkers now" in (await his.open("/notifications")).text

    page = await his.open(f"/posts/new?circle={circle.id}")
    page = await his.submit(
        f"/posts/new?circle={circle.id}", {"text": "Oak at last", "circle": str(circle.id)}, button="Say it"
    )
    assert "in Woodworkers" in page.text
    async with home.reading() as work:
        post = await work.session.scalar(sa.select(Post).where(Post.circle_id == circle.id))
        assert post is not None
        assert post.visibility == "circle"
    assert (await other.open(page.path)).status == 404
    assert "Oak at last" not in (await other.open("/@woodworkers")).text
    assert "Oak at last" not in (await other.open("/feed")).text
    assert "Oak at last" in (await her.open("/feed")).text
    page = await her.submit(f"/posts/{post.id}", {"text": "Where?"}, button="Answer")
    async with home.reading() as work:
        answer = await work.session.scalar(sa.select(Post).where(Post.parent_id == post.id))
        assert answer is not None
        assert (answer.visibility, answer.circle_id) == ("circle", circle.id)

    page = await her.submit(f"/circles/{circle.id}/invite", {"whom": "@cy"}, button="Invite")
    assert "Cy Dyer is invited." in page.text
    page = await other.submit("/circles", {}, action="/accept$")
    assert page.path == "/@woodworkers"
    assert "Oak at last" in page.text
    page = await her.submit(f"/circles/{circle.id}/posts/{post.id}/take-out", {"reason": ""}, button="Take it out")
    assert "Oak at last" not in (await other.open("/@woodworkers")).text
    assert "Oak at last" in (await his.open(f"/posts/{post.id}")).text
    page = await her.submit(f"/circles/{circle.id}/people", {}, action=f"/{bob.actor_id}/remove$")
    assert "no longer takes part" in page.text
    assert "You no longer take part" in (await his.open("/@woodworkers")).text
    page = await her.submit("/@woodworkers", {}, action="/leave$")
    assert "only moderator" in page.text
    page = await her.submit(f"/circles/{circle.id}/end", {}, action="/end$")
    assert page.path == "/circles"
    assert (await other.open("/@woodworkers")).status == 410
