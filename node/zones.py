"""The time zones people can choose. Listing them reads hundreds of files, so it is done once."""

import functools
from zoneinfo import available_timezones


@functools.cache
def names() -> frozenset[str]:
    """All of them, such as ``Europe/Dublin``."""
    return frozenset(available_timezones())
