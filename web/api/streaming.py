"""`/api/v1/streaming`: news as they happen, by server-sent events or over one WebSocket."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import aiohttp
import aiohttp.web as aioweb
import orjson

from node.accounts import scopes, sessions, tokens
from node.accounts.tokens import Bearer
from node.errors import Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from node.live import EVERYBODY
from node.words import N_
from web.api import bearers
from web.api.channels import Channel, Event, channels
from web.api.shapes.look import look_of
from web.context import node_of
from web.forms import clean

routes = aioweb.RouteTableDef()

HEARTBEAT = 15
"""Seconds between signs of life; each also looks whether the token still stands."""
STREAMS = 20
"""Open streams of one account; one more ends the oldest."""
SUBSCRIPTIONS = 20
"""Streams over one WebSocket."""
_ENDING = (tokens.TOPIC, sessions.TOPIC)
OPEN = aioweb.AppKey("api_streams", dict[int, list[asyncio.Event]])

Tell = Callable[[str, Sequence[Event]], Awaitable[None]]
"""Send these events of the stream of this name."""


@routes.get("/api/v1/streaming/health")
async def health(request: aioweb.Request) -> aioweb.Response:
    return aioweb.Response(text="OK")


@routes.get("/api/v1/streaming")
async def websocket(request: aioweb.Request) -> aioweb.StreamResponse:
    """One socket for any number of streams; also plain server-sent events when ``stream`` is named and nothing asks
    for a WebSocket."""
    stream = request.query.get("stream", "")
    if request.headers.get("Upgrade", "").lower() != "websocket":
        return await _events(request, stream)
    who = await _listener(request)
    offered = request.headers.get("Sec-WebSocket-Protocol", "")
    socket = aioweb.WebSocketResponse(
        heartbeat=30, max_msg_size=16 * 1024, protocols=(offered,) if offered else (), autoping=True
    )
    wanted: dict[str, list[Channel]] = {}
    if stream:
        await _subscribe(request, who, wanted, stream, _part(request.query))
    await socket.prepare(request)

    async def tell(name: str, events: Sequence[Event]) -> None:
        for event, payload in events:
            message = {"stream": name.split(" "), "event": event, "payload": payload}
            await socket.send_str(orjson.dumps(message).decode())

    hearing = asyncio.create_task(_hear(request, who, socket, wanted))
    telling = asyncio.create_task(_follow(request, who, wanted, tell, None))
    try:
        await asyncio.wait({hearing, telling}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (hearing, telling):
            task.cancel()
        await asyncio.gather(hearing, telling, return_exceptions=True)
        await socket.close()
    return socket


@routes.get("/api/v1/streaming/{stream:[a-z]+(/[a-z]+)*}")
async def events(request: aioweb.Request) -> aioweb.StreamResponse:
    return await _events(request, request.match_info["stream"].replace("/", ":"))


async def _events(request: aioweb.Request, stream: str) -> aioweb.StreamResponse:
    who = await _listener(request)
    wanted: dict[str, list[Channel]] = {}
    await _subscribe(request, who, wanted, stream, _part(request.query))
    response = aioweb.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    await response.prepare(request)
    await response.write(b":)\n")

    async def tell(_name: str, events: Sequence[Event]) -> None:
        for event, payload in events:
            await response.write(f"event: {event}\ndata: {payload}\n\n".encode())

    async def beat() -> None:
        await response.write(b":thump\n")

    with contextlib.suppress(ConnectionError):  # the app went away
        await _follow(request, who, wanted, tell, beat)
    return response


async def _listener(request: aioweb.Request) -> Bearer:
    """Who listens: the token comes in the header, as the WebSocket's protocol, or in the query."""
    token = (
        bearers.token_in(request)
        or request.headers.get("Sec-WebSocket-Protocol", "").strip()[:200]
        or request.query.get("access_token", "")[:200]
    )
    who = await bearers.holder(request, token)
    if who is None or not who.account_id:
        raise Unauthenticated(N_("The access token is invalid"))
    return who


def _part(given: Mapping[str, Any]) -> str:
    """Which hashtag or list: what goes with a stream that is one of many."""
    return str(given.get("tag") or given.get("list") or "")


