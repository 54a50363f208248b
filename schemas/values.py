"""Reads values out of documents from strangers: one strict parser, one tolerant reader per shape of property."""

import html as markup
import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Any

import idna

Document = dict[str, Any]

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
PUBLIC_SPELLINGS = frozenset({PUBLIC, "as:Public", "Public", "http://www.w3.org/ns/activitystreams#Public"})

MAX_DEPTH = 64
MAX_NODES = 10_000
MAX_URI = 2_048
"""Bytes: that is what the databases' indexes count."""
MAX_LINE = 500
MAX_TEXT = 100_000
MAX_TAG = 20
MAX_PIXELS = 100_000

# Keys that arrive with a prefix because the sender's context did not compact them, or in JSON-LD spelling.
ALIASES: dict[str, tuple[str, ...]] = {
    "id": ("@id",),
    "type": ("@type",),
    "sensitive": ("as:sensitive",),
    "manuallyApprovesFollowers": ("as:manuallyApprovesFollowers",),
    "movedTo": ("as:movedTo",),
    "alsoKnownAs": ("as:alsoKnownAs",),
    "discoverable": ("toot:discoverable",),
    "indexable": ("toot:indexable",),
    "featured": ("toot:featured",),
    "suspended": ("toot:suspended",),
    "votersCount": ("toot:votersCount",),
    "blurhash": ("toot:blurhash",),
    "focalPoint": ("toot:focalPoint",),
    "eventStatus": ("gath:eventStatus",),
    "timezone": ("mz:timezone",),
    "isOnline": ("mz:isOnline",),
    "draft": ("mz:draft",),
    "externalParticipationUrl": ("mz:externalParticipationUrl",),
    "displayEndTime": ("gath:displayEndTime",),
    "remainingAttendeeCapacity": ("mz:remainingAttendeeCapacity",),
    "quoteUri": ("fedibird:quoteUri",),
    "_misskey_quote": ("misskey:_misskey_quote",),
    "name": ("as:name", "schema:name"),
    "value": ("schema:value",),
    "purpose": ("vf:purpose", "ValueFlows:purpose"),
    "publishes": ("vf:publishes", "ValueFlows:publishes"),
    "reciprocal": ("vf:reciprocal", "ValueFlows:reciprocal"),
    "unitBased": ("vf:unitBased", "ValueFlows:unitBased"),
    "action": ("vf:action", "ValueFlows:action"),
    "resourceConformsTo": ("vf:resourceConformsTo", "ValueFlows:resourceConformsTo"),
    "resourceQuantity": ("vf:resourceQuantity", "ValueFlows:resourceQuantity"),
    "availableQuantity": ("vf:availableQuantity", "ValueFlows:availableQuantity"),
    "minimumQuantity": ("vf:minimumQuantity", "ValueFlows:minimumQuantity"),
    "hasUnit": ("om2:hasUnit", "vf:hasUnit"),
    "hasNumericalValue": ("om2:hasNumericalValue", "vf:hasNumericalValue"),
    "implements": ("https://w3id.org/fep/844e/implements",),
    "commensal:frame": ("https://w3id.org/commensal#frame", "commensal:lens"),
    "commensal:basis": ("https://w3id.org/commensal#basis",),
    "commensal:hostCard": ("https://w3id.org/commensal#hostCard",),
    "commensal:affiliations": ("https://w3id.org/commensal#affiliations",),
    "commensal:connections": ("https://w3id.org/commensal#connections",),
    "commensal:offers": ("https://w3id.org/commensal#offers",),
    "commensal:members": ("https://w3id.org/commensal#members",),
}


class Malformed(Exception):
    """The document cannot be what it claims to be; the argument says why, in words for the sender's developer."""


# --- the parser -------------------------------------------------------------------------------------------------


