"""Deals: asked about, quoted, agreed, paid, delivered and receipted; each step a page with one obvious button."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import aiohttp.web as aioweb
import orjson

from node.actors import queries as actors
from node.deals import machine, messages, queries, service
from node.deals import terms as deal_terms
from node.deals.queries import DealView
from node.deals.terms import LINES, Line, Terms
from node.errors import Conflict, Invalid, NotFound
from node.faces import face
from node.listings import lineage
from node.listings import queries as listings
from node.listings import service as listing_parts
from node.listings.queries import ListingView
from node.listings.rules import in_full
from node.money import CURRENCIES
from node.notifications.service import mark_seen, unread_about
from node.papers import letterheads
from node.papers import queries as papers
from node.secrets import new_token
from node.words import N_, Message
from schemas.values import as_moment
from web import deals, forms
from web.addresses import database_key
from web.context import node_of, reader
from web.deals import StepPage
from web.rendering import format_number, page, said
from web.sessions import member

routes = aioweb.RouteTableDef()

PARTS = {
    "open": (*machine.TALKING, machine.AGREED),
    "done": (machine.COMPLETED,),
    "over": (machine.DECLINED, machine.WITHDRAWN, machine.CANCELLED),
}
_VALID_FOR = timedelta(days=14)
WORDS = 2000


@routes.get("/deals")
async def index(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    part = request.query.get("show", "open")
    part = part if part in PARTS else "open"
    before = as_moment(request.query.get("before", ""))
    async with node_of(request).reading() as work:
        found = await queries.mine(work, viewer.actor_id, states=PARTS[part], before=before, limit=queries.PAGE + 1)
    shown = found[: queries.PAGE]
    return page(
        request,
        "deals/index.html",
        part=part,
        deals=shown,
        before=before,
        older=shown[-1].changed_at.isoformat() if len(found) > queries.PAGE else "",
        state_words=deals.line_state,
    )


@routes.get("/deals/new")
async def new(request: aioweb.Request) -> aioweb.Response:
    member(request)
    return await _new(request, forms.Form(), database_key(request.query.get("listing", "")), _with(request.query))


@routes.post("/deals/new")
async def begin(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    listing_id = database_key(form.data.get("listing", ""))
    what = form.choice("do", ("ask", "order", "quote", "more"), required=False, otherwise="ask")
    with_id = _with(form.data)
    if what == "more":
        return await _new(request, form, listing_id, with_id)
    async with node_of(request).reading() as work:
        listing = await listings.one(work, viewer.actor_id, listing_id)
        tax_rate = (await listing_parts.of_post(work, listing_id)).tax_rate
    words = form.long_text("words", most=WORDS, required=what == "ask", missing=N_("Write a word or two."))
    terms = None
    if what == "quote":
        terms = _terms(form)
    elif what == "order":
        terms = _order(form, listing, tax_rate or Decimal(0))
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                ours = await actors.by_id(work, viewer.actor_id)
                if ours is None:
                    raise NotFound
                row = await service.begin(
                    work,
                    ours,
                    listing_id,
                    words=words,
                    terms=terms,
                    key=form.data.get("key", ""),
                    with_id=with_id,
                )
                path = f"/deals/{row.id}"
            return said(path, N_("Sent. Here you see what comes of it."))
    return await _new(request, form, listing_id, with_id, status=422)


@routes.get(r"/deals/{id:\d+}")
async def show(request: aioweb.Request) -> aioweb.Response:
    return await _show(request, forms.Form())


@routes.post(r"/deals/{id:\d+}/ask")
async def say(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    words = form.long_text("words", most=WORDS, missing=N_("Write a word or two."))
    if form.valid:
        with form.attempt():
            await _take(request, "ask", words=words, key=form.data.get("key", ""))
            return said(f"/deals/{request.match_info['id']}#history", N_("Sent."))
    return await _show(request, form, status=422)


@routes.get(r"/deals/{id:\d+}/quote")
async def edit_quote(request: aioweb.Request) -> aioweb.Response:
    return await _quote(request, forms.Form())


@routes.post(r"/deals/{id:\d+}/quote")
async def quote(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    if form.data.get("do") == "more":
        return await _quote(request, form)
    terms = _terms(form)
    words = form.long_text("words", most=WORDS, required=False)
    if form.valid and terms is not None:
        with form.attempt():
            await _take(request, "quote", words=words, terms=terms, key=form.data.get("key", ""))
            return said(f"/deals/{request.match_info['id']}", N_("Your terms are on the table."))
    return await _quote(request, form, status=422)


_AGREEING = StepPage(
    N_("Agree to these terms?"),
    N_("Read them once more. With the button you give your word; both of you keep the same text, signed."),
    N_("Yes, I agree"),
    N_("You gave your word."),
    shows_terms=True,
)
STEPS: dict[str, StepPage] = {
    "agree": _AGREEING,
    "decline": StepPage(
        N_("Not this time?"), N_("The other learns it at once. A reason is kind, and need not be given."),
        N_("Say no"), N_("Said, and no hard feelings."), words=N_("Why, if you like"), is_danger=True),
    "withdraw": StepPage(
        N_("Take it back?"), N_("Your terms leave the table; the deal ends here."), N_("Take it back"),
        N_("Taken back."), is_danger=True),
    "invoice_deposit": StepPage(
        N_("Send the invoice for the deposit"), N_("It gets the next number, and goes to the other side alone."),
        N_("Send the invoice"), N_("The invoice is on its way.")),
    "invoice": StepPage(
        N_("Send the invoice"), N_("It gets the next number, and goes to the other side alone."),
        N_("Send the invoice"), N_("The invoice is on its way.")),
    "claim_paid": StepPage(
        N_("You have paid"), N_("Say how much is on its way; the other side confirms when it has arrived."),
        N_("I have paid this"), N_("Said. They confirm when it has arrived."), amount=True),
    "confirm_paid": StepPage(
        N_("Money has arrived"), N_("Look at your account first: this cannot be taken back."),
        N_("This has arrived"), N_("Confirmed."), amount=True),
    "deliver": StepPage(
        N_("It is delivered"), N_("The other side hears of it, and can confirm it."), N_("It is delivered"),
        N_("Said. They can confirm it now.")),
    "receive": StepPage(N_("You have it"), N_("So that both of you know."), N_("I have it"), N_("Good.")),
    "receipt": StepPage(
        N_("Send the receipt"), N_("It confirms that all is delivered and paid, and ends the deal."),
        N_("Send the receipt"), N_("Done. Both of you may now recommend each other.")),
    "cancel": StepPage(
        N_("Cancel the deal?"), N_("What was agreed no longer holds. Invoices are taken back by credit notes."),
        N_("Cancel the deal"), N_("Cancelled."), words=N_("Why"), needs_words=True, is_danger=True),
    "refund": StepPage(
        N_("Pay money back"), N_("Send it first; then say so here."), N_("I have paid this back"), N_("Said."),
        amount=True),
    "credit": StepPage(
        N_("Send a credit note"), N_("It takes back, in the books, what was invoiced."), N_("Send the credit note"),
        N_("The credit note is on its way.")),
    "dispute": StepPage(
        N_("Something is not right"), N_("Say what, calmly and with dates. Both versions are shown side by side."),
        N_("Say it"), N_("Said."), words=N_("What is not right"), needs_words=True),
    "settle": StepPage(
        N_("It is settled"), N_("The deal goes on from where it was."), N_("It is settled"), N_("Good.")),
}  # fmt: skip
_VERBS = "|".join(STEPS)


@routes.get(rf"/deals/{{id:\d+}}/{{verb:{_VERBS}}}")
async def ask_step(request: aioweb.Request) -> aioweb.Response:
    return await _step(request, forms.Form())


@routes.post(rf"/deals/{{id:\d+}}/{{verb:{_VERBS}}}")
async def take_step(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    verb = request.match_info["verb"]
    of = STEPS[verb]
    deal = await _deal(request)
    words = form.long_text("words", most=WORDS, required=of.needs_words, missing=N_("Write a word or two."))
    amount = form.money("amount", deal.terms.currency) if of.amount and deal.terms else None
    if form.valid:
        with form.attempt():
            if of.shows_terms and form.data.get("terms_hash") != deal.terms_hash:
                raise Conflict(N_("The terms have changed while you were reading. Please look again."))
            terms = deal.terms if of.shows_terms else None
            await _take(request, verb, words=words, terms=terms, amount=amount, key=form.data.get("key", ""))
            return said(_path(deal), of.done)
    return await _step(request, form, status=422)


@routes.get(r"/deals/{id:\d+}/evidence")
async def evidence(request: aioweb.Request) -> aioweb.Response:
    """All steps as they were signed, for the two parties."""
    viewer = member(request)
    async with node_of(request).reading() as work:
        found = await queries.evidence(work, viewer.actor_id, database_key(request.match_info["id"]))
    return aioweb.Response(
        body=orjson.dumps(list(found), option=orjson.OPT_INDENT_2),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="deal-{request.match_info["id"]}.json"'},
    )


# inside


def _path(deal: DealView) -> str:
    return f"/deals/{deal.id}"


async def _deal(request: aioweb.Request) -> DealView:
    async with node_of(request).reading() as work:
        return await queries.one(work, member(request).actor_id, database_key(request.match_info["id"]))


async def _take(request: aioweb.Request, verb: str, **values: Any) -> None:
    async with node_of(request).writing() as work:
        ours = await actors.by_id(work, member(request).actor_id)
        if ours is None:
            raise NotFound
        await service.take(work, ours, database_key(request.match_info["id"]), verb, **values)


async def _show(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = member(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        deal = await queries.one(work, viewer.actor_id, id)
        news = await unread_about(work, viewer.account_id, deal_id=id)
        is_stopped = deal.via == "message" and await messages.is_stopped(work, id)
        found = await papers.of_deal(work, id, reader().language)
        began = await lineage.chain(work, viewer.actor_id, deal.listing_id) if deal.listing_id is not None else []
    if news:
        async with node_of(request).writing() as work:
            await mark_seen(work, viewer.account_id, news)
    main, others = deals.moves(deal)
    return page(
        request,
        "deals/show.html",
        status=status,
        deal=deal,
        here=_path(deal),
        form=form,
        key=new_token(),
        is_whole_history=request.query.get("history") == "whole",
        moves=main,
        others=others,
        is_stopped=is_stopped,
        papers=found,
        began=[link for link in began if link.post_id is not None],
        to_pay=next((paper for paper in reversed(found) if paper.payable > 0 and deal.money.due), None),
        state_words=deals.state,
        step_words=deals.step,
        reason_words=deals.reason,
    )


def _with(values: Mapping[str, str]) -> int | None:
    """For whom a listing of one's own is meant."""
    typed = values.get("with", "")
    return database_key(typed) if typed else None


