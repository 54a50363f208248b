"""A Fedify server and a node of ours, both as processes of their own, for all tests of a module."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from support.interop import FOLDER, WITHIN, program
from support.processes import Place, free_port, until


class Fedify:
    """People on somebody else's software: fred knocks with RFC 9421 first, cara with the older signatures."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._session = aiohttp.ClientSession()

    def handle(self, name: str) -> str:
        return f"{name}@{name}.localhost:{self._port}"

    def actor(self, name: str) -> str:
        return f"http://{name}.localhost:{self._port}/users/{name}"

    async def tell(self, name: str, command: str, **values: Any) -> Any:
        """Have somebody do something. Raises AssertionError with what went wrong there."""
        return await self._ask("POST", name, command, values)

    async def log(self, name: str, type: str) -> list[dict[str, Any]]:
        """What reached somebody, of one type, oldest first."""
        entries = await self._ask("GET", name, "log", None)
        return [entry for entry in entries if entry["at"] == name and entry["type"] == type]

    async def heard(self, name: str, type: str, within: float = WITHIN) -> dict[str, Any]:
        """The newest of a type, once there is one."""

        async def there() -> bool:
            return bool(await self.log(name, type))

        await until(there, within)
        return (await self.log(name, type))[-1]

    async def _ask(self, method: str, name: str, command: str, values: Any) -> Any:
        headers = {"Host": f"{name}.localhost:{self._port}"}
        url = f"http://127.0.0.1:{self._port}/control/{command}"
        async with self._session.request(method, url, json=values, headers=headers) as answer:
            content = await answer.json()
        assert answer.status == 200, content["error"]
        return content

    async def close(self) -> None:
        await self._session.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fedify() -> AsyncIterator[Fedify]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        program("@fedify/fedify"), str(FOLDER / "peer.mjs"), str(port), stdout=asyncio.subprocess.PIPE, stderr=None
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"ready\n"
    peer = Fedify(port)
    yield peer
    await peer.close()
    assert process.returncode is None, "Fedify ended"
    process.kill()
    await process.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def alpha(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    place = Place("alpha", tmp_path_factory.mktemp("interop"))
    await place.start()
    yield place
    await place.close()
