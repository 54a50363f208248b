"""Telling the association's own programs what happens here: signed, tried a few times, listed.

The signature is that of Standard Webhooks (standardwebhooks.com): HMAC-SHA256 over ``id.timestamp.body``.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from node.errands import service as errands
from node.errors import Invalid, NotFound
from node.ids import first_id, new_id
from node.webhooks.model import Webhook, WebhookMessage
from node.words import N_, Message
from node.work import Reading, Writing
from schemas.values import origin

KIND = "webhook"
"""The errand that carries one message."""
ATTEMPTS = 4
MOST = 20
KEPT = timedelta(days=30)
_PREFIX = "whsec_"

EVENTS = {
    "member.joined": N_("Somebody became a member"),
    "application.received": N_("Somebody applied to become a member"),
    "listing.published": N_("A member put up an offer or an ask"),
    "listing.withdrawn": N_("A member took an offer or an ask back"),
    "post.published": N_("A member said something that everybody may read"),
    "deal.quoted": N_("Somebody was made an offer in a deal"),
    "deal.agreed": N_("A deal was agreed"),
    "deal.completed": N_("A deal was completed"),
    "report.received": N_("Something was reported"),
    "test": N_("You sent a test"),
}
CHOSEN = tuple(name for name in EVENTS if name != "test")


@dataclass(frozen=True, slots=True)
class HookView:
    """An address as the office sees it."""

    id: int
    url: str
    events: tuple[str, ...]
    is_enabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message, and what came of it."""

    id: int
    event: str
    state: str
    """waiting · delivered · failed"""
    attempts: int
    last_answer: str
    created_at: datetime
    settled_at: datetime | None


async def add(work: Writing, by_account_id: int, url: str, events: Sequence[str]) -> tuple[Webhook, str]:
    """Tell this address from now on. Returns the row, and the secret, which can be seen only now. Raises Invalid."""
    await work.count_alone("webhooks")
    count = await work.session.scalar(sa.select(sa.func.count()).select_from(Webhook))
    if (count or 0) >= MOST:
        raise Invalid(message=Message(N_("Please give at most %(most)d."), {"most": MOST}))
    secret = secrets.token_bytes(32)
    row = Webhook(
        id=new_id(work.now),
        url="",
        secret=work.safe.lock(base64.b64encode(secret).decode()),
        events=[],
        created_by_id=by_account_id,
        created_at=work.now,
    )
    _set(work, row, url, events)
    work.session.add(row)
    await work.session.flush()
    return row, _PREFIX + base64.b64encode(secret).decode()


async def revise(work: Writing, id: int, url: str, events: Sequence[str], is_enabled: bool) -> Webhook:
    """Raises NotFound, Invalid."""
    row = await one(work, id)
    _set(work, row, url, events)
    row.is_enabled = is_enabled
    await work.session.flush()
    return row


def _set(work: Writing, row: Webhook, url: str, events: Sequence[str]) -> None:
    url = url.strip()
    schemes = ("https", "http") if work.config.allow_http else ("https",)
    if (origin(url) or "").partition("://")[0] not in schemes:
        raise Invalid({"url": N_("Give an address that begins with https://.")})
    if not events or not set(events) <= set(CHOSEN):
        raise Invalid({"events": N_("Please choose one of these.")})
    row.url, row.events = url, [name for name in CHOSEN if name in events]


async def remove(work: Writing, id: int) -> None:
    """Raises NotFound."""
    await work.session.delete(await one(work, id))
    await work.session.flush()


async def one(work: Reading, id: int) -> Webhook:
    """Raises NotFound."""
    row = await work.session.get(Webhook, id)
    if row is None:
        raise NotFound
    return row


async def listed(work: Reading) -> list[HookView]:
    """All addresses, in the order in which they came."""
    return [_view(row) for row in await work.session.scalars(sa.select(Webhook).order_by(Webhook.id))]


