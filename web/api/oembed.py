"""`/api/oembed`: a public post as other sites quote it, by the address of its page (oembed.com)."""

from urllib.parse import urlsplit

import aiohttp.web as aioweb
from markupsafe import escape

from node.errors import Forbidden, NotFound
from node.markdown import plain
from node.words import N_
from schemas.values import host_of
from web.addresses import database_key
from web.api import parameters
from web.api.edge import answer
from web.api.shapes.look import look_of
from web.api.shapes.statuses import status
from web.context import node_of

routes = aioweb.RouteTableDef()

_WIDTH = 400
_LASTS = 24 * 60 * 60
"""Seconds."""


@routes.get("/api/oembed")
async def show(request: aioweb.Request) -> aioweb.Response:
    given = parameters.query(request)
    address = given.required("url", most=2000)
    width = given.whole("maxwidth", least=100, most=_WIDTH, otherwise=_WIDTH)
    if (given.text("format", most=10) or "json") != "json":
        raise Forbidden(N_("Only JSON is given here."))
    if host_of(address) != host_of(node_of(request).config.url):
        raise NotFound
    path = urlsplit(address).path.rstrip("/")
    if not path.startswith("/@"):
        raise NotFound
    id = database_key(path.rpartition("/")[2])
    async with node_of(request).reading() as work:
        found = await status(work, look_of(request), None, id)
    author = found["account"]
    name = author["display_name"] or author["username"]
    cited = f'{found["content"]}<footer><a href="{escape(found["url"])}">{escape(name)}</a></footer>'
    return answer(
        {
            "type": "rich",
            "version": "1.0",
            "title": plain(found["spoiler_text"] or found["content"], 100),
            "author_name": name,
            "author_url": author["url"],
            "provider_name": node_of(request).uris.host,
            "provider_url": f"{node_of(request).config.url}/",
            "cache_age": _LASTS,
            "html": f'<blockquote cite="{escape(found["url"])}">{cited}</blockquote>',
            "width": width,
            "height": None,
        }
    )
