"""`/api/commensal/v1/directory`: people and companies of this association and of others."""

import aiohttp.web as aioweb

from node.industries import catalogue as industries
from node.matching import queries
from node.matching.queries import Wanted
from web.api import bearers, parameters
from web.api.commensal.shapes import person
from web.api.edge import answer
from web.api.shapes.look import look_of
from web.context import node_of

routes = aioweb.RouteTableDef()


@routes.get("/api/commensal/v1/directory")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, "read:directory")
    given = parameters.query(request)
    kind = given.text("kind", most=20) or ""
    wanted = Wanted(
        text=given.text("q", most=200) or "",
        kind=kind if kind in ("person", "company") else "",
        association_id=given.key("association_id"),
        only_here=bool(given.flag("local")),
        industry=industries.read(given.text("industry", most=20) or ""),
    )
    offset = given.whole("offset", least=0, most=10_000, otherwise=0)
    limit = given.whole("limit", least=1, most=80, otherwise=40)
    async with node_of(request).reading() as work:
        found = await queries.directory(work, who.actor_id if who else None, wanted, offset=offset, limit=limit)
    look = look_of(request)
    return answer(
        {
            "people": [person(look, face) for face in found.people],
            "total": found.total,
            "next_offset": found.next_offset,
        }
    )


@routes.get("/api/commensal/v1/associations")
async def associations(request: aioweb.Request) -> aioweb.Response:
    """Associations that vouch for people known here; their ids narrow the directory."""
    await bearers.visitor(request, "read:directory")
    async with node_of(request).reading() as work:
        found = await queries.associations(work)
    return answer([{"id": str(id), "name": name, "people_count": number} for id, name, number in found])
