"""Bringing in a post somebody asks for by its address, from any server that shows it to everybody."""

from federation.client import budget
from federation.directory import Directory
from federation.errors import BadSignature, PeerGone, Refused, Unreachable
from node import catalogue
from node.actors import queries
from node.errors import NodeError
from node.peers import service as peers
from node.work import Node
from schemas.note import Note
from schemas.values import Malformed, required_id, same_origin


async def fetch_post(node: Node, directory: Directory, address: str) -> int | None:
    """The key of the copy; None when nothing there can be kept. Opens its own unit."""
    try:
        with budget():
            document = await directory.document(address)
            author_uri = required_id(document, "attributedTo")
            if not same_origin(required_id(document), author_uri) or not Note.read(document).is_public:
                return None
            await directory.actor(author_uri)
        kind = catalogue.claiming(document)
        if kind is None:
            return None
        async with node.writing() as work:
            author = await queries.by_uri(work, author_uri)
            if author is None or author.suspended_at is not None or await peers.is_blocked(work, author.host):
                return None
            post = await kind.receive(work, author, document)
            return post.id if post is not None else None
    except (Malformed, PeerGone, Refused, Unreachable, BadSignature, NodeError):
        return None
