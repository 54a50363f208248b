"""What the pages ask about notifications."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.access import readable
from node.accounts.model import Account
from node.deals.model import Deal
from node.faces import Face, faces
from node.listings.model import Listing
from node.markdown import plain
from node.notifications.model import TOGETHER, Notification
from node.posts.model import Post
from node.work import Reading

PAGE = 30
_NEWER = aliased(Notification)


@dataclass(frozen=True, slots=True)
class News:
    """One notification as a page shows it."""

    id: int
    kind: str
    actor: Face | None
    post_id: int | None
    excerpt: str
    """The beginning of the post, or the title of the listing or deal."""
    subject_id: int | None
    at: datetime
    is_read: bool
    circle: Face | None = None
    """The circle it is about."""
    others: int = 0
    """How many more did the same with this post."""


def line_of() -> sa.ColumnElement[int]:
    """A number that all of one line have in common."""
    return sa.case(
        (Notification.kind == TOGETHER[0], -Notification.post_id),
        (Notification.kind == TOGETHER[1], Notification.post_id),
        else_=Notification.id,
    )


async def unread(work: Reading, account_id: int) -> int:
    """How many visible notifications were not read."""
    return (
        await work.session.scalar(
            sa.select(sa.func.count(line_of().distinct())).where(
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
        sa.select(Notification, Post.content, sa.func.coalesce(Listing.title, Post.title, Deal.title))
        .join(Post, Post.id == Notification.post_id, isouter=True)
        .join(Listing, Listing.post_id == Notification.post_id, isouter=True)
        .join(Deal, sa.and_(Notification.kind.startswith("deal_"), Deal.id == Notification.subject_id), isouter=True)
        .where(
            Notification.account_id == account_id,
            Notification.visible_at <= work.now,
            sa.or_(Notification.post_id.is_(None), readable(reader_id)),
            sa.or_(Notification.kind.not_in(TOGETHER), ~_has_newer(work)),
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
    circles = [row[0].subject_id for row in rows if row[0].kind.startswith("circle_") and row[0].subject_id]
    people = await faces(work, [row[0].actor_id for row in rows if row[0].actor_id is not None] + circles)
    others = await _others(work, account_id, [row[0] for row in rows if row[0].kind in TOGETHER])
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
            circle=people.get(row.subject_id or 0) if row.kind.startswith("circle_") else None,
            others=others.get((row.kind, row.post_id), 0),
        )
        for row, content, title in rows
    ]


def _has_newer(work: Reading) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        _NEWER.post_id == Notification.post_id,
        _NEWER.account_id == Notification.account_id,
        _NEWER.kind == Notification.kind,
        _NEWER.id > Notification.id,
        _NEWER.visible_at <= work.now,
    )


async def _others(
    work: Reading, account_id: int, newest_of: Sequence[Notification]
) -> dict[tuple[str, int | None], int]:
    """How many stand behind the newest of each line."""
    if not newest_of:
        return {}
    rows = await work.session.execute(
        sa.select(Notification.kind, Notification.post_id, sa.func.count())
        .where(
            Notification.post_id.in_([row.post_id for row in newest_of]),
            Notification.account_id == account_id,
            Notification.kind.in_(TOGETHER),
            Notification.visible_at <= work.now,
        )
        .group_by(Notification.kind, Notification.post_id)
    )
    return {(kind, post_id): number - 1 for kind, post_id, number in rows}


def _excerpt(html: str) -> str:
    text = plain(html, 400).replace("\n", " ")
    return text if len(text) <= 160 else text[:157].rsplit(" ", 1)[0] + "…"
