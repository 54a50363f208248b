"""`/api/commensal/v1/searches`: what one looks for among offers and asks, again and again."""

import aiohttp.web as aioweb

from node.listings import searches
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.commensal.shapes import saved_search
from web.api.edge import answer
from web.context import node_of

routes = aioweb.RouteTableDef()

READ, WRITE = "read:listings", "write:listings"


@routes.get("/api/commensal/v1/searches")
async def show_all(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, READ)
    async with node_of(request).reading() as work:
        found = await searches.listed(work, who.account_id)
    return answer([saved_search(view) for view in found])


@routes.post("/api/commensal/v1/searches")
async def save(request: aioweb.Request) -> aioweb.Response:
    """``name``, and ``wanted`` with the parameters of /listings."""
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    below = given.below("wanted")
    wanted = {name: below.text(name, most=200) or "" for name in below.names() if name in searches.NAMES}
    async with node_of(request).writing() as work:
        row = await searches.save(work, who.account_id, given.text("name", most=1000) or "", wanted)
        found = next(view for view in await searches.listed(work, who.account_id) if view.id == row.id)
    return answer(saved_search(found))


@routes.delete("/api/commensal/v1/searches/{id}")
async def delete(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    async with node_of(request).writing() as work:
        await searches.delete(work, who.account_id, database_key(request.match_info["id"]))
    return answer({})
