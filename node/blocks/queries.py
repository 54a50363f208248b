"""What the pages and apps ask about whom a member keeps away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node.actors.model import Actor
from node.errors import NotFound
from node.faces import Face, faces
from node.moderation.model import Block, BlockedHost, Mute
from node.work import Reading

MOST = 200
"""Shown on the page of settings; apps page through all."""


@dataclass(frozen=True, slots=True)
class KeptAway:
    """Somebody blocked or muted, since or until when."""

    face: Face
    at: datetime
    until: datetime | None = None


async def parties(work: Reading, member_id: int, other_id: int) -> tuple[Actor, Actor]:
    """A member and somebody else. Raises NotFound for a machine, for nobody, and for the member themselves."""
    ours, other = await work.session.get(Actor, member_id), await work.session.get(Actor, other_id)
    if ours is None or other is None or other.kind == "application" or other.id == ours.id:
        raise NotFound
    return ours, other


async def blocked(work: Reading, member_id: int) -> list[KeptAway]:
    """Whom a member blocked, the latest first."""
    rows = await work.session.execute(
        sa.select(Block.blocked_id, Block.created_at)
        .where(Block.blocking_id == member_id)
        .order_by(Block.id.desc())
        .limit(MOST)
    )
    return await _with_faces(work, [(row.blocked_id, row.created_at, None) for row in rows])


async def muted(work: Reading, member_id: int) -> list[KeptAway]:
    """Whom a member muted, the latest first."""
    rows = await work.session.execute(
        sa.select(Mute.muted_id, Mute.created_at, Mute.until)
        .where(Mute.muting_id == member_id, sa.or_(Mute.until.is_(None), Mute.until > work.now))
        .order_by(Mute.id.desc())
        .limit(MOST)
    )
    return await _with_faces(work, [(row.muted_id, row.created_at, row.until) for row in rows])


async def hosts(work: Reading, member_id: int) -> list[str]:
    """The hosts a member shut out."""
    return list(
        await work.session.scalars(
            sa.select(BlockedHost.host).where(BlockedHost.actor_id == member_id).order_by(BlockedHost.host)
        )
    )


async def _with_faces(work: Reading, rows: Sequence[tuple[int, datetime, datetime | None]]) -> list[KeptAway]:
    people = await faces(work, [row[0] for row in rows])
    return [KeptAway(people[id], at, until) for id, at, until in rows if id in people]
