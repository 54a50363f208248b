"""Money as people type it, and never a float."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.money import Money, from_major, parse


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
