"""A node with its association, a secretary with the keys, and a quick way to more members."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from node.accounts import passwords
from node.actors.keys import KeyPair
from node.associations import service as associations
from node.members.adding import Newcomer, add_member
from node.work import Node
from support.people import some_keys

PASSWORD = "a sentence for a test"
Adding = Callable[..., Awaitable[tuple[int, int]]]


@pytest.fixture
async def house(node: Node, monkeypatch: pytest.MonkeyPatch) -> Node:
    """The node with its association founded."""

    async def ready(number: int) -> list[KeyPair]:
        return [some_keys()] * number

    async def one() -> KeyPair:
        return some_keys()

    monkeypatch.setattr(associations, "make_many", ready)
    monkeypatch.setattr("node.members.joining.make_keys", one)
    await associations.found(node, "Harbour Chamber")
    return node


@pytest.fixture
async def add(house: Node) -> Adding:
    """Adds a member; returns (account id, actor id)."""
    hashed = await passwords.hash_password(PASSWORD)

    async def adding(name: str, role: str = "member", **values: object) -> tuple[int, int]:
        async with house.writing() as work:
            newcomer = Newcomer(
                name=name,
                email=values.pop("email", f"{name.lower().replace(' ', '.')}@mail.test"),  # type: ignore[arg-type]
                password_hash=hashed,
                role=role,
                **values,  # type: ignore[arg-type]
            )
            account = await add_member(work, newcomer, some_keys())
            return account.id, account.actor_id

    await asyncio.sleep(0)
    return adding
