"""What a recommendation can rest on: something that both sides confirmed. Add what else there is to SOURCES."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node.deals.model import Deal
from node.testimonials.model import Testimonial
from node.work import Reading


@dataclass(frozen=True, slots=True)
class Ground:
    """Something confirmed between two people. ``key`` is unique on this node and shown to nobody."""

    key: str
    basis: str
    """deal meeting referral"""
    at: datetime


Source = Callable[[Reading, int, int], Awaitable[list[Ground]]]
"""Everything of one kind between two people, whoever of them began it."""


async def deals(work: Reading, one_id: int, other_id: int) -> list[Ground]:
    """Deals that came to their end, with money or goods on both sides confirmed."""
    between = sa.or_(
        sa.and_(Deal.seller_id == one_id, Deal.buyer_id == other_id),
        sa.and_(Deal.seller_id == other_id, Deal.buyer_id == one_id),
    )
    rows = await work.session.execute(
        sa.select(Deal.id, Deal.completed_at).where(between, Deal.state == "completed", Deal.completed_at.is_not(None))
    )
    return [Ground(f"deal:{row.id}", "deal", row.completed_at) for row in rows]


SOURCES: tuple[Source, ...] = (deals,)


async def grounds(work: Reading, writer_id: int, subject_id: int) -> list[Ground]:
    """Everything on which ``writer_id`` could recommend ``subject_id``, the oldest first."""
    found = [ground for source in SOURCES for ground in await source(work, writer_id, subject_id)]
    return sorted(found, key=lambda ground: (ground.at, ground.key))


async def free(work: Reading, writer_id: int, subject_id: int) -> list[Ground]:
    """Those on which nothing was written yet."""
    found = await grounds(work, writer_id, subject_id)
    if not found:
        return []
    used = await work.session.scalars(
        sa.select(Testimonial.ground).where(Testimonial.writer_id == writer_id, Testimonial.subject_id == subject_id)
    )
    taken = set(used)
    return [ground for ground in found if ground.key not in taken]
