"""Posting with an app reaches everybody, here and on other networks, exactly as the page does."""

import asyncio
import json
from typing import Any

import mastodon
import pytest

from support.nodes import RigNode


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private", "direct"])
async def test_every_visibility(alice: Any, bob: Any, wire: Any, visibility: str) -> None:
    post = await alice.do("status_post", "For @bob", visibility=visibility)
    assert post.visibility == visibility
    response, _ = await wire.ask("GET", f"/api/v1/statuses/{post.id}")
    assert response.status == (200 if visibility in ("public", "unlisted") else 404)
    assert (await bob.do("status", post.id)).id == post.id


async def test_a_stranger_is_told_nothing_of_what_is_not_theirs(alice: Any, bob: Any, join: Any, alpha: Any) -> None:
    carol = await join(alpha, "Carol")
    post = await alice.do("status_post", "Only for @bob", visibility="direct")
    for method in ("status", "status_context", "status_source", "status_delete"):
        with pytest.raises(mastodon.MastodonNotFoundError):
            await carol.do(method, post.id)
    with pytest.raises(mastodon.MastodonNotFoundError):
        await bob.do("status_delete", post.id)


async def test_a_text_in_a_language_with_a_warning(alice: Any) -> None:
    post = await alice.do("status_post", "Bonjour", language="fr", spoiler_text="Politesse", sensitive=True)
    assert (post.language, post.spoiler_text, post.sensitive) == ("fr", "Politesse", True)
    plain = await alice.do("status_post", "Hello", sensitive=True)
    assert (plain.spoiler_text, plain.sensitive, plain.language) == ("", True, "en")


async def test_correcting_and_withdrawing(alice: Any, wire: Any) -> None:
    post = await alice.do("status_post", "Frist")
    edited = await alice.do("status_update", post, status="First", spoiler_text="Order")
    assert "First" in edited.content
    assert edited.edited_at is not None
    assert edited.spoiler_text == "Order"
    assert (await alice.do("status_source", post)).text == "First"
    gone = await alice.do("status_delete", post)
    assert gone.text == "First"
    with pytest.raises(mastodon.MastodonNotFoundError):
        await alice.do("status", post.id)


async def test_the_same_request_twice_is_one_post(alice: Any) -> None:
    one = await alice.do("status_post", "Once", idempotency_key="k1")
    again = await alice.do("status_post", "Once", idempotency_key="k1")
    other = await alice.do("status_post", "Once", idempotency_key="k2")
    assert one.id == again.id != other.id


async def test_twenty_at_once_are_one_post(alice: Any, wire: Any) -> None:
    answers = await asyncio.gather(
        *(
            wire.ask(
                "POST",
                "/api/v1/statuses",
                token=alice.token,
                json={"status": "Once"},
                headers={"Idempotency-Key": "same"},
            )
            for _ in range(20)
        )
    )
    assert {response.status for response, _ in answers} == {200}
    assert len({content["id"] for _, content in answers}) == 1


async def test_a_thread(alice: Any, bob: Any) -> None:
    first = await alice.do("status_post", "One")
    second = await bob.do("status_post", "@alice Two", in_reply_to_id=first)
    third = await alice.do("status_post", "@bob Three", in_reply_to_id=second)
    assert str(second.in_reply_to_account_id) == str(alice.actor_id)
    around = await bob.do("status_context", second)
    assert [one.id for one in around.ancestors] == [first.id]
    assert [one.id for one in around.descendants] == [third.id]


async def test_what_cannot_be_done_is_said(alice: Any) -> None:
    with pytest.raises(mastodon.MastodonAPIError, match="Write something"):
        await alice.do("status_post", "  ")
    with pytest.raises(mastodon.MastodonAPIError, match="5000"):
        await alice.do("status_post", "x" * 5001)


async def test_timelines(alice: Any, bob: Any) -> None:
    await alice.do("account_follow", bob.actor_id)
    posts = [await bob.do("status_post", f"Number {number} #count") for number in range(5)]
    quiet = await bob.do("status_post", "Quietly", visibility="unlisted")
    home = await alice.do("timeline_home", limit=3)
    assert [one.id for one in home] == [quiet.id, posts[4].id, posts[3].id]
    older = await alice.do("fetch_next", home)
    assert [one.id for one in older] == [posts[2].id, posts[1].id, posts[0].id]
    newer = await alice.do("fetch_previous", older)
    assert [one.id for one in newer] == [quiet.id, posts[4].id, posts[3].id]
    just_above = await alice.do("timeline_home", min_id=posts[0], limit=2)
    assert [one.id for one in just_above] == [posts[2].id, posts[1].id]
    newest_above = await alice.do("timeline_home", since_id=posts[0], limit=2)
    assert [one.id for one in newest_above] == [quiet.id, posts[4].id]
    assert [one.id for one in await alice.do("timeline_local")] == [one.id for one in reversed(posts)]
    assert len(await alice.do("timeline_hashtag", "Count")) == 5
    assert len(await alice.do("account_statuses", bob.actor_id)) == 6


