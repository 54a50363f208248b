"""Do both sides know the same followers? The digest and the header by which servers compare (FEP-8fcf)."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.values import Malformed

HEADER = "Collection-Synchronization"

_LONGEST = 6000
_PARAMETER = re.compile(r'\s*([A-Za-z]{1,30})\s*=\s*"([^"\\]{0,2048})"\s*(?:,|$)')
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")


def digest(followers: Iterable[str]) -> str:
    """The SHA-256 of each id, all combined by exclusive or: the order does not matter, nor does one named twice.

    ``followers`` are the ids of those who live at one host; of nobody it is 64 zeros.
    """
    combined = 0
    for uri in set(followers):
        combined ^= int.from_bytes(hashlib.sha256(uri.encode()).digest(), "big")
    return f"{combined:064x}"


@dataclass(frozen=True, slots=True)
class Synchronization:
    """What one server says of the followers it knows at the other."""

    collection: str
    """Id of the sender's followers collection."""
    url: str
    """Where the other may read which of its own are among them."""
    digest: str

    def write(self) -> str:
        return f'collectionId="{self.collection}", url="{self.url}", digest="{self.digest}"'

    @classmethod
    def read(cls, header: str) -> "Synchronization":
        """Raises Malformed. Whether the sender may speak of this collection is for the caller to judge."""
        if len(header) > _LONGEST:
            raise Malformed("header is too long")
        found: dict[str, str] = {}
        position = 0
        while position < len(header):
            match = _PARAMETER.match(header, position)
            if match is None or match[1] in found:
                raise Malformed("header is not a list of parameters")
            found[match[1]] = match[2]
            position = match.end()
        collection, url, given = (found.get(name, "") for name in ("collectionId", "url", "digest"))
        if not collection or not url or not _DIGEST.fullmatch(given):
            raise Malformed("header lacks collectionId, url or digest")
        return cls(collection, url, given.lower())
