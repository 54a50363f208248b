"""`/api/commensal/v1/ideas`: thoughts on their way to a first sale, taken from stage to stage."""

import aiohttp.web as aioweb

from node.accounts.tokens import Bearer
from node.actors.model import Actor
from node.ideas import queries, rules, service
from node.ideas.queries import IdeaView
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.commensal.shapes import person
from web.api.edge import answer
from web.api.shapes.look import Entity, Look, look_of, moment
from web.api.statuses import spoken_language
from web.context import node_of

routes = aioweb.RouteTableDef()

READ, WRITE = "read:statuses", "write:statuses"


@routes.get("/api/commensal/v1/ideas")
async def show_all(request: aioweb.Request) -> aioweb.Response:
    """Those that moved last first; ``mine`` only one's own."""
    who = await bearers.visitor(request, READ)
    viewer_id = who.actor_id if who else None
    is_mine = viewer_id is not None and bool(parameters.query(request).flag("mine"))
    async with node_of(request).reading() as work:
        found = await queries.newest(work, viewer_id, actor_id=viewer_id if is_mine else None)
    return answer([_idea(look_of(request), view) for view in found])


@routes.post("/api/commensal/v1/ideas")
async def begin(request: aioweb.Request) -> aioweb.Response:
    """``title`` and ``text`` (Markdown)."""
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    async with node_of(request).writing() as work:
        post = await service.begin(
            work,
            await work.session.get_one(Actor, who.actor_id),
            given.required("title", most=1000),
            given.required("text", most=100_000),
            language=spoken_language(given, who),
        )
    return await _shown(request, who.actor_id, post.id)


@routes.get("/api/commensal/v1/ideas/{id}")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, READ)
    return await _shown(request, who.actor_id if who else None, _id(request))


@routes.post("/api/commensal/v1/ideas/{id}/close")
async def close_stage(request: aioweb.Request) -> aioweb.Response:
    """On to the next stage; without evidence it takes a reason (``why``)."""
    who = await bearers.member(request, WRITE)
    why = (await parameters.read(request)).text("why", most=5000) or ""
    return await _act(request, who, lambda work, actor, id: service.close_stage(work, actor, id, why))


@routes.post("/api/commensal/v1/ideas/{id}/drop")
async def drop(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, await bearers.member(request, WRITE), service.drop)


@routes.post("/api/commensal/v1/ideas/{id}/mentor")
async def look_for_mentor(request: aioweb.Request) -> aioweb.Response:
    """Ask for somebody who has done such a thing, in these words (``text``)."""
    who = await bearers.member(request, WRITE)
    text = (await parameters.read(request)).required("text", most=5000)
    return await _act(request, who, lambda work, actor, id: service.look_for_mentor(work, actor, id, text))


# inside


def _id(request: aioweb.Request) -> int:
    return database_key(request.match_info["id"])


async def _act(request: aioweb.Request, who: Bearer, act: service.Act) -> aioweb.Response:
    async with node_of(request).writing() as work:
        await act(work, await work.session.get_one(Actor, who.actor_id), _id(request))
    return await _shown(request, who.actor_id, _id(request))


async def _shown(request: aioweb.Request, viewer_id: int | None, id: int) -> aioweb.Response:
    async with node_of(request).reading() as work:
        found = await queries.one(work, viewer_id, id)
    return answer(_idea(look_of(request), found))


def _idea(look: Look, view: IdeaView) -> Entity:
    """``id`` is that of the status in the Mastodon API."""
    return {
        "id": str(view.post.id),
        "url": look.absolute(f"/ideas/{view.post.id}"),
        "title": view.post.title,
        "content": view.post.content,
        "author": person(look, view.post.author),
        "state": view.state,
        "stage": view.stage,
        "stages": [
            {
                "name": stage.name,
                "state": stage.state or "ahead",
                "evidence": stage.evidence,
                "needed": rules.NEEDED[stage.name],
                "why": stage.why or None,
                "closed_at": moment(stage.closed_at) if stage.closed_at else None,
            }
            for stage in view.stages
        ],
        "grown": [{"kind": grown.kind, "title": grown.title, "url": look.absolute(grown.path)} for grown in view.grown],
        "created_at": moment(view.post.at),
    }
