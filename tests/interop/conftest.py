"""Programs that are not ours and a node of ours, as processes of their own, for all tests of a run."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from support.interop import FOLDER, WITHIN, program
from support.processes import Place, free_port, until


class Elsewhere:
    """People on somebody else's software, each at a host of their own, who do what tests tell them."""

    def __init__(self, port: int, actors: str) -> None:
        """``actors`` is the path of an actor, with ``{name}``."""
        self._port = port
        self._actors = actors
        self._session = aiohttp.ClientSession()

    def handle(self, name: str) -> str:
        return f"{name}@{name}.localhost:{self._port}"

    def actor(self, name: str) -> str:
        return f"http://{name}.localhost:{self._port}{self._actors.format(name=name)}"

    async def tell(self, name: str, command: str, **values: Any) -> Any:
        """Have somebody do something. Raises AssertionError with what went wrong there."""
        return await self._ask("POST", name, command, values)

    async def log(self, name: str, type: str) -> list[dict[str, Any]]:
        """What reached somebody, of one type, oldest first."""
        entries = await self._ask("GET", name, "log", None)
        return [entry for entry in entries if entry["at"] == name and entry["type"] == type]

    async def heard(self, name: str, type: str, words: str = "", within: float = WITHIN) -> dict[str, Any]:
        """The newest of a type with these words in it, once there is one."""
        found: list[dict[str, Any]] = []

        async def there() -> bool:
            found[:] = [entry for entry in await self.log(name, type) if words in str(entry)]
            return bool(found)

        await until(there, within)
        return found[-1]

    async def _ask(self, method: str, name: str, command: str, values: Any) -> Any:
        headers = {"Host": f"{name}.localhost:{self._port}"}
        url = f"http://127.0.0.1:{self._port}/control/{command}"
        async with self._session.request(method, url, json=values, headers=headers) as answer:
            content = await answer.json()
        assert answer.status == 200, content["error"]
        return content

    async def close(self) -> None:
        await self._session.close()


async def _started(actors: str, *command: str | Path) -> AsyncIterator[Elsewhere]:
    """Run the program, which takes its port as ``PORT``, until the tests are done with it."""
    port = free_port()
    words = [str(port) if word == "PORT" else str(word) for word in command]
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE, stderr=None)
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"ready\n"
    peer = Elsewhere(port, actors)
    yield peer
    await peer.close()
    assert process.returncode is None, "it ended"
    process.kill()
    await process.wait()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def fedify() -> AsyncIterator[Elsewhere]:
    """fred knocks with RFC 9421 first, cara with the older signatures."""
    async for peer in _started("/users/{name}", program("@fedify/fedify"), FOLDER / "peer.mjs", "PORT"):
        yield peer


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pubby(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Elsewhere]:
    """paula, with the older signatures and no proofs."""
    folder = tmp_path_factory.mktemp("pubby")
    async for peer in _started("/{name}", sys.executable, FOLDER / "pubby_peer.py", "PORT", folder):
        yield peer


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def alpha(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    place = Place("alpha", tmp_path_factory.mktemp("interop"))
    await place.start()
    yield place
    await place.close()
