"""`/api/commensal/v1/recommendations`: written after something confirmed, shown or hidden by whom they are about."""

from collections.abc import Awaitable, Callable

import aiohttp.web as aioweb

from node.actors.model import Actor
from node.errors import NotFound
from node.testimonials import queries, rules, service
from node.work import Writing
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.commensal.shapes import recommendation
from web.api.edge import answer
from web.api.shapes.look import look_of
from web.api.statuses import spoken_language
from web.context import node_of

routes = aioweb.RouteTableDef()

READ, WRITE = "read:statuses", "write:statuses"


@routes.get("/api/commensal/v1/recommendations")
async def show_all(request: aioweb.Request) -> aioweb.Response:
    """What ``account_id`` shows of them; without it all about the owner of the token, ``written`` all by them."""
    who = await bearers.visitor(request, READ)
    given = parameters.query(request)
    account_id = given.key("account_id")
    async with node_of(request).reading() as work:
        if account_id is not None:
            found = await queries.shown_of(work, who.actor_id if who else None, [account_id])
        elif who is not None and who.actor_id is not None:
            found = await queries.of_person(work, who.actor_id, written=bool(given.flag("written")))
        else:
            raise NotFound
    return answer([recommendation(look_of(request), view) for view in found])


@routes.post("/api/commensal/v1/recommendations")
async def write(request: aioweb.Request) -> aioweb.Response:
    """403 without anything confirmed between the two."""
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    subject_id = given.key("account_id")
    async with node_of(request).writing() as work:
        subject = await work.session.get(Actor, subject_id) if subject_id is not None else None
        if subject is None:
            raise NotFound
        post = await service.write(
            work,
            await work.session.get_one(Actor, who.actor_id),
            subject,
            given.text("text", most=20_000) or "",
            may_be_public=bool(given.flag("may_be_public")),
            language=spoken_language(given, who),
        )
    return await _shown(request, who.actor_id, post.id)


@routes.get("/api/commensal/v1/recommendations/{id}")
async def show_one(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, READ)
    return await _shown(request, who.actor_id if who else None, _id(request))


@routes.delete("/api/commensal/v1/recommendations/{id}")
async def withdraw(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    async with node_of(request).writing() as work:
        await service.withdraw(work, await work.session.get_one(Actor, who.actor_id), _id(request))
    return answer({})


@routes.post("/api/commensal/v1/recommendations/{id}/show")
async def show(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, service.show)


@routes.post("/api/commensal/v1/recommendations/{id}/hide")
async def hide(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, service.hide)


@routes.post("/api/commensal/v1/recommendations/{id}/reply")
async def reply(request: aioweb.Request) -> aioweb.Response:
    text = (await parameters.read(request)).text("text", most=20 * rules.TEXT_LIMIT) or ""
    return await _act(request, lambda work, subject, id: service.reply(work, subject, id, text))


async def _act(request: aioweb.Request, act: Callable[[Writing, Actor, int], Awaitable[object]]) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    async with node_of(request).writing() as work:
        await act(work, await work.session.get_one(Actor, who.actor_id), _id(request))
    return await _shown(request, who.actor_id, _id(request))


def _id(request: aioweb.Request) -> int:
    return database_key(request.match_info["id"])


async def _shown(request: aioweb.Request, viewer_id: int | None, id: int) -> aioweb.Response:
    async with node_of(request).reading() as work:
        found = await queries.of_post(work, viewer_id, id)
    if found is None:
        raise NotFound
    return answer(recommendation(look_of(request), found))
