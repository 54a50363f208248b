"""`/api/v1/lists`: lists of people, and what those on them say."""

import aiohttp.web as aioweb

from node.lists import service
from node.lists.model import PeopleList
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.accounts import someone
from web.api.edge import answer
from web.api.paging import links, window
from web.api.shapes.accounts import accounts
from web.api.shapes.look import Entity, look_of
from web.context import node_of

routes = aioweb.RouteTableDef()


def entity(row: PeopleList) -> Entity:
    return {"id": str(row.id), "title": row.title, "replies_policy": row.replies, "exclusive": row.is_exclusive}


@routes.get("/api/v1/lists")
async def show_all(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:lists")
    async with node_of(request).reading() as work:
        return answer([entity(row) for row in await service.owned(work, who.actor_id)])


@routes.post("/api/v1/lists")
async def make(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:lists")
    given = await parameters.read(request)
    async with node_of(request).writing() as work:
        row = await service.make(
            work,
            who.actor_id,
            given.text("title") or "",
            replies=given.text("replies_policy") or "list",
            exclusive=bool(given.flag("exclusive")),
        )
        return answer(entity(row))


@routes.get("/api/v1/lists/{id}")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:lists")
    async with node_of(request).reading() as work:
        return answer(entity(await service.one(work, who.actor_id, _key(request))))


@routes.put("/api/v1/lists/{id}")
async def revise(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:lists")
    given = await parameters.read(request)
    async with node_of(request).writing() as work:
        row = await service.revise(
            work,
            who.actor_id,
            _key(request),
            given.text("title"),
            given.text("replies_policy"),
            given.flag("exclusive"),
        )
        return answer(entity(row))


@routes.delete("/api/v1/lists/{id}")
async def drop(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:lists")
    async with node_of(request).writing() as work:
        await service.drop(work, who.actor_id, _key(request))
    return answer({})


@routes.get("/api/v1/lists/{id}/accounts")
async def show_people(request: aioweb.Request) -> aioweb.Response:
    """``limit=0`` asks for everybody at once."""
    who = await bearers.member(request, "read:lists")
    given = parameters.query(request)
    part = None if given.text("limit") == "0" else window(given, otherwise=40, most=80)
    async with node_of(request).reading() as work:
        found = await service.people(work, who.actor_id, _key(request), part)
        shown = await accounts(work, look_of(request), found)
        cursors = links(request, work.uris.base, part.limit, [actor.id for actor in found]) if part else {}
        return answer([shown[actor.id] for actor in found], headers=cursors)


@routes.post("/api/v1/lists/{id}/accounts")
async def add_people(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:lists")
    ids = (await parameters.read(request)).keys("account_ids")
    async with node_of(request).writing() as work:
        await service.add(work, who.actor_id, _key(request), ids)
    return answer({})


@routes.delete("/api/v1/lists/{id}/accounts")
async def take_people_off(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:lists")
    ids = (await parameters.read(request)).keys("account_ids")
    async with node_of(request).writing() as work:
        await service.take_off(work, who.actor_id, _key(request), ids)
    return answer({})


@routes.get("/api/v1/accounts/{id}/lists")
async def show_lists_with(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:lists")
    async with node_of(request).reading() as work:
        other = await someone(work, request)
        return answer([entity(row) for row in await service.owned(work, who.actor_id, other.id)])


def _key(request: aioweb.Request) -> int:
    return database_key(request.match_info["id"])
