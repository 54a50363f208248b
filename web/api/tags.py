"""`/api/v1/tags`, followed and featured tags, and `/api/v1/trends`."""

from collections.abc import Sequence
from datetime import timedelta

import aiohttp.web as aioweb
import sqlalchemy as sa

from node.access import listed
from node.ids import first_id
from node.posts.model import Post
from node.tags import service
from node.work import Reading
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.accounts import someone
from web.api.edge import answer
from web.api.paging import links, window
from web.api.shapes.look import Entity, look_of, midnight
from web.api.shapes.statuses import statuses
from web.context import node_of
from web.forms import clean

routes = aioweb.RouteTableDef()

_TRENDS_FOR = timedelta(days=7)


async def entities(work: Reading, tags: Sequence[str], viewer_id: int | None) -> list[Entity]:
    """Tag entities with how often each was used on the last seven days."""
    uses = await service.history(work, tags)
    followed = await service.follows_any(work, viewer_id, tags) if viewer_id is not None else set()
    shown = await service.features_any(work, viewer_id, tags) if viewer_id is not None else set()
    found: list[Entity] = []
    for tag in tags:
        history = [
            {"day": str(int(use.day.timestamp())), "uses": str(use.posts), "accounts": str(use.people)}
            for use in uses[tag]
        ]
        entity: Entity = {"id": tag, "name": tag, "url": work.uris.tag(tag), "history": history}
        if viewer_id is not None:
            entity |= {"following": tag in followed, "featuring": tag in shown}
        found.append(entity)
    return found


@routes.get("/api/v1/tags/{tag}")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, "read")
    tag = service.folded(clean(request.match_info["tag"]))
    async with node_of(request).reading() as work:
        return answer((await entities(work, [tag], who.actor_id if who else None))[0])


@routes.post("/api/v1/tags/{tag}/follow")
async def follow(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:follows")
    async with node_of(request).writing() as work:
        tag = await service.follow(work, who.actor_id, clean(request.match_info["tag"]))
        return answer((await entities(work, [tag], who.actor_id))[0])


@routes.post("/api/v1/tags/{tag}/unfollow")
async def unfollow(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:follows")
    async with node_of(request).writing() as work:
        tag = await service.unfollow(work, who.actor_id, clean(request.match_info["tag"]))
        return answer((await entities(work, [tag], who.actor_id))[0])


@routes.post("/api/v1/tags/{tag}/feature")
async def feature_by_name(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:accounts")
    async with node_of(request).writing() as work:
        made = await service.feature(work, who.actor_id, clean(request.match_info["tag"]))
        return answer((await entities(work, [made.tag], who.actor_id))[0])


@routes.post("/api/v1/tags/{tag}/unfeature")
async def unfeature_by_name(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:accounts")
    tag = service.folded(clean(request.match_info["tag"]))
    async with node_of(request).writing() as work:
        for row, _, _ in await service.featured(work, who.actor_id):
            if row.tag == tag:
                await service.unfeature(work, who.actor_id, row.id)
        return answer((await entities(work, [tag], who.actor_id))[0])


@routes.get("/api/v1/followed_tags")
async def show_followed(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:follows")
    part = window(parameters.query(request), otherwise=100, most=200)
    async with node_of(request).reading() as work:
        rows = await service.followed(work, who.actor_id, part)
        found = await entities(work, [tag for _, tag in rows], who.actor_id)
        return answer(found, headers=links(request, work.uris.base, part.limit, [id for id, _ in rows]))


@routes.get("/api/v1/featured_tags")
async def showfeatured_tags(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:accounts")
    async with node_of(request).reading() as work:
        return answer(await featured_tags(work, who.actor_id))


@routes.get("/api/v1/accounts/{id}/featured_tags")
async def show_featured_of(request: aioweb.Request) -> aioweb.Response:
    await bearers.visitor(request, "read:accounts")
    async with node_of(request).reading() as work:
        return answer(await featured_tags(work, (await someone(work, request)).id))


@routes.post("/api/v1/featured_tags")
async def feature(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:accounts")
    given = await parameters.read(request)
    async with node_of(request).writing() as work:
        made = await service.feature(work, who.actor_id, given.text("name") or "")
        found = await featured_tags(work, who.actor_id)
        return answer(next(entity for entity in found if entity["id"] == str(made.id)))


@routes.delete("/api/v1/featured_tags/{id}")
async def unfeature(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:accounts")
    async with node_of(request).writing() as work:
        await service.unfeature(work, who.actor_id, database_key(request.match_info["id"]))
    return answer({})


@routes.get("/api/v1/featured_tags/suggestions")
async def suggest(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:accounts")
    async with node_of(request).reading() as work:
        return answer(await entities(work, await service.used_by(work, who.actor_id), who.actor_id))


async def featured_tags(work: Reading, actor_id: int) -> list[Entity]:
    return [
        {
            "id": str(row.id),
            "name": row.name,
            "url": work.uris.tag(row.tag),
            "statuses_count": str(count),
            "last_status_at": midnight(last)[:10] if last else None,
        }
        for row, count, last in await service.featured(work, actor_id)
    ]


@routes.get("/api/v1/trends")
@routes.get("/api/v1/trends/tags")
async def trending_tags(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, "read")
    given = parameters.query(request)
    limit = given.whole("limit", least=1, most=20, otherwise=10)
    offset = given.whole("offset", least=0, most=1000, otherwise=0)
    async with node_of(request).reading() as work:
        tags = await service.trending(work, limit, offset)
        return answer(await entities(work, tags, who.actor_id if who else None))


@routes.get("/api/v1/trends/statuses")
async def trending_posts(request: aioweb.Request) -> aioweb.Response:
    """What most people liked or passed on in the last week."""
    who = await bearers.visitor(request, "read")
    given = parameters.query(request)
    limit = given.whole("limit", least=1, most=40, otherwise=20)
    offset = given.whole("offset", least=0, most=1000, otherwise=0)
    viewer_id = who.actor_id if who else None
    async with node_of(request).reading() as work:
        ids = await work.session.scalars(
            sa.select(Post.id)
            .where(
                Post.id >= first_id(work.now - _TRENDS_FOR),
                Post.visibility == "public",
                Post.boost_of_id.is_(None),
                Post.likes + Post.boosts >= 2,
                listed(viewer_id),
            )
            .order_by((Post.likes + Post.boosts).desc(), Post.id.desc())
            .limit(limit)
            .offset(offset)
        )
        return answer(await statuses(work, look_of(request), viewer_id, ids.all()))
