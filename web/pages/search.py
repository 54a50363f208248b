"""One line that finds people, companies, offers and asks; and anybody anywhere by their address."""

import re

import aiohttp.web as aioweb

from federation import context
from federation.lookup import fetch_post
from node.faces import path_of
from node.listings import queries as listings
from node.listings.queries import Filter
from node.matching import queries as people
from node.matching.queries import Wanted
from node.posts import queries as posts
from web.api.lookups import find
from web.context import node_of
from web.rendering import page, said
from web.sessions import visitor

routes = aioweb.RouteTableDef()

_HANDLE = re.compile(r"@?[^\s@/]+@[^\s@/]+\.?[^\s@/]*")


@routes.get("/search")
async def search(request: aioweb.Request) -> aioweb.Response:
    viewer = visitor(request)
    viewer_id = viewer.actor_id if viewer else None
    words = request.query.get("q", "").strip()[:300]
    is_address = words.startswith(("https://", "http://")) or _HANDLE.fullmatch(words) is not None
    if words and is_address and viewer is not None:
        place = await _look_up(request, words)
        if place is not None:
            return said(place)
    found, offers, asks = people.Found((), 0, None), [], []
    if words:
        async with node_of(request).reading() as work:
            found = await people.directory(work, viewer_id, Wanted(text=words), limit=12)
            offers = await listings.likeliest(work, viewer_id, Filter(text=words, purpose="offer"), limit=6)
            asks = await listings.newest(work, viewer_id, Filter(text=words, purpose="request"), limit=6)
    return page(request, "search/show.html", words=words, found=found, offers=offers, asks=asks, is_address=is_address)


async def _look_up(request: aioweb.Request, words: str) -> str | None:
    """The page here of what is meant: somebody, or a post by its address; None when nothing answers."""
    async with node_of(request).reading() as work:
        known = await posts.id_by_uri(work, words)
    if known is not None:
        return f"/posts/{known}"
    actor = await find(request, words)
    if actor is not None:
        # Who vouches for them and what they offer is worth a moment; whoever is slower shows it next time.
        await context.of(request).acquaintance.meet(actor.uri, seconds=4)
        return path_of(actor)
    if words.startswith(("https://", "http://")):
        post_id = await fetch_post(node_of(request), context.of(request).directory, words)
        return f"/posts/{post_id}" if post_id is not None else None
    return None
