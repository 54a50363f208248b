"""What every answer to an app has in common: CORS, limits and their headers, and errors in Mastodon's shape."""

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import aiohttp.web as aioweb
import orjson
import structlog

from node.accounts.apps import Denied
from node.accounts.tokens import Bearer
from node.errors import (
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NodeError,
    NotFound,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from node.words import N_
from web.api.bearers import BEARER, token_in
from web.context import address_of, node_of
from web.translations import say

log = structlog.get_logger()
Handler = Callable[[aioweb.Request], Awaitable[aioweb.StreamResponse]]

METADATA = "/.well-known/oauth-authorization-server"
_GRANTS = ("/oauth/token", "/oauth/revoke")
PATHS = ("/api/", *_GRANTS, "/oauth/userinfo", METADATA)
"""What apps in a browser may ask from any site: nothing there looks at cookies."""

_SAID_TO_ALL = ("/.well-known/", "/nodeinfo")
"""What answers with the same header by itself, but for preflights."""
_HEADER_NAMES = re.compile(r"[A-Za-z0-9-]+(, ?[A-Za-z0-9-]+){0,30}", re.ASCII)
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, "
    "Retry-After",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Accept, Accept-Language, "
    "X-Requested-With, Cache-Control, Last-Event-ID",
    "Access-Control-Max-Age": "86400",
}

_NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}

_STATUS: tuple[tuple[type[NodeError], int], ...] = (
    (Invalid, 422),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Gone, 410),
    (Conflict, 422),
    (TooMany, 429),
    (Unavailable, 503),
)


def is_open(path: str) -> bool:
    """True for the paths of apps."""
    return path.startswith(PATHS)


def answer(content: Any, *, status: int = 200, headers: Any = None) -> aioweb.Response:
    """JSON, as fast as it gets."""
    return aioweb.Response(
        body=orjson.dumps(content), status=status, headers=headers, content_type="application/json", charset="utf-8"
    )


# limits


@dataclass(slots=True)
class _Count:
    begun: float
    used: int = 0


class Limits:
    """So many requests in five minutes for each token or address, counted in this process.

    A token has a count of its own once it has let somebody in: invented ones count for the address they come from.
    """

    SECONDS = 300
    KEPT = 20_000

    def __init__(self, most: int = 1500) -> None:
        self.most = most
        self._counts: OrderedDict[str, _Count] = OrderedDict()
        self._proven: OrderedDict[bytes, None] = OrderedDict()

    def prove(self, address: str, token: str, now: float) -> None:
        """This token let somebody in. From the first time on it counts for itself, and no longer for its address."""
        mark = _mark(token)
        is_new = mark not in self._proven
        self._proven[mark] = None
        self._proven.move_to_end(mark)
        if len(self._proven) > self.KEPT:
            self._proven.popitem(last=False)
        if is_new:
            self.take(self.counted_by(address, token), now)
            if address in self._counts:
                self._counts[address].used -= 1

    def counted_by(self, address: str, token: str) -> str:
        """What a request counts for."""
        mark = _mark(token) if token else b""
        return f"{address} {mark.hex()[:16]}" if mark in self._proven else address

    def take(self, who: str, now: float) -> tuple[int, float]:
        """What is left after this one (below 0: too many), and in how many seconds it begins anew."""
        count = self._counts.get(who)
        if count is None or now - count.begun >= self.SECONDS:
            self._counts.pop(who, None)
            count = self._counts[who] = _Count(now)
            if len(self._counts) > self.KEPT:
                self._counts.popitem(last=False)
        count.used += 1
        return self.most - count.used, count.begun + self.SECONDS - now


