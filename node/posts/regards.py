"""What became of posts: how many people like them and passed them on, and what the viewer did with them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from node.asking import VIEWER, Question, among
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

    @property
    def is_kept(self) -> bool:
        return KEPT in self.marks


class _Mark(NamedTuple):
    mark: str
    post_id: int


def _mark(name: str) -> sa.ColumnElement[str]:
    return sa.literal(name, sa.String)


_MARKS = Question(
    _Mark,
    sa.union_all(
        sa.select(_mark(LIKED), Reaction.post_id).where(Reaction.actor_id == VIEWER, among(Reaction.post_id, "ids")),
        sa.select(_mark(PASSED_ON), Post.boost_of_id).where(
            Post.author_id == VIEWER, Post.boost_of_id.is_not(None), among(Post.boost_of_id, "ids")
        ),
        sa.select(_mark(PINNED), Pin.post_id).where(Pin.actor_id == VIEWER, among(Pin.post_id, "ids")),
        sa.select(_mark(KEPT), Bookmark.post_id).where(Bookmark.actor_id == VIEWER, among(Bookmark.post_id, "ids")),
        sa.select(_mark(HUSHED), Post.id)
        .join(ThreadMute, ThreadMute.context == Post.context)
        .where(ThreadMute.actor_id == VIEWER, among(Post.id, "ids")),
    ),
)


async def marks(work: Reading, viewer_id: int | None, ids: Collection[int]) -> dict[int, Marks]:
    """What the viewer did with these posts, by one question; posts without a mark are left out."""
    if viewer_id is None or not ids:
        return {}
    rows = await _MARKS.ask(work, viewer=viewer_id, ids=ids)
    found: dict[int, set[str]] = {}
    for mark, post_id in rows:
        found.setdefault(post_id, set()).add(mark)
    return {id: frozenset(done) for id, done in found.items()}
