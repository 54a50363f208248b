"""What the pages ask about offers to one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node.access import readable
from node.deals.model import Deal
from node.directed import service
from node.directed.model import DirectedOffer
from node.etiquette import other_half, weekly_allowance
from node.faces import Face, faces
from node.posts.model import Post
from node.work import Reading

WAITING = 30
"""At most so many stand on the page of what waits."""


@dataclass(frozen=True, slots=True)
class DirectedView:
    """An offer to one person, as one of the two sees it."""

    post_id: int
    to: Face
    half: str
    state: str
    """open interested declined one_way; for its sender ``answered`` when there is a reply, and never one_way."""
    is_for_viewer: bool
    sent_at: datetime

    @property
    def is_one_way(self) -> bool:
        return self.half == other_half.ONE_WAY


@dataclass(frozen=True, slots=True)
class Left:
    """How many offers that nobody asked for a member can still send."""

    left: int
    allowance: int
    next_at: datetime | None
    """When one returns, as long as none is left."""


async def of_post(work: Reading, viewer_id: int, post_id: int) -> DirectedView | None:
    """For its sender and for the one it is for; None for everybody else."""
    rows = await work.session.scalars(
        sa.select(DirectedOffer)
        .where(
            DirectedOffer.post_id == post_id,
            sa.or_(DirectedOffer.to_id == viewer_id, DirectedOffer.from_id == viewer_id),
        )
        .limit(1)
    )
    row = rows.first()
    if row is None:
        return None
    is_for_viewer = row.to_id == viewer_id
    state = row.state
    if state == "open" and await work.session.scalar(sa.select(Deal.id).where(Deal.listing_id == post_id).limit(1)):
        state = "interested"
    elif not is_for_viewer and state in ("open", "one_way"):
        replied = sa.select(Post.id).where(Post.parent_id == post_id, Post.author_id == row.to_id).limit(1)
        state = "answered" if await work.session.scalar(replied) is not None else "open"
    return DirectedView(
        post_id=post_id,
        to=(await faces(work, [row.to_id]))[row.to_id],
        half=row.half,
        state=state,
        is_for_viewer=is_for_viewer,
        sent_at=row.sent_at,
    )


async def waiting(work: Reading, viewer_id: int) -> Sequence[int]:
    """Posts that wait for a look, newest first: nobody was told of them."""
    return (await work.session.scalars(_waiting(viewer_id).order_by(Post.id.desc()).limit(WAITING))).all()


async def count_waiting(work: Reading, viewer_id: int) -> int:
    """How many wait; no more than the page shows are counted."""
    chosen = _waiting(viewer_id).limit(WAITING).subquery()
    return await work.session.scalar(sa.select(sa.func.count()).select_from(chosen)) or 0


def _waiting(viewer_id: int) -> sa.Select[int]:
    return (
        sa.select(Post.id)
        .join(DirectedOffer, DirectedOffer.post_id == Post.id)
        .where(
            DirectedOffer.to_id == viewer_id,
            DirectedOffer.waits,
            DirectedOffer.state == "open",
            readable(viewer_id),
        )
    )


def waits_for(viewer_id: int) -> sa.ColumnElement[bool]:
    """The clause over ``posts``: an offer that waits for a look, and stands in no list before that."""
    return sa.exists().where(DirectedOffer.post_id == Post.id, DirectedOffer.to_id == viewer_id, DirectedOffer.waits)


async def left(work: Reading, author_id: int) -> Left:
    """What a member can still send this week."""
    sent, allowance = await service.unanswered(work, author_id), await service.allowance(work)
    number = weekly_allowance.left(sent, allowance, work.now)
    counted = weekly_allowance.waiting(sent, work.now)
    next_at = counted[len(counted) - allowance] + weekly_allowance.WEEK if not number and allowance else None
    return Left(number, allowance, next_at)


async def open_asks(work: Reading, viewer_id: int, author_id: int, limit: int = 10) -> Sequence[int]:
    """The open asks of somebody that the viewer may read, newest first."""
    return (await work.session.scalars(service.open_asks(work, viewer_id, author_id).limit(limit))).all()
