"""What the pages ask about notifications."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node.access import readable
from node.accounts.model import Account
from node.faces import Face, faces
from node.listings.model import Listing
from node.markdown import plain
from node.notifications.model import Notification
from node.posts.model import Post
from node.work import Reading

PAGE = 30


@dataclass(frozen=True, slots=True)
class News:
    """One notification as a page shows it."""

    id: int
    kind: str
    actor: Face | None
    post_id: int | None
    excerpt: str
    """The beginning of the post, or the title of the listing."""
    subject_id: int | None
    at: datetime
    is_read: bool


async def unread(work: Reading, account_id: int) -> int:
    """How many visible notifications were not read."""
    return (
        await work.session.scalar(
            sa.select(sa.func.count())
            .select_from(Notification)
            .where(
                Notification.account_id == account_id,
                Notification.read_at.is_(None),
                Notification.visible_at <= work.now,
            )
        )
        or 0
    )


async def newest(
    work: Reading,
    account_id: int,
    *,
    before: int | None = None,
    kinds: tuple[str, ...] = (),
    only_unread: bool = False,
    limit: int = PAGE,
) -> list[News]:
    """The visible notifications, newest first; ``before`` is the id of the last one seen.

    What tells of a post is left out once its reader may not read the post any more.
    """
    reader_id = await work.session.scalar(sa.select(Account.actor_id).where(Account.id == account_id))
    chosen = (
        sa.select(Notification, Post.content, Listing.title)
        .join(Post, Post.id == Notification.post_id, isouter=True)
        .join(Listing, Listing.post_id == Notification.post_id, isouter=True)
        .where(
            Notification.account_id == account_id,
            Notification.visible_at <= work.now,
            sa.or_(Notification.post_id.is_(None), readable(reader_id)),
        )
        .order_by(Notification.id.desc())
        .limit(limit)
    )
    if before is not None:
        chosen = chosen.where(Notification.id < before)
    if kinds:
        chosen = chosen.where(Notification.kind.in_(kinds))
    if only_unread:
        chosen = chosen.where(Notification.read_at.is_(None))
    rows = (await work.session.execute(chosen)).all()
    people = await faces(work, [row[0].actor_id for row in rows if row[0].actor_id is not None])
    return [
        News(
            id=row.id,
            kind=row.kind,
            actor=people.get(row.actor_id) if row.actor_id is not None else None,
            post_id=row.post_id,
            excerpt=title or _excerpt(content or ""),
            subject_id=row.subject_id,
            at=row.visible_at,
            is_read=row.read_at is not None,
        )
        for row, content, title in rows
    ]


def _excerpt(html: str) -> str:
    text = plain(html, 400).replace("\n", " ")
    return text if len(text) <= 160 else text[:157].rsplit(" ", 1)[0] + "…"
