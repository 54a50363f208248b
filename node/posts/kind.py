"""What is said, in its several forms, as kinds of content: what Create, Update and Delete do, how it is served."""

from collections.abc import Mapping
from typing import Any, ClassVar

from node.actors import queries as actors
from node.actors.model import Actor
from node.polls import service as polls
from node.posts import copies, service
from node.posts.model import Post
from node.work import Reading, Writing
from schemas.contexts import without_context
from schemas.note import Note
from schemas.question import Question
from schemas.values import Malformed, types
from schemas.vocabulary import ACTIVITIES, ACTORS, ARTICLES, EVENTS, MODELS, NOTES, QUESTIONS


class NoteKind:
    """Posts, replies and messages."""

    name: ClassVar[str] = "note"
    types: ClassVar[frozenset[str]] = NOTES | {"ChatMessage"}

    def claims(self, document: Mapping[str, Any]) -> bool:
        return not self.types.isdisjoint(types(dict(document)))

    async def receive(self, work: Writing, author: Actor, document: Mapping[str, Any]) -> Post | None:
        return await copies.mirror(work, author, Note.read(dict(document)), kind=self.name)

    async def remove(self, work: Writing, author: Actor, post: Post) -> None:
        await copies.forget(work, author, post)

    async def document(self, work: Reading, post: Post) -> dict[str, Any]:
        author = await actors.one(work, post.author_id)
        return without_context(await service.document(work, post, author))


class PollKind(NoteKind):
    """Questions with answers to choose from."""

    name = "poll"
    types = QUESTIONS

    def claims(self, document: Mapping[str, Any]) -> bool:
        return super().claims(document) and Question.read(dict(document)) is not None

    async def receive(self, work: Writing, author: Actor, document: Mapping[str, Any]) -> Post | None:
        note = Note.read(dict(document))
        post = await copies.mirror(work, author, note, kind=self.name)
        # Without a newer `updated` only the counts are news; an older version that arrives late has none.
        is_old = post is not None and note.updated is not None and note.updated < (post.updated_at or note.updated)
        if post is not None and post.kind == self.name and note.question is not None and not is_old:
            await polls.mirror(work, post, note.question)
        return post


class ArticleKind(NoteKind):
    """Longer pieces with a title."""

    name = "article"
    types = ARTICLES


class EventKind(NoteKind):
    """Gatherings that others announce. The whole document is kept: it says more than a post can."""

    name = "event"
    types = EVENTS

    async def receive(self, work: Writing, author: Actor, document: Mapping[str, Any]) -> Post | None:
        note = Note.read(dict(document))
        if note.event is None or note.event.is_draft:
            return None
        return await copies.mirror(work, author, note, kind=self.name)


class OtherKind(NoteKind):
    """Whatever else somebody publishes: shown as far as it can be read, with a link to where it can be seen."""

    name = "other"

    def claims(self, document: Mapping[str, Any]) -> bool:
        found = set(types(dict(document)))
        if not found or not found.isdisjoint(ACTORS | ACTIVITIES - QUESTIONS | MODELS):
            return False
        try:
            note = Note.read(dict(document))
        except Malformed:
            return False
        return bool(note.content or note.name)
