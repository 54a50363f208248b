"""What is known of the answers to a post from elsewhere, and asking a worker to fetch the rest."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from node.asking import Question, given
from node.errands import service as errands
from node.errands.model import Errand
from node.posts.model import Post
from node.work import Reading, Writing

KIND = "thread"
READERS = 50
"""Accounts whose open pages are told when more answers come in."""
_AGAIN_AFTER = timedelta(minutes=10)
_QUIET_AFTER = timedelta(days=30)
_AGAIN_WHEN_QUIET = timedelta(days=1)


def topic(post_id: int) -> str:
    """What open pages with this conversation listen to."""
    return f"thread-{post_id}"


class _State(NamedTuple):
    uri: str
    is_local: bool
    deleted_at: datetime | None
    visibility: str
    replies_known_at: datetime | None
    published_at: datetime
    details: dict[str, Any] | None
    """Of the errand that waits, where one does."""


_STATES = Question(
    _State,
    sa.select(*(getattr(Post, name) for name in _State._fields[:-1]), Errand.details)
    .join(Errand, sa.and_(Errand.kind == KIND, Errand.subject == Post.uri), isouter=True)
    .where(Post.id == given("post")),
)


async def is_due(work: Reading, post_id: int, reader_id: int | None = None) -> bool:
    """True when it is time to ask the post's own server for answers we do not have, and nobody did so already in the
    name of this account."""
    post = await _STATES.first(work, post=post_id)
    if post is None or post.is_local or post.deleted_at is not None or post.visibility not in ("public", "quiet"):
        return False
    if post.details is not None:
        readers = post.details.get("readers", [])
        return reader_id is not None and reader_id not in readers and len(readers) < READERS
    if post.replies_known_at is None:
        return True
    is_quiet = work.now - post.published_at > _QUIET_AFTER
    return work.now - post.replies_known_at >= (_AGAIN_WHEN_QUIET if is_quiet else _AGAIN_AFTER)


async def ask(work: Writing, post_id: int, reader_id: int | None) -> None:
    """Have the rest of the conversation fetched; the account that reads it now is told when there is more."""
    post = await work.session.get(Post, post_id)
    if post is None or not await is_due(work, post_id, reader_id):
        return
    waiting = await work.session.scalar(sa.select(Errand).where(Errand.kind == KIND, Errand.subject == post.uri))
    readers: list[int] = list(waiting.details.get("readers", [])) if waiting is not None else []
    if reader_id is not None and reader_id not in readers:
        readers.append(reader_id)
    await errands.ask(work, KIND, post.uri, readers=readers[:READERS])


async def know(work: Writing, post_id: int, total: int | None) -> None:
    """The answers were looked for just now; ``total`` is how many their server speaks of."""
    values: dict[str, object] = {"replies_known_at": work.now}
    if total is not None:
        values["replies_total"] = min(total, 1_000_000)
    await work.session.execute(sa.update(Post).where(Post.id == post_id).values(**values))


async def known_of(work: Reading, post_id: int) -> tuple[int, int] | None:
    """How many answers are here and how many there are, when some are missing; None otherwise."""
    post = await work.session.get(Post, post_id)
    if post is None or not post.replies_total:
        return None
    here = await work.session.scalar(
        sa.select(sa.func.count(Post.id)).where(Post.parent_id == post_id, Post.deleted_at.is_(None))
    )
    return (here or 0, post.replies_total) if post.replies_total > (here or 0) else None
