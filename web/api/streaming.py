"""`/api/v1/streaming`: news as they happen, by server-sent events or over one WebSocket."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
from web.api.channels import Channel, Event, News, channels
from web.api.shapes.look import look_of
from web.context import OPEN, node_of
from web.forms import clean

routes = aioweb.RouteTableDef()

HEARTBEAT = 15
"""Seconds between signs of life; each also looks whether the token still stands."""
STREAMS = 20
"""Open streams of one account; one more ends the oldest."""
SUBSCRIPTIONS = 20
"""Streams over one WebSocket."""
_ENDING = (tokens.TOPIC, sessions.TOPIC)

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

    async def tell(name: str, events: Sequence[Event]) -> None:
        for event, payload in events:
            message = {"stream": name.split(" "), "event": event}
            await socket.send_str(orjson.dumps(message | ({"payload": payload} if payload else {})).decode())

    with _listening(request, who, tell) as app:
        if stream:
            await app.subscribe(stream, _part(request.query))
        await socket.prepare(request)
        hearing = asyncio.create_task(_hear(app, socket))
        telling = asyncio.create_task(app.follow(None))
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
    response = aioweb.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )

    async def tell(_name: str, events: Sequence[Event]) -> None:
        for event, payload in events:
            # Browsers drop an event whose data is empty.
            await response.write(f"event: {event}\ndata: {payload or '{}'}\n\n".encode())

    async def beat() -> None:
        await response.write(b":thump\n")

    with _listening(request, who, tell) as app:
        await app.subscribe(stream, _part(request.query))
        await response.prepare(request)
        await response.write(b":)\n")
        with contextlib.suppress(ConnectionError):  # the app went away
            await app.follow(beat)
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


@dataclass(slots=True)
class _App:
    """One app that listens, and the streams it wants."""

    request: aioweb.Request
    who: Bearer
    tell: Tell
    topics: asyncio.Queue[str]
    wanted: dict[str, list[Channel]] = field(default_factory=dict)
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by who looks and by who subscribes: else a bell would be heard too early for what is just begun."""

    async def subscribe(self, stream: str, tag: str) -> None:
        """Begin to watch a stream, if it is not watched yet. Raises Invalid, Forbidden, TooMany, NotFound."""
        who, tag = self.who, clean(tag).strip().lstrip("#")[:100]
        bearers.require(who, "read:notifications" if stream == "user:notification" else "read:statuses")
        found = channels(stream, tag, who.account_id, who.actor_id)
        if found is None:
            raise Invalid(message=N_("Unknown stream type"))
        if stream == "user" and not scopes.allow(who.scopes, "read:notifications"):
            found = [channel for channel in found if not isinstance(channel, News)]
        name = f"{stream} {tag}".strip()
        if name in self.wanted:
            return
        if len(self.wanted) >= SUBSCRIPTIONS:
            raise TooMany
        async with self.looking:
            async with node_of(self.request).reading() as work:
                for channel in found:
                    await channel.begin(work)
            self.wanted[name] = found

    def unsubscribe(self, stream: str, tag: str) -> None:
        self.wanted.pop(f"{stream} {clean(tag).strip().lstrip('#')[:100]}".strip(), None)

    async def follow(self, beat: Callable[[], Awaitable[None]] | None) -> None:
        """Tell what happens until the token ends, the node stops or the app goes away."""
        ending = asyncio.Event()
        open_streams = self.request.app[OPEN].setdefault(self.who.account_id, [])
        for oldest in open_streams[: max(0, len(open_streams) - STREAMS + 1)]:
            oldest.set()
        open_streams.append(ending)
        ended = asyncio.ensure_future(ending.wait())
        try:
            while True:
                hearing = asyncio.ensure_future(self.topics.get())
                done, _ = await asyncio.wait({hearing, ended}, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
                heard = {hearing.result()} if hearing in done else set()
                hearing.cancel()
                if ended in done:
                    return
                while not self.topics.empty():
                    heard.add(self.topics.get_nowait())
                if (not heard or not heard.isdisjoint(_ENDING)) and not await self._still_stands():
                    return
                if heard:
                    await self._look(heard)
                elif beat is not None:
                    await beat()
        finally:
            ended.cancel()
            open_streams.remove(ending)
            if not open_streams:
                self.request.app[OPEN].pop(self.who.account_id, None)

    async def _look(self, heard: set[str]) -> None:
        """Look at every channel that one of these topics is about."""
        look = look_of(self.request)
        async with self.looking:
            for name, watched in list(self.wanted.items()):
                for channel in watched:
                    if heard.isdisjoint((channel.topic, channel.also)):
                        continue
                    async with node_of(self.request).reading() as work:
                        news = await channel.news(work, look)
                    await self.tell(name, news)

    async def _still_stands(self) -> bool:
        async with node_of(self.request).reading() as work:
            return await tokens.stands(work, self.who.token_id)


@contextlib.contextmanager
def _listening(request: aioweb.Request, who: Bearer, tell: Tell) -> Iterator[_App]:
    """Bells are kept from before anything is looked at, so that nothing falls between."""
    with node_of(request).bus.listen(who.account_id, EVERYBODY) as topics:
        yield _App(request, who, tell, topics)


async def _hear(app: _App, socket: aioweb.WebSocketResponse) -> None:
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
                await app.subscribe(stream, tag)
            except (Invalid, TooMany, Forbidden, NotFound) as error:
                await _refuse(socket, str(error))
        elif verb == "unsubscribe":
            app.unsubscribe(stream, tag)


async def _refuse(socket: aioweb.WebSocketResponse, reason: str) -> None:
    content: dict[str, Any] = {"error": reason, "status": 400}
    await socket.send_str(orjson.dumps(content).decode())
