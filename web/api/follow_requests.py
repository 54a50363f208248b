"""`/api/v1/follow_requests`: who waits at the door to follow, connect or come into a circle; one question for apps."""

import aiohttp.web as aioweb
import sqlalchemy as sa

from node.actors.model import Actor
from node.circles import members as circles
from node.circles.model import CircleInvitation, CircleMember
from node.errors import NotFound
from node.follows import service as follows
from node.follows.model import Follow
from node.invitations import circles as into_circles
from node.invitations import service as invitations
from node.invitations.model import Connection
from node.work import Reading
from web.api import bearers, parameters
from web.api.accounts import someone
from web.api.edge import answer
from web.api.paging import links, window
from web.api.shapes.accounts import accounts
from web.api.shapes.look import look_of
from web.api.shapes.relationships import relationship
from web.context import node_of

routes = aioweb.RouteTableDef()


@routes.get("/api/v1/follow_requests")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:follows")
    part = window(parameters.query(request), otherwise=40, most=80)
    async with node_of(request).reading() as work:
        asked = sa.select(Follow.id, Follow.follower_id).where(
            sa.or_(Follow.followed_id == who.actor_id, Follow.followed_id.in_(_moderated(who.actor_id))),
            Follow.state == "asked",
        )
        invited = sa.select(Connection.id, Connection.inviting_id).where(_waiting(work, who.actor_id))
        into = sa.select(CircleInvitation.id, CircleInvitation.inviting_id).where(_into_circles(who.actor_id))
        # Keys are in the order of time across tables, so that the lists have one cursor.
        rows = [
            *(await work.session.execute(part.cut(asked, Follow.id))),
            *(await work.session.execute(part.cut(invited, Connection.id))),
            *(await work.session.execute(part.cut(into, CircleInvitation.id))),
        ]
        rows.sort(key=lambda row: row[0], reverse=not part.upwards)
        rows = part.in_order(rows[: part.limit])
        found = await work.session.scalars(
            sa.select(Actor).where(Actor.id.in_([row[1] for row in rows]), Actor.gone_at.is_(None))
        )
        shown = await accounts(work, look_of(request), found.all())
        headers = links(request, work.uris.base, part.limit, [row[0] for row in rows])
        return answer([shown[id] for id in dict.fromkeys(row[1] for row in rows) if id in shown], headers=headers)


@routes.post("/api/v1/follow_requests/{id}/authorize")
async def authorize(request: aioweb.Request) -> aioweb.Response:
    return await _answered(request, is_yes=True)


@routes.post("/api/v1/follow_requests/{id}/reject")
async def reject(request: aioweb.Request) -> aioweb.Response:
    return await _answered(request, is_yes=False)


async def _answered(request: aioweb.Request, *, is_yes: bool) -> aioweb.Response:
    who = await bearers.member(request, "write:follows")
    async with node_of(request).writing() as work:
        other = await someone(work, request)
        me = await work.session.get_one(Actor, who.actor_id)
        row = await follows.between(work, other.id, me.id)
        invitation = await work.session.scalar(
            sa.select(Connection.id).where(_waiting(work, me.id), Connection.inviting_id == other.id)
        )
        asks = row is not None and row.state == "asked"
        doors = await work.session.scalars(
            sa.select(Follow.followed_id).where(
                Follow.follower_id == other.id, Follow.state == "asked", Follow.followed_id.in_(_moderated(me.id))
            )
        )
        circle_ids = doors.all()
        asked_into = await work.session.scalars(
            sa.select(CircleInvitation.id).where(_into_circles(me.id), CircleInvitation.inviting_id == other.id)
        )
        invitation_ids = asked_into.all()
        if not asks and invitation is None and not circle_ids and not invitation_ids:
            raise NotFound
        for invitation_id in invitation_ids:
            await (into_circles.accept if is_yes else into_circles.decline)(work, me, invitation_id)
        for circle_id in circle_ids:
            await (circles.let_in if is_yes else circles.decline)(work, me, circle_id, other.id)
        if invitation is not None and is_yes:
            await invitations.accept(work, me, invitation)
        elif invitation is not None:
            await invitations.decline(work, me, invitation)
        if asks and is_yes:
            await follows.accept(work, me, other)
        elif asks:
            await follows.reject(work, me, other)
        return answer(await relationship(work, me.id, other.id))


def _moderated(actor_id: int) -> sa.Select[int]:
    """The circles at whose door somebody answers."""
    return sa.select(CircleMember.circle_id).where(
        CircleMember.actor_id == actor_id, CircleMember.role == "moderator", CircleMember.state == "member"
    )


def _into_circles(actor_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(CircleInvitation.invited_id == actor_id, CircleInvitation.state == "asked")


def _waiting(work: Reading, host_id: int) -> sa.ColumnElement[bool]:
    """Invitations that wait for this host's answer and that their contact hours let through."""
    return sa.and_(
        Connection.invited_id == host_id,
        Connection.state == "asked",
        sa.or_(Connection.notify_at.is_(None), Connection.notify_at <= work.now),
    )
