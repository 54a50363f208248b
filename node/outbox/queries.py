"""What became of what we said: per activity, and per host."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.errors import NotFound
from node.outbox.model import LOST, Activity, Delivery
from node.peers.answers import in_words
from node.tables import Actor, Peer
from node.words import Message
from node.work import Reading

STATES = ("delivered", "waiting", "refused", "gone", "expired", "dropped")


@dataclass(frozen=True, slots=True)
class SentView:
    """One thing somebody of ours said, and what became of it."""

    id: int
    type: str
    object_type: str
    author: str
    author_path: str
    title: str
    """Empty for what is not public: the office sees that it went out, not what it says."""
    is_public: bool
    created_at: datetime
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One host's answer."""

    host: str
    name: str
    state: str
    attempts: int
    last_status: int | None
    last_answer: str
    next_at: datetime
    settled_at: datetime | None

    @property
    def words(self) -> Message | None:
        """What they answered, for people."""
        return in_words(self.last_status, self.last_answer)


async def sent(work: Reading, *, only: str = "", before: int | None = None, limit: int = 40) -> Sequence[SentView]:
    """What went out, the newest first. ``only``: empty, ``waiting``, or ``lost`` (refused, expired or gone)."""
    chosen = sa.select(Activity, Actor).join(Actor, Actor.id == Activity.actor_id)
    if only:
        # The ids first, each way by its own index: the newest activities may long have arrived.
        some = sa.select(Delivery.activity_id).where(_waiting() if only == "waiting" else sa.text(LOST)).distinct()
        if before is not None:
            some = some.where(Delivery.activity_id < before)
        ids = (await work.session.scalars(some.order_by(Delivery.activity_id.desc()).limit(limit))).all()
        chosen = chosen.where(Activity.id.in_(ids))
    else:
        chosen = chosen.where(sa.exists().where(Delivery.activity_id == Activity.id))
        if before is not None:
            chosen = chosen.where(Activity.id < before)
    chosen = chosen.order_by(Activity.id.desc()).limit(limit)
    rows = (await work.session.execute(chosen)).all()
    counts = await _counts(work, [activity.id for activity, _ in rows])
    return [_view(activity, actor, counts.get(activity.id, {})) for activity, actor in rows]


async def one(work: Reading, activity_id: int) -> tuple[SentView, Sequence[DeliveryView]]:
    """One activity with each host's answer, the open ones first. Raises NotFound."""
    row = (
        await work.session.execute(
            sa.select(Activity, Actor).join(Actor, Actor.id == Activity.actor_id).where(Activity.id == activity_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    deliveries = await work.session.execute(
        sa.select(Delivery, Peer.name)
        .join(Peer, Peer.host == Delivery.host, isouter=True)
        .where(Delivery.activity_id == activity_id)
        .order_by(Delivery.state != "waiting", Delivery.host)
        .limit(500)
    )
    counts = await _counts(work, [activity_id])
    return _view(row[0], row[1], counts.get(activity_id, {})), [
        DeliveryView(
            each.host, name or "", each.state, each.attempts, each.last_status, each.last_answer, each.next_at,
            each.settled_at,
        )
        for each, name in deliveries
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Totals:
    """How deliveries fare."""

    arrived: int
    """In the last day."""
    waiting: int
    lost: int
    """Of all that are still remembered."""


async def totals(work: Reading) -> Totals:
    """Each by an index that holds little else, for of those that arrived there may be very many."""
    arrived = sa.and_(Delivery.settled_at > work.now - timedelta(days=1), Delivery.state == "delivered")
    arrived_count, waiting_count, lost_count = [
        await work.session.scalar(sa.select(sa.func.count()).select_from(Delivery).where(which)) or 0
        for which in (arrived, _waiting(), sa.text(LOST))
    ]
    return Totals(arrived_count, waiting_count, lost_count)


def _waiting() -> sa.ColumnElement[bool]:
    """The clause over ``deliveries``. By host, for that is how what waits is indexed; only hosts with something have an
    appointment."""
    busy = sa.select(Peer.host).where(Peer.due_at.is_not(None))
    return sa.and_(Delivery.host.in_(busy), Delivery.state == "waiting")


_UNDO = aliased(Activity)


def is_undone() -> sa.ColumnElement[bool]:
    """The clause over ``activities``: it was taken back by an Undo."""
    return sa.exists().where(_UNDO.object_uri == Activity.uri, _UNDO.type == "Undo")


async def _counts(work: Reading, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    rows = await work.session.execute(
        sa.select(Delivery.activity_id, Delivery.state, sa.func.count())
        .where(Delivery.activity_id.in_(ids))
        .group_by(Delivery.activity_id, Delivery.state)
    )
    found: dict[int, dict[str, int]] = {}
    for activity_id, state, number in rows:
        found.setdefault(activity_id, {})[state] = number
    return found


def _view(activity: Activity, actor: Actor, counts: dict[str, int]) -> SentView:
    document: dict[str, Any] = orjson.loads(activity.document)
    inner = document.get("object")
    is_shown = activity.is_public and isinstance(inner, dict)
    return SentView(
        id=activity.id,
        type=activity.type,
        object_type=str(inner.get("type", "")) if isinstance(inner, dict) else "",
        author=actor.name or actor.username,
        author_path=f"/@{actor.username}",
        title=str(inner.get("name") or "")[:120] if is_shown and isinstance(inner, dict) else "",
        is_public=activity.is_public,
        created_at=activity.created_at,
        counts={state: counts[state] for state in STATES if state in counts},
    )
