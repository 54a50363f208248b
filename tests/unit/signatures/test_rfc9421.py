"""RFC 9421: the examples of its appendix B, our own requests, and changed bytes."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import http_sf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.signatures import keys, rfc9421
from federation.signatures.requests import Request, Unverified

NOW = datetime(2026, 11, 21, 10, 0, 0, tzinfo=UTC)
KEY_ID = "https://alpha.test/ap/actors/alice#main-key"
INBOX = "https://beta.test/ap/inbox"
BODY = b'{"type":"Follow"}'
TYPE = {"Content-Type": "application/activity+json"}


def post(key: keys.PrivateKey, url: str = INBOX, body: bytes = BODY, now: datetime = NOW) -> Request:
    return Request("POST", url, list(rfc9421.sign("POST", url, body, KEY_ID, key, now, TYPE).items()), body)


def check(request: Request, key: keys.PrivateKey, now: datetime = NOW) -> rfc9421.Signature:
    signature = rfc9421.read(request)[0]
    rfc9421.verify(signature, request, key.public_key(), now)
    return signature


def by_hand(key: keys.PrivateKey, members: str, values: list[str], headers: dict[str, str], url: str) -> Request:
    """A GET signed over lines that the test writes out itself, apart from any library."""
    parameters = f'({members});keyid="{KEY_ID}";created={int(NOW.timestamp())}'
    names = members.split()
    base = "\n".join([f"{n}: {v}" for n, v in zip(names, values, strict=True)] + [f'"@signature-params": {parameters}'])
    signature = http_sf.ser({"fedi": (keys.sign(key, base.encode()), {})})
    signed = {**headers, "Signature-Input": f"fedi={parameters}", "Signature": signature}
    return Request("GET", url, list(signed.items()))


def test_ed25519_of_appendix_b(appendix_b: str) -> None:
    pem = re.search(r"(-----BEGIN PUBLIC KEY-----\nMCow.*?-----END PUBLIC KEY-----)", appendix_b, re.S)
    given = re.search(r"Signature-Input: (sig-b26=[^\n]+)\nSignature: (sig-b26=[^\n]+)", appendix_b)
    assert pem is not None
    assert given is not None
    headers = [
        ("Host", "example.com"),
        ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("Content-Type", "application/json"),
        ("Content-Length", "18"),
        ("Signature-Input", given[1]),
        ("Signature", given[2]),
    ]
    url, key = "https://example.com/foo?param=Value&Pet=dog", keys.read_public_pem(pem[1])
    now = datetime.fromtimestamp(1618884473, UTC)
    request = Request("POST", url, headers, b'{"hello": "world"}')
    signature = rfc9421.read(request)[0]
    assert signature.key_id == "test-key-ed25519"
    # The arithmetic holds, but it covers neither query nor body: true, and still not enough for an inbox.
    with pytest.raises(Unverified, match="not signed"):
        rfc9421.verify(signature, request, key, now)
    whole = replace(request, url="https://example.com/foo", body=None)
    assert rfc9421.verify(signature, whole, key, now).key_id == "test-key-ed25519"
    for name in ("Date", "Content-Type", "Content-Length"):
        damaged = [(header, value + "x" if header == name else value) for header, value in headers]
        with pytest.raises(Unverified):
            rfc9421.verify(signature, replace(whole, headers=damaged), key, now)


def test_transformed_requests_of_appendix_b(appendix_b: str) -> None:
    """The last example: the same signature over a request that intermediaries have changed, lawfully and not."""
    pem = re.search(r"(-----BEGIN PUBLIC KEY-----\nMCow.*?-----END PUBLIC KEY-----)", appendix_b, re.S)
    assert pem is not None
    key, now = keys.read_public_pem(pem[1]), datetime.fromtimestamp(1618884473, UTC)
    blocks = re.findall(r"((?:GET|POST) /demo\?[^~]+?)~~~", appendix_b)
    outcomes = []
    for block in blocks:
        first, *rest = block.strip().split("\n")
        method, target, _ = first.split(" ")
        headers = [(line.split(": ", 1)[0], line.split(": ", 1)[1]) for line in rest if ": " in line]
        host = next(value for name, value in headers if name == "Host")
        # The path alone is signed, which we take only where there is no query.
        request = Request(method, f"https://{host}{target.partition('?')[0]}", headers)
        try:
            rfc9421.verify(rfc9421.read(request)[0], request, key, now)
            outcomes.append(True)
        except Unverified:
            outcomes.append(False)
    assert outcomes == [True, True, True, True, False, False]


def test_what_we_send(rsa: RSAPrivateKey) -> None:
    headers = rfc9421.sign("POST", INBOX, BODY, KEY_ID, rsa, NOW, TYPE)
    created = int(NOW.timestamp())
    assert headers["Signature-Input"] == (
        f'sig1=("@method" "@target-uri" "content-digest");created={created};keyid="{KEY_ID}";alg="rsa-v1_5-sha256"'
    )
    assert headers["Content-Digest"].startswith("sha-256=:")
    assert headers["Signature"].startswith("sig1=:")
    assert "Digest" not in headers
    lines = [
        '"@method": POST',
        f'"@target-uri": {INBOX}',
        f'"content-digest": {headers["Content-Digest"]}',
        f'"@signature-params": {headers["Signature-Input"].removeprefix("sig1=")}',
    ]
    raw = http_sf.parse(headers["Signature"].encode(), tltype="dictionary")["sig1"][0]
    keys.verify(rsa.public_key(), raw, "\n".join(lines).encode())


def test_verifies_what_we_send(rsa: RSAPrivateKey, ed25519: Ed25519PrivateKey) -> None:
    for key in (rsa, ed25519):
        request = post(key, "https://beta.test/inbox?a=b")
        assert check(request, key).key_id == KEY_ID
        get = Request("GET", INBOX, list(rfc9421.sign("GET", INBOX, None, KEY_ID, key, NOW).items()))
        check(get, key)


def test_changed_bytes_are_seen(rsa: RSAPrivateKey) -> None:
    request = post(rsa)
    original = rfc9421.read(request)[0]
    for name in ("Signature-Input", "Signature", "Content-Digest"):
        value = dict(request.headers)[name]
        for position in range(0, len(value), 2):
            wrong = value[:position] + ("A" if value[position] != "A" else "B") + value[position + 1 :]
            damaged = [(header, wrong if header == name else text) for header, text in request.headers]
            with pytest.raises(Unverified):
                check(replace(request, headers=damaged), rsa)
    for other in (
        replace(request, body=BODY + b" "),
        replace(request, method="PUT"),
        replace(request, url=INBOX + "?x"),
        replace(request, url="https://gamma.test/ap/inbox"),
        replace(request, url="http://beta.test/ap/inbox"),
    ):
        with pytest.raises(Unverified):
            rfc9421.verify(original, other, rsa.public_key(), NOW)


def test_another_key_is_seen(rsa: RSAPrivateKey, ed25519: Ed25519PrivateKey) -> None:
    with pytest.raises(Unverified):
        check(post(rsa), ed25519)


@pytest.mark.parametrize(
    ("members", "values"),
    [
        ('"@method" "@authority" "@path" "@query"', ["GET", "beta.test", "/x", "?a=b"]),
        ('"@method" "@authority" "@request-target"', ["GET", "beta.test", "/x?a=b"]),
        (
            '"@method" "@target-uri" "@authority" "@scheme" "host" "date"',
            ["GET", "https://beta.test/x?a=b", "beta.test", "https", "beta.test", "Sat, 21 Nov 2026 10:00:00 GMT"],
        ),
    ],
)
def test_components_that_others_cover(rsa: RSAPrivateKey, members: str, values: list[str]) -> None:
    headers = {"Host": "beta.test", "Date": "Sat, 21 Nov 2026 10:00:00 GMT"}
    request = by_hand(rsa, members, values, headers, "https://beta.test/x?a=b")
    check(request, rsa)
    with pytest.raises(Unverified):
        check(replace(request, url="https://beta.test/x?a=c"), rsa)


@pytest.mark.parametrize(
    ("members", "values"),
    [
        ('"@target-uri"', ["https://beta.test/x?a=b"]),
        ('"@method"', ["GET"]),
        ('"@method" "@authority" "@path"', ["GET", "beta.test", "/x"]),
        ('"@method" "@path" "@query"', ["GET", "/x", "?a=b"]),
    ],
)
def test_too_little_is_not_enough(rsa: RSAPrivateKey, members: str, values: list[str]) -> None:
    request = by_hand(rsa, members, values, {"Host": "beta.test"}, "https://beta.test/x?a=b")
    with pytest.raises(Unverified, match="not signed"):
        check(request, rsa)


def test_body_must_be_covered(rsa: RSAPrivateKey) -> None:
    request = by_hand(rsa, '"@method" "@target-uri"', ["POST", INBOX], {"Host": "beta.test"}, INBOX)
    with pytest.raises(Unverified, match="content-digest"):
        check(replace(request, method="POST", body=BODY), rsa)


def test_algorithm_may_be_named_but_not_wrongly(rsa: RSAPrivateKey) -> None:
    def named(algorithm: str) -> Request:
        parameters = f'("@method" "@target-uri");alg="{algorithm}";keyid="{KEY_ID}";created={int(NOW.timestamp())}'
        base = f'"@method": GET\n"@target-uri": {INBOX}\n"@signature-params": {parameters}'
        signature = http_sf.ser({"a": (keys.sign(rsa, base.encode()), {})})
        return Request("GET", INBOX, [("Signature-Input", f"a={parameters}"), ("Signature", signature)])

    check(named("rsa-v1_5-sha256"), rsa)
    for wrong in ("hmac-sha256", "rsa-pss-sha512", "ed25519"):
        with pytest.raises(Unverified):
            check(named(wrong), rsa)


def test_several_labels_each_with_its_key(rsa: RSAPrivateKey, ed25519: Ed25519PrivateKey) -> None:
    first, second = post(rsa), post(ed25519)
    inputs = (
        dict(first.headers)["Signature-Input"] + ", " + dict(second.headers)["Signature-Input"].replace("sig1", "b")
    )
    signatures = dict(first.headers)["Signature"] + ", " + dict(second.headers)["Signature"].replace("sig1", "b")
    headers = [*first.headers[:-2], ("Signature-Input", inputs), ("Signature", signatures)]
    request = replace(first, headers=headers)
    found = rfc9421.read(request)
    assert [signature.label for signature in found] == ["sig1", "b"]
    rfc9421.verify(found[0], request, rsa.public_key(), NOW)
    rfc9421.verify(found[1], request, ed25519.public_key(), NOW)
    with pytest.raises(Unverified):
        rfc9421.verify(found[1], request, rsa.public_key(), NOW)


def test_the_same_label_twice_is_refused(rsa: RSAPrivateKey) -> None:
    request = post(rsa)
    again = ("Signature-Input", dict(request.headers)["Signature-Input"])
    with pytest.raises(Unverified, match="twice"):
        rfc9421.read(replace(request, headers=[*request.headers, again]))


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


@pytest.mark.parametrize(
    ("given", "signature"),
    [
        ("", "sig1=:AAAA:"),
        ('sig1=("@method");created=1;keyid="k"', ""),
        ('sig1=("@method");created=1', "sig1=:AAAA:"),
        ('sig1="x";created=1;keyid="k"', "sig1=:AAAA:"),
        ('sig1=("@method"', "sig1=:AAAA:"),
        ('sig1=("@method");keyid="a b";created=1', "sig1=:AAAA:"),
        (", ".join(f's{n}=("@method");keyid="k";created=1' for n in range(20)), "s1=:AAAA:"),
        ("é=()", "sig1=:AAAA:"),
    ],
)
def test_malformed_headers_are_refused(rsa: RSAPrivateKey, given: str, signature: str) -> None:
    request = Request("GET", INBOX, [("Host", "beta.test"), ("Signature-Input", given), ("Signature", signature)])
    with pytest.raises(Unverified):
        check(request, rsa)


def test_challenge_is_a_structured_field() -> None:
    parsed = http_sf.parse(rfc9421.CHALLENGE.encode(), tltype="dictionary")
    assert [name for name, _ in parsed["sig1"][0]] == list(rfc9421.COVERED)


@pytest.mark.parametrize("key_id", ['https://a.test/"x', "https://a.test/\r\nX: y", "https://a.test/é", ""])
def test_nothing_breaks_out_of_the_header(rsa: RSAPrivateKey, key_id: str) -> None:
    with pytest.raises(Unverified):
        rfc9421.sign("POST", INBOX, BODY, key_id, rsa, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sig1",
        "sig1=1",
        "sig1=:AAAA:",
        'sig1=("@status")',
        'sig1=("@method";req)',
        'sig1=("x-secret");keyid',
        'sig1=("@method");nonce=1',
        "sig1=(" + '"@method" ' * 30 + ")",
        "\x00ü",
        "(" * 5000,
    ],
)
def test_challenges_that_cannot_be_met(text: str) -> None:
    assert rfc9421.read_challenge(text) is None


def test_a_challenge_is_met(rsa: keys.PrivateKey) -> None:
    usual = rfc9421.read_challenge(rfc9421.CHALLENGE)
    assert usual is not None
    assert usual.is_usual
    wanted = 'other=("x-secret"), her=("@method" "@authority" "content-digest" "date");created;nonce="abc";tag="t"'
    asked = rfc9421.read_challenge(wanted)
    assert asked == rfc9421.Challenge(("@authority", "date"), "abc", "t", "her")
    headers = rfc9421.sign("POST", INBOX, BODY, KEY_ID, rsa, NOW, TYPE | {"Collection-Synchronization": "x"}, asked)
    (found,) = rfc9421.read(Request("POST", INBOX, list(headers.items()), BODY))
    assert found.covered == {*rfc9421.COVERED, "@authority", "date", "collection-synchronization"}
    assert 'nonce="abc"' in headers["Signature-Input"]
    rfc9421.verify(found, Request("POST", INBOX, list(headers.items()), BODY), rsa.public_key(), NOW)
