"""What the pages ask about circles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node.actors.model import Actor
from node.circles import members
from node.circles.model import Circle, CircleInvitation, CircleMember
from node.errors import Gone, NotFound
from node.faces import Face, faces, path_of, picture_of
from node.follows.model import Follow
from node.work import Reading
from schemas.group import Group

PAGE = 60
_MANY = 100


@dataclass(frozen=True, slots=True)
class CircleView:
    """A circle, here or elsewhere, as somebody sees it."""

    id: int
    name: str
    handle: str
    path: str
    url: str
    uri: str
    picture: str | None
    about: str
    """Clean HTML."""
    openness: str
    is_closed: bool
    only_moderators_post: bool
    is_local: bool
    host: str
    members: int | None
    """Unknown of one elsewhere."""
    standing: str
    """Of the viewer: asked, member, moderator, invited, declined, removed, or nothing."""
    moderators: tuple[Face, ...] = ()
    waiting: int = 0
    """Who is at the door; for those who moderate."""
    invitation_id: int | None = None

    @property
    def is_in(self) -> bool:
        return self.standing in ("member", "moderator")

    @property
    def may_moderate(self) -> bool:
        return self.standing == "moderator"

    @property
    def may_begin(self) -> bool:
        """Whether the viewer can say something new here."""
        return self.may_moderate or (self.standing == "member" and not self.only_moderators_post)

    @property
    def may_invite(self) -> bool:
        return self.is_local and (self.may_moderate or (self.standing == "member" and self.openness == "open"))


@dataclass(frozen=True, slots=True)
class Facts:
    """What a circle says of itself, as it was typed."""

    name: str
    about: str
    openness: str
    is_closed: bool
    only_moderators_post: bool


@dataclass(frozen=True, slots=True)
class InvitationView:
    """Somebody asks the viewer into a circle."""

    id: int
    circle: Face
    by: Face
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberView:
    """Somebody in a circle, or at its door."""

    face: Face
    role: str
    at: datetime


async def page(work: Reading, actor_id: int, viewer_id: int | None) -> CircleView:
    """A circle. Raises NotFound, Gone."""
    actor = await work.session.get(Actor, actor_id)
    if actor is None or actor.kind != "group" or actor.suspended_at is not None:
        raise NotFound
    if actor.gone_at is not None:
        raise Gone
    return (await _views(work, [actor], viewer_id, is_whole=True))[0]


async def facts(work: Reading, circle_id: int, moderator_id: int) -> Facts:
    """What there is to edit. Raises NotFound, Gone, Forbidden."""
    circle, group = await members.moderated(work, circle_id, moderator_id)
    return Facts(group.name, circle.about, circle.openness, circle.is_closed, circle.only_moderators_post)


async def mine(work: Reading, viewer_id: int) -> list[CircleView]:
    """The circles somebody is in or asked to come into, here and elsewhere."""
    rows = await work.session.scalars(
        sa.select(Actor)
        .join(Follow, Follow.followed_id == Actor.id)
        .where(
            Follow.follower_id == viewer_id,
            Follow.state.in_(("accepted", "asked")),
            Actor.kind == "group",
            Actor.gone_at.is_(None),
            Actor.suspended_at.is_(None),
        )
        .order_by(sa.func.lower(Actor.name), Actor.id)
        .limit(_MANY)
    )
    return await _views(work, rows.all(), viewer_id)


async def others(work: Reading, viewer_id: int | None, limit: int = PAGE) -> list[CircleView]:
    """Circles of this association in which the viewer is not; newest first."""
    known = sa.select(Follow.followed_id).where(
        Follow.follower_id == viewer_id, Follow.state.in_(("accepted", "asked"))
    )
    chosen = (
        sa.select(Actor)
        .join(Circle, Circle.actor_id == Actor.id)
        .where(Circle.ended_at.is_(None), Actor.suspended_at.is_(None))
        .order_by(Circle.actor_id.desc())
        .limit(limit)
    )
    if viewer_id is not None:
        chosen = chosen.where(Actor.id.not_in(known))
    return await _views(work, (await work.session.scalars(chosen)).all(), viewer_id)


async def choices(work: Reading, viewer_id: int) -> list[tuple[int, str]]:
    """Key and name of the circles in which somebody can begin something."""
    return [(view.id, view.name) for view in await mine(work, viewer_id) if view.may_begin]


async def invitations(work: Reading, viewer_id: int) -> list[InvitationView]:
    """What waits for the viewer's answer, oldest first."""
    rows = (
        await work.session.scalars(
            sa.select(CircleInvitation)
            .join(Actor, Actor.id == CircleInvitation.circle_id)
            .where(
                CircleInvitation.invited_id == viewer_id,
                CircleInvitation.state == "asked",
                Actor.gone_at.is_(None),
                Actor.suspended_at.is_(None),
            )
            .order_by(CircleInvitation.id)
            .limit(_MANY)
        )
    ).all()
    known = await faces(work, [id for row in rows for id in (row.circle_id, row.inviting_id)])
    return [
        InvitationView(row.id, known[row.circle_id], known[row.inviting_id], row.words, row.created_at) for row in rows
    ]


