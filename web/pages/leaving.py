"""Closing one's account: what goes with it, what has to be brought to an end first, and the farewell."""

import aiohttp.web as aioweb

from node.accounts import login
from node.accounts import service as accounts
from node.errors import Invalid
from node.members import leaving
from node.words import N_
from web import forms
from web.context import node_of
from web.rendering import page, said
from web.sessions import close_session, member

routes = aioweb.RouteTableDef()


@routes.get("/settings/leave")
async def show(request: aioweb.Request) -> aioweb.Response:
    return await _page(request, forms.Form())


@routes.post("/settings/leave")
async def go(request: aioweb.Request) -> aioweb.Response:
    """With the password once more; who has none types their name."""
    viewer = member(request)
    node = node_of(request)
    form = await forms.read(request)
    with form.attempt():
        async with node.reading() as work:
            account = await accounts.view(work, viewer.account_id)
        if not account.has_password:
            if form.data.get("username", "").strip().removeprefix("@") != viewer.username:
                raise Invalid({"username": N_("This is not your name here.")})
        elif not await login.confirm(node, viewer.account_id, form.data.get("password", "")):
            raise Invalid({"password": N_("This is not your password.")})
        async with node.writing() as work:
            await leaving.close(work, viewer.account_id)
        response = said("/", N_("Your account is closed. Thank you for having been here."))
        await close_session(request, response)
        return response
    return await _page(request, form, status=422)


async def _page(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        outlook = await leaving.outlook(work, viewer.account_id)
        account = await accounts.view(work, viewer.account_id)
    return page(
        request, "moving/leave.html", status=status, form=form, outlook=outlook, has_password=account.has_password
    )
