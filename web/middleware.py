"""What every request passes: its id and deadline, who reads, whether the form is ours, and what an error looks like."""

import asyncio
import base64
import binascii
import contextlib
import ipaddress
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import aiohttp.web as aioweb
import structlog

from federation.negotiation import refusal
from node.accounts import sessions
from node.associations import service as associations
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
from node.etiquette.code import EtiquetteFirst
from node.notifications.waiting import waiting
from node.words import N_, Message
from web import forms
from web.context import ADDRESS, HEARD, HOUSE, REQUEST_ID, SAID, House, Reader, Said, Viewer, node_of, reader, welcome
from web.metrics import METRICS
from web.protocol import HEADER_BYTES
from web.sessions import (
    browser_secret,
    chosen_language,
    cookie_name,
    drop_cookie,
    is_https,
    is_our_form,
    session_token,
    set_cookie,
)
from web.translations import choose_language, languages, say

log = structlog.get_logger()
Handler = Callable[[aioweb.Request], Awaitable[aioweb.StreamResponse]]

BODY_SECONDS = 30
"""How long a client may take to send what it announced; aiohttp itself would wait for ever."""

STATUS: tuple[tuple[type[NodeError], int], ...] = (
    (Invalid, 422),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Gone, 410),
    (Conflict, 409),
    (TooMany, 429),
    (Unavailable, 503),
    (NodeError, 500),
)
"""The one place where what the node refuses becomes a number of HTTP."""

MACHINES = (
    "/ap/",
    "/actor",
    "/.well-known/",
    "/nodeinfo",
    "/static/",
    "/media/",
    "/accent/",
    "/healthz",
    "/readyz",
    "/metrics",
)
"""Paths without readers: no session, no language, no forms."""
SERVERS = ("/ap/", "/actor", "/.well-known/", "/nodeinfo")
"""Of these, the ones where other servers ask, who get errors as problem details (FEP-c180)."""
_INBOXES = ("/ap/", "/actor/")
APPS = ("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/oauth/register")
"""Paths for apps, which carry a token of their own and get errors as JSON."""
LETTERS = ("/digest/",)
"""Paths out of letters: mail programs post to them by themselves (RFC 8058), and the address is the permission."""

CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def is_machine(path: str) -> bool:
    return path.startswith(MACHINES)


def is_app(path: str) -> bool:
    return path.startswith(APPS)


# 1. identity and deadline


@aioweb.middleware
async def count(request: aioweb.Request, handler: Handler) -> aioweb.StreamResponse:
    """Names the request, binds its name to every log line, limits its body in time, and measures it."""
    if sum(len(name) + len(value) for name, value in request.raw_headers) > HEADER_BYTES:
        return _close(aioweb.Response(status=431))
    request[REQUEST_ID] = secrets.token_hex(8)
    request[ADDRESS] = client_address(request)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=request[REQUEST_ID])
    begun = time.perf_counter()
    deadline = None
    if request.can_read_body:
        deadline = asyncio.get_running_loop().call_later(BODY_SECONDS, _too_slow, request)
    try:
        response = await handler(request)
    except asyncio.CancelledError:
        log.info("request_abandoned", method=request.method, path=request.path)
        raise
    finally:
        if deadline is not None:
            deadline.cancel()
    took = time.perf_counter() - begun
    route = request.match_info.route.resource.canonical if request.match_info.route.resource else "unknown"
    request.app[METRICS].observe(request.method, route, response.status, took)
    if response.status >= 500 or not is_machine(request.path):
        log.info("request", method=request.method, path=request.path, status=response.status, ms=round(took * 1000))
    return response


class _TooSlow(TimeoutError):
    """What was announced did not come in time. aiohttp, which reads on after the answer, knows it as a deadline."""


@aioweb.middleware
async def take_in(request: aioweb.Request, handler: Handler) -> aioweb.StreamResponse:
    """What other servers send to an inbox has no reader and no form, and is never answered from memory. By far the most
    of all requests are such, so they go there straight."""
    path = request.path
    if request.method != "POST" or not path.endswith("/inbox") or not path.startswith(_INBOXES) or "\x00" in path:
        return await handler(request)
    welcome(Reader(language=node_of(request).config.language))
    return await answer_errors(request, request.match_info.handler)


def _too_slow(request: aioweb.Request) -> None:
    if not request.content.is_eof():
        request.content.set_exception(_TooSlow())


def _close(response: aioweb.Response) -> aioweb.Response:
    response.force_close()
    return response


