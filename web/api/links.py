"""`/api/v1/trends/links` and `/api/v1/timelines/link`: pages that several people spoke of, and in which words."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import aiohttp.web as aioweb
import sqlalchemy as sa

from node.access import listed
from node.errors import NotFound
from node.ids import first_id
from node.posts.model import Post
from node.previews import service as previews
from node.previews.model import Preview
from node.work import Reading
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.paging import links, window
from web.api.shapes.look import Entity, look_of
from web.api.shapes.statuses import page_card, statuses
from web.context import node_of

routes = aioweb.RouteTableDef()

DAYS = 7
LEAST = 2
"""People who have to speak of a page before it is shown to others."""


@routes.get("/api/v1/trends/links")
async def trending(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, "read")
    given = parameters.query(request)
    limit = given.whole("limit", least=1, most=20, otherwise=10)
    offset = given.whole("offset", least=0, most=1000, otherwise=0)
    people = sa.func.count(Post.author_id.distinct())
    async with node_of(request).reading() as work:
        chosen = (
            sa.select(Post.preview_id)
            .where(Post.preview_id.is_not(None), *_lately(work, who.actor_id if who else None))
            .group_by(Post.preview_id)
            .having(people >= LEAST)
            .order_by(people.desc(), sa.func.count().desc(), Post.preview_id.desc())
        )
        ids = [id for id in await work.session.scalars(chosen.limit(limit).offset(offset)) if id is not None]
        shown = await previews.cards(work, ids)
        uses = await _uses(work, who.actor_id if who else None, ids)
        look = look_of(request)
        return answer([{**page_card(look, shown[id]), "history": uses[id]} for id in ids if id in shown])


@routes.get("/api/v1/timelines/link")
async def speaking_of(request: aioweb.Request) -> aioweb.Response:
    """What everybody may read of what was said about a page, as far back as trends look."""
    who = await bearers.visitor(request, "read:statuses")
    given = parameters.query(request)
    part, viewer_id = window(given), who.actor_id if who else None
    async with node_of(request).reading() as work:
        url = given.required("url", most=2048)
        preview_id = await work.session.scalar(sa.select(Preview.id).where(Preview.url == url))
        if preview_id is None:
            raise NotFound
        chosen = sa.select(Post.id).where(Post.preview_id == preview_id, *_lately(work, viewer_id))
        ids = part.in_order((await work.session.scalars(part.cut(chosen, Post.id))).all())
        found = await statuses(work, look_of(request), viewer_id, ids)
        return answer(found, headers=links(request, work.uris.base, part.limit, ids))


def _lately(work: Reading, viewer_id: int | None) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Post.id >= first_id(work.now - timedelta(days=DAYS)),
        Post.visibility == "public",
        Post.boost_of_id.is_(None),
        listed(viewer_id),
    )


async def _uses(work: Reading, viewer_id: int | None, ids: Sequence[int]) -> dict[int, list[Entity]]:
    """How many posts of how many people spoke of each page, day by day, today first."""
    rows = await work.session.execute(
        sa.select(Post.preview_id, Post.author_id, Post.published_at).where(
            Post.preview_id.in_(list(ids)), *_lately(work, viewer_id)
        )
    )
    said: dict[tuple[int | None, date], list[int]] = {}
    for preview_id, author_id, at in rows:
        said.setdefault((preview_id, at.astimezone(UTC).date()), []).append(author_id)
    days = [work.now.astimezone(UTC).date() - timedelta(days=number) for number in range(DAYS)]
    return {id: [_use(day, said.get((id, day), [])) for day in days] for id in ids}


def _use(day: date, authors: Sequence[int]) -> Entity:
    begins = datetime.combine(day, time(), UTC)
    return {"day": str(int(begins.timestamp())), "uses": str(len(authors)), "accounts": str(len(set(authors)))}
