"""What the viewer did with posts, and who else did."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from node.access import readable
from node.actors.model import Actor
from node.bookmarks.model import Bookmark
from node.faces import Face, faces
from node.pins.model import Pin
from node.posts.model import Post
from node.reactions.model import Reaction
from node.windows import Window
from node.work import Reading

LIKED, PASSED_ON, PINNED, KEPT = "liked", "passed on", "pinned", "kept"
Marks = frozenset[str]
"""What the viewer did with one post."""
UNMARKED: Marks = frozenset()
MOST = 200
"""People named on the page of a post."""


@dataclass(frozen=True, slots=True)
class Regard:
    """What became of a post: how many people like it and passed it on, and whether the viewer is among them."""

    likes: int = 0
    boosts: int = 0
    marks: Marks = UNMARKED

    @property
    def is_liked(self) -> bool:
        return LIKED in self.marks

    @property
    def is_passed_on(self) -> bool:
        return PASSED_ON in self.marks

    @property
    def is_pinned(self) -> bool:
        return PINNED in self.marks


async def marks(work: Reading, viewer_id: int | None, ids: Collection[int]) -> dict[int, Marks]:
    """What the viewer did with these posts, by one question; posts without a mark are left out."""
    if viewer_id is None or not ids:
        return {}
    rows: sa.Result[str, int] = await work.session.execute(
        sa.union_all(
            sa.select(sa.literal(LIKED), Reaction.post_id).where(
                Reaction.actor_id == viewer_id, Reaction.post_id.in_(ids)
            ),
            sa.select(sa.literal(PASSED_ON), Post.boost_of_id).where(
                Post.author_id == viewer_id, Post.boost_of_id.in_(ids)
            ),
            sa.select(sa.literal(PINNED), Pin.post_id).where(Pin.actor_id == viewer_id, Pin.post_id.in_(ids)),
            sa.select(sa.literal(KEPT), Bookmark.post_id).where(
                Bookmark.actor_id == viewer_id, Bookmark.post_id.in_(ids)
            ),
        )
    )
    found: dict[int, set[str]] = {}
    for mark, post_id in rows:
        found.setdefault(post_id, set()).add(mark)
    return {id: frozenset(done) for id, done in found.items()}


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
