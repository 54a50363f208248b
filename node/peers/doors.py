"""With which hosts the association has to do: closed doors, limits, and the list of those it agreed with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node.errors import Conflict, Invalid, NotFound
from node.peers import lists
from node.peers import service as peers
from node.peers.lists import Entry
from node.peers.model import Peer
from node.tables import Actor, Association, Connection, Delivery, Follow, Notification
from node.words import N_
from node.work import Reading, Writing

SHOWN = 500
_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Agreed:
    """A host on the list of those we agree with."""

    host: str
    name: str
    since: datetime
    is_association: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """How open the house is to others."""

    keeps_to_list: bool
    is_secure: bool
    agreed: Sequence[Agreed]
    closed: int
    limited: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a list that was read in."""

    closed: int
    limited: int
    unread: int


async def rules(work: Reading) -> Rules:
    """How open the house is, with the list of those we agree with."""
    row = (await work.session.execute(sa.select(Association.federation_mode, Association.secure_mode))).first()
    found = await work.session.execute(
        sa.select(Peer.host, Peer.name, Peer.agreed_at, Peer.software)
        .where(Peer.agreed_at.is_not(None))
        .order_by(Peer.host)
        .limit(SHOWN)
    )
    counted = (
        await work.session.execute(sa.select(sa.func.count(Peer.blocked_at), sa.func.count(Peer.limited_at)))
    ).one()
    return Rules(
        keeps_to_list=row is not None and row.federation_mode == "agreed",
        is_secure=row is not None and row.secure_mode,
        agreed=[Agreed(host, name, at, software == "commensal") for host, name, at, software in found if at],
        closed=counted[0],
        limited=counted[1],
    )


async def set_rules(work: Writing, *, keeps_to_list: bool, is_secure: bool) -> None:
    """Be open to everybody, or keep to the list; with ``is_secure`` nobody reads here without saying who they are."""
    await work.session.execute(
        sa.update(Association).values(federation_mode="agreed" if keeps_to_list else "open", secure_mode=is_secure)
    )
    if keeps_to_list:
        strangers = sa.select(Peer.host).where(Peer.agreed_at.is_(None))
        await _drop(work, Delivery.host.in_(strangers), "We keep to the list of those we agree with.")


async def agree(work: Writing, text: str) -> str:
    """Put a host on the list. Returns it as it is kept. Raises Invalid, Conflict (closed)."""
    host = _host(work, text)
    await peers.meet(work, [host])
    row = await work.session.get_one(Peer, host, populate_existing=True)
    if row.blocked_at is not None:
        raise Conflict(N_("The door to them is closed. Open it first."))
    row.agreed_at = row.agreed_at or work.now
    return host


async def disagree(work: Writing, host: str) -> None:
    """Take a host off the list. Raises NotFound."""
    (await _get(work, host)).agreed_at = None
    if await work.session.scalar(sa.select(peers.keeps_to_a_list())):
        await _drop(work, Delivery.host == host, "They are no longer on the list of those we agree with.")


async def limit(work: Writing, host: str) -> None:
    """Show its people only to those who follow them."""
    row = await _get(work, host)
    row.limited_at = row.limited_at or work.now


async def unlimit(work: Writing, host: str) -> None:
    (await _get(work, host)).limited_at = None


async def close(work: Writing, text: str, reason: str) -> str:
    """Close the door to a host, also one that we never met. Returns it as it is kept. Raises Invalid."""
    host = _host(work, text)
    await shut(work, [Entry(host, reason=reason)])
    return host


async def shut(work: Writing, entries: Sequence[Entry]) -> int:
    """Close the doors to these hosts and all below them; how many were open.

    Nothing goes there, nothing from there comes in; follows end, what waited is gone.
    """
    await _meet(work, entries)
    wanted = {entry.host: " ".join(entry.reason.split())[:300] for entry in entries}
    count = 0
    for host, reason in (await _with_those_below(work, wanted)).items():
        done = await work.session.execute(
            sa.update(Peer)
            .where(Peer.host == host, Peer.blocked_at.is_(None))
            .values(blocked_at=work.now, blocked_reason=reason, due_at=None)
            .returning(Peer.host)
            .execution_options(synchronize_session="fetch")
        )
        if done.scalar_one_or_none() is not None:
            count += 1
            await _end_everything(work, host)
    return count


