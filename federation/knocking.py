"""Looking whether hosts that went silent are back: a cheap question every few minutes, long before the next delivery.

The question is the list of a host's NodeInfo documents, which every server answers for everybody. Only a host that was
seen silent and then answers is tried again; one whose inbox alone fails keeps to the pauses of federation.delivery.
"""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa
import structlog

from federation.client import Client
from federation.errors import Busy
from node.peers import service as peers
from node.peers.model import Peer
from node.work import Node

log = structlog.get_logger()

EVERY = timedelta(minutes=4)
EVERY_LATE = timedelta(hours=6)
"""Once we gave a host up."""
_SOON = timedelta(minutes=2)  # a host that will be tried by then is not asked before
_AT_ONCE = 64


class Knocker:
    """Knocks for one node; several processes may each have one."""

    def __init__(self, node: Node, client: Client) -> None:
        self._node = node
        self._client = client

    async def work_off(self) -> int:
        """Knock where it is time; returns how many hosts were found to be back."""
        hosts = await self._due()
        scheme = urlsplit(self._node.config.url).scheme if self._node.config.allow_http else "https"
        answers = await asyncio.gather(*(self._knock(f"{scheme}://{host}/.well-known/nodeinfo") for host in hosts))
        silent = [host for host, is_there in zip(hosts, answers, strict=True) if is_there is False]
        present = [host for host, is_there in zip(hosts, answers, strict=True) if is_there]
        back: list[str] = []
        if hosts:
            async with self._node.writing() as work:
                await work.session.execute(
                    sa.update(Peer).where(Peer.host.in_(silent), Peer.failures > 0).values(silent_at=work.now)
                )
                there = sa.select(Peer.host).where(Peer.host.in_(present), Peer.silent_at.is_not(None))
                back.extend(await work.session.scalars(there))
                for host in back:
                    await peers.revive(work, host)
                    log.info("host_is_back", host=host)
        return len(back)

    async def _knock(self, url: str) -> bool | None:
        """Whether anybody answers; None when we had no time to listen."""
        try:
            return await self._client.is_there(url)
        except Busy:
            return None

    async def _due(self) -> list[str]:
        """Hosts in trouble that are not tried soon anyway; they count as asked from now on."""
        now = self._node.clock()
        is_given_up = Peer.failing_since <= now - peers.GIVEN_UP
        due = sa.and_(
            Peer.failing_since.is_not(None),
            Peer.blocked_at.is_(None),
            sa.or_(Peer.open_until > now + _SOON, sa.and_(Peer.due_at.is_(None), is_given_up)),
            sa.or_(
                Peer.knocked_at.is_(None),
                Peer.knocked_at <= now - EVERY_LATE,
                sa.and_(Peer.knocked_at <= now - EVERY, ~is_given_up),
            ),
        )
        async with self._node.reading() as work:
            found = list(await work.session.scalars(sa.select(Peer.host).where(due).limit(_AT_ONCE)))
        if not found:
            return []
        async with self._node.writing() as work:
            ours = await work.session.scalars(
                sa.update(Peer)
                .where(Peer.host.in_(found), due)
                .values(knocked_at=work.now)
                .returning(Peer.host)
                .execution_options(synchronize_session=False)
            )
            return list(ours)
