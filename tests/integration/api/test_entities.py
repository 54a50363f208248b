"""Every entity has the fields and types that Mastodon's documentation gives."""

import io
from typing import Any

from PIL import Image

from node.listings import service as listings
from support.entities import faults


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "#7a1f2b").save(out, "PNG")
    return out.getvalue()


async def get(wire: Any, path: str, token: str | None = None) -> Any:
    response, content = await wire.ask("GET", path, token=token)
    assert response.status == 200, (path, content)
    return content


async def test_accounts(wire: Any, alice: Any, bob: Any) -> None:
    me = await get(wire, "/api/v1/accounts/verify_credentials", alice.token)
    assert faults(me, "Account") == []
    other = await get(wire, f"/api/v1/accounts/{bob.actor_id}")
    assert faults(other, "Account") == []
    ties = await get(wire, f"/api/v1/accounts/relationships?id[]={bob.actor_id}&id[]=1", alice.token)
    assert [faults(tie, "Relationship") for tie in ties] == [[]]


async def test_statuses_with_everything(wire: Any, alice: Any, bob: Any) -> None:
    media = await alice.do("media_post", picture(), "image/png", description="A dark red square")
    raw = await get(wire, f"/api/v1/media/{media.id}", alice.token)
    assert faults(raw, "MediaAttachment") == []
    first = await alice.do("status_post", "Look, @bob #red", media_ids=[media], spoiler_text="Colour")
    answer = await bob.do("status_post", "@alice lovely", in_reply_to_id=first)
    for id in (first.id, answer.id):
        assert faults(await get(wire, f"/api/v1/statuses/{id}", alice.token), "Status") == []
    shown = await get(wire, f"/api/v1/statuses/{first.id}")
    assert shown["media_attachments"][0]["description"] == "A dark red square"
    assert shown["sensitive"] is True
    assert shown["spoiler_text"] == "Colour"
    assert shown["replies_count"] == 1
    context = await get(wire, f"/api/v1/statuses/{first.id}/context", alice.token)
    assert faults(context, "Context") == []
    assert [status["id"] for status in context["descendants"]] == [answer.id]
    for one in await get(wire, "/api/v1/notifications", alice.token):
        assert faults(one, "Notification") == []
    source = await get(wire, f"/api/v1/statuses/{first.id}/source", alice.token)
    assert faults(source, "StatusSource") == []
    for version in await get(wire, f"/api/v1/statuses/{first.id}/history", alice.token):
        assert faults(version, "StatusEdit") == []


async def test_an_offer_is_a_status_with_a_card(wire: Any, alice: Any, alpha: Any) -> None:
    async with alpha.writing() as work:
        from node.actors.model import Actor

        author = await work.session.get_one(Actor, alice.actor_id)
        draft = listings.Draft(purpose="offer", title="Oak boards", text="Dry, **planed**.", terms="gift")
        post = await listings.publish(work, author, draft)
    shown = await get(wire, f"/api/v1/statuses/{post.id}", alice.token)
    assert faults(shown, "Status") == []
    assert "Oak boards" in shown["content"]
    assert shown["card"]["title"] == "Oak boards"
    assert shown["card"]["url"] == f"http://a.test/@alice/{post.id}"


async def test_the_node_itself(wire: Any, alice: Any) -> None:
    assert faults(await get(wire, "/api/v1/instance"), "Instance") == []
    assert faults(await get(wire, "/api/v2/instance"), "InstanceV2") == []
    assert (await get(wire, "/api/v1/preferences", alice.token))["posting:default:visibility"] == "public"
    assert faults(await get(wire, "/api/v2/notifications/policy", alice.token), "NotificationPolicy") == []
    assert faults(await get(wire, "/api/v1/apps/verify_credentials", alice.token), "Application") == []


async def test_markers_are_always_both_there(wire: Any, alice: Any) -> None:
    unread = await get(wire, "/api/v1/markers", alice.token)
    assert set(unread) == {"home", "notifications"}
    assert [faults(marker, "Marker") for marker in unread.values()] == [[], []]
    kept = await alice.do("markers_set", ["home", "notifications"], [77, 88])
    assert str(kept.home.last_read_id) == "77"
    again = await get(wire, "/api/v1/markers?timeline[]=home", alice.token)
    assert again["home"]["last_read_id"] == "77"
    assert again["home"]["version"] == 1
    assert set(again) == {"home"}


async def test_search(wire: Any, alice: Any, bob: Any) -> None:
    await alice.do("status_post", "About #lighthouses")
    found = await get(wire, "/api/v2/search?q=bob", alice.token)
    assert faults(found, "SearchV2") == []
    assert [one["acct"] for one in found["accounts"]] == ["bob"]
    found = await get(wire, "/api/v2/search?q=%23lighth&type=hashtags", alice.token)
    assert [tag["name"] for tag in found["hashtags"]] == ["lighthouses"]


