"""News for open pages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from node.accounts import sessions
from support.nodes import RigNode
from support.visitor import Visitor


@asynccontextmanager
async def listening(visitor: Visitor) -> AsyncIterator[aiohttp.StreamReader]:
    async with visitor._session.get(f"http://127.0.0.1:{visitor._port}/events", headers={"Host": "a.test"}) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert await answer.content.readline() == b"retry: 5000\n"
        await answer.content.readline()
        yield answer.content


async def test_a_page_hears_of_its_own_account_only(node: RigNode) -> None:
    alice, bob = await node.member("Alice"), await node.member("Bob")
    async with listening(await node.logged_in(alice)) as stream:
        async with node.writing() as work:
            work.tell(bob.account_id, "feed")
            work.tell(alice.account_id, "notifications")
        async with asyncio.timeout(3):
            assert await stream.readline() == b"event: news\n"
            assert await stream.readline() == b'data: {"topic": "notifications"}\n'


async def test_the_stream_ends_with_the_session(node: RigNode) -> None:
    alice = await node.member("Alice")
    async with listening(await node.logged_in(alice)) as stream:
        async with node.writing() as work:
            await sessions.end_others(work, alice.account_id)
        async with asyncio.timeout(3):
            assert await stream.read() == b""


async def test_one_page_too_many_ends_the_oldest(node: RigNode) -> None:
    alice = await node.logged_in(await node.member("Alice"))
    async with listening(alice) as oldest:
        others = [listening(alice) for _ in range(8)]
        for other in others:
            await other.__aenter__()
        async with asyncio.timeout(3):
            assert await oldest.read() == b""
        for other in others:
            await other.__aexit__(None, None, None)


async def test_visitors_hear_nothing(node: RigNode) -> None:
    page = await (await node.visitor()).open("/events", follow=False)
    assert page.status == 303
