"""What the office asks about reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node.accounts.model import Account
from node.actors.model import Actor
from node.directed.model import OfferMute
from node.errors import NotFound
from node.faces import Face, faces
from node.listings.model import Listing
from node.moderation.model import Report
from node.peers.model import Peer
from node.posts.model import Post
from node.work import Reading

PAGE = 40


@dataclass(frozen=True, slots=True)
class Reported:
    """A post that a report is about. ``content`` is clean HTML; empty when it was withdrawn meanwhile."""

    id: int
    title: str
    content: str
    warning: str
    visibility: str
    at: datetime
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class Target:
    """Whom the office may do something about."""

    face: Face
    account_name: str
    """User name of one of ours; empty for others."""
    limited_at: datetime | None
    suspended_at: datetime | None
    is_host_closed: bool
    is_host_limited: bool
    open_reports: int
    offers_muted_at: datetime | None = None
    """Since when their offers to single people are not let through."""


@dataclass(frozen=True, slots=True)
class Case:
    """A report as the office sees it."""

    id: int
    target: Face
    by: Face | None
    """None when who reported is gone."""
    by_host: str
    """Another server that reported; empty for a member."""
    text: str
    category: str
    is_forwarded: bool
    is_open: bool
    answer: str
    resolved_by: str
    posts: int
    at: datetime
    resolved_at: datetime | None


async def cases(work: Reading, *, is_open: bool = True, before: int | None = None) -> list[Case]:
    """Reports that wait, or those that are settled; the newest first."""
    chosen = sa.select(Report).where(Report.state == ("open" if is_open else "resolved"))
    if before is not None:
        chosen = chosen.where(Report.id < before)
    rows = (await work.session.scalars(chosen.order_by(Report.id.desc()).limit(PAGE))).all()
    return await _cases(work, rows)


async def case(work: Reading, report_id: int) -> tuple[Case, list[Reported]]:
    """One report and the posts in question. Raises NotFound."""
    row = await work.session.get(Report, report_id)
    if row is None:
        raise NotFound
    [found] = await _cases(work, [row])
    posts = await work.session.execute(
        sa.select(Post, Listing.title)
        .join(Listing, Listing.post_id == Post.id, isouter=True)
        .where(Post.id.in_(row.post_ids), Post.author_id == row.target_id)
        .order_by(Post.id)
    )
    return found, [
        Reported(
            id=post.id,
            title=title or post.title,
            content=post.content,
            warning=post.warning,
            visibility=post.visibility,
            at=post.published_at,
            is_withdrawn=post.deleted_at is not None,
        )
        for post, title in posts
    ]


async def target(work: Reading, actor_id: int) -> Target:
    """Somebody with what officers did about them. Raises NotFound."""
    actor = await work.session.get(Actor, actor_id)
    if actor is None or actor.kind == "application":
        raise NotFound
    peer = await work.session.get(Peer, actor.host) if not actor.is_local else None
    waiting = await work.session.scalar(
        sa.select(sa.func.count()).select_from(Report).where(Report.target_id == actor_id, Report.state == "open")
    )
    muted = await work.session.get(OfferMute, actor_id)
    return Target(
        face=(await faces(work, [actor_id]))[actor_id],
        account_name=actor.username if actor.is_local and actor.kind == "person" else "",
        limited_at=actor.limited_at,
        suspended_at=actor.suspended_at,
        is_host_closed=peer is not None and peer.blocked_at is not None,
        is_host_limited=peer is not None and peer.limited_at is not None,
        open_reports=waiting or 0,
        offers_muted_at=muted.muted_at if muted is not None and muted.lifted_at is None else None,
    )


async def waiting(work: Reading) -> int:
    """How many reports nobody has settled."""
    return await work.session.scalar(sa.select(sa.func.count()).select_from(Report).where(Report.state == "open")) or 0


async def _cases(work: Reading, rows: Sequence[Report]) -> list[Case]:
    people = await faces(work, [id for row in rows for id in (row.target_id, row.by_id) if id is not None])
    officers = await work.session.execute(
        sa.select(Account.id, Actor.name)
        .join(Actor, Actor.id == Account.actor_id)
        .where(Account.id.in_({row.resolved_by_id for row in rows if row.resolved_by_id is not None}))
    )
    names = {row[0]: row[1] for row in officers}
    return [
        Case(
            id=row.id,
            target=people[row.target_id],
            by=(by := people.get(row.by_id) if row.by_id is not None else None),
            by_host=by.host if by is not None and not by.is_local else "",
            text=row.text,
            category=row.category,
            is_forwarded=row.is_forwarded,
            is_open=row.state == "open",
            answer=row.answer,
            resolved_by=names.get(row.resolved_by_id, "") if row.resolved_by_id is not None else "",
            posts=len(row.post_ids),
            at=row.created_at,
            resolved_at=row.resolved_at,
        )
        for row in rows
    ]
