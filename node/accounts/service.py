"""Accounts: made, changed, suspended."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node import zones
from node.accounts import passwords, sessions
from node.accounts.model import AccessToken, Account
from node.accounts.tokens import TOPIC as TOKENS_TOPIC
from node.actors.model import Actor
from node.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from node.ids import new_id
from node.mail import addresses
from node.words import N_
from node.work import Node, Reading, Writing

ROLES = ("member", "officer", "admin")
HABITS = ("public", "quiet", "followers")
"""How wide the posts of a member may go unasked."""


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as its owner's settings and the officers see it. Never the password."""

    id: int
    actor_id: int
    email: str | None
    role: str
    language: str
    time_zone: str
    has_password: bool
    created_at: datetime
    claimed_at: datetime | None
    suspended_at: datetime | None
    etiquette_at: datetime | None
    posts_to: str
    posts_are_sensitive: bool
    posts_in: str
    """The language a post is in where nothing else is said."""


async def create(
    work: Writing,
    actor: Actor,
    email: str | None,
    password_hash: str | None = None,
    role: str = "member",
    language: str = "",
    time_zone: str = "",
    *,
    claimed: bool = True,
) -> Account:
    """The private side of a person of ours. Raises Invalid when the mail address is somebody else's."""
    email = addresses.read(email) if email else None
    if email and await by_email(work, email) is not None:
        raise Invalid({"email": N_("Somebody here uses this mail address already.")})
    _check_role(role)
    account = Account(
        id=new_id(work.now),
        actor_id=actor.id,
        email=email,
        email_folded=addresses.fold(email) if email else None,
        password=password_hash,
        role=role,
        language=language or work.config.language,
        time_zone=time_zone or work.config.time_zone,
        created_at=work.now,
        claimed_at=work.now if claimed else None,
    )
    work.session.add(account)
    await work.session.flush()
    return account


async def by_email(work: Reading, email: str) -> Account | None:
    return await work.session.scalar(sa.select(Account).where(Account.email_folded == addresses.fold(email.strip())))


async def by_actor(work: Reading, actor_id: int) -> Account | None:
    return await work.session.scalar(sa.select(Account).where(Account.actor_id == actor_id))


async def by_username(work: Reading, username: str) -> Account | None:
    """The account behind ``alice`` or ``@alice``."""
    return await work.session.scalar(
        sa.select(Account)
        .join(Actor, Actor.id == Account.actor_id)
        .where(Actor.is_local, Actor.username_folded == username.strip().lower().removeprefix("@"))
    )


async def view(work: Reading, account_id: int) -> AccountView:
    """Raises NotFound."""
    account = await _get(work, account_id)
    return AccountView(
        id=account.id,
        actor_id=account.actor_id,
        email=account.email,
        role=account.role,
        language=account.language,
        time_zone=account.time_zone,
        has_password=account.password is not None,
        created_at=account.created_at,
        claimed_at=account.claimed_at,
        suspended_at=account.suspended_at,
        etiquette_at=account.etiquette_at,
        posts_to=account.posts_to,
        posts_are_sensitive=account.posts_are_sensitive,
        posts_in=account.posts_in or account.language,
    )


async def revise(
    work: Writing,
    account_id: int,
    *,
    language: str | None = None,
    time_zone: str | None = None,
    email: str | None = None,
    posts_to: str | None = None,
    posts_are_sensitive: bool | None = None,
    posts_in: str | None = None,
) -> None:
    """Change an account's own settings. Raises Invalid."""
    account = await _get(work, account_id)
    if posts_to is not None:
        if posts_to not in HABITS:
            raise Invalid({"posts_to": N_("Please choose one of these.")})
        account.posts_to = posts_to
    if posts_are_sensitive is not None:
        account.posts_are_sensitive = posts_are_sensitive
    if posts_in is not None:
        account.posts_in = posts_in[:20]
    if email is not None:
        email = addresses.read(email)
        other = await by_email(work, email)
        if other is not None and other.id != account_id:
            raise Invalid({"email": N_("Somebody here uses this mail address already.")})
        account.email, account.email_folded = email, addresses.fold(email)
    if time_zone is not None:
        if time_zone not in zones.names():
            raise Invalid({"time_zone": N_("Choose a time zone from the list.")})
        account.time_zone = time_zone
    if language is not None:
        account.language = language[:20]


