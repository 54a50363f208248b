"""What two people agree on, and what it comes to: lines, tax, deposit. Pure; whole minor units, rounded half up."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import rfc8785

from node.errors import Invalid
from node.words import N_, Message
from schemas.values import clean

LINES = 50
LARGEST = 10**14
"""In minor units: beyond it somebody mistyped."""
_QUANTITY_DIGITS = 3
_RATE_DIGITS = 3
_CURRENCY = re.compile("[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Line:
    """So many of something, each at a price without tax.

    ``quantity`` has at most three decimals, ``unit_price`` is in minor units, ``tax_rate`` per cent.
    """

    name: str
    quantity: Decimal
    unit_price: int
    tax_rate: Decimal = Decimal(0)
    unit: str = "one"

    @property
    def net(self) -> int:
        """Quantity times price, rounded to a whole minor unit (EN 16931, BT-131)."""
        return whole(self.quantity * self.unit_price)


@dataclass(frozen=True, slots=True)
class Tax:
    """The tax of one rate: on what, and how much. It is worked out on the sum of a rate, not line by line."""

    rate: Decimal
    base: int
    amount: int


@dataclass(frozen=True, slots=True)
class Terms:
    """A quote, an order or what was agreed. All amounts in minor units of ``currency`` (ISO 4217)."""

    currency: str
    lines: tuple[Line, ...]
    deposit: Decimal = Decimal(0)
    """Per cent of the total, to be paid before the work begins."""
    due_days: int = 14
    """How long after an invoice it is to be paid."""
    delivery: str = ""  # "" collection delivery
    in_return: str = ""
    """What is given instead of money, or besides it."""
    note: str = ""
    valid_until: datetime | None = None
    """Until when it can be agreed to."""

    @property
    def net(self) -> int:
        return sum(line.net for line in self.lines)

    @property
    def taxes(self) -> tuple[Tax, ...]:
        """One for each rate, the lowest first."""
        bases: dict[Decimal, int] = {}
        for line in self.lines:
            rate = plain(line.tax_rate)
            bases[rate] = bases.get(rate, 0) + line.net
        return tuple(Tax(rate, base, whole(base * rate / 100)) for rate, base in sorted(bases.items()))

    @property
    def tax(self) -> int:
        return sum(tax.amount for tax in self.taxes)

    @property
    def total(self) -> int:
        """What is to be paid in all, tax included."""
        return self.net + self.tax

    @property
    def deposit_total(self) -> int:
        """The part of the total that is due first."""
        return whole(self.total * self.deposit / 100)

    @property
    def rest(self) -> int:
        return self.total - self.deposit_total

    @property
    def quantity(self) -> Decimal:
        """How many of what the listing offers: the first line."""
        return self.lines[0].quantity

    def document(self) -> dict[str, Any]:
        """The terms as they are stored, sent (``commensal:terms``) and hashed: numbers with decimals are text."""
        return {
            "currency": self.currency,
            "lines": [
                {
                    "name": line.name,
                    "quantity": format(plain(line.quantity), "f"),
                    "unit": line.unit,
                    "unitPrice": line.unit_price,
                    "taxRate": format(plain(line.tax_rate), "f"),
                    "net": line.net,
                }
                for line in self.lines
            ],
            "taxes": [{"rate": format(tax.rate, "f"), "base": tax.base, "amount": tax.amount} for tax in self.taxes],
            "net": self.net,
            "tax": self.tax,
            "total": self.total,
            "deposit": format(plain(self.deposit), "f"),
            "depositTotal": self.deposit_total,
            "dueDays": self.due_days,
            "delivery": self.delivery,
            "inReturn": self.in_return,
            "note": self.note,
            "validUntil": _moment(self.valid_until) if self.valid_until else None,
        }


def read(document: Mapping[str, Any]) -> Terms:
    """Terms from their document. Raises Invalid where a value is out of bounds or a sum is not what comes out here."""
    try:
        lines = tuple(
            Line(
                name=_word(line["name"]),
                quantity=read_decimal(line["quantity"]),
                unit_price=_integer(line["unitPrice"]),
                tax_rate=read_decimal(line["taxRate"]),
                unit=_word(line.get("unit") or "one"),
            )
            for line in document["lines"][: LINES + 1]
        )
        until = document.get("validUntil")
        terms = Terms(
            currency=str(document["currency"]),
            lines=lines,
            deposit=read_decimal(document.get("deposit", "0")),
            due_days=_integer(document.get("dueDays", 14)),
            delivery=str(document.get("delivery") or ""),
            in_return=_word(document.get("inReturn") or ""),
            note=_word(document.get("note") or ""),
            valid_until=datetime.fromisoformat(until) if isinstance(until, str) else None,
        )
    except (KeyError, TypeError, ValueError, InvalidOperation, AttributeError) as error:
        raise Invalid({"terms": N_("These terms cannot be read.")}) from error
    check(terms)
    stated = {key: document[key] for key in ("net", "tax", "total", "depositTotal") if key in document}
    ours = terms.document()
    if any(ours[key] != value for key, value in stated.items()):
        raise Invalid({"terms": N_("The sums of these terms are not right.")})
    return terms


def check(terms: Terms) -> None:
    """Raises Invalid, naming every field that is wrong; those of lines as ``lines-<number>-<field>``."""
    wrong: dict[str, Message | str] = {}
    if not _CURRENCY.fullmatch(terms.currency):
        wrong["currency"] = N_("Please choose a currency.")
    if not terms.lines:
        wrong["lines"] = N_("Say what it is about: one line at least.")
    if len(terms.lines) > LINES:
        wrong["lines"] = Message(N_("At most %(limit)d lines, please."), {"limit": LINES})
    for number, line in enumerate(terms.lines[:LINES]):
        where = f"lines-{number}-"
        if not line.name.strip() or len(line.name) > 200:
            wrong[where + "name"] = N_("Say what it is, in a few words.")
        if not line.quantity.is_finite() or not 0 < line.quantity < 10**9 or _digits(line.quantity) > _QUANTITY_DIGITS:
            wrong[where + "quantity"] = N_("Give a number above zero, with three decimals at most.")
        if not 0 <= line.unit_price <= LARGEST:
            wrong[where + "unit_price"] = N_("Give a price of zero or more.")
        if not line.tax_rate.is_finite() or not 0 <= line.tax_rate < 100 or _digits(line.tax_rate) > _RATE_DIGITS:
            wrong[where + "tax_rate"] = N_("Give the tax in per cent, such as 20.")
        if len(line.unit) > 30:
            wrong[where + "unit"] = N_("Please choose a shorter word.")
    if not terms.deposit.is_finite() or not 0 <= terms.deposit <= 100 or _digits(terms.deposit) > _RATE_DIGITS:
        wrong["deposit"] = N_("Give the deposit in per cent of the total, from 0 to 100.")
    if not 0 <= terms.due_days <= 366:
        wrong["due_days"] = N_("Give a number of days, from 0 to 366.")
    if terms.delivery not in ("", "collection", "delivery"):
        wrong["delivery"] = N_("Please choose one of these.")
    if len(terms.in_return) > 300:
        wrong["in_return"] = Message(N_("Please keep it below %(limit)d characters."), {"limit": 300})
    if len(terms.note) > 2000:
        wrong["note"] = Message(N_("Please keep it below %(limit)d characters."), {"limit": 2000})
    until = terms.valid_until
    # The first and last days of the calendar cannot be shown in every time zone.
    if until is not None and (until.tzinfo is None or not 1000 <= until.year < 9999):
        wrong["valid_until"] = N_("Choose a day that is still to come.")
    if not wrong and terms.total > LARGEST:
        wrong["lines"] = N_("This is more money than we can count.")
    if wrong:
        raise Invalid(wrong)


def seal(terms: Terms, *, seller: str, buyer: str, proposal: str) -> str:
    """The hash that both sides hold: SHA-256 (hex) over the canonical JSON (RFC 8785) of terms, parties and listing."""
    said = terms.document() | {"seller": seller, "buyer": buyer, "proposal": proposal}
    return hashlib.sha256(rfc8785.dumps(said)).hexdigest()


def share(terms: Terms, part: int) -> tuple[Tax, ...]:
    """``part`` of the total (a deposit, say) split by tax rate, so that base and tax of all rates add up to it exactly.

    Each rate gets its share of ``part`` rounded down, the minor units left over go to the largest shares; the tax
    within a share is rounded half up.
    """
    total = terms.total
    if not 0 <= part <= total:
        raise ValueError("not a part of the total")
    if total == 0:
        return tuple(Tax(tax.rate, 0, 0) for tax in terms.taxes)
    gross = [tax.base + tax.amount for tax in terms.taxes]
    shares = [value * part // total for value in gross]
    left = part - sum(shares)
    for place in sorted(range(len(gross)), key=lambda place: -(gross[place] * part % total))[:left]:
        shares[place] += 1
    found = []
    for tax, value in zip(terms.taxes, shares, strict=True):
        amount = whole(value * tax.rate / (100 + tax.rate))
        found.append(Tax(tax.rate, value - amount, amount))
    return tuple(found)


def whole(amount: Decimal | int) -> int:
    """The nearest whole minor unit; a half goes up."""
    return int(Decimal(amount).quantize(Decimal(1), ROUND_HALF_UP))


def plain(number: Decimal) -> Decimal:
    """Without zeros at the end: 20.000 is 20."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def _digits(number: Decimal) -> int:
    exponent = plain(number).as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def read_decimal(value: object) -> Decimal:
    """A number in plain digits with a point. Raises ValueError for anything else.

    A float has lost its cents, and "1e9" is nobody's quantity.
    """
    if not isinstance(value, str) or not value.replace(".", "", 1).isdigit() or not value.isascii() or len(value) > 20:
        raise ValueError("not a number")
    return Decimal(value)


def _word(value: object) -> str:
    """Text that any database holds: without NUL and lone surrogates."""
    text = str(value)
    if clean(text) != text:
        raise ValueError("not a text")
    return text


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("not a whole number")
    return value


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def of_lines(currency: str, lines: Sequence[Line]) -> Terms:
    """Terms with nothing but lines."""
    return Terms(currency, tuple(lines))
