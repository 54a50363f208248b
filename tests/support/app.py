"""An app of a member, as there are many for phones: it has a token and speaks JSON."""

from typing import Any
from urllib.parse import urlencode

import aiohttp


class App:
    """Acts for one member at one node."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._session = aiohttp.ClientSession(
            headers={"Host": host, "Authorization": f"Bearer {token}", "Accept": "application/json"}
        )

    async def close(self) -> None:
        await self._session.close()

    async def get(self, path: str, **query: str) -> Any:
        """What is there. Raises AssertionError for anything but a good answer."""
        async with self._session.get(f"{self._base}{path}" + (f"?{urlencode(query)}" if query else "")) as answer:
            assert answer.status == 200, f"{path}: {answer.status} {await answer.text()}"
            return await answer.json()

    async def post(self, path: str, **values: Any) -> Any:
        return await self._send("POST", path, values)

    async def put(self, path: str, **values: Any) -> Any:
        return await self._send("PUT", path, values)

    async def delete(self, path: str) -> Any:
        return await self._send("DELETE", path, {})

    async def _send(self, method: str, path: str, values: dict[str, Any]) -> Any:
        async with self._session.request(method, f"{self._base}{path}", json=values) as answer:
            assert answer.status == 200, f"{path}: {answer.status} {await answer.text()}"
            return await answer.json()

    async def follow(self, handle: str) -> str:
        """Follow somebody anywhere by ``alice@alpha.test``; returns the key of their account here."""
        found = await self.get("/api/v2/search", q=handle, type="accounts", resolve="true")
        assert found["accounts"], f"nobody found {handle}"
        id = str(found["accounts"][0]["id"])
        await self.post(f"/api/v1/accounts/{id}/follow")
        return id