def _mark(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


LIMITS = aioweb.AppKey("api_limits", Limits)
_HEADERS = aioweb.RequestKey("api_headers", dict[str, str])


def _limit(request: aioweb.Request) -> None:
    limits = request.app[LIMITS]
    token = token_in(request)
    left, seconds = limits.take(limits.counted_by(address_of(request), token), time.monotonic())
    reset = datetime.now(UTC) + timedelta(seconds=seconds)
    request[_HEADERS] = {
        "X-RateLimit-Limit": str(limits.most),
        "X-RateLimit-Remaining": str(max(0, left)),
        "X-RateLimit-Reset": reset.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if left < 0 and node_of(request).config.rate_limits:
        raise TooMany(retry_at=reset)


# the edge


@aioweb.middleware
async def edge(request: aioweb.Request, handler: Handler) -> aioweb.StreamResponse:
    """Around every request of an app: preflights, limits, errors as JSON. Leaves pages alone."""
    if request.method == "OPTIONS" and request.path.startswith((*PATHS, *_SAID_TO_ALL)):
        return _preflight(request)
    if not is_open(request.path):
        return await handler(request)
    try:
        _limit(request)
        response = await handler(request)
        if isinstance(request.get(BEARER), Bearer):
            request.app[LIMITS].prove(address_of(request), token_in(request), time.monotonic())
        return response
    except Denied as error:
        return _denial(request, error)
    except Invalid as error:
        if request.path.startswith(_GRANTS):
            return _denial(request, Denied("invalid_request", str(error)))
        return _refusal(error)
    except NodeError as error:
        return _refusal(error)
    except aioweb.HTTPException as error:
        if error.status < 400:
            raise
        words = say(_HTTP_WORDS.get(error.status, NodeError.default))
        response = answer({"error": words, "error_description": words}, status=error.status)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response


def _preflight(request: aioweb.Request) -> aioweb.Response:
    """Yes to whatever a browser asks on behalf of an app: it sends no cookies, and nothing here looks at one."""
    headers = {**_CORS, **_PREFLIGHT}
    asked = request.headers.get("Access-Control-Request-Headers", "")
    if _HEADER_NAMES.fullmatch(asked):
        headers["Access-Control-Allow-Headers"] = asked
    return aioweb.Response(status=204, headers=headers)


_HTTP_WORDS = {
    404: N_("Record not found"),
    405: N_("This address cannot be used this way."),
    413: N_("This is larger than what fits here."),
}


def _denial(request: aioweb.Request, error: Denied) -> aioweb.Response:
    """As OAuth wants it: RFC 6749 part 5.2, and the codes of Mastodon's documentation."""
    status = {"invalid_client": 401, "unauthorized_client": 403}.get(error.code, 400)
    response = answer({"error": error.code, "error_description": say(error.message)}, status=status)
    if status == 401 and "Authorization" in request.headers:
        response.headers["WWW-Authenticate"] = 'Basic realm="Commensal"'
    return response


def _refusal(error: NodeError) -> aioweb.Response:
    status = next((number for kind, number in _STATUS if isinstance(error, kind)), 422)
    words = say(error.message)
    described = words
    content: dict[str, Any] = {"error": words}
    if isinstance(error, Invalid) and error.fields:
        fields = {name: say(message) for name, message in error.fields.items()}
        described = "; ".join(f"{name}: {text}" for name, text in fields.items())
        content["error"] = f"{say(N_('Validation failed'))}: {described}"
        content["details"] = {name: [{"error": "ERR_INVALID", "description": text}] for name, text in fields.items()}
    content["error_description"] = described
    response = answer(content, status=status)
    if isinstance(error, TooMany) and error.retry_at is not None:
        response.headers["Retry-After"] = format_datetime(error.retry_at, usegmt=True)
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="Commensal", error="invalid_token"'
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = "5"
    return response


async def dress(request: aioweb.Request, response: aioweb.StreamResponse) -> None:
    """CORS and the limits' headers, on whatever leaves for an app, errors too."""
    if is_open(request.path):
        response.headers.extend({name: value for name, value in _CORS.items() if name not in response.headers})
        for name, value in request.get(_HEADERS, {}).items():
            response.headers[name] = value
        if request.path.startswith(_GRANTS):
            response.headers.update(_NOT_KEPT)
