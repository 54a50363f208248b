"""What some posts have and most have not: a question, a gathering, small pictures in the text, earlier versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

import sqlalchemy as sa

from node.asking import Question, among
from node.emojis import service as emojis
from node.emojis.service import Shown, Worded
from node.polls.queries import PollView, polls
from node.posts.model import Post, PostVersion
from node.previews import service as previews
from node.previews.service import Card
from node.work import Reading
from schemas.event import Event
from schemas.values import Malformed, host_of


@dataclass(frozen=True, slots=True)
class Extras:
    """Of one post. ``emojis`` are paths of pictures by the word between the colons."""

    poll: PollView | None = None
    event: Event | None = None
    emojis: Shown = field(default_factory=dict)
    has_versions: bool = False
    card: Card | None = None
    """The page to which it links, in short."""


NOTHING = Extras()


class Said(Protocol):
    """What of a post tells whether it may have extras."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def uri(self) -> str: ...
    @property
    def is_local(self) -> bool: ...
    @property
    def content(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def warning(self) -> str: ...
    @property
    def preview_id(self) -> int | None: ...
    @property
    def updated_at(self) -> datetime | None: ...


async def extras(work: Reading, viewer_id: int | None, posts: Sequence[Said]) -> Mapping[int, Extras]:
    """Of these posts, by key; those that have nothing of the kind are left out. Costs nothing where none has."""
    questions = await polls(work, viewer_id, [post.id for post in posts if post.kind == "poll"])
    events = await _events(work, [post.id for post in posts if post.kind == "event"])
    words = {
        post.id: Worded(host_of(post.uri) or "", (post.content, post.title, post.warning))
        for post in posts
        if not post.is_local and (":" in post.content or ":" in post.title or ":" in post.warning)
    }
    pictures = await emojis.shown(work, words)
    edited = await _edited(work, [post.id for post in posts if post.updated_at is not None])
    linking = {post.id: post.preview_id for post in posts if post.preview_id is not None}
    cards = await previews.cards(work, list(linking.values()))
    carded = {id: cards[key] for id, key in linking.items() if key in cards}
    return {
        id: Extras(questions.get(id), events.get(id), pictures.get(id, {}), id in edited, carded.get(id))
        for id in questions.keys() | events.keys() | pictures.keys() | edited | carded.keys()
    }


async def _events(work: Reading, ids: Sequence[int]) -> dict[int, Event]:
    """Gatherings as they are announced: read from the document, which is kept whole."""
    if not ids:
        return {}
    found = {}
    for id, document in await work.session.execute(sa.select(Post.id, Post.document).where(Post.id.in_(ids))):
        try:
            found[id] = Event.read(document or {})
        except Malformed:
            continue
    return found


class _Key(NamedTuple):
    id: int


_EDITED = Question(_Key, sa.select(PostVersion.post_id).where(among(PostVersion.post_id, "ids")).distinct())


async def _edited(work: Reading, ids: Sequence[int]) -> set[int]:
    return {row.id for row in await _EDITED.ask(work, ids=ids)} if ids else set()
