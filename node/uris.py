"""Every address this node gives to anything, made in one place."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

OFFICE = "office"
"""User name of the association's own actor."""

RESERVED = frozenset(
    {OFFICE, "actor", "relay", "inbox", "admin", "administrator", "root", "postmaster", "abuse", "security",
     "support", "system", "node", "api", "ap", "static", "media", "settings", "login", "join", "robot"}
)  # fmt: skip
"""User names nobody can take: they would be mistaken for the node itself."""


@dataclass(frozen=True, slots=True)
class Uris:
    """Addresses below ``base``, the public address of the node without a trailing slash."""

    base: str

    @property
    def host(self) -> str:
        """Authority of our own ids, with the port when there is one: ``alpha.test`` or ``alpha.localhost:8080``."""
        return urlsplit(self.base).netloc

    # actors
    def actor(self, username: str) -> str:
        return f"{self.base}/ap/actors/{username}"

    @property
    def instance(self) -> str:
        return f"{self.base}/actor"

    @property
    def office(self) -> str:
        return self.actor(OFFICE)

    @property
    def shared_inbox(self) -> str:
        return f"{self.base}/ap/inbox"

    # content
    def object(self, id: int) -> str:
        return f"{self.base}/ap/objects/{id}"

    def proposal(self, id: int) -> str:
        return f"{self.base}/ap/objects/{id}/proposal"

    def quote(self, id: int, quoting: str) -> str:
        """Where it stands that ``quoting`` may quote an object of ours."""
        return f"{self.base}/ap/objects/{id}/quotes/{urlsafe_b64encode(quoting.encode()).decode().rstrip('=')}"

    def activity(self, id: int) -> str:
        return f"{self.base}/ap/activities/{id}"

    def relationship(self, id: int) -> str:
        return f"{self.base}/ap/relationships/{id}"

    def agreement(self, id: int) -> str:
        """The Agreement of FEP-0837 that a deal ended in."""
        return f"{self.base}/ap/agreements/{id}"

    def paper(self, id: int) -> str:
        """An invoice, credit note or receipt, for its two parties."""
        return f"{self.base}/papers/{id}.pdf"

    def paper_document(self, id: int) -> str:
        """The Document that goes with it."""
        return f"{self.base}/ap/papers/{id}"

    def paper_link(self, token: str) -> str:
        """A page that hands out a paper once, for somebody without a node."""
        return f"{self.base}/papers/by-link/{token}"

    def context(self, id: int) -> str:
        return f"{self.base}/ap/contexts/{id}"

    # pages
    def profile(self, username: str) -> str:
        return f"{self.base}/@{username}"

    def page(self, username: str, id: int) -> str:
        return f"{self.base}/@{username}/{id}"

    def tag(self, tag: str) -> str:
        return f"{self.base}/tags/{quote(tag, safe='')}"

    def media(self, digest: str, extension: str) -> str:
        return f"{self.base}/media/{digest}.{extension}"

    def join(self, token: str) -> str:
        return f"{self.base}/join/{token}"

    def reset(self, token: str) -> str:
        return f"{self.base}/reset/{token}"

    # reading our own addresses back
    def is_ours(self, uri: str) -> bool:
        return uri == self.base or uri.startswith(self.base + "/")

    def object_id(self, uri: str) -> int | None:
        """The key in an object address of ours, None for any other address."""
        return self._key(uri, "/ap/objects/")

    def activity_id(self, uri: str) -> int | None:
        return self._key(uri, "/ap/activities/")

    def _key(self, uri: str, path: str) -> int | None:
        prefix = self.base + path
        rest = uri[len(prefix) :] if uri.startswith(prefix) else ""
        return int(rest) if rest.isascii() and rest.isdigit() and len(rest) < 20 else None
