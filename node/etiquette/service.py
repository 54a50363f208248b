"""Accepting the rules of the table."""

import sqlalchemy as sa

from node.accounts.model import Account
from node.etiquette import code
from node.work import Writing


async def accept(work: Writing, account_id: int) -> None:
    """The member has read the present rules and agrees; kept with version and date."""
    await work.session.execute(
        sa.update(Account).where(Account.id == account_id).values(etiquette_version=code.VERSION, etiquette_at=work.now)
    )
