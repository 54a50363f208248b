"""A member changes their page in an app."""

import io
from typing import Any

import mastodon
import pytest
from PIL import Image


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (600, 600), "#335577").save(out, "JPEG")
    return out.getvalue()


async def test_name_note_lines_and_pictures(alice: Any) -> None:
    me = await alice.do(
        "account_update_credentials",
        display_name="Alice Baker",
        note="I bake **rye**.",
        locked=True,
        fields=[("Trade", "Bakery"), ("Website", "https://bread.test")],
        avatar=picture(),
        avatar_mime_type="image/jpeg",
    )
    assert me.display_name == "Alice Baker"
    assert "<strong>rye</strong>" in me.note
    assert me.source.note == "I bake **rye**."
    assert me.locked is True
    assert [(line.name, "bread.test" in line.value) for line in me.fields] == [("Trade", False), ("Website", True)]
    assert me.avatar.startswith("http://a.test/media/")
    again = await alice.do("account_update_credentials", note="Rye.")
    assert (again.display_name, again.avatar) == ("Alice Baker", me.avatar)
    assert len(again.fields) == 2
    without = await alice.do("account_delete_avatar")
    assert without.avatar.endswith("/apps/avatar.png")


async def test_a_line_that_a_page_does_not_have(alice: Any) -> None:
    with pytest.raises(mastodon.MastodonAPIError, match="Trade"):
        await alice.do("account_update_credentials", fields=[("Shoe size", "42")])


async def test_how_a_member_posts_unasked(alpha: Any, alice: Any, wire: Any) -> None:
    """What an app sets holds for all apps, and on the pages."""
    source = {"privacy": "private", "sensitive": "true", "language": "de"}
    _, me = await wire.ask("PATCH", "/api/v1/accounts/update_credentials", token=alice.token, json={"source": source})
    assert {name: me["source"][name] for name in source} == {**source, "sensitive": True}
    preferences = await alice.do("preferences")
    assert [preferences[f"posting:default:{name}"] for name in ("visibility", "sensitive", "language")] == [
        "private", True, "de",
    ]  # fmt: skip
    _, post = await wire.ask("POST", "/api/v1/statuses", token=alice.token, json={"status": "Guten Morgen"})
    assert (post["visibility"], post["sensitive"], post["language"]) == ("private", True, "de")
    post = await alice.do("status_post", "Hello", visibility="unlisted", sensitive=False, language="en")
    assert (post.visibility, post.sensitive, post.language) == ("unlisted", False, "en")
    response, _ = await wire.ask(
        "PATCH", "/api/v1/accounts/update_credentials", token=alice.token, json={"source": {"privacy": "direct"}}
    )
    assert response.status == 422
    browser = await alpha.visitor()
    await browser.log_in("alice", "a sentence for a test")
    page = await browser.open("/posts/new")
    form = page.form("/posts/new")
    assert form.fields["visibility"] == ["followers"]
    assert form.fields["language"] == ["de"]
    await browser.submit("/settings/account", {"posts_to": "quiet", "posts_are_sensitive": [], "posts_in": "fr"})
    me = await alice.do("me")
    assert (me.source.privacy, me.source.sensitive, me.source.language) == ("unlisted", False, "fr")
