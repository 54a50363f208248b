"""The letters this node would have sent, on a page: only on a node in development."""

import aiohttp.web as aioweb

from node.mail import queries as letters
from web.context import node_of
from web.rendering import page
from web.sessions import require_development

routes = aioweb.RouteTableDef()


@routes.get("/dev/mail")
async def show_letters(request: aioweb.Request) -> aioweb.Response:
    require_development(request)
    async with node_of(request).reading() as work:
        recent = await letters.recent(work)
    return page(request, "mail/list.html", letters=recent)
