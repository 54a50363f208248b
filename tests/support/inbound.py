"""Sending documents of other programs to a node, and looking at what came of them."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from node.actors.model import Actor
from node.follows import service as follows
from node.inbox.model import Received
from node.posts.model import Post
from support.nodes import Member, RigNode
from support.peer import Peer, Person

DOCUMENTS = Path(__file__).parents[1] / "documents"
Members = Callable[..., Awaitable[Actor]]
"""The fixture ``member``: ``await member(node, "alice")``."""


async def post_of(node: RigNode, uri: str) -> Post | None:
    async with node.reading() as work:
        return await work.session.scalar(sa.select(Post).where(Post.uri == uri))


async def ends(node: RigNode) -> list[tuple[str, str]]:
    """What became of everything that came in: (state, reason) in order."""
    async with node.reading() as work:
        rows = await work.session.execute(sa.select(Received.state, Received.reason).order_by(Received.id))
        return [(row.state, row.reason) for row in rows]


async def say(node: RigNode, peer: Peer, actor: Person, activity: dict[str, Any]) -> str:
    """Send something to the shared inbox and work it off; the state in which it ended."""
    answer = await peer.send(actor, f"{node.base}/ap/inbox", activity)
    assert answer.status == 202, (answer.status, answer.body)
    await node.settle()
    async with node.reading() as work:
        row = await work.session.scalar(
            sa.select(Received).where(Received.actor_uri == actor.uri).order_by(Received.id.desc()).limit(1)
        )
        assert row is not None
        return row.state


async def befriend(node: RigNode, peer: Peer, person: Person, member: Member) -> int:
    """A member follows somebody elsewhere, who agrees."""
    known = await node.worker.directory.actor(person.uri)
    async with node.writing() as work:
        me, them = [await work.session.get_one(Actor, id) for id in (member.actor_id, known.id)]
        row = await follows.follow(work, me, them)
    follow = {"type": "Follow", "id": row.uri, "actor": member.uri, "object": person.uri}
    assert await say(node, peer, person, peer.activity(person, "Accept", follow)) == "done"
    return known.id


def recorded(name: str, **names: str) -> dict[str, Any]:
    """A document of another program with the addresses of this test in place of those that stand in it."""
    text = (DOCUMENTS / name).read_text()
    for old, new in names.items():
        text = text.replace(old, new)
    found = json.loads(text)
    assert isinstance(found, dict)
    return found
