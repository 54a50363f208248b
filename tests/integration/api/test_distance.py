"""Blocks, mutes, domain blocks, notes and reports as apps know them."""

from typing import Any

from support.entities import faults


async def test_keeping_people_away(wire: Any, alice: Any, bob: Any) -> None:
    await alice.do("account_follow", bob.actor_id)
    said = await bob.do("status_post", "Good morning #wood")
    mention = await bob.do("status_post", "Good morning @alice")
    muted = await alice.do("account_mute", bob.actor_id, duration=3600)
    assert (muted.muting, muted.muting_notifications, muted.following) == (True, True, True)
    assert await alice.do("timeline_home") == []
    assert await alice.do("timeline_hashtag", "wood") == []
    assert [str(one.id) for one in await alice.do("mutes")] == [str(bob.actor_id)]
    assert not (await alice.do("account_unmute", bob.actor_id)).muting
    assert [one.id for one in await alice.do("timeline_home")] == [mention.id, said.id]
    assert (await alice.do("account_note_set", bob.actor_id, "From the fair")).note == "From the fair"
    assert (await alice.do("status_mute", mention.id)).muted
    assert [(await alice.do("status", one)).muted for one in (mention, said)] == [True, False]
    await bob.do("status_post", "@alice?", in_reply_to_id=mention.id)
    assert await alice.do("notifications") == []
    blocked = await alice.do("account_block", bob.actor_id)
    assert (blocked.blocking, blocked.following, blocked.note) == (True, False, "From the fair")
    assert (await bob.do("account_relationships", alice.actor_id))[0].blocked_by
    assert [str(one.id) for one in await alice.do("blocks")] == [str(bob.actor_id)]
    assert await alice.do("account_search", "bo") == []
    response, _ = await wire.ask("GET", f"/api/v1/statuses/{said.id}", token=alice.token)
    assert response.status == 404
    response, content = await wire.ask("POST", f"/api/v1/accounts/{alice.actor_id}/follow", token=bob.token)
    assert (response.status, next(iter(content))) == (403, "error")
    assert not (await alice.do("account_unblock", bob.actor_id)).blocking
    await alice.do("domain_block", "loud.test")
    assert await alice.do("domain_blocks") == ["loud.test"]
    await alice.do("domain_unblock", "loud.test")
    assert await alice.do("domain_blocks") == []


async def test_reports(wire: Any, alice: Any, bob: Any, alpha: Any) -> None:
    said = await bob.do("status_post", "Buy, buy, buy")
    secret = await bob.do("status_post", "Only for us", visibility="private")
    body = {"account_id": str(bob.actor_id), "status_ids": [said.id], "comment": "Noise", "category": "spam"}
    response, content = await wire.ask("POST", "/api/v1/reports", token=alice.token, json=body)
    assert response.status == 200, content
    assert faults(content, "Report") == []
    assert content["rule_ids"] is None
    assert (content["category"], content["status_ids"]) == ("spam", [str(said.id)])
    # what one may not read cannot be drawn out by reporting it
    response, content = await wire.ask(
        "POST", "/api/v1/reports", token=alice.token, json={**body, "status_ids": [secret.id]}
    )
    assert response.status == 404
