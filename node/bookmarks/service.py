"""Putting posts aside, and finding them again."""

from collections.abc import Collection

import sqlalchemy as sa

from node.access import can_read
from node.bookmarks.model import Bookmark
from node.errors import NotFound
from node.ids import new_id
from node.windows import Window
from node.work import Reading, Writing


async def keep(work: Writing, actor_id: int, post_id: int) -> None:
    """Put a post aside; twice is the same as once. Raises NotFound for one that is not theirs to read."""
    if not await can_read(work, actor_id, post_id):
        raise NotFound
    insert = work.insert(Bookmark)
    row = {"id": new_id(work.now), "actor_id": actor_id, "post_id": post_id, "created_at": work.now}
    await work.session.execute(insert.values(row).on_conflict_do_nothing(index_elements=["actor_id", "post_id"]))


async def drop(work: Writing, actor_id: int, post_id: int) -> None:
    """Put it back; nothing happens when it was not there."""
    await work.session.execute(sa.delete(Bookmark).where(Bookmark.actor_id == actor_id, Bookmark.post_id == post_id))


async def kept(work: Reading, actor_id: int, part: Window) -> list[tuple[int, int]]:
    """The keys of bookmarks and of their posts, the last one first."""
    chosen = part.cut(sa.select(Bookmark.id, Bookmark.post_id).where(Bookmark.actor_id == actor_id), Bookmark.id)
    return [(row.id, row.post_id) for row in part.in_order((await work.session.execute(chosen)).all())]


async def among(work: Reading, actor_id: int, post_ids: Collection[int]) -> set[int]:
    """Which of these posts somebody put aside."""
    rows = await work.session.scalars(
        sa.select(Bookmark.post_id).where(Bookmark.actor_id == actor_id, Bookmark.post_id.in_(post_ids))
    )
    return set(rows)
