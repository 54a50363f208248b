"""Wakes the apps of members: sealed messages to the services of phones and browsers."""

from federation.client import Client
from federation.errors import Refused, Unreachable
from node.push import sealing, service
from node.push.service import Wake
from node.work import Node

_KEPT = "172800"  # seconds a push service keeps a message for a phone that is off


async def wake(node: Node, client: Client, account_id: int) -> None:
    """Tell every app of an account what it has not been told. Raises Unreachable to be called again later."""
    async with node.reading() as work:
        waiting = await service.due(work, account_id)
        pem = await service.key(work)
        contact = work.uris.base
    failed: set[int] = set()
    for one in waiting:
        if one.subscription_id in failed:
            continue  # in their order, or not now
        try:
            status = await _send(client, one, pem, contact)
        except (Refused, ValueError):
            status = 410
        except Unreachable:
            status = 503
        async with node.writing() as work:
            if status < 300:
                await service.told(work, one)
            elif status in (404, 410) or (400 <= status < 500 and status not in (408, 413, 425, 429)):
                failed.add(one.subscription_id)
                await service.end(work, one.subscription_id)
            elif status == 413:
                await service.told(work, one)
            else:
                failed.add(one.subscription_id)
                await service.failed(work, one.subscription_id)
    async with node.reading() as work:
        if failed and await service.due(work, account_id):
            raise Unreachable("an app could not be woken")


async def _send(client: Client, one: Wake, pem: str, contact: str) -> int:
    sealed = sealing.seal(one.message, one.public_key, one.secret, is_standard=one.is_standard)
    headers = {**sealed.headers, "Content-Type": "application/octet-stream", "TTL": _KEPT, "Urgency": "normal"}
    for name, value in sealing.authorize(one.endpoint, contact, pem, is_standard=one.is_standard).items():
        headers[name] = f"{headers[name]};{value}" if name in headers else value
    return await client.tell(one.endpoint, sealed.body, headers)