async def _subscribe(
    request: aioweb.Request, who: Bearer, wanted: dict[str, list[Channel]], stream: str, tag: str
) -> None:
    """Begin to watch a stream. Raises Invalid, Forbidden."""
    tag = clean(tag).strip().lstrip("#")[:100]
    scope = "read:notifications" if stream == "user:notification" else "read:statuses"
    bearers.require(who, scope)
    found = channels(stream, tag, who.account_id, who.actor_id)
    if found is None:
        raise Invalid(message=N_("Unknown stream type"))
    if stream == "user" and not scopes.allow(who.scopes, "read:notifications"):
        found = found[:1]
    if len(wanted) >= SUBSCRIPTIONS:
        raise TooMany
    async with node_of(request).reading() as work:
        for channel in found:
            await channel.begin(work)
    wanted[f"{stream} {tag}".strip()] = found


async def _follow(
    request: aioweb.Request,
    who: Bearer,
    wanted: dict[str, list[Channel]],
    tell: Tell,
    beat: Callable[[], Awaitable[None]] | None,
) -> None:
    """Tell what happens until the token ends, the node stops or the app goes away."""
    node = node_of(request)
    ending = asyncio.Event()
    open_streams = request.app[OPEN].setdefault(who.account_id, [])
    for oldest in open_streams[: max(0, len(open_streams) - STREAMS + 1)]:
        oldest.set()
    open_streams.append(ending)
    ended = asyncio.ensure_future(ending.wait())
    try:
        with node.bus.listen(who.account_id, EVERYBODY) as topics:
            heard = await _look(request, wanted, set(), tell)  # what came between subscribing and listening
            while True:
                hearing = asyncio.ensure_future(topics.get())
                done, _ = await asyncio.wait({hearing, ended}, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
                heard = {hearing.result()} if hearing in done else set()
                hearing.cancel()
                if ended in done:
                    return
                while not topics.empty():
                    heard.add(topics.get_nowait())
                if (not heard or not heard.isdisjoint(_ENDING)) and not await _still_stands(request, who):
                    return
                if heard:
                    await _look(request, wanted, heard, tell)
                elif beat is not None:
                    await beat()
    finally:
        ended.cancel()
        open_streams.remove(ending)
        if not open_streams:
            request.app[OPEN].pop(who.account_id, None)


async def _look(request: aioweb.Request, wanted: dict[str, list[Channel]], heard: set[str], tell: Tell) -> set[str]:
    """Look at every channel that one of these topics is about; at all when none is given."""
    look = look_of(request)
    for name, watched in list(wanted.items()):
        for channel in watched:
            if heard and heard.isdisjoint((channel.topic, channel.also)):
                continue
            async with node_of(request).reading() as work:
                news = await channel.news(work, look)
            await tell(name, news)
    return heard


async def _still_stands(request: aioweb.Request, who: Bearer) -> bool:
    async with node_of(request).reading() as work:
        return await tokens.stands(work, who.token_id)


async def _hear(
    request: aioweb.Request, who: Bearer, socket: aioweb.WebSocketResponse, wanted: dict[str, list[Channel]]
) -> None:
    """What the app says over its socket: subscribe and unsubscribe."""
    async for message in socket:
        if message.type is not aiohttp.WSMsgType.TEXT:
            continue
        try:
            said = orjson.loads(message.data)
            verb, stream, tag = str(said.get("type") or ""), str(said.get("stream") or ""), _part(said)
        except (orjson.JSONDecodeError, AttributeError):
            await _refuse(socket, "Bad JSON")
            continue
        if verb == "subscribe":
            try:
                await _subscribe(request, who, wanted, stream, tag)
            except (Invalid, TooMany, Forbidden, NotFound) as error:
                await _refuse(socket, str(error))
        elif verb == "unsubscribe":
            wanted.pop(f"{stream} {tag.strip().lstrip('#')}".strip(), None)


async def _refuse(socket: aioweb.WebSocketResponse, reason: str) -> None:
    content: dict[str, Any] = {"error": reason, "status": 400}
    await socket.send_str(orjson.dumps(content).decode())
