"""Where a post of one's own has arrived, for its author alone."""

import aiohttp.web as aioweb

from node.errors import NotFound
from node.outbox import reach
from node.posts import queries
from web.addresses import database_key
from web.context import node_of
from web.rendering import page
from web.sessions import member

routes = aioweb.RouteTableDef()


@routes.get(r"/posts/{id:\d+}/sent")
async def show(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        post = await queries.one(work, viewer.actor_id, database_key(request.match_info["id"]))
        if not post.is_own:
            raise NotFound
        arrivals = await reach.of(work, viewer.actor_id, post.uri)
        is_about_to_go = await reach.is_about_to_go(work, viewer.actor_id, post.uri)
    by_state = {
        state: [each for each in arrivals if each.state == state]
        for state in ("waiting", "refused", "gone", "delivered")
    }
    return page(request, "posts/sent.html", post=post, arrivals=by_state, is_about_to_go=is_about_to_go)
