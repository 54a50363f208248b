"""Finished answers, given again while nothing was written that could have changed them.

What everybody gets is made once: documents for other servers and pages for visitors. What an app asks for is kept for
its own token. Any write but a few that show nowhere makes all of it void (node.work), also a write by another process.
Nothing is kept that sets a cookie, that says it is not to be stored, or that was asked for with a cookie. What is asked
for by several at once is made once.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp.web as aioweb
from multidict import CIMultiDict, CIMultiDictProxy

from web.context import node_of

Handler = Callable[[aioweb.Request], Awaitable[aioweb.StreamResponse]]

_DOCUMENTS = ("/ap/objects/", "/ap/actors/", "/ap/activities/", "/actor")
_LISTS = (
    "/api/v1/timelines/",
    "/api/v1/notifications",
    "/api/v2/notifications",
    "/api/v1/statuses/",
    "/api/v1/accounts/",
)
_NEVER = ("/api/", "/oauth/", "/ap/", "/static/", "/media/", "/.well-known/", "/events", "/accent/", "/healthz",
          "/readyz", "/metrics", "/nodeinfo", "/login", "/join", "/reset", "/forgot", "/apply", "/dev/")  # fmt: skip
_LASTS = {"document": timedelta(seconds=60), "page": timedelta(seconds=15), "list": timedelta(seconds=5)}
"""However quiet it is: pages say how long ago something was, and some things become visible at their time."""
_VARIES = ("Authorization", "Accept", "Accept-Language", "HX-Request", "X-Forwarded-Proto", "Host")
_LARGEST = 512 * 1024
_ALL = 8 * 1024 * 1024
_DROPPED = ("X-Request-Id", "Content-Length", "Date", "Server")

Key = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    body: bytes
    headers: CIMultiDictProxy[str]
    generation: int
    until: datetime


class Remembered:
    """The answers of one application, those asked for lately."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._size = 0
        self.underway: dict[tuple[Key, int], asyncio.Event] = {}
        """Answers that are being made, by what is asked and the generation they began in."""

    def find(self, key: Key, generation: int, now: datetime) -> aioweb.Response | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.generation != generation or kept.until < now:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return aioweb.Response(body=kept.body, headers=kept.headers)

    def keep(self, key: Key, generation: int, until: datetime, response: aioweb.StreamResponse) -> None:
        if not isinstance(response, aioweb.Response) or response.status != 200 or response.cookies:
            return
        body = response.body
        if not isinstance(body, bytes) or len(body) > _LARGEST:
            return
        response.headers.setdefault("ETag", f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"')
        headers = CIMultiDict(response.headers)
        for name in _DROPPED:
            headers.popall(name, None)
        self._drop(key)
        self._kept[key] = _Kept(body, CIMultiDictProxy(headers), generation, until)
        self._size += len(body)
        while self._size > _ALL:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._size -= len(kept.body)


REMEMBERED = aioweb.AppKey("remembered", Remembered)


@aioweb.middleware
async def remember(request: aioweb.Request, handler: Handler) -> aioweb.StreamResponse:
    """Answers with what was answered before, where it is still true."""
    kind = _kind(request)
    generation = node_of(request).generation() if kind is not None else None
    if kind is None or generation is None:
        return await handler(request)
    headers, now = request.headers, node_of(request).clock()
    key = (request.path_qs, _signer(request), *(headers.get(name) for name in _VARIES))
    remembered = request.app[REMEMBERED]
    found = remembered.find(key, generation, now)
    if found is None and (ahead := remembered.underway.get((key, generation))) is not None:
        # Nothing was written between the beginnings of the two, so this one would find the same.
        await ahead.wait()
        found = remembered.find(key, generation, now)
    if found is not None:
        return _unless_known(request, found)
    is_first = (key, generation) not in remembered.underway
    if is_first:
        remembered.underway[key, generation] = asyncio.Event()
    try:
        response = await handler(request)
        if kind == "list" or "no-store" not in response.headers.get("Cache-Control", ""):
            remembered.keep(key, generation, now + _LASTS[kind], response)
            response = _unless_known(request, response)
    finally:
        if is_first:
            remembered.underway.pop((key, generation)).set()
    return response


def _unless_known(request: aioweb.Request, response: aioweb.StreamResponse) -> aioweb.StreamResponse:
    """304 for who has it already, as after a post went out, when hundreds of servers come for its card."""
    tag = response.headers.get("ETag")
    if tag is None or tag not in [one.strip() for one in request.headers.get("If-None-Match", "").split(",")]:
        return response
    kept = {
        name: response.headers[name] for name in ("ETag", "Vary", "Cache-Control", "Link") if name in response.headers
    }
    return aioweb.Response(status=304, headers=kept)


def _kind(request: aioweb.Request) -> str | None:
    """None for what is never kept."""
    headers, path = request.headers, request.path
    if request.method != "GET" or "Cookie" in headers or "Range" in headers:
        return None
    if path.startswith(_DOCUMENTS):
        return None if "Authorization" in headers else "document"
    if path.startswith(_LISTS):
        return "list"
    return None if path.startswith(_NEVER) or "Authorization" in headers else "page"


def _signer(request: aioweb.Request) -> str | None:
    """Whose host a signed request says it is from. It is not believed: what is kept is for everybody; but a host that
    is shut out must not be answered because another one was."""
    if "Signature" not in request.headers:
        return None
    words = request.headers["Signature"] + request.headers.get("Signature-Input", "")
    at = words.lower().find("keyid=")
    return words[at + 6 : at + 300].strip('"').partition('"')[0].partition("#")[0] if at >= 0 else words
