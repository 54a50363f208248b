"""Makes the two keys an actor signs with: RSA for HTTP signatures, Ed25519 for proofs inside documents."""

import asyncio
import functools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

_EXPONENT, _BITS = 65537, 2048
_ED25519_PREFIX = bytes([0xED, 0x01])  # multicodec (FEP-521a)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Both keys of one actor, the private halves readable: they are locked before they are stored."""

    rsa_public: str
    """PEM, SubjectPublicKeyInfo."""
    rsa_private: str
    """PEM, PKCS#8."""
    ed25519_public: str
    """Multibase multikey, ``z6Mk…``."""
    ed25519_private: str


def generate() -> KeyPair:
    """Takes a tenth of a second of one core, nearly all of it outside the interpreter lock."""
    rsa = generate_private_key(_EXPONENT, _BITS)
    ed25519 = Ed25519PrivateKey.generate()
    raw = ed25519.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return KeyPair(
        rsa_public=rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        rsa_private=_pem(rsa),
        ed25519_public="z" + _base58(_ED25519_PREFIX + raw),
        ed25519_private=_pem(ed25519),
    )


async def make_keys() -> KeyPair:
    """One pair, made off the loop. Call it before the unit of work opens."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), generate)


async def make_many(number: int) -> Sequence[KeyPair]:
    """Pairs for a whole batch, on as many cores as there are."""
    return await asyncio.gather(*(make_keys() for _ in range(number)))


@functools.cache
def _threads() -> ThreadPoolExecutor:
    # Its own small pool: a batch of keys must not hold up the database driver's threads. OpenSSL releases the lock.
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="keys")


def _pem(key: RSAPrivateKey | Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _base58(data: bytes) -> str:
    number = int.from_bytes(data, "big")
    digits = ""
    while number:
        number, rest = divmod(number, 58)
        digits = _BASE58[rest] + digits
    return _BASE58[0] * (len(data) - len(data.lstrip(b"\0"))) + digits
