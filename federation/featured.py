"""What somebody elsewhere keeps on top of their page, fetched when their page is looked at."""

import sqlalchemy as sa
import structlog

from federation import lookup, walking
from federation.client import budget
from federation.directory import Directory
from federation.errors import PeerGone, Refused, Unreachable
from node.actors import queries
from node.errors import NodeError
from node.pins import service as pins
from node.posts.model import Post
from node.work import Node
from schemas.values import Malformed, as_uri, same_origin

log = structlog.get_logger()


async def fetch(node: Node, remote: Directory, uri: str) -> None:
    """Fetch the first few and keep their list. Raises Unreachable when that may work later."""
    async with node.reading() as work:
        actor = await queries.by_uri(work, uri)
    if actor is None or actor.is_local or actor.gone_at is not None or actor.featured_uri is None:
        return
    if not same_origin(actor.featured_uri, actor.uri):
        return
    with budget():
        try:
            found = await walking.walk(remote, actor.featured_uri, actor.uri, pages=1, most=pins.MOST)
        except (Refused, PeerGone, Malformed) as error:
            log.info("no_featured", actor=uri, reason=str(error)[:200])
            return
        # What stands on top of a group was said by people from everywhere.
        is_theirs = actor.kind == "group"
        uris = [
            id
            for item in found.items[: pins.MOST]
            if (id := as_uri(item)) and (is_theirs or same_origin(id, actor.uri))
        ]
        async with node.reading() as work:
            known = set(await work.session.scalars(sa.select(Post.uri).where(Post.uri.in_(uris))))
        for id in uris:
            if id not in known:
                try:
                    await lookup.keep(node, remote, await remote.document(id), is_history=True)
                except (NodeError, Malformed, Unreachable) as error:
                    log.info("featured_not_kept", post=id, reason=str(error)[:200])
    async with node.writing() as work:
        owner = await queries.by_uri(work, uri)
        if owner is not None:
            await pins.replace(work, owner, uris)
