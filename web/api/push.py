"""`/api/v1/push/subscription`: an app asks to be woken."""

import aiohttp.web as aioweb

from node.push import service
from node.push.model import PushSubscription
from node.push.sealing import public_point
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.parameters import Parameters
from web.api.shapes.look import Entity
from web.context import node_of

routes = aioweb.RouteTableDef()

PATH = "/api/v1/push/subscription"


@routes.post(PATH)
async def subscribe(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "push")
    given = await parameters.read(request)
    wanted = given.below("subscription")
    keys = wanted.below("keys")
    async with node_of(request).writing() as work:
        pem = await service.make_key(work)
        row = await service.subscribe(
            work,
            who.token_id,
            who.account_id,
            wanted.text("endpoint") or "",
            keys.text("p256dh", most=200) or "",
            keys.text("auth", most=100) or "",
            is_standard=bool(wanted.flag("standard")),
            alerts=_alerts(given) or (),
            policy=_policy(given) or "all",
            token=bearers.token_in(request),
        )
        return answer(_entity(row, pem))


@routes.get(PATH)
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "push")
    async with node_of(request).reading() as work:
        return answer(_entity(await service.of_token(work, who.token_id), await service.key(work)))


@routes.put(PATH)
async def revise(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "push")
    given = await parameters.read(request)
    async with node_of(request).writing() as work:
        row = await service.of_token(work, who.token_id)
        alerts = _alerts(given)
        service.revise(row, row.alerts if alerts is None else alerts, _policy(given) or row.policy)
        await work.session.flush()
        return answer(_entity(row, await service.key(work)))


@routes.delete(PATH)
async def end(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "push")
    async with node_of(request).writing() as work:
        row = await service.of_token(work, who.token_id)
        await service.end(work, row.id)
    return answer({})


def _alerts(given: Parameters) -> list[str] | None:
    """What is to wake the app; None when nothing was said of it."""
    data = given.below("data")
    if "alerts" not in data:
        return None
    alerts = data.below("alerts")
    return [name for name in alerts.names() if alerts.flag(name)]


def _policy(given: Parameters) -> str | None:
    return given.below("data").text("policy") or given.text("policy")


def _entity(row: PushSubscription, pem: str) -> Entity:
    return {
        "id": str(row.id),
        "endpoint": row.endpoint,
        "standard": row.is_standard,
        "alerts": {name: name in row.alerts for name in service.ALERTS},
        "policy": row.policy,
        "server_key": public_point(pem),
    }
