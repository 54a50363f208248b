"""A member's own account: language and time, password, passkeys, and the devices they are logged in on."""

import aiohttp.web as aioweb

from node import zones
from node.accounts import login, passkeys
from node.accounts import service as accounts
from node.accounts import sessions as accounts_sessions
from node.errors import Invalid
from node.words import N_
from web import forms
from web.addresses import database_key
from web.context import node_of
from web.pages.login import device
from web.pages.posts import TONGUES
from web.rendering import own_language_name, page, said
from web.sessions import member
from web.translations import languages

routes = aioweb.RouteTableDef()


@routes.get("/settings")
async def index(request: aioweb.Request) -> aioweb.Response:
    member(request)
    return page(request, "settings/index.html")


# language, time zone, mail address


@routes.get("/settings/account")
async def show_account(request: aioweb.Request) -> aioweb.Response:
    return await _account_page(request, forms.Form())


@routes.post("/settings/account")
async def revise_account(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    node = node_of(request)
    form = await forms.read(request)
    language = form.choice("language", languages())
    time_zone = form.text("time_zone", most=60, missing=N_("Choose a time zone from the list."))
    email = form.text("email", most=254, missing=N_("Please give your mail address."))
    posts_to = form.choice("posts_to", accounts.HABITS, required=False) or None
    posts_in = form.data.get("posts_in", "")
    if form.valid:
        with form.attempt():
            async with node.reading() as work:
                account = await accounts.view(work, viewer.account_id)
            changes_email = email.casefold() != (account.email or "").casefold()
            # Whoever has the mail address can have the password: so this asks once more.
            if (
                changes_email
                and account.has_password
                and not await login.confirm(node, viewer.account_id, form.data.get("password", ""))
            ):
                raise Invalid({"password": N_("To change the mail address, give your password.")})
            async with node.writing() as work:
                await accounts.revise(
                    work,
                    viewer.account_id,
                    language=language,
                    time_zone=time_zone,
                    email=email if changes_email else None,
                    posts_to=posts_to,
                    posts_in=posts_in if posts_in in TONGUES else None,
                    posts_are_sensitive=form.ticked_box("posts_are_sensitive"),
                )
            return said("/settings", N_("Saved."))
    return await _account_page(request, form, status=422)


async def _account_page(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        account = await accounts.view(work, viewer.account_id)
    return page(
        request,
        "settings/account.html",
        status=status,
        form=form,
        account=account,
        languages=[(code, own_language_name(code)) for code in languages()],
        tongues=[(code, own_language_name(code)) for code in dict.fromkeys((*TONGUES, account.posts_in))],
        zones=sorted(zone for zone in zones.names() if "/" in zone and not zone.startswith("Etc/")),
    )


# password


@routes.get("/settings/password")
async def show_password(request: aioweb.Request) -> aioweb.Response:
    return await _password_page(request, forms.Form())


@routes.post("/settings/password")
async def change_password(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    new = form.secret("new_password", missing=N_("Please choose a new password."))
    if form.valid:
        with form.attempt():
            await accounts.change_password(
                node_of(request), viewer.account_id, form.data.get("old", ""), new, viewer.session_id
            )
            return said("/settings", N_("Your password is changed. Your other devices are logged out."))
    return await _password_page(request, form, status=422)


async def _password_page(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        account = await accounts.view(work, viewer.account_id)
    return page(request, "settings/password.html", status=status, form=form, has_password=account.has_password)


# passkeys


@routes.get("/settings/passkeys")
async def show_passkeys(request: aioweb.Request) -> aioweb.Response:
    return await _passkeys_page(request, forms.Form())


@routes.post("/settings/passkeys/challenge")
async def begin_passkey(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).writing() as work:
        ceremony = await passkeys.begin_registration(work, viewer.account_id)
    return aioweb.json_response({"options": ceremony.options, "key": ceremony.key})


@routes.post("/settings/passkeys")
async def add_passkey(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    name = form.text("name", most=100, missing=N_("Give this device a name you will know it by."))
    key = form.text("key", most=200, required=False)
    credential = form.long_text("credential", most=50_000, required=False)
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                await passkeys.finish_registration(work, viewer.account_id, key, credential, name)
            return said("/settings/passkeys", N_("From now on this device can let you in."))
    return await _passkeys_page(request, form, status=422)


@routes.post(r"/settings/passkeys/{id}/remove")
async def remove_passkey(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).writing() as work:
        await passkeys.remove(work, viewer.account_id, database_key(request.match_info["id"]))
    return said("/settings/passkeys", N_("Removed. That device has to use your password now."))


async def _passkeys_page(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        known = await passkeys.listed(work, viewer.account_id)
    return page(request, "settings/passkeys.html", status=status, form=form, passkeys=known, device=device(request))


# devices


@routes.get("/settings/sessions")
async def show_sessions(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        found = await accounts_sessions.listed(work, viewer.account_id)
    return page(request, "settings/sessions.html", sessions=found)


@routes.post(r"/settings/sessions/{id}/end")
async def end_session(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    session_id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        await accounts_sessions.end(work, viewer.account_id, session_id)
    return said("/settings/sessions", N_("That device is logged out."))


@routes.post("/settings/sessions/end-others")
async def end_other_sessions(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).writing() as work:
        await accounts_sessions.end_others(work, viewer.account_id, viewer.session_id)
    return said("/settings/sessions", N_("All your other devices are logged out."))
