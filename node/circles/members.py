"""Coming into a circle, staying and leaving: who asks, who is let in, who moderates, who is asked to go."""

from collections.abc import Sequence

import sqlalchemy as sa

from node.accounts.model import Account
from node.actors.model import Actor
from node.circles import distribution, publication, rules, wire
from node.circles.model import Circle, CircleInvitation, CircleMember
from node.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from node.follows import service as follows
from node.follows.model import Follow
from node.ids import new_id
from node.notifications import service as notifications
from node.outbox import service as outbox
from node.outbox import wire as activities
from node.outbox.service import Audience
from node.words import N_, Message
from node.work import Reading, Writing
from schemas.values import Document

# who is who


async def found(work: Reading, circle_id: int) -> tuple[Circle, Actor]:
    """A circle of ours that still meets. Raises NotFound, Gone."""
    circle = await work.session.get(Circle, circle_id)
    group = await work.session.get(Actor, circle_id)
    if circle is None or group is None or group.suspended_at is not None:
        raise NotFound
    if circle.ended_at is not None or group.gone_at is not None:
        raise Gone
    return circle, group


async def moderated(work: Reading, circle_id: int, actor_id: int) -> tuple[Circle, Actor]:
    """A circle that this person moderates. Raises NotFound, Gone, and Forbidden for everybody else.

    Where nobody is left who moderates, the officers of the association do.
    """
    circle, group = await found(work, circle_id)
    row = await standing(work, circle_id, actor_id)
    is_moderator = row is not None and row.state == "member" and row.role == "moderator"
    if not is_moderator and not await stands_in(work, circle_id, actor_id):
        raise Forbidden(N_("Only those who moderate this circle can do that."))
    return circle, group


async def stands_in(work: Reading, circle_id: int, actor_id: int) -> bool:
    """True for an officer, in a circle whose moderators have all left; in a closed one for an administrator only,
    for what was said there was not said to the office."""
    role = await work.session.scalar(
        sa.select(Account.role).where(Account.actor_id == actor_id, Account.suspended_at.is_(None))
    )
    circle = await work.session.get(Circle, circle_id)
    may = role == "admin" or (role == "officer" and circle is not None and not circle.is_closed)
    return may and not await moderators(work, circle_id)


async def standing(work: Reading, circle_id: int, actor_id: int) -> CircleMember | None:
    """What somebody is in a circle of ours; None for a stranger."""
    return await work.session.get(CircleMember, (circle_id, actor_id))


async def is_member(work: Reading, circle_id: int, actor_id: int) -> bool:
    """True for those inside. Whoever waits at the door is not."""
    row = await standing(work, circle_id, actor_id)
    return row is not None and row.state == "member"


async def moderators(work: Reading, circle_id: int) -> Sequence[Actor]:
    """Those who moderate, longest first."""
    rows = await work.session.scalars(
        sa.select(Actor)
        .join(CircleMember, CircleMember.actor_id == Actor.id)
        .where(
            CircleMember.circle_id == circle_id,
            CircleMember.role == "moderator",
            CircleMember.state == "member",
            Actor.gone_at.is_(None),
            Actor.suspended_at.is_(None),
        )
        .order_by(CircleMember.created_at, Actor.id)
    )
    return rows.all()


# what members of ours do


async def join(work: Writing, person: Actor, group: Actor) -> str:
    """Ask to come in, here or elsewhere: ``member`` or ``asked``. Raises NotFound, Gone, Forbidden."""
    if not group.is_local:
        row = await follows.follow(work, person, group)
        return "member" if row.state == "accepted" else "asked"
    circle, group = await found(work, group.id)
    state, reason = await _knock(work, circle, group, person, work.uris.activity(new_id(work.now)), "Follow")
    if reason is not None:
        raise Forbidden(reason)
    return state


async def leave(work: Writing, person: Actor, group: Actor) -> None:
    """Go, or take back having asked. Raises Conflict for the last moderator of a circle with others in it."""
    if not group.is_local:
        await follows.unfollow(work, person, group)
        return
    row = await standing(work, group.id, person.id)
    if row is None or row.state in ("removed", "declined"):
        return
    if row.role == "moderator" and len(await moderators(work, group.id)) == 1:
        raise Conflict(N_("You are its only moderator. Name another one first, or end the circle."))
    await _forget(work, row)


