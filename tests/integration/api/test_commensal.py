"""Our own API: what it does, and that its description is true."""

import re
from typing import Any

import pytest

from node.accounts import tokens
from web.api.commensal.openapi import PREFIX, document

QUESTION = "What is the bread that people drive to you for?"


async def ask(wire: Any, method: str, path: str, who: Any = None, status: int = 200, **values: Any) -> Any:
    response, content = await wire.ask(method, f"{PREFIX}{path}", token=who.token if who else None, **values)
    assert response.status == status, content
    if response.status == 200:
        pattern = re.sub(r"/[0-9]+", "/{id}", path.partition("?")[0])
        described = document("http://a.test")["paths"][f"{PREFIX}{pattern}"][method.lower()]
        schema = described["responses"]["200"]["content"]["application/json"]["schema"]
        assert list(faults(content, schema, pattern)) == []
    return content


def faults(value: Any, schema: dict[str, Any], where: str) -> Any:
    """Where a value is not as its JSON Schema says; as much of it as the description uses."""
    schemas = document("http://a.test")["components"]["schemas"]
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        if all(list(faults(value, option, where)) for option in schema["anyOf"]):
            yield f"{where}: {value!r} is none of {schema['anyOf']}"
        return
    kinds = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "boolean": bool,
        "null": type(None),
        "number": float,
    }
    if type(value) is not kinds[schema["type"]]:
        yield f"{where}: {value!r} is no {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is not in {schema['enum']}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: {value!r} does not match {schema['pattern']}"
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        yield from (f"{where}.{name} is missing" for name in schema.get("required", ()) if name not in value)
        if not schema.get("additionalProperties"):
            yield from (f"{where}.{name} is not described" for name in value if name not in properties)
        for name in value.keys() & properties.keys():
            yield from faults(value[name], properties[name], f"{where}.{name}")
    if isinstance(value, list):
        for entry in value:
            yield from faults(entry, schema["items"], f"{where}[]")


async def test_the_description_names_exactly_what_there_is(alpha: Any, wire: Any) -> None:
    response, served = await wire.ask("GET", "/api/commensal/openapi.json")
    assert response.status == 200
    described = {(method.upper(), path) for path, operations in served["paths"].items() for method in operations}
    there = {
        (route.method, route.resource.canonical)
        for route in alpha._runner.app.router.routes()
        if route.resource is not None
        and route.resource.canonical.startswith(PREFIX)
        and not route.resource.canonical.endswith("/")
        and route.method != "HEAD"
    }
    assert described == there
    names = set(re.findall(r"#/components/schemas/(\w+)", str(served)))
    assert names == set(served["components"]["schemas"])


async def test_every_operation_checks_the_scope_it_describes(alice: Any, wire: Any) -> None:
    nobody = await alice.limited("push")
    for path, operations in document("http://a.test")["paths"].items():
        address = path.replace("{id}", "1").replace("{host}", "beta.test")
        for method, operation in operations.items():
            response, content = await wire.ask(method.upper(), address, token=nobody.token)
            assert response.status == 403, (method, path)
            scope = operation["security"][-1]["oauth"][0]
            assert scope in content["error"]
            response, _ = await wire.ask(method.upper(), address)
            assert (response.status == 401) == ({} not in operation["security"]), (method, path)


async def test_a_listing_from_end_to_end(alice: Any, bob: Any, wire: Any) -> None:
    made = await ask(
        wire,
        "POST",
        "/listings",
        alice,
        json={
            "purpose": "offer",
            "title": "Rye bread",
            "text": "Baked at **four**.",
            "terms": "price",
            "price": {"amount": "4.50", "currency": "EUR"},
            "quantity": "20",
            "expires_at": "2026-06-01T12:00:00Z",
        },
    )
    assert made["price"] == {"amount": "4.50", "currency": "EUR"}
    assert made["quantity"] == "20"
    assert made["text"] == "Baked at **four**."
    seen = await ask(wire, "GET", f"/listings/{made['id']}", bob)
    assert seen["text"] is None
    found = await ask(wire, "GET", "/listings?q=rye")
    assert [one["id"] for one in found] == [made["id"]]
    assert await ask(wire, "GET", "/listings?purpose=request") == []
    form = {"purpose": "offer", "title": "Rye bread", "terms": "price", "price[amount]": "5", "price[currency]": "EUR"}
    changed = await ask(wire, "PUT", f"/listings/{made['id']}", alice, data=form)
    assert changed["price"] == {"amount": "5.00", "currency": "EUR"}
    assert (await ask(wire, "POST", f"/listings/{made['id']}/sold", alice))["state"] == "sold"
    assert (await ask(wire, "POST", f"/listings/{made['id']}/reopen", alice))["state"] == "open"
    await ask(wire, "DELETE", f"/listings/{made['id']}", bob, status=404)
    assert await ask(wire, "DELETE", f"/listings/{made['id']}", alice) == {}
    await ask(wire, "GET", f"/listings/{made['id']}", alice, status=410)


