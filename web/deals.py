"""What pages, letters and notes say about a deal: where it stands, what each step was, what comes next."""

from dataclasses import dataclass
from decimal import Decimal

import aiohttp.web as aioweb
from babel.numbers import format_decimal

from node import money
from node.deals import machine
from node.deals.machine import BUYER, SELLER
from node.deals.queries import DealLine, DealView, StepView
from node.secrets import new_token
from node.words import N_, Message
from web import forms
from web.context import reader
from web.rendering import format_money, page
from web.translations import gettext

_MINE = {
    "ask": N_("You wrote"),
    "quote": N_("You made a quote"),
    "agree": N_("You agreed"),
    "accept": N_("You agreed, and it is settled"),
    "decline": N_("You said no this time"),
    "withdraw": N_("You took it back"),
    "invoice_deposit": N_("You sent the invoice for the deposit"),
    "invoice": N_("You sent the invoice"),
    "claim_paid": N_("You paid %(amount)s"),
    "confirm_paid": N_("You confirmed that %(amount)s arrived"),
    "deliver": N_("You delivered"),
    "receive": N_("You received it"),
    "receipt": N_("You sent the receipt"),
    "cancel": N_("You cancelled"),
    "refund": N_("You paid %(amount)s back"),
    "credit": N_("You sent a credit note"),
    "dispute": N_("You said that something is not right"),
    "settle": N_("You said that it is settled"),
}
_THEIRS = {
    "ask": N_("%(name)s wrote"),
    "quote": N_("%(name)s made a quote"),
    "agree": N_("%(name)s agreed"),
    "accept": N_("%(name)s agreed, and it is settled"),
    "decline": N_("%(name)s said no this time"),
    "withdraw": N_("%(name)s took it back"),
    "invoice_deposit": N_("%(name)s sent the invoice for the deposit"),
    "invoice": N_("%(name)s sent the invoice"),
    "claim_paid": N_("%(name)s says that %(amount)s was paid"),
    "confirm_paid": N_("%(name)s confirmed that %(amount)s arrived"),
    "deliver": N_("%(name)s delivered"),
    "receive": N_("%(name)s received it"),
    "receipt": N_("%(name)s sent the receipt"),
    "cancel": N_("%(name)s cancelled"),
    "refund": N_("%(name)s paid %(amount)s back"),
    "credit": N_("%(name)s sent a credit note"),
    "dispute": N_("%(name)s says that something is not right"),
    "settle": N_("%(name)s says that it is settled"),
}


def step(of: StepView, deal: DealView) -> Message:
    """“You made a quote”, “Bob confirmed that €252.00 arrived”."""
    currency = deal.terms.currency if deal.terms else "EUR"
    values = {"name": deal.other.name, "amount": format_money(of.amount or 0, currency)}
    words = _MINE if of.role == deal.role else _THEIRS
    if of.verb == "quote" and of.role == BUYER:
        mine, theirs = N_("You ordered"), N_("%(name)s would like to order")
        if deal.owner == BUYER:  # who asked for something answers a quote, and orders nothing
            mine, theirs = N_("You suggested other terms"), N_("%(name)s suggested other terms")
        return Message(mine if of.role == deal.role else theirs, values)
    return Message(words[of.verb], values)


def reason(of: StepView) -> str:
    """Why the other side did not take it: in the reader's language where it is a text of ours."""
    return gettext(of.refusal) if of.refusal else ""


