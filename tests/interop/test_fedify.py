"""Fedify, as it comes from its registry, and a node of ours understand each other."""

from typing import Any

import pytest

from support.app import App
from support.interop import WITHIN
from support.processes import Place, until

pytestmark = [pytest.mark.processes, pytest.mark.asyncio(loop_scope="module")]

PASSWORD = "a long table in the garden"


async def member(alpha: Place, name: str) -> App:
    return alpha.app((await alpha.add_member(name, PASSWORD, "--token"))["token"])


async def in_home(app: App, uri: str) -> dict[str, Any]:
    """The status with this id, once it is in the member's home."""
    found: dict[str, Any] = {}

    async def there() -> bool:
        statuses = await app.get("/api/v1/timelines/home")
        found.update(next((status for status in statuses if status["uri"] == uri), {}))
        return bool(found)

    await until(there, WITHIN)
    return found


async def acquainted(alpha: Place, fedify: Any, name: str, friend: str) -> App:
    """A member and somebody on Fedify who follow each other."""
    app = await member(alpha, name)
    id = await app.follow(fedify.handle(friend))

    async def followed() -> bool:
        return bool((await app.get(f"/api/v1/accounts/relationships?id[]={id}"))[0]["following"])

    await until(followed, WITHIN)
    await fedify.tell(friend, "follow", who=f"{alpha.base}/ap/actors/{name}")
    await until(lambda: follows_back(app, id), WITHIN)
    return app


async def follows_back(app: App, id: str) -> bool:
    return bool((await app.get(f"/api/v1/accounts/relationships?id[]={id}"))[0]["followed_by"])


@pytest.mark.parametrize(("name", "friend"), [("alice", "fred"), ("bob", "cara")])
async def test_both_follow_post_edit_and_delete(alpha: Place, fedify: Any, name: str, friend: str) -> None:
    app = await acquainted(alpha, fedify, name, friend)
    theirs = (await fedify.tell(friend, "post", content="<p>Hello from elsewhere</p>"))["id"]
    seen = await in_home(app, theirs)
    assert "Hello from elsewhere" in seen["content"]
    await fedify.tell(friend, "edit", id=theirs, content="<p>Hello again</p>")

    async def edited() -> bool:
        return "Hello again" in (await app.get(f"/api/v1/statuses/{seen['id']}"))["content"]

    await until(edited, WITHIN)
    await fedify.tell(friend, "delete", id=theirs)

    async def deleted() -> bool:
        return theirs not in [status["uri"] for status in await app.get("/api/v1/timelines/home")]

    await until(deleted, WITHIN)

    ours = await app.post("/api/v1/statuses", status="Fresh bread *tomorrow*", visibility="public", language="en")
    created = await fedify.heard(friend, "Create")
    note = created["document"]["object"]
    assert note["id"] == ours["uri"]
    assert "Fresh bread" in str(note)
    assert (await fedify.tell(friend, "look", uri=ours["uri"]))["id"] == ours["uri"]  # also what is fetched
    posts = await fedify.log(friend, "POST")
    assert posts, "nothing arrived"
    assert all(entry["proof"] for entry in posts if entry["activity"] in ("Create", "Follow", "Accept")), posts
    await app.put(f"/api/v1/statuses/{ours['id']}", status="Fresh bread on Sunday")
    assert "on Sunday" in str((await fedify.heard(friend, "Update"))["document"])
    await app.delete(f"/api/v1/statuses/{ours['id']}")
    assert ours["uri"] in str((await fedify.heard(friend, "Delete"))["document"])
    assert await fedify.log(friend, "inbox error") == []
    assert await fedify.log(friend, "outbox error") == []


async def test_whoever_speaks_the_newer_signatures_is_answered_in_them(alpha: Place, fedify: Any) -> None:
    # fred's requests were signed by RFC 9421 and verified; from then on he gets the same.
    app = await member(alpha, "rosa")
    await fedify.tell("fred", "follow", who=f"{alpha.base}/ap/actors/rosa")
    await fedify.heard("fred", "Accept")
    await app.post("/api/v1/statuses", status="For fred", visibility="public")

    async def arrived() -> bool:
        return "For fred" in str(await fedify.log("fred", "Create"))

    await until(arrived, WITHIN)
    assert (await fedify.log("fred", "POST"))[-1]["signature"] == "rfc9421"


