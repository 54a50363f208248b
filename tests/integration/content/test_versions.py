"""How posts read before: kept where something changed, and no more of them than anybody reads."""

from datetime import timedelta

import sqlalchemy as sa

from node.actors.model import Actor
from node.emojis import service as emojis
from node.emojis.model import Emoji
from node.posts import copies, service, versions
from node.posts.model import Post, PostVersion
from node.posts.service import Draft
from schemas import emoji as wire
from schemas.note import Note
from schemas.values import PUBLIC
from support.nodes import RigNode


async def count(node: RigNode) -> int:
    async with node.reading() as work:
        return await work.session.scalar(sa.select(sa.func.count()).select_from(PostVersion)) or 0


async def test_versions_of_others(node: RigNode, member, remote, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    await member("alice")
    bob: Actor = await remote("bob", "b.test")
    start = node.clock()

    async def comes(text: str, minutes: int, **more: object) -> Post | None:
        updated = start + timedelta(minutes=minutes) if minutes else None
        note = Note(id="https://b.test/n/1", attributed_to=bob.uri, to=(PUBLIC,), content=text, published=start,
                    updated=updated, **more)  # type: ignore[arg-type]  # fmt: skip
        async with node.writing() as work:
            return await copies.mirror(work, bob, note)

    post = await comes("<p>one</p>", 0)
    assert post is not None
    await comes("<p>two</p>", 5)
    await comes("<p>one</p>", 4)  # late
    await comes("<p>two</p>", 6)  # only newer
    await comes("<p>two</p>", 7, summary="Careful")
    async with node.reading() as work:
        found = await versions.of(work, post.id)
    assert [(one.content, one.warning) for one in found] == [
        ("<p>one</p>", ""), ("<p>two</p>", ""), ("<p>two</p>", "Careful"),
    ]  # fmt: skip
    assert [one.written_at for one in found] == [start + timedelta(minutes=minutes) for minutes in (0, 6, 7)]
    monkeypatch.setattr(versions, "MOST", 5)
    for number in range(8):
        await comes(f"<p>{number}</p>", 10 + number)
    assert await count(node) == versions.MOST
    async with node.reading() as work:
        assert (await versions.of(work, post.id))[0].content == "<p>one</p>"
    async with node.writing() as work:
        await copies.forget(work, bob, await work.session.get_one(Post, post.id))
    assert await count(node) == 0


async def test_a_correction_that_corrects_nothing(node: RigNode, member) -> None:  # type: ignore[no-untyped-def]
    alice = await member("alice")
    async with node.writing() as work:
        post = await service.publish(work, alice, Draft("Good oak"))
    for text, expected in (("Good oak", 0), ("Better oak", 1)):
        async with node.writing() as work:
            await service.revise(work, await work.session.get_one(Actor, alice.id), post.id, Draft(text))
        assert await count(node) == expected


async def test_small_pictures_of_a_host_have_an_end(node: RigNode, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(emojis, "MOST", 3)
    first = [wire.Emoji(f"e{number}", "https://b.test/1.png") for number in range(2)]
    async with node.writing() as work:
        await emojis.keep(work, "b.test", first)
        await emojis.keep(work, "b.test", [wire.Emoji("e0", "https://b.test/2.png"), *first[1:]])
        await emojis.keep(work, "b.test", [wire.Emoji(f"x{number}", "https://b.test/1.png") for number in range(9)])
        await emojis.keep(work, "c.test", first)
    async with node.reading() as work:
        rows = (await work.session.scalars(sa.select(Emoji).order_by(Emoji.host, Emoji.id))).all()
        assert [(row.host, row.shortcode) for row in rows] == [
            ("b.test", "e0"), ("b.test", "e1"), ("b.test", "x0"), ("c.test", "e0"), ("c.test", "e1"),
        ]  # fmt: skip
        assert rows[0].url == "https://b.test/2.png"
        worded = {
            1: emojis.Worded("b.test", ("a :e0: :nothing: https://x:e1:80/",)),
            2: emojis.Worded("d.test", (":e0:",)),
        }
        assert await emojis.shown(work, worded) == {
            1: {"e0": emojis.path_of(rows[0].id), "e1": emojis.path_of(rows[1].id)}
        }
