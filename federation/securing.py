"""Secure mode: an association may want every server that reads here to say by its signature who it is.

The node's own actor, WebFinger and NodeInfo stay open to all, or two careful nodes would wait for each other for ever.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import aiohttp.web as aioweb
import sqlalchemy as sa

from federation.context import host_of_signer, node_of
from federation.negotiation import refusal
from node.associations.model import Association

Handler = Callable[[aioweb.Request], Awaitable[aioweb.StreamResponse]]

CHALLENGE = 'sig1=("@method" "@target-uri");created;keyid'
_LASTS = timedelta(seconds=10)
_KNOWN = aioweb.AppKey("secure_mode", dict[str, tuple[datetime, bool]])


def prepare(app: aioweb.Application) -> None:
    """Give the application the place where it remembers for a moment whether it is careful."""
    app[_KNOWN] = {}


def careful(route: aioweb.RouteDef) -> aioweb.RouteDef:
    """The same route, asking for a signature in secure mode; a browser is still led to the page for people."""
    handler: Handler = route.handler
    if route.method != "GET" or not route.path.startswith("/ap/"):
        return route

    async def asked(request: aioweb.Request) -> aioweb.StreamResponse:
        if not await _is_secure(request):
            return await handler(request)
        signer = await host_of_signer(request)
        if signer is None:
            response = await handler(request)
            if response.status == 303:
                return response
            return refusal(401, "requests must be signed here", {"Accept-Signature": CHALLENGE})
        response = await handler(request)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return aioweb.RouteDef(route.method, route.path, asked, route.kwargs)


async def _is_secure(request: aioweb.Request) -> bool:
    node, known = node_of(request), request.app[_KNOWN]
    at, is_secure = known.get("now", (None, False))
    now = node.clock()
    if at is None or not timedelta() <= now - at < _LASTS:
        async with node.reading() as work:
            is_secure = bool(await work.session.scalar(sa.select(Association.secure_mode).limit(1)))
        known["now"] = (now, is_secure)
    return is_secure
