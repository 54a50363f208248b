"""What an invoice, a credit note or a receipt says: put together once, kept, sent and printed from there. Pure.

Every amount comes from node.deals.terms, in whole minor units. The facts are one JSON document, the same in the row, on
the wire (``commensal:invoice``) and in the paper::

    version kind number issuedOn dueOn deliveredOn currency language title
    seller buyer      name contact street streetMore postalCode city country vatId taxNumber registration exemption
                      actor (its id on the wire)
    payment           holder iban bic link
    lines             name quantity unit unitPrice taxRate net
    taxes             rate base amount
    net tax total     of this paper
    prepaid payable   what had come before, and what is left to pay
    deal              net tax total deposit: of all that was agreed
    follows           kind number issuedOn net tax total: the papers before it
    agreement listing agreedOn
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from node.deals.terms import Line, Tax, Terms, plain, share
from node.errors import Invalid
from node.translations import catalogue
from node.words import N_, Message
from schemas.values import clean

KINDS = ("deposit", "invoice", "credit", "receipt")
SERIES = {"deposit": "invoice", "invoice": "invoice", "credit": "credit", "receipt": "receipt"}
"""Deposit and final invoices are numbered in one row, credit notes and receipts each in their own."""
MARKS = {"invoice": "", "credit": "CN-", "receipt": "R-"}
"""Before year and number, so that no two papers of one issuer are called the same."""
TITLES = {
    "deposit": N_("Deposit invoice %(number)s"),
    "invoice": N_("Invoice %(number)s"),
    "credit": N_("Credit note %(number)s"),
    "receipt": N_("Receipt %(number)s"),
}
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_BREAKS = dict.fromkeys(map(ord, "\t\n\r\x0b\x0c\x85"), " ")
_BEFORE = 20  # papers that one follows, at most


@dataclass(frozen=True, slots=True)
class Party:
    """One side as the law wants to know it; whatever is not known is empty."""

    name: str
    contact: str = ""
    """Who acts for it, where that is somebody else."""
    street: str = ""
    streetMore: str = ""  # noqa: N815 - named as in the document
    postalCode: str = ""  # noqa: N815
    city: str = ""
    country: str = ""
    vatId: str = ""  # noqa: N815
    taxNumber: str = ""  # noqa: N815
    registration: str = ""
    exemption: str = ""
    actor: str = ""

    @property
    def has_address(self) -> bool:
        return bool(self.country and (self.city or self.street))


_LENGTHS = {
    "name": 200, "contact": 200, "street": 200, "streetMore": 200, "postalCode": 20, "city": 120, "country": 2,
    "vatId": 20, "taxNumber": 40, "registration": 120, "exemption": 300, "actor": 2048,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Payment:
    """Where money is to go; never a card."""

    holder: str = ""
    iban: str = ""
    bic: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """All that a paper says besides money."""

    kind: str
    number: str
    issued_on: date
    language: str
    title: str
    """What the deal is about."""
    seller: Party
    buyer: Party
    payment: Payment
    agreement: str = ""
    listing: str = ""
    agreed_on: date | None = None
    delivered_on: date | None = None
    follows: tuple[Mapping[str, Any], ...] = ()


def put_together(frame: Frame, terms: Terms, *, amount: int, prepaid: int = 0) -> dict[str, Any]:
    """The facts. ``amount`` is the total of this paper, ``prepaid`` what of it has been paid before."""
    taxes = taxes_of(frame.kind, terms, amount)
    payable = amount - prepaid if frame.kind in ("deposit", "invoice") else 0
    due_on = frame.issued_on + timedelta(days=terms.due_days) if payable else None
    facts = {
        "version": 1,
        "kind": frame.kind,
        "number": frame.number,
        "issuedOn": frame.issued_on.isoformat(),
        "dueOn": due_on.isoformat() if due_on else None,
        "deliveredOn": frame.delivered_on.isoformat() if frame.delivered_on else None,
        "currency": terms.currency,
        "language": frame.language,
        "title": frame.title,
        "seller": asdict(frame.seller),
        "buyer": asdict(frame.buyer),
        "payment": asdict(frame.payment),
        "lines": _lines(frame, terms, taxes),
        "taxes": [_tax(tax) for tax in taxes],
        "net": sum(tax.base for tax in taxes),
        "tax": sum(tax.amount for tax in taxes),
        "total": amount,
        "prepaid": prepaid,
        "payable": payable,
        "deal": {"net": terms.net, "tax": terms.tax, "total": terms.total, "deposit": terms.deposit_total},
        "inReturn": terms.in_return,
        "follows": [dict(paper) for paper in frame.follows],
        "agreement": frame.agreement,
        "listing": frame.listing,
        "agreedOn": frame.agreed_on.isoformat() if frame.agreed_on else None,
    }
    return {key: _tidied(value) for key, value in facts.items()}


def taxes_of(kind: str, terms: Terms, amount: int) -> tuple[Tax, ...]:
    """The tax by rate of a paper over ``amount``: all that was agreed, or a share of it. Raises ValueError."""
    if amount == terms.total:
        return terms.taxes
    found = tuple(tax for tax in share(terms, amount) if tax.base or tax.amount)
    return found or share(terms, amount)[:1]


def reference(facts: Mapping[str, Any]) -> dict[str, Any]:
    """A paper as those after it name it."""
    return {key: facts[key] for key in ("kind", "number", "issuedOn", "net", "tax", "total")}


def title_of(facts: Mapping[str, Any]) -> Message:
    """“Invoice 2026-0042”."""
    return Message(TITLES[facts["kind"]], {"number": facts["number"]})


def party(document: object, otherwise: Party) -> Party:
    """A party from a document of somebody else's, trimmed; ``otherwise`` where there is none."""
    if not isinstance(document, Mapping):
        return otherwise
    values = {}
    for key, most in _LENGTHS.items():
        value = document.get(key)
        values[key] = tidy(value)[:most] if isinstance(value, str) else ""
    country = values["country"].upper()
    values["country"] = country if len(country) == 2 and country.isascii() and country.isalpha() else ""
    values["name"] = values["name"] or otherwise.name
    values["actor"] = otherwise.actor
    return Party(**values)


