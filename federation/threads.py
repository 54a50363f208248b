"""Fetching what is missing of a conversation: what a post answers, and what answers it. Never on a reader's time."""

import asyncio
from collections import deque

import sqlalchemy as sa
import structlog

from federation import lookup, walking
from federation.client import budget
from federation.directory import Directory
from federation.errors import PeerGone, Refused, Unreachable
from node.errors import NodeError
from node.posts import threads
from node.posts.model import Post
from node.work import Node
from schemas.values import Document, Malformed, as_uri, first, get, same_origin

log = structlog.get_logger()

ANCESTORS = 30
DEADLINE = 30.0
_FETCHES = 240  # documents, pages and authors of one conversation, whatever it is made of
_POSTS = 40  # whose replies are walked through


async def complete(node: Node, remote: Directory, uri: str, readers: list[int]) -> None:
    """Fetch what is missing around the post ``uri`` and let the open pages of these accounts know of more."""
    async with node.reading() as work:
        post = await work.session.scalar(sa.select(Post).where(Post.uri == uri))
    if post is None or post.is_local or post.deleted_at is not None:
        return
    walker = _Walker(node, remote)
    try:
        with budget(_FETCHES):
            async with asyncio.timeout(DEADLINE):
                await walker.climb(post)
                await walker.descend(post)
    except TimeoutError:
        log.info("thread_takes_long", post=uri)
    async with node.writing() as work:
        await threads.know(work, post.id, walker.total)
        if walker.kept:
            for account_id in readers[: threads.READERS]:
                work.tell(account_id, threads.topic(post.id))


class _Walker:
    """One walk through one conversation."""

    def __init__(self, node: Node, remote: Directory) -> None:
        self._node = node
        self._remote = remote
        self._left = walking.ITEMS
        self._pages = walking.PAGES
        self._seen: set[str] = set()
        self.kept = 0
        self.total: int | None = None
        """How many answers the post's own server says there are."""

    async def climb(self, post: Post) -> None:
        """What it answers, and what that answers."""
        above, parent_uri = post.parent_id, post.parent_uri
        for _ in range(ANCESTORS):
            if parent_uri is None or (above is None and not await self._bring(parent_uri)):
                return
            async with self._node.reading() as work:
                row = await work.session.scalar(sa.select(Post).where(Post.uri == parent_uri))
            if row is None:
                return
            above, parent_uri = row.parent_id, row.parent_uri

    async def descend(self, post: Post) -> None:
        """What answers it, what answers that, and whatever else its server counts as the same conversation."""
        posts = deque([post.uri])
        is_first = True
        for _ in range(_POSTS):
            if not posts or self._left <= 0:
                return
            uri = posts.popleft()
            if self._node.uris.is_ours(uri):
                continue
            try:
                document = await self._remote.document(uri, fresh=is_first)
                found = await self._collection(document, uri, "replies")
                if is_first:
                    self.total = found.total
                    is_first = False
                    addresses = [*walking.addresses(found), *await self._conversation(document, uri)]
                else:
                    addresses = walking.addresses(found)
            except (Refused, Unreachable, PeerGone, Malformed) as error:
                log.info("answers_not_had", post=uri, reason=str(error)[:200])
                is_first = False
                continue
            embedded = {as_uri(item): item for item in found.items if isinstance(item, dict)}
            for address in addresses[: max(self._left, 0)]:
                self._left -= 1
                if await self._bring(address, embedded.get(address), uri):
                    posts.append(address)

    async def _collection(self, document: Document, uri: str, key: str) -> walking.Found:
        found = await walking.walk(
            self._remote, first(document, key), uri, pages=max(self._pages, 1), most=max(self._left, 1)
        )
        self._pages -= 1
        return found

    async def _conversation(self, document: Document, uri: str) -> list[str]:
        """The posts of the collection that ``context`` is where servers follow FEP-7888."""
        address = get(document, "context")
        if not isinstance(address, str) or not same_origin(address, uri):
            return []
        try:
            return walking.addresses(await self._collection({"context": address}, uri, "context"))
        except (Refused, Unreachable, PeerGone, Malformed):
            return []

    async def _bring(self, uri: str, document: Document | None = None, page: str | None = None) -> bool:
        """True when a post is here now, whether it was before or not. One embedded in a page counts when it is from
        the page's own server."""
        if uri in self._seen or self._node.uris.is_ours(uri):
            return False
        self._seen.add(uri)
        async with self._node.reading() as work:
            if await work.session.scalar(sa.select(sa.exists().where(Post.uri == uri))):
                return True
        try:
            if document is None or "attributedTo" not in document or not same_origin(uri, page):
                document = await self._remote.document(uri)
            kept = await lookup.keep(self._node, self._remote, document) is not None
        except (Malformed, NodeError):
            return False
        self.kept += kept
        return kept
