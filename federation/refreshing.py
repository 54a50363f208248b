"""Looking again at what a post from elsewhere stands on: how its question is answered, and what it quotes."""

import sqlalchemy as sa

from federation import lookup
from federation.client import budget
from federation.directory import Directory
from federation.errors import PeerGone, Refused
from node.actors.model import Actor
from node.posts import quoting
from node.posts.model import Post
from node.work import Node, Reading
from schemas.quoting import QuoteAuthorization
from schemas.values import Malformed


async def count(node: Node, remote: Directory, uri: str) -> None:
    """Ask the question's own server how it stands, and keep that. Raises Refused, Unreachable, PeerGone, Malformed."""
    async with node.reading() as work:
        if await _post(work, uri) is None:
            return
    with budget():
        await lookup.keep(node, remote, await remote.document(uri, fresh=True), is_history=True)


async def fetch_quoted(node: Node, remote: Directory, uri: str) -> None:
    """Fetch what the post ``uri`` quotes, when everybody may read that, and see whether its author agreed."""
    async with node.reading() as work:
        post = await _post(work, uri)
        if post is None or post.quoted_uri is None:
            return
        quoted_uri = post.quoted_uri
        known = await work.session.scalar(sa.select(Post).where(Post.uri == quoted_uri))
        if known is not None and known.boost_of_id is not None:
            return  # whoever passed something on has no say in whether it may be quoted
        quoted = known.id if known is not None else None
    with budget():
        if quoted is None:
            document = await remote.document(quoted_uri)
            quoted = await lookup.keep(node, remote, document, is_history=True)
        if quoted is None:
            return
        async with node.writing() as work:
            await work.session.execute(
                sa.update(Post).where(Post.uri == uri, Post.quoted_uri == quoted_uri).values(quoted_id=quoted)
            )
        await _settle(node, remote, uri, quoted)


async def _settle(node: Node, remote: Directory, uri: str, quoted_id: int) -> None:
    """Look where the yes to a quote should stand. Raises Unreachable to be called again later."""
    async with node.reading() as work:
        row = await quoting.of(work, uri)
        quoted = await work.session.get_one(Post, quoted_id)
        author_uri = (await work.session.get_one(Actor, quoted.author_id)).uri
    if row is None or row.state != quoting.ASKED:
        return
    is_stamped = row.stamp_uri is not None and await _agrees(remote, row.stamp_uri, author_uri, uri, quoted.uri)
    async with node.writing() as work:
        await quoting.settle(work, uri, await work.session.get_one(Post, quoted_id), is_stamped=is_stamped)


async def _agrees(remote: Directory, stamp_uri: str, author_uri: str, quoting_uri: str, quoted_uri: str) -> bool:
    try:
        found = QuoteAuthorization.read(await remote.document(stamp_uri, fresh=True))
    except (Refused, PeerGone, Malformed):
        return False
    return found == QuoteAuthorization(stamp_uri, author_uri, quoting_uri, quoted_uri)


async def _post(work: Reading, uri: str) -> Post | None:
    return await work.session.scalar(sa.select(Post).where(Post.uri == uri, Post.deleted_at.is_(None)))
