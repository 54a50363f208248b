"""The gathering as others announce it: when, where, and whether it takes place; read only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.values import Document, Malformed, first, flag, get, line, listed, moment, type_of_entry, web_url, whole

_STATES = {
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "eventcancelled": "cancelled",
    "tentative": "tentative",
    "eventtentative": "tentative",
    "eventpostponed": "postponed",
}


@dataclass(frozen=True, slots=True)
class Event:
    """A gathering. `starts_at` alone says when it is; `zone` (an IANA name, not checked) says where that clock hangs.

    `state` is confirmed, tentative, cancelled or postponed. `link` leads to an online meeting or a page about it,
    `join_url` to where one says that one comes.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_whole_day: bool = False
    zone: str | None = None
    state: str = "confirmed"
    place: str = ""
    link: str | None = None
    join_url: str | None = None
    is_online: bool = False
    is_draft: bool = False
    places_left: int | None = None

    @staticmethod
    def read(document: Document) -> "Event":
        """Whatever can be told of it: Mobilizon, Gancio, Friendica, WordPress and FEP-8a8e write it differently."""
        starts_at, ends_at = moment(document, "startTime"), moment(document, "endTime")
        if flag(document, "displayEndTime") is False or (starts_at and ends_at and ends_at <= starts_at):
            ends_at = None
        raw = first(document, "startTime")
        place, address = _places(document)
        website = next(
            (
                web_url(get(entry, "href"))
                for entry in listed(document, "attachment")[:20]
                if isinstance(entry, dict) and type_of_entry(entry) == "Link" and web_url(get(entry, "href"))
            ),
            None,
        )
        return Event(
            starts_at=starts_at,
            ends_at=ends_at,
            is_whole_day=isinstance(raw, str) and len(raw.strip()) == 10,
            zone=_line(document, "timezone", 60),
            state=_state(document),
            place=place,
            link=address or website,
            join_url=web_url(first(document, "externalParticipationUrl")),
            is_online=bool(flag(document, "isOnline")),
            is_draft=bool(flag(document, "draft")),
            places_left=whole(document, "remainingAttendeeCapacity"),
        )


def _state(document: Document) -> str:
    for key in ("eventStatus", "status", "ical:status"):
        word: Any = first(document, key)
        if isinstance(word, str):
            found = _STATES.get(word.replace("#", "/").rpartition("/")[2].rpartition(":")[2].casefold())
            if found:
                return found
    return "confirmed"


def _places(document: Document) -> tuple[str, str | None]:
    """Where it is, in words, and the address of an online meeting."""
    words, address = "", None
    for entry in listed(document, "location")[:5]:
        if isinstance(entry, str):
            if web_url(entry):
                address = address or web_url(entry)
            else:
                words = words or " ".join(entry.split())[:300]
        elif isinstance(entry, dict):
            if type_of_entry(entry) in ("VirtualLocation", "Link"):
                address = address or web_url(entry)
            else:
                words = words or _place(entry)
    return words, address


def _place(place: Document) -> str:
    parts: list[str] = []
    address: Any = first(place, "address")
    found = [_line(place, "name", 200)]
    if isinstance(address, str):
        found.append(" ".join(address.split())[:300])
    elif isinstance(address, dict):
        town = " ".join(
            word for word in (_line(address, "postalCode", 20), _line(address, "addressLocality", 100)) if word
        )
        found += [_line(address, "streetAddress", 200), town]
    for part in found:
        if part and not any(part in earlier for earlier in parts):
            parts.append(part)
    return ", ".join(parts)


def _line(document: Document, key: str, limit: int) -> str:
    try:
        return line(document, key, limit) or ""
    except Malformed:
        return ""
