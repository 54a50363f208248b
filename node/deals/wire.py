"""A step of a deal as the activity that carries it (FEP-0837 and our own words beside it), and what one says. Pure."""

import html as markup
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from node import money
from node.deals import machine, terms
from node.deals.terms import Line, Terms
from node.markdown import Named, mention, plain
from schemas.activities import Activity
from schemas.agreement import AFTER, AMOUNT, CLAIM, COUNTER, STEP, Agreement, Commitment
from schemas.proposal import CURRENCIES, Intent, Proposal, Quantity
from schemas.values import Document, as_decimal, dropping_empty, write_moment

WORDS = 2000
PAPERS = {"invoice_deposit": "deposit", "invoice": "invoice", "credit": "credit", "receipt": "receipt"}
"""The verbs that come with a document, and its kind."""
CLAIMS = ("claim_paid", "confirm_paid", "deliver", "receive", "cancel", "refund", "dispute", "settle")
"""The verbs that state a fact after the agreement."""
PARTY = "commensal:party"
"""Who says it, before the law: goes with the buyer's order and with a yes, for the invoices."""
WITH_AMOUNT = frozenset({"claim_paid", "confirm_paid", "refund", "credit"})
_PREVIEWS = {"paid": "confirm_paid", "shipped": "deliver", "cancelled": "cancel", "refunded": "refund",
             "disputed": "dispute", "fulfilled": "receipt"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bond:
    """What all activities of one deal have in common."""

    context: str
    agreement: str
    """Its id, empty as long as there is none."""
    owner_uri: str
    is_plain: bool
    proposal: Proposal
    """What the Commitments satisfy."""
    carrier_uri: str = ""
    """The Note of the listing."""

    @property
    def primary(self) -> str:
        return self.proposal.publishes.id or f"{self.proposal.id}#primary"

    @property
    def reciprocal(self) -> str:
        side = self.proposal.reciprocal
        return (side.id if side is not None else None) or f"{self.proposal.id}#reciprocal"


@dataclass(frozen=True, slots=True)
class Move:
    """A step about to be said."""

    verb: str
    actor_uri: str
    actor_handle: str
    to_uri: str
    to_handle: str
    at: datetime
    after: Sequence[str] = ()
    words: str = ""
    terms: Terms | None = None
    seal: str = ""
    amount: int | None = None
    about: str = ""
    """The Offer that it answers, replaces or takes back."""
    object_uri: str = ""
    """A fresh id for the Note or Document in it."""
    document: Document | None = None
    """The invoice, credit note or receipt that comes with it."""
    deal: machine.Deal | None = None
    """Where the deal stands then."""
    party: Document | None = None
    """Who says it, before the law."""
    to_page: str = ""
    """Where the other side shows itself."""


def activity(bond: Bond, move: Move) -> Document:
    """The activity of a step."""
    by_owner = move.actor_uri == bond.owner_uri
    if move.verb == "ask":
        return _said(bond, move, "Create", _note(bond, move))
    if move.verb == "quote" and by_owner and bond.is_plain:
        # Their program knows no offer by whoever put the listing up: it is told in words, and may offer anew.
        return _said(bond, move, "Create", _note(bond, move))
    if move.verb in ("quote", "agree"):
        return _said(bond, move, "Offer", agreement(bond, move).write(), **({COUNTER: True} if by_owner else {}))
    if move.verb == "accept":
        return _said(bond, move, "Accept", move.about, result=agreement(bond, move, is_made=True).write())
    if move.verb == "decline":
        return _said(bond, move, "Reject", move.about or bond.context)
    if move.verb == "withdraw":
        kind = "Offer" if move.terms is not None else "Create"
        return _said(bond, move, "Undo", {"id": move.about, "type": kind, "actor": move.actor_uri})
    if move.document is not None:
        return _said(bond, move, "Create", move.document)
    if by_owner and bond.agreement:
        return _said(bond, move, "Update", agreement(bond, move, is_made=True).write())
    return _said(bond, move, "Create", _note(bond, move))


def _said(bond: Bond, move: Move, kind: str, what: Document | str, **more: Any) -> Document:
    is_offer = kind == "Offer"
    said = Activity(
        None,
        kind,
        move.actor_uri,
        (what,),
        to=(move.to_uri,),
        published=move.at,
        content=paragraphs(move.words) or None,
        context=bond.context,
        in_reply_to=(move.about or None) if is_offer else None,
    )
    amount = money_of(move.amount, move.terms)
    own = {STEP: move.verb, AFTER: list(move.after), AMOUNT: amount, PARTY: move.party}
    return said.write(**more, **dropping_empty(own))


def _note(bond: Bond, move: Move) -> Document:
    """A step as a private note, which every program can show."""
    named = Named(move.to_page or move.to_uri, move.to_handle.lstrip("@").partition("@")[0])
    offered = _in_words(move.terms) if move.verb == "quote" else ""
    return dropping_empty(
        {
            "id": move.object_uri,
            "type": "Note",
            "attributedTo": move.actor_uri,
            "inReplyTo": bond.carrier_uri if move.verb == "ask" else None,
            "context": bond.agreement or bond.context,
            "content": f"<p>{mention(named)}</p>" + paragraphs(move.words) + offered,
            "published": write_moment(move.at),
            "to": [move.to_uri],
            "tag": [{"type": "Mention", "href": move.to_uri, "name": move.to_handle}],
            CLAIM: move.verb if move.verb in CLAIMS else None,
            AMOUNT: money_of(move.amount, move.terms),
        }
    )


def _in_words(offered: Terms | None) -> str:
    """Terms for somebody whose program shows notes alone."""
    if offered is None:
        return ""
    lines = [f"{terms.plain(line.quantity):f} × {line.name}" for line in offered.lines]
    return paragraphs("\n".join([*lines, f"= {money.Money(offered.total, offered.currency)}", offered.in_return]))


def agreement(bond: Bond, move: Move, *, is_made: bool = False) -> Agreement:
    """The Agreement of these terms: bare in an Offer, with ids once it is made."""
    assert move.terms is not None
    made = bond.agreement if is_made else ""
    paid = _given(bond.proposal.reciprocal, move.terms)
    return Agreement(
        stipulates=Commitment(bond.primary, _wanted(bond, move.terms), f"{made}#primary" if made else None),
        reciprocal=Commitment(bond.reciprocal, paid, f"{made}#reciprocal" if made else None) if paid else None,
        id=made or None,
        attributed_to=bond.owner_uri if made else None,
        preview=preview(move.deal) if made and move.deal else None,
        updated=move.at if made else None,
        terms=move.terms.document(),
        seal=move.seal,
        state=move.deal.state if made and move.deal else None,
    )


def _wanted(bond: Bond, agreed: Terms) -> Quantity:
    unit = bond.proposal.publishes.quantity.unit if bond.proposal.publishes.quantity else "one"
    return Quantity(terms.plain(agreed.quantity), unit)


def _given(side: Intent | None, agreed: Terms) -> Quantity | None:
    """What is given in all: money in major units, or of what else the proposal counts."""
    if agreed.total > 0:
        unit = side.quantity.unit if side is not None and side.quantity is not None and side.currency else ""
        if side is None or side.currency != agreed.currency or not unit:
            unit = "one" if agreed.currency in CURRENCIES else agreed.currency
        return Quantity(money.Money(agreed.total, agreed.currency).major, unit)
    if side is not None and side.quantity is not None and side.quantity.value > 0 and side.currency is None:
        return Quantity(terms.plain(side.quantity.value * agreed.quantity), side.quantity.unit)
    return None


def preview(deal: machine.Deal) -> str:
    """Where a deal stands, in the words that Mitra and its kin use."""
    if deal.disputed_by is not None:
        return "Disputed"
    if deal.refunded and deal.refunded >= deal.paid:
        return "Refunded"
    if deal.state == machine.CANCELLED:
        return "Cancelled"
    if deal.state == machine.COMPLETED:
        return "Fulfilled"
    if deal.is_delivered:
        return "Shipped"
    return "Paid" if deal.paid and deal.is_paid else "Open"


def money_of(amount: int | None, agreed: Terms | None) -> str | None:
    """An amount as it goes over the wire: major units, all decimals, as text."""
    if amount is None or agreed is None:
        return None
    return format(money.Money(amount, agreed.currency).major, "f")


def paragraphs(words: str) -> str:
    """Plain words as HTML."""
    parts = (part.strip() for part in words.split("\n\n"))
    return "".join(f"<p>{markup.escape(part, quote=False).replace(chr(10), '<br>')}</p>" for part in parts if part)


# what others say


@dataclass(frozen=True, slots=True)
class Heard:
    """What an activity says of a deal, as far as it can be told without looking anything up."""

    step: str
    """The verb it names itself; empty from programs that know FEP-0837 alone."""
    after: tuple[str, ...]
    words: str
    amount: Decimal | None
    at: datetime | None


def heard(said: Activity, inner: Mapping[str, Any] | None = None) -> Heard:
    """``inner`` is the Note in it, where there is one."""
    found = said.document.get(STEP) or (inner or {}).get(CLAIM)
    content = said.content
    if content is None and STEP not in said.document and inner is not None and isinstance(inner.get("content"), str):
        content = inner["content"][:10_000]  # ours say it in the activity, without the name in front
    words = plain(content or "", WORDS)
    at = said.published or None
    amount = said.document.get(AMOUNT, (inner or {}).get(AMOUNT))
    return Heard(
        step=found if isinstance(found, str) and found in machine.VERBS else "",
        after=_after(said.document),
        words=words,
        amount=as_decimal(amount),
        at=at,
    )


def _after(document: Mapping[str, Any]) -> tuple[str, ...]:
    value = document.get(AFTER)
    listed = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(uri for uri in listed[:20] if isinstance(uri, str) and 0 < len(uri) <= 2048))


