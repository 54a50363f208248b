"""Quotes as apps make and show them."""

from typing import Any


async def test_an_app_quotes_and_its_author_takes_it_back(wire: Any, alice: Any, bob: Any) -> None:
    def posting(person: Any, **fields: Any) -> Any:
        return wire.ask("POST", "/api/v1/statuses", token=person.token, json=fields)

    _, hers = await posting(alice, status="Good oak", quote_approval_policy="public")
    assert hers["quote_approval"] == {"automatic": ["public"], "manual": [], "current_user": "automatic"}
    _, his = await posting(bob, status="As she says", quoted_status_id=hers["id"])
    assert (his["quote"]["state"], his["quote"]["quoted_status"]["id"]) == ("accepted", hers["id"])
    _, told = await wire.ask("GET", "/api/v1/notifications", token=alice.token)
    assert [(news["type"], news["status"]["id"]) for news in told] == [("quote", his["id"])]
    _, quotes = await wire.ask("GET", f"/api/v1/statuses/{hers['id']}/quotes", token=alice.token)
    assert [status["id"] for status in quotes] == [his["id"]]
    _, shown = await wire.ask("GET", f"/api/v1/statuses/{hers['id']}", token=bob.token)
    assert shown["quotes_count"] == 1

    address = f"/api/v1/statuses/{hers['id']}/quotes/{his['id']}/revoke"
    response, _ = await wire.ask("POST", address, token=bob.token)
    assert response.status == 404
    _, shown = await wire.ask("POST", address, token=alice.token)
    assert shown["quote"] == {"state": "revoked", "quoted_status": None}
    _, quotes = await wire.ask("GET", f"/api/v1/statuses/{hers['id']}/quotes", token=bob.token)
    assert quotes == []

    policy = f"/api/v1/statuses/{hers['id']}/interaction_policy"
    _, changed = await wire.ask("PUT", policy, token=alice.token, json={"quote_approval_policy": "nobody"})
    assert changed["quote_approval"]["automatic"] == []
    _, seen = await wire.ask("GET", f"/api/v1/statuses/{hers['id']}", token=bob.token)
    assert seen["quote_approval"]["current_user"] == "denied"
    response, error = await posting(bob, status="Once more", quoted_status_id=hers["id"])
    assert response.status == 422
    assert "does not want this to be quoted" in error["error"]
    response, _ = await wire.ask("PUT", policy, token=alice.token, json={"quote_approval_policy": "friends"})
    assert response.status == 422
