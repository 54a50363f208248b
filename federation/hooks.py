"""Carries webhook messages to the association's own programs."""

from federation.client import Client
from federation.errors import Refused, Unreachable
from node.webhooks import service
from node.work import Node


async def carry(node: Node, client: Client, message_id: int) -> None:
    """One try. Raises Unreachable to be called again later."""
    async with node.reading() as work:
        found = await service.due(work, message_id)
    if found is None:
        return
    url, headers, body = found
    try:
        status = await client.tell(url, body, headers)
        answer, is_delivered = str(status), 200 <= status < 300
    except (Refused, Unreachable) as error:
        answer, is_delivered = str(error), False
    async with node.writing() as work:
        is_waiting = await service.settle(work, message_id, answer, is_delivered=is_delivered)
    if is_waiting:
        raise Unreachable(f"the program answered {answer}")
