"""Draft-cavage HTTP signatures (draft 12, as the networks speak it): the older kind, understood by every peer."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from federation.signatures import keys
from federation.signatures.requests import (
    Request,
    Unverified,
    Verified,
    check_age,
    check_digest,
    check_header,
    check_key_id,
    digest,
    read_base64,
    read_date,
    read_seconds,
)

# What a signature must cover for us to believe it; the time is checked apart, for it has two names.
REQUIRED = {"GET": {"(request-target)", "host"}, "POST": {"(request-target)", "host", "digest"}}
_SINGLE = {"host", "date", "digest", "content-type", "content-length"}
_PLAIN = re.compile(r"https?://([^/?#@]+)(/[!$-~]*)")
_PARAMETER = re.compile(r'\s*([A-Za-z]{1,32})\s*=\s*(?:"([^"\\]{0,4096})"|([0-9]{1,15}))\s*(?:,|$)')
_ALGORITHMS = {
    RSAPublicKey: {None, "rsa-sha256", "hs2019"},
    Ed25519PublicKey: {None, "ed25519", "ed25519-sha512", "hs2019"},
}


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters of one Signature header, read but not yet believed."""

    key_id: str
    algorithm: str | None
    headers: tuple[str, ...]
    signature: bytes
    created: int | None
    expires: int | None


def sign(
    method: str,
    url: str,
    body: bytes | None,
    key_id: str,
    key: keys.PrivateKey,
    now: datetime,
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The headers to send: Host, Date, Digest (with a body), `extra` (signed too) and the Signature over them."""
    host, target = _parts(url)
    headers = {"Host": host, "Date": _date(int(now.timestamp()))}
    if body is not None:
        headers["Digest"] = digest(body)
    headers.update(extra or {})
    for name, value in headers.items():
        check_header(name, value)
    lines = [f"(request-target): {method.lower()} {target}", *[f"{n.lower()}: {v}" for n, v in headers.items()]]
    signature = base64.b64encode(keys.sign(key, "\n".join(lines).encode("ascii"))).decode()
    covered = " ".join(["(request-target)", *[name.lower() for name in headers]])
    algorithm = "rsa-sha256" if isinstance(key, RSAPrivateKey) else "hs2019"
    headers["Signature"] = (
        f'keyId="{check_key_id(key_id)}",algorithm="{algorithm}",headers="{covered}",signature="{signature}"'
    )
    return headers


def _parts(url: str) -> tuple[str, str]:
    """Host and target of an absolute address."""
    plain = _PLAIN.fullmatch(url)
    if plain is not None:
        return plain[1], plain[2]
    parts = urlsplit(url)
    return parts.netloc, (parts.path or "/") + ("?" + parts.query if parts.query else "")


@lru_cache(maxsize=8)
def _date(seconds: int) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


def read(request: Request) -> Signature:
    """The one Signature header of a request. Raises Unverified when it is absent, doubled or malformed."""
    value = request.only("signature")
    if not value:
        raise Unverified("no signature")
    parameters = _parameters(value)
    if "keyId" not in parameters or "signature" not in parameters:
        raise Unverified("signature without keyId or signature")
    algorithm = parameters.get("algorithm")
    algorithm = algorithm.lower() if algorithm is not None else None
    default = "(created)" if algorithm in (None, "hs2019") else "date"
    headers = tuple(parameters.get("headers", default).lower().split())
    if len(set(headers)) != len(headers):
        raise Unverified("a header is listed twice")
    return Signature(
        check_key_id(parameters["keyId"]),
        algorithm,
        headers,
        read_base64(parameters["signature"]),
        _whole(parameters.get("created")),
        _whole(parameters.get("expires")),
    )


def _parameters(value: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    position = 0
    while position < len(value):
        match = _PARAMETER.match(value, position)
        if match is None:
            raise Unverified("signature header is malformed")
        name = match[1]
        if name in parameters:
            raise Unverified(f"parameter {name} appears twice")
        parameters[name] = match[2] if match[2] is not None else match[3]
        position = match.end()
    return parameters


def _whole(value: str | None) -> int | None:
    if value is None:
        return None
    if not value.isdecimal() or not value.isascii() or len(value) > 15:
        raise Unverified("time is not a number")
    return int(value)


def check(signature: Signature, request: Request, now: datetime) -> datetime:
    """All that can be judged without the key, so that nothing is fetched for what would be refused anyway.

    Returns when the signature was made. Raises Unverified.
    """
    required = REQUIRED["GET" if request.body is None else "POST"]
    if missing := required - set(signature.headers):
        raise Unverified("not signed: " + ", ".join(sorted(missing)))
    made_at = _made_at(signature, request, now)
    if request.body is not None:
        check_digest(request.only("digest") or "", request.body)
    return made_at


def verify(
    signature: Signature, request: Request, key: keys.PublicKey, now: datetime, made_at: datetime | None = None
) -> Verified:
    """Raises Unverified unless `key` signed everything that matters of this request, lately.

    `made_at` is what `check` said of this very request, where it was asked.
    """
    made_at = made_at or check(signature, request, now)
    if signature.algorithm not in _ALGORITHMS[RSAPublicKey if isinstance(key, RSAPublicKey) else Ed25519PublicKey]:
        raise Unverified("algorithm does not belong to the key")
    # Some sign the query and some leave it out, so both are tried.
    targets = [request.path] if request.query is None else [f"{request.path}?{request.query}", request.path]
    for attempt, target in enumerate(targets, start=1):
        try:
            keys.verify(key, signature.signature, _signed_text(signature, request, target))
            break
        except Unverified:
            if attempt == len(targets):
                raise
    return Verified(signature.key_id, made_at, frozenset(signature.headers), signature.signature)


def _made_at(signature: Signature, request: Request, now: datetime) -> datetime:
    """The signed time. Both are checked when both are signed; a time that is not signed counts for nothing."""
    times = []
    if "(created)" in signature.headers:
        if signature.created is None or (signature.algorithm or "").startswith("rsa-"):
            raise Unverified("(created) without a value, or with an algorithm that has none")
        times.append(read_seconds(signature.created))
    if "date" in signature.headers:
        times.append(read_date(request.only("date") or ""))
    if not times:
        raise Unverified("not signed: date")
    for time in times:
        check_age(time, now)
    if signature.expires is not None and read_seconds(signature.expires) < now:
        raise Unverified("signature has expired")
    return min(times)


def _signed_text(signature: Signature, request: Request, target: str) -> bytes:
    lines = []
    for name in signature.headers:
        if name == "(request-target)":
            value = f"{request.method.lower()} {target}"
        elif name == "(created)":
            value = str(signature.created)
        elif name == "(expires)":
            if signature.expires is None:
                raise Unverified("(expires) without a value")
            value = str(signature.expires)
        else:
            values = request.lines(name)
            if not values:
                raise Unverified(f"signed header {name[:40]} is not there")
            if name in _SINGLE and len(values) > 1:
                raise Unverified(f"{name} appears more than once")
            value = ", ".join(values)
        lines.append(f"{name}: {value}")
    try:
        return "\n".join(lines).encode("latin-1")
    except UnicodeEncodeError as error:
        raise Unverified("a signed header is not text") from error
