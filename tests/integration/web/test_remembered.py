"""What is answered from memory: the same, until something was written, and never to whom it is not for."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from federation.endpoints import objects
from node.accounts import tokens
from node.actors.model import Actor
from node.posts import service as posts
from node.posts.service import Draft
from node.work import Reading
from support.nodes import Member, RigNode
from support.peer import Peer
from web.remembered import REMEMBERED, Remembered

PATH = "/@alice"


@pytest.fixture
async def alice(node: RigNode) -> Member:
    return await node.member("Alice Baker")


async def _say(node: RigNode, alice: Member, text: str) -> int:
    async with node.writing() as work:
        return (await posts.publish(work, await work.session.get_one(Actor, alice.actor_id), Draft(text))).id


async def test_an_answer_lasts_until_something_is_written(node: RigNode, alice: Member, peer: Peer) -> None:
    id = await _say(node, alice, "Good morning")
    uri = node.uris.object(id)
    first = await peer.get(uri)
    kept = node.app[REMEMBERED]
    assert isinstance(kept, Remembered)
    is_kept = bool(kept._kept)
    assert (await peer.get(uri)).body == first.body
    page = await peer.get(f"{node.base}{PATH}", accept="text/html")
    assert b"Good morning" in page.body
    assert "Content-Security-Policy" in page.headers
    async with node.writing() as work:
        await posts.withdraw(work, await work.session.get_one(Actor, alice.actor_id), id)
    assert (await peer.get(uri)).status == 410
    assert b"Good morning" not in (await peer.get(f"{node.base}{PATH}", accept="text/html")).body
    assert is_kept or not node.config.is_sqlite  # on PostgreSQL only where other processes are heard


async def test_what_several_ask_for_at_once_is_made_once(
    node: RigNode, alice: Member, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = node.uris.object(await _say(node, alice, "Good evening"))
    made = 0
    real = objects.document

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal made
        made += 1
        return real(*arguments, **options)

    monkeypatch.setattr(objects, "document", counted)
    answers = await asyncio.gather(*(peer.get(uri) for _ in range(6)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert made == 1 or not node.config.is_sqlite
    assert not node.app[REMEMBERED].underway


async def test_a_token_is_known_until_it_ends(node: RigNode, alice: Member) -> None:
    async with node.writing() as work:
        token, id = await tokens.make_row(work, alice.account_id, "An app", ["read"])
    found = await tokens.bearer(node, token)
    assert found is not None
    assert found.token_id == id
    async with node.writing() as work:
        await tokens.revoke(work, alice.account_id, id)
    assert await tokens.bearer(node, token) is None
    async with node.writing() as work:
        token, _ = await tokens.make_row(work, alice.account_id, "Another", ["read"])
    assert await tokens.bearer(node, token) is not None
    async with node.writing() as work:
        await work.session.execute(sa.update(Actor).where(Actor.id == alice.actor_id).values(suspended_at=work.now))
    assert await tokens.bearer(node, token) is None


async def test_what_is_recalled_depends_on_its_tables(node: RigNode, alice: Member) -> None:
    asked = 0

    async def ask(work: Reading) -> int:
        nonlocal asked
        asked += 1
        return asked

    if not node.config.is_sqlite:
        assert node.marks("posts") is None  # no other process is heard, so nothing is recalled
        assert [await node.recall("x", ["posts"], ask), await node.recall("x", ["posts"], ask)] == [1, 2]
        return
    assert [await node.recall("x", ["posts"], ask), await node.recall("x", ["posts"], ask)] == [1, 1]
    async with node.writing() as work:
        await work.session.execute(sa.update(Actor).where(Actor.id == alice.actor_id).values(name="Alice"))
    assert await node.recall("x", ["posts"], ask) == 1
    await _say(node, alice, "Good night")
    assert await node.recall("x", ["posts"], ask) == 2
    async with node.writing() as work:  # by a statement of which nobody knows what it changes
        await work.session.execute(sa.text("INSERT OR IGNORE INTO settings (name, value) VALUES ('x', 'y')"))
    assert await node.recall("x", ["posts"], ask) == 3


async def test_a_page_says_what_its_card_elsewhere_needs_and_whether_it_changed(
    node: RigNode, alice: Member, peer: Peer
) -> None:
    id = await _say(node, alice, "Good **morning** all")
    async with node.reading() as work:
        post = await work.session.get_one(posts.Post, id)
    for url, uri, name in (
        (f"{node.base}/@alice/{id}", post.uri, "Good morning all"),
        (f"{node.base}/@alice", alice.uri, "Alice Baker"),
    ):
        page = await peer.get(url, accept="text/html")
        assert page.headers["Link"] == f'<{uri}>; rel="alternate"; type="application/activity+json"'
        text = page.body.decode()
        for said in (f'og:url" content="{url}"', f'content="{name}"', 'fediverse:creator" content="@alice@a.test"'):
            assert said in text
        tag = {name.lower(): value for name, value in page.headers.items()}.get("etag", "")
        assert tag or not node.config.is_sqlite  # on PostgreSQL only where other processes are heard
        again = await peer._call("GET", url, {"accept": "text/html", "if-none-match": tag}, None)
        assert (again.status, again.body) == (304, b"") or not tag
    assert (await peer.get(alice.uri)).json["attributionDomains"] == ["a.test"]
    missing = await peer.get(f"{node.base}/ap/objects/1")
    assert (missing.status, missing.headers["Content-Type"]) == (404, "application/problem+json")
