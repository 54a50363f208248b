"""Whether a document carries the proof of whoever is said to have written it (FEP-8b32), whoever brings it."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from federation.directory import Directory
from federation.errors import BadSignature, PeerGone, Unreachable
from federation.signatures import proofs
from federation.signatures.requests import Unverified
from schemas.values import Document, same_origin


async def is_proven(document: Document, author: str, remote: Directory) -> bool:
    """True when ``author``, the id of an actor, made the proof in it."""
    key_id = proofs.key_of(document)
    if key_id is None or not same_origin(key_id, author):
        return False
    try:
        key = await remote.key(key_id)
        if key.actor.uri != author or not isinstance(key.public, Ed25519PublicKey):
            return False
        proofs.verify(document, key.public, remote.node.clock())
    except (BadSignature, Unverified, PeerGone, Unreachable):
        return False
    return True
