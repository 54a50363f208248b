"""`/api/v1/favourites` and what one does with a status: like it, pass it on, keep it on top; and who else did."""

from collections.abc import Awaitable, Callable

import aiohttp.web as aioweb

from node.actors.model import Actor
from node.boosts import service as boosts
from node.errors import Invalid
from node.pins import service as pins
from node.posts.model import Post
from node.reactions import queries
from node.reactions import service as reactions
from node.words import N_
from node.work import Writing
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.paging import links, window
from web.api.shapes.accounts import accounts
from web.api.shapes.look import look_of
from web.api.shapes.statuses import VISIBILITIES, readable_post, status, statuses
from web.context import node_of

routes = aioweb.RouteTableDef()

_WIDTHS = {VISIBILITIES[name]: name for name in boosts.WIDTHS}


@routes.get("/api/v1/favourites")
async def favourites(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:favourites")
    part = window(parameters.query(request))
    async with node_of(request).reading() as work:
        rows = await queries.liked_by(work, who.actor_id, part)
        found = await statuses(work, look_of(request), who.actor_id, [post_id for _, post_id in rows])
        return answer(found, headers=links(request, work.uris.base, part.limit, [id for id, _ in rows]))


@routes.post("/api/v1/statuses/{id}/favourite")
async def favourite(request: aioweb.Request) -> aioweb.Response:
    return await _do(request, "write:favourites", reactions.like)


@routes.post("/api/v1/statuses/{id}/unfavourite")
async def unfavourite(request: aioweb.Request) -> aioweb.Response:
    return await _do(request, "write:favourites", reactions.unlike)


@routes.post("/api/v1/statuses/{id}/pin")
async def pin(request: aioweb.Request) -> aioweb.Response:
    return await _do(request, "write:accounts", pins.pin)


@routes.post("/api/v1/statuses/{id}/unpin")
async def unpin(request: aioweb.Request) -> aioweb.Response:
    return await _do(request, "write:accounts", pins.unpin)


@routes.post("/api/v1/statuses/{id}/unreblog")
async def unreblog(request: aioweb.Request) -> aioweb.Response:
    return await _do(request, "write:statuses", boosts.take_back)


@routes.post("/api/v1/statuses/{id}/reblog")
async def reblog(request: aioweb.Request) -> aioweb.Response:
    """Answers with the boost, in which the status stands."""
    who = await bearers.member(request, "write:statuses")
    given = await parameters.read(request)
    width = given.text("visibility", most=50) or "public"
    if width not in _WIDTHS:
        raise Invalid({"visibility": N_("Choose public, unlisted or private.")})
    async with node_of(request).writing() as work:
        me = await work.session.get_one(Actor, who.actor_id)
        boost = await boosts.pass_on(work, me, database_key(request.match_info["id"]), _WIDTHS[width])
        return answer(await status(work, look_of(request), who.actor_id, boost.id))


async def _do(
    request: aioweb.Request, scope: str, act: Callable[[Writing, Actor, int], Awaitable[Post]]
) -> aioweb.Response:
    who = await bearers.member(request, scope)
    async with node_of(request).writing() as work:
        me = await work.session.get_one(Actor, who.actor_id)
        post = await act(work, me, database_key(request.match_info["id"]))
        return answer(await status(work, look_of(request), who.actor_id, post.id))


@routes.get("/api/v1/statuses/{id}/favourited_by")
async def favourited_by(request: aioweb.Request) -> aioweb.Response:
    return await _people(request, by_likes=True)


@routes.get("/api/v1/statuses/{id}/reblogged_by")
async def reblogged_by(request: aioweb.Request) -> aioweb.Response:
    return await _people(request, by_likes=False)


async def _people(request: aioweb.Request, *, by_likes: bool) -> aioweb.Response:
    who = await bearers.visitor(request, "read:accounts")
    viewer_id = who.actor_id if who else None
    part = window(parameters.query(request), otherwise=40, most=80)
    async with node_of(request).reading() as work:
        post = await readable_post(work, viewer_id, database_key(request.match_info["id"]))
        post_id = post.boost_of_id or post.id
        if by_likes:
            rows = await queries.liking(work, viewer_id, post_id, part)
        else:
            rows = await queries.passing_on(work, viewer_id, post_id, part)
        shown = await accounts(work, look_of(request), [actor for _, actor in rows])
        headers = links(request, work.uris.base, part.limit, [key for key, _ in rows])
        return answer([shown[actor.id] for _, actor in rows], headers=headers)
