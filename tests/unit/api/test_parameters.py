"""Names and values as apps write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import Invalid, NotFound
from web.api.parameters import MAX_NAMES, Parameters, nested


def test_lists() -> None:
    read = nested([("media_ids[]", "1"), ("media_ids[]", "2"), ("id", "7")])
    assert read.texts("media_ids") == ["1", "2"]
    assert read.keys("media_ids") == [1, 2]
    assert read.texts("id") == ["7"]
    assert read.texts("nothing") == []


def test_groups() -> None:
    numbered = nested([("fields_attributes[1][name]", "b"), ("fields_attributes[0][name]", "a")])
    assert [row.text("name") for row in numbered.rows("fields_attributes")] == ["a", "b"]
    unnumbered = nested([("f[][name]", "a"), ("f[][value]", "1"), ("f[][name]", "b")])
    assert [(row.text("name"), row.text("value")) for row in unnumbered.rows("f")] == [("a", "1"), ("b", None)]
    assert nested([("poll[options][]", "x"), ("poll[expires_in]", "9")]).below("poll").texts("options") == ["x"]


@pytest.mark.parametrize(
    ("sent", "meant"),
    [("true", True), ("1", True), ("on", True), (True, True), (1, True), ("false", False), ("0", False), ("", False),
     (False, False), (0, False), ("off", False), (None, None)],
)  # fmt: skip
def test_truth(sent: object, meant: bool | None) -> None:
    assert Parameters({"x": sent}).flag("x") is meant


def test_numbers_are_brought_into_their_bounds() -> None:
    given = nested([("limit", "1000"), ("low", "-5"), ("odd", "abc"), ("huge", "9" * 5000)])
    assert given.whole("limit", least=1, most=40, otherwise=20) == 40
    assert given.whole("low", least=1, most=40, otherwise=20) == 1
    assert given.whole("odd", least=1, most=40, otherwise=20) == 20
    assert given.whole("none", least=1, most=40, otherwise=20) == 20


def test_what_cannot_be() -> None:
    with pytest.raises(Invalid):
        nested([("status[a]", "1")]).text("status")
    with pytest.raises(Invalid):
        Parameters({"status": "x" * 6000}).text("status")
    with pytest.raises(NotFound):
        nested([("id", str(2**63))]).key("id")
    with pytest.raises(Invalid):
        nested([(f"a{number}", "") for number in range(MAX_NAMES + 1)])


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=20)), max_size=30))
def test_any_names_are_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    read = nested(pairs)
    for name in read.names():
        read.rows(name)
        read.below(name)
        try:
            read.text(name)
            read.texts(name)
            read.flag(name)
            read.keys(name)
            read.whole(name, least=0, most=9, otherwise=1)
        except Invalid:
            continue
