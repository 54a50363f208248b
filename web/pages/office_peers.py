"""The office sees how other associations and networks are, and what became of what was said to them."""

import aiohttp.web as aioweb

from node.outbox import queries as outbox
from node.peers import desk, queue
from node.words import N_, Message
from web import forms
from web.addresses import database_key
from web.context import node_of
from web.rendering import page, said
from web.sessions import admin, officer

routes = aioweb.RouteTableDef()

STATES = ("", "associations", "failing", "closed")
PAGE = 40


@routes.get("/office/peers")
async def peers(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    state = request.query.get("state", "")
    state = state if state in STATES else ""
    query = request.query.get("q", "")[:200]
    async with node_of(request).reading() as work:
        found = await desk.peers(work, state=state, query=query)
    return page(request, "office/peers.html", peers=found, state=state, query=query)


@routes.get(r"/office/peers/{host:[^/]+}")
async def peer(request: aioweb.Request) -> aioweb.Response:
    return await _peer(request, forms.Form())


@routes.post(r"/office/peers/{host:[^/]+}/retry")
async def retry(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    host = request.match_info["host"]
    async with node_of(request).writing() as work:
        waiting = await desk.retry(work, host)
    if not waiting:
        return said(f"/office/peers/{host}", N_("Nothing waits for them."))
    return said(f"/office/peers/{host}", Message(N_("Trying now; %(count)s wait."), {"count": waiting}))


@routes.post(r"/office/peers/{host:[^/]+}/drop")
async def drop(request: aioweb.Request) -> aioweb.Response:
    """What waits for them is not sent any more."""
    officer(request)
    host = request.match_info["host"]
    async with node_of(request).writing() as work:
        dropped = await queue.drop(work, host)
    if not dropped:
        return said(f"/office/peers/{host}", N_("Nothing waits for them."))
    return said(f"/office/peers/{host}", Message(N_("Taken out of the queue: %(count)s."), {"count": dropped}))


@routes.post(r"/office/peers/{host:[^/]+}/close")
async def close(request: aioweb.Request) -> aioweb.Response:
    """Nothing goes there and nothing from there comes in any more."""
    admin(request)
    host = request.match_info["host"]
    form = await forms.read(request)
    reason = form.text("reason", most=300, missing=N_("Say why, so that the next officer knows."))
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                await desk.block(work, host, reason)
            return said(
                f"/office/peers/{host}", Message(N_("The door to %(host)s is closed."), {"host": host}),
                undo=f"/office/peers/{host}/open",
            )  # fmt: skip
    return await _peer(request, form, status=422)


@routes.post(r"/office/peers/{host:[^/]+}/open")
async def open_again(request: aioweb.Request) -> aioweb.Response:
    admin(request)
    host = request.match_info["host"]
    async with node_of(request).writing() as work:
        await desk.unblock(work, host)
    return said(f"/office/peers/{host}", Message(N_("The door to %(host)s is open."), {"host": host}))


@routes.get("/office/deliveries")
async def deliveries(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    only = request.query.get("only", "")
    only = only if only in ("", "waiting", "lost") else ""
    before = database_key(request.query["before"]) if "before" in request.query else None
    async with node_of(request).reading() as work:
        sent = await outbox.sent(work, only=only, before=before, limit=PAGE)
        totals = await outbox.totals(work)
    return page(
        request,
        "office/deliveries.html",
        sent=sent,
        totals=totals,
        only=only,
        before=before,
        older=sent[-1].id if len(sent) == PAGE else None,
    )


@routes.get(r"/office/deliveries/{id:\d+}")
async def delivery(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    async with node_of(request).reading() as work:
        sent, answers = await outbox.one(work, database_key(request.match_info["id"]))
    return page(request, "office/delivery.html", sent=sent, answers=answers)


async def _peer(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    officer(request)
    async with node_of(request).reading() as work:
        found = await desk.peer(work, request.match_info["host"])
        waiting = await queue.of(work, request.match_info["host"])
    return page(request, "office/peer.html", status=status, peer=found, queue=waiting, form=form)
