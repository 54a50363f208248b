"""Taking hosts in hand for a minute, with what waits for them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from federation.client import Signer, Style
from federation.directory import STYLE_LASTS, style_of
from node.asking import NOW, Question, among, given
from node.outbox.model import Activity, Delivery, Fanout
from node.peers.model import Peer
from node.work import Reading, Writing

BATCH = 50
LEASE = timedelta(seconds=60)
_TAKEN_OVER = "!"  # begins a lease whose last holder never said what became of it
_AT_ONCE = 2_000  # deliveries that are looked up together; beyond that host by host


class Said(NamedTuple):
    """An activity as it stands in the outbox."""

    id: int
    uri: str
    actor_id: int
    type: str
    object_uri: str
    is_forwarded: bool
    document: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Cargo:
    """An activity as it is carried: made once, however many inboxes it goes to."""

    id: int
    uri: str
    actor_id: int
    type: str
    object_uri: str
    created_at: datetime
    body: bytes
    signer: Signer | None
    """None when whoever said it is no longer here."""
    is_to_followers: bool
    """Its author's followers are named in it: then the other side is told how many of its own they are."""
    is_broken: bool = False
    """It could not be made ready; that is our fault, and holds up nothing else."""


@dataclass(frozen=True, slots=True)
class Item:
    """One delivery with what it carries."""

    activity: Cargo
    inbox: str
    attempts: int
    created_at: datetime
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """A host that is ours alone for a minute, and what is to be sent there, oldest first."""

    host: str
    token: str
    style: Style
    failures: int
    failing_since: datetime | None
    until: datetime
    is_well: bool = False
    """It took something before, and did not fail since."""
    items: list[Item] = field(default_factory=list)


class Waiting(NamedTuple):
    """One delivery without what it carries."""

    activity_id: int
    host: str
    inbox: str
    attempts: int
    created_at: datetime
    next_at: datetime


class _Due(NamedTuple):
    activity_id: int
    host: str
    inbox: str
    attempts: int
    created_at: datetime
    next_at: datetime
    uri: str
    object_uri: str

    @property
    def waiting(self) -> Waiting:
        return Waiting(*self[:6])


class Due(NamedTuple):
    """What there is to do. Most looks find nothing, and must not take the writer's place."""

    fanouts: bool
    hosts: bool


async def what_is_due(work: Reading) -> Due:
    """Whether there are deliveries to be written, and hosts to be written to."""
    return (await _DUE_AT_ALL.ask(work, now=work.now))[0]


async def take_hosts(work: Writing, token: str, most: int) -> list[Lease]:
    """Up to ``most`` hosts for which something is due and that nobody else holds, living ones first."""
    connection = await work.session.connection()
    rows = (
        await connection.execute(_TAKE, {"token": token, "until": work.now + LEASE, "now": work.now, "most": most})
    ).all()
    await _assume_sent(work, [row.host for row in rows if row.lease != token])
    leases = []
    for row in rows:
        is_known = row.style_learned_at is not None and work.now - row.style_learned_at < STYLE_LASTS
        known: Style = style_of(row.signature_style) if is_known else "cavage"
        is_well = row.delivered_at is not None and not row.failures
        leases.append(Lease(row.host, row.lease, known, row.failures, row.failing_since, work.now + LEASE, is_well))
    return leases


async def _assume_sent(work: Writing, hosts: Sequence[str]) -> None:
    """Whoever held these hosts before died without a word: what was due there may have been sent already. A Delete
    must then not be spared because its Create never went out."""
    if hosts:
        await work.session.execute(
            sa.update(Delivery)
            .where(
                Delivery.host.in_(hosts),
                Delivery.state == "waiting",
                Delivery.next_at <= work.now,
                Delivery.attempts == 0,
            )
            .values(attempts=1)
            .execution_options(synchronize_session=False)
        )


async def waiting_for(work: Reading, leases: Sequence[Lease], now: datetime) -> dict[str, list[Waiting]]:
    """What is due at each of these hosts. One delivery is enough to learn whether a failing host lives.

    Where all that waits is due and is not much, which is the rule, it is found for all hosts together.
    """
    simple = [lease.host for lease in leases if not lease.failures]
    rows = await _ALL.ask(work, hosts=simple, most=_AT_ONCE) if simple else []
    found: dict[str, list[Waiting]] = {}
    for row in rows:
        found.setdefault(row.host, []).append(row)
    is_all = len(rows) < _AT_ONCE
    for lease in leases:
        known = found.get(lease.host, [])
        if lease.failures or not is_all or len(known) > BATCH or any(row.next_at > now for row in known):
            found[lease.host] = await _due(work, lease, now)
    return found


