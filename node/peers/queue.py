"""What waits for one host: how much of which kind, since when, and why; and how officers take it away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node.errors import NotFound
from node.peers.answers import in_words
from node.peers.model import Peer
from node.peers.service import GIVEN_UP
from node.tables import Activity, Delivery
from node.words import Message
from node.work import Reading, Writing


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many activities of one type."""

    type: str
    count: int
    object_type: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue for one host."""

    kinds: Sequence[Waiting]
    """The most frequent first."""
    since: datetime | None
    """When the oldest of it was written."""
    words: Message | None
    """What the host answered last."""
    is_given_up: bool
    """It was silent so long that only what takes something back is still sent."""
    is_asked_to_wait_until: datetime | None
    """It lives, and asked for a pause."""

    @property
    def total(self) -> int:
        return sum(kind.count for kind in self.kinds)


async def of(work: Reading, host: str) -> Queue:
    """Raises NotFound."""
    peer = await work.session.get(Peer, host)
    if peer is None:
        raise NotFound
    rows = (
        await work.session.execute(
            sa.select(Activity.type, sa.func.count(), sa.func.min(Delivery.created_at, type_=Delivery.created_at.type))
            .join(Delivery, Delivery.activity_id == Activity.id)
            .where(Delivery.host == host, Delivery.state == "waiting")
            .group_by(Activity.type)
            .order_by(sa.func.count().desc(), Activity.type)
        )
    ).all()
    is_failing = peer.failing_since is not None
    return Queue(
        kinds=[Waiting(row[0], row[1]) for row in rows],
        since=min((row[2] for row in rows), default=None),
        words=in_words(None, peer.last_answer),
        is_given_up=peer.failing_since is not None and peer.failing_since <= work.now - GIVEN_UP,
        is_asked_to_wait_until=peer.open_until
        if not is_failing and peer.open_until is not None and peer.open_until > work.now
        else None,
    )


async def drop(work: Writing, host: str) -> int:
    """Take everything out of the queue; how much that was. Raises NotFound."""
    peer = await work.session.get(Peer, host)
    if peer is None:
        raise NotFound
    dropped = await work.session.execute(
        sa.update(Delivery)
        .where(Delivery.host == host, Delivery.state == "waiting")
        .values(state="dropped", settled_at=work.now, last_answer="The queue was emptied by an officer.")
        .execution_options(synchronize_session=False)
    )
    peer.due_at = None
    return int(dropped.rowcount)  # type: ignore[attr-defined]
