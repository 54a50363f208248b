"""A no is a no for ninety days; what one took back oneself rests for a day."""

from datetime import datetime, timedelta

from node.errors import TooMany
from node.words import N_, Message

AFTER_DECLINE = timedelta(days=90)
AFTER_WITHDRAWAL = timedelta(days=1)


def free_at(state: str, ended_at: datetime) -> datetime:
    """From when on the same person may be invited again, after an invitation that ended in ``state``."""
    return ended_at + {"declined": AFTER_DECLINE, "withdrawn": AFTER_WITHDRAWAL}.get(state, timedelta(0))


def check(state: str, ended_at: datetime, now: datetime, host: str) -> None:
    """Raises TooMany with the moment from which on it is possible."""
    until = free_at(state, ended_at)
    if now < until:
        values = {"name": host, "day": until.date()}
        if state == "declined":
            text = N_("%(name)s said not this time. You may ask again from %(day)s.")
        else:
            text = N_("You took your last invitation to %(name)s back. You may ask again from %(day)s.")
        raise TooMany(Message(text, values), retry_at=until)
