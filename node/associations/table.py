"""Who sits at the round table on the front door: some of our members, and how many there are."""

from dataclasses import dataclass

import sqlalchemy as sa

from node.actors.model import Actor
from node.associations.model import Vouch
from node.faces import Face, faces, is_vouched
from node.work import Reading

SEATS = 10


@dataclass(frozen=True, slots=True)
class Table:
    """Some members, other ones every day, those with a picture first; and the number of all."""

    seats: list[Face]
    members: int


async def table(work: Reading, seats: int = SEATS) -> Table:
    """Only people who let themselves be found; all are counted."""
    ours = (
        sa.select(Actor.id)
        .join(Vouch, Vouch.subject_id == Actor.id)
        .where(
            Actor.is_local,
            Actor.kind == "person",
            Actor.gone_at.is_(None),
            Actor.suspended_at.is_(None),
            Vouch.issuer_id == sa.select(Actor.id).where(Actor.uri == work.uris.office).scalar_subquery(),
            is_vouched(work),
        )
    )
    members = await work.session.scalar(sa.select(sa.func.count()).select_from(ours.subquery())) or 0
    day = work.now.toordinal()
    chosen = await work.session.scalars(
        ours.where(Actor.is_discoverable)
        # A shuffle that both databases do alike and that lasts a day; keys count milliseconds and more.
        .order_by(Actor.icon_digest.is_(None), (Actor.id / 1024 + day * 7919) % 10007, Actor.id)
        .limit(seats)
    )
    ids = list(chosen)
    found = await faces(work, ids)
    return Table([found[id] for id in ids], members)