async def test_a_listing_says_all_it_can(alice: Any, bob: Any, wire: Any) -> None:
    bread = {
        "purpose": "offer", "title": "Rye bread", "price": {"amount": "4.50", "currency": "EUR"}, "tax_rate": "5.5",
        "barter": "help with the orchard", "industry": "Bäckerei", "tags": ["Rye flour"], "delivery": "both",
        "serves_km": 25, "expires_at": "2026-06-01T00:00:00Z",
        "variants": [{"name": "small", "quantity": 3}, {"name": "large", "price": "7", "quantity": "0"}],
    }  # fmt: skip
    made = await ask(wire, "POST", "/listings", alice, json=bread)
    assert made["variants"] == [
        {"name": "small", "price": None, "quantity": "3"},
        {"name": "large", "price": {"amount": "7.00", "currency": "EUR"}, "quantity": "0"},
    ]
    assert (made["industry"], made["tags"], made["tax_rate"], made["price_with_tax"]["amount"]) == (
        "10.71", ["ryeflour"], "5.5", "4.75",
    )  # fmt: skip
    assert (made["quantity"], made["serves_km"], made["delivery"], made["is_two_way"]) == ("3", 25, "both", True)
    for wanted, number in (("industry=C&tag=RyeFlour&delivery=delivery", 1), ("industry=31.09", 0), ("q=10.71", 1)):
        assert len(await ask(wire, "GET", f"/listings?{wanted}")) == number, wanted
    extended = await ask(wire, "POST", f"/listings/{made['id']}/extend", alice)
    assert extended["expires_at"] == "2026-07-31T00:00:00.000Z"
    await ask(wire, "POST", f"/listings/{made['id']}/extend", bob, status=404)
    assert await ask(wire, "GET", "/listings/kept", bob) == []
    await wire.ask("POST", f"/api/v1/statuses/{made['id']}/bookmark", token=bob.token)
    assert [kept["id"] for kept in await ask(wire, "GET", "/listings/kept?limit=5", bob)] == [made["id"]]
    assert [found["code"] for found in await ask(wire, "GET", "/industries?q=bakery&language=fr")] == ["10.71"]
    for odd in ({"industry": "xyzzy"}, {"tax_rate": "101"}, {"serves_km": "1.5"}, {"variants": [{"price": "4"}]}):
        await ask(wire, "POST", "/listings", alice, 422, json=bread | odd)
    saved = await ask(wire, "POST", "/searches", bob, json={"name": "Bread", "wanted": {"q": "bread", "x": "y"}})
    assert (saved["name"], saved["wanted"], saved["found_count"]) == ("Bread", {"q": "bread"}, 0)
    await ask(wire, "POST", "/searches", bob, 422, json={"name": "", "wanted": {}})
    await ask(wire, "DELETE", f"/searches/{saved['id']}", alice, 404)
    assert await ask(wire, "GET", "/searches", bob) == [saved]
    assert await ask(wire, "DELETE", f"/searches/{saved['id']}", bob) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": "nothing"},
        {"title": ""},
        {"terms": "price"},
        {"price": {"amount": "1.999", "currency": "EUR"}},
        {"price": {"amount": "ten", "currency": "EUR"}},
        {"quantity": "-1"},
        {"expires_at": "soon"},
        {"lens": "sideways"},
        {"media_ids": ["1"]},
    ],
)
async def test_a_listing_that_makes_no_sense(alice: Any, wire: Any, wrong: dict[str, Any]) -> None:
    content = await ask(wire, "POST", "/listings", alice, 422, json={"purpose": "offer", "title": "Bread", **wrong})
    assert content["error"].startswith("Validation failed")


