"""What a kind of content must offer so that every verb works on it."""

from collections.abc import Mapping
from typing import Any, Protocol

from node.actors.model import Actor
from node.posts.model import Post
from node.work import Reading, Writing


class ContentKind(Protocol):
    """A kind of content: notes, listings … Listed in node/catalogue.py; the conformance tests run over all of them."""

    @property
    def name(self) -> str:
        """The value of ``posts.kind``."""

    def claims(self, document: Mapping[str, Any]) -> bool:
        """True when a wire object is of this kind. The catalogue asks in order; exactly the first yes counts."""

    async def receive(self, work: Writing, author: Actor, document: Mapping[str, Any]) -> Post | None:
        """Create or revise the copy of a remote object that ``author`` is entitled to send.

        None when there is nothing to keep. Raises schemas.values.Malformed, node.errors.NodeError.
        """

    async def remove(self, work: Writing, author: Actor, post: Post) -> None:
        """Turn the copy into a tombstone. ``author`` was checked to own it."""

    async def document(self, work: Reading, post: Post) -> dict[str, Any]:
        """The finished ActivityStreams object of a post of ours, without @context."""
