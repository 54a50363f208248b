"""The desk where officers see how other hosts are, try them again, and close the door to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node.errors import Conflict, NotFound
from node.peers import answers, doors
from node.peers.lists import Entry
from node.peers.model import Peer
from node.tables import Actor, Delivery
from node.words import N_
from node.work import Reading, Writing


@dataclass(frozen=True, slots=True)
class PeerView:
    """Another host in the office's list."""

    host: str
    name: str
    software: str
    version: str
    office_uri: str | None
    state: str
    """new · well · refusing (it answers, and did not take the last thing we sent) · failing · closed"""
    heard_at: datetime | None
    delivered_at: datetime | None
    failing_since: datetime | None
    next_at: datetime | None
    """The next try, where something waits."""
    last_answer: str
    waiting: int
    people: int
    """Of theirs whom we know."""
    blocked_at: datetime | None
    blocked_reason: str
    limited_at: datetime | None
    agreed_at: datetime | None
    first_seen_at: datetime
    one_way_refused: int = 0
    """Offers to single people that asked for nothing in return and were more than we take; nothing is kept of them."""

    @property
    def is_association(self) -> bool:
        return self.software == "commensal"


async def peers(work: Reading, *, state: str = "", query: str = "", limit: int = 100) -> Sequence[PeerView]:
    """Other hosts: those that need a look first, then the ones we talk with most recently.

    ``state``: empty (all), ``associations``, ``failing``, ``closed``.
    """
    chosen = sa.select(Peer)
    if state == "associations":
        chosen = chosen.where(Peer.software == "commensal")
    elif state == "failing":
        chosen = chosen.where(Peer.failing_since.is_not(None), Peer.blocked_at.is_(None))
    elif state == "closed":
        chosen = chosen.where(Peer.blocked_at.is_not(None))
    if query.strip():
        wanted = query.strip().lower()
        chosen = chosen.where(
            sa.or_(
                Peer.host.contains(wanted, autoescape=True), sa.func.lower(Peer.name).contains(wanted, autoescape=True)
            )
        )
    last = sa.func.coalesce(Peer.heard_at, Peer.delivered_at, Peer.first_seen_at)
    rows = (
        await work.session.scalars(chosen.order_by(Peer.failing_since.is_(None), last.desc(), Peer.host).limit(limit))
    ).all()
    return await _views(work, rows)


async def peer(work: Reading, host: str) -> PeerView:
    """Raises NotFound."""
    row = await work.session.get(Peer, host)
    if row is None:
        raise NotFound
    [view] = await _views(work, [row])
    return view


async def retry(work: Writing, host: str) -> int:
    """Try what waits for this host now; returns how much that is. Raises NotFound, Conflict (the door is closed)."""
    row = await _get(work, host)
    if row.blocked_at is not None:
        raise Conflict(N_("The door to them is closed. Open it first."))
    waiting = await work.session.scalar(
        sa.select(sa.func.count()).select_from(Delivery).where(Delivery.host == host, Delivery.state == "waiting")
    )
    row.open_until = None
    if waiting:
        await work.session.execute(
            sa.update(Delivery).where(Delivery.host == host, Delivery.state == "waiting").values(next_at=work.now)
        )
        row.due_at = work.now
        work.wake("delivery")
    return int(waiting or 0)


async def block(work: Writing, host: str, reason: str) -> None:
    """Close the door: nothing goes there, nothing from there comes in; follows end, what waited is gone."""
    row = await _get(work, host)
    if row.blocked_at is not None:
        raise Conflict(N_("The door to them is closed already."))
    await doors.shut(work, [Entry(host, reason=reason)])


async def unblock(work: Writing, host: str) -> None:
    """Open the door again. Who wants to follow has to ask anew."""
    row = await _get(work, host)
    row.blocked_at, row.blocked_reason = None, ""


async def _get(work: Writing, host: str) -> Peer:
    row = await work.session.get(Peer, host)
    if row is None:
        raise NotFound
    return row


async def _views(work: Reading, rows: Sequence[Peer]) -> list[PeerView]:
    hosts = [row.host for row in rows]
    waiting = await _counts(
        work,
        sa.select(Delivery.host, sa.func.count())
        .where(Delivery.host.in_(hosts), Delivery.state == "waiting")
        .group_by(Delivery.host),
    )
    people = await _counts(
        work,
        sa.select(Actor.host, sa.func.count())
        .where(Actor.host.in_(hosts), Actor.is_local.is_(False), Actor.gone_at.is_(None), Actor.kind == "person")
        .group_by(Actor.host),
    )
    return [
        PeerView(
            host=row.host,
            name=row.name,
            software=row.software,
            version=row.version,
            office_uri=row.office_uri,
            state=_state(row),
            heard_at=row.heard_at,
            delivered_at=row.delivered_at,
            failing_since=row.failing_since,
            next_at=(row.open_until or row.due_at) if waiting.get(row.host) else None,
            last_answer=row.last_answer,
            waiting=waiting.get(row.host, 0),
            people=people.get(row.host, 0),
            blocked_at=row.blocked_at,
            blocked_reason=row.blocked_reason,
            limited_at=row.limited_at,
            agreed_at=row.agreed_at,
            first_seen_at=row.first_seen_at,
            one_way_refused=row.one_way_refused,
        )
        for row in rows
    ]


def _state(row: Peer) -> str:
    if row.blocked_at is not None:
        return "closed"
    if row.failing_since is not None:
        return "failing"
    if answers.is_refusal(row.last_answer):
        return "refusing"
    return "well" if row.heard_at is not None or row.delivered_at is not None else "new"


async def _counts(work: Reading, query: sa.Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in await work.session.execute(query)}
