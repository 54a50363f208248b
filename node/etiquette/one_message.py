"""One message until the host answers, and ten minutes to correct it."""

from datetime import datetime, timedelta

from node.errors import Conflict
from node.words import N_, Message

CORRECTION = timedelta(minutes=10)


def may_correct(sent_at: datetime, now: datetime) -> bool:
    """True while a first message may still be corrected."""
    return now <= sent_at + CORRECTION


def refuse_second(host: str) -> Conflict:
    """What a second message before the answer gets."""
    return Conflict(
        Message(
            N_("One message until %(name)s answers. You may correct yours for %(minutes)d minutes."),
            {"name": host, "minutes": CORRECTION.seconds // 60},
        )
    )
