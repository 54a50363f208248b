"""The feed in its three lenses, in pages that come to an end."""

import aiohttp.web as aioweb

from node.listings import queries as listings
from node.listings.queries import ListingView
from node.matching import queries as people
from node.posts import queries
from node.posts.queries import PostView
from node.work import Reading
from web.addresses import database_key
from web.context import node_of
from web.filtering import sorted_out
from web.rendering import page
from web.sessions import member

routes = aioweb.RouteTableDef()

LENSES = ("both", "social", "business")


async def listings_in(work: Reading, viewer_id: int | None, posts: list[PostView]) -> dict[int, ListingView]:
    """The offers and asks among some posts, as cards."""
    ids = [post.id for post in posts if post.kind == "listing"]
    return {view.id: view for view in await listings.views(work, viewer_id, ids)}


def cursor(request: aioweb.Request) -> int | None:
    """Where the page before this one ended."""
    before = request.query.get("before", "")
    return database_key(before) if before else None


@routes.get("/feed")
async def show(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    lens = request.query.get("lens", "both")
    lens = lens if lens in LENSES else "both"
    before = cursor(request)
    async with node_of(request).reading() as work:
        posts = await queries.feed(work, viewer.actor_id, lens, before=before)
        older = posts[-1].cursor if len(posts) == queries.PAGE else None
        posts = await sorted_out(work, viewer.actor_id, posts, "home")
        cards = await listings_in(work, viewer.actor_id, posts)
        newcomers = [face for face in await people.newcomers(work) if face.id != viewer.actor_id][:4]
        fresh = await listings.newest(work, viewer.actor_id, listings.Filter(), limit=4)
    return page(
        request,
        "feed/show.html",
        lens=lens,
        posts=posts,
        cards=cards,
        before=before,
        older=older,
        newcomers=newcomers,
        fresh=fresh,
    )
