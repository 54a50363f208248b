"""`/api/v1/polls`: how a question stands, and choosing an answer."""

import aiohttp.web as aioweb

from node.actors.model import Actor
from node.errors import Conflict, Invalid, NotFound
from node.polls import service as polls
from node.polls.queries import is_stale, poll
from node.words import N_
from node.work import Reading
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.shapes.look import Entity
from web.api.shapes.polls import poll_entity
from web.api.shapes.statuses import readable_post
from web.context import node_of

routes = aioweb.RouteTableDef()


@routes.get("/api/v1/polls/{id}")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, "read:statuses")
    id = database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        await readable_post(work, who.actor_id if who else None, id)
        found, is_old = await _shown(work, who.actor_id if who else None, id)
    if who is not None and is_old:
        async with node_of(request).writing() as work:
            await polls.ask_anew(work, id)
    return answer(found)


@routes.post("/api/v1/polls/{id}/votes")
async def vote(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:statuses")
    given = await parameters.read(request)
    id = database_key(request.match_info["id"])
    choices = [text.strip() for text in given.texts("choices", most=20)]
    if not choices or any(not text.isascii() or not text.isdigit() or len(text) > 3 for text in choices):
        raise Invalid({"choices": N_("Choose one of the answers.")})
    try:
        async with node_of(request).writing() as work:
            voter = await work.session.get_one(Actor, who.actor_id)
            await polls.vote(work, voter, id, [int(text) for text in choices])
            return answer((await _shown(work, who.actor_id, id))[0])
    except Conflict as refusal:
        raise Invalid(message=refusal.message) from None


async def _shown(work: Reading, viewer_id: int | None, id: int) -> tuple[Entity, bool]:
    found = await poll(work, viewer_id, id)
    if found is None:
        raise NotFound
    return poll_entity(found, viewer_id), is_stale(work, found)
