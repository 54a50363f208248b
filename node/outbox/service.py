"""Saying something to the world: the activity and its deliveries, in the unit that changes the content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from node.actors.model import Actor
from node.asking import NOW, Question, among, given
from node.changing import Change, table_of
from node.follows.model import Follow
from node.ids import new_id
from node.outbox.model import Activity, Delivery
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
    """Store a finished activity and one delivery for each distinct inbox of its audience.

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
    keys = [row["id"] for row in rows]
    await _addressing(False, True, False, "", False).few.make_many(
        work,
        [
            {"activity": key, "at": work.now, "actors": [letter.to_id], "long_ago": work.now - peers.GIVEN_UP}
            for key, letter in zip(keys, letters, strict=True)
        ],
    )
    await _call_workers(work, keys)


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
    await _ADD.make(work, **{column.name: getattr(row, column.name) for column in _ACTIVITIES.columns})


async def _address(work: Writing, activity: Activity, author: Actor, audience: Audience) -> None:
    """One delivery per distinct inbox, by INSERT … SELECT; followers are never loaded."""
    followed = [*([author.id] if audience.followers else []), *audience.followers_of]
    if not followed and not audience.actors:
        return
    matters = activity.type in KEPT_LONGER or is_step(activity.object_uri)
    addressing = _addressing(
        bool(followed), bool(audience.actors), bool(audience.except_hosts), audience.taking, matters
    )
    values: dict[str, Any] = {"activity": activity.id, "at": work.now}
    if audience.except_hosts:
        values["without"] = list(audience.except_hosts)
    if not matters:
        values["long_ago"] = work.now - peers.GIVEN_UP
    if not followed:
        await addressing.few.make(work, **values, actors=list(audience.actors))
    else:
        # Thousands of rows take a while, so the driver does it beside the loop.
        values |= {"followed": followed} | ({"actors": list(audience.actors)} if audience.actors else {})
        await work.session.flush()
        await (await work.session.connection()).execute(addressing.many, values)
    await _call_workers(work, [activity.id])


class _Addressing(NamedTuple):
    """A statement that writes deliveries, in the form for few and in the form for many."""

    few: Change
    many: sa.Insert


@lru_cache(maxsize=100)
def _addressing(has_followed: bool, has_actors: bool, has_exceptions: bool, taking: str, matters: bool) -> _Addressing:
    inbox = sa.func.coalesce(Actor.shared_inbox_uri, Actor.inbox_uri)
    reachable = (
        Actor.is_local.is_(False),
        Actor.gone_at.is_(None),
        Actor.suspended_at.is_(None),
        Actor.inbox_uri != "",
    )
    recipients = []
    if has_followed:
        recipients.append(
            sa.select(inbox.label("inbox"), Actor.host)
            .join(Follow, Follow.follower_id == Actor.id)
            .where(among(Follow.followed_id, "followed"), Follow.state == "accepted", *reachable)
        )
    if has_actors:
        recipients.append(sa.select(inbox.label("inbox"), Actor.host).where(among(Actor.id, "actors"), *reachable))
    chosen = (sa.union(*recipients) if len(recipients) > 1 else recipients[0].distinct()).subquery()
    at = given("at", Delivery.next_at.type)
    statement = sa.insert(_DELIVERIES).from_select(
        ["activity_id", "inbox_uri", "host", "state", "attempts", "next_at", "last_answer", "created_at"],
        sa.select(
            given("activity", Delivery.activity_id.type),
            chosen.c.inbox,
            chosen.c.host,
            sa.literal("waiting"),
            sa.literal(0),
            at,
            sa.literal(""),
            at,
        )
        .join(Peer, Peer.host == chosen.c.host, isouter=True)
        .where(
            peers.is_let_in(),
            *([sa.not_(among(chosen.c.host, "without"))] if has_exceptions else []),
            *_taking(taking),
            *(
                []
                if matters
                else [sa.or_(Peer.failing_since.is_(None), Peer.failing_since > given("long_ago", at.type))]
            ),
        ),
    )
    return _Addressing(Change(statement), statement)


def _taking(thing: str) -> list[sa.ColumnElement[bool]]:
    if not thing:
        return []
    programs = dialects.taking(thing)
    software = sa.func.coalesce(Peer.software, "")
    names = sorted(programs.names)
    if programs.are_exceptions:
        return [sa.and_(sa.true(), *(software != name for name in names))]
    return [sa.or_(sa.false(), *(software == name for name in names))]


async def _call_workers(work: Writing, activity_ids: Sequence[int]) -> None:
    """Make the hosts of these activities' waiting deliveries due and ring the bell."""
    unknown = [row[0] for row in await _UNKNOWN.ask(work, activities=activity_ids)]
    await peers.meet(work, unknown)
    await _CALL.make(work, activities=activity_ids, now=work.now)
    work.wake("delivery")


_ACTIVITIES, _DELIVERIES = table_of(Activity), table_of(Delivery)
_ADD = Change(sa.insert(_ACTIVITIES))
_hosts = (
    sa.select(Delivery.host).where(among(Delivery.activity_id, "activities"), Delivery.state == "waiting").distinct()
)
_UNKNOWN: Question[tuple[str]] = Question(tuple, _hosts.where(Delivery.host.not_in(sa.select(Peer.host))))
_CALL = Change(
    sa.update(table_of(Peer))
    # The row is written even where it is due already: a worker that settles this host at the same time and does not see
    # these deliveries yet must wait for us, or it would find nothing left and forget the host. Locked in order, so that
    # two of us never wait for each other.
    .where(Peer.host.in_(sa.select(Peer.host).where(Peer.host.in_(_hosts)).order_by(Peer.host).with_for_update()))
    .values(
        due_at=sa.case(
            # A host behind an open breaker keeps its appointment for the next probe.
            (Peer.open_until > NOW, Peer.open_until),
            (Peer.due_at < NOW, Peer.due_at),
            else_=NOW,
        )
    )
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
