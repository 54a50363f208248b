"""How many follow somebody, whom they follow and what they said, as far as this node knows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

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


async def figures(work: Reading, ids: Collection[int]) -> dict[int, Figures]:
    """The figures of these actors; every one of them gets an entry."""
    if not ids:
        return {}
    followers = await _count(work, Follow.followed_id, ids)
    following = await _count(work, Follow.follower_id, ids)
    posts = {
        row[0]: (row[1], row[2])
        for row in await work.session.execute(
            sa.select(Post.author_id, sa.func.count(), sa.func.max(Post.published_at))
            .where(
                Post.author_id.in_(ids),
                Post.deleted_at.is_(None),
                Post.visibility != "direct",
                Post.boost_of_id.is_(None),
            )
            .group_by(Post.author_id)
        )
    }
    return {id: Figures(followers.get(id, 0), following.get(id, 0), *posts.get(id, (0, None))) for id in ids}


async def _count(work: Reading, column: InstrumentedAttribute[int], ids: Collection[int]) -> dict[int, int]:
    rows = await work.session.execute(
        sa.select(column, sa.func.count()).where(column.in_(ids), Follow.state == "accepted").group_by(column)
    )
    return {row[0]: row[1] for row in rows}