async def take_list(work: Writing, text: str) -> Imported:
    """Close doors and set limits as another association's list says. Raises Invalid when there is nothing in it."""
    found = lists.read(text)
    entries = [entry for entry in found.entries if entry.host != work.uris.host]
    if not entries:
        raise Invalid({"file": N_("No address of a place was found in this file.")})
    closed = await shut(work, [entry for entry in entries if entry.severity == "suspend"])
    limits = [entry for entry in entries if entry.severity == "silence"]
    await _meet(work, limits)
    limited = 0
    for entry in limits:
        done = await work.session.execute(
            sa.update(Peer)
            .where(Peer.host == entry.host, Peer.limited_at.is_(None))
            .values(limited_at=work.now)
            .returning(Peer.host)
        )
        limited += done.scalar_one_or_none() is not None
    return Imported(closed, limited, found.unread)


async def write_list(work: Reading) -> str:
    """Our closed doors and limits, for others."""
    rows = await work.session.execute(
        sa.select(Peer.host, Peer.blocked_at, Peer.blocked_reason)
        .where(sa.or_(Peer.blocked_at.is_not(None), Peer.limited_at.is_not(None)))
        .order_by(Peer.host)
    )
    return lists.write(Entry(host, "suspend" if at is not None else "silence", reason) for host, at, reason in rows)


async def take_agreed(work: Writing, text: str) -> int:
    """Put the hosts of a list among those we agree with; how many were new. Closed doors stay closed."""
    found = lists.read(text)
    entries = [entry for entry in found.entries if entry.host != work.uris.host]
    if not entries:
        raise Invalid({"file": N_("No address of a place was found in this file.")})
    await _meet(work, entries)
    count = 0
    for start in range(0, len(entries), _AT_ONCE):
        hosts = [entry.host for entry in entries[start : start + _AT_ONCE]]
        done = await work.session.scalars(
            sa.update(Peer)
            .where(Peer.host.in_(hosts), Peer.agreed_at.is_(None), Peer.blocked_at.is_(None))
            .values(agreed_at=work.now)
            .returning(Peer.host)
        )
        count += len(done.all())
    return count


async def write_agreed(work: Reading) -> str:
    """Those we agree with, for others."""
    found = await work.session.scalars(sa.select(Peer.host).where(Peer.agreed_at.is_not(None)).order_by(Peer.host))
    return lists.write_hosts(found)


# inside


def _host(work: Reading, text: str) -> str:
    host = lists.host(text)
    if host is None:
        raise Invalid({"host": N_("Give the address of a place, such as loud.example.")})
    if host == work.uris.host:
        raise Invalid({"host": N_("This is our own house.")})
    return host


async def _get(work: Writing, host: str) -> Peer:
    row = await work.session.get(Peer, host)
    if row is None:
        raise NotFound
    return row


async def _meet(work: Writing, entries: Sequence[Entry]) -> None:
    for start in range(0, len(entries), _AT_ONCE):
        await peers.meet(work, [entry.host for entry in entries[start : start + _AT_ONCE]])


async def _with_those_below(work: Reading, wanted: dict[str, str]) -> dict[str, str]:
    """These hosts and every host we know below one of them, with the reasons."""
    found = dict(wanted)
    for host in await work.session.scalars(sa.select(Peer.host)):
        for parent in peers.parents(host):
            if parent in wanted:
                found.setdefault(host, wanted[parent])
    return found


async def _end_everything(work: Writing, host: str) -> None:
    await _drop(work, Delivery.host == host, "The door to them was closed.")
    theirs = sa.select(Actor.id).where(Actor.host == host, Actor.is_local.is_(False))
    if await work.session.scalar(theirs.limit(1)) is None:
        return  # most hosts of a list are strangers
    await work.session.execute(
        sa.delete(Follow).where(sa.or_(Follow.follower_id.in_(theirs), Follow.followed_id.in_(theirs)))
    )
    await work.session.execute(sa.delete(Notification).where(Notification.actor_id.in_(theirs)))
    await work.session.execute(
        sa.update(Connection)
        .where(
            sa.or_(Connection.inviting_id.in_(theirs), Connection.invited_id.in_(theirs)), Connection.state == "asked"
        )
        .values(state="withdrawn", ended_at=work.now)
    )


async def _drop(work: Writing, which: sa.ColumnElement[bool], words: str) -> None:
    await work.session.execute(
        sa.update(Delivery)
        .where(which, Delivery.state == "waiting")
        .values(state="dropped", settled_at=work.now, last_answer=words)
        .execution_options(synchronize_session=False)
    )
