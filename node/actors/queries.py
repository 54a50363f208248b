"""Finding actors and their public keys."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from node.actors.model import Actor, ActorKey
from node.asking import NOW, Question, all_of, among, copies, copy_of, given
from node.db import some
from node.errors import NotFound
from node.work import Reading

_BY_URI = sa.select(Actor).where(Actor.uri == sa.bindparam("uri"))  # asked all the time, so made once


async def required(work: Reading, actor_id: int) -> Actor:
    """The actor with this key. Raises NotFound."""
    found = await by_id(work, actor_id)
    if found is None:
        raise NotFound
    return found


async def by_id(work: Reading, id: int) -> Actor | None:
    return await work.session.get(Actor, id)


async def by_uri(work: Reading, uri: str) -> Actor | None:
    """The actor with this ActivityPub id, ours or a copy."""
    return await work.session.scalar(_BY_URI, {"uri": uri})


async def by_uris(work: Reading, uris: Sequence[str]) -> Sequence[Actor]:
    """Those of these actors that we know."""
    return (await work.session.scalars(sa.select(Actor).where(Actor.uri.in_(some(uris))))).all()


Copy = copy_of(Actor)
_COPY: Question[Any] = Question(Copy, all_of(Actor).where(Actor.uri == given("uri", sa.String)))
_COPIES: Question[Any] = Question(Copy, all_of(Actor).where(among(Actor.uri, "uris")))


async def copy(work: Reading, uri: str) -> Actor | None:
    """As by_uri(), to be looked at only: it belongs to no session."""
    found: Actor | None = await _COPY.first(work, uri=uri)
    return found


async def copies_of(work: Reading, uris: Collection[str]) -> list[Any]:
    """Those of these actors whom we have, as copy()."""
    return await _COPIES.ask(work, uris=uris)


async def local(work: Reading, username: str) -> Actor | None:
    """An actor of ours by user name, also one that is gone or suspended: the caller says what that means."""
    return await work.session.scalar(
        sa.select(Actor).where(Actor.is_local, Actor.username_folded == username.strip().lower())
    )


_ONE = copies(Actor, Actor.id == given("actor"))


async def one(work: Reading, id: int) -> Actor:
    """An actor that is there, to be looked at only: it belongs to no session."""
    known: dict[int, Actor] = work.shelf("whole actors", "actors")
    found: Actor | None = known.get(id) or await _ONE.first(work, actor=id)
    if found is None:
        raise NotFound
    known[id] = found
    return found


_LOCAL = copies(Actor, Actor.is_local, Actor.username_folded == given("name", sa.String))
_OF_OTHERS = copies(
    Actor,
    Actor.username_folded == given("name", sa.String),
    Actor.handle_host == given("host", sa.String),
    Actor.is_local.is_(False),
    Actor.gone_at.is_(None),
    order=[Actor.id.desc()],
)


async def seen(work: Reading, username: str, host: str) -> Actor | None:
    """As by_handle(), to be looked at only: it belongs to no session."""
    if host.lower() == work.uris.host:
        name = username.strip().lower()
        known: dict[str, Actor] = work.shelf("our actors", "actors")
        found: Actor | None = known.get(name) or await _LOCAL.first(work, name=name)
        if found is not None:
            known[name] = found
    else:
        found = await _OF_OTHERS.first(work, name=username.strip().casefold(), host=host.lower())
    return found


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


_KEYS = copies(
    ActorKey,
    ActorKey.actor_id == given("actor"),
    sa.or_(ActorKey.ended_at.is_(None), sa.and_(ActorKey.algorithm == "ed25519", ActorKey.ended_at > NOW)),
    order=[ActorKey.algorithm.desc(), ActorKey.created_at.desc()],
)


async def public_keys(work: Reading, actor_id: int) -> Sequence[ActorKey]:
    """The keys an actor signs with now, RSA first; then those by which its older proofs are checked."""
    found: Sequence[ActorKey] = await _KEYS.ask(work, actor=actor_id, now=work.now)
    return found
