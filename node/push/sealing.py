"""Seals messages for Web Push: RFC 8291, the draft before it that older apps expect, and VAPID (RFC 8292). Pure."""

import base64
import os
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

RECORD = 4096
_VALID = 12 * 3600  # seconds of a VAPID token; at most a day


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is posted to the push service."""

    headers: dict[str, str]
    body: bytes


def encode(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """base64 of either alphabet, with or without padding. Raises ValueError."""
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    if not plain.isascii():
        raise ValueError("not base64")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)


def new_key() -> str:
    """A VAPID key as PEM."""
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


def public_point(pem: str) -> str:
    """The public half of a VAPID key as apps want it: the uncompressed point, base64url."""
    return encode(_point(_private(pem).public_key()))


def read_point(text: str) -> ec.EllipticCurvePublicKey:
    """An app's ``p256dh``. Raises ValueError."""
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(text))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("not a point of P-256") from error


def seal(message: bytes, public_key: str, secret: str, *, is_standard: bool, salt: bytes | None = None,
         own: ec.EllipticCurvePrivateKey | None = None) -> Sealed:  # fmt: skip
    """``aes128gcm`` of RFC 8291, or ``aesgcm`` of the fourth draft. ``salt`` and ``own`` are given by tests only.

    Raises ValueError for keys that are none.
    """
    theirs = read_point(public_key)
    auth = decode(secret)
    salt = salt or os.urandom(16)
    own = own or ec.generate_private_key(ec.SECP256R1())
    shared = own.exchange(ec.ECDH(), theirs)
    their_point, own_point = _point(theirs), _point(own.public_key())
    if is_standard:
        material = _derive(shared, auth, b"WebPush: info\0" + their_point + own_point, 32)
        key = _derive(material, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derive(material, salt, b"Content-Encoding: nonce\0", 12)
        head = salt + RECORD.to_bytes(4, "big") + bytes([len(own_point)]) + own_point
        body = head + AESGCM(key).encrypt(nonce, message + b"\x02", None)
        return Sealed({"Content-Encoding": "aes128gcm"}, body)
    material = _derive(shared, auth, b"Content-Encoding: auth\0", 32)
    context = b"P-256\0" + b"".join(len(point).to_bytes(2, "big") + point for point in (their_point, own_point))
    key = _derive(material, salt, b"Content-Encoding: aesgcm\0" + context, 16)
    nonce = _derive(material, salt, b"Content-Encoding: nonce\0" + context, 12)
    body = AESGCM(key).encrypt(nonce, b"\0\0" + message, None)
    headers = {
        "Content-Encoding": "aesgcm",
        "Encryption": f"salt={encode(salt)}",
        "Crypto-Key": f"dh={encode(own_point)}",
    }
    return Sealed(headers, body)


def authorize(endpoint: str, contact: str, pem: str, *, is_standard: bool, now: float | None = None) -> dict[str, str]:
    """The headers by which a push service knows who sends: VAPID, in its final form or that of the draft.

    The draft's ``Crypto-Key`` is to be joined with the one of seal().
    """
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time() if now is None else now) + _VALID,
        "sub": contact,
    }
    signed = ".".join(encode(orjson.dumps(part)) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    r, s = decode_dss_signature(_private(pem).sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    token = f"{signed}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    if is_standard:
        return {"Authorization": f"vapid t={token}, k={public_point(pem)}"}
    return {"Authorization": f"WebPush {token}", "Crypto-Key": f"p256ecdsa={public_point(pem)}"}


def _derive(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(material)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def _private(pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key
