"""Offers to one person: sent by the form and the API, taken in from elsewhere, answered, reported, let through."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from federation.acquaintance import Acquaintance
from node.accounts import tokens
from node.actors.model import Actor
from node.directed import queries, service
from node.directed.model import DirectedOffer
from node.listings import service as listings
from node.listings.model import Listing
from node.matching import running
from node.moderation.model import Block
from node.peers.model import Peer
from node.posts.model import Post
from support.app import App
from support.inbound import post_of, say
from support.nodes import Member, Nodes, RigNode
from support.peer import Peer as Elsewhere
from support.peer import Person
from support.said import activities, told
from support.visitor import Page, Visitor

on_one = pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
"""What asks no database anything new."""

BASKETS = {"title": "Willow baskets", "text": "Woven by hand.", "terms": "barter", "barter": "a month of bread"}


@pytest.fixture
async def home(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


async def actor_of(node: RigNode, member: Member) -> Actor:
    async with node.reading() as work:
        return await work.session.get_one(Actor, member.actor_id)


async def known(node: RigNode, handle: str) -> Actor:
    """Somebody of elsewhere, looked up by their address, with what they have on the table."""
    found = await node._worker.directory.find(handle)
    await Acquaintance(node, node._worker.directory).meet(found.uri)
    return found


async def ask(node: RigNode, member: Member, title: str = "60 bread baskets") -> Post:
    async with node.writing() as work:
        author = await work.session.get_one(Actor, member.actor_id)
        return await listings.publish(work, author, listings.Draft("request", title, "By October."))


async def send(browser: Visitor, to: int, **values: str) -> Page:
    return await browser.submit(f"/listings/new?to={to}", BASKETS | values, action="/listings/new")


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


async def try_to_send(app: App, **values: Any) -> tuple[int, dict[str, Any]]:
    draft = {"purpose": "offer", "title": "Willow baskets", **values}
    async with app._session.post(f"{app._base}/api/commensal/v1/listings", json=draft) as answer:
        return answer.status, await answer.json()


@on_one
async def test_the_form_sends_an_offer_with_its_other_half_to_one_person_elsewhere(
    two_nodes: tuple[RigNode, RigNode], peer: Elsewhere
) -> None:
    here, there = two_nodes
    alice, bob = await here.member("Alice Baker"), await there.member("Bob Joiner")
    at_alice, at_bob = await here.logged_in(alice), await there.logged_in(bob)
    there_bob = await known(here, "@bob@b.test")
    profile = await at_alice.open("/@bob@b.test")
    form = await at_alice.open(profile.link("Send an offer"))
    assert "An offer for Bob Joiner" in form.text
    assert "You can send 3 more offers this week" in form.text

    refused = await send(at_alice, there_bob.id, terms="open", barter="")
    assert refused.status == 422
    assert "An offer to one person has another half" in refused.text
    assert "Woven by hand." in str(refused.form("/listings/new").fields["text"])  # what was typed is still there

    shown = await send(at_alice, there_bob.id)
    assert "for Bob Joiner alone" in shown.text
    assert "Bob Joiner has not answered yet." in shown.text
    [create] = [each for each in await activities(here) if each["type"] == "Create"]
    note = create["object"]
    assert (create["to"], create.get("cc", []), note["to"], note.get("cc", [])) == ([bob.uri], [], [bob.uri], [])
    assert [tag["href"] for tag in note["tag"] if tag["type"] == "Mention"] == [bob.uri]
    assert note["content"].startswith('<p><span class="h-card"><a href="http://b.test/@bob"')
    proposal = note["attachment"][-1]
    assert (proposal["to"], proposal["reciprocal"]["name"]) == ([bob.uri], "a month of bread")

    await here.settle()
    assert await told(there, await actor_of(there, bob)) == ["offer"]
    news = await at_bob.open("/notifications")
    assert "Alice Baker has an offer for you" in news.text
    page = await at_bob.open(news.link("Alice Baker has an offer for you"))
    assert "In exchange: a month of bread" in page.text
    for answer in ("I am interested", "No, thank you", "This was one-way"):
        assert answer in page.text
    # nobody else sees it, at neither end
    for node in two_nodes:
        carol = await node.logged_in(await node.member("Carol Cook"))
        assert "Willow baskets" not in (await carol.open("/listings")).text
        assert (await carol.open(shown.path if node is here else page.path)).status == 404
    assert "Willow baskets" not in (await at_bob.open("/listings")).text
    for address in (note["id"], proposal["id"]):
        assert (await peer.get(address)).status == 404
    copy = await post_of(there, note["id"])
    assert copy is not None
    async with there.reading() as work:
        assert await running._sides(work, bob.actor_id, [copy.id], "offer", set()) == []
    assert "Willow baskets" in (await at_alice.open("/listings?mine=yes&over=yes")).text

    interested = await at_bob.open(page.link("I am interested"))
    await at_bob.send(interested, interested.form("/interested"), {"text": "Which willow do you take?"})
    await there.settle()
    again = await at_alice.open(shown.path)
    assert "Bob Joiner has answered." in again.text
    assert "Which willow do you take?" in again.text
    async with here.reading() as work:
        assert (await queries.left(work, alice.actor_id)).left == 3


async def test_an_answer_to_an_ask_is_no_surprise_and_costs_nothing(two_nodes: tuple[RigNode, RigNode]) -> None:
    here, there = two_nodes
    alice, bob = await here.member("Alice Baker"), await there.member("Bob Joiner")
    at_alice, at_bob = await here.logged_in(alice), await there.logged_in(bob)
    asked = await ask(here, alice)
    await known(there, "@alice@a.test")
    copy = await post_of(there, asked.uri)
    assert copy is not None
    page = await at_bob.open(f"/posts/{copy.id}")
    form = await at_bob.open(page.link("Answer with an offer"))
    assert "weave" not in form.text
    values = {"title": "Baskets at 14.00", "text": "We weave them.", "terms": "open"}
    shown = await at_bob.send(form, form.form("/listings/new"), values)
    assert "Answers what Alice Baker asks for:" in shown.text
    async with there.reading() as work:
        assert (await queries.left(work, bob.actor_id)).left == 3
    await there.settle()
    [create] = [each for each in await activities(there) if each["type"] == "Create"]
    note = create["object"]
    assert note["inReplyTo"] == note["attachment"][-1]["commensal:answers"] == asked.uri
    assert await told(here, await actor_of(here, alice)) == ["offer"]
    mine = await at_alice.open(f"/@alice/{asked.id}")
    assert "Baskets at 14.00" in mine.text  # among the answers, for the two alone
    carol = await here.logged_in(await here.member("Carol Cook"))
    assert "Baskets at 14.00" not in (await carol.open(f"/@alice/{asked.id}")).text
    async with here.reading() as work:
        row = await work.session.scalar(sa.select(DirectedOffer))
        assert row is not None
        assert (row.half, row.waits) == ("ask", False)
        listing = await work.session.get_one(Listing, row.post_id)
        assert (listing.answers_uri, listing.answers_id, listing.terms) == (asked.uri, asked.id, "open")


async def test_the_fourth_of_a_week_is_refused_and_an_answer_gives_one_back(home: RigNode, app: Apps) -> None:
    """By the API, with the same words as the page."""
    alice = await home.member("Alice Baker")
    hosts = [await home.member(name) for name in ("Bob B", "Carol C", "Dan D", "Eve E")]
    at_alice, alices_app = await home.logged_in(alice), await app(home, alice)
    sent = []
    for host in hosts[:3]:
        status, found = await try_to_send(alices_app, to=str(host.actor_id), terms="gift")
        assert (status, found["visibility"]) == (200, "direct")
        sent.append(int(found["id"]))
        home.time.forward(days=1)
    status, found = await try_to_send(alices_app, to=str(hosts[3].actor_id), terms="gift")
    assert status == 429
    assert "3 of your offers wait for an answer" in found["error_description"]
    page = await send(at_alice, hosts[3].actor_id)
    assert page.status == 422
    assert "or on 11 May 2026" in page.text

    # the same refusals for what is one-way, for nobody, for oneself
    for values, word in (
        ({"to": str(hosts[3].actor_id), "terms": "open"}, "another half"),
        ({"to": "99999999", "terms": "gift"}, "nobody to send it to"),
        ({"to": str(alice.actor_id), "terms": "gift"}, "yourself"),
        ({"to": str(hosts[3].actor_id), "answers": str(sent[0])}, "no longer open"),
        ({"to": str(hosts[3].actor_id), "terms": "gift", "purpose": "request"}, "Only an offer"),
    ):
        status, found = await try_to_send(alices_app, **values)
        assert (status, word in str(found)) == (422, True), (values, found)

    at_bob = await home.logged_in(hosts[0])
    offer = await at_bob.open(f"/@alice/{sent[0]}")
    no = await at_bob.send(offer, offer.form("/no-thank-you"))
    assert "Answered, kindly." in no.text
    shown = await at_alice.open(f"/@alice/{sent[0]}")
    assert "Bob B said no, thank you." in shown.text
    assert "It is not for me this time." in shown.text
    status, _ = await try_to_send(alices_app, to=str(hosts[3].actor_id), terms="gift")
    assert status == 200
    # a stranger who has not answered gets no second one, whatever is left
    home.time.forward(days=8)
    status, found = await try_to_send(alices_app, to=str(hosts[3].actor_id), terms="gift")
    assert status == 422 or status == 409
    assert "One message until Eve E answers" in str(found)


async def test_ten_offers_sent_at_once_are_three(home: RigNode, app: Apps) -> None:
    alice = await home.member("Alice Baker")
    hosts = [await home.member(f"Member{letter} M", username=f"member{letter}") for letter in "abcdefghij"]
    alices = await app(home, alice)
    ends = await asyncio.gather(*(try_to_send(alices, to=str(host.actor_id), terms="gift") for host in hosts))
    assert sorted(status for status, _ in ends) == [200] * 3 + [429] * 7


@on_one
async def test_no_offer_to_who_keeps_away_nor_before_the_rules_were_read(home: RigNode, app: Apps) -> None:
    alice, bob = await home.member("Alice Baker"), await home.member("Bob B")
    newcomer = await app(home, await home.member("Nora New", has_read_rules=False))
    alices = await app(home, alice)
    assert (await try_to_send(newcomer, to=str(bob.actor_id), terms="gift"))[0] == 403
    at_bob = await home.logged_in(bob)
    page = await at_bob.open(f"/people/{alice.actor_id}/distance")
    await at_bob.send(page, page.form("/block"))
    async with home.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(Block)) == 1
    status, found = await try_to_send(alices, to=str(bob.actor_id), terms="gift")
    assert (status, "cannot be reached" in str(found)) == (403, True)
    assert await told(home, await actor_of(home, bob)) == []


def one_way(peer: Elsewhere, sam: Person, to: Member, **more: Any) -> dict[str, Any]:
    """A direct note with a proposal that names nothing in return."""
    note = peer.note(
        sam,
        "<p>Boost your sales NOW</p>",
        to=[to.uri],
        cc=[],
        tag=[{"type": "Mention", "href": to.uri, "name": "@you"}],
    )
    proposal = {
        "type": "Proposal",
        "id": f"{note['id']}/proposal",
        "attributedTo": sam.uri,
        "purpose": "offer",
        "name": "Boost your sales",
        "to": [to.uri],
        "publishes": {"type": "Intent", "action": "deliverService"},
        **more,
    }
    note["attachment"] = [proposal]
    return note


async def test_one_way_offers_from_elsewhere_wait_five_a_day_and_the_rest_is_but_a_number(
    home: RigNode, peer: Elsewhere, app: Apps
) -> None:
    members = [await home.member(f"Member{letter} M", username=f"member{letter}") for letter in "abcdef"]
    sam = peer.person("sam")
    notes = [one_way(peer, sam, member) for member in members]
    for note in notes[:5]:
        assert await say(home, peer, sam, peer.activity(sam, "Create", note)) == "done"
    at_first, api = await home.logged_in(members[0]), await app(home, members[0])
    assert await told(home, await actor_of(home, members[0])) == []
    waiting = await at_first.open((await at_first.open("/notifications")).link("offer waits that names nothing"))
    assert "One-way" in waiting.text
    assert "Boost your sales" in waiting.text
    assert await api.get("/api/v1/conversations") == []
    assert await api.get("/api/v1/notifications") == []
    first = await post_of(home, notes[0]["id"])
    assert first is not None
    page = await at_first.open(f"/posts/{first.id}")
    assert "One-way: it says nothing about what is asked in return." in page.text
    assert "A gift" not in page.text  # it never said so

    # said again it is known, and costs its host nothing
    async with home.reading() as work:
        before = (await work.session.get_one(Peer, "p.test")).one_way_full_at
    assert await say(home, peer, sam, peer.activity(sam, "Create", notes[0])) == "done"
    # the sixth of the day is counted and not kept, whoever of that host sends it
    max_ = peer.person("max")
    sixth = one_way(peer, max_, members[5])
    assert await say(home, peer, max_, peer.activity(max_, "Create", sixth)) == "done"
    assert await post_of(home, sixth["id"]) is None
    async with home.reading() as work:
        row = await work.session.get_one(Peer, "p.test")
        assert (row.one_way_full_at, row.one_way_refused) == (before, 1)
    ingrid = await home.logged_in(await home.member("Ingrid Office", role="admin"))
    assert "One-way offers not taken" in (await ingrid.open("/office/peers/p.test")).text
    # a change puts it before nobody else
    wider = notes[0] | {"to": [member.uri for member in members], "updated": "2026-05-04T10:00:00Z"}
    wider["tag"] = [{"type": "Mention", "href": member.uri, "name": "@you"} for member in members]
    assert await say(home, peer, sam, peer.activity(sam, "Update", wider)) == "refused"
    assert await told(home, await actor_of(home, members[5])) == []
    # forged: sam's proposal in eve's name, and one for another author
    eve = peer.person("eve")
    assert await say(home, peer, eve, peer.activity(eve, "Create", one_way(peer, sam, members[5]))) == "refused"
    home.time.forward(hours=5)
    later = one_way(peer, max_, members[5])
    assert await say(home, peer, max_, peer.activity(max_, "Create", later)) == "done"
    assert await post_of(home, later["id"]) is not None
    home.time.forward(days=61)
    async with home.writing() as work:
        await service.prune(work)
    assert await post_of(home, notes[0]["id"]) is None


@on_one
@pytest.mark.parametrize("more", [{"commensal:terms": "gift"}, {"reciprocal": {"type": "Intent", "name": "a walk"}}])
async def test_an_offer_from_elsewhere_with_its_other_half_is_told(
    home: RigNode, peer: Elsewhere, more: dict[str, Any]
) -> None:
    alice, sam = await home.member("Alice Baker"), peer.person("sam")
    for number in range(4):
        note = one_way(peer, sam, alice, **more)
        assert await say(home, peer, sam, peer.activity(sam, "Create", note)) == "done"
        # the fourth without an answer waits, as it would not have left an association of ours
        news = await told(home, await actor_of(home, alice))
        assert news == ["offer"] * min(number + 1, 3)
    async with home.reading() as work:
        assert await queries.count_waiting(work, alice.actor_id) == 1


async def test_three_members_stop_the_offers_of_one_sender_and_officers_let_them_through(
    home: RigNode, peer: Elsewhere
) -> None:
    sam = peer.person("sam")
    members = [await home.member(f"Member{letter} M", username=f"member{letter}") for letter in "abcd"]
    ingrid = await home.logged_in(await home.member("Ingrid Office", role="admin"))
    for member in members[:3]:
        note = one_way(peer, sam, member)
        assert await say(home, peer, sam, peer.activity(sam, "Create", note)) == "done"
        browser = await home.logged_in(member)
        waiting = await browser.open("/listings/waiting")
        answered = await browser.send(waiting, waiting.form("/one-way"))
        assert "does not learn that it was you" in answered.text
        assert "Boost your sales" not in (await browser.open("/listings/waiting")).text
    refused = one_way(peer, sam, members[3], **{"commensal:terms": "gift"})
    assert await say(home, peer, sam, peer.activity(sam, "Create", refused)) == "refused"
    assert await post_of(home, refused["id"]) is None

    reports = await ingrid.open("/office/reports")
    case = await ingrid.open(reports.link("Sam"))
    assert "One-way offers" in case.text
    assert "Three members found them one-way." in case.text
    again = await ingrid.send(case, case.form("/hear-offers"))
    assert "let through again" in again.text
    welcome = one_way(peer, sam, members[3], **{"commensal:terms": "gift"})
    assert await say(home, peer, sam, peer.activity(sam, "Create", welcome)) == "done"
    # only who got an offer can say that it was one-way
    browser = await home.logged_in(members[0])
    form = await browser.open("/reports/new?about=" + str((await post_of(home, welcome["id"])).author_id))  # type: ignore[union-attr]
    answer = await browser.send(form, form.form("/reports"), {"category": "one_way"})
    assert answer.status == 422
    assert "sent to you alone" in answer.text


@on_one
async def test_a_member_whose_offers_were_reported_sends_no_more_and_gets_none_back(home: RigNode) -> None:
    alice = await home.member("Alice Baker")
    at_alice = await home.logged_in(alice)
    for name in ("Bob B", "Carol C", "Dan D"):
        host = await home.member(name)
        shown = await send(at_alice, host.actor_id)
        browser = await home.logged_in(host)
        offer = await browser.open(shown.path)
        await browser.send(offer, offer.form("/one-way"))
    assert "has not answered yet" in (await at_alice.open(shown.path)).text  # nobody is told who reported
    async with home.reading() as work:
        assert (await queries.left(work, alice.actor_id)).left == 0
    home.time.forward(days=8)
    eve = await home.member("Eve E")
    refused = await send(at_alice, eve.actor_id)
    assert "give nothing" in refused.text
