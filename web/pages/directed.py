"""Offers to one person: what waits for a look, and the three answers there are."""

import aiohttp.web as aioweb

from node.actors import queries as actors
from node.directed import queries, service
from node.directed.mutes import ONE_WAY
from node.errors import NotFound
from node.listings import queries as listings
from node.reports import service as reports
from node.words import N_, Message
from web import forms
from web.addresses import database_key
from web.context import node_of
from web.rendering import page, said
from web.sessions import member
from web.translations import say

routes = aioweb.RouteTableDef()

WORDS = 5000


@routes.get("/listings/waiting")
async def waiting(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        keys = await queries.waiting(work, viewer.actor_id)
        found = await listings.views(work, viewer.actor_id, keys)
        directed = {view.id: await queries.of_post(work, viewer.actor_id, view.id) for view in found}
    return page(request, "listings/waiting.html", found=found, directed=directed)


@routes.get(r"/listings/{id:\d+}/interested")
async def ask_interested(request: aioweb.Request) -> aioweb.Response:
    return await _interested(request, forms.Form())


@routes.post(r"/listings/{id:\d+}/interested")
async def interested(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    text = form.long_text("text", most=WORDS, missing=N_("Write something first."))
    if form.valid:
        with form.attempt():
            path = await _answer(request, "interested", text)
            return said(path, N_("Your answer is on its way."))
    return await _interested(request, form, status=422)


@routes.post(r"/listings/{id:\d+}/no-thank-you")
async def decline(request: aioweb.Request) -> aioweb.Response:
    await _answer(request, "declined", say(Message(N_("Thank you for thinking of me. It is not for me this time."))))
    return said("/today", N_("Answered, kindly."))


@routes.post(r"/listings/{id:\d+}/one-way")
async def one_way(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        await service.offered_to(work, viewer.actor_id, id)
        offer = await listings.one(work, viewer.actor_id, id)
        ours, author = await actors.by_id(work, viewer.actor_id), await actors.by_id(work, offer.author.id)
        if ours is None or author is None:
            raise NotFound
        await reports.report(work, ours, author, post_ids=[id], category=ONE_WAY)
    words = N_("The office learns of it. %(name)s does not learn that it was you.")
    return said("/today", Message(words, {"name": offer.author.name}))


async def _answer(request: aioweb.Request, state: str, text: str) -> str:
    """Answer, and say where the offer is."""
    viewer = member(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        ours = await actors.by_id(work, viewer.actor_id)
        if ours is None:
            raise NotFound
        await service.answer(work, ours, id, state, text)
        return (await listings.one(work, viewer.actor_id, id)).path


async def _interested(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = member(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        await service.offered_to(work, viewer.actor_id, id)
        listing = await listings.one(work, viewer.actor_id, id)
    return page(request, "listings/interested.html", status=status, form=form, listing=listing)
