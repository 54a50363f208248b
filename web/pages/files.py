"""Files: our own (by hash, from memory), the association's colours as a stylesheet, and pictures."""

import gzip
from functools import lru_cache

import aiohttp.web as aioweb

from node.errors import NotFound
from node.media.files import path_of
from web.assets import assets
from web.context import node_of
from web.palette import stylesheet

routes = aioweb.RouteTableDef()

FOR_EVER = "public, max-age=31536000, immutable"


@routes.get("/static/{hash:[0-9a-f]{16}}/{name:.+}")
async def static(request: aioweb.Request) -> aioweb.Response:
    found = assets().find(request.match_info["name"])
    if found is None:
        raise NotFound
    body, kind, digest = found
    headers = {"Content-Type": kind, "Vary": "Accept-Encoding", "ETag": f'"{digest}"'}
    headers["Access-Control-Allow-Origin"] = "*"  # pictures of those who have none are shown by apps, too
    # A page from before an upgrade may still ask by the old hash: it gets what there is, but may not keep it.
    headers["Cache-Control"] = FOR_EVER if request.match_info["hash"] == digest else "no-cache"
    if kind.startswith("text/") or kind == "image/svg+xml":
        headers["Content-Type"] = f"{kind}; charset=utf-8"
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            body = _packed(request.match_info["name"])
            headers["Content-Encoding"] = "gzip"
    return aioweb.Response(body=body, headers=headers)


@lru_cache(maxsize=100)
def _packed(name: str) -> bytes:
    found = assets().find(name)
    return gzip.compress(found[0], 9, mtime=0) if found else b""


@routes.get("/accent/{colour:[0-9a-fA-F]{6}}.css")
async def accent(request: aioweb.Request) -> aioweb.Response:
    """The colours that follow from an association's accent. A function of the address alone, so it can be kept."""
    return aioweb.Response(
        text=stylesheet(request.match_info["colour"]), content_type="text/css", headers={"Cache-Control": FOR_EVER}
    )


_KINDS = {"webp": "image/webp", "png": "image/png", "jpg": "image/jpeg", "gif": "image/gif"}


@routes.get(r"/media/{digest:[0-9a-f]{64}}.{extension:[a-z0-9]{1,5}}")
async def picture(request: aioweb.Request) -> aioweb.StreamResponse:
    """A re-encoded picture under the name of its content. Whatever it is, a browser can only show it."""
    path = path_of(node_of(request).config, request.match_info["digest"], request.match_info["extension"])
    if path is None or not path.is_file():
        raise NotFound
    extension = request.match_info["extension"]
    return aioweb.FileResponse(
        path,
        headers={
            # Not guessed: Python 3.11 does not know WebP, and others refuse what does not call itself a picture.
            "Content-Type": _KINDS.get(extension, "application/octet-stream"),
            "Cache-Control": FOR_EVER,
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Access-Control-Allow-Origin": "*",
        },
    )
