"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

MONDAY_MORNING = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


class Clock:
    """Call it for the time. All nodes of a test share one."""

    def __init__(self, now: datetime = MONDAY_MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **step: float) -> datetime:
        """``clock.forward(days=1, minutes=5)``; returns the new time."""
        self.now += timedelta(**step)
        return self.now