def parse(raw: bytes) -> Document:
    """The JSON object in raw, or Malformed.

    Strict UTF-8 (a byte order mark is forgiven), at most 64 levels and 10,000 nodes, no duplicate keys, no NaN or
    Infinity, no integer beyond 64 bits. NUL and lone surrogates, which PostgreSQL cannot store, are taken out.
    """
    try:
        text_ = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed("the body is not valid UTF-8") from error
    # Before they are made: half a million small values take half a second.
    if text_.count(",") >= MAX_NODES and _TEXT.sub("", text_).count(",") >= MAX_NODES:
        raise Malformed(f"the document has more than {MAX_NODES} values")
    try:
        document = (_FOR_ESCAPES if _ESCAPED.search(text_) else _DECODER).decode(text_)
    except RecursionError as error:
        raise Malformed(f"the document is nested deeper than {MAX_DEPTH} levels") from error
    except ValueError as error:
        raise Malformed("the body is not valid JSON") from error
    if not isinstance(document, dict):
        raise Malformed("the document is not a JSON object")
    opened = text_.count("{") + text_.count("[")
    if opened > MAX_DEPTH or opened + text_.count(",") >= MAX_NODES:  # else it cannot be too deep or too large
        _measure(document)
    return document


def _object(pairs: list[tuple[str, Any]]) -> Document:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a key appears twice in one object")
    return found


def _clean_object(pairs: list[tuple[str, Any]]) -> Document:
    return _object([(clean(key), _clean_value(value)) for key, value in pairs])


def _clean_value(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_clean_value(item) for item in value]
    return value


def _constant(name: str) -> Any:
    raise Malformed(f"{name} is not JSON")


def _integer(digits: str) -> int:
    if len(digits) > 20:
        raise Malformed("a number is too large")
    number_ = int(digits)
    if not -(2**63) <= number_ < 2**63:
        raise Malformed("a number is too large")
    return number_


def _float(digits: str) -> float:
    number_ = float(digits)
    if not math.isfinite(number_):
        raise Malformed("a number is too large")
    return number_


