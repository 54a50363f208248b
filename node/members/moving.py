"""A member who comes from, or goes to, an account elsewhere: aliases, and the move with all followers."""

from dataclasses import dataclass

import sqlalchemy as sa

from node.actors.model import Actor
from node.errors import Invalid
from node.follows import moving
from node.members import publication
from node.outbox import service as outbox
from node.outbox import wire
from node.words import N_, Message
from node.work import Reading, Writing

ALIASES = 10


async def add_alias(work: Writing, actor: Actor, other: Actor) -> None:
    """``actor`` says that ``other`` is, or was, theirs too: then other servers let their followers come along."""
    if other.id == actor.id:
        raise Invalid({"address": N_("This is the account you are in.")})
    if other.uri in actor.also_known_as:
        return
    if len(actor.also_known_as) >= ALIASES:
        raise Invalid({"address": N_("That is a lot of accounts. Take one off the list first.")})
    actor.also_known_as = [*actor.also_known_as, other.uri]
    await publication.announce(work, actor)


async def drop_alias(work: Writing, actor: Actor, uri: str) -> None:
    """``actor`` no longer says so."""
    if uri in actor.also_known_as:
        actor.also_known_as = [alias for alias in actor.also_known_as if alias != uri]
        await publication.announce(work, actor)


async def move(work: Writing, actor: Actor, new: Actor) -> None:
    """Leave for ``new``, which was fetched just now. The old page stays and shows the way. Raises Invalid."""
    if new.id == actor.id:
        raise Invalid({"address": N_("This is the account you are in.")})
    if new.gone_at is not None or new.suspended_at is not None or new.kind == "application":
        raise Invalid({"address": N_("Nobody can move there.")})
    if actor.uri not in new.also_known_as:
        words = N_("%(handle)s does not say yet that it is yours. Name %(ours)s there first, then come back.")
        raise Invalid({"address": Message(words, {"handle": new.handle, "ours": actor.handle})})
    if moving.rests(work, actor):
        raise Invalid({"address": N_("You moved less than a week ago. Other networks would not follow yet.")})
    await moving.carry_over(work, actor, new)
    await publication.announce(work, actor)
    activity = wire.move(actor.uri, new.uri, actor.followers_uri or "")
    await outbox.publish(work, actor, activity, outbox.Audience(followers=True, actors=[new.id]))


async def stay(work: Writing, actor: Actor) -> None:
    """Take the sign at the old page down again. Who followed the new account goes on doing so."""
    if actor.moved_to is not None:
        actor.moved_to = None
        await publication.announce(work, actor)


@dataclass(frozen=True, slots=True)
class Alias:
    """Another account of a member; ``handle`` when we know it."""

    uri: str
    handle: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member comes from and whether they have left."""

    aliases: tuple[Alias, ...]
    moved_to: str | None
    moved_handle: str


async def standing(work: Reading, actor_id: int) -> Standing:
    """What the page about moving shows."""
    actor = await work.session.get_one(Actor, actor_id)
    wanted = [*actor.also_known_as, *([actor.moved_to] if actor.moved_to else [])]
    found = await work.session.scalars(sa.select(Actor).where(Actor.uri.in_(wanted)))
    handles = {other.uri: other.handle for other in found}
    return Standing(
        aliases=tuple(Alias(uri, handles.get(uri, "")) for uri in actor.also_known_as),
        moved_to=actor.moved_to,
        moved_handle=handles.get(actor.moved_to or "", ""),
    )
