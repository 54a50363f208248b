"""Finding people of other networks: when a text names them, and when somebody searches for them."""

import asyncio

import aiohttp.web as aioweb

from federation import context
from federation.client import budget
from federation.errors import BadSignature, PeerGone, Refused, Unreachable
from federation.lookup import fetch_post
from node.actors.model import Actor
from node.errors import NotFound
from node.posts import people
from schemas.values import Malformed
from web.context import node_of

MOST = 10
"""Strangers looked up for one text."""


async def find(request: aioweb.Request, words: str) -> Actor | None:
    """The actor behind ``@bob@beta.test`` or an address, asked for over the network; None when there is none."""
    try:
        with budget():
            return await context.of(request).directory.find(words)
    except (NotFound, PeerGone, Refused, Unreachable, BadSignature, Malformed):
        return None


async def fetch(request: aioweb.Request, address: str) -> int | None:
    """The key of the post at an address elsewhere, fetched and kept; None when there is none to be had."""
    node = node_of(request)
    if node.uris.is_ours(address):
        return None  # what is ours was looked for already
    return await fetch_post(node, context.of(request).directory, address)


async def meet_named(request: aioweb.Request, text: str) -> None:
    """Get to know the strangers a text names, so that it reaches them. Call it before the unit opens."""
    async with node_of(request).reading() as work:
        unknown = await people.unknown_in(work, text)
    await asyncio.gather(*(find(request, f"@{handle}") for handle in unknown[:MOST]))
