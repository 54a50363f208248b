"""How much a host may send: counted in this process, by bytes, with room for a rush."""

from collections import OrderedDict
from datetime import datetime

AT_ONCE = 256 << 20
"""Bytes that a host which was silent may send in one go."""
AN_HOUR = 1 << 30
"""Bytes in an hour after that. The largest servers there are send a tenth of it to a node that follows thousands."""
_HOSTS = 10_000


class Allowance:
    """What each host has left. Hosts that have not sent for long, or of which there are too many, begin anew."""

    def __init__(self) -> None:
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def take(self, host: str, size: int, now: datetime) -> bool:
        """Count a message of so many bytes. False when the host has to wait with it."""
        left, at = self._left.pop(host, (float(AT_ONCE), now))
        left = min(AT_ONCE, left + max(0.0, (now - at).total_seconds()) * AN_HOUR / 3600)
        is_fine = size <= left
        self._left[host] = (left - size if is_fine else left, now)
        while len(self._left) > _HOSTS:
            self._left.popitem(last=False)
        return is_fine
