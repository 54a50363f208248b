"""`/api/v1/markers`: how far a member has read, so that the next app begins there."""

import aiohttp.web as aioweb

from node.accounts import markers
from node.accounts.model import Marker
from node.errors import NotFound
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.parameters import Parameters
from web.api.shapes.look import Entity, moment
from web.context import node_of

routes = aioweb.RouteTableDef()


@routes.get("/api/v1/markers")
async def show(request: aioweb.Request) -> aioweb.Response:
    """Without ``timeline[]`` both are always there: some apps read one without looking whether it is."""
    who = await bearers.member(request, "read:statuses")
    wanted = parameters.query(request).texts("timeline") or markers.TIMELINES
    async with node_of(request).reading() as work:
        found = await markers.of(work, who.account_id)
        unread = {"last_read_id": "0", "version": 0, "updated_at": moment(work.now)}
        return answer(
            {name: _marker(found[name]) if name in found else unread for name in markers.TIMELINES if name in wanted}
        )


@routes.post("/api/v1/markers")
async def keep(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:statuses")
    given = await parameters.read(request)
    async with node_of(request).writing() as work:
        found = {}
        for name in markers.TIMELINES:
            last = _last_read(given.below(name))
            if last is not None:
                found[name] = _marker(await markers.keep(work, who.account_id, name, last))
    return answer(found)


def _last_read(given: Parameters) -> int | None:
    try:
        return given.key("last_read_id")
    except NotFound:
        return None


def _marker(row: Marker) -> Entity:
    return {"last_read_id": str(row.last_read_id), "version": row.version, "updated_at": moment(row.updated_at)}
