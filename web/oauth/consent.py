"""OAuth for people: the page that asks whether an app may act for them, the code to copy, and the apps they allowed."""

import re
from urllib.parse import quote, urlencode, urlsplit

import aiohttp.web as aioweb

from node.accounts import apps, scopes, tokens
from node.accounts.apps import OUT_OF_BAND, Denied, Wish
from node.errors import Invalid
from node.words import N_
from node.work import Reading
from web import forms
from web.addresses import database_key
from web.context import node_of
from web.middleware import CONTENT_SECURITY
from web.rendering import page, said
from web.sessions import member
from web.translations import gettext, say

routes = aioweb.RouteTableDef()

_CARRIED = ("response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")
"""What the page sends back with the answer; it is checked again then."""
_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,300}", re.ASCII)


@routes.get("/oauth/authorize")
async def ask(request: aioweb.Request) -> aioweb.Response:
    mine = request.rel_url.without_query_params("force_login")
    as_another = f"/login?again=1&next={quote(str(mine), safe='')}"
    if request.query.get("force_login", "").lower() in ("true", "1"):
        return said(as_another)  # also whoever is not logged in: nobody is to do it twice
    member(request)
    given = {name: forms.clean(request.query.get(name, "")) for name in _CARRIED}
    async with node_of(request).reading() as work:
        wish = await _wish(work, given)
    if isinstance(wish, aioweb.Response):
        return wish
    response = page(
        request,
        "oauth/authorize.html",
        app=wish.app.name,
        website=_host_of(wish.app.website),
        returns_to=_host_of(wish.redirect_uri),
        allowed=[gettext(scopes.WORDS.get(name, name)) for name in wish.scopes],
        carried={name: value for name, value in given.items() if value},
        as_another=as_another,
    )
    # Browsers apply form-action to where a form's answer leads, too.
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY.replace(
        "form-action 'self'", f"form-action 'self'{_source_of(wish.redirect_uri)}"
    )
    return response


@routes.post("/oauth/authorize")
async def decide(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    given = {name: form.data.get(name, "") for name in _CARRIED}
    node = node_of(request)
    async with node.reading() as work:
        wish = await _wish(work, given)
    if isinstance(wish, aioweb.Response):
        return wish
    if form.data.get("answer") != "yes":
        if wish.redirect_uri == OUT_OF_BAND:
            return said("/settings/apps", N_("The app was not allowed in."))
        return _back(wish.redirect_uri, wish.state, error="access_denied", error_description="The member said no.")
    async with node.writing() as work:
        code = await apps.consent(work, wish, viewer.account_id)
    if wish.redirect_uri == OUT_OF_BAND:
        return page(request, "oauth/code.html", app=wish.app.name, code=code)
    return _back(wish.redirect_uri, wish.state, code=code)


async def _wish(work: Reading, given: dict[str, str]) -> Wish | aioweb.Response:
    """What is asked; or where to go with the refusal, of which the app learns where it may (RFC 6749 part 4.1.2.1).

    Only members get this far, so that nobody else is sent anywhere by an address of ours (RFC 9700 part 4.11.2).
    """
    try:
        return await apps.check_wish(
            work,
            response_type=given["response_type"],
            client_id=given["client_id"],
            redirect_uri=given["redirect_uri"],
            scope=given["scope"] or None,
            challenge=given["code_challenge"] or None,
            challenge_method=given["code_challenge_method"] or None,
            state=given["state"],
        )
    except Denied as refusal:
        if refusal.returns_to:
            told = {"error": refusal.code, "error_description": say(refusal.message)}
            return _back(refusal.returns_to, given["state"], **told)
        # Nobody is sent to an address that was not checked, so the page itself says what is wrong.
        raise Invalid(message=refusal.message) from None


def _back(redirect_uri: str, state: str, **answer: str) -> aioweb.Response:
    """To the app, with the answer and the state it sent."""
    if state:
        answer["state"] = state
    # To the letter as it was registered, for some apps compare: an address that is taken apart comes back otherwise.
    joint = "&" if "?" in redirect_uri else "?"
    return aioweb.Response(status=303, headers={"Location": f"{redirect_uri}{joint}{urlencode(answer)}"})


def _host_of(uri: str) -> str:
    """What of an address tells people where it leads; empty for an app on their own device."""
    parts = urlsplit(uri)
    return parts.netloc if parts.scheme in ("http", "https") else ""


def _source_of(uri: str) -> str:
    """The address as a source of a content security policy, with a blank before it; empty for none."""
    if uri == OUT_OF_BAND:
        return ""
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https"):
        return f" {parts.scheme}:"
    return f" {parts.scheme}://{parts.netloc}" if _HOST.fullmatch(parts.netloc) else ""


# the apps a member allowed


@routes.get("/settings/apps")
async def allowed(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        found = await tokens.listed(work, viewer.account_id)
    lines = [
        (line, [gettext(scopes.WORDS.get(name, name)) for name in line.scopes], _host_of(line.website))
        for line in found
    ]
    return page(request, "settings/apps.html", lines=lines, house_host=node_of(request).uris.host)


@routes.post("/settings/apps/{id}/end")
async def end(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).writing() as work:
        await tokens.revoke(work, viewer.account_id, database_key(request.match_info["id"]))
    return said("/settings/apps", N_("This app cannot come in any more."))
