"""Reading and showing keys, and refusing the weak ones."""

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicNumbers, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from federation.signatures import keys
from federation.signatures.requests import Unverified


def test_pem_reads_back(rsa: RSAPrivateKey, ed25519: Ed25519PrivateKey) -> None:
    for key in (rsa, ed25519):
        assert keys.public_pem(keys.read_public_pem(keys.public_pem(key))) == keys.public_pem(key)
        assert keys.public_pem(keys.read_private_pem(keys.private_pem(key))) == keys.public_pem(key)
    assert keys.public_pem(rsa).startswith("-----BEGIN PUBLIC KEY-----")


def test_pkcs1_is_read(rsa: RSAPrivateKey) -> None:
    text = rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()
    assert text.startswith("-----BEGIN RSA PUBLIC KEY-----")
    assert keys.public_pem(keys.read_public_pem("\n " + text)) == keys.public_pem(rsa)


@pytest.mark.parametrize("bits", [1024, 4104])
def test_rsa_of_another_size_is_refused(bits: int) -> None:
    numbers = RSAPublicNumbers(65537, (1 << (bits - 1)) + 15)
    text = numbers.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(Unverified, match="bits"):
        keys.read_public_pem(text)


def test_odd_exponent_is_refused() -> None:
    with pytest.raises(Unverified, match="exponent"):
        keys.read_public_pem(keys.public_pem(generate_private_key(3, 2048)))


def test_other_kinds_of_keys_are_refused() -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    with pytest.raises(Unverified, match="neither"):
        keys.read_public_pem(curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


@pytest.mark.parametrize(
    "text", ["", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "é", "A" * 5000]
)
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(Unverified):
        keys.read_public_pem(text)


def test_multikeys_of_fep_521a(vectors: Path) -> None:
    feature = (vectors / "fep/521a/fep-521a.feature").read_text()
    shown = re.findall(r'hex string "([0-9a-f]+)"', feature)
    expected = re.findall(r'"publicKeyMultibase": "([^"]+)"', feature)
    assert len(shown) == len(expected) == 2
    for raw, text in zip(shown, expected, strict=True):
        key = keys.read_multikey(text)
        form = (
            key.public_bytes_raw()
            if not hasattr(key, "public_numbers")
            else key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
        )
        assert form.hex() == raw
        assert keys.multikey(key) == text


@pytest.mark.parametrize(
    "text",
    [
        "6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
        "z",
        "z0OIl",
        "z6Mk",
        "z" + "1" * 900,
        "uAAAA",
        "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2" * 30,
    ],
)
def test_malformed_multikeys_are_refused(text: str) -> None:
    with pytest.raises(Unverified):
        keys.read_multikey(text)


@pytest.mark.parametrize("raw", [b"", b"\x00", b"\x00\x00a", b"hello", bytes(range(256))])
def test_base58_reads_back(raw: bytes) -> None:
    assert keys.read_base58(keys.base58(raw)) == raw
