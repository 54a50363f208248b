"""Fedify, as it comes from its registry, and a node of ours understand each other."""

import hashlib
from typing import Any

import pytest

from support.app import App
from support.interop import WITHIN, eventually
from support.nodes import PASSWORD
from support.processes import Place, until

pytestmark = [pytest.mark.processes, pytest.mark.asyncio(loop_scope="session")]


_apps: dict[str, App] = {}


async def member(alpha: Place, name: str) -> App:
    """Somebody here; the same for every test that names them."""
    if name not in _apps:
        _apps[name] = await alpha.member(name)
    return _apps[name]


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
    app = await acquainted(alpha, fedify, "olga", "cara")
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
    app = await acquainted(alpha, fedify, "nora", "fred")
    await fedify.tell("cara", "follow", who=fedify.actor("fred"))
    theirs = (await fedify.tell("fred", "post", content="<p>Who brings the salad?</p>"))["id"]
    seen = await in_home(app, theirs)
    answer = await fedify.tell("cara", "post", content="<p>I do</p>", mention=fedify.actor("fred"), answers=theirs)

    async def known() -> bool:
        context = await app.get(f"/api/v1/statuses/{seen['id']}/context")
        return answer["id"] in [status["uri"] for status in context["descendants"]]

    await until(known, WITHIN)
    assert await alpha.query("SELECT count(*) FROM received WHERE state = 'refused'") == [(0,)]


async def test_every_address_of_ours_leads_to_what_is_there(alpha: Place, fedify: Any) -> None:
    """By Fedify's own looking up: ids and pages, names and hosts, collections from end to end, NodeInfo."""
    app = await acquainted(alpha, fedify, "tilda", "fred")
    tilda, base = f"{alpha.base}/ap/actors/tilda", alpha.base
    first = await app.post("/api/v1/statuses", status="One", visibility="public")
    second = await app.post("/api/v1/statuses", status="Two", visibility="public", in_reply_to_id=first["id"])
    await app.post(f"/api/v1/statuses/{first['id']}/pin")
    listing = await app.post(
        "/api/commensal/v1/listings", purpose="request", category="help", title="A ladder", description="For a day."
    )
    addresses = {
        tilda: (tilda, f"{base}/@tilda"),
        first["uri"]: (first["uri"], first["url"]),
        listing["uri"]: (listing["uri"], f"{base}/@tilda/{listing['id']}"),
        f"{base}/ap/actors/office": (f"{base}/ap/actors/office", f"{base}/@office"),
        f"{base}/actor": (f"{base}/actor",),
    }
    for uri, ways in addresses.items():
        for way in ways:
            assert (await fedify.tell("fred", "look", uri=way) or {}).get("id") == uri, way
    for resource in (tilda, f"{base}/@tilda"):  # it would ask for names by https alone
        found = await fedify.tell("fred", "webfinger", resource=resource)
        assert found["subject"] == f"acct:tilda@{alpha.host}", resource
        assert [link["href"] for link in found["links"] if link["rel"] == "self"] == [tilda]

    outbox = await fedify.tell("fred", "walk", uri=f"{tilda}/outbox")
    assert outbox["total"] == len(outbox["ids"]) == len(set(outbox["ids"])) == 3
    assert (await fedify.tell("fred", "walk", uri=f"{tilda}/featured"))["ids"] == [first["uri"]]
    assert (await fedify.tell("fred", "walk", uri=f"{first['uri']}/replies"))["ids"] == [second["uri"]]
    assert (await fedify.tell("fred", "walk", uri=f"{tilda}/followers"))["total"] == 1
    assert (await fedify.tell("fred", "walk", uri=f"{tilda}/offers"))["ids"] == [listing["uri"]]
    assert tilda in (await fedify.tell("fred", "walk", uri=f"{base}/ap/actors/office/members"))["ids"]
    for version in ("2.0", "2.1"):
        nodeinfo = await fedify.tell("fred", "nodeinfo", uri=f"{base}/nodeinfo/{version}")
        assert nodeinfo["software"]["name"] == "commensal"

    brief = await app.post("/api/v1/statuses", status="Three", visibility="public")
    await app.delete(f"/api/v1/statuses/{brief['id']}")
    assert await fedify.tell("fred", "look", uri=brief["uri"]) is None  # what it looked at before it keeps for minutes


