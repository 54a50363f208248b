"""The activity as it leaves the house: with its author's proof (FEP-8b32), the same bytes however often it is asked."""

from collections import OrderedDict

import orjson

from federation.directory import Directory
from federation.leasing import Said
from federation.signatures import proofs
from federation.signatures.requests import Unverified
from node.associations.model import Vouch
from node.outbox.model import Activity
from schemas.contexts import with_context
from schemas.values import Document

_REMEMBERED = 256


class Sealer:
    """Adds proofs. Ed25519 gives the same signature each time, so what is served is what was sent."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._sealed: OrderedDict[int, bytes] = OrderedDict()

    async def seal(self, activity: Activity | Said) -> bytes:
        """The bytes to send or serve. Raises NotFound when the author's keys are no longer here."""
        if activity.is_forwarded:
            return activity.document.encode()  # its author's proof is over exactly this
        known = self._sealed.get(activity.id)
        if known is not None:
            self._sealed.move_to_end(activity.id)
            return known
        document = orjson.loads(activity.document)
        if "proof" not in document:
            speaker = await self._directory.speaker(activity.actor_id)
            try:
                document = proofs.sign(document, speaker.ed25519_id, speaker.ed25519, activity.created_at)
            except Unverified:  # a number beyond 2^53 has no canonical form; it goes without a proof then
                return activity.document.encode()
        sealed = orjson.dumps(document)
        self._sealed[activity.id] = sealed
        if len(self._sealed) > _REMEMBERED:
            self._sealed.popitem(last=False)
        return sealed

    async def attest(self, vouch: Vouch, statement: Document) -> Document:
        """An association's word about somebody, with its proof and a context of its own: it is shown elsewhere, too,
        also while the association's server is away. What another association said stays as it said it.

        Raises NotFound when the association's keys are no longer here.
        """
        if vouch.document is not None:
            return statement
        speaker = await self._directory.speaker(vouch.issuer_id)
        said = with_context(statement, proven=True)
        return proofs.sign(said, speaker.ed25519_id, speaker.ed25519, vouch.confirmed_at or vouch.since)
