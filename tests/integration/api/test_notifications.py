"""What a member is told of, one by one and in groups, and their conversations."""

from typing import Any

from support.entities import faults


async def test_following_comes_in_groups(alice: Any, bob: Any, join: Any, alpha: Any, wire: Any) -> None:
    carol = await join(alpha, "Carol")
    for person in (bob, carol):
        await person.do("account_follow", alice.actor_id)
    await bob.do("status_post", "Hello @alice")
    _, content = await wire.ask("GET", "/api/v2/notifications", token=alice.token)
    assert faults(content, "GroupedNotificationsResults") == []
    groups = {group["type"]: group for group in content["notification_groups"]}
    assert groups["follow"]["notifications_count"] == 2
    assert groups["follow"]["sample_account_ids"] == [str(carol.actor_id), str(bob.actor_id)]
    assert groups["mention"]["status_id"] == content["statuses"][0]["id"]
    assert {one["acct"] for one in content["accounts"]} == {"bob", "carol"}
    followers = await alice.do("grouped_notification_accounts", "follow")
    assert [one.acct for one in followers] == ["carol", "bob"]
    assert (await alice.do("unread_grouped_notifications_count")) == 3
    await alice.do("dismiss_grouped_notification", "follow")
    assert [one.type for one in await alice.do("notifications")] == ["mention"]


async def test_filters_marks_and_clearing(alice: Any, bob: Any) -> None:
    await bob.do("account_follow", alice.actor_id)
    await bob.do("status_post", "Hello @alice")
    assert [one.type for one in await alice.do("notifications", types=["follow"])] == ["follow"]
    assert [one.type for one in await alice.do("notifications", exclude_types=["follow"])] == ["mention"]
    newest, oldest = await alice.do("notifications")
    assert (await alice.do("notifications_unread_count")).count == 2
    await alice.do("markers_set", "notifications", oldest)
    assert (await alice.do("notifications_unread_count")).count == 1
    await alice.do("notifications_dismiss", newest)
    assert [one.id for one in await alice.do("notifications")] == [oldest.id]
    await alice.do("notifications_clear")
    assert await alice.do("notifications") == []


async def test_conversations(alice: Any, bob: Any, join: Any, alpha: Any, wire: Any) -> None:
    carol = await join(alpha, "Carol")
    first = await alice.do("status_post", "Quietly, @bob", visibility="direct")
    answer = await bob.do("status_reply", first, "I listen")
    await carol.do("status_post", "@alice hello", visibility="direct")
    _, found = await wire.ask("GET", "/api/v1/conversations", token=alice.token)
    assert [faults(one, "Conversation") for one in found] == [[], []]
    assert [[who["acct"] for who in one["accounts"]] for one in found] == [["carol"], ["bob"]]
    assert found[1]["last_status"]["id"] == str(answer.id)
    assert [one["unread"] for one in found] == [True, True]
    read = await alice.do("conversations_read", found[1]["id"])
    assert read.unread is False
    assert [one.unread for one in await alice.do("conversations")] == [True, False]
    assert [one.last_status.id for one in await bob.do("conversations")] == [answer.id]
    # One that is put away comes back with what is said next, and is still there for the others.
    path = f"/api/v1/conversations/{found[1]['id']}"
    for _ in range(2):
        response, content = await wire.ask("DELETE", path, token=alice.token)
        assert (response.status, content) == (200, {})
    assert [one.accounts[0].acct for one in await alice.do("conversations")] == ["carol"]
    assert len(await bob.do("conversations")) == 1
    response, _ = await wire.ask("DELETE", path, token=carol.token)
    assert response.status == 404
    await bob.do("status_reply", answer, "One more thing, @alice")
    assert [one.accounts[0].acct for one in await alice.do("conversations")] == ["bob", "carol"]


async def test_the_directory_of_an_app(alice: Any, bob: Any) -> None:
    assert {one.acct for one in await alice.do("directory", local=True)} >= {"alice", "bob"}
    await bob.do("status_post", "First")
    await alice.do("status_post", "Then")
    await bob.do("status_post", "For few", visibility="private")
    active, new = [[one.acct for one in await alice.do("directory", order=order)] for order in ("active", "new")]
    assert [name for name in active if name != "office"][:2] == ["alice", "bob"]
    assert [name for name in new if name != "office"][:2] == ["bob", "alice"]
