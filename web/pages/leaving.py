"""Closing an account, one's own or as the office is asked to: what goes, what has to end first, and the farewell."""

import aiohttp.web as aioweb

from node.accounts import login
from node.accounts import service as accounts
from node.errors import Conflict, Invalid
from node.members import leaving, queries
from node.words import N_, Message
from web import forms
from web.context import node_of
from web.rendering import page, said
from web.sessions import admin, close_session, member

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


@routes.get(r"/office/members/{username:[a-z0-9_]+}/close")
async def ask(request: aioweb.Request) -> aioweb.Response:
    admin(request)
    async with node_of(request).reading() as work:
        member = await queries.member(work, request.match_info["username"])
        outlook = await leaving.outlook(work, member.account_id)
    return page(request, "office/close.html", member=member, outlook=outlook)


@routes.post(r"/office/members/{username:[a-z0-9_]+}/close")
async def close(request: aioweb.Request) -> aioweb.Response:
    """For somebody who asked for it. An administrator closes their own in their settings, with their password."""
    viewer = admin(request)
    username = request.match_info["username"]
    try:
        async with node_of(request).writing() as work:
            member = await queries.member(work, username)
            if member.account_id == viewer.account_id:
                raise Conflict(N_("You close your own account in your settings."))
            await leaving.close(work, member.account_id)
    except Conflict as error:
        return said(f"/office/members/{username}/close", error.message)
    return said("/office/members", Message(N_("The account of %(name)s is closed."), {"name": member.name}))


async def _page(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        outlook = await leaving.outlook(work, viewer.account_id)
        account = await accounts.view(work, viewer.account_id)
    return page(
        request, "moving/leave.html", status=status, form=form, outlook=outlook, has_password=account.has_password
    )
