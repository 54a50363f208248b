"""Saying something to the world: the activity and its deliveries, in the unit that changes the content."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from node.actors.model import Actor
from node.asking import Question, given
from node.changing import Change, table_of
from node.ids import new_id
from node.outbox import addressing
from node.outbox.addressing import Recipients
from node.outbox.model import Activity, Delivery, Fanout
from node.peers import dialects
from node.peers import service as peers
from node.peers.model import Peer
from node.work import Writing

KEPT_LONGER = frozenset({"Delete", "Undo", "Move", "Block"})
"""What others must hear of however late: it takes something back."""
STEPS = "deal:"
"""What the threads begin with of which each step matters: no newer one takes the place of an older one on its way."""
EXPIRES = timedelta(days=7)
_LONGEST = timedelta(days=31)
_FANOUTS_AT_ONCE = 100
_ENOUGH = 5_000  # deliveries, after which others have their turn


@dataclass(frozen=True, slots=True)
class Audience:
    """Who gets a copy. ``actors`` are database keys, local ones are skipped; ``public`` shows it in the outbox."""

    public: bool = False
    followers: bool = False
    actors: Sequence[int] = ()
    followers_of: Sequence[int] = ()
    """Further actors whose followers get it too."""
    taking: str = ""
    """Only hosts whose program takes this: a word of node.peers.dialects."""
    except_hosts: Sequence[str] = ()
    """Hosts that have it already."""


def is_step(object_uri: str) -> bool:
    """True for the thread of steps that all must arrive, in their order."""
    return object_uri.startswith(STEPS)


async def publish(
    work: Writing, author: Actor, activity: Mapping[str, Any], audience: Audience, *, thread: str = ""
) -> Activity:
    """Store a finished activity, and for whom it is: one delivery for each distinct inbox.

    ``activity`` is a complete document but may lack ``id`` and ``actor``, which are filled in; bto and bcc never
    leave. Delivery happens after the commit; the bell is only a hint. ``thread``, of which is_step is true, is what
    several steps have in common that must all arrive, in their order.
    """
    row = Activity(**_finished(work, author.id, author.uri, activity, thread=thread, is_public=audience.public))
    await _keep(work, row)
    of = activity.get("object")
    is_block = row.type == "Block" or (row.type == "Undo" and isinstance(of, dict) and of.get("type") == "Block")
    await _address(work, row, author, replace(audience, taking=dialects.BLOCK) if is_block else audience)
    return row


class Letter(NamedTuple):
    """An activity for one actor elsewhere, by database key; of its author both."""

    author_id: int
    author_uri: str
    activity: Mapping[str, Any]
    to_id: int


async def publish_all(work: Writing, letters: Sequence[Letter]) -> None:
    """As publish(), for many that each go to somebody else. None of them takes anything back."""
    rows = [_finished(work, letter.author_id, letter.author_uri, letter.activity) for letter in letters]
    await _ADD.make_many(work, rows)
    await addressing.write_each(work, {row["id"]: letter.to_id for row, letter in zip(rows, letters, strict=True)})


def _finished(
    work: Writing,
    author_id: int,
    author_uri: str,
    activity: Mapping[str, Any],
    *,
    thread: str = "",
    is_public: bool = False,
) -> dict[str, Any]:
    """An activity's row by column."""
    id = new_id(work.now)
    document = {key: value for key, value in activity.items() if key not in ("bto", "bcc")}
    document.setdefault("id", work.uris.activity(id))
    document.setdefault("actor", author_uri)
    of = document.get("object")
    return {
        "id": id,
        "uri": document["id"],
        "actor_id": author_id,
        "type": document["type"],
        "object_uri": thread or ((of.get("id") or "") if isinstance(of, dict) else of if isinstance(of, str) else ""),
        "is_public": is_public,
        "is_forwarded": False,
        "document": orjson.dumps(document).decode(),
        "created_at": work.now,
    }


async def try_again(work: Writing, thread: str) -> None:
    """Steps of a thread that were given up are on their way once more, before the next one that follows them."""
    await work.session.execute(
        sa.update(Delivery)
        .where(
            Delivery.activity_id.in_(sa.select(Activity.id).where(Activity.object_uri == thread)),
            Delivery.state.in_(("expired", "refused")),
        )
        .values(state="waiting", attempts=0, next_at=work.now, created_at=work.now, settled_at=None)
        .execution_options(synchronize_session=False)
    )


async def forward(
    work: Writing, by: Actor, *, uri: str, type: str, object_uri: str, body: str, audience: Audience
) -> bool:
    """Pass on somebody else's activity in the bytes in which it came, signed by ``by``. False the second time."""
    if await work.session.scalar(sa.select(sa.exists().where(Activity.uri == uri))):
        return False
    row = Activity(
        id=new_id(work.now),
        uri=uri,
        actor_id=by.id,
        type=type[:30],
        object_uri=object_uri,
        is_public=False,
        is_forwarded=True,
        document=body,
        created_at=work.now,
    )
    await _keep(work, row)
    await _address(work, row, by, audience)
    return True


async def _keep(work: Writing, row: Activity) -> None:
    """Written past the session: what was said does not change any more."""
    await _ADD.make(work, **{column.name: getattr(row, column.name) for column in table_of(Activity).columns})


