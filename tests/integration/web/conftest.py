"""One node with its pages."""

from collections.abc import AsyncIterator

import aiohttp.web as aioweb
import pytest

from node.associations import service as associations
from support.nodes import RigNode
from support.site import Site
from web.app import make_app


@pytest.fixture
async def site(node: RigNode) -> AsyncIterator[Site]:
    await associations.found(node, name="Harbour Chamber")
    runner = aioweb.AppRunner(make_app(node), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await aioweb.TCPSite(runner, "127.0.0.1", 0).start()
    site = Site(node, runner.addresses[0][1])
    yield site
    for visitor in site.visitors:
        await visitor.close()
    await runner.cleanup()
