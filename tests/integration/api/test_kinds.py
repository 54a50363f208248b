"""Questions, articles, gatherings, quotes, small pictures and earlier versions as a client sees them."""

import io
from typing import Any

import mastodon
import pytest
from PIL import Image

from node.actors.model import Actor
from node.polls.rules import PollDraft
from node.posts import counting, service
from node.posts.service import Draft
from support.entities import faults
from support.inbound import post_of, recorded, say
from support.peer import PUBLIC, Peer


async def exact(wire: Any, person: Any, path: str, name: str) -> list[str]:
    """What is wrong with an entity, or with each of a list."""
    _, found = await wire.ask("GET", f"/api/v1/{path}", token=person.token)
    return [fault for one in (found if isinstance(found, list) else [found]) for fault in faults(one, name)]


async def test_a_question(alice: Any, bob: Any, alpha: Any, wire: Any) -> None:
    asked = alice.app.make_poll(["Rye", "Spelt"], 3600)
    post = await alice.do("status_post", "Flour?", poll=asked)
    assert await exact(wire, alice, f"statuses/{post.id}", "Status") == []
    assert (post.poll.options[1].title, post.poll.voted, post.poll.expired) == ("Spelt", True, False)
    seen = await bob.do("status", post.id)
    assert (seen.poll.voted, seen.poll.own_votes) == (False, [])
    voted = await bob.do("poll_vote", post.poll.id, [1])
    assert await exact(wire, bob, f"polls/{post.id}", "Poll") == []
    assert (voted.voted, voted.own_votes, voted.votes_count, voted.options[1].votes_count) == (True, [1], 1, 1)
    for name, choices in (
        ("again", [0]),
        ("none", []),
        ("out of range", [9]),
        ("nonsense", ["x"]),
        ("huge", ["9" * 90]),
    ):
        response, _ = await wire.ask(
            "POST", f"/api/v1/polls/{post.id}/votes", token=bob.token, json={"choices": choices}
        )
        assert response.status == 422, name
    limited = await bob.limited("read")
    response, _ = await wire.ask("POST", f"/api/v1/polls/{post.id}/votes", token=limited.token, json={"choices": [0]})
    assert response.status == 403
    for path in (f"/api/v1/polls/{int(post.id) + 1}", "/api/v1/polls/x"):
        assert (await wire.ask("GET", path))[0].status == 404
    edited = await alice.do("status_update", post, status="Which flour?")
    assert edited.poll.votes_count == 1
    async with alpha.writing() as work:
        await counting.close(work, await work.session.get_one(Actor, alice.actor_id), int(post.id))
    assert (await bob.do("poll", post.id)).expired
    for person in (alice, bob):
        news = (await person.do("notifications"))[0]
        assert (news.type, news.status.id, news.account.username) == ("poll", post.id, "alice")
    for wrong in ({"options": ["One"], "expires_in": 600}, {"options": ["a", "b"], "expires_in": 1}):
        response, _ = await wire.ask("POST", "/api/v1/statuses", token=alice.token, json={"status": "?", "poll": wrong})
        assert response.status == 422


async def test_earlier_versions(alice: Any, bob: Any, alpha: Any, wire: Any) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "brown").save(buffer, "PNG")
    picture = await alice.do("media_post", buffer.getvalue(), "image/png", description="Oak")
    post = await alice.do("status_post", "Frist", media_ids=[picture])
    alpha.time.forward(minutes=1)
    await alice.do("status_update", post, status="First", spoiler_text="Order")
    alpha.time.forward(minutes=1)
    await alice.do("status_update", post, status="First", spoiler_text="Order")  # nothing changed
    history = await bob.do("status_history", post.id)
    assert await exact(wire, bob, f"statuses/{post.id}/history", "StatusEdit") == []
    assert [(one.content, one.spoiler_text, len(one.media_attachments)) for one in history] == [
        ("<p>Frist</p>", "", 1), ("<p>First</p>", "Order", 1),
    ]  # fmt: skip
    assert history[0].created_at == post.created_at
    assert (await alice.do("status_source", post.id)).text == "First"


