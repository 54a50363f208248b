"""What a deal comes to, in currencies with no, two and three decimals."""

import dataclasses
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from node.deals import terms
from node.deals.terms import Line, Tax, Terms
from node.errors import Invalid

BASKETS = Terms("EUR", (Line("Bread baskets, willow", Decimal(50), 1400, Decimal(20)),), deposit=Decimal(30))


def test_fifty_baskets_come_to_what_a_person_would_say() -> None:
    assert (BASKETS.net, BASKETS.tax, BASKETS.total) == (70000, 14000, 84000)
    assert (BASKETS.deposit_total, BASKETS.rest) == (25200, 58800)
    assert terms.share(BASKETS, BASKETS.deposit_total) == (Tax(Decimal(20), 21000, 4200),)


@pytest.mark.parametrize(
    ("currency", "quantity", "price", "rate", "expected"),
    [
        # 2.5 x 333 yen = 832.5, up to 833; 10 % of 833 is 83.3
        ("JPY", "2.5", 333, "10", (833, 83, 916)),
        # 3 x 0.35 = 1.05; 19 % is 0.1995, up to 0.20
        ("EUR", "3", 35, "19", (105, 20, 125)),
        # 1.333 x 2.005 dinar = 2.672665, up to 2.673; 5 % is 0.13365, up to 0.134
        ("KWD", "1.333", 2005, "5", (2673, 134, 2807)),
    ],
)
def test_halves_go_up_in_currencies_with_none_two_and_three_decimals(
    currency: str, quantity: str, price: int, rate: str, expected: tuple[int, int, int]
) -> None:
    found = Terms(currency, (Line("Something", Decimal(quantity), price, Decimal(rate)),))
    assert (found.net, found.tax, found.total) == expected


def test_tax_is_worked_out_on_the_sum_of_a_rate() -> None:
    lines = tuple(Line(f"Number {n}", Decimal(1), 5, Decimal(10)) for n in range(3))
    # Line by line each half cent would go up: 3. On the sum of 15 it is 1.5, up to 2.
    assert Terms("EUR", lines).taxes == (Tax(Decimal(10), 15, 2),)


_LINES = some.lists(
    some.builds(
        Line,
        name=some.just("x"),
        quantity=some.decimals("0.001", "9999", places=3),
        unit_price=some.integers(0, 10**6),
        tax_rate=some.sampled_from([Decimal(0), Decimal("5.5"), Decimal(7), Decimal(19), Decimal(20)]),
    ),
    min_size=1,
    max_size=6,
)


@given(_LINES, some.decimals(0, 100, places=2))
def test_deposit_and_rest_split_by_rate_add_up_to_the_total(lines: list[Line], deposit: Decimal) -> None:
    found = Terms("EUR", tuple(lines), deposit=deposit)
    for part in (found.deposit_total, found.rest, found.total):
        shares = terms.share(found, part)
        assert sum(tax.base + tax.amount for tax in shares) == part
        assert all(tax.base >= 0 and tax.amount >= 0 for tax in shares)


@given(_LINES)
def test_terms_read_back_are_the_same_and_have_the_same_seal(lines: list[Line]) -> None:
    found = Terms("EUR", tuple(lines))
    again = terms.read(found.document())
    parties = {"seller": "https://b.test/bob", "buyer": "https://a.test/alice", "proposal": "https://b.test/1"}
    assert again.document() == found.document()
    assert terms.seal(again, **parties) == terms.seal(found, **parties)
    dearer = dataclasses.replace(found, lines=(dataclasses.replace(lines[0], unit_price=lines[0].unit_price + 1),))
    assert terms.seal(dearer, **parties) != terms.seal(found, **parties)


@pytest.mark.parametrize(
    "change",
    [
        {"total": 83999},
        {"lines": []},
        {"currency": "euro"},
        {"deposit": "130"},
        {"lines": [{"name": "x", "quantity": "1e9", "unitPrice": 1, "taxRate": "0"}]},
        {"lines": [{"name": "x", "quantity": "-1", "unitPrice": 1, "taxRate": "0"}]},
        {"lines": [{"name": "x", "quantity": 0.1, "unitPrice": 1, "taxRate": "0"}]},
        {"lines": [{"name": "x", "quantity": "1", "unitPrice": 1.5, "taxRate": "0"}]},
        {"lines": [{"name": "x", "quantity": "٣", "unitPrice": 1, "taxRate": "0"}]},
        {"lines": [{"name": "x", "quantity": "1", "unitPrice": -5, "taxRate": "0"}]},
        {"lines": "x"},
        {"validUntil": "yesterday"},
    ],
)
def test_terms_that_nobody_could_mean_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        terms.read(BASKETS.document() | change)
