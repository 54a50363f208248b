"""Twenty-twenty: at most twenty asks one can answer and twenty offers that help, each with its reason."""

import aiohttp.web as aioweb

from node.accounts import throttle
from node.matching import matches, running
from node.words import N_, Message
from web.addresses import database_key
from web.context import node_of, reader
from web.rendering import page, said
from web.sessions import member

routes = aioweb.RouteTableDef()

_LANES = (
    ("hammer", N_("Incubate"), N_("Carry an idea as far as its first sale"), "/ideas"),
    ("search", N_("Research"), N_("Ask a panel before you begin"), "/studies"),
    ("repeat", N_("Test"), N_("Offer it in two ways and see which one goes"), "/tests/new"),
    ("list-checks", N_("Poll"), N_("Let people choose"), "/posts/new#poll"),
    ("store", N_("Sell"), N_("Put it on the table now"), "/listings/new"),
)
"""Five things to do with an opportunity."""


@routes.get("/matches")
async def show(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    node = node_of(request)
    async with node.reading() as work:
        found = await matches.twenty(work, viewer.account_id, viewer.actor_id)
        has_offer, has_ask = await matches.has_own(work, viewer.actor_id)
    fresh = [match.id for match in (*found.asks, *found.offers) if match.is_new]
    if fresh:
        async with node.writing() as work:
            await matches.mark_seen(work, viewer.account_id, fresh)
    return page(
        request,
        "matches/index.html",
        found=found,
        why={match.id: match.why(reader().language) for match in (*found.asks, *found.offers)},
        has_offer=has_offer,
        has_ask=has_ask,
        lanes=_LANES,
    )


@routes.post("/matches/run")
async def run(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    throttle.count(node_of(request).config, throttle.MATCHING, "match", str(viewer.account_id))
    count = await running.match_now(node_of(request), viewer.account_id, viewer.actor_id)
    words = (
        Message(N_("New for you: %(count)d."), {"count": count}) if count else N_("Nothing new since the last look.")
    )
    return said("/matches", words)


@routes.post(r"/matches/{id:\d+}/dismiss")
async def dismiss(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        row = await matches.dismiss(work, viewer.account_id, id)
    return said(f"/matches#{row.purpose}s", N_("You will not see this one again."), undo=f"/matches/{id}/restore")


@routes.post(r"/matches/{id:\d+}/restore")
async def restore(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).writing() as work:
        row = await matches.restore(work, viewer.account_id, database_key(request.match_info["id"]))
    return said(f"/matches#{row.purpose}s", N_("It is back in its place."))
