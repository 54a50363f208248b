"""`/api/v1/conversations`: threads of posts that are for a few people alone."""

from collections.abc import Sequence

import aiohttp.web as aioweb
import sqlalchemy as sa

from node.access import readable
from node.actors.model import Actor
from node.directed import queries as directed
from node.errors import NotFound
from node.notifications import service
from node.notifications.model import Notification, PutAway
from node.posts.model import Post, PostMention
from node.work import Reading
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.paging import links, window
from web.api.shapes.accounts import accounts
from web.api.shapes.look import Entity, Look, look_of
from web.api.shapes.statuses import readable_post, statuses
from web.context import node_of

routes = aioweb.RouteTableDef()


@routes.get("/api/v1/conversations")
async def show(request: aioweb.Request) -> aioweb.Response:
    """A conversation goes by the key of its last post, so that its order is the order of time."""
    who = await bearers.member(request, "read:statuses")
    part = window(parameters.query(request))
    look = look_of(request)
    async with node_of(request).reading() as work:
        newest = sa.func.max(Post.id)
        threads = (
            sa.select(newest.label("id"))
            .where(Post.visibility == "direct", readable(who.actor_id), ~directed.waits_for(who.actor_id))
            .group_by(sa.func.coalesce(Post.context, Post.uri))
            .subquery()
        )
        put_away = sa.select(PutAway.post_id).where(PutAway.account_id == who.account_id)
        chosen = sa.select(threads.c.id).where(threads.c.id.not_in(put_away))
        ids = part.in_order((await work.session.scalars(part.cut(chosen, threads.c.id))).all())
        found = await conversations(work, look, who.actor_id, who.account_id, ids)
        return answer(found, headers=links(request, work.uris.base, part.limit, ids))


async def conversations(work: Reading, look: Look, viewer_id: int, account_id: int, ids: Sequence[int]) -> list[Entity]:
    """The conversations whose last posts these are, without those the viewer may not read."""
    last = {int(entity["id"]): entity for entity in await statuses(work, look, viewer_id, ids)}
    people = await _people(work, viewer_id, list(last))
    shown = await accounts(work, look, [actor for found in people.values() for actor in found])
    unread = set(
        await work.session.scalars(
            sa.select(Notification.post_id).where(
                Notification.account_id == account_id,
                Notification.post_id.in_(last),
                Notification.read_at.is_(None),
            )
        )
    )
    return [
        {
            "id": str(id),
            "unread": id in unread,
            "accounts": [shown[actor.id] for actor in people.get(id, [])],
            "last_status": last[id],
        }
        for id in ids
        if id in last
    ]


@routes.post("/api/v1/conversations/{id}/read")
async def mark_read(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:conversations")
    look = look_of(request)
    async with node_of(request).writing() as work:
        post = await _last_post(work, who.actor_id, request)
        told = await work.session.scalars(
            sa.select(Notification.id)
            .join(Post, Post.id == Notification.post_id)
            .where(Notification.account_id == who.account_id, Notification.read_at.is_(None))
            .where(Post.context == post.context if post.context else Post.id == post.id)
        )
        await service.mark_seen(work, who.account_id, told.all())
        return answer((await conversations(work, look, who.actor_id, who.account_id, [post.id]))[0])


@routes.post("/api/v1/conversations/{id}/unread")
async def mark_unread(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:conversations")
    async with node_of(request).writing() as work:
        post = await _last_post(work, who.actor_id, request)
        await service.mark_unseen(work, who.account_id, post.id)
        return answer((await conversations(work, look_of(request), who.actor_id, who.account_id, [post.id]))[0])


@routes.delete("/api/v1/conversations/{id}")
async def put_away(request: aioweb.Request) -> aioweb.Response:
    """It is out of the list until something new is said in it; nothing is deleted for the others."""
    who = await bearers.member(request, "write:conversations")
    async with node_of(request).writing() as work:
        post = await _last_post(work, who.actor_id, request)
        await service.put_away(work, who.account_id, post.id)
    return answer({})


async def _last_post(work: Reading, viewer_id: int, request: aioweb.Request) -> Post:
    post = await readable_post(work, viewer_id, database_key(request.match_info["id"]))
    if post.visibility != "direct":
        raise NotFound
    return post


async def _people(work: Reading, viewer_id: int, ids: list[int]) -> dict[int, list[Actor]]:
    """Who else a post is between."""
    found: dict[int, list[Actor]] = {}
    named = (
        sa.select(PostMention.post_id, Actor)
        .join(Actor, Actor.id == PostMention.actor_id)
        .where(PostMention.post_id.in_(ids), Actor.id != viewer_id)
    )
    authors = sa.select(Post.id, Actor).join(Actor, Actor.id == Post.author_id)
    authors = authors.where(Post.id.in_(ids), Actor.id != viewer_id)
    for query in (authors, named):
        for post_id, actor in await work.session.execute(query):
            if actor not in found.setdefault(post_id, []):
                found[post_id].append(actor)
    return found
