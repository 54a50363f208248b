"""How a post read before it was corrected."""

import aiohttp.web as aioweb

from node.errors import NotFound
from node.posts import queries, versions
from web.addresses import database_key
from web.context import node_of
from web.rendering import page
from web.sessions import visitor

routes = aioweb.RouteTableDef()


@routes.get(r"/posts/{id:\d+}/before")
async def show(request: aioweb.Request) -> aioweb.Response:
    """For whoever may read the post."""
    viewer = visitor(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        post = await queries.one(work, viewer.actor_id if viewer else None, id)
        found = await versions.of(work, id)
    if post.kind == "listing" or len(found) < 2:
        raise NotFound
    return page(request, "posts/before.html", post=post, versions=list(reversed(found)))
