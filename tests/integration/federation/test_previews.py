"""Pages to which posts link: looked at once, in the background, and only where somebody here cares."""

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.associations.model import Association
from node.posts import queries, service
from node.posts.service import Draft
from node.previews import reading
from node.previews import service as previews
from node.previews.model import Preview
from node.previews.reading import Page
from support.inbound import post_of, say
from support.nodes import RigNode
from support.peer import PUBLIC, Peer

STORY = b"""<!doctype html><html><head><title>Oak</title><meta property="og:title" content="Seven  things about oak">
<meta name=description content="It takes &quot;time&quot;."><meta property="og:image" content="/oak.png">
<meta property="og:site_name" content="Wood weekly"></head><body><meta property="og:title" content="not this"></body>"""


async def card_of(node: RigNode, viewer: Actor, id: int) -> previews.Card | None:
    async with node.reading() as work:
        return (await queries.one(work, viewer.id, id)).extras.card


async def test_a_page_is_looked_at_once(home: RigNode, alice: Actor, peer: Peer) -> None:
    peer.documents |= {"/story": STORY, "/film": b"x" * 400_000}
    peer.types |= {"/story": "text/html", "/film": "text/html"}
    ids = []
    for text in (f"Look: {peer.base}/story", f"Once more {peer.base}/story#two", f"{peer.base}/film", "@alice #oak"):
        async with home.writing() as work:
            me = await work.session.get_one(Actor, alice.id)
            ids.append((await service.publish(work, me, Draft(text))).id)
    await home.settle()
    found = [await card_of(home, alice, id) for id in ids]
    assert found[0] is not None
    assert (found[0].title, found[0].description, found[0].site) == (
        "Seven things about oak",
        'It takes "time".',
        "Wood weekly",
    )
    assert (found[0].picture, found[0].host) == (f"/media/previews/{found[0].id}", "p.test")
    assert found[1:] == [found[0], None, None]
    assert [request.path for request in peer.requests].count("/story") == 1
    assert "Signature" not in next(one for one in peer.requests if one.path == "/story").headers

    # What others say is looked at when one of ours opens it.
    eve = peer.person("eve")
    note = peer.note(eve, f'<p><a href="{peer.base}/other">other</a></p>', to=[PUBLIC, alice.uri])
    peer.documents["/other"], peer.types["/other"] = STORY, "text/html"
    assert await say(home, peer, eve, peer.activity(eve, "Create", note)) == "done"
    post = await post_of(home, note["id"])
    assert post is not None
    assert await card_of(home, alice, post.id) is None
    async with home.reading() as work:
        assert await previews.is_due(work, post.id)
    async with home.writing() as work:
        await previews.ask_of(work, post.id)
    await home.settle()
    assert await card_of(home, alice, post.id) is not None

    async with home.writing() as work:
        await work.session.execute(sa.update(Association).values(shows_previews=False))
        me = await work.session.get_one(Actor, alice.id)
        await service.publish(work, me, Draft(f"And {peer.base}/third"))
    await home.settle()
    async with home.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(Preview)) == 3


@pytest.mark.parametrize(
    ("body", "page"),
    [
        (b"", Page()),
        (b"\xff\xfe<title>a\0b", Page("ab")),
        (b"<title>" + b"x" * 5000, Page("x" * 299 + "\N{HORIZONTAL ELLIPSIS}")),
        (b"<meta charset=latin-1><title>caf\xe9</title>", Page("caf\xe9")),
        (
            b"<title>T</title><meta name=robots content='noindex, nosnippet'><meta name=description content=D>",
            Page("T"),
        ),
        (b"<title>T</title><meta property=og:image content='javascript:alert(1)'>", Page("T")),
        (b"<meta charset=nonsense><title>T</title>" + b"<meta name=a>" * 1000, Page("T")),
        (
            b"<meta property='og:title' content=\"Home > it's\"><!-- <title>no</title> --><title>T</title>",
            Page("Home > it's"),
        ),
        (b"<script>'<title>no</title>'</script><TITLE>A &amp; B</TITLE></head><title>late</title>", Page("A & B")),
    ],
)
def test_what_a_page_says_of_itself(body: bytes, page: Page) -> None:
    assert reading.read("http://p.test/x", body) == page
