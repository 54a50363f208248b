"""People for tests: members of a node, copies of people elsewhere, and keys made once per run."""

from collections.abc import Awaitable, Callable
from functools import cache

import pytest

from node.accounts.model import Account
from node.actors.keys import KeyPair, generate
from node.actors.model import Actor
from node.actors.service import create_local
from node.etiquette import code
from node.ids import new_id
from node.members.model import Member
from schemas.vocabulary import NETWORK
from support.nodes import RigNode


@cache
def some_keys() -> KeyPair:
    return generate()


KEYS = KeyPair("rsa public", "rsa private", "ed public", "ed private")
"""Nothing is signed here."""


@pytest.fixture
def member(node: RigNode) -> Callable[..., Awaitable[Actor]]:
    """``await member("alice")``: somebody with an account here who has read the rules of the table."""

    async def make(username: str, **values: object) -> Actor:
        async with node.writing() as work:
            actor = await create_local(work, "person", username, username.title(), KEYS)
            for name, value in values.items():
                setattr(actor, name, value)
            work.session.add(
                Account(id=new_id(work.now), actor_id=actor.id, etiquette_version=code.VERSION, created_at=work.now)
            )
            work.session.add(Member(actor_id=actor.id, joined_at=work.now))
            return actor

    return make


@pytest.fixture
def remote(node: RigNode) -> Callable[..., Awaitable[Actor]]:
    """``await remote("bob", "b.test")``: a copy of somebody at another node like ours; ``is_ours=False``: of others."""

    async def make(username: str, host: str, *, is_ours: bool = True, **values: object) -> Actor:
        async with node.writing() as work:
            uri = f"https://{host}/users/{username}"
            actor = Actor(
                id=new_id(work.now), uri=uri, is_local=False, kind="person", username=username,
                username_folded=username, host=host, handle_host=host, name=username.title(),
                url=f"https://{host}/@{username}", inbox_uri=f"{uri}/inbox", shared_inbox_uri=f"https://{host}/inbox",
                followers_uri=f"{uri}/followers", capabilities=[NETWORK] if is_ours else [],
                created_at=work.now, updated_at=work.now,
            )  # fmt: skip
            for name, value in values.items():
                setattr(actor, name, value)
            work.session.add(actor)
            return actor

    return make
