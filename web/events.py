"""News for open pages as server-sent events: the name of a topic, never its content; one stream per open page."""

import asyncio
import json

import aiohttp.web as aioweb

from node.accounts import sessions as accounts_sessions
from node.errors import TooMany
from web.context import node_of
from web.metrics import METRICS
from web.sessions import member, session_token

routes = aioweb.RouteTableDef()

CLOSING = aioweb.AppKey("closing", asyncio.Event)
"""Set when the process stops: streams end instead of holding it back."""

HEARTBEAT = 25
"""Seconds between signs of life; each also looks whether the session still stands."""
STREAMS = 8
"""Open pages of one member that may listen at the same time."""

_open = aioweb.AppKey("streams", dict[int, int])
SESSION = "session"
"""The topic that tells an account's streams that one of its sessions has ended."""


def prepare(app: aioweb.Application) -> None:
    app[_open] = {}

    async def start(app: aioweb.Application) -> None:
        app[CLOSING] = asyncio.Event()

    async def stop(app: aioweb.Application) -> None:
        app[CLOSING].set()

    app.on_startup.append(start)
    app.on_shutdown.append(stop)


@routes.get("/events")
async def events(request: aioweb.Request) -> aioweb.StreamResponse:
    viewer = member(request)
    streams = request.app[_open]
    if streams.get(viewer.account_id, 0) >= STREAMS:
        raise TooMany
    response = aioweb.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    streams[viewer.account_id] = streams.get(viewer.account_id, 0) + 1
    request.app[METRICS].listeners.inc()
    try:
        with node_of(request).bus.listen(viewer.account_id) as topics:
            await response.prepare(request)
            await response.write(b"retry: 5000\n\n")
            await _tell(request, response, topics)
    except (ConnectionResetError, ConnectionError):
        pass  # the page was closed
    finally:
        request.app[METRICS].listeners.dec()
        streams[viewer.account_id] -= 1
        if not streams[viewer.account_id]:
            del streams[viewer.account_id]
    return response


async def _tell(request: aioweb.Request, response: aioweb.StreamResponse, topics: asyncio.Queue[str]) -> None:
    closing = asyncio.ensure_future(request.app[CLOSING].wait())
    try:
        while not closing.done():
            hearing = asyncio.ensure_future(topics.get())
            done, _ = await asyncio.wait({hearing, closing}, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
            topic = hearing.result() if hearing in done else None
            hearing.cancel()
            if topic is None or topic == SESSION:
                if not await _still_stands(request):
                    return
                await response.write(b": still here\n\n")
            else:
                await response.write(f"event: news\ndata: {json.dumps({'topic': topic})}\n\n".encode())
    finally:
        closing.cancel()


async def _still_stands(request: aioweb.Request) -> bool:
    async with node_of(request).reading() as work:
        return await accounts_sessions.find(work, session_token(request)) is not None
