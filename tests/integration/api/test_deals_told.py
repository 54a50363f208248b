"""Apps that know no deals: each step is a private word that one can read, look back from, and answer."""

from typing import Any

from node.accounts import tokens
from support.entities import faults

DEALS = "/api/commensal/v1/deals"


async def test_a_deal_in_an_app(alice: Any, bob: Any, join: Any, alpha: Any, wire: Any) -> None:
    listing = {"title": "Rye bread", "purpose": "offer", "price": "4.00"}
    _, listing = await wire.ask("POST", "/api/commensal/v1/listings", token=alice.token, json=listing)
    _, deal = await wire.ask(
        "POST", DEALS, token=bob.token, json={"listing_id": listing["id"], "words": "Every <b>week</b>?"}
    )
    _, news = await wire.ask("GET", "/api/v1/notifications", token=alice.token)
    assert [faults(one, "Notification") for one in news] == [[]]
    (told,) = await alice.do("notifications")
    assert (told.type, told.account.acct) == ("mention", "bob")
    asked = told.status
    assert (asked.visibility, asked.url) == ("direct", f"http://a.test/deals/{deal['id']}")
    assert "Every &lt;b&gt;week&lt;/b&gt;?" in asked.content
    assert (await alice.do("status", asked.id)).content == asked.content
    assert (await alice.do("notifications_unread_count"))["count"] == 1

    # What is answered in the app is said in the deal, once.
    answer = {"status": "@bob  Yes, every week", "in_reply_to_id": asked.id, "visibility": "direct"}
    for _ in range(2):
        response, said = await wire.ask(
            "POST", "/api/v1/statuses", token=alice.token, json=answer, headers={"Idempotency-Key": "k"}
        )
        assert response.status == 200, said
    assert faults(said, "Status") == []
    assert "<p>Yes, every week</p>" in said["content"]
    (heard,) = [one for one in await bob.do("notifications") if one.type == "mention"]
    assert str(heard.status.id) == said["id"]
    assert heard.status.in_reply_to_id == asked.id
    thread = await bob.do("status_context", heard.status.id)
    assert [one.id for one in thread.ancestors] == [asked.id]
    line = {"name": "Rye bread", "quantity": "2", "price": "4.00"}
    terms = {"currency": "EUR", "lines": [line]}
    await wire.ask("POST", f"{DEALS}/{deal['id']}/steps", token=alice.token, json={"verb": "quote", "terms": terms})
    newest = (await bob.do("notifications"))[0].status
    assert "€8.00" in newest.content
    (group, *_) = (await bob.do("grouped_notifications")).notification_groups
    assert (group.type, group.status_id) == ("mention", newest.id)

    carol = await join(alpha, "Carol")
    async with alpha.writing() as work:
        narrow = await tokens.make(work, bob.account_id, "Narrow", ["read:accounts"])
    for token, status in ((carol.token, 404), (None, 404), (narrow, 403), (bob.token, 200)):
        for path in ("", "/context"):
            response, _ = await wire.ask("GET", f"/api/v1/statuses/{asked.id}{path}", token=token)
            assert response.status == status, (path, token)
    response, _ = await wire.ask("POST", "/api/v1/statuses", token=carol.token, json=answer)
    assert response.status in (404, 422)
    response, _ = await wire.ask("POST", f"/api/v1/statuses/{asked.id}/favourite", token=bob.token)
    assert response.status == 404
