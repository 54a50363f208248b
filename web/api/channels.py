"""What a stream tells: new posts, changed ones, withdrawn ones, notifications, each as often as the bus says "look"."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson
import sqlalchemy as sa

from node.errors import NotFound
from node.filters.service import TOPIC as FILTERS
from node.lists import service as lists
from node.notifications.model import Notification
from node.notifications.names import TYPES
from node.notifications.service import QUIETLY
from node.notifications.service import TOPIC as NOTIFICATIONS
from node.posts import timelines
from node.posts.model import Post
from node.posts.parts import PUBLIC_STREAM, STREAM
from node.windows import Window
from node.work import Reading
from web.api.conversations import conversations
from web.api.notifications import entities
from web.api.shapes.look import Look
from web.api.shapes.statuses import statuses

WATCHED = 40
"""Posts of a timeline that a stream keeps an eye on: older ones change unseen."""

MOST = 400
"""New posts told at a time: whoever missed more asks for the timeline anew."""

Event = tuple[str, str]
"""A name and its payload, which is JSON or the key of a post; empty where the name says all."""
Keys = Callable[[Reading, Window], Awaitable[list[int]]]


@dataclass(slots=True)
class Timeline:
    """A timeline as it grows. Holds keys only; a stream that sleeps costs next to nothing."""

    topic: str
    viewer_id: int | None
    keys: Keys
    also: str = ""
    known: dict[int, datetime | None] = field(default_factory=dict)
    floor: int = 0
    account_id: int = 0

    async def begin(self, work: Reading) -> None:
        """What is there now is not news."""
        self.known = await self._versions(work, await self.keys(work, Window(WATCHED)))
        self.floor = min(self.known, default=0)

    async def news(self, work: Reading, look: Look) -> list[Event]:
        """What changed since the last look, the oldest first."""
        fresh = [id for id in reversed(await self._newest(work)) if id not in self.known and id > self.floor]
        there = await work.session.scalars(sa.select(Post.id).where(Post.id.in_(self.known), Post.deleted_at.is_(None)))
        gone = self.known.keys() - set(there)  # of what was passed on and taken back, nothing is left at all
        versions = await self._versions(work, [*self.known, *fresh])
        changed = [id for id, at in self.known.items() if id not in gone and versions.get(id) != at]
        there_now = sorted({*self.known, *fresh} - gone)
        self.floor = max([self.floor, *there_now[:-WATCHED]])  # what is not watched any more is no news when it shows
        self.known = {id: versions.get(id) for id in there_now[-WATCHED:]}
        return [
            *(("delete", str(id)) for id in sorted(gone)),
            *await self._told(work, look, "status.update", changed),
            *await self._told(work, look, "update", fresh),
        ]

    async def _newest(self, work: Reading) -> list[int]:
        """Back to what was told already, however much came at once."""
        found = part = await self.keys(work, Window(WATCHED))
        while len(part) == WATCHED and len(found) < MOST and part[-1] > self.floor and part[-1] not in self.known:
            part = await self.keys(work, Window(WATCHED, part[-1]))
            found = [*found, *part]
        return found

    async def _told(self, work: Reading, look: Look, name: str, ids: Sequence[int]) -> list[Event]:
        return [(name, orjson.dumps(one).decode()) for one in await statuses(work, look, self.viewer_id, ids)]

    async def _versions(self, work: Reading, ids: Sequence[int]) -> dict[int, datetime | None]:
        rows = await work.session.execute(sa.select(Post.id, Post.updated_at).where(Post.id.in_(ids)))
        return {row[0]: row[1] for row in rows}


@dataclass(slots=True)
class News:
    """The notifications of an account as they come in."""

    account_id: int
    viewer_id: int
    seen: int = 0
    topic: str = NOTIFICATIONS
    also: str = QUIETLY

    async def begin(self, work: Reading) -> None:
        self.seen = await work.session.scalar(sa.select(sa.func.max(Notification.id)).where(self._mine(work))) or 0

    async def news(self, work: Reading, look: Look) -> list[Event]:
        rows = (
            await work.session.scalars(
                sa.select(Notification)
                .where(self._mine(work), Notification.id > self.seen)
                .order_by(Notification.id)
                .limit(WATCHED)
            )
        ).all()
        if rows:
            self.seen = rows[-1].id
        found = await entities(work, look, self.viewer_id, rows)
        return [("notification", orjson.dumps(one).decode()) for one in found]

    def _mine(self, work: Reading) -> sa.ColumnElement[bool]:
        return sa.and_(
            Notification.account_id == self.account_id,
            Notification.kind.in_(TYPES),
            Notification.visible_at <= work.now,
        )


@dataclass(slots=True)
class Messages(Timeline):
    """Conversations, each told anew with what was said last. Withdrawals are not told of: apps ask again."""

    async def news(self, work: Reading, look: Look) -> list[Event]:
        told = await Timeline.news(self, work, look)
        return [event for event in told if event[0] == "conversation"]

    async def _told(self, work: Reading, look: Look, name: str, ids: Sequence[int]) -> list[Event]:
        found = await conversations(work, look, self.viewer_id or 0, self.account_id, ids)
        return [("conversation", orjson.dumps(one).decode()) for one in found]


@dataclass(slots=True)
class Sorting:
    """Says that the filters of an account are others now."""

    topic: str = FILTERS
    also: str = ""

    async def begin(self, work: Reading) -> None:
        """There is nothing to remember."""

    async def news(self, work: Reading, look: Look) -> list[Event]:
        return [("filters_changed", "")]


Channel = Timeline | News | Sorting


def channels(stream: str, tag: str, account_id: int, viewer_id: int) -> list[Channel] | None:
    """What a stream of this name listens to; ``tag`` is the hashtag or the key of the list. None: no such stream."""
    if stream == "user":
        return [_home(viewer_id), Sorting(), News(account_id, viewer_id)]
    if stream == "user:notification":
        return [News(account_id, viewer_id)]
    kind, _, part = stream.partition(":")
    if kind == "public" and part in _PUBLIC:
        return [_public(viewer_id, part)]
    if kind == "hashtag" and part in ("", "local") and tag:
        return [_hashtag(viewer_id, tag, part == "local")]
    if stream == "direct":
        return [_direct(account_id, viewer_id)]
    if stream == "list" and tag.isascii() and tag.isdigit() and len(tag) <= 18:
        return [_list(viewer_id, int(tag))]
    return None


_PUBLIC = ("", "local", "remote", "media", "local:media", "remote:media")


def _home(viewer_id: int) -> Timeline:
    async def keys(work: Reading, part: Window) -> list[int]:
        return await timelines.home(work, viewer_id, part)

    return Timeline(STREAM, viewer_id, keys)


def _direct(account_id: int, viewer_id: int) -> Timeline:
    async def keys(work: Reading, part: Window) -> list[int]:
        return await timelines.direct(work, viewer_id, part)

    return Messages(NOTIFICATIONS, viewer_id, keys, also=STREAM, account_id=account_id)


@dataclass(slots=True)
class Listed(Timeline):
    """What those on a list say; silent once the list is gone."""

    list_id: int = 0

    async def begin(self, work: Reading) -> None:
        await lists.one(work, self.viewer_id or 0, self.list_id)
        await Timeline.begin(self, work)


def _list(viewer_id: int, list_id: int) -> Timeline:
    async def keys(work: Reading, part: Window) -> list[int]:
        try:
            row = await lists.one(work, viewer_id, list_id)
        except NotFound:
            return []
        return await timelines.listed_people(work, viewer_id, row, part)

    return Listed(STREAM, viewer_id, keys, list_id=list_id)


def _public(viewer_id: int, which: str) -> Timeline:
    async def keys(work: Reading, part: Window) -> list[int]:
        return await timelines.public(
            work,
            viewer_id,
            part,
            local="local" in which,
            remote="remote" in which,
            only_media="media" in which,
        )

    return Timeline(PUBLIC_STREAM, viewer_id, keys)


def _hashtag(viewer_id: int, tag: str, local: bool) -> Timeline:
    async def keys(work: Reading, part: Window) -> list[int]:
        return await timelines.tagged(work, viewer_id, part, [tag], local=local)

    return Timeline(PUBLIC_STREAM, viewer_id, keys)
