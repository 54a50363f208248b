"""Keeping posts on top of one's page."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import NamedTuple

import sqlalchemy as sa

from node.access import OPEN, readable
from node.actors.model import Actor
from node.asking import Question, Viewer, given, viewer_of
from node.errands import service as errands
from node.errors import Invalid
from node.ids import new_id
from node.outbox import service as outbox
from node.outbox import wire
from node.outbox.service import Audience
from node.pins.model import Pin
from node.posts import places
from node.posts.model import Post
from node.posts.originals import BOOST, original
from node.posts.parts import require_voice
from node.words import N_, Message
from node.work import Reading, Writing
from schemas.values import PUBLIC

MOST = 5
FEATURED = "featured"
"""Of an errand: fetch what somebody elsewhere keeps on top; its subject is the id of an actor."""
_STALE = timedelta(days=1)


async def pinned(work: Reading, viewer_id: int | None, actor_id: int) -> list[int]:
    """The posts on top of somebody's page, the last pinned first, as far as the viewer may read them."""
    return [row.id for row in await _pinned(viewer_of(viewer_id)).ask(work, viewer=viewer_id, actor=actor_id)]


class _Key(NamedTuple):
    id: int


@cache
def _pinned(viewer: Viewer) -> Question[_Key]:
    return Question(
        _Key,
        sa.select(Pin.post_id)
        .join(Post, Post.id == Pin.post_id)
        .where(
            Pin.actor_id == given("actor"),
            sa.or_(Post.author_id == given("actor"), Post.circle_id == given("actor")),
            readable(viewer),
        )
        .order_by(Pin.id.desc())
        .limit(MOST),
    )


def is_stale(work: Reading, actor: Actor) -> bool:
    """True when what ``actor`` of elsewhere keeps on top was not asked for lately."""
    if actor.is_local or actor.featured_uri is None:
        return False
    return actor.featured_at is None or work.now - actor.featured_at > _STALE


async def ask(work: Writing, actor_id: int) -> None:
    """Have it fetched soon: somebody looks at their page."""
    actor = await work.session.get_one(Actor, actor_id)
    if is_stale(work, actor):
        actor.featured_at = work.now
        await errands.ask(work, FEATURED, actor.uri)


# what members do


async def pin(work: Writing, actor: Actor, post_id: int) -> Post:
    """Keep a post on top; twice is the same as once. Raises NotFound, Invalid (not theirs, not for all, too many)."""
    require_voice(actor)
    post = await original(work, actor.id, post_id)
    if post.author_id != actor.id:
        raise Invalid(message=N_("Only what you said yourself can stay on top of your page."))
    if await put(work, actor, post):
        document = wire.add(actor.uri, post.uri, actor.featured_uri or "", (PUBLIC,))
        await outbox.publish(work, actor, document, Audience(followers=True))
    return post


async def put(work: Writing, owner: Actor, post: Post) -> bool:
    """Put a post on top of a page, of its author or of the circle it was said in; False when it is there. Raises
    Invalid (not for all, too many)."""
    if post.visibility not in OPEN:
        raise Invalid(message=N_("Only what was said to everybody can stay on top."))
    await work.count_alone("pins", owner.id)
    others = await work.session.scalars(sa.select(Pin.post_id).where(Pin.actor_id == owner.id))
    ids = others.all()
    if post.id not in ids and len(ids) >= MOST:
        raise Invalid(
            message=Message(N_("%(most)d posts are on top already. Let one of them go first."), {"most": MOST})
        )
    return post.id not in ids and await _keep(work, owner, post.id)


async def unpin(work: Writing, actor: Actor, post_id: int) -> Post:
    """No longer keep a post on top; nothing happens when it was not. Raises NotFound."""
    post = await original(work, actor.id, post_id)
    if await drop(work, actor, post):
        document = wire.remove(actor.uri, post.uri, actor.featured_uri or "", (PUBLIC,))
        await outbox.publish(work, actor, document, Audience(followers=True))
    return post


# what others send


async def receive(work: Writing, actor: Actor, post: Post) -> bool:
    """``actor`` of elsewhere keeps a post of theirs on top; beyond the most, the oldest gives way."""
    is_theirs = actor.id in (post.author_id, post.circle_id)
    if not is_theirs or post.deleted_at is not None or post.kind == BOOST or post.visibility not in OPEN:
        return False
    await _keep(work, actor, post.id)
    kept = sa.select(Pin.id).where(Pin.actor_id == actor.id).order_by(Pin.id.desc()).limit(MOST)
    await work.session.execute(sa.delete(Pin).where(Pin.actor_id == actor.id, Pin.id.not_in(kept)))
    return True


async def receive_remove(work: Writing, actor: Actor, post_uri: str) -> bool:
    """``actor`` of elsewhere no longer keeps a post on top."""
    post_id = await work.session.scalar(sa.select(Post.id).where(Post.uri == post_uri))
    post = await work.session.get(Post, post_id) if post_id is not None else None
    return post is not None and await drop(work, actor, post)


async def replace(work: Writing, actor: Actor, uris: Sequence[str]) -> None:
    """Exactly these posts are on top of the page of ``actor`` of elsewhere, the first one topmost."""
    await work.session.execute(sa.delete(Pin).where(Pin.actor_id == actor.id))
    for uri in reversed(uris[:MOST]):
        post = await work.session.scalar(sa.select(Post).where(Post.uri == uri))
        if post is not None and _is_claimed(actor, post):
            await places.stand(work, actor, post)  # the post names the group, and the group shows it as its own
        if post is not None:
            await receive(work, actor, post)


# inside


def _is_claimed(group: Actor, post: Post) -> bool:
    """True for what everybody reads and its author said to this group. Anything else gets no reader by being shown."""
    is_free = group.kind == "group" and post.circle_id is None and post.visibility in OPEN
    return is_free and places.names(group, post)


async def _keep(work: Writing, actor: Actor, post_id: int) -> bool:
    insert = work.insert(Pin)
    row = {"id": new_id(work.now), "actor_id": actor.id, "post_id": post_id, "created_at": work.now}
    id = await work.session.scalar(
        insert.values(row).on_conflict_do_nothing(index_elements=["actor_id", "post_id"]).returning(Pin.id)
    )
    return id is not None


async def drop(work: Writing, owner: Actor, post: Post) -> bool:
    """Take a post from the top of a page; False when it was not there."""
    id = await work.session.scalar(
        sa.delete(Pin).where(Pin.actor_id == owner.id, Pin.post_id == post.id).returning(Pin.id)
    )
    return id is not None
