"""Whose browser this is: the session cookie, the viewer behind it, and the roles pages ask for."""

import hmac
import secrets

import aiohttp.web as aioweb

from node.accounts import sessions as accounts_sessions
from node.errors import Forbidden, NotFound, Unauthenticated
from web.context import Viewer, node_of, reader

LASTS = 60 * 60 * 24 * 60
"""Seconds the cookie stays in the browser; the node decides how long it is worth something."""


def cookie_name(request: aioweb.Request, name: str) -> str:
    """``__Host-`` binds a cookie to this very host; browsers take it over https only."""
    return f"__Host-{name}" if is_https(request) else name


def is_https(request: aioweb.Request) -> bool:
    return node_of(request).config.url.startswith("https://")


def set_cookie(
    request: aioweb.Request, response: aioweb.StreamResponse, name: str, value: str, lasts: int | None
) -> None:
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=lasts,
        path="/",
        secure=is_https(request),
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(request: aioweb.Request, response: aioweb.StreamResponse, name: str) -> None:
    response.del_cookie(cookie_name(request, name), path="/", secure=is_https(request), httponly=True, samesite="Lax")


def set_language(request: aioweb.Request, response: aioweb.StreamResponse, code: str) -> None:
    """Remembers a visitor's language."""
    set_cookie(request, response, "language", code, LASTS)


def chosen_language(request: aioweb.Request) -> str:
    return request.cookies.get(cookie_name(request, "language"), "")


def session_token(request: aioweb.Request) -> str:
    return request.cookies.get(cookie_name(request, "session"), "")[:200]


def open_session(request: aioweb.Request, response: aioweb.StreamResponse, token: str) -> None:
    """This browser is logged in from now on."""
    set_cookie(request, response, "session", token, LASTS)


async def close_session(request: aioweb.Request, response: aioweb.StreamResponse) -> None:
    """This browser is logged out, and its token is worth nothing any more."""
    token = session_token(request)
    if token:
        async with node_of(request).writing() as work:
            await accounts_sessions.end_token(work, token)
    drop_cookie(request, response, "session")


def browser_secret(request: aioweb.Request) -> tuple[str, bool]:
    """What ties forms to this browser: the session where there is one, else a cookie; True when the cookie is new."""
    token = session_token(request) if reader().viewer is not None else ""
    if token:
        return token, False
    kept = request.cookies.get(cookie_name(request, "browser"), "")
    return (kept, False) if 20 <= len(kept) <= 100 else (secrets.token_urlsafe(24), True)


def is_our_form(token: str) -> bool:
    """Whether ``token`` came from a form we gave this browser."""
    return hmac.compare_digest(token.encode(), reader().csrf.encode())


def visitor(request: aioweb.Request) -> Viewer | None:
    """The logged-in member, or None."""
    return reader().viewer


def member(request: aioweb.Request) -> Viewer:
    """The logged-in member. Raises Unauthenticated, which leads to the log-in page and back."""
    viewer = reader().viewer
    if viewer is None:
        raise Unauthenticated
    return viewer


def officer(request: aioweb.Request) -> Viewer:
    viewer = member(request)
    if not viewer.is_officer:
        raise Forbidden
    return viewer


def admin(request: aioweb.Request) -> Viewer:
    viewer = member(request)
    if not viewer.is_admin:
        raise Forbidden
    return viewer


def require_development(request: aioweb.Request) -> None:
    """For pages that must not exist on a public node."""
    if not node_of(request).config.is_development:
        raise NotFound
