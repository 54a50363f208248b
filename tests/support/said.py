"""What a node said: its activities and where they go, newest last."""

from typing import Any

import orjson
import sqlalchemy as sa

from node.accounts.model import Account
from node.actors.model import Actor
from node.notifications.model import Notification
from node.outbox import service as outbox
from node.outbox.model import Activity, Delivery
from node.work import Node


async def activities(node: Node) -> list[dict[str, Any]]:
    """Every activity in the outbox, as it goes over the wire."""
    async with node.reading() as work:
        rows = await work.session.scalars(sa.select(Activity.document).order_by(Activity.id))
        return [orjson.loads(row) for row in rows]


async def inboxes(node: Node) -> list[str]:
    """The inboxes that get the last activity, once a worker has written down whose they are."""
    async with node.writing() as work:
        await outbox.fan_out(work)
        last = sa.select(sa.func.max(Activity.id)).scalar_subquery()
        rows = await work.session.scalars(
            sa.select(Delivery.inbox_uri).where(Delivery.activity_id == last).order_by(Delivery.inbox_uri)
        )
        return list(rows)


async def told(node: Node, actor: Actor) -> list[str]:
    """The kinds of the notifications a member has, seen or not yet due."""
    async with node.reading() as work:
        rows = await work.session.scalars(
            sa.select(Notification.kind)
            .join(Account, Account.id == Notification.account_id)
            .where(Account.actor_id == actor.id)
            .order_by(Notification.id)
        )
        return list(rows)
