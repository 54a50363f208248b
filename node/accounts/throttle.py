"""How often something may be tried: moving windows in this process's memory."""

import ipaddress
from datetime import UTC, datetime
from functools import cache

from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from node.config import Config
from node.errors import TooMany
from node.words import N_

PER_ACCOUNT = (RateLimitItemPerMinute(8, 5), RateLimitItemPerHour(30))
PER_NETWORK = (RateLimitItemPerMinute(30, 5), RateLimitItemPerHour(200))
LETTERS = (RateLimitItemPerHour(10),)
"""Letters that somebody without a log-in can cause from one network."""
REGISTRATIONS = (RateLimitItemPerHour(60),)
"""Apps that can make themselves known from one network."""

MATCHING = (RateLimitItemPerMinute(6), RateLimitItemPerHour(40))
"""Runs of matching that one member asks for."""


@cache
def _windows() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


def network(address: str) -> str:
    """What counts as one place: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))


def count(config: Config, limits: tuple[RateLimitItem, ...], *what: str) -> None:
    """Count one try. Raises TooMany with the time from which on it works again."""
    if not config.rate_limits:
        return
    # Nodes of one test process, or of the demo, do not share a memory of tries.
    name = (config.url, str(config.data), *what)
    for limit in limits:
        if not _windows().hit(limit, *name):
            reset = _windows().get_window_stats(limit, *name).reset_time
            raise TooMany(N_("That was tried too often. Please wait a little."), datetime.fromtimestamp(reset, UTC))


def forgive(config: Config, limits: tuple[RateLimitItem, ...], *what: str) -> None:
    """A success: what was counted against this account is forgotten."""
    for limit in limits:
        _windows().clear(limit, config.url, str(config.data), *what)