async def test_an_invitation_from_end_to_end(alice: Any, bob: Any, wire: Any) -> None:
    made = await ask(wire, "POST", "/invitations", alice, json={"acct": "bob", "question": QUESTION})
    assert (made["state"], made["is_mine"], made["person"]["acct"]) == ("asked", True, "bob@a.test")
    waiting = await ask(wire, "GET", "/invitations", bob)
    assert [one["question"] for one in waiting] == [QUESTION]
    said = await ask(wire, "POST", f"/invitations/{made['id']}/accept", bob, json={"answer": "The rye."})
    assert (said["state"], said["answer"], said["is_mine"]) == ("accepted", "The rye.", False)
    assert [one["acct"] for one in await ask(wire, "GET", "/connections", alice)] == ["bob@a.test"]
    assert await ask(wire, "DELETE", f"/connections/{bob.actor_id}", alice) == {}
    assert await ask(wire, "GET", "/connections", alice) == []


async def test_a_mastodon_app_sees_an_invitation_as_a_request(alice: Any, bob: Any, wire: Any) -> None:
    await ask(wire, "POST", "/invitations", alice, json={"account_id": str(bob.actor_id), "question": QUESTION})
    assert [(one.type, one.account.acct) for one in await bob.do("notifications")] == [("follow_request", "alice")]
    assert [one.acct for one in await bob.do("follow_requests")] == ["alice"]
    tie = await bob.do("follow_request_authorize", alice.actor_id)
    assert (tie.following, tie.followed_by) == (True, True)
    assert [(one.type, one.account.acct) for one in await alice.do("notifications")] == [("follow", "bob")]
    sent = await ask(wire, "GET", "/invitations?side=sent", alice)
    assert [one["state"] for one in sent] == ["accepted"]


async def test_the_directory(alice: Any, bob: Any, wire: Any) -> None:
    found = await ask(wire, "GET", "/directory", alice)
    assert {one["acct"] for one in found["people"]} >= {"alice@a.test", "bob@a.test"}
    assert [one["name"] for one in (await ask(wire, "GET", "/directory?q=bob", alice))["people"]] == ["Bob"]
    assert [one["name"] for one in await ask(wire, "GET", "/associations", alice)] == ["Association A"]


