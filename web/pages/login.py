"""Coming in and going out: log-in with password or passkey, log-out, and a new password by mail."""

import asyncio
from urllib.parse import quote

import aiohttp.web as aioweb

from node.accounts import login, passkeys, resets, throttle
from node.accounts import sessions as accounts_sessions
from node.etiquette.code import has_accepted
from node.words import N_
from web import forms
from web.addresses import device_name, own_path
from web.context import address_of, node_of
from web.rendering import page, said
from web.sessions import close_session, open_session, visitor

routes = aioweb.RouteTableDef()


@routes.get("/login")
async def show_login(request: aioweb.Request) -> aioweb.Response:
    """``again=1`` is for whoever wants to come in as somebody else, as an app may ask."""
    next_ = own_path(request.query.get("next", ""))
    if visitor(request) is not None and "again" not in request.query:
        return said(next_)
    return page(request, "login/login.html", form=forms.Form(), next=next_)


@routes.post("/login")
async def log_in(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    next_ = own_path(form.text("next", required=False, most=4000))
    username = form.text("username", most=254, missing=N_("Please give your mail address or user name."))
    password = form.secret("password", missing=N_("Please give your password."))
    if form.valid:
        with form.attempt():
            token = await login.log_in(node_of(request), username, password, address_of(request), device(request))
            return await welcome_back(request, token, next_)
    return page(request, "login/login.html", status=422, form=form, next=next_)


async def welcome_back(request: aioweb.Request, token: str, next_: str) -> aioweb.Response:
    """Opens the session in this browser; whoever has not read the rules of the table reads them first."""
    async with node_of(request).reading() as work:
        known = await accounts_sessions.find(work, token)
    if known is not None and not has_accepted(known.etiquette_version):
        next_ = f"/etiquette?next={quote(next_, safe='/')}"
    response = said(next_)
    open_session(request, response, token)
    return response


@routes.post("/login/passkey/challenge")
async def challenge(request: aioweb.Request) -> aioweb.Response:
    throttle.count(node_of(request).config, throttle.PER_NETWORK, "passkey", throttle.network(address_of(request)))
    async with node_of(request).writing() as work:
        ceremony = await passkeys.begin_login(work)
    return aioweb.json_response({"options": ceremony.options, "key": ceremony.key})


@routes.post("/login/passkey")
async def log_in_with_passkey(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    next_ = own_path(form.text("next", required=False, most=4000))
    key = form.text("key", most=200, required=False)
    credential = form.long_text("credential", most=20_000, required=False)
    if form.valid:
        with form.attempt():
            token = await passkeys.finish_login(node_of(request), key, credential, address_of(request), device(request))
            return await welcome_back(request, token, next_)
    return page(request, "login/login.html", status=422, form=form, next=next_)


@routes.post("/logout")
async def log_out(request: aioweb.Request) -> aioweb.Response:
    response = said("/", N_("You are logged out. See you soon."))
    await close_session(request, response)
    return response


TAKES = 0.15
"""Seconds that asking for a new password takes, whether or not there is a letter to write: time tells, too."""


@routes.get("/forgot")
async def show_forgot(request: aioweb.Request) -> aioweb.Response:
    return page(request, "login/forgot.html", form=forms.Form(), is_sent=False)


@routes.post("/forgot")
async def ask_for_reset(request: aioweb.Request) -> aioweb.Response:
    """The same answer for every address, so that nobody learns who is a member."""
    form = await forms.read(request)
    email = form.text("email", most=254, missing=N_("Please give your mail address."))
    if not form.valid:
        return page(request, "login/forgot.html", status=422, form=form, is_sent=False)
    enough = asyncio.create_task(asyncio.sleep(TAKES))
    async with node_of(request).writing() as work:
        await resets.ask(work, email, address_of(request))
    await enough
    return page(request, "login/forgot.html", form=form, is_sent=True, email=email)


@routes.get("/reset/{token}")
async def show_reset(request: aioweb.Request) -> aioweb.Response:
    async with node_of(request).reading() as work:
        await resets.look(work, request.match_info["token"])
    response = page(request, "login/reset.html", form=forms.Form())
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is a secret
    return response


@routes.post("/reset/{token}")
async def reset(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    password = form.secret("password", missing=N_("Please choose a password."))
    if form.valid:
        with form.attempt():
            await resets.use(node_of(request), request.match_info["token"], password)
            return said("/login", N_("Your new password is set. Log in with it."))
    return page(request, "login/reset.html", status=422, form=form)


def device(request: aioweb.Request) -> str:
    return device_name(forms.clean(request.headers.get("User-Agent", "")))
