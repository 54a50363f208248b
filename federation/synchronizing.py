"""Followers that two servers remember differently are brought into line (FEP-8fcf), as the one that is asked."""

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import aliased

from federation import walking
from federation.client import budget
from federation.directory import Directory
from federation.errors import PeerGone, Refused
from node.actors import queries
from node.actors.model import Actor
from node.follows import service as follows
from node.follows.model import Follow
from node.work import Node, Reading
from schemas.synchronization import Synchronization, digest
from schemas.values import Malformed, same_origin

log = structlog.get_logger()

KIND = "sync"
_FETCHES = 12
_UNDONE = 50
"""Undos sent for one comparison."""


def concerns(actor: Actor, said: Synchronization) -> bool:
    """True when this is about the actor's own followers, on its own server."""
    return (
        actor.followers_uri is not None and said.collection == actor.followers_uri and same_origin(said.url, actor.uri)
    )


async def compare(node: Node, remote: Directory, uri: str, url: str, digest_there: str) -> None:
    """Follows of ours that ``uri``'s server does not list end here; those that it lists in vain end there.

    Raises Unreachable when that may work later.
    """
    async with node.reading() as work:
        actor = await queries.by_uri(work, uri)
        if actor is None or actor.is_local or not same_origin(url, uri):
            return
        if digest(await _followers(work, actor)) == digest_there:
            return
    try:
        with budget(_FETCHES):
            found = await walking.walk(remote, url, actor.uri, most=5_000)
    except (Refused, PeerGone, Malformed) as error:
        log.info("followers_not_compared", actor=uri, reason=str(error)[:200])
        return
    listed = {address for address in walking.addresses(found) if node.uris.is_ours(address)}
    async with node.writing() as work:
        actor = await work.session.get_one(Actor, actor.id)
        here = set(await _followers(work, actor))
        if found.is_whole:
            for follower_uri in sorted(here - listed):
                follower = await queries.by_uri(work, follower_uri)
                if follower is not None:
                    await follows.receive_reject(work, actor, "", follower_uri)
        for follower_uri in sorted(listed - here)[:_UNDONE]:
            follower = await queries.by_uri(work, follower_uri)
            if follower is not None and follower.is_local:
                await follows.disown(work, follower, actor)


async def _followers(work: Reading, actor: Actor) -> list[str]:
    """Those of ours who follow somebody elsewhere."""
    follower = aliased(Actor)
    return list(
        await work.session.scalars(
            sa.select(follower.uri)
            .join(Follow, Follow.follower_id == follower.id)
            .where(Follow.followed_id == actor.id, Follow.state == "accepted", follower.is_local)
        )
    )
