"""What the operator's machines ask: does the process live, is the node ready, how is it doing."""

import hmac
import ipaddress

import aiohttp.web as aioweb

from node import health
from node.errors import NotFound
from web.context import address_of, node_of
from web.metrics import METRICS

routes = aioweb.RouteTableDef()


@routes.get("/healthz")
async def alive(request: aioweb.Request) -> aioweb.Response:
    return aioweb.Response(text="ok\n")


@routes.get("/readyz")
async def ready(request: aioweb.Request) -> aioweb.Response:
    """200 when requests may be sent here, 503 (by the middleware) when not."""
    async with node_of(request).reading() as work:
        await health.check(work)
    return aioweb.Response(text="ready\n")


@routes.get("/metrics")
async def metrics(request: aioweb.Request) -> aioweb.Response:
    """Only for the machine itself, for trusted proxies' networks, or with the token. Everybody else finds nothing."""
    if not _may_read(request):
        raise NotFound
    async with node_of(request).reading() as work:
        waiting = await health.queues(work)
    return aioweb.Response(
        body=request.app[METRICS].exposition(waiting),
        headers={"Content-Type": "application/openmetrics-text; version=1.0.0; charset=utf-8"},
    )


def _may_read(request: aioweb.Request) -> bool:
    config = node_of(request).config
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if config.metrics_token and scheme.lower() == "bearer":
        return hmac.compare_digest(given.strip().encode(), config.metrics_token.encode())
    if "X-Forwarded-For" in request.headers and not config.trusted_proxies:
        return False  # a proxy on this machine that nobody told us of: the address would be the proxy's
    try:
        address = ipaddress.ip_address(address_of(request))
    except ValueError:
        return False
    return address.is_loopback
