"""The actors that an action on a page is about: the member who acts, and the circle in the address."""

import aiohttp.web as aioweb

from node.actors import queries
from node.actors.model import Actor
from node.errors import NotFound
from node.work import Reading
from web.addresses import database_key
from web.context import Viewer


async def acting(work: Reading, viewer: Viewer) -> Actor:
    """The member who acts. Raises NotFound."""
    found = await queries.by_id(work, viewer.actor_id)
    if found is None:
        raise NotFound
    return found


async def group(work: Reading, request: aioweb.Request) -> Actor:
    """The circle, here or elsewhere, whose key stands in the address. Raises NotFound."""
    found = await queries.by_id(work, database_key(request.match_info["id"]))
    if found is None or found.kind != "group":
        raise NotFound
    return found
