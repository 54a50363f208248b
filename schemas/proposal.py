"""The proposal of FEP-0837: what is offered or asked for, and for what; read in every shape that programs send."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from schemas.contexts import with_context
from schemas.values import (
    Document,
    Malformed,
    Picture,
    as_decimal,
    as_uri,
    audience,
    decimal,
    dropping_empty,
    embedded,
    first,
    flag,
    get,
    html,
    line,
    listed,
    moment,
    one_id,
    required_id,
    type_of_entry,
    types,
    web_url,
    write_moment,
)
from schemas.vocabulary import PROPOSAL

WIKIDATA = "https://www.wikidata.org/wiki/"

# Currencies as FEP-0837 names them. One that is not here goes out as its ISO 4217 code in hasUnit.
CURRENCIES = {
    "EUR": "Q4916",
    "USD": "Q4917",
    "GBP": "Q25224",
    "CHF": "Q25344",
    "SEK": "Q122922",
    "NOK": "Q132643",
    "DKK": "Q25417",
    "JPY": "Q8146",
    "PLN": "Q123213",
    "CZK": "Q131016",
    "HUF": "Q47190",
    "CAD": "Q1104069",
    "AUD": "Q259502",
}
_ITEMS = {item: code for code, item in CURRENCIES.items()}
_MOST_VARIANTS = 20
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """So many of a unit."""

    value: Decimal
    unit: str = "one"

    @staticmethod
    def read(document: Document | None) -> "Quantity | None":
        """A quantity; the value may come as a number or as text."""
        if document is None:
            return None
        value = decimal(document, "hasNumericalValue")
        unit = first(document, "hasUnit")
        if isinstance(unit, dict):
            unit = as_uri(unit) or unit.get("label")
        if value is None:
            return None
        return Quantity(value, unit.strip()[:200] if isinstance(unit, str) and unit.strip() else "one")

    def write(self) -> Document:
        """The value is text, for Mitra reads nothing else and a number would lose its cents."""
        return {"hasUnit": self.unit, "hasNumericalValue": format(self.value, "f")}


@dataclass(frozen=True, slots=True)
class Intent:
    """One side of a proposal: something to be transferred or done."""

    id: str | None = None
    action: str = "transfer"
    conforms_to: str | None = None
    quantity: Quantity | None = None
    available: Quantity | None = None
    minimum: Quantity | None = None
    name: str | None = None

    @property
    def currency(self) -> str | None:
        """The ISO 4217 code when this side is money: by its Wikidata item, or by the code given as unit."""
        if self.conforms_to:
            code = _ITEMS.get(self.conforms_to.rstrip("/").rpartition("/")[2])
            if code:
                return code
        if self.quantity and re.fullmatch(r"[A-Za-z]{3}", self.quantity.unit) and self.quantity.unit.lower() != "one":
            return self.quantity.unit.upper()
        return None

    @staticmethod
    def read(document: Document) -> "Intent":
        """An intent from its document."""
        action = first(document, "action")
        return Intent(
            id=as_uri(document),
            action=re.split(r"[#:/]", action)[-1][:100] if isinstance(action, str) and action else "transfer",
            conforms_to=as_uri(first(document, "resourceConformsTo")),
            quantity=Quantity.read(embedded(document, "resourceQuantity")),
            available=Quantity.read(embedded(document, "availableQuantity")),
            minimum=Quantity.read(embedded(document, "minimumQuantity")),
            name=line(document, "name"),
        )

    def write(self) -> Document:
        """The intent as it stands in a proposal."""
        return dropping_empty(
            {
                "type": "Intent",
                "id": self.id,
                "action": self.action,
                "name": self.name,
                "resourceConformsTo": self.conforms_to,
                "resourceQuantity": self.quantity.write() if self.quantity else None,
                "availableQuantity": self.available.write() if self.available else None,
                "minimumQuantity": self.minimum.write() if self.minimum else None,
            }
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is."""

    name: str | None = None
    latitude: float | None = None
    longitude: float | None = None

    @staticmethod
    def read(value: object) -> "Place | None":
        """A place from a Place, a PostalAddress or plain text."""
        if isinstance(value, str):
            return Place(name=" ".join(value.split())[:200] or None) if value.strip() else None
        if not isinstance(value, dict):
            return None
        name = line(value, "name", 200)
        address = first(value, "address")
        if name is None and isinstance(address, str):
            name = " ".join(address.split())[:200] or None
        elif name is None and isinstance(address, dict):
            name = line(address, "addressLocality", 200)
        latitude, longitude = _degrees(value, "latitude", 90), _degrees(value, "longitude", 180)
        # Friendica writes 0,0 where it knows nothing.
        if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
            latitude = longitude = None
        return Place(name, latitude, longitude) if name or latitude is not None else None

    def write(self) -> Document:
        """The place as a Place."""
        return dropping_empty(
            {"type": "Place", "name": self.name, "latitude": self.latitude, "longitude": self.longitude}
        )


def _degrees(document: Document, key: str, limit: int) -> float | None:
    value = decimal(document, key)
    return float(value) if value is not None and abs(value) <= limit else None


