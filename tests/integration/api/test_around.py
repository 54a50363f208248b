"""What apps ask for around posts: whom to follow, what the house keeps, a post on other sites, small gestures."""

from typing import Any

import sqlalchemy as sa

from node.ids import new_id
from node.peers import service as peers
from node.posts.model import Post
from node.previews.model import Preview
from support.entities import faults


async def test_colleagues_are_suggested(alice: Any, bob: Any, join: Any, alpha: Any, wire: Any) -> None:
    """Members one does not follow, first those who follow; nobody muted, apart or passed over."""
    carol, dora, emil = await join(alpha, "Carol"), await join(alpha, "Dora"), await join(alpha, "Emil")
    await bob.do("account_follow", alice.actor_id)
    await alice.do("account_mute", emil.actor_id)
    _, found = await wire.ask("GET", "/api/v2/suggestions", token=alice.token)
    assert [one["account"]["acct"] for one in found] == ["bob", "dora", "carol"]
    assert [faults(one, "Suggestion") for one in found] == [[], [], []]
    assert [one.acct for one in await alice.do("suggestions_v1")] == ["bob", "dora", "carol"]
    await alice.do("account_follow", bob.actor_id)
    for _ in range(2):
        await alice.do("suggestion_delete", dora.actor_id)
    assert [one.account.acct for one in await alice.do("suggestions_v2")] == ["carol"]
    await carol.do("account_block", alice.actor_id)
    assert await alice.do("suggestions_v2") == []


async def test_the_house(alice: Any, alpha: Any, wire: Any) -> None:
    await alice.do("me")
    _, content = await wire.ask("GET", "/api/v1/instance/privacy_policy")
    assert "<h2>Apps</h2>" in content["content"]
    _, instance = await wire.ask("GET", "/api/v2/instance")
    page = await (await alpha.visitor()).open("/privacy")
    assert (instance["configuration"]["urls"]["privacy_policy"], page.status) == (f"{alpha.base}/privacy", 200)
    assert "nothing is sold" in page.text
    assert instance["usage"]["users"]["active_month"] == 1
    for missing in ("terms_of_service", "terms_of_service/2026-01-01"):
        response, content = await wire.ask("GET", f"/api/v1/instance/{missing}")
        assert (response.status, response.content_type, "error" in content) == (404, "application/json", True)
    async with alpha.writing() as work:
        await peers.meet(work, ["beta.test", "gamma.test"])
    assert (await wire.ask("GET", "/api/v1/peers/search?q=be"))[1] == ["beta.test"]


async def test_a_post_on_other_sites(alice: Any, wire: Any) -> None:
    post = await alice.do("status_post", "Fresh <b>rye</b>")
    hidden = await alice.do("status_post", "For followers", visibility="private")
    response, found = await wire.ask("GET", f"/api/oembed?url={post.url}&maxwidth=300")
    assert (response.status, found["type"], found["width"], found["author_url"]) == (200, "rich", 300, post.account.url)
    assert "<b>" not in found["html"]
    for wrong in (
        hidden.url,
        "http://b.test/@alice/1",
        "http://a.test/about",
        "http://a.test/@alice/x",
        "x",
        "http://[",
    ):
        assert (await wire.ask("GET", f"/api/oembed?url={wrong}"))[0].status == 404, wrong
    assert (await wire.ask("GET", "/api/oembed"))[0].status == 422


async def test_conversations_and_news_are_put_back_and_away(alice: Any, bob: Any, wire: Any) -> None:
    post = await bob.do("status_post", "@alice quietly", visibility="direct")
    for gesture, unread in (("read", False), ("unread", True), ("read", False)):
        _, shown = await wire.ask("POST", f"/api/v1/conversations/{post.id}/{gesture}", token=alice.token)
        assert shown["unread"] is unread
    await bob.do("account_follow", alice.actor_id)
    ids = [one.id for one in await alice.do("notifications")]
    query = "&".join(f"ids[]={id}" for id in ids)
    await wire.ask("DELETE", f"/api/v1/notifications/destroy_multiple?{query}", token=bob.token)
    assert len(await alice.do("notifications")) == 2
    await wire.ask("DELETE", f"/api/v1/notifications/destroy_multiple?{query}", token=alice.token)
    assert await alice.do("notifications") == []


async def test_pages_that_several_speak_of(alice: Any, bob: Any, alpha: Any, wire: Any) -> None:
    page = "https://flour.test/mills"
    ids = [(await person.do("status_post", f"Look: {page}")).id for person in (alice, bob, bob)]
    async with alpha.writing() as work:
        found = await work.session.scalar(sa.select(Preview).where(Preview.url == page))
        if found is None:  # asked for by a worker
            found = Preview(id=new_id(work.now), url=page)
            work.session.add(found)
        found.title, found.fetched_at = "Mills by the river", work.now
        await work.session.flush()
        await work.session.execute(sa.update(Post).where(Post.id.in_(ids)).values(preview_id=found.id))
    _, links = await wire.ask("GET", "/api/v1/trends/links")
    assert [(one["url"], one["title"]) for one in links] == [(page, "Mills by the river")]
    assert faults(links[0] | {"history": []}, "PreviewCard") == []
    assert (links[0]["history"][0]["uses"], links[0]["history"][0]["accounts"], len(links[0]["history"])) == (
        "3",
        "2",
        7,
    )
    response, said = await wire.ask("GET", f"/api/v1/timelines/link?url={page}&limit=2")
    assert [one["id"] for one in said] == [str(ids[2]), str(ids[1])]
    assert 'rel="next"' in response.headers["Link"]
    assert said[0]["card"]["title"] == "Mills by the river"
    assert (await wire.ask("GET", "/api/v1/timelines/link?url=https://flour.test/other"))[0].status == 404
