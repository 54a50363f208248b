"""Who of each host follows whom of ours, as one number for each host (FEP-8fcf), at hand for deliveries."""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node.actors.model import Actor
from node.follows.model import Follow
from node.work import Reading
from schemas.synchronization import Synchronization, digest

_REMEMBERED = 200  # of our actors

_State = tuple[int, datetime | None]
"""How many follow, and since when the last of them does: changes with every follower who comes or goes."""


@dataclass(frozen=True, slots=True)
class _Known:
    state: _State
    uri: str
    by_host: dict[str, str]


class Digests:
    """The digests of one node's actors. A look costs one question for all authors in hand, however many hosts."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, _Known] = OrderedDict()

    async def look(self, work: Reading, actors: Collection[int]) -> None:
        """Bring what is known of these actors of ours up to date."""
        if not actors:
            return
        rows = await work.session.execute(
            sa.select(Follow.followed_id, sa.func.count(), sa.func.max(Follow.answered_at))
            .where(Follow.followed_id.in_(list(actors)), Follow.state == "accepted")
            .group_by(Follow.followed_id)
        )
        states: dict[int, _State] = {row[0]: (row[1], row[2]) for row in rows}
        for actor_id in actors:
            state = states.get(actor_id, (0, None))
            known = self._known.get(actor_id)
            if known is None or known.state != state:
                await self._read(work, actor_id, state)
            else:
                self._known.move_to_end(actor_id)

    async def _read(self, work: Reading, actor_id: int, state: _State) -> None:
        uri = await work.session.scalar(sa.select(Actor.uri).where(Actor.id == actor_id))
        if uri is None:
            return
        rows = await work.session.execute(
            sa.select(Actor.host, Actor.uri)
            .join(Follow, Follow.follower_id == Actor.id)
            .where(Follow.followed_id == actor_id, Follow.state == "accepted", Actor.is_local.is_(False))
        )
        followers: dict[str, list[str]] = {}
        for host, follower in rows:
            followers.setdefault(host, []).append(follower)
        self._known[actor_id] = _Known(state, uri, {host: digest(uris) for host, uris in followers.items()})
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def of(self, actor_id: int, host: str) -> Synchronization | None:
        """What to say to this host of those who follow this actor from there; None for one we did not look at."""
        known = self._known.get(actor_id)
        if known is None:
            return None
        return Synchronization(
            f"{known.uri}/followers", f"{known.uri}/followers_synchronization", known.by_host.get(host) or digest(())
        )
