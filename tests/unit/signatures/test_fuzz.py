"""Whatever stands in the headers that sign a request, they are read or the request counts as unverified."""

import contextlib
import itertools
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation.signatures import cavage, keys, rfc9421
from federation.signatures.requests import Request, Unverified

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
URL, BODY = "https://a.test/ap/inbox", b'{"type":"Like"}'
OLD = (
    'keyId="https://b.test/sam#main-key",algorithm="rsa-sha256",created=1777885200,expires=1777885300,'
    'headers="(request-target) host date digest (created)",signature="AAAA"'
)
INPUT = (
    'sig1=("@method" "@target-uri" "content-digest" "date";sf "x";key="a";req);created=1777885200;expires=1777885300;'
    'keyid="https://b.test/sam#main-key";alg="rsa-v1_5-sha256";nonce="x"'
)
pieces = st.sampled_from(
    [*"\"=,;:()\\ \t'?@#*-", "\x00", "é", "9" * 30, "-1", "1.5", "keyId", "headers", "created", "sig1", "?1",
     "?2", ":AAAA:", ":A:", "@unknown", "@query-param",
     ";name=", ";bs", ";tr", "()", "((", "1777885200", "\r\n x", "@1"]
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, value: str) -> str:
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(value)))
        cut = draw(st.sampled_from([0, 0, 1, 3, 20]))
        value = value[:at] + draw(pieces | st.text(max_size=5)) + value[at + cut :]
    return value


def headers(name: str, value: str) -> st.SearchStrategy[list[tuple[str, str]]]:
    return st.lists(damaged(value) | st.text(max_size=40), min_size=1, max_size=2).map(
        lambda found: [(name, one) for one in found]
    )


others = st.tuples(
    headers("Date", "Mon, 04 May 2026 09:00:00 GMT"),
    headers("Digest", "SHA-256=Kch1Ku0+abc="),
    headers("Content-Digest", "sha-256=:AAAA:"),
)


@settings(
    derandomize=True, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(headers("Signature", OLD), others)
def test_the_older_kind(
    rsa: RSAPrivateKey, signature: list[tuple[str, str]], more: tuple[list[tuple[str, str]]]
) -> None:
    request = Request("POST", URL, [("Host", "a.test"), *signature, *itertools.chain(*more)], BODY)
    with contextlib.suppress(Unverified):
        found = cavage.read(request)
        with contextlib.suppress(Unverified):
            cavage.check(found, request, NOW)
        cavage.verify(found, request, rsa.public_key(), NOW)
        raise AssertionError("nobody signed this")


@settings(
    derandomize=True, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(headers("Signature-Input", INPUT), headers("Signature", "sig1=:AAAA:"), others)
def test_the_newer_kind(
    rsa: RSAPrivateKey,
    given_input: list[tuple[str, str]],
    signature: list[tuple[str, str]],
    more: tuple[list[tuple[str, str]]],
) -> None:
    request = Request("POST", URL, [("Host", "a.test"), *given_input, *signature, *itertools.chain(*more)], BODY)
    with contextlib.suppress(Unverified):
        for found in rfc9421.read(request):
            with contextlib.suppress(Unverified):
                rfc9421.check(found, request, NOW)
            with contextlib.suppress(Unverified):
                rfc9421.verify(found, request, rsa.public_key(), NOW)
                raise AssertionError("nobody signed this")


@settings(derandomize=True, deadline=None, max_examples=100)
@given(damaged(INPUT), damaged("z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"))
def test_challenges_and_keys(challenge: str, key: str) -> None:
    rfc9421.read_challenge(challenge)
    for read in (keys.read_multikey, keys.read_public_pem):
        with contextlib.suppress(Unverified):
            read(key)
