"""`/api/v1/suggestions` and `/api/v2/suggestions`: colleagues whom a member does not follow yet."""

import aiohttp.web as aioweb

from node.follows import suggestions
from web.api import bearers, parameters
from web.api.accounts import someone
from web.api.edge import answer
from web.api.shapes.accounts import accounts
from web.api.shapes.look import Entity, look_of
from web.context import node_of

routes = aioweb.RouteTableDef()


@routes.get("/api/v1/suggestions")
async def older(request: aioweb.Request) -> aioweb.Response:
    return answer(await _suggested(request))


@routes.get("/api/v2/suggestions")
async def show(request: aioweb.Request) -> aioweb.Response:
    """All for the same reason: the association has them as members."""
    found = await _suggested(request)
    return answer([{"source": "staff", "sources": ["featured"], "account": entity} for entity in found])


@routes.delete("/api/v1/suggestions/{id}")
async def pass_over(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:accounts")
    async with node_of(request).writing() as work:
        await suggestions.pass_over(work, who.actor_id, (await someone(work, request)).id)
    return answer({})


async def _suggested(request: aioweb.Request) -> list[Entity]:
    who = await bearers.member(request, "read:accounts")
    given = parameters.query(request)
    limit = given.whole("limit", least=1, most=suggestions.MOST, otherwise=40)
    offset = given.whole("offset", least=0, most=10_000, otherwise=0)
    async with node_of(request).reading() as work:
        found = await suggestions.suggested(work, who.actor_id, limit, offset)
        shown = await accounts(work, look_of(request), found)
    return [shown[actor.id] for actor in found]
