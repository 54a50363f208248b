"""HTTP Message Signatures (RFC 9421) with Content-Digest (RFC 9530): the standard that peers are moving to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, cast
from urllib.parse import urlsplit

import http_sf
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from http_message_signatures import (
    ContentDigest,
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)

from federation.signatures import keys
from federation.signatures.requests import (
    Request,
    Unverified,
    Verified,
    check_age,
    check_header,
    check_key_id,
    read_seconds,
)

LABEL = "sig1"
COVERED = ("@method", "@target-uri", "content-digest")
# What we answer with a 401, so that a peer that reads it signs what we need (RFC 9421 section 5).
CHALLENGE = 'sig1=("@method" "@target-uri" "content-digest");created;keyid'

# What a challenge may ask for beside that, and we can give. A header that is not sent cannot be signed.
_ALSO = ("@authority", "@scheme", "@path", "@query", "@request-target", "host", "date", "content-type")

# Either the whole address, or parts that leave nothing of it open.
_TARGETS = ({"@target-uri"}, {"@authority", "@request-target"}, {"@authority", "@path", "@query"})
_HOST_AND_PATH = {"@authority", "@path"}
_MOST_LABELS = 8
_MOST_COMPONENTS = 20


@dataclass(frozen=True, slots=True)
class Signature:
    """One labelled signature of a request, read but not yet believed."""

    label: str
    key_id: str
    covered: frozenset[str]
    created: int | None
    expires: int | None
    signature: bytes
    input: str
    """Its member of Signature-Input alone, as the library wants it."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a peer wants signed (Accept-Signature, RFC 9421 section 5), as far as we can give it."""

    components: tuple[str, ...] = ()
    """Beyond those that we always sign."""
    nonce: str | None = None
    tag: str | None = None
    label: str = LABEL

    @property
    def is_usual(self) -> bool:
        """True when it asks for nothing that we do not sign anyway."""
        return not self.components and self.nonce is None and self.tag is None


def read_challenge(text: str) -> Challenge | None:
    """The first signature asked for that we can make; None when there is none. Never raises."""
    try:
        parsed = http_sf.parse(text[:4000].encode("ascii"), tltype="dictionary")
    except (ValueError, TypeError):
        return None
    members = cast(dict[str, tuple[Any, dict[str, Any]]], parsed) if isinstance(parsed, dict) else {}
    for label, (components, parameters) in members.items():
        if not isinstance(components, list):
            continue
        names = [name for name, options in components if isinstance(name, str) and not options]
        nonce, tag = parameters.get("nonce"), parameters.get("tag")
        is_possible = len(names) == len(components) <= _MOST_COMPONENTS and set(names) <= {*COVERED, *_ALSO}
        if is_possible and all(value is None or isinstance(value, str) for value in (nonce, tag)):
            return Challenge(tuple(name for name in names if name not in COVERED), nonce, tag, label)
    return None


class _Headers(dict[str, list[str]]):
    """Header lines under their lower-case names, in the shape that the library reads and writes."""

    def items(self) -> list[tuple[str, str]]:  # type: ignore[override]
        return [(name, value) for name, values in super().items() for value in values]

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name.lower(), value if isinstance(value, list) else [value])


@dataclass
class _Message:
    method: str
    url: str
    headers: _Headers = field(default_factory=_Headers)


class _OneKey(HTTPSignatureKeyResolver):
    """The key was found before we come here: whoever asks gets it."""

    def __init__(self, key: keys.PublicKey | keys.PrivateKey) -> None:
        self.key = key

    def resolve_public_key(self, key_id: str) -> Any:
        return self.key

    def resolve_private_key(self, key_id: str) -> Any:
        return self.key


class _Verifier(HTTPMessageVerifier):
    """Times are ours to judge, against the clock of the node."""

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        """Nothing here: `verify` below has judged them."""


def _algorithm(key: keys.PublicKey | keys.PrivateKey) -> type[algorithms.HTTPSignatureAlgorithm]:
    if isinstance(key, RSAPublicKey | RSAPrivateKey):
        return algorithms.RSA_V1_5_SHA256
    return algorithms.ED25519