async def test_quotes_are_asked_for_and_agreed_to(alpha: Place, fedify: Any) -> None:
    app = await acquainted(alpha, fedify, "olga", "cara")
    theirs = (await fedify.tell("cara", "post", content="<p>Bees need lime trees</p>"))["id"]
    seen = await in_home(app, theirs)
    quoting = await app.post("/api/v1/statuses", status="So it is", quoted_status_id=seen["id"], visibility="public")
    shown = await eventually(app, f"/api/v1/statuses/{quoting['id']}", lambda one: one["quote"]["state"] == "accepted")
    assert shown["quote"]["quoted_status"]["uri"] == theirs
    update = (await fedify.heard("cara", "Update", quoting["uri"]))["document"]
    stamp = await fedify.tell("cara", "look", uri=update["object"]["quoteAuthorization"])
    assert (stamp["interactingObject"], stamp["interactionTarget"]) == (quoting["uri"], theirs)

    ours = await app.post(
        "/api/v1/statuses", status="Lime or linden?", visibility="public", quote_approval_policy="public"
    )
    quote = await fedify.tell("cara", "post", content="<p>Linden</p>", quote=ours["uri"])
    accepted = (await fedify.heard("cara", "Accept", "QuoteRequest"))["document"]
    stamp = await fedify.tell("cara", "look", uri=accepted["result"])
    assert (stamp["interactingObject"], stamp["interactionTarget"]) == (quote["id"], ours["uri"])
    await eventually(app, f"/api/v1/statuses/{ours['id']}", lambda one: one["quotes_count"] == 1)


async def test_articles_and_events(alpha: Place, fedify: Any) -> None:
    app = await acquainted(alpha, fedify, "nora", "fred")
    article = await fedify.tell("fred", "post", title="On oak", content="<h2>Slow</h2><p>Two years.</p>")
    assert "Two years" in (await in_home(app, article["id"]))["content"]
    event = await fedify.tell("fred", "post", title="Open day", content="<p>Come</p>", begins="2027-05-04T09:00:00Z")
    assert "Open day" in str(await in_home(app, event["id"]))

    browser = alpha.visitor()
    await browser.log_in("nora", PASSWORD)
    written = {"title": "On ash", "text": "Ash is quick.\n\n## Tools\n\nA drawknife."}
    await browser.submit("/posts/new?form=article", written, action="/posts/new")
    document = (await fedify.heard("fred", "Create", "On ash"))["document"]["object"]
    assert (document["type"], document["name"]) == ("Article", "On ash")
    assert "<h2>Tools</h2>" in str(document["content"])


async def test_what_is_done_to_a_post_or_a_person_and_undone(alpha: Place, fedify: Any) -> None:
    app = await acquainted(alpha, fedify, "xenia", "cara")
    xenia, cara = f"{alpha.base}/ap/actors/xenia", fedify.actor("cara")
    ours = await app.post("/api/v1/statuses", status="Chairs to give away", visibility="public")
    shown = f"/api/v1/statuses/{ours['id']}"
    for type, count in (("Like", "favourites_count"), ("Announce", "reblogs_count")):
        did = await fedify.tell("cara", "perform", type=type, objects=[ours["uri"]], to=xenia)
        await eventually(app, shown, lambda one, count=count: one[count] == 1)
        await fedify.tell("cara", "undo", id=did["id"], to=xenia)
        await eventually(app, shown, lambda one, count=count: one[count] == 0)
    theirs = await in_home(app, (await fedify.tell("cara", "post", content="<p>Whose chairs?</p>"))["id"])
    for verb, type in (("favourite", "Like"), ("reblog", "Announce")):
        await app.post(f"/api/v1/statuses/{theirs['id']}/{verb}")
        assert theirs["uri"] in str(await fedify.heard("cara", type, theirs["uri"]))
        await app.post(f"/api/v1/statuses/{theirs['id']}/un{verb}")
        assert theirs["uri"] in str(await fedify.heard("cara", "Undo", f"'type': '{type}'"))

    await fedify.tell("cara", "perform", type="Flag", objects=[xenia, ours["uri"]], to=xenia, content="Not hers")
    await until(lambda: _is(alpha, "SELECT count(*) FROM reports WHERE text LIKE '%Not hers%'", 1), WITHIN)
    id = theirs["account"]["id"]
    await app.post("/api/v1/reports", account_id=id, status_ids=[theirs["id"]], comment="Mine", forward=True)
    flag = await fedify.heard("cara", "Flag")
    assert flag["actor"] == f"{alpha.base}/actor"
    assert flag["document"]["object"] == [cara, theirs["uri"]]

    bond = f"/api/v1/accounts/relationships?id[]={id}"
    did = await fedify.tell("cara", "perform", type="Block", objects=[xenia], to=xenia)
    await eventually(app, bond, lambda found: not found[0]["following"] and not found[0]["followed_by"])
    await fedify.tell("cara", "undo", id=did["id"], to=xenia)
    await until(lambda: _is(alpha, "SELECT count(*) FROM blocks", 0), WITHIN)
    followed = await fedify.tell("cara", "follow", who=xenia)
    await eventually(app, bond, lambda found: found[0]["followed_by"])
    await fedify.tell("cara", "undo", id=followed["id"], to=xenia)
    await eventually(app, bond, lambda found: not found[0]["followed_by"])
    await fedify.tell("cara", "follow", who=xenia)
    await eventually(app, bond, lambda found: found[0]["followed_by"])
    await app.post(f"/api/v1/accounts/{id}/block")
    assert (await fedify.heard("cara", "Reject"))["actor"] == xenia
    await app.post(f"/api/v1/accounts/{id}/unblock")