def tidy(text: str) -> str:
    """One line, without what no XML may hold and what turns the direction of other people's words around."""
    return " ".join(_UNFIT.sub("", clean(text).translate(_BREAKS)).split())


def check_against(facts: Mapping[str, Any], terms: Terms, *, open_amount: int) -> None:
    """Raises Invalid unless the sums of a paper are those of the agreement.

    ``open_amount`` is what may still be credited.
    """
    kind, total = facts["kind"], facts["total"]
    right = {
        "deposit": lambda: total == terms.deposit_total > 0,
        "invoice": lambda: total == terms.total > 0,
        "credit": lambda: 0 < total <= open_amount,
        "receipt": lambda: total == terms.total,
    }[kind]()
    if facts["currency"] != terms.currency or not right or not 0 <= facts["prepaid"] <= total:
        raise Invalid({"invoice": N_("This is not what was agreed.")})
    taxes = taxes_of(kind, terms, total)
    payable = total - facts["prepaid"] if kind in ("deposit", "invoice") else 0
    if (
        facts["taxes"] != [_tax(tax) for tax in taxes]
        or facts["net"] != sum(tax.base for tax in taxes)
        or facts["tax"] != sum(tax.amount for tax in taxes)
        or facts["net"] != sum(line["net"] for line in facts["lines"])
        or facts["payable"] != payable
        or (kind in ("invoice", "receipt") and facts["lines"] != [_tidied(_line(line)) for line in terms.lines])
    ):
        raise Invalid({"invoice": N_("The sums of this paper are not right.")})


