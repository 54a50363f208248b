"""`/api/commensal/v1/webhooks`: for officers, the programs that are told what happens."""

from datetime import datetime

import aiohttp.web as aioweb

from node.webhooks import service
from node.webhooks.service import HookView, MessageView
from web.addresses import database_key
from web.api import parameters
from web.api.commensal.peers import officer
from web.api.edge import answer
from web.api.shapes.look import Entity, moment
from web.context import node_of

routes = aioweb.RouteTableDef()

READ, WRITE = "read:webhooks", "write:webhooks"
PATH = "/api/commensal/v1/webhooks"


@routes.get(PATH)
async def show_all(request: aioweb.Request) -> aioweb.Response:
    await officer(request, READ)
    async with node_of(request).reading() as work:
        return answer([_hook(view) for view in await service.listed(work)])


@routes.post(PATH)
async def add(request: aioweb.Request) -> aioweb.Response:
    """The answer is the only place where the secret can be seen."""
    who = await officer(request, WRITE)
    given = await parameters.read(request)
    async with node_of(request).writing() as work:
        row, secret = await service.add(work, who.account_id, given.text("url") or "", given.texts("events"))
        return answer({**_hook(await service.view(work, row.id)), "secret": secret})


@routes.put(f"{PATH}/{{id}}")
async def revise(request: aioweb.Request) -> aioweb.Response:
    await officer(request, WRITE)
    given = await parameters.read(request)
    async with node_of(request).writing() as work:
        now = await service.view(work, _id(request))
        enabled = given.flag("is_enabled")
        await service.revise(
            work,
            now.id,
            given.text("url") or now.url,
            given.texts("events") if "events" in given else now.events,
            now.is_enabled if enabled is None else enabled,
        )
        return answer(_hook(await service.view(work, now.id)))


@routes.delete(f"{PATH}/{{id}}")
async def remove(request: aioweb.Request) -> aioweb.Response:
    await officer(request, WRITE)
    async with node_of(request).writing() as work:
        await service.remove(work, _id(request))
    return answer({})


@routes.post(f"{PATH}/{{id}}/test")
async def test(request: aioweb.Request) -> aioweb.Response:
    await officer(request, WRITE)
    async with node_of(request).writing() as work:
        await service.test(work, _id(request))
    return answer({})


@routes.get(f"{PATH}/{{id}}/messages")
async def show_messages(request: aioweb.Request) -> aioweb.Response:
    await officer(request, READ)
    limit = parameters.query(request).whole("limit", least=1, most=100, otherwise=20)
    async with node_of(request).reading() as work:
        found = await service.view(work, _id(request))
        return answer([_message(view) for view in await service.messages(work, found.id, limit)])


def _id(request: aioweb.Request) -> int:
    return database_key(request.match_info["id"])


def _hook(view: HookView) -> Entity:
    return {
        "id": str(view.id),
        "url": view.url,
        "events": list(view.events),
        "is_enabled": view.is_enabled,
        "created_at": moment(view.created_at),
    }


def _message(view: MessageView) -> Entity:
    def when(at: datetime | None) -> str | None:
        return moment(at) if at is not None else None

    return {
        "id": str(view.id),
        "event": view.event,
        "state": view.state,
        "attempts": view.attempts,
        "last_answer": view.last_answer,
        "created_at": moment(view.created_at),
        "settled_at": when(view.settled_at),
    }