def sign(
    method: str,
    url: str,
    body: bytes | None,
    key_id: str,
    key: keys.PrivateKey,
    now: datetime,
    extra: Mapping[str, str] | None = None,
    asked: Challenge | None = None,
) -> dict[str, str]:
    """The headers to send: Host, Content-Digest (with a body), `extra`, Signature-Input and Signature.

    Of `extra` everything is signed but the content type, which some would not expect. `asked` adds what a peer wants.
    """
    asked = asked or Challenge()
    headers = {"Host": urlsplit(url).netloc}
    if "date" in asked.components:
        headers["Date"] = format_datetime(now.astimezone(UTC), usegmt=True)
    if body is not None:
        headers["Content-Digest"] = ContentDigest.create(body)
    headers.update(extra or {})
    for name, value in headers.items():
        check_header(name, value)
    message = _Message(method.upper(), url)
    for name, value in headers.items():
        message.headers[name] = value
    covered = [*COVERED] if body is not None else [*COVERED[:2]]
    covered += [name.lower() for name in extra or () if name.lower() != "content-type"]
    covered += [name for name in asked.components if name.startswith("@") or name in message.headers]
    signer = HTTPMessageSigner(signature_algorithm=_algorithm(key), key_resolver=_OneKey(key))
    try:
        signer.sign(
            message,
            key_id=check_key_id(key_id),
            created=now.astimezone(UTC),
            label=asked.label,
            nonce=asked.nonce,
            tag=asked.tag,
            include_alg=True,  # optional, but activitypub-bot reads no signature without it
            covered_component_ids=covered,
            use_existing_digest=body is not None,
        )
    except HTTPMessageSignaturesException as error:
        raise Unverified(str(error)) from error
    headers["Signature-Input"] = message.headers["signature-input"][0]
    headers["Signature"] = message.headers["signature"][0]
    return headers


def read(request: Request) -> list[Signature]:
    """All labelled signatures that name a key and a time, in order. Raises Unverified when there is none."""
    inputs = _dictionary(request, "signature-input")
    signatures = _dictionary(request, "signature")
    if len(inputs) > _MOST_LABELS:
        raise Unverified("too many signatures")
    found = []
    for label, (members, parameters) in inputs.items():
        signed = signatures.get(label, (None, {}))[0]
        key_id = parameters.get("keyid")
        if not isinstance(members, list) or not isinstance(signed, bytes) or not isinstance(key_id, str):
            continue
        names = frozenset(name for name, options in members if isinstance(name, str) and not options)
        created, expires = parameters.get("created"), parameters.get("expires")
        found.append(
            Signature(
                label,
                check_key_id(key_id),
                names,
                created if type(created) is int else None,
                expires if type(expires) is int else None,
                signed,
                http_sf.ser({label: (members, parameters)}),
            )
        )
    if not found:
        raise Unverified("no signature that names its key")
    return found


def _dictionary(request: Request, name: str) -> dict[str, tuple[Any, dict[str, Any]]]:
    def refuse(key: str, context: str) -> None:
        raise Unverified(f"{key[:40]} appears twice in {name}")

    text = ", ".join(request.lines(name))
    try:
        parsed = http_sf.parse(text.encode("ascii"), tltype="dictionary", on_duplicate_key=refuse)
    except (ValueError, TypeError) as error:
        raise Unverified(f"{name} is malformed") from error
    if not isinstance(parsed, dict):
        raise Unverified(f"{name} is malformed")
    return cast(dict[str, tuple[Any, dict[str, Any]]], parsed)


def check(signature: Signature, request: Request, now: datetime) -> datetime:
    """All that can be judged without the key, so that nothing is fetched for what would be refused anyway.

    Returns when the signature was made. Raises Unverified.
    """
    _check_coverage(signature, request)
    if signature.created is None:
        raise Unverified("not signed: created")
    made_at = read_seconds(signature.created)
    check_age(made_at, now)
    if signature.expires is not None and read_seconds(signature.expires) < now:
        raise Unverified("signature has expired")
    for name in ("host", "content-digest", "content-type", "content-length", "date"):
        request.only(name)
    if request.body is not None:
        try:
            ContentDigest.verify(request.only("content-digest") or "", request.body)
        except HTTPMessageSignaturesException as error:
            raise Unverified("digest does not match the body") from error
    return made_at


def verify(signature: Signature, request: Request, key: keys.PublicKey, now: datetime) -> Verified:
    """Raises Unverified unless `key` signed everything that matters of this request, lately."""
    made_at = check(signature, request, now)
    message = _Message(request.method.upper(), request.url)
    for header, value in request.headers:
        message.headers.setdefault(header.lower(), []).append(value)
    # Only this one: the library would want all of several signatures to be of one key.
    message.headers["signature-input"] = signature.input
    message.headers["signature"] = http_sf.ser({signature.label: (signature.signature, {})})
    verifier = _Verifier(signature_algorithm=_algorithm(key), key_resolver=_OneKey(key))
    try:
        verifier.verify(message, max_age=None)
    except HTTPMessageSignaturesException as error:
        raise Unverified(str(error)[:200] or "signature does not match") from error
    except (ValueError, TypeError, KeyError) as error:
        raise Unverified("signature headers are malformed") from error
    return Verified(signature.key_id, made_at, signature.covered, signature.signature)


def _check_coverage(signature: Signature, request: Request) -> None:
    covered = signature.covered
    if "@method" not in covered:
        raise Unverified("not signed: @method")
    targets = any(parts <= covered for parts in _TARGETS) or (request.query is None and covered >= _HOST_AND_PATH)
    if not targets:
        raise Unverified("not signed: @target-uri")
    if request.body is not None and "content-digest" not in covered:
        raise Unverified("not signed: content-digest")
