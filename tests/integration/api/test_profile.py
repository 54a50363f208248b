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