_TEXT = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""One that nobody closes goes to the end: to look again at each quote in it would take the square of its length."""
_ESCAPED = re.compile(r"\\u(?:0000|[dD][89A-Fa-f])")
"""NUL and surrogates can only be written like this; then every text is looked at."""
_DECODER, _FOR_ESCAPES = (
    json.JSONDecoder(object_pairs_hook=pairs, parse_constant=_constant, parse_int=_integer, parse_float=_float)
    for pairs in (_object, _clean_object)
)


def _measure(document: Document) -> None:
    nodes = 1
    depth = 0
    level: list[Any] = [document]
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise Malformed(f"the document is nested deeper than {MAX_DEPTH} levels")
        below: list[Any] = []
        for container in level:
            values = container.values() if isinstance(container, dict) else container
            nodes += len(values)
            below += [value for value in values if isinstance(value, dict | list)]
        if nodes > MAX_NODES:
            raise Malformed(f"the document has more than {MAX_NODES} values")
        level = below


def clean(text_: str) -> str:
    """text_ without NUL and lone surrogates."""
    if "\x00" in text_:
        text_ = text_.replace("\x00", "")
    try:
        text_.encode()
    except UnicodeEncodeError:
        text_ = text_.encode(errors="ignore").decode()
    return text_


# --- looking at keys --------------------------------------------------------------------------------------------


def get(document: Document, key: str) -> Any:
    """The value of key under any of its spellings; None when absent or null."""
    value = document.get(key)
    if value is None:
        for alias in ALIASES.get(key, ()):
            value = document.get(alias)
            if value is not None:
                break
    return value


def listed(document: Document, key: str) -> list[Any]:
    """The values of key, whether it holds none, one or a list of them."""
    value = get(document, key)
    if value is None:
        return []
    if isinstance(value, list):
        return [item for item in value if item is not None]
    return [value]


def first(document: Document, key: str) -> Any:
    """The only or first value of key, or None."""
    value = get(document, key)
    if isinstance(value, list):
        return next((item for item in value if item is not None), None)
    return value


def types(document: Document) -> tuple[str, ...]:
    """The type names without prefixes; Malformed when type is anything but text."""
    only = document.get("type")
    if isinstance(only, str) and ":" not in only:
        return (only,)
    names = listed(document, "type")
    for name in names:
        if not isinstance(name, str):
            raise Malformed("type is not text")
    return tuple(_plain_type(name) for name in names)


def _plain_type(name: str) -> str:
    if name.startswith(("http://", "https://")):
        return re.split(r"[#/]", name)[-1]
    return name.rpartition(":")[2]


def type_of(document: Document, known: Iterable[str] = ()) -> str:
    """The one type of the document: the first that is known, else the first; Malformed without any."""
    names = types(document)
    known = frozenset(known)
    for name in names:
        if name in known:
            return name
    if not names or not names[0]:
        raise Malformed("type is missing")
    return names[0][:MAX_LINE]


def type_of_entry(entry: Document) -> str | None:
    """The type of a list entry, or None: an entry that is broken is left out, not a reason to refuse the whole."""
    try:
        return type_of(entry)
    except Malformed:
        return None


def embedded(document: Document, key: str) -> Document | None:
    """The first embedded object under key, or None."""
    for value in listed(document, key):
        if isinstance(value, dict):
            return value
    return None


# --- identifiers ------------------------------------------------------------------------------------------------


_URL = re.compile(r"(https?)://([^/?#@\\\s]+)(?=[/?#]|$)", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x20\x7f<>\"]")


@lru_cache(maxsize=1024)
def origin(uri: str | None) -> str | None:
    """Scheme, host (as A-labels, lower case, no trailing dot) and port of a web address; None for anything else.

    Everything that has to be "of the same server" is compared by this, so user names before an @, backslashes and
    other ways to look like somebody else yield None instead of a guess.
    """
    if not uri or _is_long(uri) or _UNSAFE.search(uri):
        return None
    match = _URL.match(uri)
    if not match:
        return None
    scheme = match[1].lower()
    host, _, port = match[2].partition(":") if not match[2].startswith("[") else (match[2], "", "")
    if host.startswith("["):
        host, closing, rest = match[2].partition("]")
        if not closing or not _is_ipv6(host[1:]) or (rest and not rest.startswith(":")):
            return None
        host += "]"
        port = rest[1:]
    elif match[2].count(":") > 1:
        return None
    else:
        host = host_name(host) or ""
    if not host or (port and not port.isascii()) or (port and not port.isdigit()):
        return None
    if port and int(port) != {"http": 80, "https": 443}[scheme]:
        return f"{scheme}://{host}:{int(port)}"
    return f"{scheme}://{host}"


def _is_ipv6(text: str) -> bool:
    try:
        return IPv6Address(text).scope_id is None
    except ValueError:
        return False


def _is_long(uri: str) -> bool:
    # No character takes more than four bytes.
    return len(uri) * 4 > MAX_URI and (len(uri) > MAX_URI or len(uri.encode(errors="replace")) > MAX_URI)


def host_name(host: str) -> str | None:
    """A host name as lower-case A-labels, or None when it is not one."""
    host = host.rstrip(".")
    if not host or len(host) > 253:
        return None
    if host.isascii():
        host = host.lower()
        return host if re.fullmatch(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?", host) and ".." not in host else None
    try:
        return str(idna.encode(host, uts46=True), "ascii")
    except idna.IDNAError:
        return None


def host_of(uri: str | None) -> str | None:
    """Host and, when unusual, port of a web address: `social.test` or `social.test:8443`."""
    found = origin(uri)
    return found.partition("://")[2] if found else None


def same_origin(one: str | None, other: str | None) -> bool:
    """True when both are web addresses of the same scheme, host and port."""
    found = origin(one)
    return found is not None and found == origin(other)


def as_uri(value: Any) -> str | None:
    """The identifier in a value that is one, or an object that has one; None when there is none.

    Any scheme passes (`acct:`, `tag:`, `ap:`, `bear:`): whoever wants to fetch or trust it asks origin().
    """
    if isinstance(value, dict):
        value = get(value, "id") or (get(value, "href") if "Link" in types(value) else None)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Malformed("an identifier is not text")
    uri: str = value.strip()
    return uri if uri and not _is_long(uri) and not _UNSAFE.search(uri) else None


def one_id(document: Document, key: str) -> str | None:
    """The identifier under key, given as text, embedded object or one-element list."""
    return as_uri(first(document, key))


def required_id(document: Document, key: str = "id") -> str:
    """As one_id, but Malformed when it is missing or there are several."""
    values = listed(document, key)
    if len(values) > 1:
        raise Malformed(f"{key} must be exactly one")
    found = one_id(document, key)
    if found is None:
        raise Malformed(f"{key} is missing")
    return found


def author_of(document: Document) -> str:
    """Who says it: exactly one, or of a Person and Groups in one list (PeerTube) the person.

    Where an object names its `actor` beside `attributedTo` (Mobilizon: a member for a group), that is who wrote it, as
    long as both are on the server of the object. Malformed for anything else.
    """
    entries = listed(document, "attributedTo")
    if len(entries) > 1 and all(isinstance(entry, dict) for entry in entries):
        people = [entry for entry in entries if "Group" not in types(entry)]
        home = as_uri(get(document, "id"))
        if len(people) == 1 and all(same_origin(as_uri(entry), home) for entry in entries):
            return required_id({"id": people[0]})
    owner = required_id(document, "attributedTo")
    writer = get(document, "actor")
    home = as_uri(get(document, "id"))
    if isinstance(writer, str) and same_origin(writer, owner) and same_origin(writer, home):
        return as_uri(writer) or owner
    return owner


def ids(document: Document, key: str, limit: int = 200) -> tuple[str, ...]:
    """The identifiers under key, in order and without repetition, at most limit; what is none is left out."""
    found: dict[str, None] = {}
    for value in listed(document, key)[: limit * 2]:
        if isinstance(value, str | dict):
            uri = as_uri(value)
            if uri is not None:
                found[uri] = None
        if len(found) == limit:
            break
    return tuple(found)


def audience(document: Document, key: str) -> tuple[str, ...]:
    """The addressees under key (`to` or `cc`), with Public spelled in full."""
    return tuple(dict.fromkeys(PUBLIC if uri in PUBLIC_SPELLINGS else uri for uri in ids(document, key)))


def web_url(value: Any) -> str | None:
    """An http(s) address, or None; what may be shown as a link."""
    if isinstance(value, dict):
        value = get(value, "href") or get(value, "url") or get(value, "id")
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str)), None)
    return value if isinstance(value, str) and origin(value) else None


def page_url(document: Document) -> str | None:
    """The address for browsers: the text/html one of several, on the host of the id; None when there is none.

    It is for showing only: nothing is ever trusted because of it.
    """
    home = host_of(as_uri(document))
    chosen = None
    for value in listed(document, "url")[:20]:
        address = web_url(value)
        if address is None or (home is not None and host_of(address) != home):
            continue
        if isinstance(value, dict) and value.get("mediaType") == "text/html":
            return address
        chosen = chosen or address
    return chosen


# --- words ------------------------------------------------------------------------------------------------------


_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def language_map(document: Document, key: str) -> dict[str, str]:
    """The texts of `contentMap`, `nameMap` or `summaryMap` (or of a map put under the plain key) by language tag."""
    for candidate in (get(document, f"{key}Map"), get(document, key)):
        if isinstance(candidate, dict):
            found = {
                tag: value
                for tag, value in list(candidate.items())[:50]
                if isinstance(value, str) and (_LANGUAGE.fullmatch(tag) or tag == "@none")
            }
            if found:
                return found
    return {}


def text(document: Document, key: str, limit: int = MAX_LINE) -> str | None:
    """The text under key, at most limit characters; from its language map when only that is there.

    Malformed for a number or a truth value where words should be.
    """
    value: object = first(document, key)
    if isinstance(value, str):
        return value[:limit] or None
    if isinstance(value, dict):
        value = value.get("@value")
    if value is None:
        value = next(iter(language_map(document, key).values()), None)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Malformed(f"{key} is not text")
    return value[:limit] or None


def line(document: Document, key: str, limit: int = MAX_LINE) -> str | None:
    """As text, but on one line and without control characters; None when nothing is left."""
    value = text(document, key, limit * 4)
    if value is None:
        return None
    value = " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", value).split())
    return value[:limit] or None


def language(document: Document, key: str = "content") -> str | None:
    """The language tag of the text that text() returns, when the sender tells it."""
    found = language_map(document, key)
    value = first(document, key)
    for tag, words in found.items():
        if tag not in ("und", "@none") and len(tag) <= MAX_TAG and (value == words or not isinstance(value, str)):
            return tag
    return None


def html(document: Document, key: str, limit: int = MAX_TEXT) -> str | None:
    """The HTML under key, **not yet cleaned**; plain text and Markdown (said by mediaType) come out escaped."""
    value = text(document, key, limit)
    if value and get(document, "mediaType") in ("text/plain", "text/markdown") and key == "content":
        paragraphs = re.split(r"\n\s*\n", markup.escape(value, quote=False).replace("\r\n", "\n"))
        return "".join(f"<p>{paragraph.strip().replace(chr(10), '<br>')}</p>" for paragraph in paragraphs if paragraph)
    return value


# --- time, numbers, truth ---------------------------------------------------------------------------------------


_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?\s*([Zz]|[+-]\d\d:?(?:\d\d)?)?)?",
    re.ASCII,
)


_FIRST = datetime(1000, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 1, 1, tzinfo=UTC)


def as_moment(value: Any) -> datetime | None:
    """The moment in an ISO 8601 text of any precision, in UTC; None when it is none. Without a zone it is UTC.

    The year 1 of programs that mean "never", and the last days that a calendar can show in any zone, are none either.
    """
    if isinstance(value, str) and len(value) == 20 and value[4] == value[7] == "-" and value[10] == "T":
        try:  # as nearly everybody writes it
            moment_ = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            if moment_.tzinfo is UTC:
                return moment_ if _FIRST <= moment_ < _LAST else None
    match = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        moment_ = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            min(int(second or 0), 59),
            int(((fraction or "") + "000000")[:6]),
            tzinfo=_zone(zone),
        )
        moment_ = moment_.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment_ if _FIRST <= moment_ < _LAST else None


def _zone(name: str | None) -> timezone:
    if not name or name in "Zz":
        return UTC
    digits = name[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return timezone(-offset if name[0] == "-" else offset)


def moment(document: Document, key: str) -> datetime | None:
    """The moment under key in UTC, or None."""
    return as_moment(first(document, key))


def write_moment(moment_: datetime) -> str:
    """The one shape of time that every peer reads: `2026-11-21T10:00:00Z`."""
    return moment_.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?")


def as_decimal(value: Any) -> Decimal | None:
    """The decimal in a number or a number written as text; None for anything else. No exponents, at most 15 digits."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float):
        value = format(Decimal(repr(value)), "f")
    shown = str(value).strip() if isinstance(value, str | int) else ""
    if not _DECIMAL.fullmatch(shown):
        return None
    try:
        return Decimal(shown)
    except InvalidOperation:
        return None


