"""`/api/v2/search`: people, hashtags and posts; with ``resolve`` also those of other networks."""

import aiohttp.web as aioweb
import sqlalchemy as sa

from node import search as words_of
from node.access import listed
from node.actors.model import Actor
from node.matching import queries as matches
from node.matching.queries import Wanted
from node.posts import queries
from node.posts.model import Post, PostTag
from node.text import fold
from node.work import Reading
from web.api import bearers, lookups, parameters
from web.api.accounts import matching
from web.api.edge import answer
from web.api.shapes.accounts import accounts
from web.api.shapes.look import look_of
from web.api.shapes.statuses import statuses
from web.api.tags import entities as tag_entities
from web.context import node_of

routes = aioweb.RouteTableDef()


@routes.get("/api/v2/search")
async def search(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, "read:search")
    viewer_id = who.actor_id if who else None
    given = parameters.query(request)
    words = (given.text("q", most=2000) or "").strip()
    kind = given.text("type", most=50)
    limit = given.whole("limit", least=1, most=40, otherwise=20)
    offset = given.whole("offset", least=0, most=5000, otherwise=0)
    is_address = words.startswith(("https://", "http://"))
    node = node_of(request)
    people, posts, tags = [], list[int](), list[str]()
    if words and is_address:
        async with node.reading() as work:
            found = await queries.id_by_uri(work, words)
        if found is None and who is not None and given.flag("resolve"):
            actor = await lookups.find(request, words)
            people = [actor] if actor is not None else []
            fetched = await lookups.fetch(request, words) if actor is None else None
            posts = [fetched] if fetched is not None else []
        elif found is not None:
            posts = [found]
    named = None
    if words and not is_address and "@" in words.lstrip("@") and who is not None and given.flag("resolve"):
        named = await lookups.find(request, words)
    async with node.reading() as work:
        if words and not is_address:
            if kind in (None, "accounts"):
                followed_by = viewer_id if given.flag("following") else None
                people = await matching(work, words, limit, offset, followed_by, viewer_id)
                if named is not None and offset == 0 and named.id not in {actor.id for actor in people}:
                    people.insert(0, named)
            if kind in (None, "hashtags"):
                tags = await _tags(work, words, limit, offset)
            if kind in (None, "statuses") and who is not None:
                posts = await _posts(work, viewer_id, words, given.key("account_id"), limit, offset)
        look = look_of(request)
        shown = await accounts(work, look, people, fresh=True)
        return answer(
            {
                "accounts": [shown[actor.id] for actor in people] if kind in (None, "accounts") else [],
                "statuses": await statuses(work, look, viewer_id, posts) if kind in (None, "statuses") else [],
                "hashtags": await tag_entities(work, tags, viewer_id),
            }
        )


async def _tags(work: Reading, words: str, limit: int, offset: int) -> list[str]:
    stem = fold(words.lstrip("#"))[:100]
    if not stem or any(character.isspace() for character in stem):
        return []
    rows = await work.session.execute(
        sa.select(PostTag.tag)
        .join(Post, Post.id == PostTag.post_id)
        .where(PostTag.tag.startswith(stem, autoescape=True), Post.visibility == "public", Post.deleted_at.is_(None))
        .group_by(PostTag.tag)
        .order_by(sa.func.count().desc(), PostTag.tag)
        .limit(limit)
        .offset(offset)
    )
    return list(rows.scalars())


async def _posts(
    work: Reading, viewer_id: int | None, words: str, author_id: int | None, limit: int, offset: int
) -> list[int]:
    hits = words_of.matching(work, "post", words)
    if hits is None:
        return []
    chosen = sa.select(Post.id).where(Post.id.in_(hits), listed(viewer_id))
    if author_id is not None:
        chosen = chosen.where(Post.author_id == author_id)
    return list(await work.session.scalars(chosen.order_by(Post.id.desc()).limit(limit).offset(offset)))


@routes.get("/api/v1/directory")
async def show_directory(request: aioweb.Request) -> aioweb.Response:
    """People and companies who want to be found: ours, or with ``local=false`` all who are known here."""
    who = await bearers.visitor(request, "read:accounts")
    given = parameters.query(request)
    limit = given.whole("limit", least=1, most=80, otherwise=40)
    offset = given.whole("offset", least=0, most=10_000, otherwise=0)
    async with node_of(request).reading() as work:
        found = await matches.directory(
            work,
            who.actor_id if who else None,
            Wanted(only_here=given.flag("local") is not False, order=given.text("order", most=20) or ""),
            offset=offset,
            limit=limit,
        )
        ids = [face.id for face in found.people]
        rows = (await work.session.scalars(sa.select(Actor).where(Actor.id.in_(ids)))).all()
        shown = await accounts(work, look_of(request), rows)
        return answer([shown[id] for id in ids if id in shown])
