"""Money: whole minor units and a currency, never a float."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

CURRENCIES = ("EUR", "CHF", "GBP", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "USD", "CAD", "AUD", "JPY")
"""What a form offers. Money of other currencies is read and shown when it comes from elsewhere."""

_NONE = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
         "XPF")  # fmt: skip
_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_DIGITS = dict.fromkeys(_NONE, 0) | dict.fromkeys(_THREE, 3) | {"CLF": 4, "UYW": 4}
"""ISO 4217, list one: the exponents other than two. What people write of a currency (CLDR) is another matter."""
NO_CURRENCY = "X" * 3
"""What ISO 4217 has for no currency at all."""
_LIMIT = 10**14  # in minor units: beyond it somebody mistyped
_SPACES = re.compile("[ \u00a0\u202f'’]")
_CODE_AND_NUMBER = re.compile("(?<=[A-Z])(?=[0-9])")
_AMOUNT = re.compile(r"(?P<whole>[0-9]{1,3}(?:[.,][0-9]{3})+|[0-9]{1,13})(?:[.,](?P<part>[0-9]{1,3}))?")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents) of an ISO 4217 currency."""

    minor: int
    currency: str

    @property
    def major(self) -> Decimal:
        """The amount in major units with all its decimals: ``Money(190000, "EUR").major == Decimal("1900.00")``."""
        return Decimal(self.minor).scaleb(-digits(self.currency))

    def __str__(self) -> str:
        """For plain texts, such as a post on a network that knows no prices: ``1 900 EUR`` or ``12.50 EUR``."""
        amount = self.major
        shown = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,}"
        return f"{shown.replace(',', ' ')} {self.currency}"


def digits(currency: str) -> int:
    """How many decimals the currency has."""
    return _DIGITS.get(currency, 2)


def written(minor: int, currency: str, locale: "Locale") -> str:
    """As a page or paper says it, with all decimals of the currency: €840.00, 840,00 €, ¥999, RSD 12.50."""
    from babel.numbers import format_currency, get_currency_precision, parse_pattern

    if currency == NO_CURRENCY and not minor:
        return "–"
    amount = Money(minor, currency).major
    if get_currency_precision(currency) == digits(currency):
        found = format_currency(amount, currency, locale=locale)
    else:
        # CLDR leaves out decimals that hardly anybody uses; here they would be left out of a sum.
        pattern = parse_pattern(locale.currency_formats["standard"].pattern)
        pattern.frac_prec = (digits(currency), digits(currency))
        found = str(pattern.apply(amount, locale, currency=currency, currency_digits=False))
    return _CODE_AND_NUMBER.sub("\u00a0", found)


def parse(text: str, currency: str) -> Money:
    """Money as people type it: ``1900``, ``1.900,50``, ``1,900.50``, ``1 900``. Raises ValueError.

    A single separator before exactly three digits groups thousands; before one or two it is the decimal one.
    """
    amount = _SPACES.sub("", text.strip())
    match = _AMOUNT.fullmatch(amount)
    if not re.fullmatch(r"[A-Z]{3}", currency) or match is None:
        raise ValueError("not an amount of money")
    grouping = {sign for sign in match["whole"] if sign in ".,"}
    part = match["part"] or ""
    decimal_sign = amount[match.end("whole")] if part else ""
    if len(grouping) > 1 or decimal_sign in grouping or len(part) > digits(currency):
        raise ValueError("not an amount of money")
    whole = match["whole"].replace(".", "").replace(",", "")
    return _money(int(whole) * 10 ** digits(currency) + int(part.ljust(digits(currency), "0") or "0"), currency)


def from_major(amount: Decimal, currency: str) -> Money:
    """Money from a decimal in major units. Raises ValueError for more decimals than the currency has, or too much."""
    if not re.fullmatch(r"[A-Z]{3}", currency) or amount < 0:
        raise ValueError("not an amount of money")
    minor = amount.scaleb(digits(currency))
    if minor != minor.to_integral_value():
        raise ValueError("more decimals than the currency has")
    return _money(int(minor), currency)


def _money(minor: int, currency: str) -> Money:
    if minor > _LIMIT:
        raise ValueError("too much money")
    return Money(minor, currency)
