"""Access tokens: what an app or script presents instead of a password."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from node.accounts.model import AccessToken, Account, App
from node.actors.model import Actor
from node.asking import Question, given
from node.errors import NotFound
from node.ids import new_id
from node.secrets import hash_token, new_token
from node.work import Node, Reading, Writing

RENEWED_EVERY = timedelta(hours=2)
"""How long a token works that comes with a refresh token."""
TWINS = timedelta(seconds=10)
"""How long after a renewal the spent refresh token may come again: two parts of one app that renew at once."""
TOPIC = "tokens"
"""Told to an account when one of its tokens ends, so that open streams look whether they still may be there."""
_NOTED_EVERY = timedelta(hours=1)
"""How exactly the last use is kept: a write for every request would cost more than the request."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who stands behind a token. ``account_id`` and ``actor_id`` are 0 for an app that acts for nobody."""

    token_id: int
    account_id: int
    actor_id: int
    scopes: tuple[str, ...]
    app_id: int | None
    app_name: str
    language: str
    time_zone: str
    role: str
    is_stale: bool
    """True when the last use is worth noting: then call touch()."""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TokenLine:
    """One token in its owner's list."""

    id: int
    app_id: int | None
    app_name: str
    website: str
    scopes: tuple[str, ...]
    created_at: datetime
    used_at: datetime | None


async def make(
    work: Writing, account_id: int | None, app_name: str, scopes: Sequence[str], app_id: int | None = None
) -> str:
    """A new token; this is the only time it can be seen."""
    return (await make_row(work, account_id, app_name, scopes, app_id))[0]


