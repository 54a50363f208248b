"""`/api/v1/bookmarks`: posts a member wants to find again."""

import aiohttp.web as aioweb

from node.bookmarks import service
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.paging import links, window
from web.api.shapes.look import look_of
from web.api.shapes.statuses import readable_post, status, statuses
from web.context import node_of

routes = aioweb.RouteTableDef()


@routes.get("/api/v1/bookmarks")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:bookmarks")
    part = window(parameters.query(request))
    async with node_of(request).reading() as work:
        rows = await service.kept(work, who.actor_id, part)
        found = await statuses(work, look_of(request), who.actor_id, [post_id for _, post_id in rows])
        return answer(found, headers=links(request, work.uris.base, part.limit, [id for id, _ in rows]))


@routes.post("/api/v1/statuses/{id}/bookmark")
async def keep(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:bookmarks")
    async with node_of(request).writing() as work:
        post = await readable_post(work, who.actor_id, database_key(request.match_info["id"]))
        await service.keep(work, who.actor_id, post.id)
        return answer(await status(work, look_of(request), who.actor_id, post.id))


@routes.post("/api/v1/statuses/{id}/unbookmark")
async def drop(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:bookmarks")
    async with node_of(request).writing() as work:
        post = await readable_post(work, who.actor_id, database_key(request.match_info["id"]))
        await service.drop(work, who.actor_id, post.id)
        return answer(await status(work, look_of(request), who.actor_id, post.id))
