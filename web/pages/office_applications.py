"""The office answers those who would like to become members."""

import aiohttp.web as aioweb

from node.members import joining, queries
from node.words import N_, Message
from web import forms
from web.addresses import database_key
from web.context import node_of
from web.rendering import page, said
from web.sessions import officer

routes = aioweb.RouteTableDef()

STATES = ("waiting", "approved", "declined")


@routes.get("/office/applications")
async def index(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    state = request.query.get("state", "waiting")
    state = state if state in STATES else "waiting"
    async with node_of(request).reading() as work:
        found = await queries.applications(work, state)
    return page(request, "office/applications.html", applications=found, state=state)


@routes.post(r"/office/applications/{id:\d+}/approve")
async def approve(request: aioweb.Request) -> aioweb.Response:
    viewer = officer(request)
    application_id = database_key(request.match_info["id"])
    node = node_of(request)
    async with node.reading() as work:
        application = await queries.application(work, application_id)
    await joining.approve(node, viewer.account_id, application_id)
    return said(
        "/office/applications",
        Message(N_("%(name)s is a member now and gets a letter with the way in."), {"name": application.name}),
    )


@routes.get(r"/office/applications/{id:\d+}/decline")
async def ask_decline(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    return await _decline_page(request, forms.Form())


@routes.post(r"/office/applications/{id:\d+}/decline")
async def decline(request: aioweb.Request) -> aioweb.Response:
    viewer = officer(request)
    form = await forms.read(request)
    reason = form.long_text(
        "reason", most=2000, missing=N_("Say why, in a sentence or two. It goes to them as you write it.")
    )
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                await joining.decline(work, viewer.account_id, database_key(request.match_info["id"]), reason)
            return said("/office/applications", N_("Your answer is on its way."))
    return await _decline_page(request, form, status=422)


async def _decline_page(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    async with node_of(request).reading() as work:
        application = await queries.application(work, database_key(request.match_info["id"]))
    return page(request, "office/decline.html", status=status, application=application, form=form)
