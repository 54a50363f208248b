"""How a deal goes, from a question to a receipt: who may do what when, and what comes of it. Pure.

Two roles, seller and buyer. One of them put the listing up and is its ``owner``: only the owner's yes makes an
agreement (FEP-0837), so that whoever counts the stock decides. When the other side says yes to a quote of the owner's,
the deal is ``ordered`` until the owner's node has answered, which it does by itself.

Paying, delivering and confirming do not wait for each other: they are facts beside the state.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from node.deals.terms import Terms
from node.errors import Conflict
from node.words import N_

Role = Literal["seller", "buyer"]
SELLER: Role = "seller"
BUYER: Role = "buyer"

ASKED, QUOTED, ORDERED, AGREED, COMPLETED = "asked", "quoted", "ordered", "agreed", "completed"
DECLINED, WITHDRAWN, CANCELLED = "declined", "withdrawn", "cancelled"
STATES = (ASKED, QUOTED, ORDERED, AGREED, COMPLETED, DECLINED, WITHDRAWN, CANCELLED)
TALKING = (ASKED, QUOTED, ORDERED)
OVER = (COMPLETED, DECLINED, WITHDRAWN, CANCELLED)

VERBS = (
    "ask",  # words: a question that opens a deal, or whatever is to be said until it is over
    "quote",  # states terms: the seller's quote, the buyer's order, either's other suggestion
    "agree",
    "accept",  # the owner's yes that makes the agreement
    "decline",
    "withdraw",
    "invoice_deposit",
    "invoice",
    "claim_paid",
    "confirm_paid",
    "deliver",
    "receive",
    "receipt",
    "cancel",
    "refund",
    "credit",
    "dispute",
    "settle",  # ends a dispute, by who opened it
)


def other(role: Role) -> Role:
    """The other side."""
    return BUYER if role == SELLER else SELLER


@dataclass(frozen=True, slots=True)
class Deal:
    """Where a deal stands. Amounts in minor units of the terms' currency."""

    owner: Role
    state: str = ASKED
    terms: Terms | None = None
    """What is on the table, or what was agreed; after the agreement it never changes."""
    terms_by: Role | None = None
    claimed: int = 0
    """What the buyer says was paid, in all."""
    paid: int = 0
    """What the seller says arrived, in all."""
    refunded: int = 0
    credited: int = 0
    deposit_invoiced: bool = False
    invoiced: bool = False
    is_delivered: bool = False
    is_received: bool = False
    disputed_by: Role | None = None

    @property
    def total(self) -> int:
        return self.terms.total if self.terms else 0

    @property
    def due(self) -> int:
        """What has been invoiced and has not arrived."""
        if self.terms is None or self.state in (DECLINED, WITHDRAWN, CANCELLED):
            return 0
        asked = self.terms.total if self.invoiced else self.terms.deposit_total if self.deposit_invoiced else 0
        return max(asked - self.paid, 0)

    @property
    def is_paid(self) -> bool:
        return self.paid >= self.total


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that one side does. ``amount`` in minor units where the verb is about money."""

    verb: str
    role: Role
    terms: Terms | None = None
    amount: int | None = None


class NotNow(Conflict):
    """This step does not fit where the deal stands, or is not this side's to take; nothing has changed."""


def advance(deal: Deal, step: Step, now: datetime) -> Deal:
    """The deal after the step. Raises NotNow."""
    rule = _RULES.get(step.verb)
    if rule is None:
        raise NotNow(N_("There is no such step."))
    return rule(deal, step, now)


def possible(deal: Deal, role: Role, now: datetime) -> frozenset[str]:
    """What this side may do now, by trying; the amount and terms of the step itself are not looked at."""
    probe = deal.terms
    found = set()
    for verb in VERBS:
        try:
            advance(deal, Step(verb, role, terms=probe, amount=_usual(deal, verb)), now)
        except NotNow:
            if verb != "quote" or probe is not None or deal.state not in TALKING:
                continue
        found.add(verb)
    return frozenset(found)


def _usual(deal: Deal, verb: str) -> int | None:
    if verb in ("claim_paid", "confirm_paid"):
        return max((deal.due or deal.total) - (deal.claimed if verb == "claim_paid" else deal.paid), 1)
    if verb == "refund":
        return deal.paid - deal.refunded
    return None


