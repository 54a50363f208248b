"""`/api/v1/notifications`: what a member is told of."""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

import aiohttp.web as aioweb
import sqlalchemy as sa

from node.accounts import markers
from node.actors import rows as actors
from node.asking import NOW, Question, among
from node.asking import given as given_value
from node.deals import queries as deals
from node.errors import Invalid, NotFound
from node.notifications import service
from node.notifications.model import Notification
from node.notifications.names import DEALS, TYPES
from node.windows import Window
from node.words import N_
from node.work import Reading
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.paging import links, window
from web.api.parameters import Parameters
from web.api.shapes.accounts import accounts
from web.api.shapes.deals import steps
from web.api.shapes.look import Entity, Look, look_of, moment
from web.api.shapes.statuses import statuses
from web.context import node_of

routes = aioweb.RouteTableDef()

_WITH_POST = ("mention", "favourite", "reblog", "status", "poll", "quote")


@routes.get("/api/v1/notifications")
async def show_all(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:notifications")
    given = parameters.query(request)
    part = window(given, otherwise=40, most=80)
    async with node_of(request).reading() as work:
        rows = await visible(work, who.account_id, given, part)
        found = await entities(work, look_of(request), who.actor_id, rows)
        return answer(found, headers=links(request, work.uris.base, part.limit, [row.id for row in rows]))


@routes.get("/api/v1/notifications/unread_count")
async def unread_count(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:notifications")
    async with node_of(request).reading() as work:
        return answer({"count": await unread(work, who.account_id)})


@routes.get("/api/v1/notifications/{id}")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:notifications")
    async with node_of(request).reading() as work:
        row = await work.session.get(Notification, database_key(request.match_info["id"]))
        if row is None or row.account_id != who.account_id or row.visible_at > work.now:
            raise NotFound
        found = await entities(work, look_of(request), who.actor_id, [row])
        if not found:
            raise NotFound
        return answer(found[0])


@routes.post("/api/v1/notifications/clear")
async def clear(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:notifications")
    async with node_of(request).writing() as work:
        await service.dismiss(work, who.account_id)
    return answer({})


@routes.post("/api/v1/notifications/{id}/dismiss")
async def dismiss(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:notifications")
    async with node_of(request).writing() as work:
        await service.dismiss(work, who.account_id, database_key(request.match_info["id"]))
    return answer({})


@routes.delete("/api/v1/notifications/destroy_multiple")
async def dismiss_some(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:notifications")
    ids = (await parameters.read(request)).keys("ids")
    async with node_of(request).writing() as work:
        for id in ids:
            await service.dismiss(work, who.account_id, id)
    return answer({})


@routes.get("/api/v2/notifications/policy")
async def policy(request: aioweb.Request) -> aioweb.Response:
    """Contact hours and the Door already hold back what should wait, so nothing is filtered beyond them."""
    await bearers.member(request, "read:notifications")
    return answer(_POLICY)


@routes.patch("/api/v2/notifications/policy")
async def revise_policy(request: aioweb.Request) -> aioweb.Response:
    await bearers.member(request, "write:notifications")
    given = await parameters.read(request)
    for name in _STRANGERS:
        if (given.text(f"for_{name}") or "accept") != "accept":
            raise Invalid({f"for_{name}": _HELD_BACK})
    return answer(_POLICY)


@routes.get("/api/v1/notifications/policy")
async def older_policy(request: aioweb.Request) -> aioweb.Response:
    """As apps knew it before Mastodon 4.3."""
    await bearers.member(request, "read:notifications")
    return answer(_OLDER_POLICY)


@routes.put("/api/v1/notifications/policy")
@routes.patch("/api/v1/notifications/policy")
async def revise_older_policy(request: aioweb.Request) -> aioweb.Response:
    await bearers.member(request, "write:notifications")
    given = await parameters.read(request)
    for name in _STRANGERS:
        if given.flag(f"filter_{name}"):
            raise Invalid({f"filter_{name}": _HELD_BACK})
    return answer(_OLDER_POLICY)


_STRANGERS = ("not_following", "not_followers", "new_accounts", "private_mentions", "limited_accounts", "bots")
_SUMMARY = {"pending_requests_count": 0, "pending_notifications_count": 0}
_POLICY = {**{f"for_{name}": "accept" for name in _STRANGERS}, "summary": _SUMMARY}
_OLDER_POLICY = {**{f"filter_{name}": False for name in _STRANGERS[:4]}, "summary": _SUMMARY}
_HELD_BACK = N_("Who may reach you when is set under Door and contact hours, on the pages of your association.")


@routes.get("/api/v1/notifications/requests")
async def requests(request: aioweb.Request) -> aioweb.Response:
    await bearers.member(request, "read:notifications")
    return answer([])


@routes.get("/api/v1/notifications/requests/merged")
async def merged(request: aioweb.Request) -> aioweb.Response:
    """Nothing was held back, so nothing is still being put back."""
    await bearers.member(request, "read:notifications")
    return answer({"merged": True})


@routes.post("/api/v1/notifications/requests/accept")
@routes.post("/api/v1/notifications/requests/dismiss")
async def answer_requests(request: aioweb.Request) -> aioweb.Response:
    await bearers.member(request, "write:notifications")
    if (await parameters.read(request)).keys("id"):
        raise NotFound
    return answer({})


async def unread(work: Reading, account_id: int) -> int:
    """How many an app would count as unread, at most 100: by its marker where there is one, else by what was read."""
    marker = (await markers.of(work, account_id)).get("notifications")
    is_new = Notification.id > marker.last_read_id if marker is not None else Notification.read_at.is_(None)
    chosen = (
        sa.select(Notification.id)
        .where(Notification.account_id == account_id, Notification.visible_at <= work.now)
        .where(Notification.kind.in_(TYPES), is_new)
        .limit(100)
    )
    return await work.session.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0


class NewsRow(NamedTuple):
    """As Notification, as far as an app shows it."""

    id: int
    kind: str
    cause: str
    actor_id: int
    post_id: int | None
    subject_id: int | None
    created_at: datetime
    visible_at: datetime


@cache
def _visible(form: Window, has_by: bool) -> Question[NewsRow]:
    chosen = sa.select(*(getattr(Notification, name) for name in NewsRow._fields)).where(
        Notification.account_id == given_value("account"),
        among(Notification.kind, "kinds"),
        Notification.actor_id.is_not(None),
        Notification.visible_at <= NOW,
    )
    if has_by:
        chosen = chosen.where(Notification.actor_id == given_value("by"))
    return Question(NewsRow, form.cut(chosen, Notification.id))


async def visible(work: Reading, account_id: int, given: Parameters, part: Window) -> list[NewsRow]:
    """The notifications an app can show, narrowed by ``types[]``, ``exclude_types[]`` and ``account_id``."""
    wanted = set(given.texts("types")) or set(TYPES.values())
    wanted -= set(given.texts("exclude_types"))
    kinds = [kind for kind, name in TYPES.items() if name in wanted]
    by = given.key("account_id")
    rows = await _visible(part.form, by is not None).ask(
        work, account=account_id, kinds=kinds, by=by, now=work.now, **part.values
    )
    return part.in_order(rows)


async def entities(work: Reading, look: Look, viewer_id: int, rows: Sequence[Notification | NewsRow]) -> list[Entity]:
    """These notifications in this order, without those about what is no longer there."""
    found_people = await actors.rows(work, {row.actor_id for row in rows if row.actor_id is not None})
    people = await accounts(work, look, list(found_people.values()))
    posts = {
        entity["id"]: entity
        for entity in await statuses(
            work, look, viewer_id, list({row.post_id for row in rows if row.post_id is not None})
        )
    }
    posts |= await _steps(work, look, viewer_id, rows)
    found: list[Entity] = []
    for row in rows:
        name = TYPES.get(row.kind)
        post = posts.get(row.cause if row.kind in DEALS else str(row.post_id))
        if name is None or row.actor_id not in people or (name in _WITH_POST and post is None):
            continue
        entity: Entity = {
            "id": str(row.id),
            "type": name,
            "created_at": moment(max(row.created_at, row.visible_at)),
            "group_key": f"ungrouped-{row.id}",
            "account": people[row.actor_id],
        }
        if name in _WITH_POST:
            entity["status"] = post
        found.append(entity)
    return found


async def _steps(
    work: Reading, look: Look, viewer_id: int, rows: Sequence[Notification | NewsRow]
) -> dict[str, Entity]:
    """The steps of deals that these tell of, as statuses, by their cause."""
    found: dict[str, Entity] = {}
    told = [row for row in rows if row.kind in DEALS and row.subject_id is not None]
    for deal_id in {row.subject_id for row in told if row.subject_id is not None}:
        with contextlib.suppress(NotFound):
            deal = await deals.one(work, viewer_id, deal_id)
            every = {entity["id"]: entity for entity in await steps(work, look, deal)}
            causes = [row.cause for row in told if row.subject_id == deal_id]
            found |= {cause: every[key] for cause in causes if (key := cause.split(":")[2]) in every}
    return found
