"""Notes as a kind of content: what Create, Update and Delete do to them, and how they are served."""

from collections.abc import Mapping
from typing import Any

from node.actors.model import Actor
from node.posts import copies, service
from node.posts.model import Post
from node.work import Reading, Writing
from schemas.contexts import without_context
from schemas.note import Note
from schemas.values import types
from schemas.vocabulary import READABLE


class NoteKind:
    """Posts, replies and messages; and everything else that can be read, as text with its title."""

    name = "note"

    def claims(self, document: Mapping[str, Any]) -> bool:
        return not READABLE.isdisjoint(types(dict(document)))

    async def receive(self, work: Writing, author: Actor, document: Mapping[str, Any]) -> Post | None:
        return await copies.mirror(work, author, Note.read(dict(document)))

    async def remove(self, work: Writing, author: Actor, post: Post) -> None:
        await copies.forget(work, author, post)

    async def document(self, work: Reading, post: Post) -> dict[str, Any]:
        author = await work.session.get_one(Actor, post.author_id)
        return without_context(await service.document(work, post, author))
