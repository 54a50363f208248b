"""Moments that apps send to our own API."""

from datetime import UTC, datetime

from node.errors import Invalid
from node.words import N_
from schemas.values import as_moment
from web.api.parameters import Parameters


def time_in(given: Parameters, name: str) -> datetime | None:
    """A moment in UTC; None when it was not sent. Raises Invalid for what is none."""
    text = (given.text(name, most=60) or "").strip()
    if not text:
        return None
    found = as_moment(text)
    if found is None:
        raise Invalid({name: N_("This is not a time such as 2027-03-31T12:00:00Z.")})
    return found.astimezone(UTC)
