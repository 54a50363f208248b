"""How many follow somebody, whom they follow and what they said, as far as this node knows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from node.asking import Question, among
from node.follows.model import Follow
from node.posts.model import Post
from node.work import Reading


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts around one actor."""

    followers: int = 0
    following: int = 0
    posts: int = 0
    last_at: datetime | None = None


class _Count(NamedTuple):
    id: int
    number: int


class _Said(NamedTuple):
    id: int
    number: int
    last_at: datetime | None


def _count(column: InstrumentedAttribute[int]) -> Question[_Count]:
    return Question(
        _Count,
        sa.select(column, sa.func.count()).where(among(column, "ids"), Follow.state == "accepted").group_by(column),
    )


_FOLLOWERS, _FOLLOWING = _count(Follow.followed_id), _count(Follow.follower_id)
_POSTS = Question(
    _Said,
    sa.select(Post.author_id, sa.func.count(), sa.func.max(Post.published_at))
    .where(
        among(Post.author_id, "ids"),
        Post.deleted_at.is_(None),
        Post.visibility != "direct",
        Post.boost_of_id.is_(None),
    )
    .group_by(Post.author_id),
)


async def figures(work: Reading, ids: Collection[int]) -> dict[int, Figures]:
    """The figures of these actors; every one of them gets an entry."""
    if not ids:
        return {}
    followers = dict(await _FOLLOWERS.ask(work, ids=ids))
    following = dict(await _FOLLOWING.ask(work, ids=ids))
    posts = {row.id: (row.number, row.last_at) for row in await _POSTS.ask(work, ids=ids)}
    return {id: Figures(followers.get(id, 0), following.get(id, 0), *posts.get(id, (0, None))) for id in ids}
