"""Accepting what others send: stored first, answered then, acted on later."""

import hashlib
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from node.changing import Change, adding, blank, table_of
from node.grouping import GroupCommit
from node.ids import first_id, new_id
from node.inbox.model import Received, ReceivedBody
from node.work import Node, Writing

REMEMBERED = timedelta(days=30)
"""For so long at least, what came once is told from what is new."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A verified activity on its way into the database. ``body`` is exactly what was signed."""

    uri: str
    type: str
    actor_uri: str
    host: str
    body: str
    signature: dict[str, Any] | None = None
    """How the request was signed, of what may be evidence."""

    @property
    def fingerprint(self) -> str:
        """Two widely used programs give every Update of a post the same id, so Updates also count by content."""
        parts = [self.host, self.uri, self.type]
        if self.type == "Update":
            parts.append(self.body)
        # Half of it is enough to tell one host's from each other, and every one of them is kept for a month.
        digest = hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).digest()[:16]
        return urlsafe_b64encode(digest).decode().rstrip("=")


_ADD, _BLANK = adding(table_of(Received), "fingerprint"), blank(table_of(Received))
_key = sa.bindparam("key", type_=sa.BigInteger)
_ADD_BODY = Change(
    sa.insert(table_of(ReceivedBody)).from_select(
        ["id", "body"],
        sa.select(_key, sa.bindparam("said", type_=sa.LargeBinary)).where(sa.exists().where(Received.id == _key)),
    )
)


_WORDS = (
    b'"contentMap":{"en":"\\u003cp\\u003e"}},"to":["cc":["as:Public","attachment":[{"type":"Document","mediaType":"image/jpeg",'
    b'"tag":[{"type":"Mention","href":"https://","name":"@"}],"likes":{"id":"https://","type":"Collection","totalItems":0},'
    b'"shares":{"id":"https://","type":"Collection","totalItems":0},"replies":{"id":"/replies","type":"Collection","first":'
    b'{"type":"CollectionPage","next":"/replies?only_other_accounts=true\\u0026page=true","partOf":"/replies","items":[]}},'
    b'"signature":{"type":"RsaSignature2017","creator":"#main-key","created":"2026-","signatureValue":"'
    b'"sensitive":false,"atomUri":"https://","inReplyToAtomUri":null,"conversation":"tag:,2026-:objectId=:objectType=Conversation",'
    b'"summary":null,"inReplyTo":null,"published":"2026-","url":"https://","attributedTo":"https://","content":"<p></p>",'
    b'{"@context":["https://www.w3.org/ns/activitystreams",{"ostatus":"http://ostatus.org#","atomUri":"ostatus:atomUri",'
    b'"inReplyToAtomUri":"ostatus:inReplyToAtomUri","conversation":"ostatus:conversation","sensitive":"as:sensitive",'
    b'"toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"id":"https://","type":"Create","actor":'
    b'"https://","published":"2026-","to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["https:///followers"],'
    b'"object":{"id":"https:///users//statuses/11/activity","type":"Note"'
)
"""What nearly all say. Must stay as it is: what was packed with other words cannot be unpacked with these."""


def pack(body: str) -> bytes:
    """What was said, as it is kept."""
    packer = zlib.compressobj(1, zdict=_WORDS)
    return packer.compress(body.encode()) + packer.flush()


def unpack(kept: bytes) -> str:
    return zlib.decompressobj(zdict=_WORDS).decompress(kept).decode()


async def store(work: Writing, arrivals: Sequence[Arrival]) -> Sequence[None]:
    """Store each arrival once; one whose fingerprint is known is a repeat and changes nothing."""
    rows = [
        _BLANK
        | {
            "id": new_id(work.now),
            "fingerprint": arrival.fingerprint,
            "uri": arrival.uri,
            "type": arrival.type,
            "actor_uri": arrival.actor_uri,
            "host": arrival.host,
            "signature": arrival.signature,
            "state": "waiting",
            "next_at": work.now,
            "received_at": work.now,
        }
        for arrival in arrivals
    ]
    await _ADD.make_many(work, rows)
    said = [{"key": row["id"], "said": pack(arrival.body)} for row, arrival in zip(rows, arrivals, strict=True)]
    await _ADD_BODY.make_many(work, said)
    work.wake("inbox")
    return [None] * len(rows)


async def prune(work: Writing) -> None:
    """Housekeeping: forget what came to an end long ago. Until then it tells repeats from news."""
    old = work.now - max(REMEMBERED, timedelta(days=work.config.history_days))
    await work.session.execute(
        sa.delete(Received)
        .where(Received.state != "waiting", Received.id < first_id(old))
        .execution_options(synchronize_session=False)
    )


class Letterbox:
    """Takes what arrives at one process: arrivals of concurrent requests share one transaction."""

    def __init__(self, node: Node, *, limit: int = 500, batch: int = 100) -> None:
        self._limit = limit
        self._commits = GroupCommit(node, store, most=batch)

    @property
    def is_full(self) -> bool:
        return self._commits.waiting >= self._limit

    async def accept(self, arrival: Arrival) -> None:
        """Returns once the arrival is durably stored. Raises what the transaction raised (Unavailable)."""
        await self._commits.write(arrival)