async def test_a_listing_is_a_note_and_a_proposal(alpha: Place, fedify: Any) -> None:
    app = await acquainted(alpha, fedify, "ines", "cara")
    listing = await app.post(
        "/api/commensal/v1/listings",
        purpose="offer",
        category="goods",
        title="Oak table",
        description="Seats ten.",
        price={"amount": "1900.00", "currency": "EUR"},
    )

    async def arrived() -> bool:
        return "Oak table" in str(await fedify.log("cara", "Create"))

    await until(arrived, WITHIN)
    proposal = await fedify.tell("cara", "look", uri=f"{listing['uri']}/proposal")
    assert proposal["type"] == "Proposal"
    assert "Oak table" in str(proposal)
    assert "1900" in str(proposal["reciprocal"])


async def test_likes_and_direct_words(alpha: Place, fedify: Any) -> None:
    app = await acquainted(alpha, fedify, "nora", "fred")
    ours = await app.post("/api/v1/statuses", status="Who has a van?", visibility="public")
    await fedify.tell("fred", "like", uri=ours["uri"])

    async def liked() -> bool:
        return bool((await app.get(f"/api/v1/statuses/{ours['id']}"))["favourites_count"] == 1)

    await until(liked, WITHIN)
    letter = await fedify.tell(
        "fred", "post", content="<p>I have one</p>", to=f"{alpha.base}/ap/actors/nora", answers=ours["uri"]
    )

    async def told() -> bool:
        notes = await app.get("/api/v1/notifications")
        return letter["id"] in [note["status"]["uri"] for note in notes if note["type"] == "mention"]

    await until(told, WITHIN)
    await app.post("/api/v1/statuses", status=f"@{fedify.handle('fred')} Thank you", visibility="direct")

    async def thanked() -> bool:
        return "Thank you" in str(await fedify.log("fred", "Create"))

    await until(thanked, WITHIN)


async def test_votes_both_ways(alpha: Place, fedify: Any) -> None:
    app = await acquainted(alpha, fedify, "olga", "cara")
    poll = await app.post(
        "/api/v1/statuses", status="Which evening?", visibility="public",
        poll={"options": ["Tuesday", "Thursday"], "expires_in": 3600, "multiple": False},
    )  # fmt: skip
    await fedify.tell("cara", "vote", uri=poll["uri"], option="Thursday")

    async def counted() -> bool:
        return bool((await app.get(f"/api/v1/polls/{poll['poll']['id']}"))["options"][1]["votes_count"] == 1)

    await until(counted, WITHIN)
    theirs = await fedify.tell("cara", "post", content="<p>Tea or coffee?</p>", options=["Tea", "Coffee"])
    seen = await in_home(app, theirs["id"])
    assert [option["title"] for option in seen["poll"]["options"]] == ["Tea", "Coffee"]
    await app.post(f"/api/v1/polls/{seen['poll']['id']}/votes", choices=[1])

    async def voted() -> bool:
        return "Coffee" in str(await fedify.log("cara", "Create"))

    await until(voted, WITHIN)


async def test_what_they_pass_on_is_believed_by_its_proof(alpha: Place, fedify: Any) -> None:
    """ActivityPub 7.1.2: cara answers fred; alpha hears of it from fred's server, whose signature is not cara's."""
    app = await acquainted(alpha, fedify, "petra", "fred")
    await fedify.tell("cara", "follow", who=fedify.actor("fred"))
    theirs = (await fedify.tell("fred", "post", content="<p>Who brings the salad?</p>"))["id"]
    seen = await in_home(app, theirs)
    answer = await fedify.tell("cara", "post", content="<p>I do</p>", mention=fedify.actor("fred"), answers=theirs)

    async def known() -> bool:
        context = await app.get(f"/api/v1/statuses/{seen['id']}/context")
        return answer["id"] in [status["uri"] for status in context["descendants"]]

    await until(known, WITHIN)
    assert await alpha.query("SELECT count(*) FROM received WHERE state = 'refused'") == [(0,)]
