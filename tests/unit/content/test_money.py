"""Money as people type it, and never a float."""

from decimal import Decimal

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from node.money import Money, from_major, parse, written


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1900", 190000), ("1.900,50", 190050), ("1,900.50", 190050), ("1 900", 190000), ("1.900", 190000),
        ("12,5", 1250), ("0.99", 99), ("0", 0), ("1'234.05", 123405), ("1\u202f900,00", 190000),
    ],
)  # fmt: skip
def test_parse(text: str, minor: int) -> None:
    assert parse(text, "EUR") == Money(minor, "EUR")


@pytest.mark.parametrize(
    "text", ["", "abc", "-5", "1e3", "1.90.0", "1,2,3", "1.234.5,6,7", "12.345.6", "NaN", "٣", "9" * 15, "1,234,5.6"]
)
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match=r"money|decimals"):
        parse(text, "EUR")


def test_currencies_differ_in_their_decimals() -> None:
    assert parse("1900", "JPY").minor == 1900
    with pytest.raises(ValueError, match="money"):
        parse("1900.5", "JPY")
    assert from_major(Decimal("1.234"), "KWD").minor == 1234


@pytest.mark.parametrize(
    ("minor", "currency", "english", "french"),
    [
        (84000, "EUR", "€840.00", "840,00\u00a0€"),
        (999, "JPY", "JP¥999", "999\u00a0JPY"),
        (3887, "KWD", "KWD\u00a03.887", "3,887\u00a0KWD"),
        # What CLDR leaves out is money all the same: a sum must not be shown a hundred times as large.
        (1250, "RSD", "RSD\u00a012.50", "12,50\u00a0RSD"),
        (1234567, "IQD", "IQD\u00a01,234.567", "1\u202f234,567\u00a0IQD"),
        (0, "X" * 3, "–", "–"),
    ],
)
def test_a_sum_has_all_the_decimals_of_its_currency(minor: int, currency: str, english: str, french: str) -> None:
    assert written(minor, currency, Locale.parse("en_GB")) == english
    assert written(minor, currency, Locale.parse("fr")) == french


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_what_is_written_is_read_again(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert from_major(money.major, currency) == money
    assert parse(format(money.major, "f"), currency) == money or currency == "KWD"


@pytest.mark.parametrize("amount", ["-1", "0.001", "10000000000000000"])
def test_amounts_nobody_means(amount: str) -> None:
    with pytest.raises(ValueError, match=r"money|decimals"):
        from_major(Decimal(amount), "EUR")


def test_in_plain_words() -> None:
    assert str(Money(190000, "EUR")) == "1 900 EUR"
    assert str(Money(1250, "EUR")) == "12.50 EUR"
