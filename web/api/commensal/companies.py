"""`/api/commensal/v1/companies`: what a company shows of itself."""

import aiohttp.web as aioweb

from node.actors.model import Actor
from node.companies import queries
from node.companies.queries import Page
from node.errors import NotFound
from web.addresses import database_key
from web.api import bearers
from web.api.commensal.shapes import person
from web.api.edge import answer
from web.api.shapes.look import Entity, Look, look_of
from web.context import node_of

routes = aioweb.RouteTableDef()


@routes.get("/api/commensal/v1/companies/{id}")
async def show(request: aioweb.Request) -> aioweb.Response:
    """By the id that it has in the directory."""
    who = await bearers.visitor(request, "read:directory")
    id = database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        actor = await work.session.get(Actor, id)
        if actor is None or actor.kind != "organization" or actor.gone_at is not None:
            raise NotFound
        return answer(_company(look_of(request), await queries.page(work, id, who.actor_id if who else None)))


def _company(look: Look, found: Page) -> Entity:
    return {
        "id": str(found.id),
        "acct": found.handle.removeprefix("@"),
        "name": found.name,
        "url": found.url,
        "picture": look.absolute(found.picture) if found.picture else None,
        "is_local": found.is_local,
        "is_association": found.is_association,
        "about": found.about,
        "trade": found.trade,
        "industry": found.industry or None,
        "size": found.size,
        "website": found.website or None,
        "phone": found.phone or None,
        "place": found.place or None,
        "address": found.address or None,
        "people": [{"person": person(look, face), "title": title} for face, title in found.people],
    }