@dataclass(frozen=True, slots=True)
class Variant:
    """One of several forms in which something is to be had; ``price`` in major units of the proposal's currency."""

    name: str
    price: Decimal | None = None
    available: Quantity | None = None

    @staticmethod
    def read(value: object) -> "Variant | None":
        """A variant, or None for what has no name."""
        try:
            name = line(value, "name", 100) if isinstance(value, dict) else None
        except Malformed:
            return None
        if name is None or not isinstance(value, dict):
            return None
        price = as_decimal(value.get("commensal:price"))
        return Variant(
            name,
            price if price is not None and price >= 0 else None,
            Quantity.read(embedded(value, "availableQuantity")),
        )

    def write(self) -> Document:
        """The variant as it stands in a proposal; its price is text, as every amount is."""
        return dropping_empty(
            {
                "name": self.name,
                "commensal:price": format(self.price, "f") if self.price is not None else None,
                "availableQuantity": self.available.write() if self.available else None,
            }
        )


@dataclass(frozen=True, slots=True)
class Proposal:
    """An offer (`offer`) or an ask (`request`).

    Without `reciprocal` it is a gift. With money in return, `price` says how much; otherwise it is barter, and
    `reciprocal.name` or `reciprocal.conforms_to` says for what. `unit_based` True: the price is for each one; False:
    for all of it; None: to be agreed.
    """

    id: str | None
    purpose: str
    attributed_to: str | None
    name: str | None = None
    content: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    end_time: datetime | None = None
    unit_based: bool | None = None
    to: tuple[str, ...] = ()
    location: Place | None = None
    publishes: Intent = field(default_factory=Intent)
    reciprocal: Intent | None = None
    category: str | None = None
    condition: str | None = None
    tax_rate: str | None = None
    negotiable: bool | None = None
    terms: str | None = None
    recruitment: bool | None = None
    industry: str | None = None
    """A NACE Rev. 2 code such as 10.71."""
    delivery: str | None = None
    """``collection``, ``delivery`` or ``both``."""
    serves_km: int | None = None
    """How far from ``location`` it is to be had; half round the earth is everywhere."""
    variants: tuple[Variant, ...] = ()
    in_return: str | None = None
    """What would help as well as, or instead of, the money."""
    answers: str | None = None
    """The ask that this offer answers."""
    test: str | None = None
    """Of a test offer: the page where each sees one of two variants, and can reserve it."""
    pictures: tuple[Picture, ...] = ()

    @property
    def price(self) -> tuple[Decimal, str] | None:
        """Amount in major units and ISO 4217 code, when money is asked or offered."""
        if self.reciprocal is None or self.reciprocal.quantity is None or self.reciprocal.currency is None:
            return None
        return self.reciprocal.quantity.value, self.reciprocal.currency

    @staticmethod
    def read(document: Document) -> "Proposal":
        """A Proposal document, or any object with a proposal's properties; Bonfire's older words are understood."""
        names = types(document)
        purpose = first(document, "purpose")
        if not isinstance(purpose, str):
            # ValueFlows:Offer and ValueFlows:Need of Bonfire say by their type what others say by purpose.
            purpose = "request" if set(names) & {"Need", "Request"} else "offer"
        purpose = re.split(r"[#:/]", purpose)[-1].lower()
        if purpose not in ("offer", "request"):
            raise Malformed("purpose is neither offer nor request")
        publishes = embedded(document, "publishes")
        reciprocal = embedded(document, "reciprocal")
        pictures = (Picture.read(entry) for entry in listed(document, "image")[:10])
        return Proposal(
            id=as_uri(document),
            purpose=purpose,
            attributed_to=one_id(document, "attributedTo") or one_id(document, "actor"),
            name=line(document, "name", 300),
            content=html(document, "content", 50_000) or html(document, "summary", 50_000),
            published=moment(document, "published"),
            updated=moment(document, "updated"),
            end_time=moment(document, "endTime"),
            unit_based=flag(document, "unitBased"),
            to=audience(document, "to"),
            location=Place.read(first(document, "location")),
            publishes=Intent.read(publishes if publishes is not None else document)
            if publishes is not None or get(document, "resourceQuantity")
            else Intent(),
            reciprocal=Intent.read(reciprocal) if reciprocal is not None else None,
            category=_own(document, "category"),
            condition=_own(document, "condition"),
            tax_rate=_own(document, "taxRate"),
            negotiable=flag(document, "commensal:priceNegotiable"),
            terms=_own(document, "terms"),
            recruitment=flag(document, "commensal:recruitmentBased"),
            industry=_own(document, "industry"),
            delivery=_own(document, "delivery"),
            serves_km=_whole(document, "servesKm"),
            variants=tuple(filter(None, map(Variant.read, listed(document, "commensal:variants")[:_MOST_VARIANTS]))),
            in_return=line(document, "commensal:inReturn", 300),
            answers=_address(document, "answers"),
            test=_address(document, "test"),
            pictures=tuple(picture for picture in pictures if picture is not None),
        )

    def write(self) -> Document:
        """The Proposal document. It has no `url`: Mastodon would take it for a picture inside the carrier."""
        return with_context(
            dropping_empty(
                {
                    "type": "Proposal",
                    "id": self.id,
                    "attributedTo": self.attributed_to,
                    "purpose": self.purpose,
                    "name": self.name,
                    "content": self.content,
                    "published": write_moment(self.published) if self.published else None,
                    "updated": write_moment(self.updated) if self.updated else None,
                    "endTime": write_moment(self.end_time) if self.end_time else None,
                    "unitBased": self.unit_based,
                    "to": list(self.to),
                    "location": self.location.write() if self.location else None,
                    "publishes": self.publishes.write(),
                    "reciprocal": self.reciprocal.write() if self.reciprocal else None,
                    "commensal:category": self.category,
                    "commensal:condition": self.condition,
                    "commensal:taxRate": self.tax_rate,
                    "commensal:priceNegotiable": self.negotiable,
                    "commensal:terms": self.terms,
                    "commensal:recruitmentBased": self.recruitment,
                    "commensal:industry": self.industry,
                    "commensal:delivery": self.delivery,
                    "commensal:servesKm": self.serves_km,
                    "commensal:variants": [variant.write() for variant in self.variants],
                    "commensal:inReturn": self.in_return,
                    "commensal:answers": self.answers,
                    "commensal:test": self.test,
                }
            )
        )

    @staticmethod
    def find(document: Document) -> "Proposal | None":
        """The proposal in an object of any kind, or None when it is not about trade or cannot be understood.

        Understood without fetching: a Proposal; a Note, Article or Page with a proposal's properties; an attached
        Proposal; a Flohmarkt item; Bonfire's ValueFlows words.
        """
        try:
            names = set(types(document))
            if "Proposal" in names or any(
                isinstance(name, str) and re.fullmatch(r"ValueFlows:(Offer|Need|Proposal|Intent)", name)
                for name in listed(document, "type")
            ):
                return Proposal.read(document)
            if isinstance(first(document, "purpose"), str) and embedded(document, "publishes") is not None:
                return Proposal.read(document)
            for entry in listed(document, "attachment")[:50]:
                if isinstance(entry, dict) and type_of_entry(entry) == "Proposal":
                    return Proposal.read(entry)
            item = document.get("flohmarkt:data")
            return _flohmarkt(document, item) if isinstance(item, dict) else None
        except Malformed:
            return None

    @staticmethod
    def address(document: Document) -> str | None:
        """Where to fetch the proposal that a FEP-0ea0 payment link of an object or actor points to, or None."""
        for entry in listed(document, "attachment")[:50]:
            if (
                isinstance(entry, dict)
                and type_of_entry(entry) == "Link"
                and PROPOSAL in listed(entry, "rel")
                and (found := web_url(get(entry, "href")))
            ):
                return found
        return None