def client_address(request: aioweb.Request) -> str:
    """Who is asking: the last address that no trusted proxy vouches for away."""
    peer = request.remote or ""
    trusted = node_of(request).config.trusted_proxies
    if not trusted:
        return peer
    chain = [
        part.strip() for part in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",") if part.strip()
    ]
    for address in [peer, *reversed(chain[-20:])]:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            if address == "":  # a unix socket: only the proxy can reach it
                continue
            break
        peer = str(ip)
        if not any(ip in network for network in trusted):
            break
    return peer


# 2. errors


@aioweb.middleware
async def answer_errors(request: aioweb.Request, handler: Handler) -> aioweb.StreamResponse:
    """Turns what was raised into a page, a JSON answer for apps, or a short text for machines."""
    try:
        return await handler(request)
    except NodeError as error:
        status = next(number for kind, number in STATUS if isinstance(error, kind))
        if status >= 500:
            log.error("request_failed", path=request.path, error=str(error))
        response = _node_error(request, error, status)
    except aioweb.HTTPException as error:
        if error.status < 400:
            raise
        response = _answer(request, error.status, _HTTP_WORDS.get(error.status, N_("That did not work.")))
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
    except _TooSlow:
        return _close(_answer(request, 408, _HTTP_WORDS[408]))
    except ConnectionResetError:  # the client left while it was sending: nobody reads this answer
        return aioweb.Response(status=400)
    except Exception:
        log.exception("request_crashed", method=request.method, path=request.path)
        response = _answer(request, 500, N_("Something broke on our side. It was noted; please try again in a moment."))
    return response


_HTTP_WORDS = {
    404: NotFound.default,
    405: N_("This address cannot be used this way."),
    408: N_("Sending took too long. Please try again."),
    413: N_("This is larger than what fits here."),
}


def _node_error(request: aioweb.Request, error: NodeError, status: int) -> aioweb.Response:
    for_people = not (is_machine(request.path) or is_app(request.path))
    if isinstance(error, Unauthenticated) and for_people and request.method in ("GET", "HEAD"):
        return aioweb.Response(status=303, headers={"Location": f"/login?next={quote(request.path_qs, safe='/')}"})
    if isinstance(error, EtiquetteFirst) and request.method in ("GET", "HEAD"):
        return aioweb.Response(status=303, headers={"Location": f"/etiquette?next={quote(request.path_qs, safe='/')}"})
    response = _answer(request, status, error.message, error)
    if isinstance(error, TooMany) and error.retry_at is not None:
        response.headers["Retry-After"] = format_datetime(error.retry_at, usegmt=True)
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = "5"
    return response


def _answer(
    request: aioweb.Request, status: int, message: Message | str, error: NodeError | None = None
) -> aioweb.Response:
    words = say(message)
    if is_app(request.path):
        described = str(error) if isinstance(error, Invalid) and error.fields else words
        return aioweb.json_response({"error": words, "error_description": described}, status=status)
    if request.path.startswith(SERVERS):
        return refusal(status, words)
    if is_machine(request.path) or HOUSE not in request:
        return aioweb.Response(text=f"{words}\n", status=status)
    from web.rendering import page

    try:
        return page(
            request,
            "errors/error.html",
            status=status,
            number=status,
            message=words,
            retry_at=error.retry_at if isinstance(error, TooMany) else None,
            is_etiquette=isinstance(error, EtiquetteFirst),
            fields=list(error.fields.values()) if isinstance(error, Invalid) else [],
            request_id=request[REQUEST_ID],
        )
    except Exception:  # a broken template must not hide the error it was to tell of
        log.exception("error_page_crashed", path=request.path)
        return aioweb.Response(text=f"{words}\n", status=status)


# 3. the reader


@aioweb.middleware
async def meet_reader(request: aioweb.Request, handler: Handler) -> aioweb.StreamResponse:
    """Finds out who reads and in which language; everything after this may ask web.context.reader()."""
    node = node_of(request)
    who = Reader(now=node.clock(), here=request.rel_url.raw_path_qs)
    welcome(who)
    if is_machine(request.path) or is_app(request.path):
        who.language = choose_language(request.headers.get("Accept-Language", ""), languages(), node.config.language)
        return await handler(request)
    token = session_token(request)
    known = None
    house = await node.recall("house", associations.HOUSE_TABLES, associations.house)
    if token:
        async with node.reading() as work:
            if (known := await sessions.find(work, token)) is not None:
                is_officer = known.role in ("officer", "admin")
                who.counts = await waiting(work, known.account_id, known.actor_id, is_officer=is_officer)
    if known is not None and known.is_stale:
        with contextlib.suppress(Unavailable):  # pages can be read also when nothing can be written
            async with node.writing() as work:
                await sessions.touch(work, known.session_id, request[ADDRESS])
    offered = tuple(code for code in languages() if code in house.languages) or languages()
    request[HOUSE] = _house(house, offered)
    if known is not None:
        who.viewer = _viewer(known)
        who.language = known.language if known.language in languages() else offered[0]
        who.zone = zone_of(known.time_zone, house.time_zone)
    else:
        chosen = chosen_language(request)
        wish = chosen if chosen in offered else request.headers.get("Accept-Language", "")
        who.language = choose_language(wish, offered, node.config.language)
        who.zone = zone_of(house.time_zone, node.config.time_zone)
    who.secret, is_new = browser_secret(request)
    request[HEARD] = _heard(request)
    response = await handler(request)
    if not response.prepared:
        _set_cookies(request, response, is_new_browser=is_new, has_dead_session=bool(token) and known is None)
    return response


