"""Following: asking to read what somebody writes. It is active only once the followed side said yes."""

from collections.abc import Callable

import sqlalchemy as sa

from node.actors.model import Actor
from node.asking import Question, copy_of, given
from node.changing import Change, blank, table_of
from node.errors import Forbidden, Gone, Invalid, NotFound
from node.follows.model import Follow
from node.ids import new_id
from node.invitations.model import Connection
from node.moderation.queries import may_reach, require_reach
from node.notifications import service as notifications
from node.outbox import service as outbox
from node.outbox import wire
from node.outbox.service import Audience
from node.words import N_
from node.work import Reading, Writing
from schemas.values import Document

_BETWEEN = sa.select(Follow).where(
    Follow.follower_id == sa.bindparam("follower"), Follow.followed_id == sa.bindparam("followed")
)
_ANY: Question[tuple[int]] = Question(
    tuple, sa.select(Follow.id).where(Follow.follower_id == given("follower"), Follow.followed_id == given("followed"))
)
_CONNECTED: Question[tuple[str]] = Question(
    tuple, sa.select(Connection.pair).where(Connection.pair == given("pair", sa.String), Connection.state == "accepted")
)


async def between(work: Reading, follower_id: int, followed_id: int) -> Follow | None:
    """What there is between two, in this direction."""
    if await _ANY.first(work, follower=follower_id, followed=followed_id) is None:
        return None  # as between most
    return await work.session.scalar(_BETWEEN, {"follower": follower_id, "followed": followed_id})


# what members do


async def follow(work: Writing, follower: Actor, followed: Actor) -> Follow:
    """Ask to follow; asking twice is the same as once. A Follow that was refused may be asked anew."""
    if follower.id == followed.id:
        raise Invalid(message=N_("You cannot follow yourself."))
    if followed.kind == "application":
        raise Forbidden(N_("This is a machine, not somebody to follow."))
    if followed.gone_at is not None or followed.suspended_at is not None:
        raise Gone
    if followed.is_local and followed.kind == "group":
        raise Forbidden(N_("One comes into a circle of ours through its own door."))
    row = await between(work, follower.id, followed.id)
    if row is not None and row.state != "rejected":
        return row
    await require_reach(work, follower, followed)
    if followed.is_local:
        uri = work.uris.activity(new_id(work.now))
    else:
        activity = await outbox.publish(
            work, follower, wire.follow(follower.uri, followed.uri), Audience(actors=[followed.id])
        )
        uri = activity.uri
    agrees = followed.is_local and await _agrees(work, followed, follower)
    row = await _record(work, row, uri, follower, followed, "accepted" if agrees else "asked")
    if followed.is_local:
        await _tell_followed(work, row)
    return row


async def unfollow(work: Writing, follower: Actor, followed: Actor) -> None:
    """Stop following; nothing happens when there is nothing."""
    row = await between(work, follower.id, followed.id)
    if row is None:
        return
    await _forget(work, row)
    if not followed.is_local and row.state != "rejected":
        await outbox.publish(
            work,
            follower,
            wire.undo(follower.uri, _document(row, follower, followed), [followed.uri]),
            Audience(actors=[followed.id]),
        )


async def show_boosts(work: Writing, follower: Actor, followed: Actor, *, shows: bool) -> None:
    """Also see what somebody passes on, or only what they say themselves. Raises NotFound for nobody one follows."""
    row = await between(work, follower.id, followed.id)
    if row is None or row.state == "rejected":
        raise NotFound
    row.shows_boosts = shows
    await work.session.flush()


async def accept(work: Writing, followed: Actor, follower: Actor) -> Follow:
    """Say yes to a follow request. Raises NotFound when there is none."""
    row = await between(work, follower.id, followed.id)
    if row is None or row.state == "rejected":
        raise NotFound(N_("There is no request to answer. Perhaps it was taken back."))
    if row.state == "asked":
        row.state, row.answered_at = "accepted", work.now
        await _tell_follower(work, row)
        await _answer(work, wire.accept, row, followed, follower)
    await _close_request(work, row)
    return row


