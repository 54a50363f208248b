"""Keys of actors: making them, reading the forms in which others show theirs, and refusing the weak."""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key

from federation.signatures.requests import Unverified

PublicKey = RSAPublicKey | Ed25519PublicKey
PrivateKey = RSAPrivateKey | Ed25519PrivateKey

SMALLEST, LARGEST, EXPONENT = 2048, 4096, 65537
_LONGEST_TEXT = 4096  # an RSA key of 4096 bits takes 800 characters

# multicodec prefixes (FEP-521a)
_ED25519 = bytes([0xED, 0x01])
_RSA = bytes([0x85, 0x24])

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}


def generate_rsa() -> RSAPrivateKey:
    """A key for HTTP signatures, in the size that every peer reads. Takes a tenth of a second: do it off the loop."""
    return generate_private_key(EXPONENT, SMALLEST)


def generate_ed25519() -> Ed25519PrivateKey:
    """A key for the proofs inside documents (FEP-8b32)."""
    return Ed25519PrivateKey.generate()


def public_pem(key: PublicKey | PrivateKey) -> str:
    """SPKI, `BEGIN PUBLIC KEY`, as `publicKeyPem` wants it."""
    public = key.public_key() if isinstance(key, RSAPrivateKey | Ed25519PrivateKey) else key
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.PEM, form).decode()


def private_pem(key: PrivateKey) -> str:
    """PKCS#8 without a password; whoever stores it encrypts it."""
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def read_private_pem(text: str) -> PrivateKey:
    """A key that we made and kept: it is not checked again, for that takes 50 times as long as signing with it."""
    key = serialization.load_pem_private_key(text.encode(), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise Unverified("private key is neither RSA nor Ed25519")
    return key


def read_public_pem(text: str) -> PublicKey:
    """SPKI or PKCS#1 (`BEGIN RSA PUBLIC KEY`). Raises Unverified on anything that we would not rely on."""
    if len(text) > _LONGEST_TEXT or not text.isascii():
        raise Unverified("key is too long or not ASCII")
    try:
        key = serialization.load_pem_public_key(text.strip().encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unverified("key cannot be read") from error
    return _acceptable(key)


def _acceptable(key: object) -> PublicKey:
    """Small keys can be broken, huge ones and odd exponents cost time: all are refused before any arithmetic."""
    if isinstance(key, Ed25519PublicKey):
        return key
    if not isinstance(key, RSAPublicKey):
        raise Unverified("key is neither RSA nor Ed25519")
    if not SMALLEST <= key.key_size <= LARGEST:
        raise Unverified(f"RSA key of {key.key_size} bits")
    if key.public_numbers().e != EXPONENT:
        raise Unverified("RSA key with an odd exponent")
    return key


def multikey(key: PublicKey | PrivateKey) -> str:
    """`publicKeyMultibase` of a Multikey (FEP-521a)."""
    public = key.public_key() if isinstance(key, RSAPrivateKey | Ed25519PrivateKey) else key
    if isinstance(public, Ed25519PublicKey):
        return "z" + base58(_ED25519 + public.public_bytes_raw())
    raw = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    return "z" + base58(_RSA + raw)


def read_multikey(text: str) -> PublicKey:
    """The key in a `publicKeyMultibase`, base58btc only. Raises Unverified."""
    if len(text) > 1024 or not text.startswith("z"):
        raise Unverified("multikey is not base58btc")
    raw = read_base58(text[1:])
    prefix, rest = raw[:2], raw[2:]
    try:
        if prefix == _ED25519:
            return Ed25519PublicKey.from_public_bytes(rest)
        if prefix == _RSA:
            return _acceptable(serialization.load_der_public_key(_spki_of_pkcs1(rest)))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unverified("multikey cannot be read") from error
    raise Unverified("multikey is neither RSA nor Ed25519")


def _spki_of_pkcs1(raw: bytes) -> bytes:
    """Wrap a bare RSA key in the envelope that the library reads: SEQUENCE { rsaEncryption NULL, BIT STRING }."""
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    bits = b"\x00" + raw
    inner = algorithm + b"\x03" + _der_length(len(bits)) + bits
    return b"\x30" + _der_length(len(inner)) + inner


def _der_length(length: int) -> bytes:
    if length < 128:
        return bytes([length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def base58(raw: bytes) -> str:
    number = int.from_bytes(raw, "big")
    text = ""
    while number:
        number, rest = divmod(number, 58)
        text = _ALPHABET[rest] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\x00"))) + text


def read_base58(text: str) -> bytes:
    number = 0
    for character in text:
        if character not in _VALUES:
            raise Unverified("value is not base58btc")
        number = number * 58 + _VALUES[character]
    zeros = len(text) - len(text.lstrip("1"))
    return b"\x00" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def sign(key: PrivateKey, message: bytes) -> bytes:
    """RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519: the key decides, as for every verifier of ours."""
    if isinstance(key, RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(message)


def verify(key: PublicKey, signature: bytes, message: bytes) -> None:
    """Raises Unverified unless this key made this signature over this message."""
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.verify(signature, message)
    except InvalidSignature as error:
        raise Unverified("signature does not match") from error
