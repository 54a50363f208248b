"""What all entities of the client API share: our address, the pictures of those without one, times, and a memory."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp.web as aioweb

from node.figures import Figures
from web.assets import assets
from web.context import NODE

Entity = dict[str, Any]

SECONDS = 30
"""How long figures beside posts may be old; an account asked for by itself is always counted anew."""
_KEPT = 5000
_STATUSES = 1000


@dataclass(slots=True)
class Look:
    """Made once for an application."""

    base: str
    avatar: str
    header: str
    known: dict[int, tuple[float, Figures]] = field(default_factory=dict)
    accounts: dict[int, tuple[object, Entity]] = field(default_factory=dict)
    """Each with what it was made from."""
    statuses: dict[int, tuple[object, Entity]] = field(default_factory=dict)

    def absolute(self, path: str) -> str:
        return path if "://" in path else self.base + path

    def remember(self, found: dict[int, Figures]) -> None:
        if len(self.known) > _KEPT:
            self.known.clear()
        now = time.monotonic()
        self.known.update({id: (now, figures) for id, figures in found.items()})

    def account(self, id: int, made_from: object, make: Callable[[], Entity]) -> Entity:
        """The entity of an account, made anew only where it would be another one. It is shared: not to be changed."""
        return _made_once(self.accounts, _KEPT, id, made_from, make)

    def status(self, id: int, made_from: object, make: Callable[[], Entity]) -> Entity:
        """The same for a status, without what is different for each who reads it."""
        return _made_once(self.statuses, _STATUSES, id, made_from, make)

    def recall(self, id: int) -> Figures | None:
        at, figures = self.known.get(id, (0.0, None))
        return figures if time.monotonic() - at < SECONDS else None


def _made_once(
    known: dict[int, tuple[object, Entity]], most: int, id: int, made_from: object, make: Callable[[], Entity]
) -> Entity:
    kept = known.get(id)
    if kept is not None and kept[0] == made_from:
        return kept[1]
    if len(known) > most:
        known.clear()
    found = make()
    known[id] = (made_from, found)
    return found


LOOK = aioweb.AppKey("api_look", Look)


def look_of(request: aioweb.Request) -> Look:
    return look_in(request.app)


def look_in(app: aioweb.Application) -> Look:
    found = app[LOOK]
    if not found.base:
        base = app[NODE].config.url
        found.base = base
        found.avatar, found.header = (base + assets().url(name) for name in ("apps/avatar.png", "apps/header.png"))
    return found


def moment(at: datetime) -> str:
    """2026-05-04T09:00:00.000Z"""
    at = at if at.tzinfo is UTC else at.astimezone(UTC)
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def midnight(at: datetime) -> str:
    """The day of a moment, in the form of a moment."""
    return moment(at)[:11] + "00:00:00.000Z"