def state(deal: DealView) -> Message:
    """Where it stands, in one sentence, from the reader's side."""
    name = {"name": deal.other.name}
    standing = deal.money
    last_is_mine = bool(deal.steps) and deal.steps[-1].is_mine
    match deal.state:
        case machine.ASKED:
            return Message(
                N_("%(name)s answers next.") if last_is_mine else N_("%(name)s waits for your answer."), name
            )
        case machine.QUOTED:
            if deal.terms_by == deal.role:
                return Message(N_("%(name)s has your terms."), name)
            if deal.role == BUYER:
                return Message(N_("%(name)s has made you a quote."), name)
            wish = N_("%(name)s would like to order.") if deal.owner == SELLER else N_("%(name)s suggests other terms.")
            return Message(wish, name)
        case machine.ORDERED:
            return Message(N_("You agreed; %(name)s’s side confirms it in a moment."), name)
        case machine.COMPLETED:
            return Message(N_("Done: delivered, paid, and receipted."))
        case machine.DECLINED:
            return Message(N_("It was declined."))
        case machine.WITHDRAWN:
            return Message(N_("It was taken back."))
        case machine.CANCELLED:
            owed = standing.paid - standing.refunded
            if owed > 0 and deal.terms:
                return Message(N_("Cancelled; %(amount)s is to be paid back."), {"amount": _money(deal, owed)})
            return Message(N_("Cancelled."))
    if standing.disputed_by:
        return Message(N_("Agreed, and something is not right."))
    if standing.claimed > standing.paid:
        amount = {"amount": _money(deal, standing.claimed - standing.paid)}
        return Message(N_("%(amount)s is said to be paid, and not confirmed yet."), amount)
    if standing.due:
        return Message(N_("%(amount)s is to be paid."), {"amount": _money(deal, standing.due)})
    if standing.is_delivered or standing.is_received:
        if standing.is_paid and (standing.invoiced or not standing.total):
            return Message(N_("Delivered and paid; the receipt is missing."))
        return Message(N_("Delivered."))
    return Message(N_("Agreed."))


@dataclass(frozen=True, slots=True)
class Move:
    """A button: what it says, and why one would press it. It leads to the page of its verb."""

    verb: str
    label: Message
    why: Message
    icon: str = ""


def moves(deal: DealView) -> tuple[list[Move], list[Move]]:
    """What the reader would press next, the most likely first; and what is possible besides."""
    can, standing = deal.possible, deal.money
    main: list[Move] = []

    def offer(verb: str, label: str, why: str = "", icon: str = "", **values: str) -> None:
        if verb in can and not any(move.verb == verb for move in main):
            main.append(Move(verb, Message(label, values), Message(why, values), icon))

    name = deal.other.name.split(" ")[0]
    if deal.state in machine.TALKING and deal.terms_by != deal.role:
        offer("agree", N_("Agree"), N_("You see the terms once more before you agree."), "handshake")
        if deal.role == SELLER or deal.terms is not None:
            offer("quote", N_("Make a quote") if deal.role == SELLER else N_("Suggest other terms"),
                 N_("Say what it would be, and for how much."), "pencil")  # fmt: skip
    if deal.state == machine.AGREED:
        if standing.claimed > standing.paid:
            amount = _money(deal, standing.claimed - standing.paid)
            offer("confirm_paid", N_("Confirm that %(amount)s arrived"),
                 N_("%(name)s says that it was paid. Look at your account first."), "banknote",
                 amount=amount, name=name)  # fmt: skip
        offer("invoice_deposit", N_("Send the invoice for the deposit"),
             N_("%(amount)s is due before you begin."), "file-text",
             amount=_money(deal, deal.terms.deposit_total if deal.terms else 0))  # fmt: skip
        if deal.role == BUYER and standing.due > max(standing.claimed - standing.paid, 0):
            amount = _money(deal, standing.due - max(standing.claimed - standing.paid, 0))
            offer("claim_paid", N_("I have paid %(amount)s"), N_("Pay as the invoice says, then tell %(name)s."),
                 "banknote", amount=amount, name=name)  # fmt: skip
        if standing.is_delivered:
            offer("receive", N_("I have it"), N_("%(name)s says that it was delivered."), "package", name=name)
        offer("receipt", N_("Send the receipt"), N_("Everything is delivered and paid: this ends the deal."), "check")
        offer("deliver", N_("It is delivered"), N_("Say so when %(name)s has it, or it is done."), "truck", name=name)
        offer("invoice", N_("Send the invoice"), N_("What is still to be paid, with tax and due date."), "file-text")
        if standing.invoiced or standing.deposit_invoiced:
            offer("confirm_paid", N_("Confirm a payment"), N_("When money has arrived in your account."), "banknote")
    if deal.state == machine.CANCELLED and standing.paid > standing.refunded:
        offer("refund", N_("I have paid it back"), N_("What had been paid goes back to %(name)s."), "undo-2", name=name)
    if deal.state == machine.CANCELLED:
        offer("credit", N_("Send a credit note"), N_("It takes the invoices back in the books."), "file-text")
    offer("settle", N_("It is settled"), N_("You said that something is not right; say when it is."), "handshake")
    others = []
    for verb, label, icon in (
        ("quote", N_("Other terms"), "pencil"),
        ("decline", N_("Not this time"), "x"),
        ("withdraw", N_("Take it back"), "undo-2"),
        ("receive", N_("I have it"), "package"),
        ("cancel", N_("Cancel the deal"), "x"),
        ("refund", N_("Pay money back"), "undo-2"),
        ("credit", N_("Send a credit note"), "file-text"),
        ("dispute", N_("Something is not right"), "triangle-alert"),
    ):
        is_main = any(move.verb == verb for move in main)
        if verb in can and not is_main:
            others.append(Move(verb, Message(label), Message(""), icon))
    return main[:3], others