# what moderators do


async def let_in(work: Writing, moderator: Actor, circle_id: int, person_id: int) -> None:
    """Yes to somebody at the door. Raises NotFound when nobody asks, Forbidden, Conflict when it is full."""
    circle, group = await moderated(work, circle_id, moderator.id)
    row, person = await _at(work, circle_id, person_id, "asked")
    if await _is_full(work, circle):
        raise Conflict(N_("This circle is full."))
    row.state, row.answered_at = "member", work.now
    await _follow(work, group, person, row.uri, "accepted")
    await _close_request(work, circle_id, person_id)
    if person.is_local:
        await _tell(work, person.id, "circle_accepted", group, group.id)
    else:
        await _answer(work, "accept", row, group, person)


async def decline(work: Writing, moderator: Actor, circle_id: int, person_id: int) -> None:
    """No to somebody at the door; they may ask again after a while."""
    _, group = await moderated(work, circle_id, moderator.id)
    row, person = await _at(work, circle_id, person_id, "asked")
    row.state, row.answered_at = "declined", work.now
    await _unfollow(work, group, person)
    await _close_request(work, circle_id, person_id)
    if not person.is_local:
        await _answer(work, "reject", row, group, person)


async def remove(work: Writing, moderator: Actor, circle_id: int, person_id: int, reason: str = "") -> None:
    """Somebody may no longer take part, until a moderator lets them back."""
    circle, group = await moderated(work, circle_id, moderator.id)
    if person_id == moderator.id:
        raise Invalid(message=N_("To go yourself, leave the circle."))
    row, person = await _at(work, circle_id, person_id, "member")
    row.state, row.role, row.answered_at = "removed", "member", work.now
    await _unfollow(work, group, person)
    await _withdraw_invitation(work, group, person)
    if person.is_local:
        await _tell(work, person.id, "circle_removed", group, group.id)
    else:
        await _answer(work, "reject", row, group, person)
    await _decide(work, circle, group, moderator, "Block", person.uri, target=group.uri, reason=reason)


async def let_back(work: Writing, moderator: Actor, circle_id: int, person_id: int) -> None:
    """Somebody who was removed may ask or join again."""
    circle, group = await moderated(work, circle_id, moderator.id)
    row, person = await _at(work, circle_id, person_id, "removed")
    await work.session.delete(row)
    await work.session.flush()
    block = wire.by_moderator("Block", moderator.uri, group.uri, person.uri, target=group.uri)
    await _decide(work, circle, group, moderator, "Undo", {key: block[key] for key in block if key != "@context"})


async def appoint(work: Writing, moderator: Actor, circle_id: int, person_id: int) -> None:
    """A member of this association who is in the circle becomes one of its moderators."""
    circle, group = await moderated(work, circle_id, moderator.id)
    row, person = await _at(work, circle_id, person_id, "member")
    if not person.is_local:
        raise Invalid(message=N_("Only members of this association can moderate here."))
    if row.role == "moderator":
        return
    row.role = "moderator"
    await work.session.flush()
    await _tell(work, person.id, "circle_moderator", group, moderator.id)
    await _decide(work, circle, group, moderator, "Add", person.uri, target=publication.moderators_uri(group))


async def step_down(work: Writing, moderator: Actor, circle_id: int, person_id: int) -> None:
    """A moderator, perhaps oneself, is a member like others again. One has to stay. Raises Conflict."""
    circle, group = await moderated(work, circle_id, moderator.id)
    row, person = await _at(work, circle_id, person_id, "member")
    if row.role != "moderator":
        return
    if len(await moderators(work, circle_id)) == 1:
        raise Conflict(N_("One moderator has to stay. Name another one first."))
    row.role = "member"
    await work.session.flush()
    await _decide(work, circle, group, moderator, "Remove", person.uri, target=publication.moderators_uri(group))


# what others send