async def _new(
    request: aioweb.Request, form: forms.Form, listing_id: int, with_id: int | None, status: int = 200
) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        listing = await listings.one(work, viewer.actor_id, listing_id)
        other = await face(work, with_id) if listing.is_own and with_id is not None else listing.author
        if other is None or other.id == viewer.actor_id:
            raise Conflict(N_("This is your own. Choose with whom you would like to deal."))
        tax_rate = (await listing_parts.of_post(work, listing_id)).tax_rate
        known = await queries.about_listing(work, viewer.actor_id, listing_id)
    talking = [deal.id for deal in known if deal.state in machine.TALKING and deal.other.id == other.id]
    if talking and status == 200 and not form.sent:
        raise aioweb.HTTPSeeOther(f"/deals/{talking[0]}")
    return page(
        request,
        "deals/new.html",
        status=status,
        form=form,
        listing=listing,
        other=other,
        key=new_token(),
        can_order=listing.terms == "price" and listing.price is not None and listing.state == "open",
        variants=[variant for variant in listing.variants if variant.quantity != 0],
        tax_rate=tax_rate,
        **_fields(form, None, _beginning(listing), listing.currency or "EUR"),
    )


async def _quote(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    deal = await _deal(request)
    if "quote" not in deal.possible and status == 200:
        raise Conflict(N_("This deal is past talking about its terms."))
    return page(
        request,
        "deals/quote.html",
        status=status,
        form=form,
        deal=deal,
        here=_path(deal),
        key=new_token(),
        **_fields(form, deal.terms, _Row(deal.title, "1"), (deal.terms.currency if deal.terms else None) or "EUR"),
    )


async def _step(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    deal = await _deal(request)
    verb = request.match_info["verb"]
    if verb not in deal.possible and status == 200:
        raise Conflict(N_("This step does not fit where the deal stands now."))
    lacks_address = False
    if verb in ("invoice_deposit", "invoice"):
        async with node_of(request).reading() as work:
            lacks_address = not await letterheads.is_ready(work, member(request).actor_id)
    return deals.step_page(
        request,
        deal,
        verb,
        STEPS[verb],
        form,
        _path(deal),
        status,
        has_account=True,
        lacks_address=lacks_address,
    )


@dataclass(frozen=True, slots=True)
class _Row:
    name: str = ""
    quantity: str = ""
    unit: str = ""
    price: str = ""
    tax: str = ""


def _beginning(listing: ListingView) -> _Row:
    """A first line as the ask has it: so many, at what they have in mind."""
    return _Row(
        listing.title,
        format_number(listing.quantity) if listing.quantity else "1",
        "" if listing.unit == "one" else listing.unit,
        deals.amount_typed(listing.price, listing.currency) if listing.price is not None and listing.currency else "",
    )


def _fields(form: forms.Form, terms: Terms | None, first: _Row, currency: str) -> dict[str, Any]:
    """The values of a terms form: what stands on the table, or ``first`` for a beginning."""
    rows: list[_Row] = []
    if terms is not None:
        for line in terms.lines:
            rows.append(
                _Row(
                    line.name,
                    format_number(line.quantity),
                    "" if line.unit == "one" else line.unit,
                    deals.amount_typed(line.unit_price, terms.currency),
                    format_number(line.tax_rate) if line.tax_rate else "",
                )
            )
    else:
        rows.append(first)
    sent = sum(1 for name in form.data if name.startswith("lines-") and name.endswith("-name"))
    wanted = max(len(rows), sent) + (3 if form.data.get("do") == "more" else 0)
    rows += [_Row()] * (min(wanted, LINES) - len(rows))
    until = terms.valid_until if terms and terms.valid_until and terms.valid_until > reader().now else None
    return {
        "lines": rows,
        "currencies": list(dict.fromkeys([currency, *CURRENCIES])),
        "values": {
            "currency": currency,
            "deposit": format_number(terms.deposit) if terms and terms.deposit else "",
            "due_days": str(terms.due_days) if terms else "14",
            "valid_until": (until or reader().now + _VALID_FOR).astimezone(reader().zone).date().isoformat(),
            "delivery": terms.delivery if terms else "",
            "in_return": terms.in_return if terms else "",
            "note": terms.note if terms else "",
        },
    }


def _terms(form: forms.Form) -> Terms | None:
    """What was typed, or None with errors in the form."""
    currency = form.text("currency", most=3)
    count = sum(1 for name in form.data if name.startswith("lines-") and name.endswith("-name"))
    lines = []
    for number in range(min(count, LINES)):
        line = _line(form, f"lines-{number}-", currency, is_first=number == 0)
        if line is not None:
            lines.append(line)
    deposit = _decimal(form, "deposit", Decimal(0))
    due_days = form.whole("due_days", most=366, required=False)
    valid_until = form.end_of_day("valid_until", reader().zone, required=False)
    if valid_until is not None and valid_until <= reader().now:
        form.wrong("valid_until", N_("Choose a day that is still to come."))
    delivery = form.choice("delivery", ("", "collection", "delivery"), required=False)
    in_return = form.text("in_return", most=300, required=False)
    note = form.long_text("note", most=2000, required=False)
    if form.errors:
        return None
    terms = Terms(
        currency=currency,
        lines=tuple(lines),
        deposit=deposit,
        due_days=14 if due_days is None else due_days,
        delivery=delivery,
        in_return=in_return,
        note=note,
        valid_until=valid_until,
    )
    with form.attempt():
        deal_terms.check(terms)
    return terms if form.valid else None


def _line(form: forms.Form, where: str, currency: str, *, is_first: bool) -> Line | None:
    typed = [form.data.get(where + part, "").strip() for part in ("name", "price")]
    if not any(typed) and not is_first:
        return None
    name = form.text(where + "name", most=200, missing=N_("Say what it is, in a few words."))
    quantity = _decimal(form, where + "quantity", Decimal(1))
    price = form.money(where + "price", currency) if len(currency) == 3 else None
    tax = _decimal(form, where + "tax", Decimal(0))
    unit = form.text(where + "unit", most=30, required=False) or "one"
    if price is None:
        return None
    return Line(name, quantity, price, tax, unit)


def _order(form: forms.Form, listing: ListingView, tax_rate: Decimal) -> Terms | None:
    """So many of a priced offer, at its price."""
    quantity = _decimal(form, "quantity", Decimal(1))
    if listing.price is None or listing.currency is None:
        raise Invalid({"quantity": N_("This has no fixed price; ask for a quote.")})
    name, price, left = listing.title, listing.price, listing.quantity
    chosen = form.data.get("variant", "")
    for variant in listing.variants:
        if variant.name == chosen:
            name = in_full(listing.title, variant.name)
            price = listing.price if variant.price is None else variant.price
            left = left if variant.quantity is None else variant.quantity
    if listing.variants and name == listing.title:
        form.wrong("variant", N_("Please choose one of these."))
    if left is not None and quantity > left:
        form.wrong(
            "quantity", Message(N_("Only %(number)s are left: others were faster."), {"number": format_number(left)})
        )
    if form.errors:
        return None
    terms = Terms(listing.currency, (Line(name, quantity, price, tax_rate, listing.unit),))
    with form.attempt():
        deal_terms.check(terms)
    if "lines-0-quantity" in form.errors:
        form.wrong("quantity", form.errors.pop("lines-0-quantity"))
    return terms


def _decimal(form: forms.Form, name: str, otherwise: Decimal) -> Decimal:
    typed = form.decimal(name)
    return otherwise if typed is None else typed
