"""The request as a signature sees it, and the checks that both kinds of HTTP signature share."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import urlsplit

OLDEST = timedelta(hours=12)  # senders sign again when they retry, so this bridges wrong clocks only
NEWEST = timedelta(hours=1)

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_LINE = re.compile(r"[\t\x20-\x7e]*")
_PRINTABLE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,2048}")


class Unverified(Exception):
    """A signature is missing, malformed, too old or false; the text says which, in a few words for a log line."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: `url` is absolute and as the outside sees it, `body` the raw bytes (None when it has none)."""

    method: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes | None = None
    _lines: dict[str, list[str]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in self.headers:
            self._lines.setdefault(name.lower(), []).append(value.strip(" \t"))

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"

    @property
    def query(self) -> str | None:
        """What follows the question mark; None when there is no question mark."""
        _before, mark, after = self.url.partition("?")
        return after if mark else None

    def lines(self, name: str) -> list[str]:
        """Every value of this header, in order, without surrounding blanks."""
        return self._lines.get(name, [])

    def only(self, name: str) -> str | None:
        """The value of a header that may appear once; twice is an attempt to let two readers see two things."""
        values = self.lines(name)
        if len(values) > 1:
            raise Unverified(f"{name} appears more than once")
        return values[0] if values else None


@dataclass(frozen=True, slots=True)
class Verified:
    """What a true signature says: who made it, when, over what, and the bytes that make it recognisable again."""

    key_id: str
    made_at: datetime
    covered: frozenset[str]
    signature: bytes


def check_key_id(key_id: str) -> str:
    """A key id is put between quotes in a header; nothing may break out of them."""
    if not _PRINTABLE.fullmatch(key_id):
        raise Unverified("key id is not a plain address")
    return key_id


def check_header(name: str, value: str) -> None:
    """Refuse to sign what would start a header or a request of its own."""
    if not _TOKEN.fullmatch(name) or not _LINE.fullmatch(value):
        raise Unverified(f"header {name[:40]!r} cannot be sent")


def check_age(made_at: datetime, now: datetime) -> None:
    if made_at < now - OLDEST:
        raise Unverified("signature is too old")
    if made_at > now + NEWEST:
        raise Unverified("signature is from the future")


@lru_cache(maxsize=64)
def read_date(value: str) -> datetime:
    """An HTTP date, tolerant of the zero that some leave out before the day."""
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise Unverified("date is malformed") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def read_seconds(value: int) -> datetime:
    """Seconds since 1970 as they stand in `created` and `expires`."""
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unverified("time is out of range") from error


def read_base64(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unverified("value is not base64") from error


@lru_cache(maxsize=16)
def digest(body: bytes) -> str:
    """The value of a Digest header (RFC 3230); the upper case is what some peers compare with.

    Remembered for a few, for the same is sent to many.
    """
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()


_HASHES = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


def check_digest(value: str, body: bytes) -> None:
    """At least one digest that we know, and every one that we know is right."""
    known = 0
    for part in value.split(","):
        algorithm, _, encoded = part.strip().partition("=")
        maker = _HASHES.get(algorithm.strip().lower())
        if maker is None:
            continue
        known += 1
        if not hmac.compare_digest(read_base64(encoded.strip()), maker(body).digest()):
            raise Unverified("digest does not match the body")
    if not known:
        raise Unverified("no digest that can be checked")