async def test_following_and_requests(alice: Any, bob: Any, alpha: Any) -> None:
    tie = await alice.do("account_follow", bob.actor_id)
    assert (tie.following, tie.requested) == (True, False)
    assert [one.acct for one in await bob.do("account_followers", bob.actor_id)] == ["alice"]
    assert [one.type for one in await bob.do("notifications")] == ["follow"]
    tie = await alice.do("account_unfollow", bob.actor_id)
    assert tie.following is False
    async with alpha.writing() as work:
        from node.actors.model import Actor

        (await work.session.get_one(Actor, bob.actor_id)).approves_followers = True
    tie = await alice.do("account_follow", bob.actor_id)
    assert (tie.following, tie.requested) == (False, True)
    assert [one.acct for one in await bob.do("follow_requests")] == ["alice"]
    tie = await bob.do("follow_request_authorize", alice.actor_id)
    assert tie.followed_by is True
    assert await bob.do("follow_requests") == []


async def test_an_app_speaks_with_another_association(two_nodes: tuple[RigNode, RigNode], join: Any) -> None:
    a, b = two_nodes
    alice, bea = await join(a, "Alice"), await join(b, "Bea")
    found = await alice.do("search_v2", "@bea@b.test", resolve=True)
    assert [one.acct for one in found.accounts] == ["bea@b.test"]
    tie = await alice.do("account_follow", found.accounts[0])
    assert tie.requested is True
    await a.settle()
    ties = await alice.do("account_relationships", found.accounts[0])
    assert ties[0].following is True
    theirs = await bea.do("status_post", "From the other side #bridge")
    await a.settle()
    home = await alice.do("timeline_home")
    assert [one.uri for one in home] == [theirs.uri]
    answer = await alice.do("status_reply", home[0], "I hear you, @bea@b.test")
    await a.settle()
    told = await bea.do("notifications")
    assert ("mention", answer.uri) in [(one.type, one.status.uri if one.status else "") for one in told]
    a.time.forward(minutes=1)
    await alice.do("status_update", answer, "I hear you well, @bea@b.test")
    await a.settle()
    seen = next(one for one in await bea.do("notifications") if one.type == "mention")
    assert "well" in seen.status.content
    await alice.do("status_delete", answer)
    await a.settle()
    assert [one.type for one in await bea.do("notifications")] == ["follow"]


async def test_a_post_elsewhere_is_found_by_its_address(two_nodes: tuple[RigNode, RigNode], join: Any) -> None:
    a, b = two_nodes
    alice, bea = await join(a, "Alice"), await join(b, "Bea")
    theirs = await bea.do("status_post", "Come and find me")
    found = await alice.do("search_v2", theirs.url, resolve=True)
    assert [one.uri for one in found.statuses] == [theirs.uri]
    answer = await alice.do("status_reply", found.statuses[0], "Here I am")
    await a.settle()
    told = await bea.do("notifications")
    assert [(one.type, one.status.uri) for one in told] == [("mention", answer.uri)]


async def test_naming_a_stranger_makes_the_node_look_for_them(two_nodes: tuple[RigNode, RigNode], join: Any) -> None:
    a, b = two_nodes
    alice, bea = await join(a, "Alice"), await join(b, "Bea")
    await alice.do("status_post", "Have we met, @bea@b.test?", visibility="direct")
    await a.settle()
    told = await bea.do("notifications")
    assert [(one.type, one.account.acct) for one in told] == [("mention", "alice@a.test")]


async def test_pictures(alice: Any, bob: Any, wire: Any) -> None:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (20, 10), "green").save(out, "PNG")
    media = await alice.do("media_post", out.getvalue(), "image/png", description="Green")
    changed = await alice.do("media_update", media, description="Very green")
    assert changed.description == "Very green"
    with pytest.raises(mastodon.MastodonAPIError):
        await bob.do("status_post", "Mine now", media_ids=[media])
    post = await alice.do("status_post", "", media_ids=[media])
    assert [(one.type, one.description) for one in post.media_attachments] == [("image", "Very green")]
    with pytest.raises(mastodon.MastodonAPIError):
        await alice.do("media_post", b"no picture at all", "image/png")
    # What stays in sight in a narrow frame is kept, sent and corrected; words can also be taken away.
    path = f"/api/v1/statuses/{post.id}"
    changes = [{"id": str(media.id), "description": "", "focus": "0.5,-3"}]
    _, changed = await wire.ask("PUT", path, token=alice.token, json={"media_attributes": changes})
    (shown,) = changed["media_attachments"]
    assert (shown["description"], shown["meta"]["focus"]) == (None, {"x": 0.5, "y": -1.0})
    address = post.uri.removeprefix("http://a.test")
    _, text = await wire.ask("GET", address, headers={"Accept": "application/activity+json"})
    assert json.loads(text)["attachment"][0]["focalPoint"] == [0.5, -1.0]
    other = await alice.do("media_post", out.getvalue(), "image/png", focus=(-0.25, 0.75))
    assert other.meta.focus == {"x": -0.25, "y": 0.75}
    for wrong in ("left", "1", "nan,nan", "1,2,3", "1e9,0", "١,٢"):
        response, _ = await wire.ask("PUT", f"/api/v1/media/{other.id}", token=alice.token, json={"focus": wrong})
        assert response.status == 422, wrong