async def reject(work: Writing, followed: Actor, follower: Actor) -> None:
    """Say no to a request, or end what was agreed."""
    row = await between(work, follower.id, followed.id)
    if row is None or row.state == "rejected":
        return
    row.state, row.answered_at = "rejected", work.now
    await _close_request(work, row)
    await _answer(work, wire.reject, row, followed, follower)


async def remove_follower(work: Writing, followed: Actor, follower: Actor) -> None:
    """No longer let somebody follow. They are not told in words."""
    await reject(work, followed, follower)


# what others send


async def receive_follow(work: Writing, actor: Actor, uri: str, followed: Actor) -> Follow | None:
    """``actor`` asks to follow one of ours. A repeat is answered again, for the first answer may have been lost."""
    if not followed.is_local or followed.kind == "application" or actor.suspended_at is not None:
        return None
    if followed.gone_at is not None or followed.suspended_at is not None:
        return None
    row = await between(work, actor.id, followed.id)
    agrees = await _agrees(work, followed, actor)
    if row is None or row.state == "rejected":
        state = "accepted" if agrees else "asked"
        if row is None:
            row = await _begin(work, uri, actor, followed, state)
        else:
            row = await _record(work, row, uri, actor, followed, state)
        await _tell_followed(work, row)
    else:
        row.uri = uri  # only the last id counts with Mastodon
        if row.state == "asked" and agrees:
            row.state, row.answered_at = "accepted", work.now
    if row.state == "accepted":
        await _answer(work, wire.accept, row, followed, actor)
    return row


async def turn_away(work: Writing, actor: Actor, uri: str, followed: Actor) -> bool:
    """Say no to a Follow by somebody who is kept away, so that nothing waits there. False when nobody does."""
    if await may_reach(work, actor, followed):
        return False
    document = wire.follow_document(uri, actor.uri, followed.uri)
    answer = wire.reject(followed.uri, document, actor.uri)
    await outbox.publish(work, followed, answer, Audience(actors=[actor.id]))
    return True


async def receive_accept(work: Writing, actor: Actor, follow_uri: str, follower_uri: str | None = None) -> bool:
    """``actor`` agreed to a Follow of ours. False when it is not theirs to agree to.

    Some servers answer with an id of their own; ``follower_uri`` of the embedded Follow finds it then.
    """
    row = await _asked_of(work, actor, follow_uri, follower_uri)
    if row is None or row.state == "rejected":
        return False
    if row.state == "asked":
        row.state, row.answered_at = "accepted", work.now
        await _tell_follower(work, row)
    return True


async def receive_reject(work: Writing, actor: Actor, follow_uri: str, follower_uri: str | None = None) -> bool:
    """``actor`` refused a Follow of ours, or ended it."""
    row = await _asked_of(work, actor, follow_uri, follower_uri)
    if row is None:
        return False
    row.state, row.answered_at = "rejected", work.now
    return True


async def receive_undo(work: Writing, actor: Actor, follow_uri: str | None, followed_uri: str | None = None) -> bool:
    """``actor`` takes their Follow back, found by its id or by whom it was about."""
    row = None
    if follow_uri:
        row = await work.session.scalar(
            sa.select(Follow).where(Follow.uri == follow_uri, Follow.follower_id == actor.id)
        )
    if row is None and followed_uri:
        row = await work.session.scalar(
            sa.select(Follow)
            .join(Actor, Actor.id == Follow.followed_id)
            .where(Follow.follower_id == actor.id, Actor.uri == followed_uri)
        )
    if row is None:
        return False
    await _forget(work, row)
    return True


async def disown(work: Writing, follower: Actor, actor: Actor) -> None:
    """``actor``'s server counts ``follower`` of ours as following though nothing here says so: tell it that they don't.

    A Follow that still waits for its answer is not disowned: evidently the answer was yes.
    """
    row = await between(work, follower.id, actor.id)
    if row is not None and row.state == "asked":
        row.state, row.answered_at = "accepted", work.now
        await _tell_follower(work, row)
    elif row is None or row.state == "rejected":
        uri = row.uri if row is not None else work.uris.activity(new_id(work.now))
        what = wire.follow_document(uri, follower.uri, actor.uri)
        await outbox.publish(work, follower, wire.undo(follower.uri, what, [actor.uri]), Audience(actors=[actor.id]))


# inside


