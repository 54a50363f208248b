"""Recommendations as a kind of content: what Create, Update and Delete do to them, and how they are served."""

from collections.abc import Mapping
from typing import Any

from node.actors.model import Actor
from node.posts import copies as posts
from node.posts.model import Post
from node.testimonials import copies, service
from node.work import Reading, Writing
from schemas.contexts import without_context
from schemas.note import Note
from schemas.values import types
from schemas.vocabulary import NOTES


class TestimonialKind:
    """A Note that says it is one."""

    name = "testimonial"

    def claims(self, document: Mapping[str, Any]) -> bool:
        found = dict(document)
        return isinstance(found.get("commensal:recommendation"), str) and not NOTES.isdisjoint(types(found))

    async def receive(self, work: Writing, author: Actor, document: Mapping[str, Any]) -> Post | None:
        return await copies.mirror(work, author, Note.read(dict(document)))

    async def remove(self, work: Writing, author: Actor, post: Post) -> None:
        await posts.forget(work, author, post)

    async def document(self, work: Reading, post: Post) -> dict[str, Any]:
        author = await work.session.get_one(Actor, post.author_id)
        return without_context(await service.document(work, post, author))