def _money(deal: DealView, minor: int) -> str:
    return format_money(minor, deal.terms.currency if deal.terms else "EUR")


def line_state(deal: DealLine) -> Message:
    """The same for a line of a list, which knows less."""
    name = {"name": deal.other.name}
    if deal.state in machine.TALKING:
        if deal.waits_for_me:
            return Message(N_("Your answer is awaited."))
        return Message(N_("%(name)s answers next."), name)
    if deal.state == machine.AGREED and deal.waits_for_me:
        return Message(N_("Agreed; something is new."))
    return Message(_ENDS.get(deal.state, N_("Agreed.")))


_ENDS = {
    machine.COMPLETED: N_("Done: delivered, paid, and receipted."),
    machine.DECLINED: N_("It was declined."),
    machine.WITHDRAWN: N_("It was taken back."),
    machine.CANCELLED: N_("Cancelled."),
}


def usual_amount(deal: DealView, verb: str) -> str:
    """What stands in the field of a step about money: all that is open."""
    standing = deal.money
    if verb == "claim_paid":
        minor = (standing.due or standing.total) - max(standing.claimed - standing.paid, 0)
    elif verb == "confirm_paid":
        minor = standing.claimed - standing.paid if standing.claimed > standing.paid else standing.due
    else:
        minor = standing.paid - standing.refunded
    return amount_typed(max(minor, 0), deal.terms.currency if deal.terms else "EUR")


def amount_typed(minor: int, currency: str) -> str:
    """An amount as the reader would type it: without the sign of the currency."""
    digits = money.digits(currency)
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    return format_decimal(Decimal(minor).scaleb(-digits), format=pattern, locale=reader().locale, group_separator=False)


@dataclass(frozen=True, slots=True)
class StepPage:
    """The page on which a step is taken. ``amount``: it is about money; ``shows_terms``: they stand on it once more."""

    heading: str
    lead: str
    button: str
    done: str
    words: str = N_("A word with it")
    amount: bool = False
    shows_terms: bool = False
    needs_words: bool = False
    is_danger: bool = False


def step_page(
    request: aioweb.Request,
    deal: DealView,
    verb: str,
    of: StepPage,
    form: forms.Form,
    here: str,
    status: int = 200,
    *,
    has_account: bool = False,
    lacks_address: bool = False,
) -> aioweb.Response:
    """The page with the one button of a step; ``here`` is the address of the deal's page.

    ``lacks_address``: an invoice would go out without its seller's address.
    """
    return page(
        request,
        "deals/step.html",
        status=status,
        form=form,
        deal=deal,
        here=here,
        verb=verb,
        key=new_token(),
        heading=Message(of.heading),
        lead=Message(of.lead),
        button=Message(of.button),
        words_label=Message(of.words),
        needs_words=of.needs_words,
        is_danger=of.is_danger,
        shows_terms=of.shows_terms,
        usual=usual_amount(deal, verb) if of.amount else None,
        has_account=has_account,
        lacks_address=lacks_address,
    )
