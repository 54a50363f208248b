"""The office's own programs: addresses that are told what happens, and tokens for scripts."""

import aiohttp.web as aioweb

from node.accounts import scopes, tokens
from node.webhooks import service
from node.words import N_
from web import forms
from web.addresses import database_key
from web.context import node_of
from web.rendering import page, said
from web.sessions import officer

routes = aioweb.RouteTableDef()

SCOPES = ("read", "read:listings", "read:directory", "write:listings", "write:statuses", "read:peers")


@routes.get("/office/programs")
async def show(request: aioweb.Request) -> aioweb.Response:
    return await _page(request, forms.Form())


@routes.post("/office/programs")
async def add(request: aioweb.Request) -> aioweb.Response:
    viewer = officer(request)
    form = await forms.read(request)
    url = form.text("url", most=2048, missing=N_("Give an address that begins with https://."))
    events = form.choices("events", service.CHOSEN)
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                row, secret = await service.add(work, viewer.account_id, url, events)
                added = await service.view(work, row.id)
            return page(request, "office/program_added.html", row=added, secret=secret, token="")
    return await _page(request, form, status=422)


@routes.post("/office/programs/token")
async def make_token(request: aioweb.Request) -> aioweb.Response:
    viewer = officer(request)
    form = await forms.read(request)
    name = form.text("name", most=60, missing=N_("Give the program a name."))
    wanted = form.choices("scopes", SCOPES)
    if form.valid and not wanted:
        form.wrong("scopes", N_("Please choose one of these."))
    if form.valid:
        async with node_of(request).writing() as work:
            token = await tokens.make(work, viewer.account_id, name, scopes.read(" ".join(wanted)))
        return page(request, "office/program_added.html", row=None, secret="", token=token)
    return await _page(request, form, status=422)


@routes.get("/office/programs/{id:[0-9]+}")
async def show_one(request: aioweb.Request) -> aioweb.Response:
    return await _one(request, forms.Form())


@routes.post("/office/programs/{id:[0-9]+}")
async def revise(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    id = database_key(request.match_info["id"])
    form = await forms.read(request)
    url = form.text("url", most=2048, missing=N_("Give an address that begins with https://."))
    events = form.choices("events", service.CHOSEN)
    is_enabled = form.ticked_box("enabled")
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                await service.revise(work, id, url, events, is_enabled)
            return said(f"/office/programs/{id}", N_("Saved."))
    return await _one(request, form, status=422)


@routes.post("/office/programs/{id:[0-9]+}/test")
async def test(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        await service.test(work, id)
    return said(f"/office/programs/{id}", N_("A test is on its way. What came of it will be on this page."))


@routes.post("/office/programs/{id:[0-9]+}/remove")
async def remove(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    async with node_of(request).writing() as work:
        await service.remove(work, database_key(request.match_info["id"]))
    return said("/office/programs", N_("This address is told nothing any more."))


@routes.post("/office/programs/messages/{id:[0-9]+}/again")
async def again(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        hook_id = await service.again(work, id)
    return said(f"/office/programs/{hook_id}", N_("It is on its way again."))


async def _page(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    officer(request)
    async with node_of(request).reading() as work:
        hooks = await service.listed(work)
    return page(
        request,
        "office/programs.html",
        status=status,
        form=form,
        hooks=hooks,
        events=[(name, service.EVENTS[name]) for name in service.CHOSEN],
        scopes=[(name, scopes.WORDS.get(name, name)) for name in SCOPES],
    )


async def _one(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    officer(request)
    async with node_of(request).reading() as work:
        row = await service.view(work, database_key(request.match_info["id"]))
        sent = await service.messages(work, row.id)
    return page(
        request,
        "office/program.html",
        status=status,
        form=form,
        row=row,
        sent=[(message, service.EVENTS[message.event]) for message in sent],
        events=[(name, service.EVENTS[name]) for name in service.CHOSEN],
    )
