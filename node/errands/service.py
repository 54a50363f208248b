"""Errands: written down in the unit that causes them, run by a worker afterwards, tried a few times."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from node.errands.model import Errand
from node.ids import new_id
from node.work import Reading, Writing

BELL = "errands"
LEASE = timedelta(minutes=3)
_PAUSES = (timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=2))
OWN = ("push", "webhook", "matching", "digest", "seal")
"""Kinds that carry news of our own to our own people: what strangers make us fetch never stands in their way."""
TRIES = len(_PAUSES) + 1
_SHOWN = timedelta(days=14)
_MOST = 10_000
"""Waiting at the same time to be fetched elsewhere; whatever comes beyond that may ask again another day."""


async def ask(work: Writing, kind: str, subject: str, **details: Any) -> None:
    """Have it done soon. Asking again before it is done changes only the details."""
    if kind not in OWN:
        waiting = sa.select(sa.func.count()).select_from(Errand).where(Errand.kind.not_in(OWN))
        if (await work.session.scalar(waiting) or 0) >= _MOST:
            return
    insert = work.insert(Errand)
    await work.session.execute(
        insert.values(
            id=new_id(work.now),
            kind=kind,
            subject=subject,
            details=details,
            attempts=0,
            next_at=work.now,
            created_at=work.now,
        ).on_conflict_do_update(index_elements=["kind", "subject"], set_={"details": details, "created_at": work.now})
    )
    work.wake(BELL)


async def has_due(work: Reading) -> bool:
    """True when there is something to do."""
    is_free = sa.or_(Errand.leased_until.is_(None), Errand.leased_until < work.now)
    found = await work.session.scalar(sa.select(Errand.id).where(Errand.next_at <= work.now, is_free).limit(1))
    return found is not None


async def lease(work: Writing, limit: int, *, is_own: bool = False) -> Sequence[Errand]:
    """Take up to so many that are due, of our own or of what is to be fetched; nobody else gets them for a while."""
    kinds = Errand.kind.in_(OWN) if is_own else Errand.kind.not_in(OWN)
    return await _lease(work, limit, kinds, Errand.leased_until.is_(None))


async def lease_suspect(work: Writing, *, is_own: bool = False) -> Sequence[Errand]:
    """Take one at most, of our own or of any kind, whose last holder died without a word, perhaps of it."""
    return await _lease(work, 1, Errand.leased_until < work.now, *([Errand.kind.in_(OWN)] if is_own else []))


async def _lease(work: Writing, limit: int, *which: sa.ColumnElement[bool]) -> Sequence[Errand]:
    due = (
        sa.select(Errand.id)
        .where(Errand.next_at <= work.now, *which)
        .order_by(Errand.leased_until, Errand.next_at, Errand.id)  # of suspects the one that was held longest ago
        .limit(limit)
    )
    if not work.config.is_sqlite:
        due = due.with_for_update(skip_locked=True)
    leased = await work.session.scalars(
        sa.update(Errand)
        .where(Errand.id.in_(due.scalar_subquery()))
        .values(leased_until=work.now + LEASE, attempts=Errand.attempts + 1)
        .returning(Errand)
        .execution_options(synchronize_session=False)
    )
    found = leased.all()
    work.session.expunge_all()
    return found


async def finish(work: Writing, errand: Errand) -> None:
    """It is done, or cannot be done. When somebody asked again meanwhile, it begins anew."""
    gone = await work.session.execute(
        sa.delete(Errand).where(Errand.id == errand.id, Errand.created_at == errand.created_at).returning(Errand.id)
    )
    if gone.scalar_one_or_none() is None:
        await work.session.execute(
            sa.update(Errand).where(Errand.id == errand.id).values(leased_until=None, attempts=0, next_at=work.now)
        )
        work.wake(BELL)


async def postpone(work: Writing, errand: Errand) -> None:
    """It did not work out just now: once more later, or never."""
    if errand.attempts > len(_PAUSES):
        await finish(work, errand)
        return
    await work.session.execute(
        sa.update(Errand)
        .where(Errand.id == errand.id)
        .values(leased_until=None, next_at=work.now + _PAUSES[errand.attempts - 1])
    )


async def give_back(work: Writing, errands: Sequence[Errand]) -> None:
    """We are told to stop: that was no attempt."""
    await work.session.execute(
        sa.update(Errand)
        .where(Errand.id.in_([errand.id for errand in errands]))
        .values(leased_until=None, attempts=Errand.attempts - 1)
    )


async def give_up(work: Writing, errand: Errand) -> None:
    """Whoever took it up died, each time. It stays where an administrator finds it, and goes some day."""
    if errand.attempts > TRIES + 1:
        await work.session.execute(sa.delete(Errand).where(Errand.id == errand.id))
        return
    await work.session.execute(
        sa.update(Errand).where(Errand.id == errand.id).values(leased_until=None, next_at=work.now + _SHOWN)
    )


async def given_up(work: Reading) -> int:
    """How many errands nobody survived."""
    found = await work.session.scalar(sa.select(sa.func.count()).select_from(Errand).where(Errand.attempts > TRIES))
    return found or 0