async def accept_etiquette(work: Writing, account_id: int, version: int) -> None:
    """The member was shown the etiquette in this version and said yes."""
    account = await _get(work, account_id)
    if version > account.etiquette_version:
        account.etiquette_version, account.etiquette_at = version, work.now


async def change_password(node: Node, account_id: int, old: str, new: str, keep_session_id: int | None = None) -> None:
    """Set a new password; every other session ends. Opens its own units. Raises Unauthenticated, Invalid."""
    async with node.reading() as work:
        account = await _get(work, account_id)
        stored, email = account.password, account.email or ""
    if stored is not None and not await passwords.matches(stored, old):
        raise Unauthenticated(N_("This is not your present password."))
    passwords.check(new, email, field="new_password")
    hashed = await passwords.hash_password(new)
    async with node.writing() as work:
        account = await _get(work, account_id)
        if account.password != stored:
            raise Conflict
        await set_password(work, account, hashed, keep_session_id)


async def set_password(work: Writing, account: Account, hashed: str, keep_session_id: int | None = None) -> None:
    """Replace the password and end all sessions but one."""
    account.password = hashed
    account.claimed_at = account.claimed_at or work.now
    await work.session.flush()
    await sessions.end_others(work, account.id, keep_session_id)


async def set_role(work: Writing, by_account_id: int, account_id: int, role: str) -> None:
    """Only an admin gives roles, and the last admin stays one. Raises Forbidden, Conflict."""
    _check_role(role)
    by, account = await _get(work, by_account_id), await _get(work, account_id)
    if by.role != "admin":
        raise Forbidden(N_("Only an administrator can change roles."))
    if account.role == "admin" and role != "admin":
        await _keep_one_admin(work, account.id)
    account.role = role


async def suspend(work: Writing, account_id: int) -> None:
    """Nobody comes in by this account until it is lifted; sessions and tokens end. Raises Conflict (last admin)."""
    account = await _get(work, account_id)
    await require_another_admin(work, account)
    account.suspended_at = account.suspended_at or work.now
    await work.session.flush()
    await sessions.end_others(work, account_id)
    await work.session.execute(
        sa.update(AccessToken)
        .where(AccessToken.account_id == account_id, AccessToken.revoked_at.is_(None))
        .values(revoked_at=work.now)
    )
    work.tell(account_id, TOKENS_TOPIC)


async def unsuspend(work: Writing, account_id: int) -> None:
    account = await _get(work, account_id)
    account.suspended_at = None


async def officers(work: Reading) -> list[Account]:
    """Everyone who works in the office."""
    found = await work.session.scalars(
        sa.select(Account).where(Account.role.in_(("officer", "admin")), Account.suspended_at.is_(None))
    )
    return list(found)


async def is_last_admin(work: Reading, account_id: int) -> bool:
    """True for an administrator beside whom there is no other."""
    rows = await work.session.scalars(
        sa.select(Account.id).where(Account.role == "admin", Account.suspended_at.is_(None))
    )
    return list(rows) == [account_id]


async def require_another_admin(work: Writing, account: Account) -> None:
    """Raises Conflict when nobody but this account could look after the house."""
    if account.role == "admin":
        await _keep_one_admin(work, account.id)


async def _keep_one_admin(work: Writing, account_id: int) -> None:
    # Locked, so that two admins cannot step down past each other.
    others = await work.session.scalars(
        sa.select(Account.id)
        .where(Account.role == "admin", Account.suspended_at.is_(None))
        .order_by(Account.id)
        .with_for_update()
    )
    if not [id for id in others if id != account_id]:
        raise Conflict(N_("Somebody has to keep the keys: make another member an administrator first."))


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise Invalid({"role": N_("Choose one of these.")})


async def _get(work: Reading, account_id: int) -> Account:
    account = await work.session.get(Account, account_id)
    if account is None:
        raise NotFound
    return account