# talking


def _ask(deal: Deal, step: Step, now: datetime) -> Deal:
    """Words change nothing, and are welcome until all is over."""
    _want(deal.state not in OVER, N_("This deal is over."))
    return deal


def _quote(deal: Deal, step: Step, now: datetime) -> Deal:
    _want(deal.state in (ASKED, QUOTED), N_("This deal is past talking about its terms."))
    _want(step.terms is not None, N_("Say what is offered, and for how much."))
    assert step.terms is not None
    _want(deal.terms is None or step.terms.currency == deal.terms.currency, N_("The currency cannot be changed."))
    return replace(deal, state=QUOTED, terms=step.terms, terms_by=step.role)


def _agree(deal: Deal, step: Step, now: datetime) -> Deal:
    """The one who did not put the listing up says yes to the owner's terms; the owner's node answers."""
    _want(deal.state == QUOTED, N_("There is nothing to agree to."))
    _want(deal.terms_by == other(step.role), N_("These are your own terms; the other side agrees to them."))
    _want(step.role != deal.owner, N_("Whoever put the listing up gives the last word."))
    _in_time(deal, now)
    _same(deal, step)
    return replace(deal, state=ORDERED)


def _accept(deal: Deal, step: Step, now: datetime) -> Deal:
    """The owner's yes: to the other side's terms, or to their yes to the owner's own."""
    _want(step.role == deal.owner, N_("Whoever put the listing up gives the last word."))
    if deal.state == QUOTED:
        _want(deal.terms_by == other(step.role), N_("These are your own terms; the other side agrees to them."))
        _in_time(deal, now)
    else:
        _want(deal.state == ORDERED, N_("There is nothing to agree to."))
    _same(deal, step)
    return replace(deal, state=AGREED)


def _decline(deal: Deal, step: Step, now: datetime) -> Deal:
    _want(deal.state in TALKING, N_("This deal is past talking about its terms."))
    _want(deal.state == ASKED or deal.terms_by == other(step.role) or deal.state == ORDERED,
          N_("These are your own terms; you can take them back."))  # fmt: skip
    return replace(deal, state=DECLINED)


def _withdraw(deal: Deal, step: Step, now: datetime) -> Deal:
    _want(deal.state in (ASKED, QUOTED), N_("This deal is past talking about its terms."))
    _want(deal.state == ASKED or deal.terms_by == step.role, N_("These are not your terms; you can say no to them."))
    return replace(deal, state=WITHDRAWN)


# keeping the word


def _invoice_deposit(deal: Deal, step: Step, now: datetime) -> Deal:
    _sellers(deal, step)
    _want(deal.terms is not None and deal.terms.deposit_total > 0, N_("No deposit was agreed."))
    _want(not deal.deposit_invoiced and not deal.invoiced, N_("This was invoiced already."))
    return replace(deal, deposit_invoiced=True)


def _invoice(deal: Deal, step: Step, now: datetime) -> Deal:
    _sellers(deal, step)
    _want(not deal.invoiced, N_("This was invoiced already."))
    _want(deal.total > 0, N_("There is nothing to pay."))
    return replace(deal, invoiced=True)


def _claim_paid(deal: Deal, step: Step, now: datetime) -> Deal:
    _want(step.role == BUYER, N_("That is for the other side to say."))
    _want(deal.state == AGREED and (deal.deposit_invoiced or deal.invoiced), N_("Nothing was invoiced yet."))
    _want(0 < (step.amount or 0) <= deal.total - deal.claimed, N_("This is not what is to be paid."))
    return replace(deal, claimed=deal.claimed + (step.amount or 0))


def _confirm_paid(deal: Deal, step: Step, now: datetime) -> Deal:
    _sellers(deal, step)
    _want(deal.deposit_invoiced or deal.invoiced, N_("Nothing was invoiced yet."))
    _want(0 < (step.amount or 0) <= deal.total - deal.paid, N_("This is not what is to be paid."))
    paid = deal.paid + (step.amount or 0)
    return replace(deal, paid=paid, claimed=max(deal.claimed, paid))


def _deliver(deal: Deal, step: Step, now: datetime) -> Deal:
    _sellers(deal, step)
    _want(not deal.is_delivered, N_("This was delivered already."))
    return replace(deal, is_delivered=True)


