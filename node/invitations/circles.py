"""Asking somebody into a circle, and answering: here, between nodes, with Mobilizon; by a note with everybody else."""

from datetime import timedelta

import sqlalchemy as sa

from node.actors.model import Actor
from node.circles import members, rules, wire
from node.circles.model import CircleInvitation
from node.errors import Conflict, Forbidden, Gone, Invalid, NotFound, TooMany
from node.follows import service as follows
from node.ids import new_id
from node.moderation.queries import may_reach
from node.notifications import service as notifications
from node.outbox import service as outbox
from node.outbox import wire as activities
from node.outbox.service import Audience
from node.peers import dialects
from node.peers.model import Peer
from node.posts import service as posts
from node.words import N_, Message
from node.work import Reading, Writing

PENDING = 50
"""Invitations that wait for one person's answer; more are kept out."""
_DAY, _QUIET = timedelta(days=1), timedelta(days=90)


# what members of ours do


async def invite(work: Writing, inviting: Actor, circle_id: int, invited: Actor, words: str) -> CircleInvitation:
    """Ask somebody, anywhere, into a circle of ours. Moderators may; where the door is open, every member.

    Raises NotFound, Gone, Forbidden, Conflict, Invalid, TooMany.
    """
    circle, group = await members.found(work, circle_id)
    row = await members.standing(work, circle_id, inviting.id)
    if row is None or row.state != "member" or (row.role != "moderator" and circle.openness != "open"):
        raise Forbidden(N_("Only those who moderate this circle can invite somebody into it."))
    words = words.strip()
    if len(words) > rules.WORDS_LIMIT:
        raise Invalid(
            {"words": Message(N_("Please keep it below %(limit)d characters."), {"limit": rules.WORDS_LIMIT})}
        )
    await _check(work, inviting, group, invited)
    if invited.is_local:
        uri = work.uris.activity(new_id(work.now))
    else:
        document = wire.invite(inviting.uri, group.uri, invited.uri, work.now, words)
        audience = Audience(actors=[invited.id], taking=dialects.INVITATION_TO_GROUP)
        uri = (await outbox.publish(work, inviting, document, audience)).uri
        if not await _reads_invitations(work, invited):
            text = f"{words}\n\n{group.name}: {group.url}\n\n`{group.handle}`"
            await posts.publish(work, inviting, posts.Draft(text=text, visibility="direct", to=[invited.id]))
    found = await _keep(work, uri, group, inviting, invited, words)
    if invited.is_local:
        await _tell(work, found)
    return found


async def withdraw(work: Writing, moderator: Actor, circle_id: int, invited_id: int) -> None:
    """The invitation no longer stands."""
    _, group = await members.moderated(work, circle_id, moderator.id)
    row = await between(work, circle_id, invited_id)
    if row is None or row.state != "asked":
        raise NotFound
    row.state, row.answered_at = "withdrawn", work.now
    await _untell(work, row)
    invited = await work.session.get_one(Actor, row.invited_id)
    inviting = await work.session.get_one(Actor, row.inviting_id)
    if not invited.is_local:
        document = wire.invite(inviting.uri, group.uri, invited.uri, row.created_at) | {"id": row.uri}
        undo = activities.undo(inviting.uri, document, [invited.uri])
        audience = Audience(actors=[invited.id], taking=dialects.INVITATION_TO_GROUP)
        await outbox.publish(work, inviting, undo, audience)


async def accept(work: Writing, person: Actor, invitation_id: int) -> Actor:
    """Yes. Returns the circle. Raises NotFound, Gone."""
    row, group = await _mine(work, person, invitation_id)
    await _untell(work, row)
    if group.is_local:
        await members.join(work, person, group)
    else:
        inviting = await work.session.get_one(Actor, row.inviting_id)
        peer = await work.session.get(Peer, group.host)
        yes = (
            wire.accept_as_member(person.uri, row.uri, inviting.uri, group.uri)
            if peer is not None and peer.software == "mobilizon"
            else activities.accept(person.uri, row.uri, inviting.uri)
        )
        await outbox.publish(work, person, yes, Audience(actors=[inviting.id, group.id]))
        await follows.follow(work, person, group)
    row.state, row.answered_at = "accepted", work.now
    return group


async def decline(work: Writing, person: Actor, invitation_id: int) -> Actor:
    """No; it needs no reason. Returns the circle."""
    row, group = await _mine(work, person, invitation_id)
    row.state, row.answered_at = "declined", work.now
    await _untell(work, row)
    if not group.is_local:
        inviting = await work.session.get_one(Actor, row.inviting_id)
        no = activities.reject(person.uri, row.uri, inviting.uri)
        await outbox.publish(work, person, no, Audience(actors=[inviting.id]))
    return group


async def between(work: Reading, circle_id: int, invited_id: int) -> CircleInvitation | None:
    """What became of inviting somebody."""
    return await work.session.scalar(
        sa.select(CircleInvitation).where(
            CircleInvitation.circle_id == circle_id, CircleInvitation.invited_id == invited_id
        )
    )


# what others send


