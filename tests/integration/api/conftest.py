"""A running association and its members: Mastodon.py as their app, and plain HTTP for what it would not send."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import requests
from mastodon import Mastodon
from requests.adapters import HTTPAdapter

from node.accounts import passwords, scopes, tokens
from node.accounts import service as accounts
from node.actors import keys
from node.actors.keys import KeyPair
from node.etiquette.code import VERSION
from node.members.adding import Newcomer, add_member
from support.network import Network
from support.nodes import Nodes, RigNode

PASSWORD = "a sentence for a test"
_keys: list[KeyPair] = []


class ToThisMachine(HTTPAdapter):
    """Dials the port of a made-up host name."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        scheme, _, rest = (request.url or "").partition("://")
        host, slash, path = rest.partition("/")
        request.headers["Host"] = host
        request.url = f"{scheme}://127.0.0.1:{self._network.port(host)}{slash}{path}"
        return super().send(request, *args, **kwargs)


@dataclass
class Person:
    """A member of a node, with a token and an app that uses it."""

    node: RigNode
    network: Network
    username: str
    account_id: int
    actor_id: int
    token: str

    @property
    def app(self) -> Mastodon:
        return client(self.node, self.network, access_token=self.token)

    async def do(self, name: str, *values: Any, **named: Any) -> Any:
        """Call a method of the app off the loop: it is synchronous software, as most clients are."""
        return await asyncio.to_thread(getattr(self.app, name), *values, **named)

    async def limited(self, scope: str) -> "Person":
        """The same person with another token."""
        async with self.node.writing() as work:
            token = await tokens.make(work, self.account_id, "Limited", scopes.read(scope))
        return Person(self.node, self.network, self.username, self.account_id, self.actor_id, token)


def client(node: RigNode, network: Network, **values: Any) -> Mastodon:
    session = requests.Session()
    session.mount("http://", ToThisMachine(network))
    return Mastodon(api_base_url=node.base, session=session, ratelimit_method="throw", **values)


Joining = Callable[..., Awaitable[Person]]


@pytest.fixture
def join(network: Network) -> Joining:
    """A new member of a node: ``await join(node, "Alice")``."""

    async def joining(node: RigNode, name: str, role: str = "member", scope: str = "read write follow push") -> Person:
        if not _keys:
            _keys.append(keys.generate())
        hashed = await passwords.hash_password(PASSWORD)
        async with node.writing() as work:
            newcomer = Newcomer(name=name, email=f"{name.lower()}@mail.test", password_hash=hashed, role=role)
            account = await add_member(work, newcomer, _keys[0])
            await accounts.accept_etiquette(work, account.id, VERSION)
            token = await tokens.make(work, account.id, "Phone", scopes.read(scope))
        return Person(node, network, name.lower(), account.id, account.actor_id, token)

    return joining


@pytest.fixture
async def alpha(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


@pytest.fixture
async def alice(alpha: RigNode, join: Joining) -> Person:
    return await join(alpha, "Alice")


@pytest.fixture
async def bob(alpha: RigNode, join: Joining) -> Person:
    return await join(alpha, "Bob")


@dataclass
class Wire:
    """Plain HTTP to a node."""

    session: aiohttp.ClientSession
    base: str

    async def ask(
        self, method: str, path: str, *, token: str | None = None, **values: Any
    ) -> tuple[aiohttp.ClientResponse, Any]:
        headers = {**values.pop("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        async with self.session.request(
            method, self.base + path, headers=headers, allow_redirects=False, **values
        ) as response:
            kind = response.content_type
            return response, (await response.json() if kind == "application/json" else await response.text())


@pytest.fixture
async def wire(alpha: RigNode, network: Network) -> AsyncIterator[Wire]:
    async with aiohttp.ClientSession(headers={"Host": "a.test"}) as session:
        yield Wire(session, f"http://127.0.0.1:{network.port('a.test')}")
