"""Bringing in a post somebody asks for by its address, from any server that shows it to everybody."""

from datetime import timedelta

from federation.client import budget
from federation.directory import Directory
from federation.errors import BadSignature, PeerGone, Refused, Unreachable
from node import catalogue
from node.actors import queries
from node.errors import NodeError
from node.peers import service as peers
from node.work import Node
from schemas.note import Note
from schemas.values import Document, Malformed, author_of, required_id, same_origin

_NEWS = timedelta(days=1)
"""What is older than this when it is found is told to nobody."""


async def fetch_post(node: Node, directory: Directory, address: str) -> int | None:
    """The key of the copy; None when nothing there can be kept. Opens its own unit."""
    try:
        with budget():
            return await keep(node, directory, await directory.document(address))
    except (Malformed, PeerGone, Refused, Unreachable, BadSignature, NodeError):
        return None


async def keep(node: Node, directory: Directory, document: Document, *, is_history: bool | None = None) -> int | None:
    """The key of the copy of a public post whose document came from its own server; None when it cannot be kept.

    What is history is told to nobody; None leaves that to its age. Raises Malformed, Refused, Unreachable, PeerGone.
    """
    author_uri = author_of(document)
    note = Note.read(document)
    if not same_origin(required_id(document), author_uri) or not note.is_public:
        return None
    await directory.actor(author_uri)
    kind = catalogue.claiming(document)
    if kind is None:
        return None
    async with node.writing() as work:
        author = await queries.by_uri(work, author_uri)
        if author is None or author.suspended_at is not None or await peers.is_blocked(work, author.host):
            return None
        is_old = note.published is not None and work.now - note.published > _NEWS
        work.is_history = is_old if is_history is None else is_history
        post = await kind.receive(work, author, document)
        return post.id if post is not None else None
