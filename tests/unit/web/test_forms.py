"""Reading forms: typed values, errors kept beside fields, nothing typed lost."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import Conflict, Invalid
from web.context import Reader, welcome
from web.forms import Form, clean


@pytest.fixture(autouse=True)
def english() -> None:
    welcome(Reader())


def test_an_empty_form_was_not_sent_and_is_not_valid() -> None:
    form = Form()
    assert not form.valid
    assert form.typed("name", "what was there") == "what was there"


def test_text_is_trimmed_and_bounded() -> None:
    form = Form({"name": "  Alice \n Baker ", "empty": " ", "long": "x" * 12})
    assert form.text("name") == "Alice Baker"
    assert form.valid
    form.text("empty", missing="Please tell us.")
    form.text("long", most=10)
    assert str(form.errors["empty"]) == "Please tell us."
    assert str(form.errors["long"]) == "This is 2 characters too long; 10 fit."
    assert form.typed("long") == "x" * 12


def test_the_first_error_of_a_field_counts() -> None:
    form = Form({})
    form.wrong("name", "one")
    form.wrong("name", "two")
    assert str(form.errors["name"]) == "one"


@pytest.mark.parametrize(
    ("language", "typed", "minor"),
    [
        ("en", "1,234.50", 123450),
        ("de", "1.234,50", 123450),
        ("fr", "12,5", 1250),
        ("de", "12.50", 1250),
        ("en", "0", 0),
    ],
)
def test_money_as_the_reader_writes_it(language: str, typed: str, minor: int) -> None:
    welcome(Reader(language=language))
    form = Form({"price": typed})
    assert form.money("price", "EUR") == minor
    assert form.valid


def test_money_knows_the_digits_of_a_currency() -> None:
    assert Form({"price": "1200"}).money("price", "JPY") == 1200
    form = Form({"price": "12.5"})
    assert form.money("price", "JPY") is None
    assert "decimal places" in str(form.errors["price"])


@pytest.mark.parametrize("typed", ["NaN", "Infinity", "1e400", "-1", "abc", "1" * 30, "1.005"])
def test_what_is_no_amount(typed: str) -> None:
    form = Form({"price": typed})
    form.money("price", "EUR")
    assert "price" in form.errors


def test_whole_numbers() -> None:
    assert Form({"n": " 7 "}).whole("n") == 7
    for typed in ("7.5", "-1", "٧", "9" * 13, ""):
        form = Form({"n": typed})
        assert form.whole("n") is None
        assert "n" in form.errors
    form = Form({"n": "9"})
    assert form.whole("n", most=8) is None


def test_choices_are_those_offered() -> None:
    form = Form({"kind": "goods", "other": "nonsense"})
    assert form.choice("kind", ["goods", "service"]) == "goods"
    form.choice("other", ["goods"])
    assert list(form.errors) == ["other"]
    assert Form({}).choice("kind", ["goods"], required=False, otherwise="goods") == "goods"


def test_lists_typed_with_commas() -> None:
    form = Form({"tags": "bread, rye ,bread\nwood,,"})
    assert form.items("tags") == ["bread", "rye", "wood"]
    form.items("tags", most=2)
    assert "tags" in form.errors


def test_days_end_where_the_reader_is() -> None:
    form = Form({"until": "2027-03-28"})
    assert form.end_of_day("until", ZoneInfo("Europe/Paris")) == datetime(2027, 3, 28, 21, 59, 59, tzinfo=UTC)
    for typed in ("28.3.2027", "2027-02-30", "9999-12-31x", ""):
        form = Form({"until": typed})
        assert form.day("until") is None
        assert "until" in form.errors
    assert Form({"until": "9999-12-31"}).end_of_day("until", ZoneInfo("America/Lima")) is None


def test_what_a_service_refuses_becomes_errors_of_the_form() -> None:
    form = Form({"name": "x"})
    with form.attempt():
        raise Invalid({"name": "Taken."})
    assert str(form.errors["name"]) == "Taken."
    form = Form({"name": "x"})
    with form.attempt():
        raise Conflict("Someone was faster.")
    assert str(form.refusal) == "Someone was faster."
    assert not form.valid
    with pytest.raises(ZeroDivisionError), form.attempt():
        raise ZeroDivisionError


@given(st.text(alphabet=st.characters()))
def test_cleaned_text_can_be_stored_anywhere(text: str) -> None:
    cleaned = clean(text + "\x00\ud800")
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")
    assert clean(cleaned) == cleaned


@given(st.dictionaries(st.sampled_from(["a"]), st.text()))
def test_reading_never_raises(data: dict[str, str]) -> None:
    form = Form(data)
    form.text("a"), form.long_text("a"), form.whole("a"), form.money("a", "EUR"), form.day("a")
    form.end_of_day("a", ZoneInfo("UTC")), form.items("a"), form.choice("a", ["b"]), form.secret("a")
