"""`/api/v1/timelines`: home, what everybody may read, a hashtag."""

from collections.abc import Mapping, Sequence

import aiohttp.web as aioweb

from node.accounts.tokens import Bearer
from node.posts import timelines
from node.windows import Window
from node.work import Reading
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.paging import links, window
from web.api.shapes.look import look_of
from web.api.shapes.statuses import statuses
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


def _narrowing(given: parameters.Parameters) -> Mapping[str, bool]:
    return {name: bool(given.flag(name)) for name in ("local", "remote", "only_media")}


async def _page(
    request: aioweb.Request, work: Reading, who: Bearer | None, part: Window, ids: Sequence[int]
) -> aioweb.Response:
    found = await statuses(work, look_of(request), who.actor_id if who else None, ids)
    return answer(found, headers=links(request, work.uris.base, part.limit, ids))
