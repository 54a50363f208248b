"""Finding actors and their public keys."""

from collections.abc import Sequence

import sqlalchemy as sa

from node.actors.model import Actor, ActorKey
from node.work import Reading

_BY_URI = sa.select(Actor).where(Actor.uri == sa.bindparam("uri"))  # asked all the time, so made once


async def by_id(work: Reading, id: int) -> Actor | None:
    return await work.session.get(Actor, id)


async def by_uri(work: Reading, uri: str) -> Actor | None:
    """The actor with this ActivityPub id, ours or a copy."""
    return await work.session.scalar(_BY_URI, {"uri": uri})


async def local(work: Reading, username: str) -> Actor | None:
    """An actor of ours by user name, also one that is gone or suspended: the caller says what that means."""
    return await work.session.scalar(
        sa.select(Actor).where(Actor.is_local, Actor.username_folded == username.strip().lower())
    )


async def by_handle(work: Reading, username: str, host: str) -> Actor | None:
    """The actor shown as ``@username@host``."""
    if host.lower() == work.uris.host:
        return await local(work, username)
    return await work.session.scalar(
        sa.select(Actor)
        .where(
            Actor.username_folded == username.strip().casefold(),
            Actor.handle_host == host.lower(),
            Actor.is_local.is_(False),
            Actor.gone_at.is_(None),
        )
        .order_by(Actor.id.desc())
        .limit(1)
    )


async def public_keys(work: Reading, actor_id: int) -> Sequence[ActorKey]:
    """The keys an actor signs with now, RSA first; then those by which its older proofs are checked."""
    is_for_proofs = sa.and_(ActorKey.algorithm == "ed25519", ActorKey.ended_at > work.now)
    found = await work.session.scalars(
        sa.select(ActorKey)
        .where(ActorKey.actor_id == actor_id, sa.or_(ActorKey.ended_at.is_(None), is_for_proofs))
        .order_by(ActorKey.algorithm.desc(), ActorKey.created_at.desc())
    )
    return found.all()
