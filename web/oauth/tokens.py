"""OAuth for programs: tokens for codes, taking them back, who their owner is, and where all of this is found."""

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus

import aiohttp.web as aioweb

from node.accounts import apps, scopes, tokens
from node.accounts.apps import Denied, Made
from node.actors.model import Actor
from node.push import service as push
from node.words import N_, Message
from web.api import bearers, parameters
from web.api.edge import METADATA, answer
from web.api.parameters import Parameters
from web.api.shapes.accounts import account
from web.api.shapes.look import look_of
from web.context import node_of

routes = aioweb.RouteTableDef()


@routes.post("/oauth/token")
async def token(request: aioweb.Request) -> aioweb.Response:
    given = await parameters.read(request)
    client_id, secret = _client(request, given)
    grant = _required(given, "grant_type")
    made: Made | Denied
    async with node_of(request).writing() as work:
        if grant == "authorization_code":
            made = await apps.exchange(
                work,
                client_id=client_id,
                secret=secret,
                code=_required(given, "code"),
                redirect_uri=_required(given, "redirect_uri"),
                verifier=given.text("code_verifier", most=500),
            )
        elif grant == "refresh_token":
            refresh = _required(given, "refresh_token")
            made = await apps.renew(work, client_id=client_id, secret=secret, refresh=refresh)
            if isinstance(made, Made):
                await push.hold(work, made.row.id, made.token)
        elif grant == "client_credentials":
            app = await apps.identify(work, client_id, secret or "")
            made = await apps.for_itself(work, app, given.text("scope", most=2000))
        else:
            raise Denied("unsupported_grant_type", N_("This way of getting a token is not supported."))
    if isinstance(made, Denied):
        raise made
    content: dict[str, Any] = {
        "access_token": made.token,
        "token_type": "Bearer",
        "scope": " ".join(made.row.scopes),
        "created_at": int(made.row.created_at.timestamp()),
    }
    if made.refresh is not None:
        content |= {"refresh_token": made.refresh, "expires_in": int(tokens.RENEWED_EVERY.total_seconds())}
    return answer(content)


@routes.post("/oauth/revoke")
async def revoke(request: aioweb.Request) -> aioweb.Response:
    given = await parameters.read(request)
    client_id, secret = _client(request, given)
    async with node_of(request).writing() as work:
        app = await apps.identify(work, client_id, secret or "")
        await apps.take_back(work, app, _required(given, "token"))
    return answer({})


def _required(given: Parameters, name: str) -> str:
    value = given.text(name, most=2000)
    if not value:
        raise Denied("invalid_request", Message(N_("Missing required parameter: %(name)s."), {"name": name}))
    return value


@routes.get("/oauth/userinfo")
@routes.post("/oauth/userinfo")
async def userinfo(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "profile", "read:accounts")
    async with node_of(request).reading() as work:
        actor = await work.session.get_one(Actor, who.actor_id)
        shown = await account(work, look_of(request), actor)
        return answer(
            {
                "iss": f"{work.uris.base}/",
                "sub": actor.uri,
                "name": actor.name,
                "preferred_username": actor.username,
                "profile": actor.url,
                "picture": shown["avatar"],
            }
        )


@routes.get(METADATA)
async def metadata(request: aioweb.Request) -> aioweb.Response:
    base = node_of(request).config.url
    return answer(
        {
            "issuer": f"{base}/",
            "service_documentation": "https://docs.joinmastodon.org/",
            "authorization_endpoint": f"{base}/oauth/authorize",
            "token_endpoint": f"{base}/oauth/token",
            "revocation_endpoint": f"{base}/oauth/revoke",
            "userinfo_endpoint": f"{base}/oauth/userinfo",
            "app_registration_endpoint": f"{base}/api/v1/apps",
            "scopes_supported": list(scopes.KNOWN),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "code_challenge_methods_supported": ["S256"],
        }
    )


def _client(request: aioweb.Request, given: Parameters) -> tuple[str, str | None]:
    """The app's id and secret, from the header or the body; the secret is None for an app that cannot keep one."""
    kind, _, packed = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(packed, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            raise Denied("invalid_client", N_("The app is not known here, or its secret is another.")) from None
        return unquote_plus(name)[:200], unquote_plus(secret)[:200]
    return given.text("client_id", most=200) or "", given.text("client_secret", most=200)
