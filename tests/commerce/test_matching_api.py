"""The same twenty and twenty for apps, as their description says."""

import re
from typing import Any

import pytest

from node.accounts import tokens
from node.actors.model import Actor
from node.listings import service as listings
from node.listings.service import Draft
from support.nodes import Member, Nodes, RigNode
from support.visitor import Page, Visitor
from web.api.commensal.openapi import PREFIX, document


class App:
    """A program that acts for a member."""

    def __init__(self, visitor: Visitor, token: str) -> None:
        self._visitor, self._token = visitor, token

    async def ask(self, method: str, path: str) -> Page:
        headers = {"Authorization": f"Bearer {self._token}"}
        return await self._visitor._ask(method, f"{PREFIX}{path}", follow=False, headers=headers)


async def app_of(node: RigNode, who: Member, *scopes: str) -> App:
    async with node.writing() as work:
        token = await tokens.make(work, who.account_id, "Test", list(scopes))
    return App(await node.visitor(), token)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_matches_for_apps(nodes: Nodes, database: str) -> None:
    a = await nodes.start("c.test", rate_limits="on")
    alice, bob = await a.member("Alice Baker"), await a.member("Bob Joiner", language="fr")
    for who, title, purpose in ((bob, "Willow baskets", "offer"), (alice, "Baskets for bread", "request")):
        async with a.writing() as work:
            author = await work.session.get_one(Actor, who.actor_id)
            await listings.publish(work, author, Draft(purpose=purpose, title=title, language="en"))
    app = await app_of(a, bob, "read", "write")
    assert (await app.ask("GET", "/matches")).json == {"asks": [], "offers": [], "more_asks": 0, "more_offers": 0}
    assert (await app.ask("POST", "/matches/run")).json == {"new": 1}
    [match] = (await app.ask("GET", "/matches")).json["asks"]
    described = document("http://c.test")["components"]["schemas"]["Match"]
    assert set(match) == set(described["properties"])
    assert match["reason"].startswith("cherche « baskets »")
    assert match["because"][0] == "words"
    assert match["listing"]["title"] == "Baskets for bread"
    assert match["own_title"] == "Willow baskets"
    assert (await app.ask("POST", f"/matches/{match['id']}/dismiss")).json == {}
    assert (await app.ask("GET", "/matches")).json["asks"] == []
    assert (await app.ask("POST", f"/matches/{match['id']}/restore")).json["id"] == match["id"]
    other = await app_of(a, alice, "read", "write")
    assert (await other.ask("POST", f"/matches/{match['id']}/dismiss")).status == 404
    reader = await app_of(a, bob, "read")
    assert (await reader.ask("POST", "/matches/run")).status == 403
    found: list[Any] = [(await app.ask("POST", "/matches/run")).status for _ in range(6)]
    assert found[-1] == 429
    assert re.search("[0-9]", match["id"])
