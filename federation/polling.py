"""Looking into the outboxes of people on servers that lose what they cannot deliver at once, or could not deliver."""

import asyncio
from datetime import datetime, timedelta

import orjson
import sqlalchemy as sa
import structlog
from sqlalchemy.orm import aliased

from federation import walking
from federation.client import budget
from federation.directory import Directory
from federation.errors import PeerGone, Refused, Unreachable
from node.actors.model import Actor
from node.follows.model import Follow
from node.inbox import service as inbox
from node.inbox.service import Arrival
from node.peers.model import Peer
from node.posts.model import Post
from node.work import Node, Reading
from schemas.activities import Activity
from schemas.values import Document, Malformed, as_uri, moment, same_origin

log = structlog.get_logger()

FORGETFUL = ("gotosocial", "mobilizon", "flohmarkt", "gancio")
"""Programs that give up after minutes: what they say while we are down never comes by itself."""
EVERY = timedelta(hours=1)
AFTER_START = timedelta(minutes=5)
"""A worker that starts was down: whoever was not looked at for so long is looked at now."""
_AT_ONCE = 4
_BATCH = 20
_ITEMS = 20
_TAKEN = frozenset({"Create", "Announce"})
_OVERLAP = timedelta(days=1)
_DEADLINE = 60.0


class Poller:
    """Polls for one node. Begin counts from the making of it."""

    def __init__(self, node: Node, remote: Directory) -> None:
        self._node = node
        self._remote = remote
        self._started_at = node.clock()

    async def work_off(self) -> int:
        """Look into some of the outboxes that are due. Returns how many that were."""
        async with self._node.reading() as work:
            due = await self._due(work)
        if not due:
            return 0
        async with self._node.writing() as work:
            # Marked before they are asked, so that another worker asks others.
            await work.session.execute(
                sa.update(Actor).where(Actor.id.in_([actor.id for actor, _ in due])).values(polled_at=work.now)
            )
        places = asyncio.Semaphore(_AT_ONCE)

        async def look(actor: Actor, since: datetime) -> None:
            async with places:
                await self._look(actor, since)

        await asyncio.gather(*(look(actor, since) for actor, since in due))
        return len(due)

    async def _due(self, work: Reading) -> list[tuple[Actor, datetime]]:
        follower = aliased(Actor)
        # From those whom our people follow, for they are few beside all whom the node ever met.
        followed = (
            sa.select(
                Follow.followed_id,
                sa.func.min(Follow.answered_at, type_=Follow.answered_at.type).label("since"),
            )
            .join(follower, follower.id == Follow.follower_id)
            .where(Follow.state == "accepted", follower.is_local)
            .group_by(Follow.followed_id)
            .subquery()
        )
        last = sa.case((Actor.polled_at < self._started_at, work.now - AFTER_START), else_=work.now - EVERY)
        rows = await work.session.execute(
            sa.select(Actor, followed.c.since)
            .join(followed, followed.c.followed_id == Actor.id)
            .join(Peer, Peer.host == Actor.host)
            .where(
                Actor.is_local.is_(False),
                Actor.gone_at.is_(None),
                Actor.suspended_at.is_(None),
                Actor.outbox_uri.is_not(None),
                Peer.blocked_at.is_(None),
                sa.or_(Actor.polled_at.is_(None), Actor.polled_at <= last),
                sa.or_(
                    Peer.software.in_(FORGETFUL),
                    Actor.kind == "group",
                    sa.and_(
                        Peer.failed_at.is_not(None), Peer.failed_at > work.now - timedelta(days=7), Peer.failures == 0
                    ),
                ),
                followed.c.since.is_not(None),
            )
            .order_by(Actor.polled_at.nulls_first(), Actor.id)
            .limit(_BATCH)
        )
        return [
            (actor, max(since, actor.polled_at - _OVERLAP) if actor.polled_at is not None else since)
            for actor, since in rows
            if since is not None
        ]

    async def _look(self, actor: Actor, since: datetime) -> None:
        """What is new in the first page goes the way of everything that arrives, so that nothing happens twice."""
        try:
            with budget():
                async with asyncio.timeout(_DEADLINE):
                    found = await walking.walk(self._remote, actor.outbox_uri, actor.uri, pages=1, most=_ITEMS)
        except (Refused, Unreachable, PeerGone, Malformed, TimeoutError) as error:
            log.info("outbox_not_read", actor=actor.uri, reason=str(error)[:200])
            return
        arrivals = [arrival for item in found.items if (arrival := _arrival(actor, item, since)) is not None]
        if not arrivals:
            return
        async with self._node.writing() as work:
            uris = [uri for arrival, uri in arrivals if uri]
            known = set(await work.session.scalars(sa.select(Post.uri).where(Post.uri.in_(uris))))
            news = [arrival for arrival, uri in arrivals if uri not in known and arrival.uri not in known]
            if news:
                await inbox.store(work, news)


def _arrival(actor: Actor, item: Document | str, since: datetime) -> tuple[Arrival, str | None] | None:
    """An entry as if it had been delivered, and the id of the post that it is about."""
    if not isinstance(item, dict):
        return None
    try:
        activity = Activity.read(item)
        about = activity.embedded or {}
        at = activity.published or moment(about, "published")
        uri = as_uri(about) if activity.type == "Create" else None
    except Malformed:
        return None
    if activity.type not in _TAKEN or activity.actor != actor.uri or not same_origin(activity.id, actor.uri):
        return None
    if at is None or at < since:
        return None
    assert activity.id is not None
    body = orjson.dumps(item).decode()
    return Arrival(uri=activity.id, type=activity.type, actor_uri=actor.uri, host=actor.host, body=body), uri
