"""A node that others talk to, and members of it."""

from functools import cache

import pytest
import sqlalchemy as sa

from node.accounts.model import Account
from node.actors import keys
from node.actors.keys import KeyPair
from node.actors.model import Actor
from node.members.adding import Newcomer, add_member
from support.inbound import Members
from support.nodes import Nodes, RigNode


@cache
def some_keys() -> KeyPair:
    """Keys made once per run: what is tested here is not their making."""
    return keys.generate()


@pytest.fixture
async def home(nodes: Nodes) -> RigNode:
    """A node at a.test."""
    return await nodes.start("a.test")


@pytest.fixture
def member() -> Members:
    """``await member(node, "alice")``: somebody with an account there, for whom the association vouches."""

    async def make(node: RigNode, username: str) -> Actor:
        async with node.writing() as work:
            newcomer = Newcomer(name=username.title(), email=f"{username}@mail.test", username=username)
            account = await add_member(work, newcomer, some_keys())
            await work.session.execute(sa.update(Account).where(Account.id == account.id).values(etiquette_version=99))
            return await work.session.get_one(Actor, account.actor_id)

    return make


@pytest.fixture
async def alice(home: RigNode, member: Members) -> Actor:
    return await member(home, "alice")
