"""Messages for Web Push: as RFC 8291 prints them, and readable by whoever has the keys."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from node.push import sealing


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(sealing.decode(text), "big"), ec.SECP256R1())


def test_the_example_of_rfc_8291() -> None:
    # RFC 8291, section 5 and appendix A
    sealed = sealing.seal(
        b"When I grow up, I want to be a watermelon",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
        is_standard=True,
        salt=sealing.decode("DGv6ra1nlYgDCS1FRnbzlw"),
        own=private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
    )
    assert sealed.headers == {"Content-Encoding": "aes128gcm"}
    assert sealing.encode(sealed.body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3"
        "jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_older_draft_can_be_opened() -> None:
    app = ec.generate_private_key(ec.SECP256R1())
    point = app.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    auth = b"0123456789abcdef"
    sealed = sealing.seal(b"hello", sealing.encode(point), sealing.encode(auth), is_standard=False)
    salt = sealing.decode(sealed.headers["Encryption"].removeprefix("salt="))
    sender = sealing.decode(sealed.headers["Crypto-Key"].removeprefix("dh="))
    shared = app.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))

    def derive(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
        return HKDF(hashes.SHA256(), length, salt, info).derive(material)

    material = derive(shared, auth, b"Content-Encoding: auth\0", 32)
    context = b"P-256\0\0\x41" + point + b"\0\x41" + sender
    key = derive(material, salt, b"Content-Encoding: aesgcm\0" + context, 16)
    nonce = derive(material, salt, b"Content-Encoding: nonce\0" + context, 12)
    assert AESGCM(key).decrypt(nonce, sealed.body, None) == b"\0\0hello"


@pytest.mark.parametrize("is_standard", [True, False])
def test_who_sends_is_signed(is_standard: bool) -> None:
    pem = sealing.new_key()
    headers = sealing.authorize("https://push.test:8443/x/1", "https://a.test", pem, is_standard=is_standard, now=1000)
    _, _, token = headers["Authorization"].partition("t=" if is_standard else " ")
    token = token.partition(",")[0]
    head, claims, signature = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    assert json.loads(head) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(claims) == {"aud": "https://push.test:8443", "exp": 1000 + 43200, "sub": "https://a.test"}
    point = sealing.read_point(sealing.public_point(pem))
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    point.verify(der, token.rpartition(".")[0].encode(), ec.ECDSA(hashes.SHA256()))  # raises where it is not
    assert sealing.public_point(pem) in (headers["Authorization"] if is_standard else headers["Crypto-Key"])


@pytest.mark.parametrize("key", ["", "AAAA", "é", "B" * 87, "not base64!"])
def test_keys_that_are_none(key: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        sealing.seal(b"x", key, "BTBZMqHH6r4Tts7J_aSIgg", is_standard=True)