def decimal(document: Document, key: str) -> Decimal | None:
    """The decimal number under key, or None."""
    return as_decimal(first(document, key))


def whole(document: Document, key: str) -> int | None:
    """The whole number of zero or more under key, also when written as text, or None."""
    value = decimal(document, key)
    return int(value) if value is not None and 0 <= value < 2**53 else None


def flag(document: Document, key: str) -> bool | None:
    """True or False under key, also when written as text, or None."""
    value = first(document, key)
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


# --- small things shared by many documents ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Picture:
    """An image or file by address."""

    url: str
    media_type: str | None = None
    alt: str | None = None
    width: int | None = None
    height: int | None = None
    blurhash: str | None = None
    focus: tuple[float, float] | None = None
    """What a narrow frame should keep in sight: -1 to 1, to the right and upwards from the middle."""

    @staticmethod
    def read(value: Any) -> "Picture | None":
        """The picture in an Image, a Document, a Link or a bare address; None when it has no usable address."""
        if isinstance(value, str):
            return Picture(value) if origin(value) else None
        if not isinstance(value, dict):
            return None
        address = web_url(first(value, "url")) or web_url(first(value, "href"))
        if address is None:
            return None
        source: Document = value
        inner = first(value, "url")
        if isinstance(inner, dict):
            source = {**inner, **{key: value[key] for key in value if key not in ("url", "href")}}
        media_type = first(source, "mediaType")
        blurhash = first(source, "blurhash")
        return Picture(
            url=address,
            media_type=media_type.lower()[:100] if isinstance(media_type, str) else None,
            alt=text(source, "name", 1_500) or text(source, "summary", 1_500),
            width=_pixels(source, "width"),
            height=_pixels(source, "height"),
            blurhash=blurhash[:100] if isinstance(blurhash, str) else None,
            focus=_focus(source),
        )

    def write(self, kind: str = "Image") -> Document:
        """Alt text goes out as `name` and as `summary`, for some programs read only one of them."""
        return dropping_empty(
            {
                "type": kind,
                "mediaType": self.media_type,
                "url": self.url,
                "name": self.alt,
                "summary": self.alt,
                "width": self.width,
                "height": self.height,
                "blurhash": self.blurhash,
                "focalPoint": list(self.focus) if self.focus is not None else None,
            }
        )


