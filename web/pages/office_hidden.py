"""The office sees which offers are kept out of sight, and why."""

import aiohttp.web as aioweb

from node.listings import queries, service
from web.context import node_of
from web.pages.feed import cursor
from web.rendering import page
from web.sessions import officer

routes = aioweb.RouteTableDef()

PAGE = 50


@routes.get("/office/hidden")
async def hidden(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    before = cursor(request)
    async with node_of(request).reading() as work:
        found = await queries.out_of_sight(work, before=before, limit=PAGE)
        policy = await service.policy(work)
    return page(
        request,
        "office/hidden.html",
        found=found,
        policy=policy,
        before=before,
        older=found[-1].id if len(found) == PAGE else None,
    )
