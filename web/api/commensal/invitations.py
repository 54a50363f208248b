"""`/api/commensal/v1/invitations` and /connections: asking to connect, answering, and who is connected."""

from collections.abc import Awaitable, Callable

import aiohttp.web as aioweb

from node.actors.model import Actor
from node.errors import NotFound
from node.invitations import queries, service
from node.invitations.model import Connection
from node.posts import people
from node.work import Writing
from web.addresses import database_key
from web.api import bearers, lookups, parameters
from web.api.commensal.shapes import invitation, person
from web.api.edge import answer
from web.api.shapes.look import look_of
from web.context import node_of

routes = aioweb.RouteTableDef()

READ, WRITE = "read:connections", "write:connections"
_SIDES = {"received": queries.received, "sent": queries.sent, "answered": queries.answered}


@routes.get("/api/commensal/v1/invitations")
async def show_all(request: aioweb.Request) -> aioweb.Response:
    """``side``: received (waiting for an answer), sent, or answered."""
    who = await bearers.member(request, READ)
    given = parameters.query(request)
    ask = _SIDES.get(given.text("side", most=20) or "received", queries.received)
    limit = given.whole("limit", least=1, most=80, otherwise=40)
    async with node_of(request).reading() as work:
        found = await ask(work, who.actor_id, limit)
    look = look_of(request)
    return answer([invitation(look, view) for view in found])


@routes.post("/api/commensal/v1/invitations")
async def connect(request: aioweb.Request) -> aioweb.Response:
    """Ask somebody, named by the id of their account or by ``acct``."""
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    acct = (given.text("acct", most=500) or "").strip()
    named = await lookups.find(request, acct if "@" in acct.lstrip("@") else "") if acct else None
    node = node_of(request)
    async with node.writing() as work:
        host = await people.by_handle(work, acct) if acct else None
        if host is None and named is not None:
            host = await work.session.get(Actor, named.id)
        if not acct:
            key = given.key("account_id")
            host = await work.session.get(Actor, key) if key is not None else None
        if host is None:
            raise NotFound
        row = await service.connect(
            work,
            await work.session.get_one(Actor, who.actor_id),
            host,
            given.text("question") or "",
            given.text("about") or "",
            given.text("lens", most=20) or "both",
        )
    return await _shown(request, who.actor_id, row.id)


@routes.get("/api/commensal/v1/invitations/{id}")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, READ)
    return await _shown(request, who.actor_id, database_key(request.match_info["id"]))


@routes.post("/api/commensal/v1/invitations/{id}/accept")
async def accept(request: aioweb.Request) -> aioweb.Response:
    given = await parameters.read(request)
    words = given.text("answer") or ""

    async def say_yes(work: Writing, me: Actor, id: int) -> Connection:
        return await service.accept(work, me, id, words)

    return await _answered(request, say_yes)


@routes.post("/api/commensal/v1/invitations/{id}/decline")
async def decline(request: aioweb.Request) -> aioweb.Response:
    return await _answered(request, service.decline)


@routes.post("/api/commensal/v1/invitations/{id}/withdraw")
async def withdraw(request: aioweb.Request) -> aioweb.Response:
    return await _answered(request, service.withdraw)


async def _answered(
    request: aioweb.Request, act: Callable[[Writing, Actor, int], Awaitable[Connection]]
) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        await act(work, await work.session.get_one(Actor, who.actor_id), id)
    return await _shown(request, who.actor_id, id)


async def _shown(request: aioweb.Request, viewer_id: int, id: int) -> aioweb.Response:
    async with node_of(request).reading() as work:
        return answer(invitation(look_of(request), await queries.one(work, viewer_id, id)))


@routes.get("/api/commensal/v1/connections")
async def connections(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, READ)
    limit = parameters.query(request).whole("limit", least=1, most=500, otherwise=100)
    async with node_of(request).reading() as work:
        found = await queries.connections(work, who.actor_id, limit=limit)
    look = look_of(request)
    return answer([person(look, face) for face in found])


@routes.delete("/api/commensal/v1/connections/{id}")
async def end(request: aioweb.Request) -> aioweb.Response:
    """No longer be connected with the person of this account."""
    who = await bearers.member(request, WRITE)
    other = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        found = await queries.between(work, who.actor_id, other)
        if found is None or found.state != "accepted":
            raise NotFound
        await service.end(work, await work.session.get_one(Actor, who.actor_id), found.id)
    return answer({})
