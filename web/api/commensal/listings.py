"""`/api/commensal/v1/listings`: offers and asks."""

import re
from decimal import Decimal, InvalidOperation

import aiohttp.web as aioweb

from node import money
from node.accounts.tokens import Bearer
from node.actors.model import Actor
from node.errors import Invalid, NotFound
from node.industries import catalogue as industries
from node.listings import queries, rules, service
from node.listings.queries import Filter
from node.listings.service import Draft
from node.money import Money
from node.posts.parts import Attached
from node.posts.rules import LENSES
from node.words import N_
from node.work import Reading
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.commensal.shapes import listing
from web.api.commensal.times import time_in
from web.api.edge import answer
from web.api.paging import links, window
from web.api.parameters import Parameters
from web.api.shapes.look import look_of
from web.api.statuses import own_pictures, spoken_language
from web.context import node_of

routes = aioweb.RouteTableDef()

READ, WRITE = "read:listings", "write:listings"
WAYS = ("collection", "delivery")
_DECIMAL = re.compile(r"[0-9]{1,12}(\.[0-9]{1,3})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


@routes.get("/api/commensal/v1/listings")
async def show_all(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, READ)
    given = parameters.query(request)
    part = window(given)
    way = given.text("delivery", most=20) or ""
    wanted = Filter(
        purpose=given.text("purpose", most=20) or "",
        category=given.text("category", most=20) or "",
        terms=given.text("terms", most=20) or "",
        text=given.text("q", most=200) or "",
        place=given.text("place", most=200) or "",
        industry=industries.read(given.text("industry", most=20) or ""),
        tag=(given.text("tag", most=100) or "").lstrip("#"),
        delivery=way if way in WAYS else "",
        author_id=given.key("author_id"),
        only_open=given.flag("open") is not False,
    )
    async with node_of(request).reading() as work:
        viewer_id = who.actor_id if who else None
        found = await queries.newest(work, viewer_id, wanted, before=part.below, limit=part.limit, with_details=True)
        headers = links(request, work.uris.base, part.limit, [view.id for view in found])
    look = look_of(request)
    return answer([listing(look, view) for view in found], headers=headers)


@routes.post("/api/commensal/v1/listings")
async def publish(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    async with node_of(request).writing() as work:
        draft = await _draft(work, who, given)
        post = await service.publish(work, await work.session.get_one(Actor, who.actor_id), draft)
    return await _shown(request, who, post.id)


@routes.get("/api/commensal/v1/listings/kept")
async def kept(request: aioweb.Request) -> aioweb.Response:
    """Those that one put aside, the last one first; ``max_id`` is the last one seen."""
    who = await bearers.member(request, READ)
    part = window(parameters.query(request))
    async with node_of(request).reading() as work:
        found = await queries.kept(work, who.actor_id, before=part.below, limit=part.limit)
        headers = links(request, work.uris.base, part.limit, [view.id for view in found])
    look = look_of(request)
    return answer([listing(look, view) for view in found], headers=headers)


@routes.get("/api/commensal/v1/listings/{id}")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, READ)
    return await _shown(request, who, _id(request))


@routes.put("/api/commensal/v1/listings/{id}")
async def revise(request: aioweb.Request) -> aioweb.Response:
    """The whole listing anew: what is not named is empty afterwards."""
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    async with node_of(request).writing() as work:
        draft = await _draft(work, who, given, _id(request))
        await service.revise(work, await work.session.get_one(Actor, who.actor_id), _id(request), draft)
    return await _shown(request, who, _id(request))


@routes.delete("/api/commensal/v1/listings/{id}")
async def withdraw(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    async with node_of(request).writing() as work:
        await service.withdraw(work, await work.session.get_one(Actor, who.actor_id), _id(request))
    return answer({})


@routes.post("/api/commensal/v1/listings/{id}/sold")
async def mark_sold(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    async with node_of(request).writing() as work:
        await service.mark_sold(work, await work.session.get_one(Actor, who.actor_id), _id(request))
    return await _shown(request, who, _id(request))


@routes.post("/api/commensal/v1/listings/{id}/reopen")
async def reopen(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    async with node_of(request).writing() as work:
        await service.reopen(work, await work.session.get_one(Actor, who.actor_id), _id(request))
    return await _shown(request, who, _id(request))


@routes.post("/api/commensal/v1/listings/{id}/extend")
async def extend(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    async with node_of(request).writing() as work:
        await service.extend(work, await work.session.get_one(Actor, who.actor_id), _id(request))
    return await _shown(request, who, _id(request))


def _id(request: aioweb.Request) -> int:
    return database_key(request.match_info["id"])


async def _shown(request: aioweb.Request, who: Bearer | None, id: int) -> aioweb.Response:
    async with node_of(request).reading() as work:
        return answer(listing(look_of(request), await queries.one(work, who.actor_id if who else None, id)))


async def _draft(work: Reading, who: Bearer, given: Parameters, post_id: int | None = None) -> Draft:
    pictures: list[Attached] = await own_pictures(work, who, given, post_id)
    lens = given.text("lens", most=20) or "business"
    if lens not in LENSES:
        raise Invalid({"lens": N_("Please choose one of these.")})
    price = _price(given)
    return Draft(
        purpose=given.text("purpose", most=20) or "",
        title=" ".join((given.text("title", most=1000) or "").split()),
        text=(given.text("text", most=20_000) or "").strip(),
        category=given.text("category", most=20) or "goods",
        terms=given.text("terms", most=20) or ("open" if price is None else "price"),
        price=price,
        is_negotiable=bool(given.flag("is_negotiable")),
        barter=(given.text("barter", most=1000) or "").strip(),
        unit=(given.text("unit", most=30) or "one").strip() or "one",
        quantity=_number(given, "quantity"),
        minimum=_number(given, "minimum"),
        place=(given.text("place", most=1000) or "").strip(),
        expires_at=time_in(given, "expires_at"),
        is_recruitment_based=bool(given.flag("is_recruitment_based")),
        tax_rate=_number(given, "tax_rate"),
        industry=_industry(given),
        tags=tuple(given.texts("tags", most=100)),
        delivery=given.text("delivery", most=20) or "",
        serves_km=_whole(given, "serves_km"),
        variants=_variants(given, price),
        language=spoken_language(given, who),
        lens=lens,
        pictures=pictures,
        born_of_id=_born_of(given),
        to_id=_key(given, "to", N_("There is nobody to send it to.")),
        answers_id=_key(given, "answers", N_("This ask is no longer open.")),
    )


def _price(given: Parameters) -> Money | None:
    """``price[amount]`` and ``price[currency]``; the amount with a point, in major units."""
    below = given.below("price")
    amount = (below.text("amount", most=40) or "").strip()
    if not amount:
        return None
    currency = (below.text("currency", most=10) or "").strip().upper()
    try:
        if not _CURRENCY.fullmatch(currency):
            raise ValueError
        return money.from_major(_decimal(amount), currency)
    except ValueError:
        raise Invalid({"price": N_("This is not an amount of money.")}) from None


def _variants(given: Parameters, price: Money | None) -> tuple[rules.Variant, ...]:
    """``variants[][name]``, ``variants[][price]`` in the currency of ``price``, ``variants[][quantity]``."""
    found = []
    for one in given.rows("variants"):
        amount = (one.text("price", most=40) or "").strip()
        try:
            minor = money.from_major(_decimal(amount), price.currency).minor if amount and price else None
        except ValueError:
            raise Invalid({"variants": N_("This is not an amount of money.")}) from None
        found.append(
            rules.Variant(" ".join((one.text("name", most=1000) or "").split()), minor, _number(one, "quantity"))
        )
    return tuple(found)


def _industry(given: Parameters) -> str:
    """A code, or a word that names just one."""
    text = (given.text("industry", most=200) or "").strip()
    found = industries.find(text)
    if text and len(found) != 1:
        raise Invalid({"industry": industries.unclear(found)})
    return found[0] if found else ""


def _whole(given: Parameters, name: str) -> int | None:
    number = _number(given, name)
    if number is not None and number != number.to_integral_value():
        raise Invalid({name: N_("This is not a number.")})
    return int(number) if number is not None else None


def _number(given: Parameters, name: str) -> Decimal | None:
    text = (given.text(name, most=40) or "").strip()
    if not text:
        return None
    try:
        return _decimal(text)
    except ValueError:
        raise Invalid({name: N_("This is not a number.")}) from None


def _decimal(text: str) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error


def _key(given: Parameters, name: str, missing: str) -> int | None:
    try:
        return given.key(name)
    except NotFound:
        raise Invalid({name: missing}) from None


def _born_of(given: Parameters) -> int | None:
    try:
        return given.key("born_of_id")
    except NotFound:
        raise NotFound(N_("The post from which this began is no longer there.")) from None