def _receive(deal: Deal, step: Step, now: datetime) -> Deal:
    _want(step.role == BUYER, N_("That is for the other side to say."))
    _want(deal.state == AGREED and not deal.is_received, N_("There is nothing to receive."))
    return replace(deal, is_received=True)


def _receipt(deal: Deal, step: Step, now: datetime) -> Deal:
    _sellers(deal, step)
    _want(deal.total == 0 or (deal.invoiced and deal.is_paid), N_("It has not been paid in full."))
    _want(deal.is_delivered or deal.is_received, N_("It has not been delivered."))
    _want(deal.disputed_by is None, N_("There is a disagreement to settle first."))
    return replace(deal, state=COMPLETED)


# when it goes otherwise


def _cancel(deal: Deal, step: Step, now: datetime) -> Deal:
    """Before money or goods have moved either side may; afterwards the seller, who then owes the money back."""
    _want(deal.state in (ORDERED, AGREED), N_("There is nothing to cancel."))
    has_moved = deal.paid > 0 or deal.claimed > 0 or deal.is_delivered or deal.is_received
    _want(not has_moved or step.role == SELLER, N_("Money or goods have moved: the seller cancels and pays back."))
    return replace(deal, state=CANCELLED)


def _refund(deal: Deal, step: Step, now: datetime) -> Deal:
    _want(step.role == SELLER, N_("That is for the other side to say."))
    _want(deal.state in (AGREED, COMPLETED, CANCELLED), N_("There is nothing to pay back."))
    _want(0 < (step.amount or 0) <= deal.paid - deal.refunded, N_("This is more than was paid."))
    return replace(deal, refunded=deal.refunded + (step.amount or 0))


def _credit(deal: Deal, step: Step, now: datetime) -> Deal:
    _want(step.role == SELLER, N_("That is for the other side to say."))
    _want(deal.state in (AGREED, COMPLETED, CANCELLED), N_("There is nothing to take back."))
    asked = deal.total if deal.invoiced else deal.terms.deposit_total if deal.deposit_invoiced and deal.terms else 0
    amount = step.amount if step.amount is not None else asked - deal.credited
    _want(0 < amount <= asked - deal.credited, N_("This is more than was invoiced."))
    return replace(deal, credited=deal.credited + amount)


def _dispute(deal: Deal, step: Step, now: datetime) -> Deal:
    _want(deal.state in (AGREED, CANCELLED, COMPLETED), N_("There is no agreement to disagree about."))
    _want(deal.disputed_by is None, N_("There is a disagreement to settle first."))
    return replace(deal, disputed_by=step.role)


def _settle(deal: Deal, step: Step, now: datetime) -> Deal:
    _want(deal.disputed_by == step.role, N_("Whoever began the disagreement ends it."))
    return replace(deal, disputed_by=None)


_RULES: dict[str, Callable[[Deal, Step, datetime], Deal]] = {
    "ask": _ask,
    "quote": _quote,
    "agree": _agree,
    "accept": _accept,
    "decline": _decline,
    "withdraw": _withdraw,
    "invoice_deposit": _invoice_deposit,
    "invoice": _invoice,
    "claim_paid": _claim_paid,
    "confirm_paid": _confirm_paid,
    "deliver": _deliver,
    "receive": _receive,
    "receipt": _receipt,
    "cancel": _cancel,
    "refund": _refund,
    "credit": _credit,
    "dispute": _dispute,
    "settle": _settle,
}


def _sellers(deal: Deal, step: Step) -> None:
    _want(step.role == SELLER, N_("That is for the other side to say."))
    _want(deal.state == AGREED, N_("There is no agreement that this could belong to."))


def _in_time(deal: Deal, now: datetime) -> None:
    until = deal.terms.valid_until if deal.terms else None
    _want(until is None or now <= until, N_("These terms have run out; ask for new ones."))


def _same(deal: Deal, step: Step) -> None:
    """Whoever says yes says to what: other quantities, prices or currencies are no yes."""
    _want(step.terms is None or step.terms == deal.terms, N_("These are not the terms on the table."))


def _want(condition: bool, otherwise: str) -> None:
    if not condition:
        raise NotNow(otherwise)