async def make_row(
    work: Writing, account_id: int | None, app_name: str, scopes: Sequence[str], app_id: int | None = None
) -> tuple[str, int]:
    """A new token and its key."""
    token = new_token()
    row = AccessToken(
        id=new_id(work.now),
        token_hash=hash_token(token),
        account_id=account_id,
        app_id=app_id,
        app_name=app_name[:200],
        scopes=list(scopes),
        created_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    return token, row.id


class _Held(NamedTuple):
    id: int
    account_id: int | None
    scopes: list[str]
    app_id: int | None
    app_name: str
    used_at: datetime | None
    expires_at: datetime | None
    owner_id: int | None
    actor_id: int | None
    language: str | None
    time_zone: str | None
    role: str | None
    suspended_at: datetime | None
    gone_at: datetime | None
    actor_suspended_at: datetime | None


_HELD = Question(
    _Held,
    sa.select(
        AccessToken.id, AccessToken.account_id, AccessToken.scopes, AccessToken.app_id, AccessToken.app_name,
        AccessToken.used_at, AccessToken.expires_at, Account.id, Account.actor_id, Account.language,
        Account.time_zone, Account.role, Account.suspended_at, Actor.gone_at, Actor.suspended_at,
    )
    .join(Account, Account.id == AccessToken.account_id, isouter=True)
    .join(Actor, Actor.id == Account.actor_id, isouter=True)
    .where(AccessToken.token_hash == given("token_hash", sa.String), AccessToken.revoked_at.is_(None)),
)  # fmt: skip


async def find(work: Reading, token: str) -> Bearer | None:
    """Who presents this token; None when it is unknown or ended, or its owner may not come in."""
    held = await _HELD.first(work, token_hash=hash_token(token))
    if held is None or (held.expires_at is not None and held.expires_at <= work.now):
        return None
    if held.account_id is not None and (
        held.owner_id is None or held.suspended_at or held.gone_at or held.actor_suspended_at
    ):
        return None
    return Bearer(
        token_id=held.id,
        account_id=held.owner_id or 0,
        actor_id=held.actor_id or 0,
        scopes=tuple(held.scopes),
        app_id=held.app_id,
        app_name=held.app_name,
        language=held.language or "",
        time_zone=held.time_zone or "UTC",
        role=held.role or "",
        is_stale=held.used_at is None or work.now - held.used_at > _NOTED_EVERY,
        expires_at=held.expires_at,
    )


async def bearer(node: Node, token: str) -> Bearer | None:
    """As find(), from memory while no token, account or actor was changed."""

    async def ask(work: Reading) -> Bearer | None:
        return await find(work, token)

    found = await node.recall(("token", hash_token(token)), ("access_tokens", "accounts", "actors"), ask)
    if found is None or (found.expires_at is not None and found.expires_at <= node.clock()):
        return None
    return found


def _lasts(work: Reading) -> sa.ColumnElement[bool]:
    return sa.or_(AccessToken.expires_at.is_(None), AccessToken.expires_at > work.now)


async def with_refresh(work: Writing, row: AccessToken) -> str:
    """Let a token run out soon, and give what it can be renewed with (RFC 6749 part 1.5)."""
    refresh = new_token()
    row.expires_at, row.refresh_hash = work.now + RENEWED_EVERY, hash_token(refresh)
    await work.session.flush()
    return refresh


async def renew(work: Writing, app_id: int, refresh: str) -> tuple[str, str, AccessToken] | None:
    """A new token and a new refresh token for the old one, which works no more; None where it is not this app's.

    An old one that comes again was stolen, from the app or by it: the token ends for both (RFC 9700 part 4.14.2).
    """
    hashed = hash_token(refresh)
    live = sa.select(AccessToken).where(AccessToken.app_id == app_id, AccessToken.revoked_at.is_(None))
    row = await work.session.scalar(live.where(AccessToken.refresh_hash == hashed).with_for_update())
    if row is None:
        spent = await work.session.scalar(
            live.where(AccessToken.spent_hash == hashed, AccessToken.spent_hash.is_not(None))
        )
        if spent is not None and spent.expires_at is not None and spent.expires_at - RENEWED_EVERY + TWINS < work.now:
            await end(work, spent)
        return None
    token = new_token()
    row.token_hash, row.spent_hash = hash_token(token), hashed
    return token, await with_refresh(work, row), row


async def stands(work: Reading, token_id: int) -> bool:
    """Whether a token that was good when it came still is."""
    found = await work.session.scalar(
        sa.select(AccessToken.id)
        .join(Account, Account.id == AccessToken.account_id)
        .join(Actor, Actor.id == Account.actor_id)
        .where(
            AccessToken.id == token_id,
            AccessToken.revoked_at.is_(None),
            _lasts(work),
            Account.suspended_at.is_(None),
            Actor.suspended_at.is_(None),
            Actor.gone_at.is_(None),
        )
    )
    return found is not None


async def touch(work: Writing, token_id: int) -> None:
    """Note that a token was used just now."""
    await work.session.execute(sa.update(AccessToken).where(AccessToken.id == token_id).values(used_at=work.now))


async def listed(work: Reading, account_id: int) -> list[TokenLine]:
    """The tokens that work for an account, the newest first."""
    rows = await work.session.execute(
        sa.select(AccessToken, App.website)
        .join(App, App.id == AccessToken.app_id, isouter=True)
        .where(AccessToken.account_id == account_id, AccessToken.revoked_at.is_(None))
        .order_by(AccessToken.id.desc())
    )
    return [
        TokenLine(row.id, row.app_id, row.app_name, website or "", tuple(row.scopes), row.created_at, row.used_at)
        for row, website in rows
    ]


async def revoke(work: Writing, account_id: int, token_id: int) -> None:
    """End one token of an account, and the streams it opened. Raises NotFound when it is not theirs."""
    row = await work.session.get(AccessToken, token_id)
    if row is None or row.account_id != account_id:
        raise NotFound
    await end(work, row)


async def end(work: Writing, row: AccessToken) -> None:
    """End a token that was found by other means."""
    if row.revoked_at is None:
        row.revoked_at = work.now
        await work.session.flush()
    if row.account_id is not None:
        work.tell(row.account_id, TOPIC)
