"""What to do when the clock was put back: what was put off would otherwise wait until that time has come again.

A clock that jumps ahead needs nothing: leases and pauses end early, and whatever was held is fenced by its lease.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from node.actors.model import Actor
from node.errands.model import Errand
from node.inbox.model import WAITING, Received
from node.mail.model import Letter
from node.outbox.model import Delivery
from node.peers.model import Peer
from node.settings.model import Setting
from node.webhooks.model import WebhookMessage
from node.work import Writing

log = structlog.get_logger()

_NAME = "clock"
_APART = timedelta(minutes=5)
"""Clocks of two machines may differ by so much without either having been put back; no lease is longer, either."""


async def look(work: Writing) -> None:
    """Housekeeping: note what time it is, and see to it that nothing waits for a time that was already."""
    noted = await work.session.scalar(sa.select(Setting.value).where(Setting.name == _NAME))
    insert = work.insert(Setting)
    now = work.now.isoformat()
    await work.session.execute(
        insert.values(name=_NAME, value=now).on_conflict_do_update(index_elements=["name"], set_={"value": now})
    )
    if noted is not None and datetime.fromisoformat(noted) > work.now + _APART:
        log.warning("clock_put_back", noted=noted, now=now)
        await _begin_anew(work)


async def _begin_anew(work: Writing) -> None:
    """Everything that waits is tried now: how long it would still have to wait, nobody can tell any more."""
    now, ahead = work.now, work.now + _APART
    waiting = sa.exists().where(Delivery.host == Peer.host, Delivery.state == "waiting")
    statements = [
        sa.update(Delivery)
        # By host, for that is how they are indexed; every host they go to is known.
        .where(Delivery.host.in_(sa.select(Peer.host)), Delivery.state == "waiting", Delivery.next_at > now)
        .values(next_at=now),
        sa.update(Peer).where(Peer.open_until > now).values(open_until=None),
        sa.update(Peer).where(Peer.due_at > now, waiting).values(due_at=now),
        sa.update(Peer).where(Peer.failing_since > now).values(failing_since=now),
        sa.update(Peer).where(Peer.knocked_at > now).values(knocked_at=now),
        # That a host was held stays visible: what was due there may have been sent.
        sa.update(Peer).where(Peer.leased_until > ahead).values(leased_until=None),
        sa.update(Actor).where(Actor.polled_at > now).values(polled_at=now),
        sa.update(Errand).where(Errand.next_at > now).values(next_at=now),
        sa.update(Errand).where(Errand.leased_until > ahead).values(leased_until=None),
    ]
    for table in (Received, Letter, WebhookMessage):
        statements.append(sa.update(table).where(sa.text(WAITING), table.next_at > now).values(next_at=now))
    for held in (Received, Letter):
        statements.append(
            sa.update(held).where(sa.text(WAITING), held.leased_until > ahead).values(lease=None, leased_until=None)
        )
    for statement in statements:
        await work.session.execute(statement.execution_options(synchronize_session=False))
    for bell in ("delivery", "inbox", "mail", "errands"):
        work.wake(bell)
