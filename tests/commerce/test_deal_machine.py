"""Who may do what in a deal, and when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from node.deals import machine
from node.deals.machine import BUYER, SELLER, Deal, NotNow, Role, Step
from node.deals.terms import Line, Terms

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
BASKETS = Terms("EUR", (Line("Bread baskets", Decimal(50), 1400, Decimal(20)),), deposit=Decimal(30))


def go(deal: Deal, *steps: tuple[str, Role] | tuple[str, Role, int]) -> Deal:
    for verb, role, *amount in steps:
        terms = BASKETS if verb == "quote" else None
        deal = machine.advance(deal, Step(verb, role, terms, *amount), NOW)
    return deal


def agreed() -> Deal:
    return go(Deal(owner=SELLER), ("quote", SELLER), ("agree", BUYER), ("accept", SELLER))


def test_a_deal_from_the_question_to_the_receipt() -> None:
    deal = go(
        Deal(owner=BUYER),
        ("ask", SELLER),
        ("quote", SELLER),
        ("quote", BUYER),
        ("quote", SELLER),
        ("accept", BUYER),
        ("invoice_deposit", SELLER),
        ("claim_paid", BUYER, 25200),
        ("confirm_paid", SELLER, 25200),
        ("deliver", SELLER),
        ("receive", BUYER),
        ("invoice", SELLER),
        ("claim_paid", BUYER, 58800),
        ("confirm_paid", SELLER, 58800),
        ("receipt", SELLER),
    )
    assert deal.state == machine.COMPLETED
    assert (deal.paid, deal.due) == (84000, 0)


def test_only_who_put_the_listing_up_makes_the_agreement() -> None:
    quoted = go(Deal(owner=SELLER), ("quote", SELLER))
    with pytest.raises(NotNow):
        go(quoted, ("accept", BUYER))
    with pytest.raises(NotNow):
        go(quoted, ("accept", SELLER))  # nobody agrees with himself
    assert go(quoted, ("agree", BUYER)).state == machine.ORDERED


@pytest.mark.parametrize(
    "change", [{"currency": "USD"}, {"lines": (Line("Bread baskets", Decimal(60), 1400, Decimal(20)),)}]
)
def test_a_yes_to_other_terms_is_no_yes(change: dict[str, object]) -> None:
    ordered = go(Deal(owner=SELLER), ("quote", BUYER))
    with pytest.raises(NotNow):
        machine.advance(ordered, Step("accept", SELLER, replace(BASKETS, **change)), NOW)


def test_a_quote_that_has_run_out_cannot_be_agreed_to() -> None:
    short = replace(BASKETS, valid_until=NOW - timedelta(seconds=1))
    deal = machine.advance(Deal(owner=BUYER), Step("quote", SELLER, short), NOW)
    with pytest.raises(NotNow):
        go(deal, ("accept", BUYER))


def test_a_quote_that_was_declined_cannot_be_invoiced() -> None:
    declined = go(Deal(owner=SELLER), ("quote", SELLER), ("decline", BUYER))
    for verb in ("invoice", "invoice_deposit", "deliver", "receipt"):
        with pytest.raises(NotNow):
            go(declined, (verb, SELLER))


def test_nothing_is_paid_twice_or_beyond_what_was_agreed() -> None:
    deal = go(agreed(), ("invoice", SELLER), ("confirm_paid", SELLER, 84000))
    with pytest.raises(NotNow):
        go(deal, ("confirm_paid", SELLER, 1))
    with pytest.raises(NotNow):
        go(agreed(), ("claim_paid", BUYER, 1))  # nothing was invoiced


def test_after_money_has_moved_only_the_seller_cancels_and_pays_back() -> None:
    deal = go(agreed(), ("invoice_deposit", SELLER), ("confirm_paid", SELLER, 25200))
    with pytest.raises(NotNow):
        go(deal, ("cancel", BUYER))
    over = go(deal, ("cancel", SELLER), ("credit", SELLER, 25200), ("refund", SELLER, 25200))
    assert (over.state, over.refunded, over.credited) == (machine.CANCELLED, 25200, 25200)
    with pytest.raises(NotNow):
        go(over, ("refund", SELLER, 1))


def test_no_receipt_while_they_disagree() -> None:
    deal = go(agreed(), ("invoice", SELLER), ("confirm_paid", SELLER, 84000), ("deliver", SELLER), ("dispute", BUYER))
    with pytest.raises(NotNow):
        go(deal, ("receipt", SELLER))
    with pytest.raises(NotNow):
        go(deal, ("settle", SELLER))
    assert go(deal, ("settle", BUYER), ("receipt", SELLER)).state == machine.COMPLETED


def test_what_is_possible_is_what_can_be_done() -> None:
    assert machine.possible(Deal(owner=SELLER), BUYER, NOW) == {"ask", "quote", "decline", "withdraw"}
    assert machine.possible(go(Deal(owner=SELLER), ("quote", SELLER)), BUYER, NOW) == {
        "ask",
        "quote",
        "agree",
        "decline",
    }
    assert machine.possible(agreed(), BUYER, NOW) == {"ask", "receive", "cancel", "dispute"}


class AnyDeal(RuleBasedStateMachine):
    """Two people who press every button in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.deal = Deal(owner=SELLER)
        self.agreed: Terms | None = None

    @rule(
        verb=some.sampled_from(machine.VERBS), role=some.sampled_from([SELLER, BUYER]), amount=some.integers(0, 90000)
    )
    def press(self, verb: str, role: Role, amount: int) -> None:
        try:
            self.deal = machine.advance(self.deal, Step(verb, role, BASKETS if verb == "quote" else None, amount), NOW)
        except NotNow:
            return
        if self.deal.state == machine.AGREED and self.agreed is None:
            self.agreed = self.deal.terms

    @invariant()
    def money_is_right(self) -> None:
        deal = self.deal
        assert 0 <= deal.refunded <= deal.paid <= deal.claimed <= deal.total
        assert deal.credited <= deal.total
        assert deal.state in machine.STATES

    @invariant()
    def what_was_agreed_stays(self) -> None:
        assert self.agreed is None or self.deal.terms == self.agreed

    @invariant()
    def a_receipt_means_paid_and_delivered(self) -> None:
        if self.deal.state == machine.COMPLETED:
            assert self.deal.is_paid
            assert self.deal.is_delivered or self.deal.is_received


AnyDeal.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyDeal = AnyDeal.TestCase
