"""What a member keeps of the offers and asks: single ones, and searches that tell of what is new."""

import aiohttp.web as aioweb

from node.listings import queries, searches
from node.listings.rules import CATEGORIES, DELIVERIES, TERMS
from node.words import N_
from web import forms
from web.addresses import database_key
from web.context import node_of
from web.pages.feed import cursor
from web.rendering import page, said
from web.sessions import member

routes = aioweb.RouteTableDef()


@routes.get("/listings/kept")
async def kept(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    before = cursor(request)
    async with node_of(request).reading() as work:
        found = await queries.kept(work, viewer.actor_id, before=before)
    return page(
        request,
        "listings/kept.html",
        found=found,
        before=before,
        older=found[-1].id if len(found) == queries.PAGE else None,
    )


@routes.get("/listings/saved")
async def saved(request: aioweb.Request) -> aioweb.Response:
    return await _saved(request, forms.Form())


@routes.post("/listings/saved")
async def save(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    with form.attempt():
        async with node_of(request).writing() as work:
            await searches.save(work, viewer.account_id, form.data.get("name", ""), form.data)
        return said("/listings/saved", N_("Saved. You hear of what is new and fits."))
    return await _saved(request, form, status=422)


@routes.post(r"/listings/saved/{id:\d+}/delete")
async def delete(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).writing() as work:
        await searches.delete(work, viewer.account_id, database_key(request.match_info["id"]))
    return said("/listings/saved", N_("This search is deleted."))


async def _saved(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        found = await searches.listed(work, viewer.account_id)
        associations = dict(await queries.associations(work))
    return page(
        request,
        "listings/saved.html",
        status=status,
        found=found,
        form=form,
        wanted=searches.read(form.data) if form.data else {},
        associations=associations,
        categories=CATEGORIES,
        terms=TERMS,
        deliveries=DELIVERIES,
    )