async def people(work: Reading, circle_id: int, state: str = "member", start: int = 0) -> list[MemberView]:
    """Who is in it: those who moderate first, then in the order of their coming."""
    rows = (
        await work.session.scalars(
            sa.select(CircleMember)
            .join(Actor, Actor.id == CircleMember.actor_id)
            .where(CircleMember.circle_id == circle_id, CircleMember.state == state, Actor.gone_at.is_(None))
            .order_by(CircleMember.role.desc(), CircleMember.created_at, CircleMember.actor_id)
            .offset(start)
            .limit(PAGE)
        )
    ).all()
    known = await faces(work, [row.actor_id for row in rows])
    return [MemberView(known[row.actor_id], row.role, row.answered_at or row.created_at) for row in rows]


async def invited(work: Reading, circle_id: int) -> list[Face]:
    """Whom the circle asked and who has not answered yet."""
    ids = (
        await work.session.scalars(
            sa.select(CircleInvitation.invited_id)
            .where(CircleInvitation.circle_id == circle_id, CircleInvitation.state == "asked")
            .order_by(CircleInvitation.id.desc())
            .limit(_MANY)
        )
    ).all()
    known = await faces(work, ids)
    return [known[id] for id in ids if id in known]


async def asking(work: Reading, moderator_id: int) -> list[tuple[int, int, datetime]]:
    """Who waits at the door of all circles that somebody moderates: (circle, person, since), oldest first."""
    own = sa.select(CircleMember.circle_id).where(
        CircleMember.actor_id == moderator_id, CircleMember.role == "moderator", CircleMember.state == "member"
    )
    rows = await work.session.execute(
        sa.select(CircleMember.circle_id, CircleMember.actor_id, CircleMember.created_at)
        .where(CircleMember.circle_id.in_(own), CircleMember.state == "asked")
        .order_by(CircleMember.created_at, CircleMember.actor_id)
        .limit(_MANY)
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def _views(
    work: Reading, actors: Sequence[Actor], viewer_id: int | None, *, is_whole: bool = False
) -> list[CircleView]:
    ids = [actor.id for actor in actors]
    circles = {
        circle.actor_id: circle
        for circle in await work.session.scalars(sa.select(Circle).where(Circle.actor_id.in_(ids)))
    }
    counted = await work.session.execute(
        sa.select(CircleMember.circle_id, CircleMember.state, sa.func.count())
        .where(CircleMember.circle_id.in_(ids), CircleMember.state.in_(("member", "asked")))
        .group_by(CircleMember.circle_id, CircleMember.state)
    )
    numbers = {(row[0], row[1]): int(row[2]) for row in counted}
    standings = await _standings(work, ids, viewer_id)
    invited: dict[int, int] = {}
    if viewer_id is not None:
        rows = await work.session.execute(
            sa.select(CircleInvitation.circle_id, CircleInvitation.id).where(
                CircleInvitation.invited_id == viewer_id,
                CircleInvitation.circle_id.in_(ids),
                CircleInvitation.state == "asked",
            )
        )
        invited = {row[0]: row[1] for row in rows}
    found = []
    for actor in actors:
        circle = circles.get(actor.id)
        door = (
            Group(circle.openness, None, circle.only_moderators_post, circle.is_closed)
            if circle is not None
            else Group.read(actor.document or {})
        )
        standing = standings.get(actor.id, "") or ("invited" if actor.id in invited else "")
        moderators: tuple[Face, ...] = ()
        if is_whole and circle is not None:
            people = [person.id for person in await members.moderators(work, actor.id)]
            known = await faces(work, people)
            moderators = tuple(known[id] for id in people)
            if not people and viewer_id is not None and await members.stands_in(work, actor.id, viewer_id):
                standing = "moderator"
        found.append(
            CircleView(
                id=actor.id,
                name=actor.name or actor.username,
                handle=actor.handle,
                path=path_of(actor),
                url=actor.url,
                uri=actor.uri,
                picture=picture_of(actor),
                about=actor.summary,
                openness=door.openness,
                is_closed=door.is_closed,
                only_moderators_post=door.only_moderators_post,
                is_local=actor.is_local,
                host=actor.handle_host,
                members=numbers.get((actor.id, "member"), 0) if circle is not None else None,
                standing=standing,
                moderators=moderators,
                waiting=numbers.get((actor.id, "asked"), 0) if standing == "moderator" else 0,
                invitation_id=invited.get(actor.id),
            )
        )
    return found


async def _standings(work: Reading, ids: Sequence[int], viewer_id: int | None) -> dict[int, str]:
    if viewer_id is None:
        return {}
    follows = await work.session.execute(
        sa.select(Follow.followed_id, Follow.state).where(Follow.follower_id == viewer_id, Follow.followed_id.in_(ids))
    )
    found = {row[0]: {"accepted": "member", "asked": "asked"}.get(row[1], "") for row in follows}
    rows = await work.session.scalars(
        sa.select(CircleMember).where(CircleMember.actor_id == viewer_id, CircleMember.circle_id.in_(ids))
    )
    for row in rows:
        found[row.circle_id] = row.role if row.state == "member" else row.state
    return found
