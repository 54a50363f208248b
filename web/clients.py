"""Puts the client API and OAuth into the web application."""

import aiohttp.web as aioweb

from web.api.edge import LIMITS, Limits, dress, edge
from web.api.shapes.look import LOOK, Look
from web.context import OPEN


def set_up(app: aioweb.Application) -> None:
    """The middleware around their requests, the headers of their answers, and what these share."""
    app[LIMITS] = Limits()
    app[LOOK] = Look("", "", "")
    app[OPEN] = {}
    app.on_shutdown.append(_end_streams)
    app.middlewares.append(edge)
    app.on_response_prepare.append(dress)


async def _end_streams(app: aioweb.Application) -> None:
    """Streams must end before the process can."""
    for endings in app[OPEN].values():
        for ending in endings:
            ending.set()