async def test_a_deal_from_the_ask_to_the_receipt(alice: Any, bob: Any, alpha: Any, wire: Any) -> None:
    ask_for = {"purpose": "request", "title": "60 bread baskets"}
    listing = await ask(wire, "POST", "/listings", alice, json=ask_for)
    line = {"name": "Bread baskets", "quantity": "60", "price": "14.00", "tax_rate": "20"}
    terms = {"currency": "EUR", "lines": [line], "deposit": "30"}
    deal = await ask(wire, "POST", "/deals", bob, json={"listing_id": listing["id"], "terms": terms})
    here = f"/deals/{deal['id']}"
    assert (deal["role"], deal["terms"]["total"]) == ("seller", "1008.00")
    line["quantity"] = "50"
    deal = await ask(wire, "POST", f"{here}/steps", bob, json={"verb": "quote", "terms": terms})
    assert [one["waits_for_me"] for one in await ask(wire, "GET", "/deals?show=open", alice)] == [True]

    await ask(wire, "POST", f"{here}/steps", alice, json={"verb": "agree"}, status=422)
    await ask(wire, "POST", f"{here}/steps", alice, json={"verb": "agree", "terms_hash": "0" * 64}, status=422)
    await ask(wire, "POST", f"{here}/steps", alice, json={"verb": "receipt"}, status=422)
    yes = {"verb": "agree", "terms_hash": deal["terms_hash"]}
    deal = await ask(wire, "POST", f"{here}/steps", alice, json=yes)
    assert (deal["state"], deal["terms_hash"]) == ("agreed", yes["terms_hash"])
    for who, step in (
        (bob, {"verb": "invoice_deposit"}),
        (alice, {"verb": "claim_paid", "amount": "252.00"}),
        (bob, {"verb": "confirm_paid", "amount": "252.00"}),
        (bob, {"verb": "deliver"}),
        (bob, {"verb": "invoice"}),
        (bob, {"verb": "confirm_paid", "amount": "588.00"}),
        (bob, {"verb": "receipt"}),
    ):
        deal = await ask(wire, "POST", f"{here}/steps", who, json=step)
    assert (deal["state"], deal["paid"]["amount"], deal["due"]["amount"]) == ("completed", "840.00", "0.00")
    assert len(await ask(wire, "GET", "/deals?show=done", bob)) == 1
    papers = await ask(wire, "GET", "/papers", bob)
    assert [(paper["kind"], paper["is_ours"], paper["total"]["amount"]) for paper in papers] == [
        ("receipt", True, "840.00"), ("invoice", True, "840.00"), ("deposit", True, "252.00"),
    ]  # fmt: skip
    invoice = f"/papers/{papers[1]['id']}"
    paper = await ask(wire, "GET", invoice, alice)
    assert (paper["is_ours"], paper["payable"]["amount"], paper["facts"]["tax"]) == (False, "588.00", 14000)
    assert await ask(wire, "GET", "/papers?year=2025", bob) == []
    # Nobody else reads it, the office least of all.
    eve = await alpha.member("Eve Other", role="officer")
    async with alpha.writing() as work:
        token = await tokens.make(work, eve.account_id, "One", ["read", "write"])
    for path in (invoice, f"{invoice}/pdf", here):
        assert (await wire.ask("GET", f"{PREFIX}{path}", token=token))[0].status == 404
    assert (await wire.ask("GET", f"{PREFIX}/papers", token=token))[1] == []


async def test_a_deal_that_makes_no_sense(alice: Any, bob: Any, wire: Any) -> None:
    listing = await ask(wire, "POST", "/listings", alice, json={"purpose": "request", "title": "60 bread baskets"})
    line = {"name": "Bread baskets", "quantity": "60", "price": "14.00"}
    for wrong in (
        {},
        {"listing_id": "77", "words": "Hello"},
        {"listing_id": listing["id"]},
        {"listing_id": listing["id"], "terms": {"currency": "EUR", "lines": []}},
        {"listing_id": listing["id"], "terms": {"currency": "EUR", "lines": "x"}},
        {"listing_id": listing["id"], "terms": {"currency": "euro", "lines": [line]}},
        {"listing_id": listing["id"], "terms": {"currency": "EUR", "lines": [line | {"quantity": "-1"}]}},
        {"listing_id": listing["id"], "terms": {"currency": "EUR", "lines": [line | {"price": "14.005"}]}},
        {"listing_id": listing["id"], "terms": {"currency": "EUR", "lines": [line], "valid_until": "soon"}},
    ):
        response, _ = await wire.ask("POST", f"{PREFIX}/deals", token=bob.token, json=wrong)
        assert response.status in (404, 422), wrong
    deal = await ask(wire, "POST", "/deals", bob, json={"listing_id": listing["id"], "words": "How wide?"})
    for wrong in ({}, {"verb": "accept"}, {"verb": "steal"}, {"verb": "quote"}):
        response, _ = await wire.ask("POST", f"{PREFIX}/deals/{deal['id']}/steps", token=bob.token, json=wrong)
        assert response.status == 422, wrong


async def test_nobody_else_finds_a_deal(alice: Any, bob: Any, alpha: Any, wire: Any) -> None:
    listing = await ask(wire, "POST", "/listings", alice, json={"purpose": "request", "title": "60 bread baskets"})
    deal = await ask(wire, "POST", "/deals", bob, json={"listing_id": listing["id"], "words": "How wide?"})
    eve = await alpha.member("Eve Other")
    async with alpha.writing() as work:
        token = await tokens.make(work, eve.account_id, "One", ["read", "write"])
    for method, path in (("GET", ""), ("POST", "/steps")):
        response, _ = await wire.ask(method, f"{PREFIX}/deals/{deal['id']}{path}", token=token, json={"verb": "ask"})
        assert response.status == 404


