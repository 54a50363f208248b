"""A deal for somebody without an account: by a link of their own they look, ask, agree and take their other steps."""

from dataclasses import replace

import aiohttp.web as aioweb

from node.deals import messages, queries
from node.deals.queries import DealView
from node.secrets import new_token
from node.words import N_, Message
from web import deals, forms, links
from web.context import node_of
from web.deals import StepPage
from web.pages.deals import STEPS, WORDS
from web.rendering import page, said

routes = aioweb.RouteTableDef()

_OWN_WAY = {
    "invoice": StepPage(
        N_("You have sent an invoice"), N_("Send it your own way; then say so here, so that it can be paid."),
        N_("I have sent it"), N_("Said.")),
    "invoice_deposit": StepPage(
        N_("You have sent an invoice for the deposit"),
        N_("Send it your own way; then say so here, so that it can be paid."), N_("I have sent it"), N_("Said.")),
    "receipt": StepPage(
        N_("All is done"), N_("You say that everything is delivered and paid; this ends the deal."),
        N_("Yes, all is done"), N_("Done. Thank you.")),
}  # fmt: skip
"""Who has no account writes their papers elsewhere."""
_HERE = "/deals/by-link/{token:[A-Za-z0-9_-]{20,60}}"


@routes.get(_HERE)
async def show(request: aioweb.Request) -> aioweb.Response:
    return await _show(request, forms.Form())


@routes.post(_HERE + "/ask")
async def say(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    words = form.long_text("words", most=WORDS, missing=N_("Write a word or two."))
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                await messages.act(work, _token(request), "ask", words=words, key=form.data.get("key", ""))
            return links.hidden(said(_here(request), N_("Sent.")))
    return await _show(request, form, status=422)


@routes.get(_HERE + f"/{{verb:{'|'.join(STEPS)}}}")
async def ask_step(request: aioweb.Request) -> aioweb.Response:
    return await _step(request, forms.Form())


@routes.post(_HERE + f"/{{verb:{'|'.join(STEPS)}}}")
async def take_step(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    deal, _ = await _deal(request)
    verb = request.match_info["verb"]
    of = _page_of(deal, verb)
    words = form.long_text("words", most=WORDS, required=of.needs_words, missing=N_("Write a word or two."))
    amount = form.money("amount", deal.terms.currency) if of.amount and deal.terms else None
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                await messages.act(
                    work,
                    _token(request),
                    verb,
                    words=words,
                    amount=amount,
                    seal=form.data.get("terms_hash", ""),
                    key=form.data.get("key", ""),
                )
            return links.hidden(said(_here(request), of.done))
    return await _step(request, form, status=422)


# inside


def _token(request: aioweb.Request) -> str:
    return request.match_info["token"]


def _here(request: aioweb.Request) -> str:
    return f"/deals/by-link/{_token(request)}"


async def _deal(request: aioweb.Request) -> tuple[DealView, str]:
    """The deal as its guest sees it, and the guest's handle."""
    async with node_of(request).reading() as work:
        link, guest = await messages.open_link(work, _token(request))
        deal = await queries.one(work, guest.id, link.deal_id)
    if link.used_at is not None:
        deal = replace(deal, possible=deal.possible - {"agree", "decline"})
    # Quotes of their own are made by answering in words: terms are a member's to write down.
    return replace(deal, possible=deal.possible - {"quote", "dispute"}), guest.handle


def _page_of(deal: DealView, verb: str) -> StepPage:
    return _OWN_WAY.get(verb, STEPS[verb]) if deal.is_seller else STEPS[verb]


async def _show(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    deal, guest = await _deal(request)
    main, others = deals.moves(deal)
    if deal.is_seller:
        main = [
            replace(move, label=Message(_OWN_WAY[move.verb].button)) if move.verb in _OWN_WAY else move for move in main
        ]
    return links.hidden(
        page(
            request,
            "deals/by_link.html",
            status=status,
            deal=deal,
            guest=guest,
            here=_here(request),
            form=form,
            key=new_token(),
            is_whole_history=request.query.get("history") == "whole",
            moves=main,
            others=others,
            state_words=deals.state,
            step_words=deals.step,
            reason_words=deals.reason,
        )
    )


async def _step(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    deal, _ = await _deal(request)
    verb = request.match_info["verb"]
    if verb not in deal.possible and status == 200:
        return links.hidden(said(_here(request), N_("This step does not fit where the deal stands now.")))
    return links.hidden(deals.step_page(request, deal, verb, _page_of(deal, verb), form, _here(request), status))
