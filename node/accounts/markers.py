"""How far a member has read in an app."""

import sqlalchemy as sa

from node.accounts.model import Marker
from node.work import Reading, Writing

TIMELINES = ("home", "notifications")


async def of(work: Reading, account_id: int) -> dict[str, Marker]:
    """The markers of an account, by timeline."""
    rows = await work.session.scalars(sa.select(Marker).where(Marker.account_id == account_id))
    return {row.timeline: row for row in rows}


async def keep(work: Writing, account_id: int, timeline: str, last_read_id: int) -> Marker:
    """Remember how far was read; the last word counts, also when it goes back."""
    row = await work.session.get(Marker, (account_id, timeline), with_for_update=True)
    if row is None:
        row = Marker(account_id=account_id, timeline=timeline, version=0)
        work.session.add(row)
    row.last_read_id, row.version, row.updated_at = last_read_id, row.version + 1, work.now
    await work.session.flush()
    return row
