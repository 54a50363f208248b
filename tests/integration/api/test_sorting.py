"""How members sort what they read: lists of people, filters, and hashtags they follow or show."""

from typing import Any

import mastodon
import pytest


def texts(page: Any) -> list[str]:
    return [post.content.removeprefix("<p>").removesuffix("</p>") for post in page]


async def test_lists(alpha: Any, alice: Any, bob: Any, join: Any, wire: Any) -> None:
    carol = await join(alpha, "Carol")
    row = await alice.do("list_create", "Bakers")
    with pytest.raises(mastodon.MastodonNotFoundError):
        await alice.do("list_accounts_add", row, [bob.actor_id])  # one follows whom one lists
    for other in (bob, carol):
        await alice.do("account_follow", other.actor_id)
    await alice.do("list_accounts_add", row, [bob.actor_id])
    assert [one.acct for one in await alice.do("list_accounts", row)] == ["bob"]
    assert [one.title for one in await alice.do("account_lists", bob.actor_id)] == ["Bakers"]
    assert await alice.do("account_lists", carol.actor_id) == []
    bread = await bob.do("status_post", "Rye")
    tiles = await carol.do("status_post", "Tiles")
    await bob.do("status_post", "Nice tiles", in_reply_to_id=tiles)
    assert texts(await alice.do("timeline_list", row)) == ["Rye"]
    # Answers are shown where the list says so; those to strangers to the list only under "followed".
    _, changed = await wire.ask(
        "PUT", f"/api/v1/lists/{row.id}", token=alice.token, json={"replies_policy": "followed", "exclusive": "true"}
    )
    assert changed == {"id": str(row.id), "title": "Bakers", "replies_policy": "followed", "exclusive": True}
    assert len(await alice.do("timeline_list", row)) == 2
    assert texts(await alice.do("timeline_home")) == ["Tiles"]  # an exclusive list takes its people from home
    await alice.do("list_accounts_delete", row, [bob.actor_id])
    assert len(await alice.do("timeline_home")) == 3
    with pytest.raises(mastodon.MastodonNotFoundError):
        await bob.do("list", row)
    for wrong in ({"title": ""}, {"title": "x" * 201}, {"replies_policy": "some"}):
        response, _ = await wire.ask("PUT", f"/api/v1/lists/{row.id}", token=alice.token, json=wrong)
        assert response.status == 422, wrong
    await alice.do("list_delete", row)
    assert await alice.do("lists") == []
    assert bread


async def test_filters(alice: Any, bob: Any, wire: Any) -> None:
    await alice.do("account_follow", bob.actor_id)
    loud = await bob.do("status_post", "A LOTTERY for everybody")
    quiet = await bob.do("status_post", "Lotteries are another word")
    named = await bob.do("status_post", "Nothing of note")
    kept = await alice.do(
        "create_filter_v2",
        "Games",
        ["home", "public"],
        "warn",
        keywords_attributes=[{"keyword": "lottery", "whole_word": True}],
    )
    _, one = await wire.ask(
        "POST", f"/api/v2/filters/{kept.id}/statuses", token=alice.token, json={"status_id": str(named.id)}
    )
    home = {post.id: post for post in await alice.do("timeline_home")}
    assert [hit.filter.title for hit in home[loud.id].filtered] == ["Games"]
    assert home[loud.id].filtered[0].keyword_matches == ["lottery"]
    assert home[named.id].filtered[0].status_matches == [str(named.id)]
    assert home[quiet.id].filtered == []
    assert (await bob.do("status", loud)).filtered == []
    phrases = await alice.do("filters")
    assert [(phrase.phrase, phrase.whole_word, phrase.irreversible) for phrase in phrases] == [("lottery", True, False)]
    await alice.do("update_filter_v2", kept, title="Luck", filter_action="hide")
    shown = await alice.do("filter_v2", kept)
    assert (shown.title, shown.filter_action, len(shown.keywords), len(shown.statuses)) == ("Luck", "hide", 1, 1)
    response, _ = await wire.ask("DELETE", f"/api/v2/filters/statuses/{one['id']}", token=bob.token)
    assert response.status == 404
    word = shown.keywords[0].id
    _, changed = await wire.ask(
        "PUT", f"/api/v2/filters/keywords/{word}", token=alice.token, json={"keyword": "note", "whole_word": False}
    )
    assert changed == {"id": str(word), "keyword": "note", "whole_word": False}
    for wrong in ({"title": ""}, {"context": ["nowhere"]}, {"filter_action": "burn"}, {"expires_in": "soon"}):
        response, _ = await wire.ask("PUT", f"/api/v2/filters/{kept.id}", token=alice.token, json=wrong)
        assert response.status == 422, wrong
    await alice.do("update_filter_v2", kept, expires_in=0)
    assert (await alice.do("status", named)).filtered == []  # it ended
    await alice.do("delete_filter_v2", kept)
    old = await alice.do("filter_create", "(?:a+)+$", ["home"])  # a phrase, never a pattern
    assert (await alice.do("status", loud)).filtered == []
    await alice.do("filter_delete", old)
    assert await alice.do("filters_v2") == []


async def test_tags(alice: Any, bob: Any, wire: Any) -> None:
    await bob.do("status_post", "Sour dough #Bäckerei")
    await alice.do("status_post", "Sweet dough #baeckerei #Bäckerei")
    assert texts(await alice.do("timeline_home", limit=40)) != []
    assert len(await alice.do("timeline_home")) == 1
    followed = await alice.do("tag_follow", "Bäckerei")
    assert followed.following is True
    assert followed.history[0].accounts == "2"
    assert len(await alice.do("timeline_home")) == 2
    assert [tag.name for tag in await alice.do("followed_tags")] == [followed.name]
    assert (await bob.do("tag", "Bäckerei")).following is False
    assert [tag.name for tag in await alice.do("trending_tags")] == [followed.name]  # by two people
    assert (await alice.do("tag_unfollow", "Bäckerei")).following is False
    assert len(await alice.do("timeline_home")) == 1
    shown = await bob.do("featured_tag_create", "Bäckerei")
    assert (shown.name, str(shown.statuses_count)) == ("Bäckerei", "1")
    assert [tag.name for tag in await alice.do("account_featured_tags", bob.actor_id)] == ["Bäckerei"]
    await bob.do("featured_tag_delete", shown)
    assert [tag.name for tag in await bob.do("featured_tag_suggestions")] == [followed.name]
    response, _ = await wire.ask("POST", "/api/v1/tags/no%20tag/follow", token=alice.token)
    assert response.status == 422


async def test_scopes(alice: Any, wire: Any) -> None:
    narrow = await alice.limited("read:statuses")
    for method, path in (
        ("GET", "/api/v1/lists"), ("POST", "/api/v1/lists"), ("GET", "/api/v2/filters"), ("POST", "/api/v2/filters"),
        ("POST", "/api/v1/tags/oak/follow"), ("POST", "/api/v1/featured_tags"),
    ):  # fmt: skip
        response, content = await wire.ask(method, path, token=narrow.token)
        assert response.status == 403, (method, path, content)
