"""Profiles, timelines and what the node says of itself, read by Mastodon.py."""

from typing import Any

import mastodon
import pytest


async def test_the_app_knows_whose_it_is(alice: Any) -> None:
    me = await alice.do("account_verify_credentials")
    assert me.acct == "alice"
    assert me.display_name == "Alice"
    assert me.source.language == "en"
    assert me.role.id == "-99"
    assert me.url == "http://a.test/@alice"


async def test_a_token_that_is_none_is_refused(alice: Any) -> None:
    alice.token = "invented"
    with pytest.raises(mastodon.MastodonUnauthorizedError, match="access token is invalid"):
        await alice.do("account_verify_credentials")


async def test_what_is_written_is_read(alice: Any, bob: Any) -> None:
    posted = await alice.do("status_post", "Hello #table, says @bob", language="en", visibility="unlisted")
    assert posted.content.startswith("<p>Hello")
    assert posted.visibility == "unlisted"
    assert [tag.name for tag in posted.tags] == ["table"]
    assert [mention.acct for mention in posted.mentions] == ["bob"]
    seen = await bob.do("status", posted.id)
    assert seen.uri == posted.uri
    assert seen.account.acct == "alice"
    notified = await bob.do("notifications")
    assert [(one.type, one.status.id, one.account.acct) for one in notified] == [("mention", posted.id, "alice")]
