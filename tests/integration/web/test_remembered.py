"""What is answered from memory: the same, until something was written, and never to whom it is not for."""

import pytest

from node.actors.model import Actor
from node.posts import service as posts
from node.posts.service import Draft
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
