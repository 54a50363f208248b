"""Posts put aside."""

from typing import Any

import mastodon
import pytest


async def test_putting_aside_and_back(alice: Any, bob: Any) -> None:
    posts = [await bob.do("status_post", f"Number {number}") for number in range(3)]
    for post in (posts[2], posts[0], posts[0]):
        assert (await alice.do("status_bookmark", post)).bookmarked is True
    assert [one.id for one in await alice.do("bookmarks")] == [posts[0].id, posts[2].id]
    first = await alice.do("bookmarks", limit=1)
    assert [one.id for one in await alice.do("fetch_next", first)] == [posts[2].id]
    assert (await alice.do("status", posts[2])).bookmarked is True
    assert (await bob.do("status", posts[2])).bookmarked is False
    assert (await alice.do("status_unbookmark", posts[2])).bookmarked is False
    await bob.do("status_delete", posts[0])
    assert await alice.do("bookmarks") == []


async def test_only_what_one_may_read(alice: Any, bob: Any) -> None:
    secret = await bob.do("status_post", "For followers", visibility="private")
    with pytest.raises(mastodon.MastodonNotFoundError):
        await alice.do("status_bookmark", secret)
