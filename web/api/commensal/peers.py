"""`/api/commensal/v1/peers`: for officers, how other associations and networks are."""

import aiohttp.web as aioweb

from node.accounts.tokens import Bearer
from node.errors import Forbidden
from node.peers import desk
from node.peers.desk import PeerView
from node.words import N_, Message
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.shapes.look import Entity, moment
from web.context import node_of

routes = aioweb.RouteTableDef()

READ, WRITE = "read:peers", "write:peers"
OFFICERS = ("officer", "admin")


@routes.get("/api/commensal/v1/peers")
async def show_all(request: aioweb.Request) -> aioweb.Response:
    await officer(request, READ)
    given = parameters.query(request)
    state = given.text("state", most=20) or ""
    limit = given.whole("limit", least=1, most=200, otherwise=100)
    async with node_of(request).reading() as work:
        found = await desk.peers(work, state=state, query=given.text("q", most=200) or "", limit=limit)
        return answer([_peer(view) for view in found])


@routes.get("/api/commensal/v1/peers/{host}")
async def show(request: aioweb.Request) -> aioweb.Response:
    await officer(request, READ)
    async with node_of(request).reading() as work:
        return answer(_peer(await desk.peer(work, _host(request))))


@routes.post("/api/commensal/v1/peers/{host}/retry")
async def retry(request: aioweb.Request) -> aioweb.Response:
    await officer(request, WRITE)
    async with node_of(request).writing() as work:
        await desk.retry(work, _host(request))
        return answer(_peer(await desk.peer(work, _host(request))))


@routes.post("/api/commensal/v1/peers/{host}/block")
async def block(request: aioweb.Request) -> aioweb.Response:
    await admin(request, WRITE)
    given = await parameters.read(request)
    async with node_of(request).writing() as work:
        await desk.block(work, _host(request), given.required("reason", most=300))
        return answer(_peer(await desk.peer(work, _host(request))))


@routes.post("/api/commensal/v1/peers/{host}/unblock")
async def unblock(request: aioweb.Request) -> aioweb.Response:
    await admin(request, WRITE)
    async with node_of(request).writing() as work:
        await desk.unblock(work, _host(request))
        return answer(_peer(await desk.peer(work, _host(request))))


async def officer(request: aioweb.Request, scope: str) -> Bearer:
    """The officer who asks, with a token for this scope. Raises Unauthenticated, Forbidden."""
    who = await bearers.member(request, scope)
    if who.role not in OFFICERS:
        raise Forbidden
    if scope not in who.scopes:  # "write" lets an app post for an officer, not run the office
        raise Forbidden(
            Message(N_("This action is outside the authorized scopes: it needs %(scope)s."), {"scope": scope})
        )
    return who


async def admin(request: aioweb.Request, scope: str) -> Bearer:
    """Closing a door is for administrators, here as on the page. Raises Unauthenticated, Forbidden."""
    who = await officer(request, scope)
    if who.role != "admin":
        raise Forbidden
    return who


def _host(request: aioweb.Request) -> str:
    return request.match_info["host"].lower()[:300]


def _peer(view: PeerView) -> Entity:
    return {
        "host": view.host,
        "name": view.name,
        "software": view.software,
        "version": view.version,
        "is_association": view.is_association,
        "state": view.state,
        "last_answer": view.last_answer,
        "waiting_count": view.waiting,
        "people_count": view.people,
        "heard_at": moment(view.heard_at) if view.heard_at else None,
        "delivered_at": moment(view.delivered_at) if view.delivered_at else None,
        "failing_since": moment(view.failing_since) if view.failing_since else None,
        "next_at": moment(view.next_at) if view.next_at else None,
        "blocked_at": moment(view.blocked_at) if view.blocked_at else None,
        "limited_at": moment(view.limited_at) if view.limited_at else None,
    }
