"""The other half of an offer to one person, and how many may go unasked: pure rules."""

from datetime import UTC, datetime, timedelta

import pytest

from node.directed import buckets
from node.errors import Forbidden, Invalid, TooMany
from node.etiquette import other_half, weekly_allowance

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("terms", "has_return", "answers", "half"),
    [
        ("price", True, False, "return"),
        ("barter", True, False, "return"),
        ("gift", False, False, "gift"),
        ("open", False, True, "ask"),
        ("price", True, True, "ask"),
        ("open", False, False, ""),
        ("barter", False, False, ""),
        ("", False, False, ""),
    ],
)
def test_the_other_half(terms: str, has_return: bool, answers: bool, half: str) -> None:
    found = other_half.other_half(terms, has_return=has_return, answers_ask=answers)
    assert found == half
    assert other_half.is_unsolicited(found) is not answers
    if half:
        assert other_half.require(found) == half
    else:
        with pytest.raises(Invalid) as error:
            other_half.require(found)
        assert list(error.value.fields) == ["terms"]


def test_the_fourth_in_a_week_is_refused_with_the_day_one_returns() -> None:
    sent = [NOW - timedelta(days=days) for days in (1, 3, 2)]
    weekly_allowance.check(sent[:2], 3, NOW)
    with pytest.raises(TooMany) as error:
        weekly_allowance.check(sent, 3, NOW)
    assert error.value.retry_at == NOW + timedelta(days=4)
    assert error.value.message.values["day"] == NOW + timedelta(days=4)
    weekly_allowance.check(sent, 3, NOW + timedelta(days=4))
    # one more than is allowed now, for the association has lowered it: two have to return
    with pytest.raises(TooMany) as error:
        weekly_allowance.check(sent, 2, NOW)
    assert error.value.retry_at == NOW + timedelta(days=5)
    with pytest.raises(Forbidden):
        weekly_allowance.check([], 0, NOW)


def test_the_bucket_of_a_host_holds_five_and_refills_in_a_day() -> None:
    full_at: datetime | None = None
    for _ in range(buckets.A_DAY):
        full_at = buckets.take(full_at, NOW)
        assert full_at is not None
    assert buckets.take(full_at, NOW) is None
    later = NOW + timedelta(days=1) / buckets.A_DAY
    assert buckets.take(full_at, later) is not None
    assert buckets.take(full_at, NOW + timedelta(days=30)) == NOW + timedelta(days=30) + timedelta(hours=4.8)
