"""How much one host may leave at the doors of our members that asks for nothing in return. Pure."""

from datetime import datetime, timedelta

A_DAY = 5
"""So much fits into the bucket of a host, and so much runs out of it in a day."""
_DAY = timedelta(days=1)


def take(full_at: datetime | None, now: datetime) -> datetime | None:
    """One more. ``full_at`` is when the whole bucket would be there again; its new value, or None when it is empty."""
    after = max(full_at or now, now) + _DAY / A_DAY
    return after if after - now <= _DAY else None
