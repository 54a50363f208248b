"""Actors as they are shown: their rows without what only other servers and officers need."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from node.actors.model import Actor
from node.asking import Question, among
from node.work import Reading


class ActorRow(NamedTuple):
    """As Actor."""

    id: int
    uri: str
    is_local: bool
    kind: str
    username: str
    host: str
    handle_host: str
    name: str
    summary: str
    url: str
    icon_url: str | None
    image_url: str | None
    icon_digest: str | None
    fields: list[dict[str, str]]
    moved_to: str | None
    approves_followers: bool
    is_discoverable: bool
    is_indexable: bool
    created_at: datetime
    suspended_at: datetime | None
    gone_at: datetime | None

    @property
    def handle(self) -> str:
        """``@alice@alpha.test``."""
        return f"@{self.username}@{self.handle_host}"


Shown = Actor | ActorRow
_ROWS = Question(
    ActorRow, sa.select(*(getattr(Actor, name) for name in ActorRow._fields)).where(among(Actor.id, "ids"))
)


async def rows(work: Reading, ids: Collection[int]) -> dict[int, ActorRow]:
    """These actors by key."""
    known: dict[int, ActorRow] = work.shelf("actors", "actors")
    missing = [id for id in ids if id not in known]
    if missing:
        known.update((row.id, row) for row in await _ROWS.ask(work, ids=missing))
    return {id: known[id] for id in ids if id in known}
