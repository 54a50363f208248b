"""How often something may be tried: moving windows in this process's memory."""

import ipaddress
import time
from collections import OrderedDict
from datetime import UTC, datetime
from typing import NamedTuple

from node.config import Config
from node.errors import TooMany
from node.words import N_


class Limit(NamedTuple):
    """So many times within so many seconds."""

    times: int
    seconds: int


PER_ACCOUNT = (Limit(8, 300), Limit(30, 3600))
PER_NETWORK = (Limit(30, 300), Limit(200, 3600))
LETTERS = (Limit(10, 3600),)
"""Letters that somebody without a log-in can cause from one network."""
REGISTRATIONS = (Limit(60, 3600),)
"""Apps that can make themselves known from one network."""

MATCHING = (Limit(6, 60), Limit(40, 3600))
"""Runs of matching that one member asks for."""

_KEPT = 20_000  # places and accounts; the one that tried longest ago is forgotten first
_tries: OrderedDict[tuple[str, ...], list[float]] = OrderedDict()
"""When each tried, the last time at the end."""


def network(address: str) -> str:
    """What counts as one place: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))


def count(config: Config, limits: tuple[Limit, ...], *what: str) -> None:
    """Count one try. Raises TooMany with the time from which on it works again; then it does not count."""
    if not config.rate_limits:
        return
    name, now = _name(config, what), time.time()
    longest = max(limit.seconds for limit in limits)
    made = [at for at in _tries.get(name, ()) if now - longest < at <= now]
    for limit in limits:
        if len(made) >= limit.times and (again := made[-limit.times] + limit.seconds) > now:
            raise TooMany(N_("That was tried too often. Please wait a little."), datetime.fromtimestamp(again, UTC))
    _tries[name] = [*made, now]
    _tries.move_to_end(name)
    if len(_tries) > _KEPT:
        _tries.popitem(last=False)


def forgive(config: Config, *what: str) -> None:
    """A success: what was counted against this account is forgotten."""
    _tries.pop(_name(config, what), None)


def _name(config: Config, what: tuple[str, ...]) -> tuple[str, ...]:
    # Nodes of one test process, or of the demo, do not share a memory of tries.
    return (config.url, str(config.data), *what)
