"""Who sent this request? The one function in front of every inbox, and of every page that is not for everybody."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from federation.client import Style, budget
from federation.directory import STYLE_LASTS, Directory, Key, Owner
from federation.errors import BadSignature, PeerGone
from federation.signatures import cavage, proofs
from federation.signatures.requests import Request, Unverified
from node.errors import Forbidden
from node.work import Node
from schemas.values import Document

_HEAR_EVERY = timedelta(minutes=1)
_LEARN_EVERY = timedelta(days=1)
_PORTS = {"https": 443, "http": 80}
_MOST_KEYS = 3  # of one request that has several signatures


class Verifier:
    """Verifies requests to, and documents that reach, one node."""

    def __init__(self, node: Node, directory: Directory) -> None:
        self._node = node
        self._directory = directory
        parts = urlsplit(node.config.url)
        self._host = parts.netloc
        self._hosts = {parts.netloc.lower(), f"{parts.hostname}:{parts.port or _PORTS[parts.scheme]}"}

    async def verify(self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes | None) -> Owner:
        """The actor who signed this request.

        ``target`` is path and query as they came, ``headers`` every line as it came, ``body`` the raw bytes, None for
        a GET. The host is ours by configuration, not by what a proxy passed on; what was signed for another is false.

        Raises BadSignature, Forbidden (the host or the actor is shut out), PeerGone (who signed is gone),
        Refused or Unreachable (the key cannot be had just now), Unavailable (too many strangers at once).
        """
        request = Request(method, self._node.config.url + target, self._at_home(headers), body)
        now = self._node.clock()
        try:
            if request.lines("signature-input"):
                return await self._verify_newer(request, now)
            return await self._verify_older(request, now)
        except Unverified as error:
            raise BadSignature(str(error)) from error

    async def prove(self, document: Document) -> Owner:
        """The actor whose proof (FEP-8b32) this document carries, whoever brought it.

        Raises as ``verify``; BadSignature also when there is no proof.
        """
        key_id = proofs.key_of(document)
        if key_id is None:
            raise BadSignature("document has no proof")

        def check(key: Key) -> None:
            if not isinstance(key.public, Ed25519PublicKey):
                raise Unverified("proof by a key of another kind")
            proofs.verify(document, key.public, self._node.clock())

        try:
            return await self._with_key(key_id, None, check)
        except Unverified as error:
            raise BadSignature(str(error)) from error

    def _at_home(self, headers: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
        """With our public host in place of the name by which a proxy calls us; ours is left as it was written."""
        return [
            (name, value if name.lower() != "host" or value.strip().lower() in self._hosts else self._host)
            for name, value in headers
        ]

    async def _verify_older(self, request: Request, now: datetime) -> Owner:
        signature = cavage.read(request)
        made_at = cavage.check(signature, request, now)

        def check(key: Key) -> None:
            cavage.verify(signature, request, key.public, now, made_at)

        return await self._with_key(signature.key_id, "cavage", check)

    async def _verify_newer(self, request: Request, now: datetime) -> Owner:
        """The first signature that covers enough and whose key can be had decides."""
        from federation.signatures import rfc9421  # its libraries are loaded once somebody signs this way

        first: Exception | None = None
        for signature in rfc9421.read(request)[:_MOST_KEYS]:

            def check(key: Key, signature: rfc9421.Signature = signature) -> None:
                rfc9421.verify(signature, request, key.public, now)

            try:
                rfc9421.check(signature, request, now)
                return await self._with_key(signature.key_id, "rfc9421", check)
            except (Unverified, BadSignature) as error:
                first = first or error
        raise first or Unverified("no signature")

    async def _with_key(self, key_id: str, style: Style | None, check: Callable[[Key], None]) -> Owner:
        """``check`` with the key we know, and once more with the key read again: its owner may have changed it."""
        with budget():
            key = await self._directory.key(key_id)
            if not key.is_let_in:
                raise Forbidden
            try:
                check(key)
            except Unverified:
                again = await self._directory.key(key_id, fresh=True)
                if again.text == key.text:
                    raise
                check(again)
                key = again
        actor = key.actor
        if actor.gone_at is not None:
            raise PeerGone(actor.uri)
        if actor.suspended_at is not None:
            raise Forbidden
        if not actor.is_local:
            await self._hear(key, style)
        return actor

    async def _hear(self, key: Key, style: Style | None) -> None:
        """Note that the host lives; once a minute will do, also for one whose inbox fails while it talks to us."""
        now, host = self._node.clock(), key.actor.host
        learned = now - key.style_learned_at if key.style_learned_at is not None else STYLE_LASTS
        known = key.style if learned < STYLE_LASTS else "cavage"
        is_new_style = style == "rfc9421" and (known == "cavage" or learned > _LEARN_EVERY)
        is_due = key.heard_at is None or now - key.heard_at > _HEAR_EVERY
        if is_due or is_new_style:
            learned_style: Style = "rfc9421" if known == "cavage" else known
            await self._directory.hear(host, learned_style if is_new_style else None)