def money(amount: Decimal, currency: str, id_: str | None = None) -> Intent:
    """The side of a proposal that is money: amount in major units."""
    item = CURRENCIES.get(currency)
    return Intent(
        id=id_,
        conforms_to=WIKIDATA + item if item else None,
        quantity=Quantity(amount, "one" if item else currency),
    )


def _own(document: Document, key: str) -> str | None:
    value = document.get(f"commensal:{key}")
    return " ".join(value.split())[:100] or None if isinstance(value, str) else None


def _address(document: Document, key: str) -> str | None:
    value = document.get(f"commensal:{key}")
    return web_url(value) if isinstance(value, str) and len(value) <= 2_048 else None


def _whole(document: Document, key: str) -> int | None:
    value = document.get(f"commensal:{key}")
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9 else None


def _flohmarkt(document: Document, item: Document) -> Proposal:
    """A Flohmarkt item: its price is text like `25€`, its description plain text (or the content of the Note)."""
    place = embedded(item, "coordinates")
    location = Place.read({"latitude": place.get("lat"), "longitude": place.get("lng")}) if place is not None else None
    return Proposal(
        id=None,
        purpose="offer",
        attributed_to=required_id(document, "attributedTo"),
        name=line(item, "name", 300),
        content=html({"content": first(item, "description"), "mediaType": "text/plain"}, "content", 50_000),
        published=moment(document, "published"),
        updated=moment(document, "updated"),
        to=audience(document, "to"),
        location=location,
        publishes=Intent(quantity=Quantity(Decimal(1))),
        reciprocal=_flohmarkt_price(item),
    )


def _flohmarkt_price(item: Document) -> Intent | None:
    shown = first(item, "price")
    match = re.search(r"(\d{1,12}(?:[.,]\d{1,2})?)", shown) if isinstance(shown, str) else None
    amount = as_decimal(match[1].replace(",", ".")) if match else as_decimal(shown)
    if amount is None or amount == 0:
        return None
    code = first(item, "currency")
    if not isinstance(code, str):
        code = next((code for sign, code in _SIGNS.items() if isinstance(shown, str) and sign in shown), None)
        if code is None and isinstance(shown, str) and (word := re.search(r"\b([A-Z]{3})\b", shown)):
            code = word[1]
    if not isinstance(code, str) or not re.fullmatch(r"[A-Za-z]{3}", code):
        code = _SIGNS.get(code or "", "EUR")
    return money(amount, code.upper())
