"""News for open pages as server-sent events: the name of a topic, never its content; one stream per open page."""

import asyncio
import json

import aiohttp.web as aioweb

from node.accounts import sessions
from node.accounts.sessions import TOPIC
from web.context import node_of
from web.metrics import METRICS
from web.sessions import member, session_token

routes = aioweb.RouteTableDef()

HEARTBEAT = 25
"""Seconds between signs of life; each also looks whether the session still stands."""
LOOK_AROUND = 5
"""Seconds after which a page that was closed silently is noticed."""
STREAMS = 8
"""Open pages of one member that may listen at the same time; one more ends the oldest."""

_OPEN = aioweb.AppKey("streams", dict[int, list[asyncio.Event]])


def prepare(app: aioweb.Application) -> None:
    """Streams must end before the process can."""
    app[_OPEN] = {}

    async def stop(app: aioweb.Application) -> None:
        for endings in app[_OPEN].values():
            for ending in endings:
                ending.set()

    app.on_shutdown.append(stop)


@routes.get("/events")
async def events(request: aioweb.Request) -> aioweb.StreamResponse:
    viewer = member(request)
    endings = request.app[_OPEN].setdefault(viewer.account_id, [])
    for oldest in endings[: max(0, len(endings) - STREAMS + 1)]:
        oldest.set()
    ending = asyncio.Event()
    endings.append(ending)
    request.app[METRICS].listeners.inc()
    response = aioweb.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    try:
        with node_of(request).bus.listen(viewer.account_id) as topics:
            await response.prepare(request)
            await response.write(b"retry: 5000\n\n")
            await _tell(request, response, topics, ending)
    except ConnectionError:
        pass  # the page was closed
    finally:
        request.app[METRICS].listeners.dec()
        endings.remove(ending)
        if not endings:
            request.app[_OPEN].pop(viewer.account_id, None)
    return response


async def _tell(
    request: aioweb.Request, response: aioweb.StreamResponse, topics: asyncio.Queue[str], ending: asyncio.Event
) -> None:
    loop = asyncio.get_running_loop()
    beat = loop.time() + HEARTBEAT
    ended = asyncio.ensure_future(ending.wait())
    try:
        while not ended.done() and request.transport is not None and not request.transport.is_closing():
            hearing = asyncio.ensure_future(topics.get())
            done, _ = await asyncio.wait({hearing, ended}, timeout=LOOK_AROUND, return_when=asyncio.FIRST_COMPLETED)
            topic = hearing.result() if hearing in done else None
            hearing.cancel()
            if topic == TOPIC or loop.time() >= beat:
                if not await _still_stands(request):
                    return
                await response.write(b": still here\n\n")
                beat = loop.time() + HEARTBEAT
            elif topic is not None:
                await response.write(f"event: news\ndata: {json.dumps({'topic': topic})}\n\n".encode())
    finally:
        ended.cancel()


async def _still_stands(request: aioweb.Request) -> bool:
    async with node_of(request).reading() as work:
        return await sessions.find(work, session_token(request)) is not None
