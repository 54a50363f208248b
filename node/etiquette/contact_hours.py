"""When a host may be disturbed: what arrives outside their contact hours waits until the hours begin."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ANY_DAY = (1, 2, 3, 4, 5, 6, 7)


def zone(name: str) -> ZoneInfo:
    """The time zone of that name; UTC for one nobody knows (a stranger's card may say anything)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def next_moment(now: datetime, hours: Sequence[Sequence[str]], days: Sequence[int], time_zone: str) -> datetime:
    """``now`` when it lies in the contact hours, else the moment the next hours begin, in UTC.

    ``hours`` are pairs like ``["08:00", "10:00"]`` in the host's time, empty for any time; a pair that ends before it
    begins runs past midnight. ``days`` are ISO weekdays, empty for any day.
    """
    spans = [span for span in (_span(pair) for pair in hours) if span is not None]
    wanted = sorted({day for day in days if day in ANY_DAY}) or list(ANY_DAY)
    if not spans and len(wanted) == 7:
        return now
    spans = spans or [(time(0), time(0))]
    here = zone(time_zone)
    today = now.astimezone(here).date()
    candidates = []
    for offset in range(-1, 9):
        day = today + timedelta(days=offset)
        if day.isoweekday() not in wanted:
            continue
        for begin, end in spans:
            starts = datetime.combine(day, begin, here).astimezone(UTC)
            ends = datetime.combine(day if end > begin else day + timedelta(days=1), end, here).astimezone(UTC)
            if starts <= now < ends:
                return now
            if starts > now:
                candidates.append(starts)
    return min(candidates, default=now)


def _span(pair: Sequence[str]) -> tuple[time, time] | None:
    try:
        begin, end = (time.fromisoformat(text) for text in pair)
    except (TypeError, ValueError):
        return None
    return begin.replace(tzinfo=None), end.replace(tzinfo=None)
