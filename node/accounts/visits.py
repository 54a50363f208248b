"""How many members come here, on pages or with an app."""

from datetime import timedelta

import sqlalchemy as sa

from node.accounts.model import AccessToken, Account, LoginSession
from node.work import Reading


async def active(work: Reading, *, days: int) -> int:
    """Members who were here within so many days."""
    since = work.now - timedelta(days=days)
    seen = sa.exists().where(LoginSession.account_id == Account.id, LoginSession.seen_at >= since)
    used = sa.exists().where(AccessToken.account_id == Account.id, AccessToken.used_at >= since)
    return await work.session.scalar(sa.select(sa.func.count(Account.id)).where(sa.or_(seen, used))) or 0