async def receive_request(work: Writing, actor: Actor, uri: str, verb: str, group: Actor) -> bool:
    """A Follow or Join of a circle of ours. A repeat is answered again, for the first answer may have been lost.

    False when there is nobody to answer: the circle has ended, or who asks is shut out.
    """
    circle = await work.session.get(Circle, group.id)
    if circle is None or circle.ended_at is not None or group.suspended_at is not None:
        return False
    if actor.is_local or actor.suspended_at is not None or actor.kind == "application":
        return False
    state, reason = await _knock(work, circle, group, actor, uri, verb)
    asked = wire.request(verb, uri, actor.uri, group.uri)
    if reason is not None:
        await outbox.publish(work, group, activities.reject(group.uri, asked, actor.uri), Audience(actors=[actor.id]))
    elif state == "member":
        await outbox.publish(work, group, activities.accept(group.uri, asked, actor.uri), Audience(actors=[actor.id]))
    return True


async def receive_leave(work: Writing, actor: Actor, uri: str | None, group_uri: str | None) -> bool:
    """Leave, or Undo of a Follow or Join; found by whom it is about or by its id. False when it is about no circle."""
    about = sa.select(CircleMember).join(Actor, Actor.id == CircleMember.circle_id)
    row = None
    if group_uri:
        row = await work.session.scalar(about.where(CircleMember.actor_id == actor.id, Actor.uri == group_uri))
    if row is None and uri:
        row = await work.session.scalar(about.where(CircleMember.actor_id == actor.id, CircleMember.uri == uri))
    if row is None:
        return False
    if row.state in ("asked", "member"):
        await _forget(work, row)
    return True


# inside, also for the slice that keeps invitations


async def forget_all(work: Writing, person: Actor) -> None:
    """Somebody closed their account: they stand in no circle, at no door, and nobody waits for their answer."""
    rows = await work.session.scalars(sa.select(CircleMember).where(CircleMember.actor_id == person.id))
    for row in rows.all():
        await _forget(work, row)
    await work.session.execute(
        sa.update(CircleInvitation)
        .where(
            sa.or_(CircleInvitation.invited_id == person.id, CircleInvitation.inviting_id == person.id),
            CircleInvitation.state == "asked",
        )
        .values(state="withdrawn")
    )


async def enter(work: Writing, group: Actor, person: Actor, *, role: str = "member") -> None:
    """Somebody of ours is in from now on."""
    uri = work.uris.activity(new_id(work.now))
    work.session.add(
        CircleMember(
            circle_id=group.id, actor_id=person.id, role=role, state="member", uri=uri, created_at=work.now,
            answered_at=work.now,
        )
    )  # fmt: skip
    await work.session.flush()
    await _follow(work, group, person, uri, "accepted")


async def _knock(
    work: Writing, circle: Circle, group: Actor, person: Actor, uri: str, verb: str
) -> tuple[str, Message | str | None]:
    """The state in which somebody is who asks to come in, and the reason where that is a no."""
    await work.count_alone("members", group.id)
    row = await standing(work, group.id, person.id)
    if row is not None and row.state == "member":
        row.uri, row.verb = uri, verb  # only the last id counts with Mastodon
        await _follow(work, group, person, uri, "accepted")
        return "member", None
    if row is not None and row.state == "removed":
        return "removed", N_("The moderators of this circle decided that you no longer take part.")
    invitation = await _invitation(work, group, person)
    state = "member" if circle.openness == "open" or invitation is not None else "asked"
    if state == "asked" and circle.openness == "invite":
        return "declined", N_("One comes into this circle by invitation.")
    if state == "asked" and row is not None and row.state == "declined":
        again = (row.answered_at or work.now) + rules.ASK_AGAIN
        if work.now < again:
            return "declined", Message(
                N_("The moderators said no. You can ask again from %(day)s."), {"day": again.date().isoformat()}
            )
    if state == "member" and await _is_full(work, circle):
        return "declined", N_("This circle is full.")
    if state == "asked" and await _count(work, group.id, "asked") >= rules.MOST_ASKING:
        return "declined", N_("So many are waiting at this door that nobody more can. Please try again later.")
    if row is None:
        row = CircleMember(circle_id=group.id, actor_id=person.id, created_at=work.now)
        work.session.add(row)
    row.state, row.uri, row.verb, row.role = state, uri, verb, "member"
    row.answered_at = work.now if state == "member" else None
    await work.session.flush()
    await _follow(work, group, person, uri, "accepted" if state == "member" else "asked")
    if state == "member":
        if invitation is not None:
            invitation.state, invitation.answered_at = "accepted", work.now
        await _close_request(work, group.id, person.id)
    else:
        for moderator in await moderators(work, group.id):
            await _tell(work, moderator.id, "circle_request", group, person.id)
    return state, None


