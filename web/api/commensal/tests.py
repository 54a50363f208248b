"""`/api/commensal/v1/tests`: the same thing in two variants; each person sees one, and reserves it or not."""

from collections.abc import Awaitable, Callable

import aiohttp.web as aioweb

from node import money
from node.accounts.tokens import Bearer
from node.actors.model import Actor
from node.errors import Invalid
from node.trials import queries, service
from node.trials.queries import TrialView
from node.trials.service import Draft, Variant
from node.words import N_
from node.work import Writing
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.commensal.shapes import person
from web.api.commensal.times import time_in
from web.api.edge import answer
from web.api.parameters import Parameters
from web.api.shapes.look import Entity, Look, look_of, moment
from web.api.statuses import spoken_language
from web.context import node_of

routes = aioweb.RouteTableDef()

READ, WRITE = "read:listings", "write:listings"


@routes.get("/api/commensal/v1/tests")
async def show_all(request: aioweb.Request) -> aioweb.Response:
    """One's own, newest first, with what became of them."""
    who = await bearers.member(request, READ)
    async with node_of(request).reading() as work:
        found = [await queries.one(work, who.actor_id, id) for id in await queries.own(work, who.actor_id)]
    return answer([_test(look_of(request), view, None) for view in found])


@routes.post("/api/commensal/v1/tests")
async def publish(request: aioweb.Request) -> aioweb.Response:
    """``name``, ``variants`` (two, each with ``title``, ``text``, ``price``), ``quantity``, ``ends_at``."""
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    currency = (given.text("currency", most=3) or "EUR").upper()
    rows = given.rows("variants")
    ends_at = time_in(given, "ends_at")
    if len(rows) != 2:
        raise Invalid({"variants": N_("A test has two variants.")})
    if ends_at is None:
        raise Invalid({"ends_at": N_("Choose a day that is still to come.")})
    draft = Draft(
        name=given.required("name", most=1000),
        variants=(_variant(rows[0], currency), _variant(rows[1], currency)),
        quantity=given.whole("quantity", least=0, most=10**6, otherwise=0),
        ends_at=ends_at,
        currency=currency,
        category=given.text("category", most=20) or "goods",
        idea_id=given.key("idea_id"),
        language=spoken_language(given, who),
    )
    async with node_of(request).writing() as work:
        trial = await service.publish(work, await work.session.get_one(Actor, who.actor_id), draft)
    return await _shown(request, who.actor_id, trial.post_id)


@routes.get("/api/commensal/v1/tests/{id}")
async def show(request: aioweb.Request) -> aioweb.Response:
    """The variant that this member sees, always the same; both and how they do for who put it up."""
    who = await bearers.member(request, READ)
    return await _shown(request, who.actor_id, _id(request))


@routes.post("/api/commensal/v1/tests/{id}/reserve")
async def reserve(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, await bearers.member(request, WRITE), service.reserve)


@routes.post("/api/commensal/v1/tests/{id}/offer")
async def offer(request: aioweb.Request) -> aioweb.Response:
    """End it: the listing becomes an offer in the words and at the price of ``variant`` (a or b)."""
    who = await bearers.member(request, WRITE)
    variant = (await parameters.read(request)).text("variant", most=1)
    if variant not in ("a", "b"):
        raise Invalid({"variant": N_("Please choose one of these.")})
    return await _act(request, who, lambda work, actor, id: service.offer(work, actor, id, variant))


@routes.post("/api/commensal/v1/tests/{id}/close")
async def close(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, await bearers.member(request, WRITE), service.close)


# inside


def _id(request: aioweb.Request) -> int:
    return database_key(request.match_info["id"])


def _variant(row: Parameters, currency: str) -> Variant:
    amount = (row.text("price", most=40) or "").strip()
    try:
        price = money.parse(amount, currency).minor if amount else None
    except ValueError:
        raise Invalid({"price": N_("This is not an amount of money.")}) from None
    return Variant(" ".join((row.text("title", most=1000) or "").split()), row.text("text", most=20_000) or "", price)


async def _act(
    request: aioweb.Request, who: Bearer, act: Callable[[Writing, Actor, int], Awaitable[object]]
) -> aioweb.Response:
    async with node_of(request).writing() as work:
        await act(work, await work.session.get_one(Actor, who.actor_id), _id(request))
    return await _shown(request, who.actor_id, _id(request))


async def _shown(request: aioweb.Request, viewer_id: int, id: int) -> aioweb.Response:
    async with node_of(request).reading() as work:
        view = await queries.one(work, viewer_id, id)
        me = await work.session.get_one(Actor, viewer_id)
    letter = None
    if not view.is_own:
        async with node_of(request).writing() as work:
            letter = await service.visit(work, id, me.uri, me.host)
    return answer(_test(look_of(request), view, letter))


def _test(look: Look, view: TrialView, letter: str | None) -> Entity:
    """``id`` is that of the listing; ``seen`` the reader's variant, ``variants`` both for who put it up."""
    return {
        "id": str(view.id),
        "url": look.absolute(f"/tests/{view.id}"),
        "author": person(look, view.author),
        "state": view.state,
        "is_open": view.is_open,
        "quantity": view.quantity,
        "left": view.left,
        "has_reserved": view.has_reserved,
        "seen": _said(view.variant(letter), view.currency) if letter else None,
        "variants": [
            {**_said(outcome.variant, view.currency), "shown": outcome.shown, "reserved": outcome.reserved,
             "people": [person(look, face) for face in outcome.by]}
            for outcome in view.outcomes
        ],
        "hosts": [{"host": host, "count": count} for host, count in view.hosts],
        "idea_id": str(view.idea_id) if view.idea_id is not None else None,
        "ends_at": moment(view.ends_at),
    }  # fmt: skip


def _said(variant: Variant, currency: str | None) -> Entity:
    price = None
    if variant.price is not None and currency is not None:
        price = {"amount": str(money.Money(variant.price, currency).major), "currency": currency}
    return {"title": variant.title, "text": variant.text, "price": price}
