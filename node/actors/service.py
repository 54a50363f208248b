"""Bringing local actors into the world, and the keys they sign with."""

from dataclasses import dataclass

import sqlalchemy as sa

from node.actors import usernames
from node.actors.keys import KeyPair
from node.actors.model import Actor, ActorKey
from node.errors import Invalid, NotFound
from node.ids import new_id
from node.uris import OFFICE
from node.words import N_
from node.work import Reading, Writing


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What is needed to speak as an actor. Private halves are PEM; keep them in memory only."""

    actor_uri: str
    rsa_id: str
    rsa_pem: str
    ed25519_id: str
    ed25519_pem: str


async def create_local(work: Writing, kind: str, username: str, name: str, keys: KeyPair) -> Actor:
    """A new actor of ours, below ``/ap/actors/``. Raises Invalid when the user name is taken or not possible.

    A user name is taken for ever, also by someone who has left: others remember whose address it was.
    """
    username = username if username == OFFICE else usernames.check(username)
    if await _is_taken(work, username):
        raise Invalid({"username": N_("Somebody has this name already.")})
    uri = work.uris.actor(username)
    actor = Actor(
        id=new_id(work.now),
        uri=uri,
        is_local=True,
        kind=kind,
        username=username,
        username_folded=username,
        host=work.uris.host,
        handle_host=work.uris.host,
        name=name,
        url=work.uris.profile(username),
        inbox_uri=f"{uri}/inbox",
        shared_inbox_uri=work.uris.shared_inbox,
        outbox_uri=f"{uri}/outbox",
        followers_uri=f"{uri}/followers",
        following_uri=f"{uri}/following",
        featured_uri=f"{uri}/featured",
        members_uri=f"{uri}/members" if username == OFFICE else None,
        affiliations_uri=f"{uri}/affiliations",
        created_at=work.now,
        updated_at=work.now,
    )
    await _add(work, actor, keys)
    return actor


async def create_instance(work: Writing, keys: KeyPair) -> Actor:
    """The actor of the node itself, which signs what nobody in particular asks for."""
    uri = work.uris.instance
    actor = Actor(
        id=new_id(work.now),
        uri=uri,
        is_local=True,
        kind="application",
        username=work.uris.host,
        username_folded=work.uris.host,
        host=work.uris.host,
        handle_host=work.uris.host,
        name=work.uris.host,
        url=work.uris.base + "/",
        inbox_uri=f"{uri}/inbox",
        shared_inbox_uri=work.uris.shared_inbox,
        outbox_uri=f"{uri}/outbox",
        approves_followers=True,
        is_discoverable=False,
        is_indexable=False,
        created_at=work.now,
        updated_at=work.now,
    )
    await _add(work, actor, keys)
    return actor


async def free_username(work: Reading, name: str, otherwise: str = "member") -> str:
    """A user name nobody has or had: the suggestion for ``name``, with a number where needed."""
    wanted = usernames.suggest(name, otherwise)
    stem = wanted[: usernames.LONGEST - 6]
    taken = set(
        await work.session.scalars(
            sa.select(Actor.username_folded).where(
                Actor.is_local, Actor.username_folded.startswith(stem, autoescape=True)
            )
        )
    )
    number = 1
    while wanted in taken:
        number += 1
        wanted = f"{stem}_{number}"
    return wanted


async def signing_key(work: Reading, actor_id: int) -> SigningKey:
    """Both private keys of an actor of ours. Raises NotFound, Misconfigured (the secret does not open them).

    While its keys change hands the old RSA key still signs, under the name that others know (node.actors.rotation).
    """
    rows = (
        await work.session.execute(
            sa.select(Actor.uri, ActorKey)
            .join(ActorKey, ActorKey.actor_id == Actor.id)
            .where(
                Actor.id == actor_id,
                Actor.is_local,
                ActorKey.private.is_not(None),
                sa.or_(ActorKey.ended_at.is_(None), ActorKey.ended_at > work.now),
            )
            .order_by(ActorKey.ended_at.nulls_first())
        )
    ).all()
    keys = {key.algorithm: key for _, key in rows}
    if not {"rsa", "ed25519"} <= keys.keys():
        raise NotFound
    rsa, ed25519 = keys["rsa"], keys["ed25519"]
    return SigningKey(
        actor_uri=rows[0][0],
        rsa_id=f"{rows[0][0]}#main-key",
        rsa_pem=work.safe.open(rsa.private or ""),
        ed25519_id=ed25519.uri,
        ed25519_pem=work.safe.open(ed25519.private or ""),
    )


async def _is_taken(work: Reading, username: str) -> bool:
    found = await work.session.scalar(sa.select(Actor.id).where(Actor.is_local, Actor.username_folded == username))
    return found is not None


async def _add(work: Writing, actor: Actor, keys: KeyPair) -> None:
    work.session.add(actor)
    await work.session.flush()
    halves = (
        ("rsa", "main-key", keys.rsa_public, keys.rsa_private),
        ("ed25519", "ed25519-key", keys.ed25519_public, keys.ed25519_private),
    )
    work.session.add_all(
        ActorKey(
            uri=f"{actor.uri}#{name}",
            actor_id=actor.id,
            algorithm=algorithm,
            public=public,
            private=work.safe.lock(private),
            created_at=work.now,
            checked_at=work.now,
        )
        for algorithm, name, public, private in halves
    )
    await work.session.flush()
