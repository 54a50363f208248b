"""Keeping people, conversations and whole hosts away: blocks, mutes and notes of a member, and Blocks of others."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import sqlalchemy as sa

from node.access import can_read
from node.accounts.model import Account
from node.actors.model import Actor
from node.errors import Forbidden, Invalid, NotFound
from node.follows import service as follows
from node.follows.model import Follow
from node.ids import new_id
from node.invitations import service as invitations
from node.invitations.model import Connection
from node.moderation.model import Block, BlockedHost, Mute, PersonNote, ThreadMute
from node.notifications import service as notifications
from node.notifications.model import Notification
from node.notifications.service import pair
from node.outbox import service as outbox
from node.outbox import wire
from node.outbox.service import Audience
from node.peers import dialects
from node.posts.model import Post
from node.posts.parts import FEED, STREAM
from node.words import N_
from node.work import Reading, Writing

Act = Callable[[Writing, Actor, Actor], Awaitable[object]]
"""What a member does about somebody."""
ActOnThread = Callable[[Writing, Actor, int], Awaitable[object]]

NOTE_LIMIT = 2000
HOSTS = 1000
"""One member shuts out."""
LONGEST_MUTE = timedelta(days=366)
_FOLLOWS_AT_ONCE = 500
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:\d{1,5})?")


# people


async def block(work: Writing, member: Actor, other: Actor) -> Block:
    """Have nothing to do with somebody any more: no follow, no connection, no news, in either direction.

    Their server is told where it knows what that means, so that it keeps to it too.
    """
    if member.id == other.id:
        raise Invalid(message=N_("You cannot block yourself."))
    if other.kind == "application":
        raise Forbidden(N_("This is a machine, not somebody to block."))
    known = await _between(work, member.id, other.id)
    if known is not None:
        return known
    row = await _record(work, work.uris.activity(new_id(work.now)), member, other)
    if not other.is_local:
        document = wire.block(member.uri, other.uri) | {"id": row.uri}
        await outbox.publish(work, member, document, Audience(actors=[other.id]))
    await _part(work, member, other)
    await _forget_news(work, member.id, other.id)
    await _forget_news(work, other.id, member.id)
    return row


async def unblock(work: Writing, member: Actor, other: Actor) -> None:
    """Take a block back; nothing else comes back by itself. Nothing happens when there is none."""
    row = await _between(work, member.id, other.id)
    if row is None:
        return
    document = wire.block(member.uri, other.uri) | {"id": row.uri}
    await work.session.delete(row)
    await work.session.flush()
    if not other.is_local:
        undo = wire.undo(member.uri, document, [other.uri])
        await outbox.publish(work, member, undo, Audience(actors=[other.id], taking=dialects.BLOCK))


async def receive_block(work: Writing, actor: Actor, uri: str, blocked: Actor) -> None:
    """Somebody elsewhere blocked one of ours: remembered, and kept to from now on. The member is not told."""
    known = await _between(work, actor.id, blocked.id)
    if known is not None:
        return
    # Its id is on the actor's own server, so nobody but its actor could have taken it before.
    await _record(work, uri[:2048], actor, blocked)
    await follows.receive_reject(work, actor, "", blocked.uri)
    await follows.receive_undo(work, actor, None, blocked.uri)
    await work.session.execute(
        sa.update(Connection)
        .where(Connection.pair == pair(actor.id, blocked.id), Connection.state.in_(("asked", "accepted")))
        .values(state="ended", ended_at=work.now)
    )
    await _forget_news(work, blocked.id, actor.id)


async def receive_undo(work: Writing, actor: Actor, uri: str, blocked_uri: str | None) -> bool:
    """Somebody elsewhere takes their block back, found by its id or by whom it was about."""
    chosen = sa.select(Block).where(Block.blocking_id == actor.id)
    row = await work.session.scalar(chosen.where(Block.uri == uri)) if uri else None
    if row is None and blocked_uri:
        row = await work.session.scalar(
            chosen.where(Block.blocked_id == sa.select(Actor.id).where(Actor.uri == blocked_uri).scalar_subquery())
        )
    if row is None:
        return False
    await work.session.delete(row)
    return True


async def mute(
    work: Writing, member: Actor, other: Actor, *, lasts: timedelta | None = None, hides_notifications: bool = True
) -> Mute:
    """No longer meet somebody in lists, and with ``hides_notifications`` hear nothing of them. Nobody is told."""
    if member.id == other.id:
        raise Invalid(message=N_("You cannot mute yourself."))
    row = await work.session.scalar(sa.select(Mute).where(Mute.muting_id == member.id, Mute.muted_id == other.id))
    if row is None:
        row = Mute(id=new_id(work.now), muting_id=member.id, muted_id=other.id, created_at=work.now)
        work.session.add(row)
    row.hides_notifications = hides_notifications
    row.until = work.now + min(lasts, LONGEST_MUTE) if lasts else None
    await work.session.flush()
    if hides_notifications:
        await _forget_news(work, member.id, other.id)
    await _refresh(work, member.id)
    return row


async def unmute(work: Writing, member: Actor, other: Actor) -> None:
    await work.session.execute(sa.delete(Mute).where(Mute.muting_id == member.id, Mute.muted_id == other.id))
    await _refresh(work, member.id)


async def end_mutes(work: Writing) -> None:
    """Housekeeping: mutes for a time end."""
    await work.session.execute(sa.delete(Mute).where(Mute.until <= work.now))


async def note(work: Writing, member: Actor, other: Actor, text: str) -> None:
    """Write down something about somebody, for oneself; an empty text takes it away."""
    text = text.strip()
    if len(text) > NOTE_LIMIT:
        raise Invalid({"note": N_("Please keep the note below 2000 characters.")})
    row = await work.session.get(PersonNote, (member.id, other.id))
    if row is None and text:
        work.session.add(PersonNote(actor_id=member.id, about_id=other.id, text=text))
    elif row is not None and text:
        row.text = text
    elif row is not None:
        await work.session.delete(row)
    await work.session.flush()


# conversations


async def mute_thread(work: Writing, member: Actor, post_id: int) -> Post:
    """Hear no more of the conversation a post belongs to. Raises NotFound for what one may not read."""
    post = await _readable(work, member, post_id)
    if post.context is None:
        post.context = work.uris.context(post.id)  # its program names none; answers to it are then found by this
    insert = work.insert(ThreadMute)
    await work.session.execute(
        insert.values(actor_id=member.id, context=post.context, created_at=work.now).on_conflict_do_nothing()
    )
    await _refresh(work, member.id)
    return post


async def unmute_thread(work: Writing, member: Actor, post_id: int) -> Post:
    post = await _readable(work, member, post_id)
    await work.session.execute(
        sa.delete(ThreadMute).where(ThreadMute.actor_id == member.id, ThreadMute.context == (post.context or ""))
    )
    await _refresh(work, member.id)
    return post


# hosts


async def shut_out(work: Writing, member: Actor, host: str) -> str:
    """See nothing of a host and hear nothing from there; follows with its people end. The host as it is kept."""
    host = host.strip().lower().removeprefix("https://").removeprefix("http://").strip("/@ ")
    try:
        host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        host = ""
    if not _HOST.fullmatch(host) or "." not in host:
        raise Invalid({"host": N_("Give the address of a place, such as loud.example.")})
    if host == work.uris.host:
        raise Invalid({"host": N_("This is our own house.")})
    known = await work.session.scalar(
        sa.select(sa.func.count()).select_from(BlockedHost).where(BlockedHost.actor_id == member.id)
    )
    if (known or 0) >= HOSTS:
        raise Invalid({"host": N_("That is as many as can be kept.")})
    insert = work.insert(BlockedHost)
    await work.session.execute(
        insert.values(id=new_id(work.now), actor_id=member.id, host=host, created_at=work.now).on_conflict_do_nothing(
            index_elements=["actor_id", "host"]
        )
    )
    theirs = sa.select(Actor.id).where(Actor.host == host, Actor.is_local.is_(False))
    tied = await work.session.scalars(
        sa.select(Actor)
        .join(Follow, sa.or_(Follow.follower_id == Actor.id, Follow.followed_id == Actor.id))
        .where(
            sa.or_(
                sa.and_(Follow.follower_id == member.id, Follow.followed_id.in_(theirs)),
                sa.and_(Follow.followed_id == member.id, Follow.follower_id.in_(theirs)),
            ),
            Actor.host == host,
        )
        .distinct()
        .limit(_FOLLOWS_AT_ONCE)
    )
    for other in tied.all():
        await _end_follows(work, member, other)
    account_id = await _account(work, member.id)
    if account_id is not None:
        await work.session.execute(
            sa.delete(Notification).where(Notification.account_id == account_id, Notification.actor_id.in_(theirs))
        )
    await _refresh(work, member.id)
    return host


async def let_in(work: Writing, member: Actor, host: str) -> None:
    await work.session.execute(
        sa.delete(BlockedHost).where(BlockedHost.actor_id == member.id, BlockedHost.host == host.strip().lower())
    )
    await _refresh(work, member.id)


# inside


async def _between(work: Reading, blocking_id: int, blocked_id: int) -> Block | None:
    return await work.session.scalar(
        sa.select(Block).where(Block.blocking_id == blocking_id, Block.blocked_id == blocked_id)
    )


async def _record(work: Writing, uri: str, blocking: Actor, blocked: Actor) -> Block:
    row = Block(id=new_id(work.now), uri=uri, blocking_id=blocking.id, blocked_id=blocked.id, created_at=work.now)
    work.session.add(row)
    await work.session.flush()
    return row


async def _part(work: Writing, member: Actor, other: Actor) -> None:
    """End what there is between two: invitations, the connection, both follows."""
    row = await work.session.scalar(
        sa.select(Connection)
        .where(Connection.pair == pair(member.id, other.id), Connection.state.in_(("asked", "accepted")))
        .order_by(Connection.id.desc())
        .limit(1)
    )
    if row is not None and row.state == "accepted":
        await invitations.end(work, member, row.id)
    elif row is not None and row.inviting_id == member.id:
        await invitations.withdraw(work, member, row.id)
    elif row is not None:
        await invitations.decline(work, member, row.id)
    await _end_follows(work, member, other)


async def _end_follows(work: Writing, member: Actor, other: Actor) -> None:
    await follows.unfollow(work, member, other)
    await follows.remove_follower(work, member, other)


async def _forget_news(work: Writing, actor_id: int, from_id: int) -> None:
    account_id = await _account(work, actor_id)
    if account_id is not None:
        await work.session.execute(
            sa.delete(Notification).where(
                Notification.account_id == account_id,
                Notification.actor_id == from_id,
                Notification.kind.not_in(notifications.OFFICIAL),
            )
        )
        work.tell(account_id, notifications.TOPIC)
        _tell(work, account_id)


async def _refresh(work: Writing, actor_id: int) -> None:
    account_id = await _account(work, actor_id)
    if account_id is not None:
        _tell(work, account_id)


def _tell(work: Writing, account_id: int) -> None:
    work.tell(account_id, FEED)
    work.tell(account_id, STREAM)


async def _account(work: Reading, actor_id: int) -> int | None:
    return await work.session.scalar(sa.select(Account.id).where(Account.actor_id == actor_id))


async def _readable(work: Reading, member: Actor, post_id: int) -> Post:
    if not await can_read(work, member.id, post_id):
        raise NotFound
    return await work.session.get_one(Post, post_id)
