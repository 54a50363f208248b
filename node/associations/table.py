"""Who sits at the round table on the front door: some of our members, and how many there are."""

from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from node.actors.model import Actor
from node.asking import NOW, Question, given
from node.associations.model import Vouch
from node.faces import Face, faces, is_vouched_at
from node.work import Reading

SEATS = 10


@dataclass(frozen=True, slots=True)
class Table:
    """Some members, other ones every day, those with a picture first; and the number of all."""

    seats: list[Face]
    members: int


class _Key(NamedTuple):
    id: int


_OURS = (
    sa.select(Actor.id)
    .join(Vouch, Vouch.subject_id == Actor.id)
    .where(
        Actor.is_local,
        Actor.kind == "person",
        Actor.gone_at.is_(None),
        Actor.suspended_at.is_(None),
        Vouch.issuer_id == sa.select(Actor.id).where(Actor.uri == given("office", sa.String)).scalar_subquery(),
        is_vouched_at(NOW),
    )
)
_NUMBER = Question(_Key, sa.select(sa.func.count()).select_from(_OURS.subquery()))
_SEATED = Question(
    _Key,
    _OURS.where(Actor.is_discoverable)
    # A shuffle that both databases do alike and that lasts a day; keys count milliseconds and more.
    .order_by(Actor.icon_digest.is_(None), (Actor.id / 1024 + given("shift")) % 10007, Actor.id)
    .limit(given("seats")),
)


async def table(work: Reading, seats: int = SEATS) -> Table:
    """Only people who let themselves be found; all are counted."""
    number = await _NUMBER.first(work, office=work.uris.office, now=work.now)
    shift = work.now.toordinal() * 7919
    rows = await _SEATED.ask(work, office=work.uris.office, now=work.now, shift=shift, seats=seats)
    found = await faces(work, [row.id for row in rows])
    return Table([found[row.id] for row in rows], number.id if number is not None else 0)
