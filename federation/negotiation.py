"""Which form of an address is wanted, and how documents leave: one content type, headers that caches understand."""

import re
from collections.abc import Mapping
from typing import Any

import aiohttp.web as aioweb
import orjson

from schemas.vocabulary import ACTIVITY_JSON

_JSON = frozenset({"application/activity+json", "application/ld+json", "application/json"})
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_QUALITY = re.compile(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", re.IGNORECASE)

VARY = "Accept, Signature, Signature-Input"


def wants_document(accept: str) -> bool:
    """True when an Accept header would rather have ActivityStreams than a page.

    Anything that names a JSON type means it, unless it names HTML too and likes it better; `*/*` and silence are
    browsers.
    """
    best = {"json": (0.0, 0), "page": (0.0, 0)}
    for position, part in enumerate(accept.split(",")[:50]):
        name, *parameters = part.split(";")
        media_type = name.strip().lower()
        kind = "json" if media_type in _JSON else "page" if media_type in _PAGES else None
        if kind is None:
            continue
        quality = 1.0
        for parameter in parameters:
            match = _QUALITY.fullmatch(parameter)
            if match:
                quality = min(float(match[1]), 1.0)
        best[kind] = max(best[kind], (quality, -position))
    return best["json"][0] > 0 and best["json"] > best["page"]


def asks_for_document(request: aioweb.Request) -> bool:
    """As wants_document, for a request with any number of Accept headers."""
    return wants_document(",".join(request.headers.getall("Accept", [])))


def redirect(url: str) -> aioweb.Response:
    """To the page for people, or from it to the document."""
    return aioweb.Response(status=303, headers={"Location": url, "Vary": VARY})


def document(
    body: Mapping[str, Any] | str, *, private: bool = False, status: int = 200, content_type: str = ACTIVITY_JSON
) -> aioweb.Response:
    """A finished document; `private` when it depends on who signed the request."""
    return aioweb.Response(
        status=status,
        body=body.encode() if isinstance(body, str) else orjson.dumps(body),
        headers={
            "Content-Type": content_type,
            "Vary": VARY,
            "Cache-Control": "private, no-store" if private else "public, max-age=60",
            "Access-Control-Allow-Origin": "*",
            "X-Content-Type-Options": "nosniff",
        },
    )


def refusal(status: int, reason: str, headers: Mapping[str, str] | None = None) -> aioweb.Response:
    """An error as RFC 9457 problem details (FEP-c180): whoever builds the other side reads it."""
    return aioweb.Response(
        status=status,
        body=orjson.dumps({"type": "about:blank", "status": status, "detail": reason}),
        headers={
            "Content-Type": "application/problem+json",
            "Vary": VARY,
            "Cache-Control": "no-store",
            "Access-Control-Allow-Origin": "*",
            **(headers or {}),
        },
    )
