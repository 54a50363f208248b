"""The parser and the readers, against what strangers may send."""

import contextlib
import json
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import values
from schemas.values import Malformed, as_moment, origin, parse, text


def nested(depth: int) -> bytes:
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"42",
        b"{",
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":1,"a\\u0000":2}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":123456789012345678901234567890}',
        b'{"a":9223372036854775808}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        '{"a":1}'.encode("utf-16"),
        nested(65),
        b'{"a":' + b"[" * 100_000,
        b'{"a":[' + b"1," * 10_000 + b"1]}",
        b"{'a':1}",
        b'{"a":1}{"b":2}',
    ],
)
def test_what_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse(raw)


def test_limits_are_exact() -> None:
    assert parse(nested(64))
    assert parse(b'{"a":[' + b"1," * 9_996 + b"1]}")
    with pytest.raises(Malformed):
        parse(b'{"a":[' + b"1," * 9_998 + b"1]}")


def test_much_of_nothing_is_refused_before_it_is_read() -> None:
    assert parse(b'{"a":"' + b',\\",' * 10_000 + b'"}')["a"] == ',",' * 10_000, "commas in a text are not values"
    much = [b'{"a":[' + part * ((1 << 20) // len(part)) + b"1]}" for part in (b"1,", b'"",', b"[],", b"{},")]
    for raw in (*much, b"[" + b"1," * 10_000 + b'"' + b'\\"' * 8_000):
        begun = time.process_time()
        with pytest.raises(Malformed):
            parse(raw)
        assert time.process_time() - begun < 0.25, raw[-20:]


def test_byte_order_mark_is_forgiven() -> None:
    assert parse(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_what_a_database_cannot_store_is_taken_out() -> None:
    assert parse(b'{"a\\u0000b":"x\\u0000y\\ud800z", "c":[["\\udfff"]], "d":"\\ud83d\\ude00"}') == {
        "ab": "xyz",
        "c": [[""]],
        "d": "😀",
    }


def test_floats_and_integers_survive() -> None:
    assert parse(b'{"a":9223372036854775807,"b":-0.5,"c":1e3}') == {"a": 2**63 - 1, "b": -0.5, "c": 1000.0}


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


@given(st.dictionaries(st.text(), json_values, max_size=8))
def test_any_json_object_is_read_or_malformed(document: dict[str, object]) -> None:
    try:
        found = parse(json.dumps(document).encode())
    except Malformed:
        return
    shown = json.dumps(found, ensure_ascii=False)
    assert "\x00" not in shown
    shown.encode()


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_malformed(raw: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert isinstance(parse(raw), dict)


@given(st.text(max_size=60))
def test_origin_never_raises(words: str) -> None:
    for uri in (words, "https://" + words, "https://a.test" + words):
        found = origin(uri)
        assert found is None or found.startswith(("https://", "http://"))


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://Alpha.Test/x", "https://alpha.test"),
        ("https://alpha.test:443/x", "https://alpha.test"),
        ("https://alpha.test./x", "https://alpha.test"),
        ("https://alpha.test:8443", "https://alpha.test:8443"),
        ("http://alpha.localhost:8080/ap/actors/alice", "http://alpha.localhost:8080"),
        ("https://bücher.test/x", "https://xn--bcher-kva.test"),
        ("https://[::1]:8080/x", "https://[::1]:8080"),
        ("https://evil.test@alpha.test/", None),
        ("https://alpha.test\\@evil.test/", None),
        ("https://alpha.test /x", None),
        ("https:///x", None),
        ("https:alpha.test/x", None),
        ("ftp://alpha.test/", None),
        ("acct:alice@alpha.test", None),
        ("https://alpha.test:x/", None),
        ("https://a..b/", None),
        ("", None),
        (None, None),
        ("https://alpha.test/" + "x" * 3000, None),
    ],
)
def test_origin(uri: str | None, expected: str | None) -> None:
    assert origin(uri) == expected


def test_hosts_that_look_alike_are_not_the_same() -> None:
    assert not values.same_origin("https://alpha.test/x", "http://alpha.test/x")
    assert not values.same_origin("https://alpha.test/x", "https://alpha.test:8443/x")
    assert not values.same_origin("acct:a@alpha.test", "acct:a@alpha.test")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("2026-11-21T10:00:00Z", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("2026-11-21T11:00:00+01:00", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("2026-11-21T10:00:00.123456789Z", datetime(2026, 11, 21, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-21T10:00:00", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("2026-11-21 10:00:00", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("2026-11-21T10:00Z", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        ("12026-11-21T10:00:00Z", None),
        ("2026-13-21T10:00:00Z", None),
        ("0001-01-01T00:00:00+23:00", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("yesterday", None),
        (17, None),
        (None, None),
    ],
)
def test_moments(shown: object, expected: datetime | None) -> None:
    assert as_moment(shown) == expected


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("1900.00", Decimal("1900.00")),
        (0.68, Decimal("0.68")),
        (30, Decimal(30)),
        ("1e5", None),
        ("٣", None),
        ("1,5", None),
        (True, None),
        ("NaN", None),
        ("9" * 40, None),
        (1e-300, None),
    ],
)
def test_decimals(shown: object, expected: Decimal | None) -> None:
    assert values.as_decimal(shown) == expected


def test_one_value_in_many_shapes() -> None:
    for shape in (
        "https://a.test/1",
        {"id": "https://a.test/1"},
        ["https://a.test/1"],
        [None, {"@id": "https://a.test/1"}],
    ):
        assert values.one_id({"object": shape}, "object") == "https://a.test/1"
    assert values.one_id({"object": None}, "object") is None
    assert values.one_id({}, "object") is None
    with pytest.raises(Malformed):
        values.one_id({"object": 4}, "object")


def test_public_is_spelled_three_ways() -> None:
    document = {"to": ["as:Public", "Public", values.PUBLIC], "cc": "https://a.test/followers"}
    assert values.audience(document, "to") == (values.PUBLIC,)
    assert values.audience(document, "cc") == ("https://a.test/followers",)


def test_words_from_language_maps() -> None:
    assert text({"contentMap": {"en": "Hello"}}, "content") == "Hello"
    assert text({"name": {"en": "Hello"}}, "name") == "Hello"
    assert text({"name": "Hi", "nameMap": {"fr": "Salut"}}, "name") == "Hi"
    assert text({"contentMap": {"not a tag": "x"}}, "content") is None
    assert values.language({"content": "x", "contentMap": {"de": "x"}}) == "de"
    with pytest.raises(Malformed):
        text({"name": 1}, "name")


def test_prefixed_keys_are_understood() -> None:
    assert values.flag({"as:sensitive": True}, "sensitive") is True
    assert values.flag({"toot:discoverable": "true"}, "discoverable") is True
    assert values.types({"type": ["ValueFlows:Need", "https://w3id.org/valueflows/ont/vf#Proposal"]}) == (
        "Need",
        "Proposal",
    )


def test_plain_text_and_markdown_are_escaped() -> None:
    assert values.html({"content": "a < b\n\nc", "mediaType": "text/plain"}, "content") == "<p>a &lt; b</p><p>c</p>"


def test_page_address_only_on_the_own_host() -> None:
    document = {
        "id": "https://a.test/1",
        "url": ["https://evil.test/1", {"href": "https://a.test/v", "mediaType": "video/mp4"}],
    }
    assert values.page_url(document) == "https://a.test/v"
    document["url"].append({"href": "https://a.test/w", "mediaType": "text/html"})  # type: ignore[attr-defined]
    assert values.page_url(document) == "https://a.test/w"


def test_pictures() -> None:
    assert values.Picture.read("https://a.test/1.png") == values.Picture("https://a.test/1.png")
    assert values.Picture.read({"type": "Image", "url": [{"type": "Link", "href": "https://a.test/1.png"}]}) is not None
    assert values.Picture.read({"type": "Image", "url": "javascript:alert(1)"}) is None
    assert values.Picture.read({"type": "Document", "url": "https://a.test/1", "summary": "oak"}) == values.Picture(
        "https://a.test/1", alt="oak"
    )
