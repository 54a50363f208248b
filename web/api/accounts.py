"""`/api/v1/accounts`: people, companies and the association; following them."""

from typing import Any

import aiohttp.web as aioweb
import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from node import search
from node.access import people_listed
from node.accounts.model import Account
from node.accounts.tokens import Bearer
from node.actors import queries as actors
from node.actors.model import Actor
from node.actors.rows import rows as actor_rows
from node.asking import copies
from node.asking import given as given_value
from node.associations import service as associations
from node.circles import members as circles
from node.errors import Forbidden, Invalid, NotFound
from node.follows import service as follows
from node.follows.model import Follow
from node.pins import service as pins
from node.posts import people, timelines
from node.windows import Window
from node.words import N_, Message
from node.work import Reading
from web.addresses import database_key
from web.api import bearers, lookups, parameters
from web.api.edge import answer
from web.api.paging import links, window
from web.api.shapes.accounts import account, accounts, own_account
from web.api.shapes.look import Entity, Look, look_of
from web.api.shapes.relationships import relationship, relationships
from web.api.shapes.statuses import statuses
from web.context import node_of

routes = aioweb.RouteTableDef()

_ACCOUNTS = copies(Account, Account.id == given_value("account"))


@routes.get("/api/v1/accounts/verify_credentials")
async def verify_credentials(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:accounts", "profile")
    async with node_of(request).reading() as work:
        return answer(await _own(work, look_of(request), who.account_id, who.actor_id))


async def _own(work: Reading, look: Look, account_id: int, actor_id: int) -> Entity:
    private: Account | None = await _ACCOUNTS.first(work, account=account_id)
    actor = (await actor_rows(work, [actor_id])).get(actor_id)
    if private is None or actor is None:
        raise NotFound
    return await own_account(work, look, actor, private)


@routes.get("/api/v1/accounts/lookup")
async def lookup(request: aioweb.Request) -> aioweb.Response:
    """Known people only; search with ``resolve`` asks the network."""
    await bearers.visitor(request, "read:accounts")
    wanted = parameters.query(request).text("acct", most=500) or ""
    async with node_of(request).reading() as work:
        found = await people.by_handle(work, wanted.removeprefix("acct:"))
        if found is None:
            raise NotFound
        return answer(await account(work, look_of(request), found))


@routes.get("/api/v1/accounts/search")
async def search_accounts(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:accounts", "read:search")
    given = parameters.query(request)
    words = (given.text("q", most=500) or "").strip()
    limit = given.whole("limit", least=1, most=80, otherwise=40)
    offset = given.whole("offset", least=0, most=5000, otherwise=0)
    named = await lookups.find(request, words) if given.flag("resolve") and "@" in words else None
    async with node_of(request).reading() as work:
        followed_by = who.actor_id if given.flag("following") else None
        found = await matching(work, words, limit, offset, followed_by, who.actor_id)
        if named is not None and offset == 0:
            found = [named, *(actor for actor in found if actor.id != named.id)][:limit]
        shown = await accounts(work, look_of(request), found, fresh=True)
        return answer([shown[actor.id] for actor in found])


async def matching(
    work: Reading,
    words: str,
    limit: int,
    offset: int = 0,
    followed_by: int | None = None,
    viewer_id: int | None = None,
) -> list[Actor]:
    """People whose handle, name or profile has these words; exact handles first."""
    found: list[Actor] = []
    exact = await people.by_handle(work, words) if words else None
    chosen = sa.select(Actor).where(Actor.gone_at.is_(None), Actor.kind != "application", people_listed(viewer_id))
    if followed_by is not None:
        followed = sa.select(Follow.followed_id).where(Follow.follower_id == followed_by, Follow.state == "accepted")
        chosen = chosen.where(Actor.id.in_(followed))
        if exact is not None and not await work.session.scalar(chosen.where(Actor.id == exact.id)):
            exact = None
    if exact is not None and offset == 0:
        found.append(exact)
    hits: list[sa.Select[Any]] = []
    if (by_words := search.matching(work, "actor", words)) is not None:
        hits.append(by_words)
    stem = words.lstrip("@").partition("@")[0].lower()
    if stem:
        hits.append(sa.select(Actor.id).where(Actor.username_folded.startswith(stem, autoescape=True)))
    if hits:
        # One select for each, not an OR: else every actor there is would be looked at.
        rows = await work.session.scalars(
            chosen.where(Actor.id.in_(sa.union(*hits)))
            .order_by(Actor.is_local.desc(), Actor.id)
            .limit(limit)
            .offset(offset)
        )
        found += [actor for actor in rows if exact is None or actor.id != exact.id]
    return found[:limit]


@routes.get("/api/v1/accounts/relationships")
async def show_relationships(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:follows")
    ids = list(dict.fromkeys(parameters.query(request).keys("id")))
    async with node_of(request).reading() as work:
        known = set(await work.session.scalars(sa.select(Actor.id).where(Actor.id.in_(ids))))
        return answer(await relationships(work, who.actor_id, [id for id in ids if id in known]))


@routes.get("/api/v1/accounts/familiar_followers")
async def familiar_followers(request: aioweb.Request) -> aioweb.Response:
    """Nobody's followers are named to others here, also not to those who know them."""
    await bearers.member(request, "read:follows")
    ids = parameters.query(request).keys("id", most=40)
    return answer([{"id": str(id), "accounts": []} for id in ids])


@routes.get("/api/v1/accounts")
async def show_many(request: aioweb.Request) -> aioweb.Response:
    await bearers.visitor(request, "read:accounts")
    ids = parameters.query(request).keys("id", most=40)
    async with node_of(request).reading() as work:
        rows = await work.session.scalars(sa.select(Actor).where(Actor.id.in_(ids), Actor.gone_at.is_(None)))
        shown = await accounts(work, look_of(request), rows.all(), fresh=True)
    return answer([shown[id] for id in ids if id in shown])


@routes.post("/api/v1/accounts")
async def sign_up(request: aioweb.Request) -> aioweb.Response:
    """Apps send people here to register. Members are invited or apply, which takes more than a form in an app."""
    bearers.require(await bearers.app(request), "write:accounts")
    async with node_of(request).reading() as work:
        house = await associations.house(work)
        page = f"{work.uris.base}/apply"
    if not house.is_open_to_applications:
        raise Forbidden(N_("New members are invited by the association. An app cannot register anybody."))
    raise Forbidden(Message(N_("An app cannot register anybody. Please apply at %(address)s."), {"address": page}))


@routes.get("/api/v1/accounts/{id}")
async def show(request: aioweb.Request) -> aioweb.Response:
    await bearers.visitor(request, "read:accounts")
    async with node_of(request).reading() as work:
        return answer(await account(work, look_of(request), await someone(work, request)))


async def someone(work: Reading, request: aioweb.Request) -> Actor:
    """The actor an address names. Raises NotFound."""
    found = await actors.by_id(work, database_key(request.match_info["id"]))
    if found is None or found.gone_at is not None:
        raise NotFound
    return found


@routes.get("/api/v1/accounts/{id}/statuses")
async def show_statuses(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, "read:statuses")
    viewer_id = who.actor_id if who else None
    given = parameters.query(request)
    part = window(given)
    if given.flag("pinned") and who is not None:
        await _have_pins_fetched(request)
    async with node_of(request).reading() as work:
        author = await actors.one(work, database_key(request.match_info["id"]))
        if author.gone_at is not None:
            raise NotFound
        if given.flag("pinned"):
            ids = await pins.pinned(work, viewer_id, author.id)
            return answer(await statuses(work, look_of(request), viewer_id, ids))
        if author.kind == "group":
            ids = await timelines.in_circle(work, viewer_id, author.id, part)
            found = await statuses(work, look_of(request), viewer_id, ids)
            return answer(found, headers=links(request, work.uris.base, part.limit, ids))
        ids = await timelines.by_author(
            work,
            viewer_id,
            author.id,
            part,
            only_media=bool(given.flag("only_media")),
            without_answers=bool(given.flag("exclude_replies")),
            without_boosts=bool(given.flag("exclude_reblogs")),
            tag=given.text("tagged", most=100),
        )
        found = await statuses(work, look_of(request), viewer_id, ids, have_passed=True)
        return answer(found, headers=links(request, work.uris.base, part.limit, ids))


async def _have_pins_fetched(request: aioweb.Request) -> None:
    async with node_of(request).reading() as work:
        author = await someone(work, request)
        is_stale = pins.is_stale(work, author)
    if is_stale:
        async with node_of(request).writing() as work:
            await pins.ask(work, author.id)


@routes.get("/api/v1/accounts/{id}/followers")
async def show_followers(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, "read:accounts")
    return await _follows(request, who, Follow.followed_id, Follow.follower_id)


@routes.get("/api/v1/accounts/{id}/following")
async def show_following(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, "read:accounts")
    return await _follows(request, who, Follow.follower_id, Follow.followed_id)


async def _follows(
    request: aioweb.Request,
    who: Bearer | None,
    fixed: InstrumentedAttribute[int],
    other: InstrumentedAttribute[int],
) -> aioweb.Response:
    """One's own list; of anybody else there is the number alone, as everywhere here."""
    part = window(parameters.query(request), otherwise=40, most=80)
    async with node_of(request).reading() as work:
        one = await someone(work, request)
        if who is None or who.actor_id != one.id:
            return answer([])
        chosen = (
            sa.select(Follow.id, Actor)
            .join(Actor, Actor.id == other)
            .where(fixed == one.id, Follow.state == "accepted", Actor.gone_at.is_(None))
        )
        return await people_page(request, work, chosen, part)


async def people_page(
    request: aioweb.Request, work: Reading, chosen: "sa.Select[int, Actor]", part: Window
) -> aioweb.Response:
    """A page of accounts ordered by their follows, newest first."""
    rows = part.in_order((await work.session.execute(part.cut(chosen, Follow.id))).all())
    shown = await accounts(work, look_of(request), [row[1] for row in rows])
    headers = links(request, work.uris.base, part.limit, [row[0] for row in rows])
    return answer([shown[row[1].id] for row in rows], headers=headers)


@routes.post("/api/v1/accounts/{id}/follow")
async def follow(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:follows")
    given = await parameters.read(request)  # languages are taken and have no effect
    async with node_of(request).writing() as work:
        other = await someone(work, request)
        me = await work.session.get_one(Actor, who.actor_id)
        if other.kind == "group" and other.is_local:
            await circles.join(work, me, other)
            row = await follows.between(work, me.id, other.id)
            assert row is not None  # whoever is in, or asks to be, follows
        else:
            row = await follows.follow(work, me, other)
        if (shows_boosts := given.flag("reblogs")) is not None:
            row.shows_boosts = shows_boosts
        if (notifies := given.flag("notify")) is not None:
            row.notifies = notifies
        await work.session.flush()
        return answer(await relationship(work, who.actor_id, other.id))


@routes.post("/api/v1/accounts/{id}/unfollow")
async def unfollow(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:follows")
    async with node_of(request).writing() as work:
        other = await someone(work, request)
        me = await work.session.get_one(Actor, who.actor_id)
        await (circles.leave if other.kind == "group" else follows.unfollow)(work, me, other)
        return answer(await relationship(work, who.actor_id, other.id))


@routes.post("/api/v1/accounts/{id}/remove_from_followers")
async def remove_from_followers(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:follows")
    async with node_of(request).writing() as work:
        other = await someone(work, request)
        await follows.remove_follower(work, await work.session.get_one(Actor, who.actor_id), other)
        return answer(await relationship(work, who.actor_id, other.id))


@routes.post("/api/v1/accounts/{id}/endorse")
@routes.post("/api/v1/accounts/{id}/pin")
async def endorse(request: aioweb.Request) -> aioweb.Response:
    await bearers.member(request, "write:accounts")
    async with node_of(request).reading() as work:
        await someone(work, request)
    raise Invalid(message=N_("Profiles here do not feature other people. Invite them to connect instead."))


@routes.post("/api/v1/accounts/{id}/unendorse")
@routes.post("/api/v1/accounts/{id}/unpin")
async def unendorse(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:accounts")
    async with node_of(request).reading() as work:
        return answer(await relationship(work, who.actor_id, (await someone(work, request)).id))


@routes.get("/api/v1/accounts/{id}/endorsements")
@routes.get("/api/v1/accounts/{id}/identity_proofs")
async def show_nothing(request: aioweb.Request) -> aioweb.Response:
    """Nobody is endorsed or proven elsewhere here, so these are truly empty."""
    await bearers.visitor(request, "read:accounts")
    async with node_of(request).reading() as work:
        await someone(work, request)
    return answer([])