def _house(house: associations.House, offered: tuple[str, ...]) -> House:
    return House(
        name=house.name,
        handle=house.handle,
        tagline=house.tagline,
        place=house.place,
        logo=house.logo_url,
        picture=house.picture_url,
        time_zone=house.time_zone,
        contact_email=house.contact_email,
        about_html=house.about_html,
        accent=house.accent,
        currency=house.currency,
        languages=offered,
        is_open_to_applications=house.is_open_to_applications,
    )


def _viewer(known: sessions.Visitor) -> Viewer:
    return Viewer(
        account_id=known.account_id,
        actor_id=known.actor_id,
        session_id=known.session_id,
        username=known.username,
        name=known.name,
        handle=known.handle,
        role=known.role,
        picture=known.icon_url,
        etiquette_version=known.etiquette_version,
    )


def _set_cookies(
    request: aioweb.Request, response: aioweb.StreamResponse, *, is_new_browser: bool, has_dead_session: bool
) -> None:
    who = reader()
    if who.has_forms and is_new_browser:
        set_cookie(request, response, "browser", who.secret, None)
    news = response.get(SAID)
    if news is not None:
        packed = base64.urlsafe_b64encode(json.dumps([news.text, news.undo]).encode()).decode()
        set_cookie(request, response, "said", packed, 60)
    elif request[HEARD] is not None and response.content_type == "text/html":
        drop_cookie(request, response, "said")
    if has_dead_session and cookie_name(request, "session") not in response.cookies:
        drop_cookie(request, response, "session")


def zone_of(name: str, otherwise: str = "UTC") -> ZoneInfo:
    for key in (name, otherwise):
        try:
            return ZoneInfo(key)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


# 4. the form


@aioweb.middleware
async def guard_forms(request: aioweb.Request, handler: Handler) -> aioweb.StreamResponse:
    """Lets a changing request through only from a page of ours: by what the browser says, and by the form's token."""
    if not is_app(request.path) and "\x00" in request.path + request.query_string:
        raise NotFound  # nothing has such a name, and PostgreSQL does not even look for it
    if request.method in ("GET", "HEAD", "OPTIONS") or is_machine(request.path) or is_app(request.path):
        return await handler(request)
    if request.path.startswith(LETTERS):
        return await handler(request)
    if not comes_from_us(request):
        raise Forbidden(N_("This form came from another site, so we did not act on it."))
    form = await forms.read(request)
    if not is_our_form(form.data.get("csrf", "")):
        raise Forbidden(N_("This page was open too long. Please go back, reload it and send it again."))
    return await handler(request)


def comes_from_us(request: aioweb.Request) -> bool:
    """What the browser itself says about where the request began. Old browsers say nothing; the token still speaks."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    # From a page whose address is a secret, and so sends no referrer, browsers say that the origin is "null".
    is_hidden = origin == "null" and site == "same-origin"
    return origin is None or is_hidden or origin == _origin(node_of(request).config.url)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


# 5. headers and what is said next


async def dress(request: aioweb.Request, response: aioweb.StreamResponse) -> None:
    """Security headers on everything that leaves, unless the page set stricter ones itself."""
    headers = response.headers
    if REQUEST_ID in request:  # what is refused before the middleware has no name
        headers.setdefault("X-Request-Id", request[REQUEST_ID])
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    if response.content_type == "text/html" or response.status >= 300:
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY)
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self)"
        )
    if is_https(request):
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    headers.popall("Server", None)


def _heard(request: aioweb.Request) -> Said | None:
    """What the page before wanted said here."""
    packed = request.cookies.get(cookie_name(request, "said"), "")
    if not packed or len(packed) > 2000 or request.method != "GET":
        return None
    try:
        text, undo = json.loads(base64.urlsafe_b64decode(packed))
    except (ValueError, TypeError, binascii.Error):
        return None
    if not isinstance(text, str) or not isinstance(undo, str) or not (undo == "" or undo.startswith("/")):
        return None
    return Said(text, undo)
