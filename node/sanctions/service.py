"""What officers do about somebody, here or elsewhere: limit, suspend, and take it back."""

from collections.abc import Awaitable, Callable

import sqlalchemy as sa

from node.accounts import service as accounts
from node.accounts.model import Account
from node.actors.model import Actor
from node.errors import Forbidden, NotFound
from node.follows.model import Follow
from node.invitations.model import Connection
from node.members import service as members
from node.notifications.model import Notification
from node.outbox.model import Activity, Delivery, Fanout
from node.search import forget
from node.uris import OFFICE
from node.words import N_
from node.work import Reading, Writing

Act = Callable[[Writing, int, int], Awaitable[Actor]]
"""What an officer (an account) does about somebody (an actor)."""


async def limit(work: Writing, by_account_id: int, actor_id: int) -> Actor:
    """Show somebody only to those who follow them. Raises NotFound, Forbidden."""
    actor = await _theirs(work, by_account_id, actor_id)
    actor.limited_at = actor.limited_at or work.now
    return actor


async def unlimit(work: Writing, by_account_id: int, actor_id: int) -> Actor:
    actor = await _theirs(work, by_account_id, actor_id)
    actor.limited_at = None
    return actor


async def suspend(work: Writing, by_account_id: int, actor_id: int) -> Actor:
    """Nothing of theirs is shown, nothing from them comes in; ours can no longer come in. Raises NotFound, Forbidden.

    Everything is kept, so that it can be taken back, but for follows, open invitations and news.
    """
    actor = await _theirs(work, by_account_id, actor_id)
    if actor.suspended_at is not None:
        return actor
    account_id = await _account_of(work, actor.id)
    if account_id is not None:
        await accounts.suspend(work, account_id)
    actor.suspended_at = work.now
    await work.session.flush()
    if not actor.is_local:
        await work.session.execute(
            sa.delete(Follow).where(sa.or_(Follow.follower_id == actor.id, Follow.followed_id == actor.id))
        )
    await work.session.execute(sa.delete(Notification).where(Notification.actor_id == actor.id))
    await work.session.execute(
        sa.update(Connection)
        .where(
            sa.or_(Connection.inviting_id == actor.id, Connection.invited_id == actor.id), Connection.state == "asked"
        )
        .values(state="withdrawn", ended_at=work.now)
    )
    said = sa.select(Activity.id).where(Activity.actor_id == actor.id)
    if actor.is_local:
        await work.session.execute(sa.delete(Fanout).where(Fanout.activity_id.in_(said)))
        await work.session.execute(
            sa.update(Delivery)
            .where(Delivery.activity_id.in_(said), Delivery.state == "waiting")
            .values(state="dropped", settled_at=work.now, last_answer="Its author was suspended.")
            .execution_options(synchronize_session=False)
        )
    await forget(work, actor.id)
    return actor


async def restore(work: Writing, by_account_id: int, actor_id: int) -> Actor:
    """Take a suspension back. Who of elsewhere followed has to ask anew."""
    actor = await _theirs(work, by_account_id, actor_id)
    if actor.suspended_at is None:
        return actor
    actor.suspended_at = None
    account_id = await _account_of(work, actor.id)
    if account_id is not None:
        await accounts.unsuspend(work, account_id)
    await work.session.flush()
    if actor.is_local and actor.kind == "person":
        await members.reindex(work, actor)
    return actor


async def _theirs(work: Reading, by_account_id: int, actor_id: int) -> Actor:
    """Whom this officer may do something about: not the house, not themselves; for one of the office, be an admin."""
    actor = await work.session.get(Actor, actor_id)
    if actor is None or actor.gone_at is not None:
        raise NotFound
    if actor.is_local and (actor.username == OFFICE or actor.kind == "application"):
        raise Forbidden(N_("This is our own house."))
    by = await work.session.get_one(Account, by_account_id)
    if by.actor_id == actor.id:
        raise Forbidden(N_("You cannot do this to yourself."))
    account = await work.session.scalar(sa.select(Account).where(Account.actor_id == actor.id))
    if account is not None and account.role != "member" and by.role != "admin":
        raise Forbidden(N_("Only an administrator can do this to somebody of the office."))
    return actor


async def _account_of(work: Reading, actor_id: int) -> int | None:
    return await work.session.scalar(sa.select(Account.id).where(Account.actor_id == actor_id))
