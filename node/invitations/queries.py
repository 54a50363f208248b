"""What the pages ask about invitations and connections."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node.errors import NotFound
from node.etiquette import one_message
from node.faces import Face, faces
from node.invitations.model import Connection
from node.listings.lineage import Link, links
from node.notifications import service as notifications
from node.notifications.service import pair
from node.work import Reading

PAGE = 30


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An invitation as one of the two sees it."""

    id: int
    other: Face
    is_mine: bool
    """True when the viewer asked."""
    question: str
    about: str
    lens: str
    answer: str
    state: str
    via: str
    at: datetime
    answered_at: datetime | None
    heard_at: datetime | None
    """When the host hears of it, as long as that lies ahead."""
    may_correct: bool
    began_in: Link | None = None
    """The post from which it came, as far as the viewer may read it."""


async def received(work: Reading, viewer_id: int, limit: int = PAGE) -> list[InvitationView]:
    """What waits for the viewer's answer. What contact hours hold back is not there yet."""
    chosen = sa.select(Connection).where(
        Connection.invited_id == viewer_id,
        Connection.state == "asked",
        sa.or_(Connection.notify_at.is_(None), Connection.notify_at <= work.now),
    )
    return await _views(work, viewer_id, chosen.order_by(Connection.id).limit(limit))


async def sent(work: Reading, viewer_id: int, limit: int = PAGE) -> list[InvitationView]:
    """What the viewer asked and what became of it, newest first."""
    chosen = sa.select(Connection).where(Connection.inviting_id == viewer_id, Connection.state != "ended")
    return await _views(work, viewer_id, chosen.order_by(Connection.id.desc()).limit(limit))


async def answered(work: Reading, viewer_id: int, limit: int = PAGE) -> list[InvitationView]:
    """What others asked and the viewer answered, newest first."""
    chosen = sa.select(Connection).where(
        Connection.invited_id == viewer_id, Connection.state.in_(("accepted", "declined"))
    )
    return await _views(work, viewer_id, chosen.order_by(Connection.id.desc()).limit(limit))


async def connections(work: Reading, viewer_id: int, *, before: int | None = None, limit: int = 60) -> list[Face]:
    """With whom somebody is connected, newest first."""
    mine = sa.or_(Connection.inviting_id == viewer_id, Connection.invited_id == viewer_id)
    chosen = sa.select(Connection).where(mine, Connection.state == "accepted")
    if before is not None:
        chosen = chosen.where(Connection.id < before)
    return [view.other for view in await _views(work, viewer_id, chosen.order_by(Connection.id.desc()).limit(limit))]


async def between(work: Reading, viewer_id: int, other_id: int) -> InvitationView | None:
    """The latest between two people, as the viewer may know it: not before it is heard, if they were asked."""
    chosen = sa.select(Connection).where(
        Connection.pair == pair(viewer_id, other_id),
        sa.or_(Connection.inviting_id == viewer_id, Connection.notify_at.is_(None), Connection.notify_at <= work.now),
    )
    found = await _views(work, viewer_id, chosen.order_by(Connection.id.desc()).limit(1))
    return found[0] if found else None


async def one(work: Reading, viewer_id: int, connection_id: int) -> InvitationView:
    """One invitation of the viewer's, sent or received. Raises NotFound."""
    found = await _views(work, viewer_id, sa.select(Connection).where(Connection.id == connection_id))
    if not found or (not found[0].is_mine and found[0].heard_at is not None):
        raise NotFound
    return found[0]


async def would_be_heard_at(work: Reading, viewer_id: int, host_id: int) -> datetime:
    """When a host would hear of an invitation sent now."""
    return await notifications.heard_at(work, host_id, viewer_id)


async def _views(work: Reading, viewer_id: int, chosen: sa.Select[Connection]) -> list[InvitationView]:
    rows = (
        await work.session.scalars(
            chosen.where(sa.or_(Connection.inviting_id == viewer_id, Connection.invited_id == viewer_id))
        )
    ).all()
    others = {row.id: row.invited_id if row.inviting_id == viewer_id else row.inviting_id for row in rows}
    people = await faces(work, others.values())
    sources = await links(work, viewer_id, [row.born_of_id for row in rows if row.born_of_id is not None])
    return [
        InvitationView(
            id=row.id,
            other=people[others[row.id]],
            is_mine=row.inviting_id == viewer_id,
            question=row.question,
            about=row.about,
            lens=row.lens,
            answer=row.answer,
            state=row.state,
            via=row.via,
            at=row.created_at,
            answered_at=row.answered_at,
            heard_at=row.notify_at if row.notify_at is not None and row.notify_at > work.now else None,
            may_correct=row.state == "asked"
            and row.inviting_id == viewer_id
            and one_message.may_correct(row.created_at, work.now),
            began_in=sources.get(row.born_of_id or 0),
        )
        for row in rows
    ]
