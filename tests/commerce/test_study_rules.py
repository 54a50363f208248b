"""What a study shows of its answers: nothing that could point at a person."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from node.errors import Invalid
from node.studies import rules
from node.studies.rules import Question

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
ASKED = (
    Question("Would you buy it?", "one", ("Yes", "No")),
    Question("What for?", "many", ("Bread", "Fruit", "Wood")),
    Question("How much do you like it?", "scale"),
    Question("What would you change?", "text"),
)


def test_with_four_answers_nothing_is_shown_with_five_it_is() -> None:
    answers: list[list[Any]] = [[0, [0, 1], 4, "Handles"]] * 4
    assert rules.tally(ASKED, answers, 5) is None
    shown = rules.tally(ASKED, [*answers, [1, [0], 2, None]], 5)
    assert shown is not None
    assert shown[0].rows == (("Yes", 4, 80), ("No", 1, 20))
    assert shown[1].rows[0] == ("Bread", 5, 100)
    assert shown[2].mean == pytest.approx(3.6)
    assert shown[3].texts == ()  # four people wrote something


def test_a_group_of_four_is_not_told_apart_a_group_of_five_is() -> None:
    assert rules.groups(["b.test"] * 4 + ["a.test"] * 6, 5) == ({}, 10)
    assert rules.groups(["b.test"] * 5 + ["a.test"] * 6, 5) == ({"a.test": 6, "b.test": 5}, 0)


@given(some.lists(some.sampled_from(["a.test", "b.test", "c.test", ""])), some.integers(0, 10))
def test_no_group_smaller_than_the_floor_can_be_worked_out(hosts: list[str], floor: int) -> None:
    shown, rest = rules.groups(hosts, floor)
    assert all(count >= 5 for count in shown.values())
    assert rest == 0 or rest >= 5 or not shown
    assert sum(shown.values()) + rest == len(hosts)


@pytest.mark.parametrize("given", [[2], [-1], ["0"], [True], [None, [3]], [None, None, 6], [None, None, 0], [], [None]])
def test_what_was_not_offered_cannot_be_answered(given: list[Any]) -> None:
    with pytest.raises(Invalid):
        rules.read_answers(ASKED, given)


def test_a_study_that_asks_for_less_than_five_is_refused() -> None:
    values: dict[str, Any] = {
        "title": "Baskets", "purpose": "To learn.", "panel": "open", "hosts": (), "questions": ASKED,
        "ends_at": NOW + timedelta(days=7), "now": NOW,
    }  # fmt: skip
    rules.check(floor=5, **values)
    with pytest.raises(Invalid):
        rules.check(floor=4, **values)
    with pytest.raises(Invalid):
        rules.check(floor=5, **values | {"questions": (Question("Which?", "one", ("Yes", "Yes")),)})
