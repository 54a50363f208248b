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
