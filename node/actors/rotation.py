"""New keys for an actor of ours, announced or at once, so that nothing on the way is lost (FEP-521a)."""

from datetime import timedelta

import sqlalchemy as sa

from node.actors.keys import KeyPair
from node.actors.model import Actor, ActorKey
from node.errors import Conflict, Forbidden
from node.words import N_
from node.work import Writing

HANDOVER = timedelta(minutes=2)
"""How long requests are still signed with the old key, so that the news of the new one is believed."""
PROOFS_LAST = timedelta(days=180)
"""How long proofs by the old key may still be checked."""
FAREWELLS_LAST = timedelta(days=40)
"""How long who left still has a key to say so with: deliveries that take something back are tried for a month."""
RETIRING = "#retiring-key"


async def rotate(work: Writing, actor: Actor, keys: KeyPair, *, is_blind: bool = False) -> None:
    """Give ``actor`` these keys. The caller announces the new document.

    Announced: the document shows the new key at once, and for a moment the old one still signs. Blind, when the old
    keys were lost or stolen: nothing of them stays; others fail once, fetch the new key and go on. Raises Forbidden,
    and Conflict while the last change is still being told.
    """
    if not actor.is_local or actor.gone_at is not None:
        raise Forbidden
    rows = await work.session.scalars(sa.select(ActorKey).where(ActorKey.actor_id == actor.id))
    known = {row.uri: row for row in rows}
    main = known[f"{actor.uri}#main-key"]
    new = f"{actor.uri}#ed25519-key-{work.now:%Y%m%d%H%M%S}"
    retiring = known.get(actor.uri + RETIRING)
    is_told = retiring is None or retiring.ended_at is None or retiring.ended_at <= work.now
    if new in known or not (is_told or is_blind):
        raise Conflict(N_("These keys were changed just now. In two minutes they can be changed again."))
    if retiring is not None:
        await work.session.delete(retiring)
        await work.session.flush()
    if not is_blind:
        work.session.add(
            ActorKey(
                uri=actor.uri + RETIRING,
                actor_id=actor.id,
                algorithm="rsa",
                public=main.public,
                private=main.private,
                created_at=main.created_at,
                checked_at=work.now,
                ended_at=work.now + HANDOVER,
            )
        )
    main.public, main.private = keys.rsa_public, work.safe.lock(keys.rsa_private)
    main.created_at = main.checked_at = work.now
    for row in known.values():
        if row.algorithm != "ed25519":
            continue
        if is_blind:
            await work.session.delete(row)
        elif row.ended_at is None:
            row.private, row.ended_at = None, work.now + PROOFS_LAST
    await work.session.flush()
    work.session.add(
        ActorKey(
            uri=new,
            actor_id=actor.id,
            algorithm="ed25519",
            public=keys.ed25519_public,
            private=work.safe.lock(keys.ed25519_private),
            created_at=work.now,
            checked_at=work.now,
        )
    )
    actor.updated_at = work.now
    await work.session.flush()


async def prune(work: Writing) -> None:
    """Housekeeping: keys of ours whose time is over, and those of who left and has been heard saying so."""
    ours = sa.select(Actor.id).where(Actor.is_local)
    left = ours.where(Actor.gone_at < work.now - FAREWELLS_LAST)
    await work.session.execute(
        sa.delete(ActorKey)
        .where(
            sa.or_(
                sa.and_(ActorKey.ended_at < work.now - HANDOVER, ActorKey.actor_id.in_(ours)),
                ActorKey.actor_id.in_(left),
            )
        )
        .execution_options(synchronize_session=False)
    )
