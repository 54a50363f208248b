"""The numbers beside the names of the main places: what waits for somebody right now."""

from dataclasses import dataclass

import sqlalchemy as sa

from node.invitations.model import Connection
from node.members.model import MembershipApplication
from node.moderation.model import Report
from node.notifications.model import Notification
from node.notifications.queries import line_of
from node.work import Reading


@dataclass(frozen=True, slots=True)
class Waiting:
    """What nobody has looked at or answered yet."""

    notifications: int = 0
    invitations: int = 0
    applications: int = 0
    reports: int = 0


async def waiting(work: Reading, account_id: int, actor_id: int, *, is_officer: bool) -> Waiting:
    """One query for all. Applications and reports are counted for officers only."""
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
    open_reports = sa.select(sa.func.count()).where(Report.state == "open", sa.true() if is_officer else sa.false())
    row = (
        await work.session.execute(
            sa.select(*(each.scalar_subquery() for each in (unread, asked, open_applications, open_reports)))
        )
    ).one()
    return Waiting(*(number or 0 for number in row))
