"""The numbers beside the names of the main places: what waits for somebody right now."""

from dataclasses import dataclass

import sqlalchemy as sa

from node.invitations.model import Connection
from node.members.model import MembershipApplication
from node.notifications.model import Notification
from node.notifications.queries import line_of
from node.work import Reading


@dataclass(frozen=True, slots=True)
class Waiting:
    """What nobody has looked at or answered yet."""

    notifications: int = 0
    invitations: int = 0
    applications: int = 0


async def waiting(work: Reading, account_id: int, actor_id: int, *, is_officer: bool) -> Waiting:
    """One query for all three. Applications are counted for officers only."""
    unread = sa.select(sa.func.count(line_of().distinct())).where(
        Notification.account_id == account_id, Notification.read_at.is_(None), Notification.visible_at <= work.now
    )
    asked = sa.select(sa.func.count()).where(
        Connection.invited_id == actor_id,
        Connection.state == "asked",
        sa.or_(Connection.notify_at.is_(None), Connection.notify_at <= work.now),
    )
    open_applications = sa.select(sa.func.count()).where(
        MembershipApplication.state == "waiting", sa.true() if is_officer else sa.false()
    )
    row = (
        await work.session.execute(
            sa.select(unread.scalar_subquery(), asked.scalar_subquery(), open_applications.scalar_subquery())
        )
    ).one()
    return Waiting(*(number or 0 for number in row))
