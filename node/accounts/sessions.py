"""Sessions: browsers that are logged in. The database keeps hashes of their tokens only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from node.accounts.model import Account, LoginSession, OneTimeKey
from node.actors.model import Actor
from node.errors import NotFound
from node.ids import new_id
from node.secrets import hash_token, new_token
from node.work import Reading, Writing

TOPIC = "session"
"""Told to an account when one of its sessions ends, so that open pages close their live lines."""
LASTS = timedelta(days=45)
"""Without being used."""
_NOTED_EVERY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person behind a session, as every request needs them."""

    session_id: int
    account_id: int
    actor_id: int
    username: str
    name: str
    handle: str
    role: str
    icon_url: str | None
    etiquette_version: int
    language: str
    time_zone: str
    is_stale: bool
    """True when the last use is worth noting: then call touch()."""


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session in its owner's list."""

    id: int
    device: str
    address: str
    created_at: datetime
    seen_at: datetime


async def start(work: Writing, account_id: int, device: str = "", address: str = "") -> str:
    """A new session; returns the token for the cookie, the only time it can be seen."""
    token = new_token()
    work.session.add(
        LoginSession(
            id=new_id(work.now),
            token_hash=hash_token(token),
            account_id=account_id,
            device=device[:300],
            address=address[:60],
            created_at=work.now,
            seen_at=work.now,
            expires_at=work.now + LASTS,
        )
    )
    await work.session.flush()
    return token


async def find(work: Reading, token: str) -> Visitor | None:
    """Whose browser this is; None when the token is unknown or over, or its owner may not come in."""
    if not token:
        return None
    row = (
        await work.session.execute(
            sa.select(LoginSession, Account, Actor)
            .join(Account, Account.id == LoginSession.account_id)
            .join(Actor, Actor.id == Account.actor_id)
            .where(
                LoginSession.token_hash == hash_token(token),
                LoginSession.expires_at > work.now,
                Account.suspended_at.is_(None),
                Actor.suspended_at.is_(None),
                Actor.gone_at.is_(None),
            )
        )
    ).one_or_none()
    if row is None:
        return None
    session, account, actor = row
    return Visitor(
        session_id=session.id,
        account_id=account.id,
        actor_id=actor.id,
        username=actor.username,
        name=actor.name,
        handle=actor.handle,
        role=account.role,
        icon_url=actor.icon_url,
        etiquette_version=account.etiquette_version,
        language=account.language,
        time_zone=account.time_zone,
        is_stale=work.now - session.seen_at > _NOTED_EVERY,
    )


async def touch(work: Writing, session_id: int, address: str | None = None) -> None:
    """The session was used just now and lives on."""
    values: dict[str, object] = {"seen_at": work.now, "expires_at": work.now + LASTS}
    if address:
        values["address"] = address[:60]
    await work.session.execute(sa.update(LoginSession).where(LoginSession.id == session_id).values(**values))


async def listed(work: Reading, account_id: int) -> Sequence[SessionLine]:
    """The sessions of an account, the last used first."""
    rows = await work.session.scalars(
        sa.select(LoginSession)
        .where(LoginSession.account_id == account_id, LoginSession.expires_at > work.now)
        .order_by(LoginSession.seen_at.desc())
    )
    return [SessionLine(row.id, row.device, row.address, row.created_at, row.seen_at) for row in rows]


async def end(work: Writing, account_id: int, session_id: int) -> None:
    """End one session of an account. Raises NotFound when it is not theirs."""
    ended = await work.session.scalar(
        sa.delete(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.account_id == account_id)
        .returning(LoginSession.id)
    )
    if ended is None:
        raise NotFound
    work.tell(account_id, TOPIC)


async def end_token(work: Writing, token: str) -> None:
    """Log out: the session with this token is over."""
    account_id = await work.session.scalar(
        sa.delete(LoginSession).where(LoginSession.token_hash == hash_token(token)).returning(LoginSession.account_id)
    )
    if account_id is not None:
        work.tell(account_id, TOPIC)


async def end_others(work: Writing, account_id: int, keep_session_id: int | None = None) -> int:
    """End all sessions of an account but one; returns how many."""
    ended = await work.session.scalars(
        sa.delete(LoginSession)
        .where(LoginSession.account_id == account_id, LoginSession.id != (keep_session_id or 0))
        .returning(LoginSession.id)
    )
    work.tell(account_id, TOPIC)
    return len(ended.all())


async def prune(work: Writing) -> None:
    """Forget sessions that ran out and links nobody used in time."""
    await work.session.execute(sa.delete(LoginSession).where(LoginSession.expires_at < work.now))
    await work.session.execute(sa.delete(OneTimeKey).where(OneTimeKey.expires_at < work.now - timedelta(days=1)))