async def test_what_members_do(wire: Any, alice: Any, bob: Any, join: Any, alpha: Any) -> None:
    """One of everything between three people, each as documented."""
    carol = await join(alpha, "Carol")

    async def send(method: str, path: str, who: Any = alice, **values: Any) -> Any:
        response, content = await wire.ask(method, path, token=who.token, json=values)
        assert response.status == 200, (method, path, content)
        return content

    def right(name: str, *entities: Any) -> None:
        assert entities, f"no {name}"
        assert [faults(entity, name) for entity in entities] == [[] for _ in entities]

    right("Relationship", await send("POST", f"/api/v1/accounts/{bob.actor_id}/follow", notify=True, reblogs=False))
    await send("POST", f"/api/v1/accounts/{alice.actor_id}/follow", bob)
    tie = await send("POST", f"/api/v1/accounts/{carol.actor_id}/mute", duration=600)
    right("Relationship", tie)
    assert tie["muting_expires_at"].endswith("Z")
    (muted,) = await get(wire, "/api/v1/mutes", alice.token)
    right("Account", muted)
    assert muted["mute_expires_at"] == tie["muting_expires_at"]
    right("Relationship", await send("POST", f"/api/v1/accounts/{carol.actor_id}/block", bob))
    right("Account", *await get(wire, "/api/v1/blocks", bob.token))

    me = await get(wire, "/api/v1/accounts/verify_credentials", alice.token)
    right("CredentialAccountSource", me["source"])
    right("Role", me["role"])
    changed = await send("PATCH", "/api/v1/accounts/update_credentials", indexable=False, note="Bakes")
    assert (changed["indexable"], changed["discoverable"], changed["source"]["note"]) == (False, True, "Bakes")

    asked = {"options": ["Rye", "Oat"], "expires_in": 3600, "multiple": True}
    question = await send("POST", "/api/v1/statuses", status="Which? #bread", poll=asked)
    right("Status", question)
    right("Poll", question["poll"])
    right("Poll", await send("POST", f"/api/v1/polls/{question['id']}/votes", bob, choices=[0, 1]))
    right("Poll", await get(wire, f"/api/v1/polls/{question['id']}", alice.token))
    passed_on = await send("POST", f"/api/v1/statuses/{question['id']}/reblog", bob)
    right("Status", passed_on, passed_on["reblog"])
    await send("POST", f"/api/v1/statuses/{question['id']}/favourite", bob)
    right("Status", *await get(wire, "/api/v1/favourites", bob.token))
    revised = await send("PUT", f"/api/v1/statuses/{question['id']}", status="Which one? #bread", poll=asked)
    right("Status", revised)
    versions = await get(wire, f"/api/v1/statuses/{question['id']}/history", alice.token)
    titles = [{"title": "Rye"}, {"title": "Oat"}]
    assert [version.pop("poll") for version in versions] == [{"options": titles}] * 2
    right("StatusEdit", *versions)

    made = await send(
        "POST",
        "/api/v2/filters",
        bob,
        title="Bread",
        context=["home"],
        filter_action="warn",
        expires_in=3600,
        keywords_attributes=[{"keyword": "which", "whole_word": "true"}],
    )
    right("FilterV2", made)
    right("FilterKeyword", *made["keywords"])
    named = await send("POST", f"/api/v2/filters/{made['id']}/statuses", bob, status_id=question["id"])
    right("FilterStatus", named)
    right("Filter", *await get(wire, "/api/v1/filters", bob.token))
    (hit,) = (await get(wire, f"/api/v1/statuses/{question['id']}", bob.token))["filtered"]
    right("FilterV2", hit.pop("filter") | {"keywords": [], "statuses": []})  # without them, as documented
    assert hit == {"keyword_matches": ["which"], "status_matches": [question["id"]]}

    right("UserList", await send("POST", "/api/v1/lists", title="Bakers", replies_policy="none", exclusive=True))
    tag = await send("POST", "/api/v1/tags/bread/feature")
    right("Tag", tag, await send("POST", "/api/v1/tags/bread/follow"), *await get(wire, "/api/v1/trends/tags"))
    assert tag["featuring"] is True
    right("TagHistory", *tag["history"])
    right("FeaturedTag", *await get(wire, f"/api/v1/accounts/{alice.actor_id}/featured_tags"))
    assert (await send("POST", "/api/v1/tags/bread/unfeature"))["featuring"] is False

    message = await send("POST", "/api/v1/statuses", bob, status="@alice quietly", visibility="direct")
    right("Conversation", *await get(wire, "/api/v1/conversations", alice.token))
    right("Notification", *(found := await get(wire, "/api/v1/notifications", alice.token)))
    assert {one["type"] for one in found} == {"follow", "mention", "favourite", "reblog"}
    grouped = await get(wire, "/api/v2/notifications", alice.token)
    right("GroupedNotificationsResults", grouped)
    right("NotificationGroup", *grouped["notification_groups"])
    right("UnreadNotificationsCount", await get(wire, "/api/v2/notifications/unread_count", alice.token))
    right("NotificationPolicy", await send("PATCH", "/api/v2/notifications/policy", for_new_accounts="accept"))
    given = {"account_id": str(bob.actor_id), "status_ids": [message["id"]], "comment": "Rude", "category": "spam"}
    report = await send("POST", "/api/v1/reports", **given)
    right("Report", report)
    assert "rule_ids" in report
    right("FamiliarFollowers", *await get(wire, f"/api/v1/accounts/familiar_followers?id={bob.actor_id}", carol.token))
    right("Rule", *await get(wire, "/api/v1/instance/rules"))
    right("ExtendedDescription", await get(wire, "/api/v1/instance/extended_description"))
    right("SupportedLocale", *await get(wire, "/api/v1/instance/languages"))
    for empty in ("announcements", "scheduled_statuses", "endorsements", "notifications/requests"):
        assert await get(wire, f"/api/v1/{empty}", alice.token) == []
    profile = await get(wire, "/api/v1/profile", alice.token)
    right("Profile", profile, await send("PATCH", "/api/v1/profile", display_name="Alice B."))
    assert "Alice B." in str(await get(wire, "/api/v1/profile", alice.token))
    limits = (await get(wire, "/api/v2/instance"))["configuration"]
    assert (limits["accounts"]["max_pinned_statuses"], limits["polls"]["max_options"]) == (5, 4)


async def test_what_the_association_is(wire: Any, alice: Any) -> None:
    office = await get(wire, "/api/v1/accounts/lookup?acct=office", alice.token)
    assert faults(office, "Account") == []
    assert (office["acct"], office["group"]) == ("office", False)
