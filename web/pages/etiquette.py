"""The rules of the table: shown to everyone, accepted once by every member."""

import aiohttp.web as aioweb

from node.accounts import service as accounts
from node.etiquette.code import RULES, VERSION, has_accepted
from node.words import N_
from web import forms
from web.addresses import own_path
from web.context import node_of
from web.rendering import page, said
from web.sessions import member, visitor

routes = aioweb.RouteTableDef()


@routes.get("/etiquette")
async def show_rules(request: aioweb.Request) -> aioweb.Response:
    viewer = visitor(request)
    accepted_at = None
    if viewer is not None:
        async with node_of(request).reading() as work:
            accepted_at = (await accounts.view(work, viewer.account_id)).etiquette_at
    return page(
        request,
        "etiquette/rules.html",
        rules=RULES,
        must_accept=viewer is not None and not has_accepted(viewer.etiquette_version),
        accepted_at=accepted_at,
        next=own_path(request.query.get("next", "")),
    )


@routes.post("/etiquette")
async def accept(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    async with node_of(request).writing() as work:
        await accounts.accept_etiquette(work, viewer.account_id, VERSION)
    return said(own_path(form.text("next", required=False, most=4000)), N_("Welcome to the table."))