async def _due(work: Reading, lease: Lease, now: datetime) -> list[Waiting]:
    most = 1 if lease.failures else BATCH
    due = await _DUE.ask(work, at_host=lease.host, now=now, most=most)
    if len(due) < most:
        return [row.waiting for row in due]
    # There is more: what replaces or takes back something of this must be known before that is sent.
    known = {(row.activity_id, row.inbox) for row in due}
    about = {row.object_uri for row in due} | {row.uri for row in due}
    first = min(row.activity_id for row in due)
    later = await _LATER.ask(work, at_host=lease.host, about=about - {""}, after=first, most=BATCH)
    return [row.waiting for row in due] + [row for row in later if (row.activity_id, row.inbox) not in known]


async def said(work: Reading, ids: Collection[int]) -> list[Said]:
    """These activities."""
    return await _SAID.ask(work, ids=ids)


_PEERS: sa.Table = Peer.__table__  # type: ignore[assignment]
_is_free = (
    _PEERS.c.due_at <= NOW,
    _PEERS.c.blocked_at.is_(None),
    sa.or_(_PEERS.c.leased_until.is_(None), _PEERS.c.leased_until < NOW),
)
_DUE_AT_ALL = Question(
    Due, sa.select(sa.exists().select_from(Fanout), sa.exists().select_from(_PEERS).where(*_is_free))
)
_TAKE = (
    _PEERS.update()
    .where(
        _PEERS.c.host.in_(
            sa.select(_PEERS.c.host)
            .where(*_is_free)
            .order_by(sa.case((_PEERS.c.failures > 0, 1), else_=0), _PEERS.c.due_at)
            .limit(given("most", sa.Integer))
            .with_for_update(skip_locked=True)
        )
    )
    .values(
        lease=sa.case(
            (_PEERS.c.lease.is_not(None), sa.literal(_TAKEN_OVER) + given("token", sa.String)),
            else_=given("token", sa.String),
        ),
        leased_until=given("until", _PEERS.c.leased_until.type),
    )
    .returning(
        _PEERS.c.host,
        _PEERS.c.lease,
        _PEERS.c.signature_style,
        _PEERS.c.style_learned_at,
        _PEERS.c.failures,
        _PEERS.c.failing_since,
        _PEERS.c.delivered_at,
    )
)

_waiting = (
    Delivery.activity_id,
    Delivery.host,
    Delivery.inbox_uri,
    Delivery.attempts,
    Delivery.created_at,
    Delivery.next_at,
)
_ALL = Question(
    Waiting,
    sa.select(*_waiting)
    .where(among(Delivery.host, "hosts"), Delivery.state == "waiting")
    .limit(given("most", sa.Integer)),
)
_earlier, _earlier_activity = aliased(Delivery), aliased(Activity)
_must_wait = (
    sa.exists()
    .where(
        Activity.object_uri != "",
        # An Undo is about the activity itself, which is about something else.
        sa.or_(
            _earlier_activity.object_uri == Activity.object_uri,
            sa.and_(Activity.type == "Undo", _earlier_activity.uri == Activity.object_uri),
        ),
        _earlier_activity.actor_id == Activity.actor_id,
        _earlier_activity.id < Activity.id,
        _earlier.activity_id == _earlier_activity.id,
        _earlier.inbox_uri == Delivery.inbox_uri,
        _earlier.state == "waiting",
        _earlier.next_at > Delivery.next_at,
    )
    .correlate(Activity, Delivery)
)
_at_host = (
    sa.select(*_waiting, Activity.uri, Activity.object_uri)
    .join(Activity, Activity.id == Delivery.activity_id)
    .where(Delivery.host == given("at_host", sa.String), Delivery.state == "waiting")
)
_DUE = Question(
    _Due,
    _at_host.where(Delivery.next_at <= NOW, ~_must_wait)
    .order_by(Delivery.next_at, Delivery.activity_id)
    .limit(given("most", sa.Integer)),
)
_LATER = Question(
    Waiting,
    sa.select(*_waiting)
    .join(Activity, Activity.id == Delivery.activity_id)
    .where(
        Delivery.host == given("at_host", sa.String),
        Delivery.state == "waiting",
        among(Activity.object_uri, "about"),
        Activity.type.in_(("Update", "Delete", "Undo")),
        Activity.id > given("after"),
    )
    .order_by(Activity.id)
    .limit(given("most", sa.Integer)),
)
_SAID = Question(
    Said,
    sa.select(
        Activity.id,
        Activity.uri,
        Activity.actor_id,
        Activity.type,
        Activity.object_uri,
        Activity.is_forwarded,
        Activity.document,
        Activity.created_at,
    ).where(among(Activity.id, "ids")),
)
