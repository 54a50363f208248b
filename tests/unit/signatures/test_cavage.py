"""Draft-cavage signatures: what we send, what we believe, and every way to be fooled that we know of."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.signatures import cavage, keys
from federation.signatures.requests import Request, Unverified, digest

NOW = datetime(2026, 11, 21, 10, 0, 0, tzinfo=UTC)
KEY_ID = "https://alpha.test/ap/actors/alice#main-key"
INBOX = "https://beta.test/ap/inbox"
BODY = b'{"type":"Follow"}'
TYPE = {"Content-Type": "application/activity+json"}


def post(key: keys.PrivateKey, url: str = INBOX, body: bytes = BODY, now: datetime = NOW) -> Request:
    return Request("POST", url, list(cavage.sign("POST", url, body, KEY_ID, key, now, TYPE).items()), body)


def hand_made(
    key: RSAPrivateKey,
    lines: list[str],
    headers: dict[str, str],
    parameters: str,
    url: str = INBOX,
    body: bytes | None = BODY,
) -> Request:
    """A request whose signing string and parameters are written out by the test."""
    signature = base64.b64encode(keys.sign(key, "\n".join(lines).encode())).decode()
    value = f'keyId="{KEY_ID}",{parameters}signature="{signature}"'
    return Request("GET" if body is None else "POST", url, [*headers.items(), ("Signature", value)], body)


def check(request: Request, key: keys.PrivateKey, now: datetime = NOW) -> cavage.Signature:
    signature = cavage.read(request)
    cavage.verify(signature, request, key.public_key(), now)
    return signature


def changed(request: Request, name: str, change: Callable[[str], str]) -> Request:
    headers = [(header, change(value) if header.lower() == name else value) for header, value in request.headers]
    return replace(request, headers=headers)


def test_what_we_send(rsa: RSAPrivateKey) -> None:
    headers = cavage.sign("POST", INBOX, BODY, KEY_ID, rsa, NOW, TYPE)
    assert headers["Host"] == "beta.test"
    assert headers["Date"] == "Sat, 21 Nov 2026 10:00:00 GMT"
    assert headers["Digest"].startswith("SHA-256=")
    assert headers["Signature"].startswith(
        f'keyId="{KEY_ID}",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature="'
    )
    early = cavage.sign("GET", INBOX, None, KEY_ID, rsa, datetime(2026, 1, 5, tzinfo=UTC))
    assert early["Date"] == "Mon, 05 Jan 2026 00:00:00 GMT", "some peers want two digits"
    assert 'headers="(request-target) host date"' in early["Signature"]


def test_verifies_what_we_send(rsa: RSAPrivateKey, ed25519: Ed25519PrivateKey) -> None:
    for key in (rsa, ed25519):
        request = post(key)
        verified = cavage.verify(cavage.read(request), request, key.public_key(), NOW)
        assert (verified.key_id, verified.made_at) == (KEY_ID, NOW)
        assert {"(request-target)", "host", "digest"} <= verified.covered
        get = Request("GET", INBOX, list(cavage.sign("GET", INBOX, None, KEY_ID, key, NOW).items()))
        check(get, key)


def test_query_is_signed_and_its_absence_forgiven(rsa: RSAPrivateKey) -> None:
    url = "https://beta.test/inbox?a=b&c=d"
    assert check(post(rsa, url), rsa)
    short = post(rsa, "https://beta.test/inbox")
    assert check(replace(short, url=url), rsa), "some peers sign the path only"
    with pytest.raises(Unverified):
        check(replace(post(rsa, url), url="https://beta.test/inbox?a=x"), rsa)


def test_one_changed_byte_is_seen(rsa: RSAPrivateKey) -> None:
    request = post(rsa)
    for name in ("host", "date", "digest", "content-type", "signature"):
        value = next(value for header, value in request.headers if header.lower() == name)
        for position in range(0, len(value), 3):
            other = "A" if value[position] != "A" else "B"
            wrong = value[:position] + other + value[position + 1 :]
            damaged = changed(request, name, lambda _, wrong=wrong: wrong)
            try:
                signature = check(damaged, rsa)
            except Unverified:
                continue
            # Only what decides nothing may differ: the key id (looked up, never trusted) and the algorithm's own name.
            assert name == "signature", (name, position)
            assert replace(signature, key_id=KEY_ID, algorithm="rsa-sha256") == cavage.read(request), (position, wrong)
    for position in range(len(BODY)):
        body = BODY[:position] + bytes([BODY[position] ^ 1]) + BODY[position + 1 :]
        with pytest.raises(Unverified, match="digest"):
            check(replace(request, body=body), rsa)
    with pytest.raises(Unverified):
        check(replace(request, method="PUT"), rsa)
    with pytest.raises(Unverified):
        check(replace(request, url="https://beta.test/ap/inbox/"), rsa)


def test_another_key_is_seen(rsa: RSAPrivateKey, ed25519: Ed25519PrivateKey) -> None:
    with pytest.raises(Unverified):
        check(post(rsa), keys.generate_rsa())
    request = post(rsa)
    with pytest.raises(Unverified, match="algorithm"):
        cavage.verify(cavage.read(request), request, ed25519.public_key(), NOW)


@pytest.mark.parametrize("missing", ["(request-target)", "host", "date", "digest"])
def test_what_must_be_signed(rsa: RSAPrivateKey, missing: str) -> None:
    headers = {"Host": "beta.test", "Date": "Sat, 21 Nov 2026 10:00:00 GMT", "Digest": digest(BODY)}
    names = [name for name in ("(request-target)", "host", "date", "digest") if name != missing]
    values = {"(request-target)": "post /ap/inbox"} | {name.lower(): value for name, value in headers.items()}
    request = hand_made(rsa, [f"{name}: {values[name]}" for name in names], headers, f'headers="{" ".join(names)}",')
    with pytest.raises(Unverified, match="not signed"):
        check(request, rsa)


def test_default_headers_do_not_suffice(rsa: RSAPrivateKey) -> None:
    date = "Sat, 21 Nov 2026 10:00:00 GMT"
    request = hand_made(rsa, [f"date: {date}"], {"Host": "beta.test", "Date": date}, 'algorithm="rsa-sha256",')
    assert cavage.read(request).headers == ("date",)
    assert cavage.read(hand_made(rsa, [], {}, "")).headers == ("(created)",)
    with pytest.raises(Unverified, match="not signed"):
        check(request, rsa)


def test_forms_seen_from_others(rsa: RSAPrivateKey) -> None:
    """hs2019 with (created), another order, blanks after commas, bare numbers, lower-case digest name, more headers."""
    value = digest(BODY).replace("SHA-256", "sha-256")
    headers = {"host": "beta.test", "digest": value, "content-length": "17", "User-Agent": "x"}
    created = int(NOW.timestamp())
    names = "(created) user-agent content-length digest host (request-target)"
    lines = [
        f"(created): {created}",
        "user-agent: x",
        "content-length: 17",
        f"digest: {value}",
        "host: beta.test",
        "(request-target): post /ap/inbox",
    ]
    request = hand_made(rsa, lines, headers, f'algorithm="hs2019", created={created} , headers="{names}", ')
    check(request, rsa)
    with pytest.raises(Unverified):
        check(changed(request, "user-agent", lambda _: "y"), rsa)
    rsa_named = hand_made(rsa, lines, headers, f'algorithm="rsa-sha256",created={created},headers="{names}",')
    with pytest.raises(Unverified, match=r"\(created\)"):
        check(rsa_named, rsa)


def test_expired(rsa: RSAPrivateKey) -> None:
    created, expires = int(NOW.timestamp()) - 60, int(NOW.timestamp()) - 1
    lines = [
        "(request-target): get /x",
        "host: beta.test",
        f"(created): {created}",
        f"(expires): {expires}",
    ]
    names = "(request-target) host (created) (expires)"
    request = hand_made(
        rsa,
        lines,
        {"Host": "beta.test"},
        f'created={created},expires={expires},headers="{names}",',
        url="https://beta.test/x",
        body=None,
    )
    check(request, rsa, NOW - timedelta(seconds=30))
    with pytest.raises(Unverified, match="expired"):
        check(request, rsa)


@pytest.mark.parametrize(
    ("age", "is_good"),
    [
        (timedelta(hours=11, minutes=59), True),
        (timedelta(hours=12, minutes=1), False),
        (-timedelta(minutes=59), True),
        (-timedelta(minutes=61), False),
    ],
)
def test_freshness(rsa: RSAPrivateKey, age: timedelta, is_good: bool) -> None:
    request = post(rsa, now=NOW - age)
    if is_good:
        check(request, rsa)
    else:
        with pytest.raises(Unverified):
            check(request, rsa)


@pytest.mark.parametrize("twice", ["signature", "digest", "host", "date"])
def test_doubled_headers_are_refused(rsa: RSAPrivateKey, twice: str) -> None:
    request = post(rsa)
    value = next(value for header, value in request.headers if header.lower() == twice)
    with pytest.raises(Unverified, match="more than once"):
        check(replace(request, headers=[*request.headers, (twice.upper(), value)]), rsa)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "rubbish",
        'keyId="a"',
        'signature="AAAA"',
        'keyId="a",signature="%%%"',
        'keyId="a",keyId="b",signature="AAAA"',
        'keyId="a",headers="host host",signature="AAAA"',
        'keyId="a b",signature="AAAA"',
        'keyId="a",signature="AAAA",created=99999999999999999999',
        'keyId="a",signature="AAAA",created="soon"',
        'keyId="a" signature="AAAA"',
        "keyId=" + '"' * 5000,
    ],
)
def test_malformed_headers_are_refused(rsa: RSAPrivateKey, value: str) -> None:
    request = Request("POST", INBOX, [("Host", "beta.test"), ("Signature", value)], BODY)
    with pytest.raises(Unverified):
        check(request, rsa)


@pytest.mark.parametrize("date", ["", "yesterday", "Sat, 99 Nov 2026 10:00:00 GMT", "2026-11-21T10:00:00Z" * 50])
def test_malformed_dates_are_refused(rsa: RSAPrivateKey, date: str) -> None:
    request = post(rsa)
    with pytest.raises(Unverified):
        check(changed(request, "date", lambda _: date), rsa)


def test_date_without_a_zero_is_read(rsa: RSAPrivateKey) -> None:
    now = datetime(2026, 11, 1, 10, 0, 0, tzinfo=UTC)
    date = "Sun, 1 Nov 2026 10:00:00 GMT"
    lines = ["(request-target): get /x", "host: beta.test", f"date: {date}"]
    headers = {"Host": "beta.test", "Date": date}
    request = hand_made(rsa, lines, headers, 'headers="(request-target) host date",', "https://beta.test/x", None)
    check(request, rsa, now)
    assert format_datetime(now, usegmt=True) != date


@pytest.mark.parametrize("value", ["MD5=AAAA", "", "SHA-256=AAAA", "SHA-256", "sha-512=AAAA,SHA-256=%"])
def test_digests_that_say_nothing_are_refused(rsa: RSAPrivateKey, value: str) -> None:
    lines = [
        "(request-target): post /ap/inbox",
        "host: beta.test",
        "date: Sat, 21 Nov 2026 10:00:00 GMT",
        f"digest: {value}",
    ]
    headers = {"Host": "beta.test", "Date": "Sat, 21 Nov 2026 10:00:00 GMT", "Digest": value}
    with pytest.raises(Unverified):
        check(hand_made(rsa, lines, headers, 'headers="(request-target) host date digest",'), rsa)


def test_several_digests(rsa: RSAPrivateKey) -> None:
    value = f"md5=xyz, {digest(BODY)}"
    lines = [
        "(request-target): post /ap/inbox",
        "host: beta.test",
        "date: Sat, 21 Nov 2026 10:00:00 GMT",
        f"digest: {value}",
    ]
    headers = {"Host": "beta.test", "Date": "Sat, 21 Nov 2026 10:00:00 GMT", "Digest": value}
    check(hand_made(rsa, lines, headers, 'headers="(request-target) host date digest",'), rsa)


@pytest.mark.parametrize("key_id", ['https://a.test/"x', "https://a.test/\r\nX: y", "https://a.test/é", "", "a b"])
def test_nothing_breaks_out_of_the_header(rsa: RSAPrivateKey, key_id: str) -> None:
    with pytest.raises(Unverified):
        cavage.sign("POST", INBOX, BODY, key_id, rsa, NOW)
    with pytest.raises(Unverified):
        cavage.sign("POST", INBOX, BODY, KEY_ID, rsa, NOW, {"X-Y": "a\r\nb: c"})
