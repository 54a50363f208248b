"""Words a member would rather not see."""

import aiohttp.web as aioweb

from node.filters import service
from node.words import N_
from web import forms
from web.addresses import database_key
from web.context import node_of
from web.rendering import page, said
from web.sessions import member

routes = aioweb.RouteTableDef()

ACTIONS = {
    "warn": N_("Fold it away under the name of the word"),
    "hide": N_("Leave it out"),
}


@routes.get("/settings/words")
async def show(request: aioweb.Request) -> aioweb.Response:
    return await _page(request, forms.Form())


@routes.post("/settings/words")
async def add(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    text = form.text("word", most=200, missing=N_("Which word?"))
    action = form.choice("action", ACTIONS, otherwise="warn")
    is_whole = form.ticked_box("whole")
    if form.valid:
        with form.attempt():
            async with service.changing(node_of(request), viewer.account_id) as work:
                row = await service.make(work, viewer.account_id, text, service.CONTEXTS, action, None)
                await service.add_word(work, row, text, is_whole)
            return said("/settings/words", N_("Done. It holds in apps too."))
    return await _page(request, form, status=422)


@routes.post("/settings/words/{id:[0-9]+}/remove")
async def remove(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with service.changing(node_of(request), viewer.account_id) as work:
        await service.drop(work, viewer.account_id, database_key(request.match_info["id"]))
    return said("/settings/words", N_("You see it again."))


async def _page(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        found = [
            (one.filter.id, one.filter.title, [word.text for word in one.words], len(one.posts), one.filter.action)
            for one in await service.owned(work, viewer.account_id)
        ]
    return page(request, "settings/words.html", status=status, form=form, found=found, actions=list(ACTIONS.items()))
