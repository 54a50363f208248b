"""FEP-8b32 proofs: the vectors of the FEP and of the W3C, and changed documents."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from federation.signatures import keys, proofs
from federation.signatures.requests import Unverified

NOW = datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)
KEY_ID = "https://server.example/users/alice#ed25519-key"


@pytest.fixture(scope="module")
def secret(vectors: Path) -> Ed25519PrivateKey:
    pair = json.loads((vectors / "eddsa-jcs-2022/keyPair.json").read_text())
    raw = keys.read_base58(pair["privateKeyMultibase"][1:])
    assert raw[:2] == bytes([0x80, 0x26])
    key = Ed25519PrivateKey.from_private_bytes(raw[2:])
    assert keys.multikey(key) == pair["publicKeyMultibase"]
    return key


@pytest.fixture(scope="module")
def documents(vectors: Path) -> list[dict[str, Any]]:
    """The JSON texts of the FEP's feature file: unsigned, signed, signed, actor."""
    feature = (vectors / "fep/8b32/fep-8b32.feature").read_text()
    return [json.loads(text) for text in re.findall(r'"""(.*?)"""', feature, re.S)]


def test_signs_as_fep_8b32(secret: Ed25519PrivateKey, documents: list[dict[str, Any]]) -> None:
    assert proofs.sign(documents[0], KEY_ID, secret, NOW) == documents[1]


def test_verifies_fep_8b32(documents: list[dict[str, Any]]) -> None:
    signed, actor = documents[2], documents[3]
    assert proofs.key_of(signed) == KEY_ID
    key = keys.read_multikey(actor["assertionMethod"][0]["publicKeyMultibase"])
    assert isinstance(key, Ed25519PublicKey)
    proofs.verify(signed, key, NOW)


def test_w3c_vectors(secret: Ed25519PrivateKey, vectors: Path) -> None:
    folder = vectors / "eddsa-jcs-2022"
    unsigned = json.loads((folder / "unsigned.json").read_text())
    options = json.loads((folder / "proofConfigJCS.json").read_text())
    data = proofs.hash_data(unsigned, options)
    assert data.hex() == (folder / "combinedHashJCS.txt").read_text().strip()
    assert secret.sign(data).hex() == (folder / "sigHexJCS.txt").read_text().strip()
    proofs.verify(json.loads((folder / "signedJCS.json").read_text()), secret.public_key(), NOW)


def test_every_change_is_seen(secret: Ed25519PrivateKey, documents: list[dict[str, Any]]) -> None:
    signed = documents[1]
    text = json.dumps(signed, ensure_ascii=False)
    seen = 0
    for position in range(len(text)):
        if text[position] not in "abcdefghijklmnopqrstuvwxyz0123456789":
            continue
        other = text[:position] + ("a" if text[position] != "a" else "b") + text[position + 1 :]
        try:
            document = json.loads(other)
        except json.JSONDecodeError:
            continue
        with pytest.raises(Unverified):
            proofs.verify(document, secret.public_key(), NOW)
        seen += 1
    assert seen > 500
    with pytest.raises(Unverified):
        proofs.verify({**signed, "added": True}, secret.public_key(), NOW)
    with pytest.raises(Unverified):
        proofs.verify({**signed, "proof": [signed["proof"]]}, secret.public_key(), NOW)
    with pytest.raises(Unverified):
        proofs.verify({**signed, "@context": "https://www.w3.org/ns/activitystreams"}, secret.public_key(), NOW)


def test_a_proof_that_was_made_for_something_else(secret: Ed25519PrivateKey, documents: list[dict[str, Any]]) -> None:
    """True signatures of the right key: to log in with, in the words of another context, of another suite."""
    document = {name: value for name, value in documents[0].items() if name != "proof"}
    plain = {name: value for name, value in documents[1]["proof"].items() if name != "proofValue"}

    def made(options: dict[str, Any]) -> dict[str, Any]:
        value = "z" + keys.base58(secret.sign(proofs.hash_data(document, options)))
        return {**document, "proof": {**options, "proofValue": value}}

    proofs.verify(made(plain), secret.public_key(), NOW)
    for odd in (
        {"proofPurpose": "authentication"},
        {"@context": ["https://www.w3.org/ns/credentials/v2"]},
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"type": "Ed25519Signature2020"},
    ):
        with pytest.raises(Unverified):
            proofs.verify(made({**plain, **odd}), secret.public_key(), NOW)


def test_a_linked_data_signature_beside_the_proof(secret: Ed25519PrivateKey, documents: list[dict[str, Any]]) -> None:
    signed = documents[1]
    beside = {**signed, "signature": {"type": "RsaSignature2017", "signatureValue": "…"}}
    proofs.verify(beside, secret.public_key(), NOW)
    with pytest.raises(Unverified):
        proofs.verify({**beside, "content": "other"}, secret.public_key(), NOW)
    covered = proofs.sign({**documents[0], "signature": "by hand"}, KEY_ID, secret, NOW)
    proofs.verify(covered, secret.public_key(), NOW)


def test_times(secret: Ed25519PrivateKey, documents: list[dict[str, Any]]) -> None:
    signed = proofs.sign(documents[0], KEY_ID, secret, NOW)
    proofs.verify(signed, secret.public_key(), NOW + timedelta(days=900))
    with pytest.raises(Unverified, match="future"):
        proofs.verify(signed, secret.public_key(), NOW - timedelta(hours=2))
    for value in ("soon", 5, ["2023-02-24T23:36:38Z"]):
        with pytest.raises(Unverified):
            proofs.verify({**signed, "proof": {**signed["proof"], "expires": value}}, secret.public_key(), NOW)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 2**60])
def test_what_has_no_canonical_form_is_refused(secret: Ed25519PrivateKey, number: float) -> None:
    with pytest.raises(Unverified, match="canonical"):
        proofs.sign({"id": "https://a.test/1", "n": number}, KEY_ID, secret, NOW)


def test_lone_surrogates_are_refused(secret: Ed25519PrivateKey) -> None:
    with pytest.raises(Unverified, match="canonical"):
        proofs.sign({"id": "https://a.test/1", "content": "\ud800"}, KEY_ID, secret, NOW)


def test_a_former_proof_is_replaced(secret: Ed25519PrivateKey, documents: list[dict[str, Any]]) -> None:
    again = proofs.sign(documents[1], KEY_ID, secret, NOW)
    assert again == documents[1]
    assert proofs.key_of(documents[0]) is None
    assert proofs.key_of({"proof": {"cryptosuite": "other", "verificationMethod": "x"}}) is None
