"""Likes, boosts and pins in an app: what one does, what one sees of it, and who is told."""

import json
from typing import Any

import pytest
from mastodon import MastodonAPIError, MastodonNotFoundError

from node.notifications.queries import newest
from node.notifications.waiting import waiting
from support.entities import faults


async def test_liking(alice: Any, bob: Any, join: Any, alpha: Any, wire: Any) -> None:
    carol = await join(alpha, "Carol")
    first, second = [await alice.do("status_post", text) for text in ("Oak", "Ash")]
    for _ in range(2):
        shown = await bob.do("status_favourite", first)
    assert (shown.favourited, shown.favourites_count) == (True, 1)
    await carol.do("status_favourite", first)
    await bob.do("status_favourite", second)
    seen = await alice.do("status", first)
    assert (seen.favourited, seen.favourites_count) == (False, 2)
    assert [one.acct for one in await alice.do("status_favourited_by", first)] == ["carol", "bob"]
    page = await bob.do("favourites", limit=1)
    assert [one.id for one in page] == [second.id]
    assert [one.id for one in await bob.do("fetch_next", page)] == [first.id]

    told = await alice.do("notifications", types=["favourite"])
    assert [(one.type, one.account.acct, one.status.id) for one in told] == [
        ("favourite", "bob", second.id),
        ("favourite", "carol", first.id),
        ("favourite", "bob", first.id),
    ]
    _, content = await wire.ask("GET", "/api/v2/notifications", token=alice.token)
    assert faults(content, "GroupedNotificationsResults") == []
    assert [(group["group_key"], group["notifications_count"]) for group in content["notification_groups"]] == [
        (f"favourite-{second.id}", 1),
        (f"favourite-{first.id}", 2),
    ]
    people = await alice.do("grouped_notification_accounts", f"favourite-{first.id}")
    assert [one.acct for one in people] == ["carol", "bob"]
    # The page and its bell count the two posts, not the three people.
    async with alpha.reading() as work:
        assert (await waiting(work, alice.account_id, alice.actor_id, is_officer=False)).notifications == 2
        lines = await newest(work, alice.account_id)
        assert [(line.kind, line.actor.name, line.others) for line in lines if line.actor] == [
            ("liked", "Bob", 0),
            ("liked", "Carol", 1),
        ]

    assert (await bob.do("status_unfavourite", first)).favourites_count == 1
    assert len(await alice.do("notifications", types=["favourite"])) == 2
    quiet = await alice.do("status_post", "For my followers", visibility="private")
    for verb in ("status_favourite", "status_reblog", "status_favourited_by"):
        with pytest.raises(MastodonNotFoundError):
            await bob.do(verb, quiet)
    limited = await bob.limited("read")
    with pytest.raises(MastodonAPIError):
        await limited.do("status_favourite", second)


