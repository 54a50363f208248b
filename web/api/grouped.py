"""`/api/v2/notifications`: what a member is told of, with equal news of many people in one line."""

import aiohttp.web as aioweb
import sqlalchemy as sa

from node.errors import NotFound
from node.notifications import service
from node.notifications.model import Notification
from node.notifications.names import TYPES
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.notifications import entities, unread, visible
from web.api.paging import links, window
from web.api.shapes.look import Entity, look_of
from web.context import node_of
from web.forms import clean

routes = aioweb.RouteTableDef()

BY_POST = ("favourite", "reblog")
"""What many do with the same post."""
GROUPED = ("follow", *BY_POST)
"""News of which many arrive at once. The others each have a post or a question of their own."""
SHOWN = 8
"""People named by their keys in one line; the count says how many there are."""


@routes.get("/api/v2/notifications")
async def show_all(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:notifications")
    given = parameters.query(request)
    part = window(given, otherwise=40, most=80)
    wanted = set(given.texts("grouped_types", most=20)) or set(GROUPED)
    async with node_of(request).reading() as work:
        rows = await visible(work, who.account_id, given, part)
        found = await entities(work, look_of(request), who.actor_id, rows)
        headers = links(request, work.uris.base, part.limit, [row.id for row in rows])
    return answer(_grouped(found, wanted & set(GROUPED)), headers=headers)


@routes.get("/api/v2/notifications/unread_count")
async def unread_count(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:notifications")
    async with node_of(request).reading() as work:
        return answer({"count": await unread(work, who.account_id)})


@routes.get("/api/v2/notifications/{key}")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:notifications")
    async with node_of(request).reading() as work:
        rows = (
            await work.session.scalars(
                _of_group(who.account_id, request)
                .where(Notification.visible_at <= work.now)
                .order_by(Notification.id.desc())
                .limit(80)
            )
        ).all()
        found = await entities(work, look_of(request), who.actor_id, rows)
    if not found:
        raise NotFound
    return answer(_grouped(found, set(GROUPED)))


@routes.get("/api/v2/notifications/{key}/accounts")
async def show_accounts(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:notifications")
    async with node_of(request).reading() as work:
        chosen = _of_group(who.account_id, request).where(Notification.visible_at <= work.now)
        rows = (await work.session.scalars(chosen.order_by(Notification.id.desc()).limit(80))).all()
        found = await entities(work, look_of(request), who.actor_id, rows)
    return answer([entity["account"] for entity in found])


@routes.post("/api/v2/notifications/{key}/dismiss")
async def dismiss(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:notifications")
    async with node_of(request).writing() as work:
        for id in (
            await work.session.scalars(_of_group(who.account_id, request).with_only_columns(Notification.id))
        ).all():
            await service.dismiss(work, who.account_id, id)
    return answer({})


def _of_group(account_id: int, request: aioweb.Request) -> "sa.Select[Notification]":
    """What is behind a group's key: one notification, all of one kind, or what was done with one post."""
    key = clean(request.match_info["key"])
    chosen = sa.select(Notification).where(Notification.account_id == account_id)
    kind, _, post_id = key.partition("-")
    if kind in BY_POST and post_id.isascii() and post_id.isdigit() and len(post_id) <= 19:
        kinds = [ours for ours, name in TYPES.items() if name == kind]
        return chosen.where(Notification.kind.in_(kinds), Notification.post_id == min(int(post_id), 2**63 - 1))
    if key == "follow":
        return chosen.where(Notification.kind.in_([kind for kind, name in TYPES.items() if name == key]))
    id = key.removeprefix("ungrouped-")
    if not (id.isascii() and id.isdigit() and len(id) <= 18):
        raise NotFound
    return chosen.where(Notification.id == int(id), Notification.kind.in_(TYPES))


def _grouped(found: list[Entity], wanted: set[str]) -> Entity:
    """One page in groups, in the order of the newest of each."""
    groups: dict[str, list[Entity]] = {}
    for entity in found:
        groups.setdefault(_key(entity, wanted), []).append(entity)
    people = {entity["account"]["id"]: entity["account"] for entity in found}
    posts = {entity["status"]["id"]: entity["status"] for entity in found if "status" in entity}
    return {
        "accounts": list(people.values()),
        "statuses": list(posts.values()),
        "notification_groups": [_group(key, entities) for key, entities in groups.items()],
    }


def _key(entity: Entity, wanted: set[str]) -> str:
    """``follow``, ``favourite-`` and the key of the status, or a key of its own."""
    name: str = entity["type"]
    if name not in wanted:
        return str(entity["group_key"])
    return f"{name}-{entity['status']['id']}" if name in BY_POST else name


def _group(key: str, found: list[Entity]) -> Entity:
    newest, oldest = found[0], found[-1]
    group: Entity = {
        "group_key": key,
        "notifications_count": len(found),
        "type": newest["type"],
        "most_recent_notification_id": newest["id"],
        "page_min_id": oldest["id"],
        "page_max_id": newest["id"],
        "latest_page_notification_at": newest["created_at"],
        "sample_account_ids": list(dict.fromkeys(entity["account"]["id"] for entity in found))[:SHOWN],
    }
    if "status" in newest:
        group["status_id"] = newest["status"]["id"]
    return group
