"""Who is reported for one-way offers again and again is let through no more, until officers decide otherwise."""

from collections.abc import Awaitable, Callable, Sequence

import sqlalchemy as sa

from node.actors.model import Actor
from node.directed.model import DirectedOffer, OfferMute
from node.errors import Invalid, NotFound
from node.moderation.model import Report
from node.words import N_
from node.work import Reading, Writing

Act = Callable[[Writing, int, int], Awaitable[None]]
"""What officers do: by which account, about whom."""
ONE_WAY = "one_way"
"""The reason of a report."""
REPORTS = 3
"""By so many members."""


async def require_offer(work: Reading, member_id: int, target_id: int, post_ids: Sequence[int]) -> None:
    """Only who was sent an offer can say that it was one-way. Raises Invalid."""
    found = await work.session.scalar(
        sa.select(DirectedOffer.post_id)
        .where(
            DirectedOffer.post_id.in_(list(post_ids)),
            DirectedOffer.to_id == member_id,
            DirectedOffer.from_id == target_id,
        )
        .limit(1)
    )
    if found is None:
        raise Invalid({"category": N_("That is for an offer that was sent to you alone.")})


async def hear(work: Writing, member_id: int, target: Actor, post_ids: Sequence[int]) -> bool:
    """A member reported ``target`` for one-way offers. True when that was once too often."""
    await work.session.execute(
        sa.update(DirectedOffer)
        .where(DirectedOffer.post_id.in_(list(post_ids)), DirectedOffer.to_id == member_id)
        .values(state=ONE_WAY, answered_at=work.now, waits=False)
    )
    row = await work.session.get(OfferMute, target.id)
    if row is not None and row.lifted_at is None:
        return False
    members = sa.select(sa.func.count(Report.by_id.distinct())).join(Actor, Actor.id == Report.by_id)
    counted = members.where(Report.target_id == target.id, Report.category == ONE_WAY, Actor.is_local)
    if row is not None and row.lifted_at is not None:
        counted = counted.where(Report.created_at > row.lifted_at)
    if (await work.session.scalar(counted) or 0) < REPORTS:
        return False
    if row is None:
        work.session.add(OfferMute(actor_id=target.id, muted_at=work.now))
    else:
        row.muted_at, row.lifted_at, row.lifted_by_id = work.now, None, None
    await work.session.flush()
    return True


async def lift(work: Writing, by_account_id: int, actor_id: int) -> None:
    """Officers let the offers of somebody through again. Raises NotFound."""
    row = await work.session.get(OfferMute, actor_id)
    if row is None or row.lifted_at is not None:
        raise NotFound
    row.lifted_at, row.lifted_by_id = work.now, by_account_id


async def restore(work: Writing, by_account_id: int, actor_id: int) -> None:
    """The officers think better of it. Raises NotFound."""
    row = await work.session.get(OfferMute, actor_id)
    if row is None or row.lifted_at is None:
        raise NotFound
    row.lifted_at, row.lifted_by_id = None, None
