"""What one does with a post: like it, pass it on, keep it on top of one's page; and who else did."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp.web as aioweb

from node.actors import queries as actors
from node.bookmarks import service as bookmarks
from node.boosts import service as boosts
from node.errors import NotFound
from node.pins import service as pins
from node.posts import queries as posts
from node.reactions import queries
from node.reactions import service as reactions
from node.words import N_
from node.work import Writing
from web import forms
from web.addresses import database_key, own_path
from web.context import node_of
from web.rendering import page, said
from web.sessions import member

routes = aioweb.RouteTableDef()


@routes.get(r"/posts/{id:\d+}/likes")
async def show(request: aioweb.Request) -> aioweb.Response:
    """Who likes a post and who passed it on: for members, for it is not a figure to show around."""
    viewer = member(request)
    async with node_of(request).reading() as work:
        post = await posts.one(work, viewer.actor_id, database_key(request.match_info["id"]))
        likers = await queries.likers(work, viewer.actor_id, post.id)
        passers_on = await queries.passers_on(work, viewer.actor_id, post.id)
    return page(request, "reactions/show.html", post=post, likers=likers, passers_on=passers_on)


@routes.post(r"/posts/{id:\d+}/like")
async def like(request: aioweb.Request) -> aioweb.Response:
    return await _do(request, reactions.like)


@routes.post(r"/posts/{id:\d+}/react")
async def react(request: aioweb.Request) -> aioweb.Response:
    """Like it with a sign."""
    sign = (await forms.read(request)).data.get("emoji", "")
    return await _do(request, lambda work, me, id: reactions.like(work, me, id, sign))


@routes.post(r"/posts/{id:\d+}/unlike")
async def unlike(request: aioweb.Request) -> aioweb.Response:
    return await _do(request, reactions.unlike)


@routes.post(r"/posts/{id:\d+}/pass-on")
async def pass_on(request: aioweb.Request) -> aioweb.Response:
    return await _do(request, boosts.pass_on)


@routes.post(r"/posts/{id:\d+}/take-back")
async def take_back(request: aioweb.Request) -> aioweb.Response:
    return await _do(request, boosts.take_back)


@routes.post(r"/posts/{id:\d+}/pin")
async def pin(request: aioweb.Request) -> aioweb.Response:
    return await _do(request, pins.pin, N_("It stands on top of your page now."))


@routes.post(r"/posts/{id:\d+}/unpin")
async def unpin(request: aioweb.Request) -> aioweb.Response:
    return await _do(request, pins.unpin, N_("It no longer stands on top of your page."))


@routes.post(r"/posts/{id:\d+}/keep")
async def keep(request: aioweb.Request) -> aioweb.Response:
    return await _do(request, _keep)


@routes.post(r"/posts/{id:\d+}/put-back")
async def put_back(request: aioweb.Request) -> aioweb.Response:
    return await _do(request, _put_back)


async def _keep(work: Writing, me: Any, post_id: int) -> None:
    await bookmarks.keep(work, me.id, post_id)


async def _put_back(work: Writing, me: Any, post_id: int) -> None:
    await bookmarks.drop(work, me.id, post_id)


async def _do(
    request: aioweb.Request, act: Callable[[Writing, Any, int], Awaitable[object]], words: str | None = None
) -> aioweb.Response:
    """Do it and go back to where the button was, to the very post."""
    viewer = member(request)
    form = await forms.read(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        me = await actors.by_id(work, viewer.actor_id)
        if me is None:
            raise NotFound
        await act(work, me, id)
    back = own_path(form.data.get("back", ""), f"/posts/{id}")
    return said(f"{back.partition('#')[0]}#post-{id}", words)