async def receive(work: Writing, inviting: Actor, uri: str, group: Actor, invited: Actor, words: str) -> bool:
    """Somebody elsewhere asks a member of ours into a group there. False where the rules of first contact keep it out.

    That ``inviting`` may speak for the group was checked.
    """
    if group.is_local or group.kind != "group" or group.gone_at is not None or group.suspended_at is not None:
        return False
    if not invited.is_local or invited.kind != "person" or invited.gone_at is not None:
        return False
    if not await may_reach(work, inviting, invited) or not await may_reach(work, group, invited):
        return False
    row = await between(work, group.id, invited.id)
    if row is not None and row.state == "asked":
        row.uri = uri
        return True
    if row is not None and row.state == "declined" and (row.answered_at or work.now) + _QUIET > work.now:
        return False
    known = await follows.between(work, invited.id, group.id)
    if known is not None and known.state == "accepted":
        return True
    await work.count_alone("circle invitations", invited.id)
    waiting = await _count(work, CircleInvitation.invited_id == invited.id, CircleInvitation.state == "asked")
    if waiting >= PENDING or await _sent_today(work, inviting) >= rules.MOST_INVITATIONS:
        return False
    taken = await work.session.scalar(sa.select(CircleInvitation.id).where(CircleInvitation.uri == uri))
    if taken is not None:
        return False
    await _tell(work, await _keep(work, uri, group, inviting, invited, words[: rules.WORDS_LIMIT]))
    return True


async def receive_answer(work: Writing, actor: Actor, uri: str, *, is_yes: bool) -> bool:
    """Whom we invited into a circle of ours answers. False when there is no such invitation to them."""
    row = await work.session.scalar(
        sa.select(CircleInvitation).where(CircleInvitation.uri == uri, CircleInvitation.invited_id == actor.id)
    )
    if row is None or row.state != "asked":
        return row is not None
    group = await work.session.get_one(Actor, row.circle_id)
    if not group.is_local or actor.is_local:
        return False
    if is_yes:
        await members.receive_request(work, actor, uri, "Join", group)
    else:
        row.state, row.answered_at = "declined", work.now
    return True


async def receive_undo(work: Writing, actor: Actor, uri: str) -> bool:
    """Who invited a member of ours takes it back."""
    row = await work.session.scalar(
        sa.select(CircleInvitation).where(CircleInvitation.uri == uri, CircleInvitation.inviting_id == actor.id)
    )
    if row is None or row.state != "asked":
        return row is not None
    row.state, row.answered_at = "withdrawn", work.now
    await _untell(work, row)
    return True


# inside


async def _check(work: Reading, inviting: Actor, group: Actor, invited: Actor) -> None:
    name = invited.name or invited.username
    if invited.kind not in ("person", "service") or invited.id == inviting.id:
        raise Invalid({"whom": N_("Circles are for people.")})
    if invited.gone_at is not None or invited.suspended_at is not None:
        raise Gone
    if not await may_reach(work, inviting, invited):
        raise Forbidden(Message(N_("You and %(name)s keep apart."), {"name": name}))
    standing = await members.standing(work, group.id, invited.id)
    if standing is not None and standing.state == "member":
        raise Conflict(Message(N_("%(name)s is in this circle already."), {"name": name}))
    if standing is not None and standing.state == "removed":
        raise Conflict(Message(N_("%(name)s was asked to leave this circle. Let them back first."), {"name": name}))
    earlier = await between(work, group.id, invited.id)
    if earlier is not None and earlier.state == "asked":
        raise Conflict(Message(N_("%(name)s is invited already."), {"name": name}))
    if earlier is not None and earlier.state == "declined" and (earlier.answered_at or work.now) + _QUIET > work.now:
        raise Conflict(Message(N_("%(name)s said “not this time”. That holds for 90 days."), {"name": name}))
    if await _sent_today(work, inviting) >= rules.MOST_INVITATIONS:
        raise TooMany(retry_at=work.now + _DAY)


async def _sent_today(work: Reading, inviting: Actor) -> int:
    return await _count(
        work, CircleInvitation.inviting_id == inviting.id, CircleInvitation.created_at > work.now - _DAY
    )


async def _count(work: Reading, *which: sa.ColumnElement[bool]) -> int:
    return await work.session.scalar(sa.select(sa.func.count()).select_from(CircleInvitation).where(*which)) or 0


async def _reads_invitations(work: Reading, invited: Actor) -> bool:
    peer = await work.session.get(Peer, invited.host)
    return peer is not None and dialects.takes(peer.software, dialects.INVITATION_TO_GROUP)


async def _keep(work: Writing, uri: str, group: Actor, inviting: Actor, invited: Actor, words: str) -> CircleInvitation:
    row = await between(work, group.id, invited.id)
    if row is None:
        row = CircleInvitation(id=new_id(work.now), circle_id=group.id, invited_id=invited.id)
        work.session.add(row)
    row.uri, row.inviting_id, row.words = uri, inviting.id, words
    row.state, row.created_at, row.answered_at = "asked", work.now, None
    await work.session.flush()
    return row


async def _mine(work: Reading, person: Actor, invitation_id: int) -> tuple[CircleInvitation, Actor]:
    row = await work.session.get(CircleInvitation, invitation_id)
    if row is None or row.invited_id != person.id or row.state != "asked":
        raise NotFound(N_("There is no invitation to answer. Perhaps it was taken back."))
    group = await work.session.get_one(Actor, row.circle_id)
    if group.gone_at is not None:
        raise Gone
    return row, group


async def _tell(work: Writing, row: CircleInvitation) -> None:
    account_id = await notifications.account_of(work, row.invited_id)
    if account_id is not None:
        await notifications.notify(
            work,
            account_id,
            "circle_invitation",
            f"circle-invitation:{row.circle_id}:{row.created_at.isoformat()}",
            actor_id=row.inviting_id,
            subject_id=row.circle_id,
            visible_at=await notifications.heard_at(work, row.invited_id, row.inviting_id),
        )


async def _untell(work: Writing, row: CircleInvitation) -> None:
    account_id = await notifications.account_of(work, row.invited_id)
    if account_id is not None:
        cause = f"circle-invitation:{row.circle_id}:{row.created_at.isoformat()}"
        await notifications.withdraw(work, account_id, "circle_invitation", cause)
