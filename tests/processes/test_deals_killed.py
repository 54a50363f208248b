"""A deal between two associations whose processes are killed at every step: nothing is lost, nothing happens twice."""

import asyncio
import functools
import itertools
import random
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from node.db import WRITING
from support.app import App
from support.processes import Build, Place, until

pytestmark = pytest.mark.processes

TERMS = {
    "currency": "EUR",
    "lines": [{"name": "Bread baskets", "quantity": "50", "price": "14.00", "tax_rate": "20"}],
    "deposit": "30",
}
STEPS = [
    ("bob", {"verb": "quote", "terms": TERMS}),
    ("alice", {"verb": "agree"}),
    ("bob", {"verb": "invoice_deposit"}),
    ("bob", {"verb": "confirm_paid"}),
    ("bob", {"verb": "deliver"}),
    ("bob", {"verb": "invoice"}),
    ("alice", {"verb": "claim_paid"}),
    ("bob", {"verb": "confirm_paid"}),
    ("bob", {"verb": "receipt"}),
]


async def insist(place: Place, app: App, path: str, values: dict[str, Any], key: str) -> dict[str, Any]:
    """Send until it is answered, as an app does: the same key each time."""
    async with asyncio.timeout(60):
        while True:
            try:
                async with app._session.post(
                    f"{app._base}{path}", json=values, headers={"Idempotency-Key": key}
                ) as answer:
                    if answer.status == 200:
                        found: dict[str, Any] = await answer.json()
                        return found
                    assert answer.status >= 500, (path, values, await answer.text())
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)


async def hurry(place: Place) -> None:
    """Half a minute passes for whoever waits to try a host again that did not answer, being dead."""
    engine = place.engine()
    try:
        async with engine.execution_options(**{WRITING: True}).begin() as connection:
            for statement in (
                "UPDATE deliveries SET next_at = created_at WHERE state = 'waiting'",
                "UPDATE peers SET due_at = first_seen_at, open_until = NULL, failures = 0, failing_since = NULL,"
                " leased_until = NULL, lease = NULL WHERE due_at IS NOT NULL AND failures > 0",
                "UPDATE received SET next_at = received_at WHERE state = 'waiting' AND lease IS NULL",
                "UPDATE errands SET next_at = created_at, leased_until = NULL",
            ):
                await connection.execute(sa.text(statement))
    finally:
        await engine.dispose()


async def is_sealed(place: Place) -> bool:
    """Every step is kept as it was said: with its proof."""
    return await place.query("SELECT count(*) FROM deal_steps WHERE body NOT LIKE '%proofValue%'") == [(0,)]


@pytest.mark.parametrize("build", ["sqlite"], indirect=True)
async def test_both_nodes_agree_whoever_is_killed_when(build: Build) -> None:
    alpha, beta = await build("alpha"), await build("beta")
    await asyncio.gather(alpha.start(), beta.start())
    places = {"alice": alpha, "bob": beta}
    apps = {name: place.app((await place.add_member(name, "a long table in the garden", "--token"))["token"])
            for name, place in places.items()}  # fmt: skip
    alice, bob = apps["alice"], apps["bob"]
    await alice.follow(f"bob@{beta.host}")

    async def followed() -> bool:
        return bool((await bob.get("/api/v1/accounts/verify_credentials"))["followers_count"])

    await until(followed, 10)
    await bob.post("/api/commensal/v1/listings", purpose="offer", title="Willow baskets", category="goods",
                   terms="price", price={"amount": "14.00", "currency": "EUR"}, quantity="60")  # fmt: skip
    copies: list[dict[str, Any]] = []

    async def arrived() -> bool:
        copies[:] = await alice.get("/api/commensal/v1/listings")
        return bool(copies)

    await until(arrived, 10)
    fate = random.Random(5)

    async def take(who: str, path: str, values: dict[str, Any], number: int) -> dict[str, Any]:
        """The step, while one of the two dies: before it is written down, after it, or on the way to the other."""
        victim = places[who] if number % 2 else places["bob" if who == "alice" else "alice"]
        sent = asyncio.create_task(insist(places[who], apps[who], path, values, f"step-{number}"))
        await asyncio.sleep(fate.choice((0.005, 0.02, 0.06)))
        await victim.processes[-1].kill()
        await victim.start()
        return await sent

    def short(deal: dict[str, Any]) -> list[Any]:
        return [deal[name] for name in ("uri", "agreement_uri", "state", "terms_hash", "paid", "claimed")] + [
            (step["uri"], step["verb"], step["is_crossed"]) for step in deal["steps"]
        ]

    async def both(least: int) -> dict[str, Any]:
        """What both see, once they see the same."""
        seen: list[dict[str, Any]] = []

        looks = itertools.count(1)

        async def agree() -> bool:
            if next(looks) % 10 == 0:
                await asyncio.gather(hurry(alpha), hurry(beta))
            found = [await app.get("/api/commensal/v1/deals") for app in (alice, bob)]
            if not all(found):
                return False
            deals = [await app.get(f"/api/commensal/v1/deals/{found[place][0]['id']}")
                     for place, app in enumerate((alice, bob))]  # fmt: skip
            seen[:] = deals
            ids.update(alice=deals[0]["id"], bob=deals[1]["id"])
            return short(deals[0]) == short(deals[1]) and len(deals[0]["steps"]) >= least

        try:
            await until(agree, 40)
        except AssertionError:
            waits = "SELECT host, state, attempts, next_at, last_answer FROM deliveries WHERE state <> 'delivered'"
            hosts = "SELECT host, failures, failing_since, due_at, open_until, leased_until FROM peers"
            inbox = "SELECT type, state, reason, attempts, next_at, leased_until FROM received WHERE state <> 'done'"
            for place in (alpha, beta):
                for query in (waits, hosts, inbox):
                    print(place.host, await place.query(query))
            raise AssertionError([short(deal) for deal in seen]) from None
        return seen[0]

    ids: dict[str, str] = {}
    question = {"listing_id": copies[0]["id"], "words": "Could you make 50 by October?"}
    await take("alice", "/api/commensal/v1/deals", question, 0)
    deal = await both(1)
    for number, (who, values) in enumerate(STEPS, 1):
        body = values | ({"terms_hash": deal["terms_hash"]} if values["verb"] == "agree" else {})
        await take(who, f"/api/commensal/v1/deals/{ids[who]}/steps", body, number)
        deal = await both(number + (2 if number >= 2 else 1))
    assert deal["state"] == "completed"
    assert [step["verb"] for step in deal["steps"]] == [
        "ask", "quote", "agree", "accept", "invoice_deposit", "confirm_paid", "deliver", "invoice", "claim_paid",
        "confirm_paid", "receipt",
    ]  # fmt: skip
    assert deal["paid"] == {"amount": "840.00", "currency": "EUR"}
    assert await beta.query("SELECT quantity FROM listings") == [(10,)]
    assert [kind for (kind,) in await beta.query("SELECT kind FROM papers ORDER BY id")] == [
        "deposit",
        "invoice",
        "receipt",
    ]
    for place in (alpha, beta):
        assert await place.query("SELECT count(*) FROM deals") == [(1,)]
        await hurry(place)  # whoever died while it signed left its errand to the next
        await until(functools.partial(is_sealed, place), 20)
        assert await place.query("PRAGMA integrity_check") == [("ok",)]
