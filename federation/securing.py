"""Secure mode: an association may want every server that reads here to say by its signature who it is.

The node's own actor, WebFinger and NodeInfo stay open to all, or two careful nodes would wait for each other for ever.
"""

from collections.abc import Awaitable, Callable

import aiohttp.web as aioweb
import sqlalchemy as sa

from federation.context import host_of_signer, node_of
from federation.negotiation import refusal
from node.associations.model import Association
from node.work import Reading

Handler = Callable[[aioweb.Request], Awaitable[aioweb.StreamResponse]]

CHALLENGE = 'sig1=("@method" "@target-uri");created;keyid'


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
    return await node_of(request).recall("secure mode", ("associations",), _is_said)


async def _is_said(work: Reading) -> bool:
    return bool(await work.session.scalar(sa.select(Association.secure_mode).limit(1)))
