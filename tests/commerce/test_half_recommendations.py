"""Recommendations rest on something confirmed: written, shown, answered, hidden, taken back; here and elsewhere."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from node.accounts import tokens
from node.actors.model import Actor
from node.companies import service as companies
from node.deals.model import Deal
from node.ids import new_id
from node.testimonials import model
from support.app import App
from support.inbound import post_of, say
from support.nodes import Member, Nodes, RigNode, a_pair
from support.peer import Peer
from support.said import activities, told

WORDS = "Sixty baskets, on time, and not one fell apart."


async def deal(node: RigNode, seller_id: int, buyer_id: int, state: str = "completed") -> None:
    """A deal between the two as this node knows it."""
    async with node.writing() as work:
        id = new_id(work.now)
        work.session.add(
            Deal(
                id=id, uri=f"{node.base}/ap/contexts/{id}", proposal_uri="x", title="60 baskets", seller_id=seller_id,
                buyer_id=buyer_id, owner="seller", state=state, created_at=work.now, changed_at=work.now,
                completed_at=work.now if state == "completed" else None,
            )
        )  # fmt: skip


async def actor_of(node: RigNode, member: Member) -> Actor:
    async with node.reading() as work:
        return await work.session.get_one(Actor, member.actor_id)


async def rows(node: RigNode) -> list[model.Testimonial]:
    async with node.reading() as work:
        return list(await work.session.scalars(sa.select(model.Testimonial).order_by(model.Testimonial.post_id)))


Apps = Callable[[RigNode, Member], Awaitable[App]]


@pytest.fixture
async def app() -> AsyncIterator[Apps]:
    opened: list[App] = []

    async def make(node: RigNode, member: Member) -> App:
        async with node.writing() as work:
            token = await tokens.make(work, member.account_id, "test", ("read", "write"))
        assert node._runner is not None
        opened.append(App(node.config.host, node._runner.addresses[0][1], token))
        return opened[-1]

    yield make
    for each in opened:
        await each.close()


async def attempt(app: App, path: str, **values: Any) -> int:
    async with app._session.post(f"{app._base}/api/commensal/v1/recommendations{path}", json=values) as answer:
        return answer.status


async def test_between_two_nodes_from_the_deal_to_the_page_and_back(
    two_nodes: tuple[RigNode, RigNode], peer: Peer
) -> None:
    here, there = two_nodes
    alice, bob = await here.member("Alice Baker"), await there.member("Bob Joiner")
    carol = await there.member("Carol Cook")
    at_alice, at_bob = await here.logged_in(alice), await there.logged_in(bob)
    far_bob = await here._worker.directory.find("@bob@b.test")
    far_alice = await there._worker.directory.find("@alice@a.test")
    # without a deal that came to its end there is no form
    await deal(here, far_bob.id, alice.actor_id, state="agreed")
    assert (await at_alice.open(f"/recommendations/new?to={far_bob.id}")).status == 403
    assert "Recommend" not in (await at_alice.open("/@bob@b.test")).text
    await deal(here, far_bob.id, alice.actor_id)
    await deal(there, bob.actor_id, far_alice.id)

    profile = await at_alice.open("/@bob@b.test")
    form = await at_alice.open(profile.link("Recommend Bob"))
    too_long = await at_alice.send(form, form.form("/recommendations/new"), {"text": "x" * 1001})
    assert too_long.status == 422
    written = await at_alice.send(form, form.form("/recommendations/new"), {"text": WORDS, "may_be_public": "yes"})
    assert WORDS in written.text
    assert "Bob Joiner may show it to everybody, and has not done so." in written.text
    again = await at_alice.open(f"/recommendations/new?to={far_bob.id}")
    assert again.status == 409
    [create] = [each for each in await activities(here) if each["type"] == "Create"]
    note = create["object"]
    assert (note["type"], note["to"], note.get("cc", [])) == ("Note", [bob.uri], [])
    assert note["commensal:recommendation"] == "deal"
    assert "A recommendation for Bob Joiner" in note["content"]
    assert "60 baskets" not in str(create)  # what the deal was stays between the two
    assert (await peer.get(note["id"])).status == 404

    await here.settle()
    assert await told(there, await actor_of(there, bob)) == ["recommendation"]
    news = await at_bob.open("/notifications")
    page = await at_bob.open(news.link("Alice Baker recommends you"))
    assert WORDS not in (await at_bob.open("/@bob")).text
    here.time.forward(minutes=5)
    await at_bob.send(page, page.form("/show"))
    await there.settle()
    await here.settle()
    # both agree: everybody reads it, and can look where it was written
    stranger = await there.visitor()
    shown = await stranger.open("/@bob")
    assert WORDS in shown.text
    assert "Based on a confirmed deal" in shown.text
    assert note["url"] in shown.links
    source = await peer.get(note["id"])
    assert (source.status, source.json["attributedTo"]) == (200, alice.uri)
    assert "context" not in source.json or "deal" not in str(source.json["context"])
    assert "Bob Joiner shows it to everybody." in (await at_alice.open(written.path)).text
    assert (await (await there.logged_in(carol)).open(f"/recommendations/new?to={bob.actor_id}")).status == 403

    answer = await at_bob.open((await at_bob.open(page.path)).link("Answer it"))
    await at_bob.send(answer, answer.form("/reply"), {"text": "And good bread for us."})
    assert (await at_bob.open(answer.path)).status == 404  # once
    assert "And good bread for us." in (await stranger.open("/@bob")).text
    await there.settle()
    assert "And good bread for us." in (await at_alice.open(written.path)).text

    # other words need another yes: what a writer's node changes afterwards is not shown
    here.time.forward(minutes=5)
    hidden = await at_bob.open(page.path)
    await at_bob.send(hidden, hidden.form("/hide"))
    await there.settle()
    await here.settle()
    assert WORDS not in (await stranger.open("/@bob")).text
    assert (await peer.get(note["id"])).status == 404
    taken = await at_alice.open((await at_alice.open(written.path)).link("Take it back"))
    await at_alice.send(taken, taken.form("/withdraw"))
    await here.settle()
    assert await rows(here) == await rows(there) == []
    copy = await post_of(there, note["id"])
    assert copy is not None
    assert copy.deleted_at is not None
    assert (await at_alice.open(f"/recommendations/new?to={far_bob.id}")).status == 200  # its place is free again


async def test_what_comes_from_elsewhere_without_a_ground_is_a_post_at_most(nodes: Nodes, peer: Peer) -> None:
    home = await nodes.start("a.test")
    alice, sam = await home.member("Alice Baker"), peer.person("sam")

    def note(text: str = WORDS, **more: Any) -> dict[str, Any]:
        return peer.note(
            sam, f"<p>{text}</p>", to=[alice.uri], cc=[], source={"content": text, "mediaType": "text/markdown"},
            tag=[{"type": "Mention", "href": alice.uri, "name": "@alice"}],
            **{"commensal:recommendation": "deal", "commensal:mayBePublic": True, **more},
        )  # fmt: skip

    first = note()
    assert await say(home, peer, sam, peer.activity(sam, "Create", first)) == "done"
    copy = await post_of(home, first["id"])
    assert copy is not None
    assert (copy.kind, await rows(home)) == ("note", [])
    await deal(home, copy.author_id, alice.actor_id)
    # what came without a ground stays what it was; one for each ground; not more than a thousand signs; of oneself
    second, third, long = note(), note("And again."), note("x" * 1001)
    for document in (first | {"updated": "2026-05-04T10:00:00Z"}, long, second, third):
        home.time.forward(minutes=1)
        assert await say(home, peer, sam, peer.activity(sam, "Create", document)) == "done"
    [row] = await rows(home)
    kept = await post_of(home, second["id"])
    assert kept is not None
    assert (row.post_id, row.may_be_public, row.shown_at) == (kept.id, True, None)
    at_alice = await home.logged_in(alice)
    page = await at_alice.open(f"/posts/{kept.id}")
    await at_alice.send(page, page.form("/show"))
    assert WORDS in (await at_alice.open("/@alice")).text
    # shown, it is changed by its writer: it needs another yes
    home.time.forward(hours=2)
    other = second | {
        "content": "<p>Buy at p.test!</p>",
        "source": {"content": "Buy at p.test!", "mediaType": "text/markdown"},
        "updated": home.time().strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    assert await say(home, peer, sam, peer.activity(sam, "Update", other)) == "done"
    assert "Buy at p.test!" not in (await at_alice.open("/@alice")).text
    # nobody but its subject says whether ours is shown, and eve takes nothing of sam's
    eve = peer.person("eve")
    assert await say(home, peer, eve, peer.activity(eve, "Delete", second["id"])) == "refused"
    assert len(await rows(home)) == 1


async def test_here_by_the_api_and_on_the_page_of_the_firm(nodes: Nodes, app: Apps) -> None:
    home = await nodes.start("a.test")
    alice, bob, carol = [await home.member(name) for name in ("Alice Baker", "Bob Joiner", "Carol Cook")]
    alices, bobs, carols = [await app(home, member) for member in (alice, bob, carol)]
    values = {"account_id": str(bob.actor_id), "text": WORDS}
    assert await attempt(alices, "", **values) == 403
    await deal(home, bob.actor_id, alice.actor_id)
    private = await alices.post("/api/commensal/v1/recommendations", **values)
    assert (private["basis"], private["is_shown"]) == ("deal", False)
    id = private["id"]
    assert await attempt(bobs, f"/{id}/show") == 422  # written for bob alone
    assert await attempt(carols, f"/{id}/show") == 404
    assert await attempt(alices, "", **values) == 422
    await alices.delete(f"/api/commensal/v1/recommendations/{id}")
    home.time.forward(minutes=1)
    id = (await alices.post("/api/commensal/v1/recommendations", **values, may_be_public=True))["id"]
    assert await carols.get("/api/commensal/v1/recommendations", account_id=str(bob.actor_id)) == []
    assert await attempt(bobs, f"/{id}/reply", text="Thank you.") == 422
    assert (await bobs.post(f"/api/commensal/v1/recommendations/{id}/show"))["is_shown"]
    assert (await bobs.post(f"/api/commensal/v1/recommendations/{id}/reply", text="Thank you."))["reply"]
    [seen] = await carols.get("/api/commensal/v1/recommendations", account_id=str(bob.actor_id))
    assert (seen["content"], seen["reply"] is None) == (f"<p>{WORDS}</p>", False)
    assert (await alices.get(f"/api/v1/statuses/{id}"))["visibility"] == "unlisted"
    async with home.writing() as work:
        company = await companies.create(work, companies.Facts(name="Joinery"), a_pair())
        await companies.add_person(work, company.id, bob.actor_id)
    firm = await (await home.visitor()).open(f"/@{company.username}")
    assert WORDS in firm.text
    assert "about Bob Joiner" in firm.text
    await bobs.post(f"/api/commensal/v1/recommendations/{id}/hide")
    assert await carols.get("/api/commensal/v1/recommendations", account_id=str(bob.actor_id)) == []
    assert await attempt(bobs, f"/{id}/reply", text="Thank you.") == 422
