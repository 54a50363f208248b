"""What a member is told of."""

import aiohttp.web as aioweb

from node.directed import queries as directed
from node.notifications import queries, service
from node.words import N_
from web.context import node_of
from web.pages.feed import cursor
from web.rendering import page, said
from web.sessions import member

routes = aioweb.RouteTableDef()


@routes.get("/notifications")
async def index(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    before = cursor(request)
    async with node_of(request).reading() as work:
        news = await queries.newest(work, viewer.account_id, before=before)
        unread = await queries.unread(work, viewer.account_id)
        waiting = await directed.count_waiting(work, viewer.actor_id)
    return page(
        request,
        "notifications/index.html",
        news=news,
        unread=unread,
        waiting=waiting,
        before=before,
        older=news[-1].id if len(news) == queries.PAGE else None,
    )


@routes.post("/notifications/read")
async def read(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).writing() as work:
        await service.mark_read(work, viewer.account_id)
    return said("/notifications", N_("All marked as read."))
