"""The weekly letter: chosen in the settings, or ended from the letter itself without a log-in (RFC 8058)."""

import aiohttp.web as aioweb

from node.digest import service as digest
from node.words import N_
from web import forms
from web.context import node_of
from web.rendering import page, said
from web.sessions import member

routes = aioweb.RouteTableDef()


@routes.get("/settings/letters")
async def show(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        is_wanted = await digest.is_wanted(work, viewer.account_id)
    return page(request, "letters/settings.html", form=forms.Form(), is_wanted=is_wanted)


@routes.post("/settings/letters")
async def choose(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    wants = form.ticked_box("weekly")
    async with node_of(request).writing() as work:
        await digest.choose(work, viewer.account_id, wants=wants)
    return said("/settings", N_("Saved."))


# Mail programs open every link they find to look at it: only the button ends anything.


@routes.get("/digest/off/{token}")
async def ask(request: aioweb.Request) -> aioweb.Response:
    return await _answer(request, None)


@routes.post("/digest/off/{token}")
async def stop(request: aioweb.Request) -> aioweb.Response:
    return await _answer(request, False)


@routes.post("/digest/on/{token}")
async def resume(request: aioweb.Request) -> aioweb.Response:
    return await _answer(request, True)


async def _answer(request: aioweb.Request, wants: bool | None) -> aioweb.Response:
    token = request.match_info["token"]
    async with node_of(request).reading() as work:
        account_id = (await digest.account_of(work, token)).id
    if wants is not None:
        async with node_of(request).writing() as work:
            await digest.choose(work, account_id, wants=wants)
    async with node_of(request).reading() as work:
        is_wanted = await digest.is_wanted(work, account_id)
    response = page(request, "letters/off.html", is_wanted=is_wanted, token=token)
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is a secret
    return response
