"""Puts the client API and OAuth into the web application."""

import pkgutil
from importlib import import_module

import aiohttp.web as aioweb

import web.api
import web.api.commensal
import web.oauth
from web.api.edge import LIMITS, Limits, dress, edge
from web.api.shapes.look import LOOK, Look
from web.api.streaming import OPEN


def set_up(app: aioweb.Application) -> None:
    """Add the routes, the middleware around them, and the headers of their answers."""
    app[LIMITS] = Limits()
    app[LOOK] = Look("", "", "")
    app[OPEN] = {}
    app.on_shutdown.append(_end_streams)
    app.middlewares.append(edge)
    app.on_response_prepare.append(dress)
    for package in (web.api, web.api.commensal, web.oauth):
        for module in pkgutil.iter_modules(package.__path__):
            routes = getattr(import_module(f"{package.__name__}.{module.name}"), "routes", None)
            if routes is not None:
                app.add_routes(routes)
                app.add_routes(_with_slash(routes))


def _with_slash(routes: aioweb.RouteTableDef) -> list[aioweb.RouteDef]:
    """The same addresses with a slash at the end, as some apps write them."""
    return [
        aioweb.RouteDef(route.method, f"{route.path}/", route.handler, route.kwargs)
        for route in routes
        if isinstance(route, aioweb.RouteDef)
    ]


async def _end_streams(app: aioweb.Application) -> None:
    """Streams must end before the process can."""
    for endings in app[OPEN].values():
        for ending in endings:
            ending.set()
