"""Today: what waits for the member, and how to begin."""

import aiohttp.web as aioweb

from node.today import today
from web.context import node_of
from web.rendering import page
from web.sessions import member

routes = aioweb.RouteTableDef()


@routes.get("/today")
async def show(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        waiting = await today(work, viewer.account_id, viewer.actor_id, is_officer=viewer.is_officer)
    return page(request, "today/show.html", today=waiting)
