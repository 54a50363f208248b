"""Whose token a request carries, and whether it reaches far enough."""

import contextlib

import aiohttp.web as aioweb

from node.accounts import scopes, tokens
from node.accounts.tokens import Bearer
from node.errors import Forbidden, Unauthenticated, Unavailable
from node.words import N_, Message
from web.context import node_of, reader
from web.translations import languages

BEARER = aioweb.RequestKey("bearer", object)
"""The Bearer, or None, once it was looked up."""


def token_in(request: aioweb.Request) -> str:
    """The token as sent in the header; streams may also send it as their protocol or in the query."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip()[:200] if kind.lower() == "bearer" else ""


async def holder(request: aioweb.Request, token: str | None = None) -> Bearer | None:
    """Who asks; None without a token. Raises Unauthenticated for a token that does not work."""
    if BEARER in request:
        known = request[BEARER]
        return known if isinstance(known, Bearer) else None
    token = token_in(request) if token is None else token
    if not token:
        request[BEARER] = None
        return None
    node = node_of(request)
    found = await tokens.bearer(node, token)
    if found is None:
        raise Unauthenticated(N_("The access token is invalid"))
    if found.is_stale:
        with contextlib.suppress(Unavailable):  # whoever only reads can do so also when nothing can be written
            async with node.writing() as work:
                await tokens.touch(work, found.token_id)
    if found.language in languages():
        reader().language = found.language
    request[BEARER] = found
    return found


async def visitor(request: aioweb.Request, scope: str) -> Bearer | None:
    """The member who asks, or None for the public. A token that is sent must reach far enough."""
    found = await holder(request)
    if found is None:
        return None
    require(found, scope)
    return found if found.account_id else None


async def member(request: aioweb.Request, *wanted: str) -> Bearer:
    """The member who asks, with a token for one of these scopes. Raises Unauthenticated, Forbidden."""
    found = await holder(request)
    if found is None:
        raise Unauthenticated(N_("The access token is invalid"))
    if not found.account_id:
        raise Forbidden(N_("This method requires an authenticated user"))
    require(found, *wanted)
    return found


async def app(request: aioweb.Request) -> Bearer:
    """Any token, also one that acts for nobody."""
    found = await holder(request)
    if found is None:
        raise Unauthenticated(N_("The access token is invalid"))
    return found


def require(found: Bearer, *wanted: str) -> None:
    """Raises Forbidden when the token reaches none of these scopes."""
    if wanted and not any(scopes.allow(found.scopes, scope) for scope in wanted):
        raise Forbidden(
            Message(N_("This action is outside the authorized scopes: it needs %(scope)s."), {"scope": wanted[0]})
        )
