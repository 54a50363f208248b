"""Looks at a page to which a post links: its head alone, once for all posts, and nothing that it would run or load."""

from federation.client import Client
from federation.errors import PeerGone, Refused, Unreachable
from node.previews import reading, service
from node.previews.reading import Page
from node.work import Node

LARGEST = 256 << 10
"""Bytes of a page that are looked at; a larger one is not shown."""
_PAGES = ("text/html", "application/xhtml+xml")


async def look(node: Node, client: Client, post_uri: str) -> None:
    """One page. Raises Unreachable to be called again later."""
    async with node.writing() as work:
        found = await service.begin(work, post_uri)
    if found is None:
        return
    try:
        fetched = await client.fetch(found.url, None, kinds=_PAGES, limit=LARGEST)
        page = reading.read(fetched.url, fetched.body)
    except (Refused, PeerGone):
        page = Page()
    except Unreachable:
        async with node.writing() as work:
            await service.give_up(work, found)
        raise
    async with node.writing() as work:
        await service.keep(work, found, page)
