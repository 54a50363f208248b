"""`/api/commensal/v1/deals`: one's deals, begun and taken on step by step."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import aiohttp.web as aioweb

from node.actors.model import Actor
from node.deals import machine, queries, service
from node.deals import terms as deal_terms
from node.deals.queries import DealLine, DealView, StepView
from node.deals.terms import Line, Terms
from node.errors import Conflict, Invalid
from node.money import Money, from_major
from node.words import N_
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.commensal.shapes import person
from web.api.commensal.times import time_in
from web.api.edge import answer
from web.api.parameters import Parameters
from web.api.shapes.look import Entity, Look, look_of, moment
from web.context import node_of

routes = aioweb.RouteTableDef()

READ, WRITE = "read:deals", "write:deals"
_PARTS: Mapping[str, tuple[str, ...]] = {
    "open": (*machine.TALKING, machine.AGREED),
    "done": (machine.COMPLETED,),
    "over": (machine.DECLINED, machine.WITHDRAWN, machine.CANCELLED),
}
VERBS = tuple(verb for verb in machine.VERBS if verb != "accept")


@routes.get("/api/commensal/v1/deals")
async def show_all(request: aioweb.Request) -> aioweb.Response:
    """``show``: open, done or over; the last changed first. ``before``: ``changed_at`` of the last one seen."""
    who = await bearers.member(request, READ)
    given = parameters.query(request)
    states = _PARTS.get(given.text("show", most=10) or "", ())
    limit = given.whole("limit", least=1, most=80, otherwise=30)
    before = time_in(given, "before")
    async with node_of(request).reading() as work:
        found = await queries.mine(work, who.actor_id, states=states, before=before, limit=limit)
    look = look_of(request)
    return answer([_line(look, line) for line in found])


@routes.post("/api/commensal/v1/deals")
async def begin(request: aioweb.Request) -> aioweb.Response:
    """Ask about a listing (``words``) or suggest ``terms``. With an Idempotency-Key a repeat changes nothing."""
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    listing_id = given.key("listing_id")
    if listing_id is None:
        raise Invalid({"listing_id": N_("Say which listing it is about.")})
    async with node_of(request).writing() as work:
        row = await service.begin(
            work,
            await work.session.get_one(Actor, who.actor_id),
            listing_id,
            words=given.text("words", most=5000) or "",
            terms=_terms(given),
            key=_key(request),
            with_id=given.key("account_id"),
        )
    return await _shown(request, who.actor_id, row.id)


@routes.get("/api/commensal/v1/deals/{id}")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, READ)
    return await _shown(request, who.actor_id, database_key(request.match_info["id"]))


@routes.post("/api/commensal/v1/deals/{id}/steps")
async def take(request: aioweb.Request) -> aioweb.Response:
    """Take a step. To ``agree`` one names the ``terms_hash`` one has seen; other terms are no yes."""
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    id, verb = database_key(request.match_info["id"]), given.text("verb", most=20) or ""
    if verb not in VERBS:
        raise Invalid({"verb": N_("Please choose one of these.")})
    async with node_of(request).writing() as work:
        me = await work.session.get_one(Actor, who.actor_id)
        terms = _terms(given) if verb == "quote" else None
        amount = None
        deal = await queries.one(work, me.id, id)
        if verb == "agree":
            if not deal.terms_hash or given.text("terms_hash", most=64) != deal.terms_hash:
                raise Conflict(N_("The terms have changed while you were reading. Please look again."))
            terms = deal.terms
        elif "amount" in given and deal.terms is not None:
            amount = _minor(given.text("amount", most=20), deal.terms.currency, "amount")
        words = given.text("words", most=5000) or ""
        await service.take(work, me, id, verb, words=words, terms=terms, amount=amount, key=_key(request))
    return await _shown(request, who.actor_id, id)


# inside


def _key(request: aioweb.Request) -> str:
    key = request.headers.get("Idempotency-Key", "")[:50]
    return f"api:{key}" if key else ""


async def _shown(request: aioweb.Request, viewer_id: int, id: int) -> aioweb.Response:
    async with node_of(request).reading() as work:
        return answer(_deal(look_of(request), await queries.one(work, viewer_id, id)))


def _minor(text: str | None, currency: str, name: str) -> int:
    try:
        return from_major(deal_terms.read_decimal(text), currency).minor
    except ValueError:
        raise Invalid({name: N_("This is not an amount of money.")}) from None


def _number(text: str | None, name: str, otherwise: Decimal) -> Decimal:
    if not text:
        return otherwise
    try:
        return deal_terms.read_decimal(text)
    except ValueError:
        raise Invalid({name: N_("This is not a number.")}) from None


def _terms(given: Parameters) -> Terms | None:
    """The ``terms`` of a request; None where there are none. Raises Invalid."""
    if "terms" not in given:
        return None
    typed = given.below("terms")
    currency = typed.text("currency", most=3) or ""
    lines = [
        Line(
            name=row.text("name", most=500) or "",
            quantity=_number(row.text("quantity", most=20), f"lines-{place}-quantity", Decimal(1)),
            unit_price=_minor(row.text("price", most=20), currency, f"lines-{place}-unit_price"),
            tax_rate=_number(row.text("tax_rate", most=20), f"lines-{place}-tax_rate", Decimal(0)),
            unit=row.text("unit", most=60) or "one",
        )
        for place, row in enumerate(typed.rows("lines", most=deal_terms.LINES + 1))
    ]
    terms = Terms(
        currency=currency,
        lines=tuple(lines),
        deposit=_number(typed.text("deposit", most=20), "deposit", Decimal(0)),
        due_days=typed.whole("due_days", least=0, most=366, otherwise=14),
        delivery=typed.text("delivery", most=20) or "",
        in_return=typed.text("in_return", most=500) or "",
        note=typed.text("note", most=5000) or "",
        valid_until=time_in(typed, "valid_until"),
    )
    deal_terms.check(terms)
    return terms


def _line(look: Look, line: DealLine) -> Entity:
    return {
        "id": str(line.id),
        "title": line.title,
        "role": line.role,
        "person": person(look, line.other),
        "state": line.state,
        "total": _money(line.total, line.currency),
        "waits_for_me": line.waits_for_me,
        "listing_id": str(line.listing_id) if line.listing_id is not None else None,
        "changed_at": moment(line.changed_at),
    }


def _deal(look: Look, view: DealView) -> Entity:
    currency = view.terms.currency if view.terms else None
    return {
        "id": str(view.id),
        "uri": view.uri,
        "url": look.absolute(f"/deals/{view.id}"),
        "agreement_uri": view.agreement_uri,
        "title": view.title,
        "role": view.role,
        "person": person(look, view.other),
        "listing_id": str(view.listing_id) if view.listing_id is not None else None,
        "born_of_id": str(view.born_of.id) if view.born_of is not None else None,
        "state": view.state,
        "terms": _said_terms(view.terms),
        "terms_by": view.terms_by,
        "terms_hash": view.terms_hash,
        "differs": view.differs,
        "due": _money(view.money.due, currency),
        "paid": _money(view.money.paid, currency),
        "claimed": _money(view.money.claimed, currency),
        "refunded": _money(view.money.refunded, currency),
        "is_delivered": view.money.is_delivered,
        "is_received": view.money.is_received,
        "disputed_by": view.money.disputed_by,
        "possible": [verb for verb in VERBS if verb in view.possible],
        "steps": [_step(look, step, currency) for step in view.steps],
        "created_at": moment(view.created_at),
        "changed_at": moment(view.changed_at),
        "agreed_at": moment(view.agreed_at) if view.agreed_at else None,
        "completed_at": moment(view.completed_at) if view.completed_at else None,
    }


def _step(look: Look, step: StepView, currency: str | None) -> Entity:
    return {
        "id": str(step.id),
        "uri": step.uri,
        "verb": step.verb,
        "role": step.role,
        "person": person(look, step.by),
        "words": step.words,
        "terms": _said_terms(step.terms),
        "terms_hash": step.terms_hash,
        "amount": _money(step.amount, currency) if step.amount is not None else None,
        "is_crossed": step.is_crossed,
        "refusal": step.refusal,
        "arrival": step.arrival,
        "is_signed": step.is_signed,
        "created_at": moment(step.at),
    }


def _said_terms(terms: Terms | None) -> dict[str, Any] | None:
    if terms is None:
        return None
    currency = terms.currency

    def major(minor: int) -> str:
        return format(Money(minor, currency).major, "f")

    return {
        "currency": currency,
        "lines": [
            {
                "name": line.name,
                "quantity": format(deal_terms.plain(line.quantity), "f"),
                "unit": line.unit,
                "price": major(line.unit_price),
                "tax_rate": format(deal_terms.plain(line.tax_rate), "f"),
                "net": major(line.net),
            }
            for line in terms.lines
        ],
        "net": major(terms.net),
        "tax": major(terms.tax),
        "total": major(terms.total),
        "deposit": format(deal_terms.plain(terms.deposit), "f"),
        "deposit_total": major(terms.deposit_total),
        "due_days": terms.due_days,
        "delivery": terms.delivery,
        "in_return": terms.in_return,
        "note": terms.note,
        "valid_until": moment(terms.valid_until) if terms.valid_until else None,
    }


def _money(minor: int | None, currency: str | None) -> dict[str, str] | None:
    if minor is None or currency is None:
        return None
    return {"amount": format(Money(minor, currency).major, "f"), "currency": currency}
