"""Looking again at what a post from elsewhere stands on: how its question is answered, and what it quotes."""

import sqlalchemy as sa

from federation import lookup
from federation.client import budget
from federation.directory import Directory
from node.posts.model import Post
from node.work import Node, Reading


async def count(node: Node, remote: Directory, uri: str) -> None:
    """Ask the question's own server how it stands, and keep that. Raises Refused, Unreachable, PeerGone, Malformed."""
    async with node.reading() as work:
        if await _post(work, uri) is None:
            return
    with budget():
        await lookup.keep(node, remote, await remote.document(uri, fresh=True), is_history=True)


async def fetch_quoted(node: Node, remote: Directory, uri: str) -> None:
    """Fetch what the post ``uri`` quotes, when everybody may read that."""
    async with node.reading() as work:
        post = await _post(work, uri)
        if post is None or post.quoted_uri is None:
            return
        quoted_uri = post.quoted_uri
        quoted = await work.session.scalar(sa.select(Post.id).where(Post.uri == quoted_uri))
    if quoted is None:
        with budget():
            document = await remote.document(quoted_uri)
            quoted = await lookup.keep(node, remote, document, is_history=True)
    if quoted is not None:
        async with node.writing() as work:
            await work.session.execute(
                sa.update(Post).where(Post.uri == uri, Post.quoted_uri == quoted_uri).values(quoted_id=quoted)
            )


async def _post(work: Reading, uri: str) -> Post | None:
    return await work.session.scalar(sa.select(Post).where(Post.uri == uri, Post.deleted_at.is_(None)))