async def _address(work: Writing, activity: Activity, author: Actor, audience: Audience) -> None:
    """Write the deliveries; for followers leave that to a worker, so that whoever speaks need not wait for it.

    What takes something back goes wherever the author told of it, also where nobody follows any more. A farewell has
    its deliveries at once, for nobody follows by the time a worker looks.
    """
    takes_back = activity.type in KEPT_LONGER
    is_farewell = takes_back and activity.object_uri == author.uri
    followed = [*([author.id] if audience.followers else []), *audience.followers_of]
    to = Recipients(
        followed=followed,
        actors=audience.actors,
        without=audience.except_hosts,
        taking=audience.taking,
        matters=takes_back or is_step(activity.object_uri),
        knowing=activity.object_uri if takes_back and followed and not is_farewell else "",
    )
    if to.followed and not is_farewell:
        await _PUT_OFF.make(work, activity_id=activity.id, recipients=asdict(to))
        work.wake("delivery")
    elif to.followed or to.actors:
        if takes_back:
            await _catch_up(work, author.id, activity.object_uri)
        await addressing.write(work, activity.id, to)


async def fan_out(work: Writing) -> None:
    """Write the deliveries of what was said to followers, the oldest first. For workers, before they take hosts."""
    written = 0
    for each in await _PENDING.ask(work, most=_FANOUTS_AT_ONCE):
        if written > _ENOUGH:
            work.wake("delivery")
            break
        written += await _fan_out(work, each)


async def _catch_up(work: Writing, author_id: int, about: str) -> None:
    """What takes something back must not overtake it: the deliveries of both are there together."""
    for each in await _PENDING_ABOUT.ask(work, author=author_id, about=about):
        await _fan_out(work, each)


async def _fan_out(work: Writing, pending: "_Pending") -> int:
    await _DONE.make(work, activity=pending.activity_id)
    return await addressing.write(work, pending.activity_id, Recipients(**pending.recipients))


class _Pending(NamedTuple):
    activity_id: int
    recipients: dict[str, Any]


_ADD = Change(sa.insert(table_of(Activity)))
_PUT_OFF = Change(sa.insert(table_of(Fanout)))
_DONE = Change(sa.delete(table_of(Fanout)).where(table_of(Fanout).c.activity_id == given("activity")))
_pending = (
    sa.select(Fanout.activity_id, Fanout.recipients)
    .join(Activity, Activity.id == Fanout.activity_id)
    .order_by(Fanout.activity_id)
    # Whoever wants the same waits until it is done: a newer activity's deliveries are never there without an older's.
    .with_for_update(of=Fanout)
)
_PENDING = Question(_Pending, _pending.limit(given("most", sa.Integer)))
_PENDING_ABOUT = Question(
    _Pending,
    _pending.where(
        Activity.actor_id == given("author"),
        sa.or_(Activity.object_uri == given("about", sa.String), Activity.uri == given("about", sa.String)),
    ),
)


async def rouse(work: Writing) -> None:
    """Housekeeping: a host for which something waits always has an appointment, whatever happened to it."""
    waiting = sa.exists().where(Delivery.host == Peer.host, Delivery.state == "waiting")
    await work.session.execute(
        sa.update(Peer)
        .where(Peer.due_at.is_(None), Peer.blocked_at.is_(None), waiting)
        .values(due_at=work.now)
        .execution_options(synchronize_session=False)
    )


async def prune(work: Writing) -> None:
    """Housekeeping: results are kept for history_days; what could not be sent in a month never will be."""
    old = work.now - timedelta(days=work.config.history_days)
    matters = sa.or_(Activity.type.in_(KEPT_LONGER), Activity.object_uri.startswith(STEPS))
    is_kept = sa.exists().where(Activity.id == Delivery.activity_id, matters)
    given_up = sa.select(Peer.host).where(~peers.is_not_given_up(work.now))
    for which, words in (
        ((Delivery.host.in_(given_up),), "not heard of them for two weeks"),
        ((Delivery.host.in_(sa.select(Peer.host)), Delivery.created_at < work.now - EXPIRES), "not delivered in time"),
    ):
        await work.session.execute(
            sa.update(Delivery)
            .where(*which, Delivery.state == "waiting", ~is_kept)
            .values(state="expired", last_answer=words, settled_at=work.now)
            .execution_options(synchronize_session=False)
        )
    await work.session.execute(
        sa.update(Delivery)
        # By host, for that is how they are indexed; every host they go to is known.
        .where(
            Delivery.host.in_(sa.select(Peer.host)),
            Delivery.state == "waiting",
            Delivery.created_at < work.now - _LONGEST,
        )
        .values(state="expired", last_answer="not delivered in time", settled_at=work.now)
        .execution_options(synchronize_session=False)
    )
    await work.session.execute(
        sa.delete(Delivery).where(Delivery.settled_at < old).execution_options(synchronize_session=False)
    )
    await work.session.execute(
        sa.delete(Activity)
        .where(Activity.is_forwarded, Activity.created_at < min(old, work.now - _LONGEST))
        .execution_options(synchronize_session=False)
    )
