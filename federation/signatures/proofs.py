"""Proofs inside documents (FEP-8b32, cryptosuite eddsa-jcs-2022): who wrote it, whoever carries it."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from federation.signatures.keys import base58, read_base58
from federation.signatures.keys import verify as verify_bytes
from federation.signatures.requests import NEWEST, Unverified

SUITE = "eddsa-jcs-2022"


def sign(document: Mapping[str, Any], key_id: str, key: Ed25519PrivateKey, now: datetime) -> dict[str, Any]:
    """The document with a `proof` by this key. A proof that it had is replaced."""
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    options: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "verificationMethod": key_id,
        "proofPurpose": "assertionMethod",
        "created": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if "@context" in document:
        options = {"@context": document["@context"], **options}
    value = "z" + base58(key.sign(hash_data(unsigned, options)))
    return {**unsigned, "proof": {**options, "proofValue": value}}


def key_of(document: Mapping[str, Any]) -> str | None:
    """The key that a document's proof names, or None when it has no proof that we could check."""
    proof = document.get("proof")
    if not isinstance(proof, dict) or proof.get("cryptosuite") != SUITE:
        return None
    method = proof.get("verificationMethod")
    return method if isinstance(method, str) and len(method) <= 2048 else None


def made_at(document: Mapping[str, Any]) -> datetime | None:
    """When a document's proof was made, by its own word; None where it does not say. Raises Unverified."""
    proof = document.get("proof")
    return _moment(proof.get("created")) if isinstance(proof, dict) else None


def verify(document: Mapping[str, Any], key: Ed25519PublicKey, now: datetime) -> None:
    """Raises Unverified unless this key made the proof over every byte that matters of this document.

    The caller must have found the key under the `verificationMethod` in the `assertionMethod` of the actor.
    """
    proof = document.get("proof")
    if not isinstance(proof, dict):
        raise Unverified("document has no proof, or several")
    if proof.get("type") != "DataIntegrityProof" or proof.get("cryptosuite") != SUITE:
        raise Unverified("proof is of another kind")
    if proof.get("proofPurpose") != "assertionMethod":
        raise Unverified("proof serves another purpose")
    if "@context" in proof and proof["@context"] != document.get("@context"):
        raise Unverified("proof was made in another context")
    _check_times(proof, now)
    value = proof.get("proofValue")
    if not isinstance(value, str) or not value.startswith("z") or len(value) > 128:
        raise Unverified("proof value is not base58btc")
    unsigned = {name: content for name, content in document.items() if name != "proof"}
    options = {name: content for name, content in proof.items() if name != "proofValue"}
    made = read_base58(value[1:])
    if "signature" in unsigned:
        # A Linked Data Signature, which says nothing to us, is put beside the proof after the proof was made (Fedify).
        bare = {name: content for name, content in unsigned.items() if name != "signature"}
        with suppress(Unverified):
            verify_bytes(key, made, hash_data(bare, options))
            return
    verify_bytes(key, made, hash_data(unsigned, options))


def hash_data(unsigned: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """What is signed: the hash of the options, then the hash of the document, both in canonical JSON (RFC 8785)."""
    try:
        return b"".join(hashlib.sha256(rfc8785.dumps(dict(part))).digest() for part in (options, unsigned))
    except (rfc8785.CanonicalizationError, RecursionError, ValueError) as error:
        raise Unverified("document has no canonical form") from error


def _check_times(proof: Mapping[str, Any], now: datetime) -> None:
    created = _moment(proof.get("created"))
    if created is not None and created > now + NEWEST:
        raise Unverified("proof is from the future")
    expires = _moment(proof.get("expires"))
    if expires is not None and expires < now:
        raise Unverified("proof has expired")


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise Unverified("proof has a malformed time")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
