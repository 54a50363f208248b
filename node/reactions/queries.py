"""Who likes a post, and who passed it on."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from node.access import readable
from node.actors.model import Actor
from node.faces import Face, faces
from node.posts.model import Post
from node.reactions.model import Reaction
from node.windows import Window
from node.work import Reading

MOST = 200
"""People named on the page of a post."""


@dataclass(frozen=True, slots=True)
class Liker:
    """Somebody who likes a post, and the emoji with which they said so."""

    face: Face
    emoji: tuple[str, ...] = ()


async def likers(work: Reading, post_id: int) -> list[Liker]:
    """Who likes a post, the last one first. The caller has seen that the viewer may read it."""
    rows = await work.session.execute(
        sa.select(Reaction.actor_id, Reaction.emoji)
        .where(Reaction.post_id == post_id)
        .order_by(Reaction.id.desc())
        .limit(MOST)
    )
    signs: dict[int, list[str]] = {}
    for actor_id, emoji in rows:
        signs.setdefault(actor_id, []).extend([emoji] if emoji else [])
    people = await faces(work, signs)
    return [Liker(people[id], tuple(emoji)) for id, emoji in signs.items() if id in people and not people[id].is_gone]


async def passers_on(work: Reading, viewer_id: int | None, post_id: int) -> list[Face]:
    """Who passed a post on, the last one first, as far as the viewer may know."""
    ids = await work.session.scalars(
        sa.select(Post.author_id)
        .where(Post.boost_of_id == post_id, readable(viewer_id))
        .order_by(Post.id.desc())
        .limit(MOST)
    )
    ids_ = list(ids)
    people = await faces(work, ids_)
    return [people[id] for id in ids_ if id in people]


async def liking(work: Reading, post_id: int, part: Window) -> Sequence[tuple[int, Actor]]:
    """Who likes a post, for the pages of apps: the key of the reaction and the actor. Somebody with three is one."""
    first = (
        sa.select(sa.func.min(Reaction.id).label("id"))
        .where(Reaction.post_id == post_id)
        .group_by(Reaction.actor_id)
        .subquery()
    )
    chosen = (
        sa.select(Reaction.id, Actor)
        .join(first, first.c.id == Reaction.id)
        .join(Actor, Actor.id == Reaction.actor_id)
        .where(Actor.gone_at.is_(None), Actor.suspended_at.is_(None))
    )
    rows = (await work.session.execute(part.cut(chosen, Reaction.id))).all()
    return part.in_order([(row[0], row[1]) for row in rows])


async def passing_on(work: Reading, viewer_id: int | None, post_id: int, part: Window) -> Sequence[tuple[int, Actor]]:
    """Who passed a post on, for the pages of apps: the key of the boost and the actor."""
    chosen = (
        sa.select(Post.id, Actor)
        .join(Actor, Actor.id == Post.author_id)
        .where(Post.boost_of_id == post_id, readable(viewer_id))
    )
    rows = (await work.session.execute(part.cut(chosen, Post.id))).all()
    return part.in_order([(row[0], row[1]) for row in rows])


async def liked_by(work: Reading, actor_id: int, part: Window) -> list[tuple[int, int]]:
    """The keys of somebody's reactions and of the posts, the last one first."""
    chosen = sa.select(Reaction.id, Reaction.post_id).where(Reaction.actor_id == actor_id, Reaction.emoji == "")
    rows = (await work.session.execute(part.cut(chosen, Reaction.id))).all()
    return [(row[0], row[1]) for row in part.in_order(rows)]