async def test_what_others_write(alpha: Any, alice: Any, bob: Any, peer: Peer, wire: Any) -> None:
    async with alpha.writing() as work:
        author = await work.session.get_one(Actor, bob.actor_id)
        await service.publish(work, author, Draft("Oak is slow.\n\n## Patience\n\nTwo years.", title="On oak"))
        ours = await service.publish(work, author, Draft("Quote me"))
    eve = peer.person("eve", name="Eve :oak:")
    icon = {"type": "Image", "mediaType": "image/png", "url": f"{peer.base}/oak.png"}
    tag = [{"type": "Emoji", "id": f"{peer.base}/e/1", "name": ":oak:", "icon": icon}]
    eve.document["tag"] = tag
    event = {
        **recorded("gancio/event.json"),
        "id": peer.uri(),
        "attributedTo": eve.uri,
        "to": [PUBLIC, alice.node.base + "/ap/actors/alice"],
    }
    event["url"] = event["id"]
    quote = peer.note(eve, '<p>:oak: see<br><br>RE: <a href="x">x</a></p>', quoteUri=ours.uri, tag=tag, to=event["to"])
    for document in (event, quote):
        assert await say(alpha, peer, eve, peer.activity(eve, "Create", document)) == "done"

    article = (await alice.do("account_statuses", bob.actor_id))[1]
    assert article.content.startswith("<p><strong>On oak</strong></p><p>Oak is slow.</p><h2>Patience</h2>")
    assert await exact(wire, alice, f"statuses/{article.id}", "Status") == []
    kept = await post_of(alpha, event["id"])
    assert kept is not None
    shown = await alice.do("status", kept.id)
    assert "Repair café" in shown.content
    assert "5 December 2026, 14:00–17:30 (Europe/Stockholm)" in shown.content or "13:00–16:30" in shown.content
    assert "Hall 4, Storgatan 9, Malmö" in shown.content
    assert shown.account.emojis[0].shortcode == "oak"
    kept = await post_of(alpha, quote["id"])
    assert kept is not None
    shown = await alice.do("status", kept.id)
    assert await exact(wire, alice, f"statuses/{shown.id}", "Status") == []
    assert shown.content == "<p>:oak: see</p>"
    assert (shown.quote.state, shown.quote.quoted_status.content) == ("accepted", "<p>Quote me</p>")
    assert shown.emojis[0].url.startswith("http://a.test/media/emojis/")
    response, _ = await wire.ask("GET", shown.emojis[0].url.removeprefix("http://a.test"))
    assert response.status == 200  # nothing is there to be had, and a quiet drawing is shown


async def test_what_is_quoted_is_fetched_unless_it_is_not_for_all(alpha: Any, alice: Any, peer: Peer) -> None:
    eve = peer.person("eve")
    hers = peer.note(eve, "<p>Old words</p>")
    secret = peer.note(eve, "<p>Not for you</p>", to=[f"{eve.uri}/followers"], cc=[])
    to = [PUBLIC, f"{alpha.base}/ap/actors/alice"]
    for quoted, expected in ((hers, "<p>Old words</p>"), (secret, None)):
        quoting = peer.note(eve, "<p>As I said</p>", quote=quoted["id"], to=to)
        assert await say(alpha, peer, eve, peer.activity(eve, "Create", quoting)) == "done"
        kept = await post_of(alpha, quoting["id"])
        assert kept is not None
        shown = await alice.do("status", kept.id)
        said = shown.quote.quoted_status if shown.quote else None
        assert (said.content if said else None) == expected


async def test_a_closed_question_of_a_stranger_cannot_be_answered(alpha: Any, alice: Any, bob: Any) -> None:
    async with alpha.writing() as work:
        author = await work.session.get_one(Actor, bob.actor_id)
        post = await service.publish(work, author, Draft("?", visibility="followers", poll=PollDraft(("Yes", "No"))))
    with pytest.raises(mastodon.MastodonNotFoundError):
        await alice.do("poll_vote", post.id, [0])
