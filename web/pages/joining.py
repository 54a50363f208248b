"""Becoming a member: by an invitation that works once, or by applying to the office."""

import aiohttp.web as aioweb

from node.accounts import sessions as accounts_sessions
from node.members import joining
from node.words import N_
from web import forms
from web.context import address_of, house_of, node_of, reader
from web.pages.login import device, welcome_back
from web.rendering import own_language_name, page, said
from web.translations import languages

routes = aioweb.RouteTableDef()


@routes.get("/join/{token}")
async def show_invitation(request: aioweb.Request) -> aioweb.Response:
    return await _invitation_page(request, forms.Form())


@routes.post("/join/{token}")
async def join(request: aioweb.Request) -> aioweb.Response:
    token = request.match_info["token"]
    node = node_of(request)
    form = await forms.read(request)
    async with node.reading() as work:
        invitation = await joining.look(work, token)
    name, username = invitation.name, invitation.username
    if not invitation.is_claim:
        name = form.text("name", most=100, missing=N_("Please tell us your name."))
        username = form.text("username", most=31, missing=N_("Please choose a user name.")).removeprefix("@")
    email = form.text("email", most=254, missing=N_("Please give your mail address."))
    password = form.secret("password", missing=N_("Please choose a password."))
    language = form.choice("language", languages(), required=False, otherwise=reader().language)
    if form.valid:
        with form.attempt():
            account_id = await joining.join(
                node, token, username=username, name=name, email=email, password=password, language=language
            )
            async with node.writing() as work:
                session = await accounts_sessions.start(work, account_id, device(request), address_of(request))
            return await welcome_back(request, session, "/settings/host-card")
    return await _invitation_page(request, form, status=422)


async def _invitation_page(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    async with node_of(request).reading() as work:
        invitation = await joining.look(work, request.match_info["token"])
    response = page(
        request,
        "joining/join.html",
        status=status,
        form=form,
        invitation=invitation,
        languages=[(code, own_language_name(code)) for code in house_of(request).languages],
    )
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is a secret
    return response


@routes.get("/apply")
async def show_application(request: aioweb.Request) -> aioweb.Response:
    return page(request, "joining/apply.html", form=forms.Form(), is_sent=False)


@routes.post("/apply")
async def apply(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    application = {
        "name": form.text("name", most=100, missing=N_("Please tell us your name.")),
        "email": form.text("email", most=254, missing=N_("Please give your mail address.")),
        "company": form.text("company", most=200, required=False),
        "trade": form.text("trade", most=200, missing=N_("Please tell us what you do.")),
        "message": form.long_text("message", most=1500, missing=N_("A sentence or two is enough.")),
    }
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                await joining.apply(work, **application, language=reader().language, address=address_of(request))
            return said("/apply/sent")
    return page(request, "joining/apply.html", status=422, form=form, is_sent=False)


@routes.get("/apply/sent")
async def application_sent(request: aioweb.Request) -> aioweb.Response:
    return page(request, "joining/apply.html", form=forms.Form(), is_sent=True)
