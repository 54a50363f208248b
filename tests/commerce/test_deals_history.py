"""Two nodes that hear of each other's steps in any order end with the same deal."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as some

from node.deals import history, machine
from node.deals.history import Outcome, Taken
from node.deals.machine import BUYER, SELLER, Role, Step
from node.deals.terms import Line, Terms

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


def basket(number: int) -> Terms:
    return Terms("EUR", (Line("Baskets", Decimal(number), 1400, Decimal(20)),), deposit=Decimal(30))


def step(uri: str, verb: str, role: Role, *after: str, number: int = 0, about: str = "") -> Taken:
    return Taken(uri, verb, role, NOW, after, basket(number) if number else None, about=about)


ASK = step("1", "ask", BUYER)
QUOTE = step("2", "quote", SELLER, "1", number=60)


def test_a_quote_that_crosses_the_owners_has_no_effect() -> None:
    steps = [ASK, QUOTE, step("3", "quote", SELLER, "2", number=50), step("4", "quote", BUYER, "2", number=40)]
    for arrived in (steps, steps[::-1]):
        outcome = history.replay(SELLER, arrived)
        assert outcome.order == ("1", "2", "3", "4")
        assert outcome.crossed == {"4"}
        assert outcome.deal.terms == basket(50)
        assert outcome.heads == ("3", "4")


def test_an_acceptance_of_what_was_withdrawn_meanwhile_stands() -> None:
    quote = step("2", "quote", BUYER, "1", number=60)
    steps = [ASK, quote, step("3", "withdraw", BUYER, "2"), step("4", "accept", SELLER, "2", about="2")]
    outcome = history.replay(SELLER, steps)
    assert (outcome.deal.state, outcome.crossed, outcome.order) == (machine.AGREED, {"3"}, ("1", "2", "4", "3"))


def test_only_the_offer_on_the_table_can_be_accepted() -> None:
    replaced = [step("2", "quote", BUYER, number=60), step("3", "quote", BUYER, "2", number=50)]
    late = history.replay(SELLER, [*replaced, step("4", "accept", SELLER, "3", about="2")])
    assert (late.deal.state, late.crossed) == (machine.QUOTED, {"4"})
    in_time = history.replay(SELLER, [*replaced, step("4", "accept", SELLER, "2", about="2")])
    assert (in_time.deal.state, in_time.deal.terms, in_time.crossed) == (machine.AGREED, basket(60), {"3"})


def test_an_invoice_that_crossed_the_end_is_out_and_can_be_credited() -> None:
    steps = [
        step("1", "quote", SELLER, number=10),
        step("2", "accept", BUYER, "1", about="1"),
        step("3", "cancel", BUYER, "2"),
        step("4", "invoice", SELLER, "2"),
        step("5", "credit", SELLER, "3", "4"),
    ]
    outcome = history.replay(BUYER, steps)
    assert (outcome.deal.state, outcome.deal.credited, outcome.crossed) == (machine.CANCELLED, 16800, frozenset())
    late = history.replay(BUYER, [*steps[:3], step("4", "invoice", SELLER, "3")])
    assert late.crossed == {"4"}


def test_steps_that_claim_to_follow_each_other_come_to_an_end() -> None:
    circle = [step("1", "ask", BUYER, "2"), step("2", "ask", SELLER, "1"), step("3", "ask", BUYER, "3")]
    assert sorted(history.replay(SELLER, circle).order) == ["1", "2", "3"]


@dataclass
class Node:
    """One side: what it knows, and what has not reached the other yet."""

    role: Role
    steps: list[Taken] = field(default_factory=list)
    sent: list[Taken] = field(default_factory=list)

    def outcome(self, owner: Role) -> Outcome:
        return history.replay(owner, self.steps)

    def take(self, owner: Role, verb: str, uri: str) -> None:
        now = self.outcome(owner)
        terms = basket(len(self.steps) + 1) if verb == "quote" else None
        amount = 100 if verb in ("claim_paid", "confirm_paid", "refund", "credit") else None
        try:
            machine.advance(now.deal, Step(verb, self.role, terms, amount), NOW)
        except machine.NotNow:
            return
        about = now.offer if verb in ("agree", "accept") else ""
        taken = Taken(uri, verb, self.role, NOW, now.heads, terms, amount, about)
        assert taken.uri not in history.replay(owner, [*self.steps, taken]).crossed
        self.steps.append(taken)
        self.sent.append(taken)


_MOVE = some.tuples(
    some.sampled_from(["seller", "buyer", "hear", "hear"]), some.sampled_from(machine.VERBS), some.booleans()
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(owner=some.sampled_from([SELLER, BUYER]), moves=some.lists(_MOVE, max_size=40))
def test_both_sides_see_the_same_whatever_crosses(owner: Role, moves: list[tuple[str, str, bool]]) -> None:
    sides = {SELLER: Node(SELLER), BUYER: Node(BUYER)}
    accepted: set[str] = set()

    def hear(role: Role) -> None:
        mine, other = sides[role], sides[machine.other(role)]
        if other.sent:
            before = mine.outcome(owner)
            mine.steps.append(other.sent.pop(0))
            after = mine.outcome(owner)
            if role == owner:  # what the owner's node acted upon never changes afterwards
                assert after.order[: len(before.order)] == before.order
                assert before.crossed <= after.crossed

    for number, (who, verb, is_seller) in enumerate(moves):
        if who == "hear":
            hear(SELLER if is_seller else BUYER)
        else:
            role: Role = SELLER if who == "seller" else BUYER
            sides[role].take(owner, verb, f"{number:03}-{role}")
        accepted |= {step.uri for step in sides[owner].steps if step.verb == "accept"}
    while sides[SELLER].sent or sides[BUYER].sent:
        hear(SELLER)
        hear(BUYER)
    seller, buyer = sides[SELLER].outcome(owner), sides[BUYER].outcome(owner)
    assert seller == buyer
    assert not accepted & seller.crossed