async def _is(alpha: Place, statement: str, count: int) -> bool:
    return await alpha.query(statement) == [(count,)]


async def test_a_circle_and_a_firm_have_members_and_followers_elsewhere(alpha: Place, fedify: Any) -> None:
    app = await acquainted(alpha, fedify, "nora", "fred")
    browser = alpha.visitor()
    await browser.log_in("nora", PASSWORD)
    assert (
        await browser.submit("/circles/new", {"name": "Joiners", "openness": "open"}, button="Begin it")
    ).status == 200
    assert (await browser.submit("/settings/company/new", {"name": "Nora Wood"}, action="/company/new")).status == 200
    group, firm = f"{alpha.base}/ap/actors/joiners", f"{alpha.base}/ap/actors/nora_wood"
    for uri, type in ((group, "Group"), (firm, "Organization")):
        assert (await fedify.tell("fred", "look", uri=uri))["type"] == type
        await fedify.tell("fred", "follow", who=uri)
        await fedify.heard("fred", "Accept", uri)

    theirs = await fedify.tell("fred", "post", content="<p>Which glue?</p>", mention=group)
    announced = (await fedify.heard("fred", "Announce", theirs["id"]))["document"]
    assert (announced["actor"], announced["object"]) == (group, theirs["id"])
    assert "Which glue" in str(await in_home(app, announced["id"]))
    circle = (await alpha.query("SELECT id FROM actors WHERE username = 'joiners'"))[0][0]
    await browser.submit(f"/posts/new?circle={circle}", {"text": "Bone glue", "circle": str(circle)}, button="Say it")
    ours = (await fedify.heard("fred", "Announce", f"{alpha.base}/ap/objects"))["document"]["object"]
    assert "Bone glue" in (await fedify.tell("fred", "look", uri=ours))["content"]
    walked = await fedify.tell("fred", "walk", uri=f"{group}/outbox")
    assert announced["id"] in walked["ids"]


async def test_moving_both_ways(alpha: Place, fedify: Any) -> None:
    app = await acquainted(alpha, fedify, "zoe", "moss")
    zoe, moss, cara = f"{alpha.base}/ap/actors/zoe", fedify.actor("moss"), fedify.actor("cara")
    await fedify.tell("cara", "alias", uri=moss)
    await fedify.tell("cara", "alias", uri=zoe)
    await fedify.tell("moss", "move", to=cara)
    me = (await app.get("/api/v1/accounts/verify_credentials"))["id"]
    await eventually(app, f"/api/v1/accounts/{me}/following", lambda found: [one["uri"] for one in found] == [cara])

    browser = alpha.visitor()
    await browser.log_in("zoe", PASSWORD)
    moving = {"new": fedify.handle("cara"), "password": PASSWORD}
    assert "You have moved" in (await browser.submit("/settings/moving", moving, action="go")).text
    move = (await fedify.heard("moss", "Move", zoe))["document"]
    assert (move["object"], move["target"]) == (zoe, cara)


async def test_who_follows_is_brought_into_line(alpha: Place, fedify: Any) -> None:
    """FEP-8fcf both ways: cara forgot one of two followers here; our digest is Fedify's own."""
    forgotten = await acquainted(alpha, fedify, "anna", "cara")
    kept = await acquainted(alpha, fedify, "olga", "cara")
    before = await fedify.tell("cara", "post", content="<p>Who is here?</p>")
    await in_home(forgotten, before["id"])
    await fedify.tell("cara", "forget", who=f"{alpha.base}/ap/actors/anna")
    id = (await forgotten.get("/api/v2/search", q=fedify.handle("cara"), type="accounts"))["accounts"][0]["id"]
    post = await fedify.tell("cara", "post", content="<p>Who is still here?</p>")
    await in_home(kept, post["id"])
    await eventually(forgotten, f"/api/v1/accounts/relationships?id[]={id}", lambda found: not found[0]["following"])
    await kept.post("/api/v1/statuses", status="I am", visibility="private")
    await fedify.heard("cara", "Create", "I am")
    sent = next(entry for entry in reversed(await fedify.log("cara", "POST")) if entry["sync"])
    assert f'digest="{hashlib.sha256(fedify.actor("cara").encode()).hexdigest()}"' in sent["sync"]


async def test_new_keys_are_believed(alpha: Place, fedify: Any) -> None:
    app = await acquainted(alpha, fedify, "nora", "fred")
    for words, choice in (("After the change", ()), ("After the loss", ("--blind",))):
        await alpha.command("rotate-keys", "nora", *choice)
        await app.post("/api/v1/statuses", status=words, visibility="public")
        await fedify.heard("fred", "Create", words)
        assert [entry["proof"] for entry in await fedify.log("fred", "POST") if entry["activity"] == "Create"][-1]
