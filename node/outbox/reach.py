"""Where something that a member wrote has arrived: for its author, host by host."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from node.outbox.model import Activity, Delivery, Fanout
from node.peers.answers import in_words
from node.tables import Peer
from node.words import Message
from node.work import Reading

_MOST = 5_000  # deliveries looked at, the newest first
_CONCERN = {"waiting": 0, "refused": 1, "expired": 1, "gone": 2, "delivered": 3, "dropped": 4}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of it at one host: the last thing that was sent there."""

    host: str
    name: str
    state: str
    """delivered · waiting · refused (also given up) · gone · dropped"""
    is_change: bool
    """It is a correction that is on its way, of something that they have."""
    words: Message | None
    is_tried: bool
    """It did not get through yet, or nothing does there just now: ``words`` say why, and ``next_at`` until when."""
    next_at: datetime
    at: datetime | None


class _Row(NamedTuple):
    type: str
    delivery: Delivery
    peer: Peer | None


async def is_about_to_go(work: Reading, author_id: int, uri: str) -> bool:
    """True while nobody looked up yet who is to get it, or its correction."""
    pending = sa.exists().where(
        Activity.object_uri == uri, Activity.actor_id == author_id, Fanout.activity_id == Activity.id
    )
    return bool(await work.session.scalar(sa.select(pending)))


async def of(work: Reading, author_id: int, uri: str) -> Sequence[Arrival]:
    """What waits first, then what did not arrive, then what did; by name."""
    rows = await work.session.execute(
        sa.select(Activity.type, Delivery, Peer)
        .join(Delivery, Delivery.activity_id == Activity.id)
        .join(Peer, Peer.host == Delivery.host, isouter=True)
        .where(
            Activity.object_uri == uri,
            Activity.actor_id == author_id,
            Activity.type.in_(("Create", "Update", "Announce")),
            Activity.is_forwarded.is_(False),
        )
        .order_by(Activity.id.desc())
        .limit(_MOST)
    )
    by_inbox: dict[str, list[_Row]] = {}
    for row in rows:
        by_inbox.setdefault(row[1].inbox_uri, []).append(_Row(*row))
    by_host: dict[str, Arrival] = {}
    for sent in by_inbox.values():
        arrival = _arrival(sent, work.now)
        known = by_host.get(arrival.host)
        if known is None or _CONCERN[arrival.state] < _CONCERN[known.state]:
            by_host[arrival.host] = arrival
    return sorted(by_host.values(), key=lambda each: (_CONCERN[each.state], (each.name or each.host).casefold()))


def _arrival(sent: Sequence[_Row], now: datetime) -> Arrival:
    """What became of the last of all that was sent to one inbox, newest first; what waits behind something else shares
    its fate."""
    last = next((row for row in sent if row.delivery.state != "dropped"), sent[0])
    each, peer, next_at = last.delivery, last.peer, last.delivery.next_at
    words = in_words(each.last_status, each.last_answer) if each.state != "delivered" else None
    is_tried = each.attempts > 0
    if each.state == "waiting" and not is_tried:
        before = next((row.delivery for row in sent if row.delivery.state == "waiting" and row.delivery.attempts), None)
        if before is not None:
            is_tried, next_at = True, before.next_at
            words = in_words(before.last_status, before.last_answer)
        elif peer is not None and peer.open_until is not None and peer.open_until > now:
            is_tried, words = True, in_words(None, peer.last_answer)
    if each.state == "waiting" and peer is not None and peer.open_until is not None:
        next_at = max(next_at, peer.open_until)
    has_first = all(row.delivery.state == "delivered" for row in sent if row.type != "Update")
    return Arrival(
        host=each.host,
        name=peer.name if peer is not None else "",
        state="refused" if each.state == "expired" else each.state,
        is_change=last.type == "Update" and has_first,
        words=words,
        is_tried=is_tried,
        next_at=next_at,
        at=each.settled_at,
    )