def minor(amount: Decimal, currency: str) -> int:
    """Raises ValueError for what is no amount of this currency."""
    return money.from_major(amount, currency).minor


def verb_of_preview(name: str | None) -> str:
    """What somebody says by the state of an agreement; empty for nothing that counts."""
    return _PREVIEWS.get((name or "").strip().casefold(), "")


def from_plain(
    offered: Agreement, *, title: str, currency: str, unit_price: int | None, tax_rate: Decimal, in_return: str = ""
) -> Terms:
    """Terms of an Offer that has nothing but quantities: so many of the listing, for what it states in all.

    ``unit_price`` is the listing's, without tax; tax is contained in what is stated. Where the amount is none that
    comes out of a price, the minor units that are left over stand in a line of their own. Raises Invalid, ValueError.
    """
    quantity = offered.stipulates.quantity.value
    paid = offered.reciprocal
    is_money = paid is not None and not in_return
    total = minor(paid.quantity.value, currency) if paid is not None and is_money else 0
    line = Line(title[:200] or "…", quantity, unit_price or 0, tax_rate, offered.stipulates.quantity.unit[:30])
    if in_return:
        line = replace(line, unit_price=0, tax_rate=Decimal(0))
    found = Terms(currency, (line,), in_return=in_return[:300])
    terms.check(found)
    if found.total != total:
        found = _fitting(found, line, total)
        terms.check(found)
    return found


def _fitting(asked: Terms, line: Line, total: int) -> Terms:
    price = terms.whole(Decimal(total) * 100 / (100 + line.tax_rate) / line.quantity) + 1
    cheaper = replace(asked, lines=(replace(line, unit_price=max(price, 0)),))
    while cheaper.total > total and cheaper.lines[0].unit_price > 0:
        step = max(terms.whole((cheaper.total - total) / line.quantity / 2), 1)
        cheaper = replace(asked, lines=(replace(line, unit_price=max(cheaper.lines[0].unit_price - step, 0)),))
    rest = total - cheaper.total
    if rest == 0:
        return cheaper
    return replace(cheaper, lines=(*cheaper.lines, Line("Rounding", Decimal(1), rest)))
