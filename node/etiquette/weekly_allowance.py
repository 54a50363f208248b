"""So many offers a week to people who asked for none; whoever gets an answer gets one back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from node.errors import Forbidden, TooMany
from node.words import N_, Message

WEEK = timedelta(days=7)
ALLOWANCE = 3
MOST = 20
"""What an association may allow."""


def waiting(unanswered: Sequence[datetime], now: datetime) -> list[datetime]:
    """Of the offers nobody answered, when those of the last seven days were sent; the oldest first."""
    return sorted(sent_at for sent_at in unanswered if sent_at > now - WEEK)


def left(unanswered: Sequence[datetime], allowance: int, now: datetime) -> int:
    """How many more can go now."""
    return max(allowance - len(waiting(unanswered, now)), 0)


def check(unanswered: Sequence[datetime], allowance: int, now: datetime) -> None:
    """``unanswered`` is when offers were sent that nobody answered.

    Raises TooMany with the moment one returns, Forbidden where the association allows none.
    """
    counted = waiting(unanswered, now)
    if allowance <= 0:
        raise Forbidden(N_("In this association offers to one person answer an ask of theirs."))
    if len(counted) >= allowance:
        free = counted[len(counted) - allowance] + WEEK
        raise TooMany(
            Message(
                N_("%(count)d of your offers wait for an answer. The next can go as soon as one is answered, "
                   "or on %(day)s."),
                {"count": len(counted), "day": free},
            ),
            retry_at=free,
        )  # fmt: skip
