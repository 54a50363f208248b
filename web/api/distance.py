"""Keeping people, conversations and hosts away: blocks, mutes, domain blocks, notes, and reports to the office."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import aiohttp.web as aioweb
import sqlalchemy as sa

from node.actors.model import Actor
from node.blocks import service as blocks
from node.directed import mutes
from node.errors import NotFound
from node.moderation.model import Block, BlockedHost, Mute
from node.reports import rules
from node.reports import service as reports
from node.work import Writing
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.accounts import someone
from web.api.edge import answer
from web.api.paging import links, window
from web.api.shapes.accounts import account, accounts
from web.api.shapes.look import look_of, moment
from web.api.shapes.relationships import relationship
from web.api.shapes.statuses import status
from web.context import node_of

routes = aioweb.RouteTableDef()

_LONGEST = 366 * 24 * 60 * 60


async def _act(
    request: aioweb.Request, scope: str, act: Callable[[Writing, Actor, Actor], Awaitable[object]]
) -> aioweb.Response:
    """Do something about an account; the answer is what there is between the two afterwards."""
    who = await bearers.member(request, scope)
    async with node_of(request).writing() as work:
        other = await someone(work, request)
        await act(work, await work.session.get_one(Actor, who.actor_id), other)
        return answer(await relationship(work, who.actor_id, other.id))


@routes.post("/api/v1/accounts/{id}/block")
async def block(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, "write:blocks", blocks.block)


@routes.post("/api/v1/accounts/{id}/unblock")
async def unblock(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, "write:blocks", blocks.unblock)


@routes.post("/api/v1/accounts/{id}/mute")
async def mute(request: aioweb.Request) -> aioweb.Response:
    """``duration`` in seconds, 0 for ever; ``notifications`` are muted too unless it is false."""
    given = await parameters.read(request)
    seconds = given.whole("duration", least=0, most=_LONGEST, otherwise=0)
    hides = given.flag("notifications") is not False

    async def act(work: Writing, member: Actor, other: Actor) -> None:
        await blocks.mute(
            work, member, other, lasts=timedelta(seconds=seconds) if seconds else None, hides_notifications=hides
        )

    return await _act(request, "write:mutes", act)


@routes.post("/api/v1/accounts/{id}/unmute")
async def unmute(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, "write:mutes", blocks.unmute)


@routes.post("/api/v1/accounts/{id}/note")
async def note(request: aioweb.Request) -> aioweb.Response:
    text = (await parameters.read(request)).text("comment", most=10_000) or ""
    return await _act(request, "write:accounts", lambda work, member, other: blocks.note(work, member, other, text))


@routes.get("/api/v1/blocks")
async def show_blocks(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:blocks")
    part = window(parameters.query(request), otherwise=40, most=80)
    chosen = (
        sa.select(Block.id, Actor).join(Actor, Actor.id == Block.blocked_id).where(Block.blocking_id == who.actor_id)
    )
    async with node_of(request).reading() as work:
        rows = part.in_order((await work.session.execute(part.cut(chosen, Block.id))).all())
        shown = await accounts(work, look_of(request), [row[1] for row in rows])
        headers = links(request, work.uris.base, part.limit, [row[0] for row in rows])
        return answer([shown[row[1].id] for row in rows], headers=headers)


@routes.get("/api/v1/mutes")
async def show_mutes(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:mutes")
    part = window(parameters.query(request), otherwise=40, most=80)
    async with node_of(request).reading() as work:
        chosen = (
            sa.select(Mute.id, Mute.until, Actor)
            .join(Actor, Actor.id == Mute.muted_id)
            .where(Mute.muting_id == who.actor_id, sa.or_(Mute.until.is_(None), Mute.until > work.now))
        )
        rows = part.in_order((await work.session.execute(part.cut(chosen, Mute.id))).all())
        shown = await accounts(work, look_of(request), [row[2] for row in rows])
        headers = links(request, work.uris.base, part.limit, [row[0] for row in rows])
        found = [shown[row[2].id] | {"mute_expires_at": moment(row[1]) if row[1] else None} for row in rows]
        return answer(found, headers=headers)


@routes.get("/api/v1/domain_blocks")
async def show_hosts(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:blocks")
    part = window(parameters.query(request), otherwise=100, most=200)
    chosen = sa.select(BlockedHost.id, BlockedHost.host).where(BlockedHost.actor_id == who.actor_id)
    async with node_of(request).reading() as work:
        rows = part.in_order((await work.session.execute(part.cut(chosen, BlockedHost.id))).all())
        headers = links(request, work.uris.base, part.limit, [row[0] for row in rows])
        return answer([row[1] for row in rows], headers=headers)


@routes.post("/api/v1/domain_blocks")
async def shut_out(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:blocks")
    host = (await parameters.read(request)).required("domain", most=300)
    async with node_of(request).writing() as work:
        await blocks.shut_out(work, await work.session.get_one(Actor, who.actor_id), host)
    return answer({})


@routes.delete("/api/v1/domain_blocks")
async def let_in(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:blocks")
    given = parameters.query(request)
    given.update(await parameters.read(request))
    host = given.required("domain", most=300)
    async with node_of(request).writing() as work:
        await blocks.let_in(work, await work.session.get_one(Actor, who.actor_id), host)
    return answer({})


@routes.post("/api/v1/statuses/{id}/mute")
async def mute_thread(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:mutes")
    async with node_of(request).writing() as work:
        member = await work.session.get_one(Actor, who.actor_id)
        post = await blocks.mute_thread(work, member, database_key(request.match_info["id"]))
        return answer(await status(work, look_of(request), who.actor_id, post.id))


@routes.post("/api/v1/statuses/{id}/unmute")
async def unmute_thread(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:mutes")
    async with node_of(request).writing() as work:
        member = await work.session.get_one(Actor, who.actor_id)
        post = await blocks.unmute_thread(work, member, database_key(request.match_info["id"]))
        return answer(await status(work, look_of(request), who.actor_id, post.id))


@routes.post("/api/v1/reports")
async def report(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:reports")
    given = await parameters.read(request)
    target_id = given.key("account_id")
    if target_id is None:
        raise NotFound
    async with node_of(request).writing() as work:
        target = await work.session.get(Actor, target_id)
        if target is None:
            raise NotFound
        kept = await reports.report(
            work,
            await work.session.get_one(Actor, who.actor_id),
            target,
            post_ids=given.keys("status_ids", most=rules.POSTS),
            text=given.text("comment", most=20_000) or "",
            category=given.text("category", most=20) or "other",
            tells_their_server=bool(given.flag("forward")),
        )
        return answer(
            {
                "id": str(kept.id),
                "action_taken": False,
                "action_taken_at": None,
                "category": "other" if kept.category == mutes.ONE_WAY else kept.category,
                "comment": kept.text,
                "forwarded": kept.is_forwarded,
                "created_at": moment(kept.created_at),
                "status_ids": [str(id) for id in kept.post_ids],
                "rule_ids": None,
                "target_account": await account(work, look_of(request), target),
            }
        )