async def test_an_idea_is_asked_about_tried_and_closed(alice: Any, bob: Any, wire: Any) -> None:
    ends_at = "2026-06-01T12:00:00Z"
    idea = await ask(wire, "POST", "/ideas", alice, json={"title": "Bread by bicycle", "text": "At seven."})
    assert (idea["stage"], idea["state"], [stage["state"] for stage in idea["stages"]][:2]) == ("idea", "open", ["now", "ahead"])  # fmt: skip  # noqa: E501
    here = f"/ideas/{idea['id']}"
    await ask(wire, "POST", f"{here}/close", bob, 404)
    assert (await ask(wire, "POST", f"{here}/close", alice))["stage"] == "research"
    await ask(wire, "POST", f"{here}/close", alice, 422)
    asked = {"title": "Bread", "purpose": "To know whether.", "ends_at": ends_at, "idea_id": idea["id"], "questions": [
        {"text": "Would you?", "kind": "one", "options": ["Yes", "No"]},
        {"text": "How late?", "kind": "scale"},
        {"text": "What kinds?", "kind": "many", "options": ["Rye", "Oat", "Spelt"]},
    ]}  # fmt: skip
    await ask(wire, "POST", "/studies", alice, 422, json={**asked, "questions": []})
    study = await ask(wire, "POST", "/studies", alice, json=asked)
    answers = f"/studies/{study['id']}/answers"
    given = {"answers": [{"value": 0}, {"value": 4}, {"value": [0, 2]}]}
    await ask(wire, "POST", answers, bob, 422, json=given)
    wrong = {"answers": [{"value": 7}], "consent": True}
    await ask(wire, "POST", answers, bob, 422, json=wrong)
    said = await ask(wire, "POST", answers, bob, json={**given, "consent": True})
    assert (said["answers_count"], said["has_answered"], said["results"]) == (1, True, None)
    await ask(wire, "POST", answers, bob, 422, json={**given, "consent": True})
    assert (await ask(wire, "GET", here, bob))["stages"][1]["evidence"] == 1
    assert [found["id"] for found in await ask(wire, "GET", "/studies")] == [study["id"]]
    assert (await ask(wire, "POST", f"/studies/{study['id']}/close", alice))["is_over"]
    both = [{"title": "Bread", "price": "5.00"}, {"title": "Bread", "price": "7.00"}]
    trial = {"name": "Morning bread", "variants": both, "quantity": 1, "ends_at": ends_at, "idea_id": idea["id"]}
    await ask(wire, "POST", "/tests", alice, 422, json={**trial, "variants": both[:1]})
    await ask(wire, "POST", "/tests", alice, 422, json={**trial, "variants": [{**both[0], "price": "NaN"}, both[1]]})
    test = await ask(wire, "POST", "/tests", alice, json=trial)
    seen = await ask(wire, "GET", f"/tests/{test['id']}", bob)
    assert (seen["seen"]["price"]["amount"], seen["variants"]) == ("5.00", [])
    assert (await ask(wire, "POST", f"/tests/{test['id']}/reserve", bob))["has_reserved"]
    [own] = await ask(wire, "GET", "/tests", alice)
    assert [(variant["shown"], variant["reserved"]) for variant in own["variants"]] == [(1, 1), (0, 0)]
    await ask(wire, "POST", f"/tests/{test['id']}/offer", bob, 404, json={"variant": "a"})
    offered = await ask(wire, "POST", f"/tests/{test['id']}/offer", alice, json={"variant": "a"})
    assert (offered["state"], offered["is_open"]) == ("offered", False)
    assert (await ask(wire, "GET", f"/listings/{test['id']}", bob))["price"] == {"amount": "5.00", "currency": "EUR"}
    assert (await ask(wire, "POST", f"{here}/mentor", alice, json={"text": "How to begin."}))["grown"]
    assert (await ask(wire, "POST", f"{here}/drop", alice))["state"] == "dropped"
    assert [found["id"] for found in await ask(wire, "GET", "/ideas?mine=1", alice)] == [idea["id"]]