def read(document: object) -> dict[str, Any]:
    """The facts in a document from elsewhere, nothing but what they may hold. Raises Invalid."""
    if not isinstance(document, Mapping):
        raise Invalid({"invoice": N_("This paper cannot be read.")})
    try:
        nobody = Party("")
        facts: dict[str, Any] = {
            "version": 1,
            "kind": _one_of(document["kind"], KINDS),
            "number": _text(document["number"], 60, required=True),
            "issuedOn": _day(document["issuedOn"], required=True),
            "dueOn": _day(document.get("dueOn")),
            "deliveredOn": _day(document.get("deliveredOn")),
            "currency": _text(document["currency"], 3, required=True),
            "language": _text(document.get("language"), 20) or "en",
            "title": _text(document.get("title"), 200),
            "seller": asdict(party(document.get("seller"), nobody)),
            "buyer": asdict(party(document.get("buyer"), nobody)),
            "payment": {
                key: _text((document.get("payment") or {}).get(key), most)
                for key, most in (("holder", 70), ("iban", 34), ("bic", 11), ("link", 500))
            },
            "lines": [
                {
                    "name": _text(line["name"], 400, required=True),
                    "quantity": _number(line["quantity"]),
                    "unit": _text(line.get("unit"), 30) or "one",
                    "unitPrice": _whole(line["unitPrice"]),
                    "taxRate": _number(line["taxRate"]),
                    "net": _whole(line["net"]),
                }
                for line in _list(document["lines"], 100)
            ],
            "taxes": [
                {"rate": _number(tax["rate"]), "base": _whole(tax["base"]), "amount": _whole(tax["amount"])}
                for tax in _list(document["taxes"], 60)
            ],
            **{key: _whole(document[key]) for key in ("net", "tax", "total", "prepaid", "payable")},
            "deal": {key: _whole(document["deal"][key]) for key in ("net", "tax", "total", "deposit")},
            "inReturn": _text(document.get("inReturn"), 300),
            "follows": [
                {
                    "kind": _one_of(paper["kind"], KINDS),
                    "number": _text(paper["number"], 60, required=True),
                    "issuedOn": _day(paper["issuedOn"], required=True),
                    **{key: _whole(paper[key]) for key in ("net", "tax", "total")},
                }
                for paper in _list(document.get("follows") or [], _BEFORE)
            ],
            "agreement": _text(document.get("agreement"), 2048),
            "listing": _text(document.get("listing"), 2048),
            "agreedOn": _day(document.get("agreedOn")),
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid({"invoice": N_("This paper cannot be read.")}) from error
    if not facts["payment"]["link"].startswith("https://"):
        facts["payment"]["link"] = ""
    return facts


# inside


def _tidied(value: Any) -> Any:
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, list):
        return [_tidied(each) for each in value]
    return {key: _tidied(each) for key, each in value.items()} if isinstance(value, dict) else value


def _lines(frame: Frame, terms: Terms, taxes: Sequence[Tax]) -> list[dict[str, Any]]:
    if frame.kind in ("invoice", "receipt") or (frame.kind == "credit" and tuple(taxes) == terms.taxes):
        return [_line(line) for line in terms.lines]
    say = catalogue(frame.language).gettext
    if frame.kind == "deposit":
        values: dict[str, Any] = {"percent": format(plain(terms.deposit), "f"), "title": frame.title}
        name = say(N_("Deposit of %(percent)s %% for: %(title)s")) % values
    else:
        name = say(N_("Credit for: %(title)s")) % {"title": frame.title}
    return [_line(Line(name, quantity=_ONE, unit_price=tax.base, tax_rate=tax.rate)) for tax in taxes]


_ONE = Decimal(1)


def _line(line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "quantity": format(plain(line.quantity), "f"),
        "unit": line.unit,
        "unitPrice": line.unit_price,
        "taxRate": format(plain(line.tax_rate), "f"),
        "net": line.net,
    }


def _tax(tax: Tax) -> dict[str, Any]:
    return {"rate": format(plain(tax.rate), "f"), "base": tax.base, "amount": tax.amount}


def _text(value: object, most: int, *, required: bool = False) -> str:
    text = tidy(value)[:most] if isinstance(value, str) else ""
    if required and not text:
        raise ValueError("missing")
    return text


def _day(value: object, *, required: bool = False) -> str | None:
    if value is None and not required:
        return None
    if not isinstance(value, str) or not 2000 <= (day := date.fromisoformat(value)).year < 2200:
        raise ValueError("not a day")
    return day.isoformat()


def _number(value: object) -> str:
    if not isinstance(value, str) or not value.isascii() or len(value) > 20 or not value.replace(".", "", 1).isdigit():
        raise ValueError("not a number")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10**15:
        raise ValueError("not an amount")
    return value


def _list(value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError("not a list, or too long")
    return value


def _one_of(value: object, known: Sequence[str]) -> str:
    if value not in known:
        raise ValueError("unknown")
    return str(value)
