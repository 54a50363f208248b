"""What the pages ask about test offers."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node.access import can_read
from node.errors import NotFound
from node.faces import Face, faces
from node.posts.model import Post
from node.trials import service
from node.trials.model import Trial, TrialVisit
from node.trials.service import Variant
from node.work import Reading


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one variant did, for who put the test up."""

    variant: Variant
    shown: int
    reserved: int
    by: tuple[Face, ...]
    """Who reserved it: they wait to hear."""

    @property
    def percent(self) -> int:
        """Of those who saw it."""
        return round(100 * self.reserved / self.shown) if self.shown else 0


@dataclass(frozen=True, slots=True)
class TrialView:
    """A test offer as its page shows it."""

    id: int
    author: Face
    variants: tuple[Variant, Variant]
    currency: str | None
    quantity: int
    left: int
    ends_at: datetime
    is_open: bool
    state: str
    is_own: bool
    has_reserved: bool
    idea_id: int | None
    outcomes: tuple[Outcome, ...] = ()
    hosts: tuple[tuple[str, int], ...] = ()
    """Reservations by association or network; for who put the test up."""

    def variant(self, letter: str) -> Variant:
        return self.variants["ab".index(letter)]


async def own(work: Reading, actor_id: int, limit: int = 30) -> list[int]:
    """The keys of somebody's tests, newest first."""
    chosen = (
        sa.select(Trial.post_id)
        .join(Post, Post.id == Trial.post_id)
        .where(Trial.actor_id == actor_id, Post.deleted_at.is_(None))
        .order_by(Trial.post_id.desc())
        .limit(limit)
    )
    return list(await work.session.scalars(chosen))


async def one(work: Reading, viewer_id: int | None, post_id: int) -> TrialView:
    """One test; how it does for who put it up alone. Raises NotFound."""
    row = await work.session.get(Trial, post_id)
    if row is None or not await can_read(work, viewer_id, post_id):
        raise NotFound
    visits = (
        await work.session.execute(
            sa.select(TrialVisit.variant, TrialVisit.actor_id, TrialVisit.host)
            .where(TrialVisit.post_id == post_id, TrialVisit.reserved_at.is_not(None))
            .order_by(TrialVisit.reserved_at)
        )
    ).all()
    is_own = viewer_id == row.actor_id
    people = await faces(work, [row.actor_id, *([visit.actor_id for visit in visits] if is_own else [])])
    if row.actor_id not in people:
        raise NotFound
    variants = (Variant(row.title_a, row.text_a, row.price_a), Variant(row.title_b, row.text_b, row.price_b))
    outcomes: list[Outcome] = []
    hosts: dict[str, int] = {}
    if is_own:
        for letter, variant, shown in zip("ab", variants, (row.shown_a, row.shown_b), strict=True):
            takers = [visit.actor_id for visit in visits if visit.variant == letter]
            by = tuple(people[id] for id in takers if id in people)
            outcomes.append(Outcome(variant, shown, len(takers), by))
        for visit in visits:
            hosts[visit.host] = hosts.get(visit.host, 0) + 1
    return TrialView(
        id=post_id,
        author=people[row.actor_id],
        variants=variants,
        currency=row.currency,
        quantity=row.quantity,
        left=max(row.quantity - row.reserved, 0),
        ends_at=row.ends_at,
        is_open=service.is_open(row, work.now),
        state=row.state,
        is_own=is_own,
        has_reserved=viewer_id is not None and any(visit.actor_id == viewer_id for visit in visits),
        idea_id=row.idea_id,
        outcomes=tuple(outcomes),
        hosts=tuple(sorted(hosts.items(), key=lambda pair: (-pair[1], pair[0]))),
    )
