"""Keys that take long to make, made once; and the vectors that others published."""

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.signatures import keys

VECTORS = Path(__file__).parents[2] / "documents" / "vectors"


@pytest.fixture(scope="session")
def rsa() -> RSAPrivateKey:
    return keys.generate_rsa()


@pytest.fixture(scope="session")
def ed25519() -> Ed25519PrivateKey:
    return keys.generate_ed25519()


@pytest.fixture(scope="session")
def vectors() -> Path:
    return VECTORS


@pytest.fixture(scope="session")
def appendix_b() -> str:
    """RFC 9421 appendix B with its long lines put together again (RFC 8792)."""
    return re.sub(r"\\\n\s*", "", (VECTORS / "rfc9421-appendix-b.md").read_text())
