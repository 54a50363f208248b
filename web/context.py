"""Who is reading: language, place in time, session. Set once per request, read by templates, filters and messages."""

import asyncio
import hashlib
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import aiohttp.web as aioweb

from node.notifications.waiting import Waiting
from node.translations import locale_of
from node.work import Node

if TYPE_CHECKING:
    from babel import Locale

NODE = aioweb.AppKey("node", Node)
OPEN = aioweb.AppKey("api_streams", dict[int, list[asyncio.Event]])
"""Streams of apps that are open, by account: each ends when its event is set."""


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence for the next page, with the address that undoes what it tells of."""

    text: str
    undo: str = ""


SAID = aioweb.ResponseKey("said", Said)
HEARD = aioweb.RequestKey[Said | None]("heard", Said)


def node_of(request: aioweb.Request) -> Node:
    return request.app[NODE]


@dataclass(frozen=True, slots=True)
class House:
    """The association as every page shows it."""

    name: str
    handle: str = ""
    tagline: str = ""
    place: str = ""
    logo: str | None = None
    picture: str | None = None
    about_html: str = ""
    contact_email: str = ""
    time_zone: str = "UTC"
    accent: str = ""
    currency: str = "EUR"
    languages: tuple[str, ...] = ("en",)
    is_open_to_applications: bool = True


HOUSE = aioweb.RequestKey("house", House)
ADDRESS = aioweb.RequestKey("address", str)
REQUEST_ID = aioweb.RequestKey("request_id", str)


def house_of(request: aioweb.Request) -> House:
    return request[HOUSE]


def address_of(request: aioweb.Request) -> str:
    """Who is asking, as far as trusted proxies let us know."""
    return request[ADDRESS]


@dataclass(frozen=True, slots=True)
class Viewer:
    """The logged-in member, as the shell needs them."""

    account_id: int
    actor_id: int
    session_id: int
    username: str
    name: str
    handle: str
    role: str = "member"
    picture: str | None = None
    etiquette_version: int = 0

    @property
    def is_officer(self) -> bool:
        return self.role in ("officer", "admin")

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


@dataclass(slots=True)
class Reader:
    """One request's reader. Taking ``csrf``, the token their forms must carry, gives their browser a cookie."""

    language: str = "en"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    secret: str = ""
    """What only this browser and the node know; the forms' token is made from it."""
    has_forms: bool = False
    viewer: Viewer | None = None
    counts: Waiting = field(default_factory=Waiting)
    here: str = ""
    """Path and query of the page being read."""
    leads_back: bool = False

    @property
    def locale(self) -> "Locale":
        return locale_of(self.language)

    @property
    def back(self) -> str:
        """Where a small form on the page comes back to."""
        self.leads_back = True
        return self.here

    @property
    def csrf(self) -> str:
        self.has_forms = True
        return hashlib.sha256(f"form {self.secret}".encode()).hexdigest()


_reader: ContextVar[Reader] = ContextVar("reader")


def reader() -> Reader:
    """The reader of the current request; an English one in UTC where there is no request."""
    current = _reader.get(None)
    if current is None:
        current = Reader()
        _reader.set(current)
    return current


def welcome(who: Reader) -> None:
    """From now on, in this task, ``who`` is reading."""
    _reader.set(who)
