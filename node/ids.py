"""Database keys whose order is the order of time, so that a key is also a cursor."""

import itertools
import secrets
from datetime import UTC, datetime

_EPOCH_MS = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp() * 1000)
_COUNTER_BITS = 22
_counter = itertools.count(secrets.randbits(_COUNTER_BITS))


def new_id(at: datetime) -> int:
    """A positive 63-bit key: 41 bits of milliseconds since 2020, then 22 bits that differ within the millisecond.

    Times before 2020 sort first; they occur in backdated content from elsewhere.
    """
    elapsed = max(0, int(at.timestamp() * 1000) - _EPOCH_MS) & ((1 << 41) - 1)
    return (elapsed << _COUNTER_BITS) | (next(_counter) & ((1 << _COUNTER_BITS) - 1))


def first_id(at: datetime) -> int:
    """The smallest key that can belong to this moment: ``id >= first_id(t)`` means "not before t"."""
    return max(0, int(at.timestamp() * 1000) - _EPOCH_MS) << _COUNTER_BITS
