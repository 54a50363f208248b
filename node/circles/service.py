"""Circles of ours: begun, described anew and ended by their moderators."""

import sqlalchemy as sa

from node.actors import service as actors
from node.actors.keys import KeyPair
from node.actors.model import Actor
from node.circles import members, publication, rules
from node.circles.model import Circle, CircleInvitation, CircleMember
from node.circles.rules import Facts
from node.errors import Forbidden
from node.follows.model import Follow
from node.markdown import plain, render
from node.outbox import service as outbox
from node.outbox import wire as activities
from node.outbox.service import Audience
from node.search import forget, index
from node.words import N_
from node.work import Writing


async def create(work: Writing, founder: Actor, facts: Facts, keys: KeyPair, username: str = "") -> Actor:
    """A circle, moderated by whoever begins it. Any member may begin one. Raises Invalid, Forbidden."""
    facts = rules.check(facts)
    if founder.suspended_at is not None or founder.gone_at is not None or not founder.is_local:
        raise Forbidden
    await work.count_alone("circles", founder.id)
    begun = await work.session.scalar(
        sa.select(sa.func.count())
        .select_from(Circle)
        .where(Circle.created_by_id == founder.id, Circle.ended_at.is_(None))
    )
    if (begun or 0) >= rules.MOST_MADE:
        raise Forbidden(N_("You have begun a good number of circles. End one that no longer meets first."))
    group = await actors.create_local(
        work, "group", username or await actors.free_username(work, facts.name, "circle"), facts.name, keys
    )
    group.members_uri, group.affiliations_uri = f"{group.uri}/members", None
    circle = Circle(actor_id=group.id, created_by_id=founder.id, created_at=work.now)
    work.session.add(circle)
    await work.session.flush()
    await _write(work, circle, group, facts)
    await members.enter(work, group, founder, role="moderator")
    return group


async def revise(work: Writing, moderator: Actor, circle_id: int, facts: Facts) -> Actor:
    """Describe it anew, and tell whoever follows it. Raises Invalid, NotFound, Gone, Forbidden."""
    circle, group = await members.moderated(work, circle_id, moderator.id)
    facts = rules.check(facts)
    await _write(work, circle, group, facts)
    await announce(work, group)
    return group


async def show_picture(work: Writing, moderator: Actor, circle_id: int, digest: str | None) -> None:
    """Use a stored picture; None takes it away. Raises NotFound, Gone, Forbidden."""
    _, group = await members.moderated(work, circle_id, moderator.id)
    group.icon_url, group.icon_digest = (work.uris.media(digest, "webp") if digest else None), digest
    await announce(work, group)


async def announce(work: Writing, group: Actor) -> None:
    """Update the circle at those who follow it."""
    group.updated_at = work.now
    await work.session.flush()
    update = activities.update(await publication.document(work, group), work.now)
    await outbox.publish(work, group, update, Audience(public=True, followers=True))


async def end(work: Writing, moderator: Actor, circle_id: int) -> None:
    """The circle no longer meets: its address answers "gone", its members are told. What they said stays theirs."""
    circle, group = await members.moderated(work, circle_id, moderator.id)
    deletion = activities.delete(group.uri, group.uri, work.now)
    await outbox.publish(work, group, deletion, Audience(public=True, followers=True))
    circle.ended_at = group.gone_at = work.now
    await forget(work, group.id)
    await work.session.execute(sa.delete(CircleMember).where(CircleMember.circle_id == group.id))
    await work.session.execute(sa.delete(CircleInvitation).where(CircleInvitation.circle_id == group.id))
    await work.session.execute(sa.delete(Follow).where(Follow.followed_id == group.id))


async def _write(work: Writing, circle: Circle, group: Actor, facts: Facts) -> None:
    if circle.is_closed and not facts.is_closed:
        facts = Facts(facts.name, facts.about, facts.openness, True, facts.only_moderators_post)
    circle.openness, circle.is_closed = facts.openness, facts.is_closed
    circle.only_moderators_post, circle.about = facts.only_moderators_post, facts.about
    group.name = facts.name
    group.summary = render(facts.about, {}, work.uris.tag).html if facts.about else ""
    group.approves_followers = facts.openness != "open"
    await work.session.flush()
    await index(work, "actor", group.id, facts.name, group.username, plain(group.summary))
    await work.session.flush()
