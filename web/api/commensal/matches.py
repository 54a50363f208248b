"""`/api/commensal/v1/matches`: whose asks one can answer and what helps, with the reason."""

import aiohttp.web as aioweb

from node.accounts import throttle
from node.matching import matches, running
from node.matching.matches import MatchView
from web.addresses import database_key
from web.api import bearers
from web.api.commensal.shapes import listing
from web.api.edge import answer
from web.api.shapes.look import Entity, Look, look_of, moment
from web.context import node_of, reader

routes = aioweb.RouteTableDef()

READ, WRITE = "read:listings", "write:listings"


@routes.get("/api/commensal/v1/matches")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, READ)
    async with node_of(request).reading() as work:
        found = await matches.twenty(work, who.account_id, who.actor_id)
    look = look_of(request)
    return answer(
        {
            "asks": [_match(look, view) for view in found.asks],
            "offers": [_match(look, view) for view in found.offers],
            "more_asks": found.more_asks,
            "more_offers": found.more_offers,
        }
    )


@routes.post("/api/commensal/v1/matches/run")
async def run(request: aioweb.Request) -> aioweb.Response:
    """Look at once instead of by night; a few times an hour."""
    who = await bearers.member(request, WRITE)
    throttle.count(node_of(request).config, throttle.MATCHING, "match", str(who.account_id))
    return answer({"new": await running.match_now(node_of(request), who.account_id, who.actor_id)})


@routes.post("/api/commensal/v1/matches/{id}/dismiss")
async def dismiss(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    async with node_of(request).writing() as work:
        await matches.dismiss(work, who.account_id, _id(request))
    return answer({})


@routes.post("/api/commensal/v1/matches/{id}/restore")
async def restore(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    async with node_of(request).writing() as work:
        await matches.restore(work, who.account_id, _id(request))
        view = await matches.one(work, who.account_id, who.actor_id, _id(request))
    return answer(_match(look_of(request), view))


def _id(request: aioweb.Request) -> int:
    return database_key(request.match_info["id"])


def _match(look: Look, view: MatchView) -> Entity:
    return {
        "id": str(view.id),
        "listing": listing(look, view.listing),
        "score": view.score,
        "reason": view.why(reader().language),
        "because": [str(part.get("why", "")) for part in view.reasons],
        "own_title": view.own_title or None,
        "is_new": view.is_new,
        "created_at": moment(view.at),
    }
