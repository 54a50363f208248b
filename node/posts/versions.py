"""How a post read before it was edited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from node.ids import new_id
from node.media import service as media
from node.media.model import Media
from node.posts.model import Post, PostVersion
from node.work import Reading, Writing

MOST = 40
"""Kept of one post; of more, the first and the newest."""


async def now(work: Reading, post: Post) -> PostVersion:
    """The post as it reads at this moment, not yet kept."""
    return PostVersion(
        id=new_id(work.now),
        post_id=post.id,
        title=post.title or "",
        content=post.content or "",
        warning=post.warning or "",
        is_sensitive=bool(post.is_sensitive),
        pictures=_shown(await media.of_post(work, post.id)),
        written_at=post.updated_at or post.published_at,
    )


async def keep(work: Writing, before: PostVersion, post: Post) -> bool:
    """Keep how it read before, where it reads differently now. False where nothing changed."""
    after = await now(work, post)
    if all(getattr(before, name) == getattr(after, name) for name in _COMPARED):
        return False
    earlier = (
        await work.session.scalars(
            sa.select(PostVersion.id).where(PostVersion.post_id == post.id).order_by(PostVersion.id)
        )
    ).all()
    if len(earlier) >= MOST:
        await work.session.execute(sa.delete(PostVersion).where(PostVersion.id == earlier[1]))
    work.session.add(before)
    await work.session.flush()
    return True


async def forget(work: Writing, post_id: int) -> None:
    """Nothing is left of how it read before."""
    await work.session.execute(sa.delete(PostVersion).where(PostVersion.post_id == post_id))


_COMPARED = ("title", "content", "warning", "is_sensitive", "pictures")


def _shown(pictures: Sequence[Media]) -> list[dict[str, Any]]:
    return [{"id": picture.id, "alt": picture.alt} for picture in pictures]


@dataclass(frozen=True, slots=True)
class Version:
    """One version; the newest is the post as it stands. ``pictures`` are keys of media with their words, as far as
    the pictures are still there."""

    title: str
    content: str
    warning: str
    is_sensitive: bool
    pictures: tuple[tuple[int, str], ...]
    written_at: datetime


async def of(work: Reading, post_id: int) -> list[Version]:
    """All versions, the first one first. Whether the reader may read the post was asked before."""
    post = await work.session.get_one(Post, post_id)
    rows = await work.session.scalars(
        sa.select(PostVersion).where(PostVersion.post_id == post.id).order_by(PostVersion.id)
    )
    return [
        Version(
            title=row.title,
            content=row.content,
            warning=row.warning,
            is_sensitive=row.is_sensitive,
            pictures=tuple((int(entry["id"]), str(entry["alt"])) for entry in row.pictures),
            written_at=row.written_at,
        )
        for row in (*rows.all(), await now(work, post))
    ]
