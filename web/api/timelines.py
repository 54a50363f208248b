"""`/api/v1/timelines`: home, what everybody may read, a hashtag."""

from collections.abc import Mapping, Sequence

import aiohttp.web as aioweb

from node.accounts.tokens import Bearer
from node.lists import service as lists
from node.posts import timelines
from node.windows import Window
from node.work import Reading
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.paging import links, window
from web.api.shapes.look import look_of
from web.api.shapes.statuses import each_once, statuses
from web.context import node_of
from web.forms import clean

routes = aioweb.RouteTableDef()


@routes.get("/api/v1/timelines/home")
async def home(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:statuses")
    part = window(parameters.query(request))
    async with node_of(request).reading() as work:
        return await _page(request, work, who, part, await timelines.home(work, who.actor_id, part))


@routes.get("/api/v1/timelines/public")
async def public(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, "read:statuses")
    given = parameters.query(request)
    part = window(given)
    async with node_of(request).reading() as work:
        ids = await timelines.public(work, who.actor_id if who else None, part, **_narrowing(given))
        return await _page(request, work, who, part, ids)


@routes.get("/api/v1/timelines/tag/{tag}")
async def tag(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, "read:statuses")
    given = parameters.query(request)
    part = window(given)
    async with node_of(request).reading() as work:
        ids = await timelines.tagged(
            work,
            who.actor_id if who else None,
            part,
            [clean(request.match_info["tag"]).lstrip("#"), *given.texts("any", most=10)],
            every=given.texts("all", most=10),
            none=given.texts("none", most=10),
            **_narrowing(given),
        )
        return await _page(request, work, who, part, ids)


@routes.get("/api/v1/timelines/list/{id}")
async def people_list(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:lists")
    part = window(parameters.query(request))
    async with node_of(request).reading() as work:
        row = await lists.one(work, who.actor_id, database_key(request.match_info["id"]))
        return await _page(request, work, who, part, await timelines.listed_people(work, who.actor_id, row, part))


@routes.get("/api/v1/timelines/direct")
async def direct(request: aioweb.Request) -> aioweb.Response:
    """Before there were conversations."""
    who = await bearers.member(request, "read:statuses")
    part = window(parameters.query(request))
    async with node_of(request).reading() as work:
        return await _page(request, work, who, part, await timelines.direct(work, who.actor_id, part))


def _narrowing(given: parameters.Parameters) -> Mapping[str, bool]:
    return {name: bool(given.flag(name)) for name in ("local", "remote", "only_media")}


async def _page(
    request: aioweb.Request, work: Reading, who: Bearer | None, part: Window, ids: Sequence[int]
) -> aioweb.Response:
    viewer_id = who.actor_id if who else None
    found = each_once(await statuses(work, look_of(request), viewer_id, ids, have_passed=True))
    return answer(found, headers=links(request, work.uris.base, part.limit, ids))
