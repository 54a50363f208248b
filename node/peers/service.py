"""Keeping account of other hosts."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from node.peers.model import Peer
from node.work import Reading, Writing


def _insert(work: Writing) -> postgresql.Insert | sqlite.Insert:
    return sqlite.insert(Peer) if work.config.is_sqlite else postgresql.insert(Peer)


async def meet(work: Writing, hosts: Iterable[str]) -> None:
    """Make sure there is a row for each host."""
    rows = [{"host": host, "first_seen_at": work.now} for host in sorted(set(hosts))]
    if rows:
        await work.session.execute(_insert(work).on_conflict_do_nothing(), rows)


async def hear(work: Writing, host: str) -> None:
    """A verified request came from this host: it lives, so what waits for it may go out again."""
    await meet(work, [host])
    await work.session.execute(
        sa.update(Peer)
        .where(Peer.host == host)
        .values(
            heard_at=work.now,
            # A host that asked us to wait is not failing: its wish stands.
            open_until=sa.case((Peer.failures > 0, None), else_=Peer.open_until),
            due_at=sa.case((sa.and_(Peer.due_at.is_not(None), Peer.failures > 0), work.now), else_=Peer.due_at),
        )
    )


async def is_blocked(work: Reading, host: str) -> bool:
    """True when an officer closed the door to this host."""
    found = await work.session.scalar(sa.select(Peer.blocked_at).where(Peer.host == host))
    return found is not None
