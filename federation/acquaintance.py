"""Getting to know somebody from elsewhere: their server, who vouches for them, and what they offer. Once a day."""

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError

from federation import affiliations
from federation.client import budget
from federation.directory import Directory
from federation.lookup import fetch_post
from node.actors.model import Actor
from node.errors import NodeError
from node.posts.model import Post
from node.work import Node
from schemas.collections import Collection
from schemas.values import Malformed, as_uri, get, same_origin
from schemas.vocabulary import NETWORK

log = structlog.get_logger()

AGAIN_AFTER = timedelta(days=1)
OFFERS = 10
"""Offers and asks that are fetched when somebody is met; what comes later is delivered."""
_REMEMBERED = 5_000


class Acquaintance:
    """What one process of a node learns about people when it meets them."""

    def __init__(self, node: Node, directory: Directory) -> None:
        self._node = node
        self._directory = directory
        self._met: OrderedDict[str, datetime] = OrderedDict()

    def has_met(self, uri: str) -> bool:
        """True for whom we met today."""
        met_at = self._met.get(uri)
        return met_at is not None and self._node.clock() - met_at < AGAIN_AFTER

    async def meet(self, uri: str, *, seconds: float = 60.0) -> None:
        """Ask what there is to know of an actor whose document we have. Never raises: they may be asked another day."""
        if self.has_met(uri):
            return
        self._met[uri] = self._node.clock()
        while len(self._met) > _REMEMBERED:
            self._met.popitem(last=False)
        try:
            async with asyncio.timeout(seconds):
                actor = await self._directory.known(uri)
                if actor is None or actor.is_local or actor.gone_at is not None or actor.suspended_at is not None:
                    return
                with budget():
                    await self._directory.describe(actor.host)
                    await affiliations.refresh(self._node, self._directory, actor)
                if NETWORK in actor.capabilities:
                    await self._see_offers(actor)
        except IntegrityError:
            log.info("actor_met_elsewhere", actor=uri)  # another process met them at this very moment
        except (NodeError, Malformed, TimeoutError) as error:
            log.info("actor_not_met", actor=uri, reason=str(error)[:200])

    async def _see_offers(self, actor: Actor) -> None:
        address = as_uri(get(actor.document or {}, "commensal:offers"))
        if address is None or not same_origin(address, actor.uri):
            return
        with budget():
            collection = Collection.read(await self._directory.document(address))
            page = collection.first
            if isinstance(page, str) and same_origin(page, actor.uri):
                page = Collection.read(await self._directory.document(page))
        items = page.items if isinstance(page, Collection) else collection.items
        uris = [uri for item in items[:OFFERS] if (uri := as_uri(item)) and same_origin(uri, actor.uri)]
        async with self._node.reading() as work:
            known = set(await work.session.scalars(sa.select(Post.uri).where(Post.uri.in_(uris))))
        for uri in uris:
            if uri not in known:
                await fetch_post(self._node, self._directory, uri)
