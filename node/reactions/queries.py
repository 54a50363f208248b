"""Who likes a post, and who passed it on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from node.access import people_listed, readable
from node.actors.model import Actor
from node.emojis import service as emojis
from node.emojis.service import Shown
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
    pictures: Shown = field(default_factory=dict)
    """Of those emoji that are words between colons."""


async def likers(work: Reading, viewer_id: int | None, post_id: int) -> list[Liker]:
    """Who likes a post, the last one first. The caller has seen that the viewer may read it."""
    rows = await work.session.execute(
        sa.select(Reaction.actor_id, Reaction.emoji, Actor.host)
        .join(Actor, Actor.id == Reaction.actor_id)
        .where(Reaction.post_id == post_id, people_listed(viewer_id))
        .order_by(Reaction.id.desc())
        .limit(MOST)
    )
    signs: dict[int, list[str]] = {}
    hosts: dict[int, str] = {}
    for actor_id, emoji, host in rows:
        signs.setdefault(actor_id, []).extend([emoji] if emoji else [])
        hosts[actor_id] = host
    people = await faces(work, signs)
    drawn = await emojis.shown(work, {id: emojis.Worded(hosts[id], emoji) for id, emoji in signs.items()})
    return [
        Liker(people[id], tuple(emoji), drawn.get(id, {}))
        for id, emoji in signs.items()
        if id in people and not people[id].is_gone
    ]


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


async def liking(work: Reading, viewer_id: int | None, post_id: int, part: Window) -> Sequence[tuple[int, Actor]]:
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
        .where(Actor.gone_at.is_(None), people_listed(viewer_id))
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
    chosen = sa.select(Reaction.id, Reaction.post_id).where(Reaction.actor_id == actor_id)
    rows = (await work.session.execute(part.cut(chosen, Reaction.id))).all()
    return [(row[0], row[1]) for row in part.in_order(rows)]
