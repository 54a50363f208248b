"""So many invitations a day and no more: whoever invites everybody invites nobody."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from node.errors import TooMany
from node.words import N_, Message

CEILING = 20
WINDOW = timedelta(days=1)


def check(sent_at: Sequence[datetime], now: datetime) -> None:
    """``sent_at`` are the moments of earlier invitations. Raises TooMany with the moment the next one is free."""
    recent = sorted(moment for moment in sent_at if moment > now - WINDOW)
    if len(recent) >= CEILING:
        free = recent[-CEILING] + WINDOW
        raise TooMany(
            Message(
                N_("You have sent %(count)d invitations today. The next one can go at %(time)s."),
                {"count": len(recent), "time": free},
            ),
            retry_at=free,
        )