async def _agrees(work: Reading, followed: Actor, follower: Actor) -> bool:
    """True when nobody has to be asked: an open door, or the two are connected or about to be."""
    if not followed.approves_followers:
        return True
    known = sa.exists().where(
        Connection.pair == notifications.pair(followed.id, follower.id),
        sa.or_(
            Connection.state == "accepted",
            sa.and_(Connection.state == "asked", Connection.inviting_id == followed.id),
        ),
    )
    return bool(await work.session.scalar(sa.select(known)))


_FOLLOWS = table_of(Follow)
_ASKED, _Copy = blank(_FOLLOWS), copy_of(Follow)
_ADD = Change(sa.insert(_FOLLOWS))


async def _begin(work: Writing, uri: str, follower: Actor, followed: Actor, state: str) -> Follow:
    """Written past the session; what is returned belongs to none."""
    row: Follow = _Copy(
        **_ASKED
        | {
            "id": new_id(work.now),
            "uri": uri,
            "follower_id": follower.id,
            "followed_id": followed.id,
            "state": state,
            "created_at": work.now,
            "answered_at": work.now if state == "accepted" else None,
        }
    )
    await _ADD.make(work, **row._asdict())  # type: ignore[attr-defined]
    return row


async def _record(work: Writing, row: Follow | None, uri: str, follower: Actor, followed: Actor, state: str) -> Follow:
    if row is None:
        row = Follow(id=new_id(work.now), follower_id=follower.id, followed_id=followed.id, uri=uri, state=state)
        work.session.add(row)
    row.uri, row.state, row.created_at = uri, state, work.now
    row.answered_at = work.now if state == "accepted" else None
    await work.session.flush()
    return row


def _document(row: Follow, follower: Actor, followed: Actor) -> Document:
    return wire.follow_document(row.uri, follower.uri, followed.uri)


async def _answer(
    work: Writing, verb: Callable[[str, Document, str], Document], row: Follow, followed: Actor, follower: Actor
) -> None:
    if not follower.is_local:
        document = verb(followed.uri, _document(row, follower, followed), follower.uri)
        await outbox.publish(work, followed, document, Audience(actors=[follower.id]))


async def _asked_of(work: Reading, actor: Actor, follow_uri: str, follower_uri: str | None) -> Follow | None:
    """A Follow that one of ours sent to ``actor``: nobody else may answer it."""
    row = await work.session.scalar(sa.select(Follow).where(Follow.uri == follow_uri, Follow.followed_id == actor.id))
    if row is None and follower_uri is not None and work.uris.is_ours(follower_uri):
        row = await work.session.scalar(
            sa.select(Follow)
            .join(Actor, Actor.id == Follow.follower_id)
            .where(Follow.followed_id == actor.id, Actor.uri == follower_uri, Actor.is_local)
        )
    return row


async def _are_connected(work: Reading, row: Follow) -> bool:
    """Whoever just said yes to somebody need not be told in three ways."""
    pair = notifications.pair(row.follower_id, row.followed_id)
    return await _CONNECTED.first(work, pair=pair) is not None


async def _tell_followed(work: Writing, row: Follow) -> None:
    account_id = await notifications.account_of(work, row.followed_id)
    if account_id is not None and not await _are_connected(work, row):
        kind = "follow" if row.state == "accepted" else "follow_request"
        await notifications.notify(
            work,
            account_id,
            kind,
            f"follow:{row.follower_id}",
            actor_id=row.follower_id,
            visible_at=await notifications.heard_at(work, row.followed_id, row.follower_id),
        )


async def _tell_follower(work: Writing, row: Follow) -> None:
    account_id = await notifications.account_of(work, row.follower_id)
    if account_id is not None and not await _are_connected(work, row):
        await notifications.notify(
            work, account_id, "follow_accepted", f"follow:{row.followed_id}", actor_id=row.followed_id
        )


async def _close_request(work: Writing, row: Follow) -> None:
    account_id = await notifications.account_of(work, row.followed_id)
    if account_id is not None:
        await notifications.withdraw(work, account_id, "follow_request", f"follow:{row.follower_id}")


async def _forget(work: Writing, row: Follow) -> None:
    await _close_request(work, row)
    await work.session.delete(row)
    await work.session.flush()