def _focus(document: Document) -> tuple[float, float] | None:
    found = document.get("focalPoint")
    if not isinstance(found, list) or len(found) != 2:
        return None
    x, y = (value if isinstance(value, int | float) and not isinstance(value, bool) else 2 for value in found)
    return (float(x), float(y)) if abs(x) <= 1 and abs(y) <= 1 else None


def _pixels(document: Document, key: str) -> int | None:
    value = whole(document, key)
    return value if value is not None and 0 < value <= MAX_PIXELS else None


@dataclass(frozen=True, slots=True)
class Link:
    """A Link object: an address with its relations."""

    href: str
    name: str | None = None
    media_type: str | None = None
    rel: tuple[str, ...] = ()

    @staticmethod
    def read(value: Any) -> "Link | None":
        """The link in a Link object or a bare address."""
        if isinstance(value, str):
            return Link(value) if origin(value) else None
        if not isinstance(value, dict) or not isinstance(get(value, "href"), str):
            return None
        href = as_uri(get(value, "href"))
        if href is None:
            return None
        media_type = first(value, "mediaType")
        return Link(
            href=href,
            name=line(value, "name"),
            media_type=media_type[:200] if isinstance(media_type, str) else None,
            rel=tuple(word for word in listed(value, "rel")[:10] if isinstance(word, str)),
        )

    def write(self) -> Document:
        """The Link as a document."""
        return dropping_empty(
            {"type": "Link", "name": self.name, "href": self.href, "mediaType": self.media_type, "rel": list(self.rel)}
        )


def dropping_empty(document: Document) -> Document:
    """document without keys whose value is None, empty text or an empty list: nothing empty goes over the wire."""
    return {key: value for key, value in document.items() if value is not None and value != "" and value != []}
