"""`/api/v1/media` and `/api/v2/media`: pictures on their way into a post."""

import re

import aiohttp.web as aioweb

from node.accounts.tokens import Bearer
from node.errors import Invalid, NotFound
from node.media import service
from node.media.model import Media
from node.words import N_
from node.work import Reading
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.shapes.look import look_of
from web.api.shapes.media import attachment
from web.context import node_of

routes = aioweb.RouteTableDef()

ALT_LIMIT = 1500
_NUMBER = re.compile(r"[+-]?[0-9]{0,3}(\.[0-9]{0,20})?(?<=[0-9])", re.ASCII)


@routes.post("/api/v1/media")
@routes.post("/api/v2/media")
async def upload(request: aioweb.Request) -> aioweb.Response:
    """Pictures are ready when this answers; nothing is left to be waited for."""
    who = await bearers.member(request, "write:media")
    given = await parameters.read(request, most=parameters.LARGE)
    file = given.upload("file")
    if file is None or not file.content:
        raise Invalid({"file": N_("This is missing.")})
    node = node_of(request)
    focus = focal_point(given)
    stored = await service.store(node, who.actor_id, file.content, "post", _alt(given))
    async with node.writing() as work:
        row = await work.session.get_one(Media, stored.id)
        if focus is not None:
            row.focus_x, row.focus_y = focus
        return answer(attachment(look_of(request), row))


@routes.get("/api/v1/media/{id}")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:media")
    async with node_of(request).reading() as work:
        return answer(attachment(look_of(request), await _waiting(work, who, request)))


@routes.put("/api/v1/media/{id}")
async def describe(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:media")
    given = await parameters.read(request, most=parameters.LARGE)
    async with node_of(request).writing() as work:
        row = await _waiting(work, who, request)
        if "description" in given:
            row.alt = _alt(given)
        if (focus := focal_point(given)) is not None:
            row.focus_x, row.focus_y = focus
        return answer(attachment(look_of(request), row))


@routes.delete("/api/v1/media/{id}")
async def remove(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:media")
    async with node_of(request).writing() as work:
        row = await _waiting(work, who, request)
        await service.remove(work, who.actor_id, row.id)
    return answer({})


async def _waiting(work: Reading, who: Bearer, request: aioweb.Request) -> Media:
    """A picture of the member's own that is not part of a post yet. Raises NotFound."""
    row = await work.session.get(Media, database_key(request.match_info["id"]))
    if row is None or row.owner_id != who.actor_id or row.post_id is not None or row.purpose != "post":
        raise NotFound
    return row


def focal_point(given: parameters.Parameters) -> tuple[float, float] | None:
    """What of a picture stays in sight, sent as "0.5,-0.2"; None when nothing was said. Raises Invalid."""
    text = (given.text("focus", most=100) or "").strip()
    if not text:
        return None
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise Invalid({"focus": N_("This should be two numbers between -1 and 1, with a comma between them.")})
    x, y = (round(max(-1.0, min(1.0, float(part))), 4) for part in parts)
    return x, y


def _alt(given: parameters.Parameters) -> str:
    return (given.text("description", most=ALT_LIMIT) or "").strip()