async def view(work: Reading, id: int) -> HookView:
    """Raises NotFound."""
    return _view(await one(work, id))


def _view(row: Webhook) -> HookView:
    return HookView(row.id, row.url, tuple(row.events), row.is_enabled, row.created_at)


async def messages(work: Reading, webhook_id: int, limit: int = 20) -> list[MessageView]:
    """What was last sent to an address, the newest first."""
    chosen = sa.select(WebhookMessage).where(WebhookMessage.webhook_id == webhook_id)
    return [
        MessageView(row.id, row.event, row.state, row.attempts, row.last_answer, row.created_at, row.settled_at)
        for row in await work.session.scalars(chosen.order_by(WebhookMessage.id.desc()).limit(limit))
    ]


async def tell(work: Writing, event: str, **data: Any) -> None:
    """Something happened: told to every address that wants to hear of it, once this unit is committed."""
    rows = await work.session.scalars(sa.select(Webhook).where(Webhook.is_enabled))
    for row in rows.all():
        if event in row.events:
            await _write(work, row, event, data)


async def test(work: Writing, id: int) -> None:
    """Send something to see whether it arrives. Raises NotFound."""
    await _write(work, await one(work, id), "test", {"hello": work.uris.base})


async def again(work: Writing, message_id: int) -> int:
    """Send one message once more; returns the key of its address. Raises NotFound."""
    row = await work.session.get(WebhookMessage, message_id)
    if row is None:
        raise NotFound
    row.state, row.attempts, row.next_at, row.settled_at = "waiting", 0, work.now, None
    await work.session.flush()
    await errands.ask(work, KIND, str(row.id))
    return row.webhook_id


async def _write(work: Writing, row: Webhook, event: str, data: dict[str, Any]) -> None:
    body = {"type": event, "timestamp": work.now.isoformat().replace("+00:00", "Z"), "data": data}
    message = WebhookMessage(
        id=new_id(work.now),
        webhook_id=row.id,
        event=event,
        body=orjson.dumps(body).decode(),
        state="waiting",
        next_at=work.now,
        created_at=work.now,
    )
    work.session.add(message)
    await work.session.flush()
    await errands.ask(work, KIND, str(message.id))


async def due(work: Reading, message_id: int) -> tuple[str, dict[str, str], bytes] | None:
    """Address, headers and body of a message that still has to be sent; None when there is nothing to do."""
    row = await work.session.get(WebhookMessage, message_id)
    if row is None or row.state != "waiting":
        return None
    hook = await one(work, row.webhook_id)
    if not hook.is_enabled and row.event != "test":
        return None
    body = row.body.encode()
    stamp = str(int(work.now.timestamp()))
    key = base64.b64decode(work.safe.open(hook.secret))
    signature = sign(key, str(row.id), stamp, body)
    headers = {"webhook-id": str(row.id), "webhook-timestamp": stamp, "webhook-signature": signature}
    return hook.url, {**headers, "Content-Type": "application/json"}, body


def sign(key: bytes, id: str, stamp: str, body: bytes) -> str:
    """``v1,`` and the base64 of the HMAC, as Standard Webhooks have it."""
    made = hmac.digest(key, f"{id}.{stamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(made).decode()}"


async def settle(work: Writing, message_id: int, answer: str, *, is_delivered: bool) -> bool:
    """Note what came of a try. True when it is to be tried again."""
    row = await work.session.get(WebhookMessage, message_id)
    if row is None:
        return False
    row.attempts += 1
    row.last_answer = answer[:300]
    if is_delivered or row.attempts >= ATTEMPTS:
        row.state, row.settled_at = "delivered" if is_delivered else "failed", work.now
    await work.session.flush()
    return row.state == "waiting"


async def prune(work: Writing) -> None:
    """Housekeeping: forget what was sent long ago."""
    await work.session.execute(
        sa.delete(WebhookMessage).where(
            WebhookMessage.id < first_id(work.now - KEPT), WebhookMessage.state != "waiting"
        )
    )
