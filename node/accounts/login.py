"""Logging in with a password: the same answer and the same time whether or not there is such an account."""

from node.accounts import passwords, service, sessions, throttle
from node.accounts.model import Account
from node.errors import Conflict, Forbidden, Unauthenticated
from node.words import N_
from node.work import Node, Reading

_NO_MATCH = N_("Name and password do not go together.")


async def log_in(node: Node, who: str, password: str, address: str = "", device: str = "") -> str:
    """A session token for a user name or mail address with its password. Opens its own units.

    Raises Unauthenticated, TooMany, and Forbidden for an account that the office has suspended.
    """
    who = who.strip()[:254]
    throttle.count(node.config, throttle.PER_NETWORK, "login-network", throttle.network(address))
    throttle.count(node.config, throttle.PER_ACCOUNT, "login-account", who.casefold())
    async with node.reading() as work:
        account = await _find(work, who)
    if not await passwords.matches(account.password if account else None, password) or account is None:
        raise Unauthenticated(_NO_MATCH)
    if account.suspended_at is not None:
        raise Forbidden(N_("This account is suspended. Please ask the office."))
    newer = None
    if account.password and passwords.needs_rehash(account.password):
        newer = await passwords.hash_password(password)
    throttle.forgive(node.config, "login-account", who.casefold())
    async with node.writing() as work:
        row = await work.session.get(Account, account.id)
        if row is None or row.password != account.password:  # changed while we compared
            raise Conflict
        if newer:
            row.password = newer
        return await sessions.start(work, row.id, device, address)


async def confirm(node: Node, account_id: int, password: str) -> bool:
    """Whether this is the account's password, for acts that ask once more. Opens its own unit. Raises TooMany."""
    throttle.count(node.config, throttle.PER_ACCOUNT, "confirm", str(account_id))
    async with node.reading() as work:
        account = await work.session.get(Account, account_id)
    return await passwords.matches(account.password if account else None, password)


async def _find(work: Reading, who: str) -> Account | None:
    """By mail address, by user name, or by the handle with our own host."""
    name = who.removeprefix("@")
    local, at, host = name.partition("@")
    if at and host.lower() != work.uris.host:
        return await service.by_email(work, who)
    return await service.by_username(work, local) or (await service.by_email(work, who) if at else None)