async def test_passing_on(alice: Any, bob: Any, join: Any, alpha: Any, wire: Any) -> None:
    carol = await join(alpha, "Carol")
    await alice.do("account_follow", bob.actor_id)
    post = await carol.do("status_post", "Walnut for sale")
    boost = await bob.do("status_reblog", post)
    assert (boost.reblog.id, boost.reblog.reblogged, boost.reblog.reblogs_count) == (post.id, True, 1)
    assert (boost.account.acct, boost.reblog.account.acct, boost.visibility) == ("bob", "carol", "public")
    assert (await bob.do("status_reblog", boost)).id == boost.id
    _, plain = await wire.ask("GET", f"/api/v1/statuses/{boost.id}", token=alice.token)
    assert faults(plain, "Status") == []
    assert [one.acct for one in await alice.do("status_reblogged_by", boost)] == ["bob"]
    assert [(one.type, one.account.acct, one.status.id) for one in await carol.do("notifications")] == [
        ("reblog", "bob", post.id)
    ]
    home = await alice.do("timeline_home")
    assert [(one.id, one.reblog.id) for one in home] == [(boost.id, post.id)]
    assert [one.id for one in await alice.do("timeline_public")] == [post.id]
    own = await alice.do("account_statuses", bob.actor_id)
    assert [one.id for one in own] == [boost.id]
    assert await alice.do("account_statuses", bob.actor_id, exclude_reblogs=True) == []
    assert (await alice.do("account", bob.actor_id)).statuses_count == 0

    # One who is followed as well: the post is there once, at its newest place.
    await alice.do("account_follow", carol.actor_id)
    assert [one.id for one in await alice.do("timeline_home")] == [boost.id]
    # Whoever is not followed for it, is not heard with it.
    seen = await alice.do("account_follow", bob.actor_id, reblogs=False)
    assert (seen.following, seen.showing_reblogs) == (True, False)
    assert [one.id for one in await alice.do("timeline_home")] == [post.id]
    await alice.do("account_follow", bob.actor_id, reblogs=True)

    # What is done with a boost is done with what it shows.
    assert (await alice.do("status_favourite", boost)).id == post.id
    answer = await alice.do("status_post", "Which?", in_reply_to_id=boost.id)
    assert answer.in_reply_to_id == post.id
    assert [one.id for one in (await alice.do("status_context", boost)).descendants] == [answer.id]
    undone = await bob.do("status_unreblog", post)
    assert (undone.id, undone.reblogged, undone.reblogs_count) == (post.id, False, 0)
    with pytest.raises(MastodonNotFoundError):
        await alice.do("status", boost)
    assert [one.type for one in await carol.do("notifications")] == ["mention", "favourite", "follow"]
    quietly = await bob.do("status_reblog", post, visibility="unlisted")
    assert quietly.visibility == "unlisted"
    await bob.do("status_delete", quietly)
    last = await bob.do("status_reblog", post)
    await carol.do("status_delete", post)
    with pytest.raises(MastodonNotFoundError):
        await alice.do("status", last)
    assert [one.id for one in await alice.do("timeline_home")] == [answer.id]


async def test_keeping_on_top_and_hearing_of_everything(alice: Any, bob: Any, join: Any, alpha: Any) -> None:
    posts = [await alice.do("status_post", f"Number {number}") for number in range(2)]
    assert (await alice.do("status_pin", posts[0])).pinned is True
    assert [one.id for one in await bob.do("account_statuses", alice.actor_id, pinned=True)] == [posts[0].id]
    with pytest.raises(MastodonAPIError, match="yourself"):
        await bob.do("status_pin", posts[0])
    assert (await alice.do("status_unpin", posts[0])).pinned is False
    assert await bob.do("account_statuses", alice.actor_id, pinned=True) == []

    seen = await bob.do("account_follow", alice.actor_id, notify=True)
    assert (seen.notifying, seen.showing_reblogs) == (True, True)
    said = await alice.do("status_post", "News")
    assert [(one.type, one.status.id) for one in await bob.do("notifications")] == [("status", said.id)]


async def test_streams_tell_of_it(alice: Any, bob: Any, join: Any, alpha: Any, wire: Any) -> None:
    """Every like to an app that listens; but the bell of the page rings once until its owner has looked."""
    carol = await join(alpha, "Carol")
    await alice.do("account_follow", bob.actor_id)
    post = await alice.do("status_post", "Oak")
    with alpha.bus.listen(alice.account_id) as topics:
        async with wire.session.ws_connect(
            f"{wire.base}/api/v1/streaming?stream=user&access_token={alice.token}"
        ) as socket:

            async def heard() -> tuple[str, Any]:
                message = await socket.receive_json(timeout=5)
                return message["event"], json.loads(message["payload"])

            for person in (bob, carol):
                await person.do("status_favourite", post)
                event, payload = await heard()
                assert (event, payload["type"], payload["account"]["acct"]) == (
                    "notification",
                    "favourite",
                    person.username,
                )
            word = await carol.do("status_post", "Ash")
            boost = await bob.do("status_reblog", word)
            event, payload = await heard()
            assert (event, payload["id"], payload["reblog"]["id"]) == ("update", str(boost.id), str(word.id))
            await bob.do("status_unreblog", word)
            assert await heard() == ("delete", int(boost.id))
        rung = [topics.get_nowait() for _ in range(topics.qsize())]
    assert rung.count("notifications") == 1
