"""What became of posts: how many people like them and passed them on, and what the viewer did with them."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from node.bookmarks.model import Bookmark
from node.moderation.model import ThreadMute
from node.pins.model import Pin
from node.posts.model import Post
from node.reactions.model import Reaction
from node.work import Reading

LIKED, PASSED_ON, PINNED, KEPT, HUSHED = "liked", "passed on", "pinned", "kept", "hushed"
Marks = frozenset[str]
"""What the viewer did with one post."""
UNMARKED: Marks = frozenset()


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
            sa.select(sa.literal(HUSHED), Post.id)
            .join(ThreadMute, ThreadMute.context == Post.context)
            .where(ThreadMute.actor_id == viewer_id, Post.id.in_(ids)),
        )
    )
    found: dict[int, set[str]] = {}
    for mark, post_id in rows:
        found.setdefault(post_id, set()).add(mark)
    return {id: frozenset(done) for id, done in found.items()}
