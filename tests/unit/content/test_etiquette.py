"""The rules of the table, one by one."""

from datetime import UTC, datetime, timedelta

import pytest

from node.errors import Conflict, Invalid, TooMany
from node.etiquette import asking_again, code, contact_hours, daily_ceiling, first_message, one_message
from node.invitations import rules
from node.invitations.rules import Earlier

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)  # a Monday


def test_a_first_message_needs_a_question() -> None:
    with pytest.raises(Invalid) as refusal:
        first_message.check("  ", "I sell willow baskets", "Alice")
    assert str(refusal.value.fields["question"]) == "Start with a question for Alice."
    assert first_message.check(" Do you sing? ", "", "Alice") == ("Do you sing?", "")


def test_both_parts_have_a_limit() -> None:
    first_message.check("q" * 500, "a" * 400, "Alice")
    with pytest.raises(Invalid) as refusal:
        first_message.check("q" * 501, "a" * 401, "Alice")
    assert set(refusal.value.fields) == {"question", "about"}


def test_a_correction_takes_ten_minutes() -> None:
    assert one_message.may_correct(NOW, NOW + timedelta(minutes=10))
    assert not one_message.may_correct(NOW, NOW + timedelta(minutes=10, seconds=1))
    assert "10 minutes" in str(one_message.refuse_second("Alice"))


def test_a_no_holds_for_ninety_days() -> None:
    with pytest.raises(TooMany) as refusal:
        asking_again.check("declined", NOW, NOW + timedelta(days=89), "Alice")
    assert refusal.value.retry_at == NOW + timedelta(days=90)
    asking_again.check("declined", NOW, NOW + timedelta(days=90), "Alice")


def test_taking_back_and_asking_anew_is_no_way_around_one_message() -> None:
    with pytest.raises(TooMany):
        asking_again.check("withdrawn", NOW, NOW + timedelta(hours=23), "Alice")
    asking_again.check("withdrawn", NOW, NOW + timedelta(days=1), "Alice")
    asking_again.check("ended", NOW, NOW, "Alice")


def test_twenty_invitations_a_day() -> None:
    sent = [NOW - timedelta(hours=hours) for hours in range(1, 20)]
    daily_ceiling.check(sent, NOW)
    with pytest.raises(TooMany) as refusal:
        daily_ceiling.check([*sent, NOW - timedelta(hours=20)], NOW)
    assert refusal.value.retry_at == NOW + timedelta(hours=4)
    daily_ceiling.check([*sent, NOW - timedelta(hours=24)], NOW)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-05-04T07:30", "2026-05-04T07:30"),  # 09:30 in Berlin: within
        ("2026-05-04T05:00", "2026-05-04T06:00"),  # 07:00: an hour early
        ("2026-05-04T08:00", "2026-05-04T12:00"),  # 10:00 sharp is over; next at 14:00
        ("2026-05-04T20:00", "2026-05-05T06:00"),  # 22:00: tomorrow
        ("2026-05-08T20:00", "2026-05-11T06:00"),  # Friday night: Monday
    ],
)
def test_contact_hours(now: str, expected: str) -> None:
    found = contact_hours.next_moment(
        datetime.fromisoformat(now).replace(tzinfo=UTC),
        [["08:00", "10:00"], ["14:00", "16:00"]],
        [1, 2, 3, 4, 5],
        "Europe/Berlin",
    )
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_contact_hours_past_midnight_over_the_change_of_clocks_and_for_anybody() -> None:
    night = [["22:00", "02:00"]]
    assert contact_hours.next_moment(NOW.replace(hour=1), night, [], "UTC") == NOW.replace(hour=1)
    assert contact_hours.next_moment(NOW.replace(hour=3), night, [], "UTC") == NOW.replace(hour=22)
    before = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)  # clocks go forward in the night
    assert contact_hours.next_moment(before, [["08:00", "10:00"]], [], "Europe/Berlin") == datetime(
        2026, 3, 29, 6, 0, tzinfo=UTC
    )
    assert contact_hours.next_moment(NOW, [], [], "Europe/Berlin") == NOW
    assert contact_hours.next_moment(NOW, [], [2], "UTC") == datetime(2026, 5, 5, tzinfo=UTC)


def test_a_card_from_a_stranger_may_say_anything() -> None:
    assert contact_hours.next_moment(NOW, [["soon"], ["25:00", "x"]], [0, 99], "Mars/Olympus") == NOW


def test_before_the_rules_were_read_there_is_no_first_message() -> None:
    with pytest.raises(code.EtiquetteFirst):
        rules.check("Alice", None, (), 0, NOW)
    rules.check("Alice", None, (), code.VERSION, NOW)


@pytest.mark.parametrize(
    ("earlier", "refusal"),
    [
        (Earlier("asked", True, NOW), Conflict),
        (Earlier("asked", False, NOW), Conflict),
        (Earlier("accepted", True, NOW), Conflict),
        (Earlier("declined", True, NOW - timedelta(days=1)), TooMany),
    ],
)
def test_who_may_not_be_invited_now(earlier: Earlier, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        rules.check("Alice", earlier, (), code.VERSION, NOW)


def test_whoever_declined_may_ask_themselves() -> None:
    rules.check("Alice", Earlier("declined", False, NOW), (), code.VERSION, NOW)
