"""Questions: choosing an answer, and closing one's own before its time."""

import aiohttp.web as aioweb

from node.actors import queries as actors
from node.errors import Conflict, Invalid
from node.polls import service as polls
from node.posts import counting, queries
from node.words import N_
from web import forms
from web.addresses import database_key
from web.context import node_of
from web.rendering import said
from web.sessions import member

routes = aioweb.RouteTableDef()


@routes.post(r"/posts/{id:\d+}/vote")
async def vote(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    id = database_key(request.match_info["id"])
    ticked = [value for value in form.data.getall("choice", [])[:20] if value.isascii() and value.isdigit()]
    chosen = [int(value) for value in ticked if len(value) <= 3]
    async with node_of(request).reading() as work:
        post = await queries.one(work, viewer.actor_id, id)
    try:
        async with node_of(request).writing() as work:
            voter = await actors.by_id(work, viewer.actor_id)
            assert voter is not None
            await polls.vote(work, voter, id, chosen)
    except Invalid as refusal:
        return said(post.path, next(iter(refusal.fields.values()), refusal.message))
    except Conflict as refusal:
        return said(post.path, refusal.message)
    return said(post.path, N_("Your answer counts."))


@routes.post(r"/posts/{id:\d+}/close")
async def close(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        post = await queries.one(work, viewer.actor_id, id)
    try:
        async with node_of(request).writing() as work:
            author = await actors.by_id(work, viewer.actor_id)
            assert author is not None
            await counting.close(work, author, id)
    except Conflict as refusal:
        return said(post.path, refusal.message)
    return said(post.path, N_("Closed. Everybody who answered hears how it ended."))