async def _at(work: Reading, circle_id: int, person_id: int, state: str) -> tuple[CircleMember, Actor]:
    row, person = await standing(work, circle_id, person_id), await work.session.get(Actor, person_id)
    if row is None or person is None or row.state != state:
        raise NotFound
    return row, person


async def _is_full(work: Reading, circle: Circle) -> bool:
    return circle.is_closed and await _count(work, circle.actor_id, "member") >= rules.MOST_CLOSED


async def _count(work: Reading, circle_id: int, state: str) -> int:
    count = sa.select(sa.func.count()).select_from(CircleMember)
    return await work.session.scalar(count.where(CircleMember.circle_id == circle_id, CircleMember.state == state)) or 0


async def _follow(work: Writing, group: Actor, person: Actor, uri: str, state: str) -> None:
    row = await follows.between(work, person.id, group.id)
    if row is None:
        row = Follow(id=new_id(work.now), follower_id=person.id, followed_id=group.id, created_at=work.now)
        work.session.add(row)
    row.uri, row.state = uri, state
    row.answered_at = work.now if state == "accepted" else None
    await work.session.flush()


async def _unfollow(work: Writing, group: Actor, person: Actor) -> None:
    row = await follows.between(work, person.id, group.id)
    if row is not None:
        await work.session.delete(row)
        await work.session.flush()


async def _forget(work: Writing, row: CircleMember) -> None:
    group, person = (
        await work.session.get_one(Actor, row.circle_id),
        await work.session.get_one(Actor, row.actor_id),
    )
    await _close_request(work, row.circle_id, row.actor_id)
    await _unfollow(work, group, person)
    await _withdraw_invitation(work, group, person)
    await work.session.delete(row)
    await work.session.flush()


async def _invitation(work: Reading, group: Actor, person: Actor) -> CircleInvitation | None:
    return await work.session.scalar(
        sa.select(CircleInvitation).where(
            CircleInvitation.circle_id == group.id,
            CircleInvitation.invited_id == person.id,
            CircleInvitation.state == "asked",
        )
    )


async def _withdraw_invitation(work: Writing, group: Actor, person: Actor) -> None:
    invitation = await _invitation(work, group, person)
    if invitation is not None:
        invitation.state = "withdrawn"


async def _answer(work: Writing, word: str, row: CircleMember, group: Actor, person: Actor) -> None:
    say = activities.accept if word == "accept" else activities.reject
    document = say(group.uri, wire.request(row.verb, row.uri, person.uri, group.uri), person.uri)
    await outbox.publish(work, group, document, Audience(actors=[person.id]))


async def _decide(
    work: Writing,
    circle: Circle,
    group: Actor,
    moderator: Actor,
    kind: str,
    what: Document | str,
    *,
    target: str | None = None,
    reason: str = "",
) -> None:
    """A moderator's decision, and the group's announcement of it to those who understand it."""
    document = wire.by_moderator(kind, moderator.uri, group.uri, what, target=target, reason=reason)
    said = await outbox.publish(work, moderator, document, Audience())
    await distribution.pass_on(work, circle, group, distribution.written(said))


async def _tell(work: Writing, actor_id: int, kind: str, group: Actor, about_id: int) -> None:
    """``about_id`` is who did it: the person at the door, or the circle itself."""
    account_id = await notifications.account_of(work, actor_id)
    if account_id is not None:
        cause = f"circle:{group.id}:{about_id}"
        await notifications.withdraw(work, account_id, kind, cause)
        await notifications.notify(work, account_id, kind, cause, actor_id=about_id, subject_id=group.id)


async def _close_request(work: Writing, circle_id: int, person_id: int) -> None:
    for moderator in await moderators(work, circle_id):
        account_id = await notifications.account_of(work, moderator.id)
        if account_id is not None:
            await notifications.withdraw(work, account_id, "circle_request", f"circle:{circle_id}:{person_id}")
