"""A new member: the person, their account, their page, and the association's word for them, all in one unit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from node.accounts import service as accounts
from node.accounts.model import Account
from node.actors import service as actors
from node.actors.keys import KeyPair
from node.actors.model import Actor
from node.associations import vouches
from node.errors import Invalid
from node.members import service
from node.members.model import HostCard, Member
from node.members.service import Entry
from node.webhooks import service as webhooks
from node.words import N_
from node.work import Writing


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What is known of somebody who becomes a member."""

    name: str
    email: str | None = None
    username: str = ""
    """Made from the name where empty."""
    password_hash: str | None = None
    role: str = "member"
    language: str = ""
    time_zone: str = ""
    number: str | None = None
    joined_at: datetime | None = None
    entries: Mapping[str, Entry] = field(default_factory=dict)
    is_claimed: bool = True
    """False for a page made by the office, which its person has yet to take over."""
    import_id: int | None = None


async def add_member(work: Writing, newcomer: Newcomer, keys: KeyPair, *, tell: bool = True) -> Account:
    """A member who is ready: findable, vouched for, able to log in with what was given. Raises Invalid."""
    name = " ".join(newcomer.name.split())[:200]
    if not name:
        raise Invalid({"name": N_("What should people call you?")})
    username = newcomer.username or await actors.free_username(work, name)
    actor = await actors.create_local(work, "person", username, name, keys)
    account = await accounts.create(
        work,
        actor,
        newcomer.email,
        newcomer.password_hash,
        newcomer.role,
        newcomer.language,
        newcomer.time_zone,
        claimed=newcomer.is_claimed,
    )
    await _make_member(work, actor, newcomer)
    await service.write(work, actor, entries=newcomer.entries)
    await vouches.vouch(work, actor, since=newcomer.joined_at, tell=tell)
    if newcomer.is_claimed:
        await webhooks.tell(work, "member.joined", handle=actor.handle, name=actor.name, url=actor.url)
    return account


async def _make_member(work: Writing, actor: Actor, newcomer: Newcomer) -> None:
    work.session.add(
        Member(
            actor_id=actor.id,
            number=newcomer.number or None,
            joined_at=newcomer.joined_at or work.now,
            import_id=newcomer.import_id,
        )
    )
    work.session.add(
        HostCard(
            actor_id=actor.id,
            languages=[newcomer.language or work.config.language],
            time_zone=newcomer.time_zone or work.config.time_zone,
            updated_at=work.now,
        )
    )
    await work.session.flush()
