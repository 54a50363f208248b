"""People and companies, of this association and of others."""

import aiohttp.web as aioweb

from node.industries import catalogue as industries
from node.matching import queries
from node.matching.queries import Wanted
from web.addresses import Asked
from web.context import node_of
from web.rendering import page
from web.sessions import visitor

routes = aioweb.RouteTableDef()

KINDS = ("person", "company")


@routes.get("/directory")
async def index(request: aioweb.Request) -> aioweb.Response:
    viewer = visitor(request)
    asked = request.query
    association, offset = asked.get("association", ""), asked.get("from", "")
    kind = asked.get("kind", "")
    wanted = Wanted(
        text=asked.get("q", "")[:200],
        kind=kind if kind in KINDS else "",
        industry=industries.read(asked.get("industry", "")[:200]),
        association_id=int(association) if association.isdecimal() and len(association) < 19 else None,
    )
    start = min(int(offset), 10_000) if offset.isdecimal() and len(offset) < 6 else 0
    async with node_of(request).reading() as work:
        found = await queries.directory(work, viewer.actor_id if viewer else None, wanted, offset=start)
        associations = await queries.associations(work)
        present = await queries.industries_here(work)
    if wanted.industry and wanted.industry not in present:
        present.append(wanted.industry)
    kept = {name: value for name, value in asked.items() if name in ("q", "kind", "association", "industry") and value}
    return page(
        request,
        "directory/index.html",
        found=found,
        wanted=wanted,
        associations=associations,
        present=present,
        address=Asked("/directory", kept),
        start=start,
        step=queries.PAGE,
    )
