"""A forgotten password: a link by mail that works once, and the same answer for everyone who asks."""

from datetime import timedelta

import sqlalchemy as sa

from node.accounts import passwords, service, throttle
from node.accounts.model import Account, OneTimeKey
from node.actors.model import Actor
from node.errors import Gone, NotFound
from node.mail import service as mail
from node.secrets import hash_token, new_token
from node.words import N_, Message
from node.work import Node, Reading, Writing

LASTS = timedelta(hours=2)
_PURPOSE = "reset"


async def ask(work: Writing, email: str, address: str = "") -> None:
    """Send a link when somebody here has this mail address. Says nothing either way. Raises TooMany per network."""
    throttle.count(work.config, throttle.LETTERS, "reset", throttle.network(address))
    account = await service.by_email(work, email)
    if account is None or account.email is None or account.suspended_at is not None:
        return
    token = new_token()
    work.session.add(
        OneTimeKey(
            token_hash=hash_token(token),
            purpose=_PURPOSE,
            account_id=account.id,
            created_at=work.now,
            expires_at=work.now + LASTS,
        )
    )
    name = await work.session.scalar(sa.select(Actor.name).where(Actor.id == account.actor_id))
    await mail.write(
        work,
        account.email,
        account.language,
        N_("A new password"),
        [
            Message(N_("Hello %(name)s,"), {"name": name}),
            N_("somebody, probably you, asked for a new password. This link lets you choose one:"),
            work.uris.reset(token),
            Message(N_("It works once, until %(time)s. If it was not you, do nothing: your password stays as it is."),
                    {"time": work.now + LASTS}),
        ],
        time_zone=account.time_zone,
    )  # fmt: skip


async def look(work: Reading, token: str) -> str:
    """The user name a link is for. Raises NotFound, or Gone when it was used or is too old."""
    row = await _key(work, token)
    name = await work.session.scalar(
        sa.select(Actor.username).join(Account, Account.actor_id == Actor.id).where(Account.id == row.account_id)
    )
    return name or ""


async def use(node: Node, token: str, new_password: str) -> int:
    """Set the password with a link; all sessions end. Opens its own units; returns the account.

    Raises Invalid, NotFound, Gone.
    """
    async with node.reading() as work:
        name = await look(work, token)
    passwords.check(new_password, name)
    hashed = await passwords.hash_password(new_password)
    async with node.writing() as work:
        row = await _key(work, token)
        spent = await work.session.scalar(
            sa.update(OneTimeKey)
            .where(OneTimeKey.token_hash == row.token_hash, OneTimeKey.used_at.is_(None))
            .values(used_at=work.now)
            .returning(OneTimeKey.account_id)
        )
        account = await work.session.get(Account, spent) if spent is not None else None
        if account is None:  # a twin was faster
            raise Gone(N_("This link was used already. Ask for a new one."))
        await service.set_password(work, account, hashed)
        # Other links that were asked for meanwhile are worth nothing now.
        await work.session.execute(
            sa.update(OneTimeKey)
            .where(OneTimeKey.account_id == account.id, OneTimeKey.purpose == _PURPOSE, OneTimeKey.used_at.is_(None))
            .values(used_at=work.now)
        )
        return account.id


async def _key(work: Reading, token: str) -> OneTimeKey:
    row = await work.session.get(OneTimeKey, hash_token(token))
    if row is None or row.purpose != _PURPOSE:
        raise NotFound
    if row.used_at is not None or row.expires_at <= work.now:
        raise Gone(N_("This link was used already or is too old. Ask for a new one."))
    return row
