"""What FEP-0837 says of a deal: the Agreement with its two Commitments; and the documents that belong to it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from schemas.proposal import Quantity
from schemas.values import (
    Document,
    Link,
    Malformed,
    as_uri,
    dropping_empty,
    embedded,
    first,
    get,
    line,
    listed,
    moment,
    one_id,
    types,
    web_url,
    write_moment,
)

TERMS = "commensal:terms"
SEAL = "commensal:termsHash"
STATE = "commensal:state"
STEP = "commensal:step"
AFTER = "commensal:after"
AMOUNT = "commensal:amount"
CLAIM = "commensal:claim"
COUNTER = "commensal:counterOffer"
NOT_TAKEN = "commensal:notTaken"
INVOICE = "commensal:invoice"
_MOST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Commitment:
    """One side's part: so many of what an Intent of the proposal is about."""

    satisfies: str
    quantity: Quantity
    id: str | None = None

    @staticmethod
    def read(document: Document | None, name: str) -> "Commitment":
        """The value may be a number or text, the unit is found by its key whatever the context says of it."""
        if document is None:
            raise Malformed(f"{name} is missing")
        satisfies = one_id(document, "satisfies")
        quantity = Quantity.read(embedded(document, "resourceQuantity"))
        if satisfies is None or quantity is None or not 0 < quantity.value < _MOST:
            raise Malformed(f"{name} cannot be read")
        return Commitment(satisfies, quantity, as_uri(document))

    def write(self) -> Document:
        """The Commitment inside its agreement."""
        return dropping_empty(
            {
                "type": "Commitment",
                "id": self.id,
                "satisfies": self.satisfies,
                "resourceQuantity": self.quantity.write(),
            }
        )


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is proposed to be agreed (in an Offer, without ids), or was agreed (with ids, by the proposal's author).

    ``reciprocal`` is None where nothing countable is given in return. ``terms`` and ``seal`` are there between nodes
    like ours; ``payment`` is where to pay, of any scheme (Mitra sends ``caip:``).
    """

    stipulates: Commitment
    reciprocal: Commitment | None = None
    id: str | None = None
    attributed_to: str | None = None
    payment: str | None = None
    preview: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    terms: dict[str, Any] | None = None
    seal: str | None = None
    state: str | None = None

    @staticmethod
    def read(document: Document) -> "Agreement":
        """An agreement from its document. Raises Malformed."""
        if "Agreement" not in types(document):
            raise Malformed("it is no agreement")
        reciprocal = embedded(document, "stipulatesReciprocal")
        terms = document.get(TERMS)
        preview = embedded(document, "preview")
        return Agreement(
            stipulates=Commitment.read(embedded(document, "stipulates"), "stipulates"),
            reciprocal=Commitment.read(reciprocal, "stipulatesReciprocal") if reciprocal is not None else None,
            id=as_uri(document),
            attributed_to=one_id(document, "attributedTo"),
            payment=_payment(document),
            preview=line(preview, "name", 60) if preview is not None else None,
            published=moment(document, "published"),
            updated=moment(document, "updated"),
            terms=terms if isinstance(terms, dict) else None,
            seal=_word(document, SEAL, 64),
            state=_word(document, STATE, 20),
        )

    def write(self) -> Document:
        """The Agreement document, without a context of its own."""
        return dropping_empty(
            {
                "type": "Agreement",
                "id": self.id,
                "attributedTo": self.attributed_to,
                "published": write_moment(self.published) if self.published else None,
                "updated": write_moment(self.updated) if self.updated else None,
                "stipulates": self.stipulates.write(),
                "stipulatesReciprocal": self.reciprocal.write() if self.reciprocal else None,
                "url": {"type": "Link", "href": self.payment, "rel": ["payment"]} if self.payment else None,
                "preview": {"type": "Note", "name": self.preview} if self.preview else None,
                TERMS: self.terms,
                SEAL: self.seal,
                STATE: self.state,
            }
        )

    def is_what_was_offered(self, offered: "Agreement") -> bool:
        """True when this is that offer and nothing else: the same things, so many of the same unit, on both sides."""
        return _same(self.stipulates, offered.stipulates) and (
            _same(self.reciprocal, offered.reciprocal)
            if self.reciprocal is not None and offered.reciprocal is not None
            else self.reciprocal is offered.reciprocal
        )


def _same(one: Commitment, other: Commitment) -> bool:
    return one.satisfies == other.satisfies and one.quantity == other.quantity


def _payment(document: Document) -> str | None:
    for entry in listed(document, "url")[:10]:
        link = Link.read(entry)
        if link is not None and (isinstance(entry, str) or "payment" in link.rel):
            return link.href
    return None


@dataclass(frozen=True, slots=True)
class Paper:
    """A Document of a deal: an invoice, a credit note or a receipt, where its two sides can fetch it.

    ``facts`` are there between nodes like ours. Whoever confirms a deal as FEP-0837 wants it sends one without.
    """

    id: str
    attributed_to: str
    name: str
    context: str
    to: str
    url: str | None = None
    published: datetime | None = None
    facts: dict[str, Any] | None = None

    @staticmethod
    def read(document: Document) -> "Paper":
        """A Document from its document. Raises Malformed."""
        uri, author, context = as_uri(document), one_id(document, "attributedTo"), one_id(document, "context")
        if uri is None or author is None or context is None:
            raise Malformed("the document says neither what it is nor what it belongs to")
        facts = document.get(INVOICE)
        return Paper(
            id=uri,
            attributed_to=author,
            name=line(document, "name", 200) or "",
            context=context,
            to="",
            url=web_url(first(document, "url")),
            published=moment(document, "published"),
            facts=facts if isinstance(facts, dict) else None,
        )

    def write(self) -> Document:
        """The Document as it is sent."""
        return dropping_empty(
            {
                "id": self.id,
                "type": "Document",
                "attributedTo": self.attributed_to,
                "name": self.name,
                "mediaType": "application/pdf" if self.url else None,
                "url": self.url,
                "context": self.context,
                "to": [self.to],
                "published": write_moment(self.published) if self.published else None,
                INVOICE: self.facts,
            }
        )


def may_be_step(activity: Document) -> bool:
    """True when an activity may be a step of a deal: then the way in which it was signed is worth keeping."""
    kind = get(activity, "type")
    inner = get(activity, "object")
    if isinstance(inner, dict):
        name = get(inner, "type")
        if kind in ("Offer", "Update"):
            return bool(name == "Agreement")
        if kind == "Create":
            has_place = name in ("Note", "Document") and get(inner, "context") is not None
            return bool(has_place and (STEP in activity or CLAIM in inner or name == "Document"))
        if kind == "Undo":
            return bool(name == "Offer" or STEP in activity)
    answers = kind in ("Accept", "Reject", "Undo")
    return bool(answers and (isinstance(inner, str) or get(activity, "result") is not None))


def _word(document: Document, key: str, limit: int) -> str | None:
    value = document.get(key)
    return " ".join(value.split())[:limit] or None if isinstance(value, str) else None


def after(activity: Document) -> tuple[str, ...]:
    """The steps that whoever took this one knew of last."""
    found = (value for value in listed(activity, AFTER)[:20] if isinstance(value, str))
    return tuple(dict.fromkeys(uri for value in found if (uri := as_uri(value)) is not None))
