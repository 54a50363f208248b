"""Where something that a member wrote has arrived: for its author, host by host."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
    """It is a correction that is on its way; the first writing had its own fate."""
    words: Message | None
    tries: int
    next_at: datetime
    at: datetime | None


async def is_about_to_go(work: Reading, author_id: int, uri: str) -> bool:
    """True while nobody looked up yet who is to get it, or its correction."""
    pending = sa.exists().where(
        Activity.object_uri == uri, Activity.actor_id == author_id, Fanout.activity_id == Activity.id
    )
    return bool(await work.session.scalar(sa.select(pending)))


async def of(work: Reading, author_id: int, uri: str) -> Sequence[Arrival]:
    """What waits first, then what did not arrive, then what did; by name."""
    rows = await work.session.execute(
        sa.select(Activity.type, Delivery, Peer.name)
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
    last: dict[str, tuple[str, Delivery, str]] = {}
    for type, delivery, name in rows:
        known = last.get(delivery.inbox_uri)
        if known is None or (known[1].state == "dropped" and delivery.state != "dropped"):
            last[delivery.inbox_uri] = (type, delivery, name or "")
    by_host: dict[str, tuple[str, Delivery, str]] = {}
    for type, delivery, name in last.values():
        known = by_host.get(delivery.host)
        if known is None or _CONCERN[delivery.state] < _CONCERN[known[1].state]:
            by_host[delivery.host] = (type, delivery, name)
    found = [
        Arrival(
            host=each.host,
            name=name,
            state="refused" if each.state == "expired" else each.state,
            is_change=type == "Update",
            words=in_words(each.last_status, each.last_answer) if each.state != "delivered" else None,
            tries=each.attempts,
            next_at=each.next_at,
            at=each.settled_at,
        )
        for type, each, name in by_host.values()
    ]
    return sorted(found, key=lambda each: (_CONCERN[each.state], (each.name or each.host).casefold()))
