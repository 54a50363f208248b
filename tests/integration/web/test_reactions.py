"""Liking, passing on and keeping on top, as a browser without JavaScript does it, and what people see of it."""

import re

import sqlalchemy as sa

from node.actors.model import Actor
from node.follows import service as follows
from node.posts.model import Post
from node.reactions import queries
from support.nodes import RigNode
from support.visitor import Page, Visitor


def pressed(page: Page, action: str) -> list[str]:
    """The states of the buttons that do this."""
    return re.findall(rf'action="/posts/\d+/{action}".*?aria-pressed="(true|false)"', page.body.decode(), re.DOTALL)


async def press(visitor: Visitor, page: Page, action: str) -> Page:
    return await visitor.send(page, page.form(rf"/posts/\d+/{action}$"))


async def test_a_post_is_liked_passed_on_and_kept_on_top(node: RigNode) -> None:
    people = {name: await node.member(name) for name in ("Alice Baker", "Ben Cooper", "Carol Joiner", "Dora Miller")}
    alice, ben, carol, dora = [await node.logged_in(member) for member in people.values()]
    async with node.writing() as work:
        everybody = {actor.name: actor for actor in await work.session.scalars(sa.select(Actor))}
        for name in ("Ben Cooper", "Carol Joiner"):
            await follows.follow(work, everybody["Dora Miller"], everybody[name])
    await alice.submit("/posts/new", {"text": "Good oak", "lens": "business"}, action="/posts/new")
    async with node.reading() as work:
        id = await work.session.scalar(sa.select(Post.id))

    # She comes back to the very page on which she pressed the button, and sees what she did.
    page = await press(ben, await ben.open("/feed?lens=business"), "like")
    assert page.url == f"{node.base}/feed?lens=business#post-{id}"
    assert pressed(page, "unlike") == ["true"]
    assert "Like 1 what Alice Baker said, 1 like" in page.text
    page = await press(carol, await carol.open(f"/@alice/{id}"), "like")
    assert page.path == f"/@alice/{id}"
    for visitor in (ben, carol):
        page = await press(visitor, await visitor.open("/feed"), "pass-on")
    assert pressed(page, "take-back") == ["true"]
    assert page.text.count("Good oak") == 1

    page = await carol.open(f"/@alice/{id}")
    await carol.send(page, page.form(r"/react$"), {"emoji": "💡"})
    async with node.reading() as work:
        shown = await queries.likers(work, None, id)
        assert [(one.face.name, one.emoji) for one in shown] == [("Carol Joiner", ("💡",)), ("Ben Cooper", ())]
        assert (await work.session.get_one(Post, id)).likes == 2

    page = await dora.open("/feed")
    assert "Carol Joiner and Ben Cooper passed this on" in page.text
    assert page.text.count("Good oak") == 1
    page = await alice.open("/notifications")
    assert "Carol Joiner and 1 other like what you said" in page.text
    assert "Carol Joiner and 1 other passed on what you said" in page.text
    page = await alice.open(f"/@alice/{id}")
    assert pressed(page, "like") == []
    page = await alice.open(page.link("2 like it, 2 passed it on"))
    assert [page.text.count(name) for name in ("Ben Cooper", "Carol Joiner")] == [2, 2]
    assert (await (await node.visitor()).open(page.path)).path == "/login"

    page = await press(ben, await ben.open("/feed"), "unlike")
    assert pressed(page, "like") == ["false"]
    page = await press(carol, await carol.open("/feed"), "take-back")
    assert "Ben Cooper passed this on" in (await dora.open("/feed")).text

    page = await dora.open("/@ben")
    page = await dora.send(page, page.form(r"/without-boosts$"))
    assert "You see only what Ben Cooper says in person." in page.text
    assert "passed this on" not in (await dora.open("/feed")).text
    page = await dora.send(page, page.form(r"/with-boosts$"))
    assert "passed this on" in (await dora.open("/feed")).text

    await alice.submit("/posts/new", {"text": "Later words"}, action="/posts/new")
    page = await press(alice, await alice.open(f"/@alice/{id}"), "pin")
    assert "It stands on top of your page now." in page.text
    page = await (await node.visitor()).open("/@alice")
    assert page.text.index("Kept on top") < page.text.index("Good oak") < page.text.index("Later words")
    await press(alice, await alice.open(f"/@alice/{id}"), "unpin")
    assert "Kept on top" not in (await alice.open("/@alice")).text

    # Nobody does anything with what they may not read, or without being asked who they are.
    await alice.submit("/posts/new", {"text": "Hush", "visibility": "followers"}, action="/posts/new")
    async with node.reading() as work:
        secret = await work.session.scalar(sa.select(sa.func.max(Post.id)))
    form = (await ben.open("/feed")).form(r"/take-back$")
    for action in ("like", "pass-on", "pin"):
        form.action = f"/posts/{secret}/{action}"
        assert (await ben.send(page, form)).status == 404
    assert (await ben.open(f"/posts/{secret}/likes")).status == 404


async def test_a_post_is_quoted_and_its_author_takes_that_back(node: RigNode) -> None:
    alice, ben = [await node.logged_in(await node.member(name)) for name in ("Alice Baker", "Ben Cooper")]
    await alice.submit("/posts/new", {"text": "Good oak"}, action="/posts/new")
    async with node.reading() as work:
        id = await work.session.scalar(sa.select(Post.id))
    assert "Quote it" in (await ben.open(f"/@alice/{id}")).text
    await ben.submit(f"/posts/new?quote={id}", {"text": "As she says"}, action="/posts/new")
    async with node.reading() as work:
        quoting = await work.session.scalar(sa.select(Post.id).where(Post.quoted_id == id))
    page = await alice.open(f"/@ben/{quoting}")
    assert "Good oak" in page.text
    assert "Ben Cooper quotes what you said" in (await alice.open("/notifications")).text
    assert "Quoted 1 time" in (await alice.open(f"/@alice/{id}")).text
    assert "It may not quote me" not in (await ben.open(f"/posts/{id}/quotes")).text
    page = await alice.open(f"/posts/{id}/quotes")
    assert "As she says" in page.text
    page = await alice.send(page, page.form(r"/unquote$"))
    assert "It no longer shows what you said." in page.text
    assert "Nobody quotes it" in page.text
    assert "does not want it shown here" in (await ben.open(f"/@ben/{quoting}")).text
    page = await alice.open(f"/posts/{id}/edit")
    await alice.send(page, page.form("/edit$"), {"text": "Good oak", "may_quote": "nobody"})
    assert "Quote it" not in (await ben.open(f"/@alice/{id}")).text
