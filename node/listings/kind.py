"""Listings as a kind of content: what Create, Update and Delete do to offers and asks, and how they are served."""

from collections.abc import Mapping
from typing import Any

from node.actors import queries as actors
from node.actors.model import Actor
from node.listings import copies, service
from node.posts.model import Post
from node.work import Reading, Writing
from schemas.contexts import without_context
from schemas.note import Note
from schemas.proposal import Proposal


class ListingKind:
    """Whatever carries a proposal that can be read without fetching more."""

    name = "listing"

    def claims(self, document: Mapping[str, Any]) -> bool:
        return Proposal.find(dict(document)) is not None

    async def receive(self, work: Writing, author: Actor, document: Mapping[str, Any]) -> Post | None:
        return await copies.mirror(work, author, Note.read(dict(document)))

    async def remove(self, work: Writing, author: Actor, post: Post) -> None:
        await copies.forget(work, author, post)

    async def document(self, work: Reading, post: Post) -> dict[str, Any]:
        author = await actors.one(work, post.author_id)
        return without_context(await service.document(work, post, author))
