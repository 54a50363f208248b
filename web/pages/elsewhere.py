"""Pictures of people and posts from elsewhere, shown from our own copy and fetched when first looked at."""

import aiohttp.web as aioweb

from federation import context, pictures
from node.errors import NotFound
from web.addresses import database_key
from web.context import node_of

routes = aioweb.RouteTableDef()


@routes.get(r"/media/elsewhere/{id:\d+}")
async def picture(request: aioweb.Request) -> aioweb.Response:
    directory = context.of(request).directory
    return _there(await pictures.of_post(node_of(request), directory, database_key(request.match_info["id"])))


@routes.get(r"/media/faces/{id:\d+}")
async def face(request: aioweb.Request) -> aioweb.Response:
    directory = context.of(request).directory
    return _there(await pictures.of_actor(node_of(request), directory, database_key(request.match_info["id"])))


def _there(digest: str | None) -> aioweb.Response:
    if digest is None:
        raise NotFound
    headers = {"Location": f"/media/{digest}.webp", "Cache-Control": "private, max-age=3600"}
    return aioweb.Response(status=302, headers=headers)
