"""Looking at the letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node.mail.model import Letter
from node.work import Reading


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter as a page shows it."""

    id: int
    recipient: str
    subject: str
    text: str
    state: str
    last_answer: str
    created_at: datetime
    sent_at: datetime | None


async def recent(work: Reading, limit: int = 50) -> Sequence[LetterView]:
    """The newest letters first."""
    rows = await work.session.scalars(sa.select(Letter).order_by(Letter.id.desc()).limit(limit))
    return [
        LetterView(
            row.id, row.recipient, row.subject, row.text, row.state, row.last_answer, row.created_at, row.sent_at
        )
        for row in rows
    ]


async def waiting(work: Reading) -> int:
    """How many letters are not sent yet."""
    found = await work.session.scalar(sa.select(sa.func.count()).select_from(Letter).where(Letter.state == "waiting"))
    return int(found or 0)
