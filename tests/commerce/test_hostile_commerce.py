"""Deals, papers, questions and test offers under attack: what strangers send, type and press breaks nothing."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import process_time
from typing import Any

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.blocks import service as blocks
from node.deals import history, service
from node.deals.model import DealStep
from node.deals.terms import Line, Terms, read, seal
from node.errors import NotFound
from node.listings.model import Listing
from node.posts.model import Post
from node.trials import service as trials
from node.trials.model import Trial
from schemas.vocabulary import NETWORK
from support.deals import begin, endings, make_known, only_deal, put_up, steps, take, terms
from support.nodes import Member, Nodes, RigNode
from support.peer import PUBLIC, Peer, Person

OURS = {"generator": {"type": "Application", "implements": [{"href": NETWORK}]}}


on_sqlite = pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)


@pytest.fixture
async def home(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


@pytest.fixture
async def bob(home: RigNode) -> Member:
    return await home.member("Bob Joiner")


class Stranger:
    """A program of our kind that says what it likes in a deal with Bob about his baskets."""

    def __init__(self, home: RigNode, peer: Peer, person: Person, bob: Member, listing: int) -> None:
        self.home, self.peer, self.person, self.bob = home, peer, person, bob
        self.proposal, self.carrier = home.uris.proposal(listing), home.uris.object(listing)
        self.context, self.last = peer.uri("contexts"), ""

    async def send(self, activity: dict[str, Any]) -> str:
        answer = await self.peer.send(self.person, f"{self.home.base}/ap/inbox", activity)
        if answer.status != 202:
            assert answer.status < 500
            return str(answer.status)
        await self.home.settle()
        state = (await endings(self.home))[-1][0]
        if state == "done":
            self.last = activity["id"]
        return state

    def step(self, kind: str, of: Any, verb: str, **more: Any) -> dict[str, Any]:
        after = [self.last] if self.last else []
        own = {"commensal:step": verb, "commensal:after": after}
        return self.peer.activity(self.person, kind, of, to=[self.bob.uri], context=self.context, **{**own, **more})

    async def ask(self, words: str) -> str:
        note = {"type": "Note", "id": self.peer.uri(), "attributedTo": self.person.uri, "inReplyTo": self.carrier,
                "context": self.context, "content": words, "to": [self.bob.uri]}  # fmt: skip
        return await self.send(self.step("Create", note, "ask", content=words))

    async def quote(self, document: dict[str, Any]) -> str:
        try:
            offered = read(document)
            sealed = seal(offered, seller=self.bob.uri, buyer=self.person.uri, proposal=self.proposal)
            total, number = offered.total, f"{offered.quantity:f}"
        except Exception:
            sealed, total, number = "0" * 64, 100, "1"
        amount = {"hasUnit": document["currency"] if document["currency"] != "EUR" else "one",
                  "hasNumericalValue": f"{Decimal(total).scaleb(-2):f}"}  # fmt: skip
        agreement = {
            "type": "Agreement",
            "stipulates": {"type": "Commitment", "satisfies": f"{self.proposal}#primary",
                           "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": number}},
            "stipulatesReciprocal": {"type": "Commitment", "satisfies": f"{self.proposal}#reciprocal",
                                     "resourceQuantity": amount},
            "commensal:terms": document,
            "commensal:termsHash": sealed,
        }  # fmt: skip
        return await self.send(self.step("Offer", agreement, "quote"))


@pytest.fixture
async def stranger(home: RigNode, peer: Peer, bob: Member) -> Stranger:
    return Stranger(home, peer, peer.person("sam", **OURS), bob, await put_up(home, bob))


@on_sqlite
async def test_terms_that_no_page_can_show_are_refused(home: RigNode, bob: Member, stranger: Stranger) -> None:
    good = terms(10).document()
    assert await stranger.ask("<p>How much?</p>") == "done"
    deal, browser = await only_deal(home), await home.logged_in(bob)
    evil = "<script>alert(1)</script> \u202e[a](javascript:alert(1)) =cmd|x"
    line = {**good["lines"][0], "net": 14000}
    for document, end in (
        ({**good, "currency": "A1B"}, "refused"),
        ({**good, "currency": "E<R"}, "refused"),
        ({**good, "validUntil": "9999-12-31T23:59:59-12:00"}, "refused"),
        ({**good, "validUntil": "0001-01-01T00:00:00+12:00"}, "refused"),
        ({**good, "lines": [{**line, "name": "\x01"}] * 51}, "refused"),
        ({**good, "note": evil, "inReturn": evil, "lines": [{**line, "name": evil, "unit": "<b>"}]}, "done"),
    ):
        assert await stranger.quote(document) == end, document
        for path in ("", "/agree", "/quote"):
            page = await browser.open(f"/deals/{deal}{path}")
            assert page.status in (200, 409)
            assert b"<script>alert" not in page.body


@on_sqlite
async def test_a_note_in_a_deal_is_for_its_two_sides(
    home: RigNode, bob: Member, stranger: Stranger, peer: Peer
) -> None:
    mary, sam = peer.person("mary"), stranger.person
    assert await stranger.ask("<p>How much?</p>") == "done"
    deal, browser = await only_deal(home), await home.logged_in(bob)
    await take(home, bob, deal, "ask", words="Fourteen each, for you alone.")
    await home.settle()
    note = peer.activities("Create")[-1]["object"]["id"]
    assert (await peer.get(note, signer=sam)).status == 200
    for signer in (mary, None):
        assert (await peer.get(note, signer=signer)).status == 404
    for moment in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00%2B12:00", "2026-01-01T00:00:00Z"):
        assert (await browser.open(f"/deals?before={moment}")).status == 200


@on_sqlite
async def test_a_step_has_an_id_of_its_own_host_and_one_past(home: RigNode, bob: Member, stranger: Stranger) -> None:
    assert await stranger.ask("<p>How much?</p>") == "done"
    first, deal = stranger.last, await only_deal(home)
    await take(home, bob, deal, "ask", words="Fourteen.")
    async with home.reading() as work:
        ours = str(await work.session.scalar(sa.select(DealStep.activity_uri).where(DealStep.activity_uri != first)))
    for said in (
        {"id": ours},
        {"id": "http://other.test/activities/1"},
        {"id": first, "actor": bob.uri},
        {"commensal:after": [first] * 20_000},
        {"commensal:after": ["http://p.test/nothing"]},
        {"commensal:after": {"a": [[]]}},
        {"commensal:after": [first, None, 7, {}]},
        {"context": [stranger.context, home.uris.context(7)]},
        {"context": home.uris.context(deal)},
        {"content": "x" * 200_000},
    ):
        note = {"type": "Note", "id": stranger.peer.uri(), "attributedTo": stranger.person.uri, "content": "x",
                "to": [bob.uri], "commensal:claim": "claim_paid", "commensal:amount": "1.00"}  # fmt: skip
        assert await stranger.send({**stranger.step("Create", note, "claim_paid"), **said}) != "done", said
    async with home.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(DealStep)) == 2


def test_a_long_deal_holds_nobody_up() -> None:
    offered = Terms("EUR", tuple(Line(f"Basket {number}", Decimal(1), 100) for number in range(50)))
    steps = [
        DealStep(activity_uri=str(number), verb="quote", role="buyer", at=datetime(2026, 1, 1, tzinfo=UTC), about="",
                 after=[str(each) for each in range(max(number - 20, 0), number)],
                 terms=offered.document(), terms_hash=f"{number:064}")
        for number in range(history.LONGEST)
    ]  # fmt: skip
    first = [service.taken(step) for step in steps]
    before = process_time()
    again = [service.taken(step) for step in steps]
    assert process_time() - before < 0.1, "the terms of each step are read anew for each step"
    assert again == first
    before = process_time()
    assert history.replay("seller", again).deal.total == 5000
    assert process_time() - before < 1


@on_sqlite
async def test_the_link_in_a_private_note_is_for_its_reader_alone(home: RigNode, bob: Member, peer: Peer) -> None:
    mara = peer.person("mara")
    trial = await try_out(home, bob)
    guest = await home.visitor()
    await guest.submit(f"/tests/{trial}", {"address": "@mara@p.test"}, action="/link$", button="Send me the link")
    await home.settle()
    note = peer.activities("Create")[-1]["object"]
    found = re.search(r'href="http://a\.test(/tests/by-link/([^"]+))"', note["content"])
    assert found is not None
    assert note["to"] == [mara.uri]
    async with home.reading() as work:
        kept = (await work.session.scalars(sa.select(Post).where(Post.uri == note["id"]))).one()
        assert found[2] not in kept.content + (kept.source or "")
    # Who was suspended meanwhile reserves nothing by it.
    async with home.writing() as work:
        await work.session.execute(sa.update(Actor).where(Actor.uri == mara.uri).values(suspended_at=work.now))
    page = await guest.submit(found[1], {}, action="/tests/by-link/", button="Reserve one")
    assert "You have reserved" not in page.text
    async with home.reading() as work:
        assert (await work.session.get_one(Trial, trial)).reserved == 0


@on_sqlite
async def test_who_was_blocked_reserves_nothing(home: RigNode, bob: Member) -> None:
    carol, trial = await home.member("Carol Weaver"), await try_out(home, bob)
    async with home.writing() as work:
        people = [await work.session.get_one(Actor, who.actor_id) for who in (bob, carol)]
        await blocks.block(work, *people)
    async with home.writing() as work:
        with pytest.raises(NotFound):
            await trials.reserve(work, await work.session.get_one(Actor, carol.actor_id), trial)


@on_sqlite
async def test_strangers_cause_few_letters_and_few_visits(home: RigNode, bob: Member) -> None:
    trial = await try_out(home, bob)
    home.config = replace(home.config, rate_limits=True)
    for number in range(12):
        guest = await home.visitor()
        page = await guest.open(f"/tests/{trial}")
        assert page.status == 200
        answer = await guest.send(page, page.form("/link$"), {"address": f"@nobody{number}@p.test"})
    assert answer.status == 429


async def try_out(home: RigNode, member: Member) -> int:
    both = (trials.Variant("Bread", "", 500), trials.Variant("Bread", "", 700))
    async with home.writing() as work:
        draft = trials.Draft("Bread", both, 20, work.now + timedelta(days=7))
        return (await trials.publish(work, await work.session.get_one(Actor, member.actor_id), draft)).post_id


@on_sqlite
async def test_a_page_writes_out_the_last_offers_alone(home: RigNode, bob: Member) -> None:
    alice = await home.member("Alice Baker")
    offered = [replace(terms(1), lines=terms(1).lines * number) for number in range(1, 12)]
    deal = await begin(home, alice, await put_up(home, bob), terms=offered[0])
    for each in offered[1:]:
        await take(home, alice, deal, "quote", terms=each)
    page = await (await home.logged_in(bob)).open(f"/deals/{deal}")
    assert page.body.count(b"<table") <= 7
    assert page.text.count("These terms") == 10


@on_sqlite
async def test_who_is_kept_away_says_no_more_in_a_deal(
    home: RigNode, bob: Member, stranger: Stranger, peer: Peer
) -> None:
    assert await stranger.ask("<p>How much?</p>") == "done"
    deal = await only_deal(home)
    async with home.writing() as work:
        sam = (await work.session.scalars(sa.select(Actor).where(Actor.uri == stranger.person.uri))).one()
        await blocks.block(work, await work.session.get_one(Actor, bob.actor_id), sam)
    assert await stranger.ask("<p>And now?</p>") == "refused"
    assert await stranger.quote(terms(10).document()) == "refused"
    assert [step.verb for step in await steps(home, deal)] == ["ask"]
    assert peer.activities("Reject") == [], "whoever is blocked is not told"


@on_sqlite
async def test_a_yes_long_after_the_end_is_not_believed(home: RigNode, bob: Member, peer: Peer) -> None:
    ron = peer.person("ron", **OURS)
    one = {"hasUnit": "one", "hasNumericalValue": "1"}
    proposal = {"type": "Proposal", "id": "http://p.test/rope", "attributedTo": ron.uri, "purpose": "offer",
                "name": "Rope", "to": [PUBLIC], "publishes": {"type": "Intent", "resourceQuantity": one}}  # fmt: skip
    await make_known(home, bob, "@ron@p.test")
    accepted = peer.activity(ron, "Accept", peer.activities("Follow")[-1])
    note = peer.note(ron, "<p>Rope</p>", attachment=[proposal])
    for said in (accepted, peer.activity(ron, "Create", note, to=[PUBLIC])):
        await peer.send(ron, f"{home.base}/ap/inbox", said)
        await home.settle()
    async with home.reading() as work:
        rope = (await work.session.scalars(sa.select(Listing).where(Listing.title == "Rope"))).one().post_id
    until = home.time.now + timedelta(days=1)
    await begin(home, bob, rope, terms=terms(10, deposit=Decimal(0), valid_until=until))
    await home.settle()
    offer = peer.activities("Offer")[-1]
    uri = "http://p.test/agreements/1"
    made = {**offer["object"], "id": uri, "attributedTo": ron.uri}
    for part in ("stipulates", "stipulatesReciprocal"):
        made[part] = {**made[part], "id": f"{uri}#{part}"}
    home.time.forward(days=9)
    own = {"commensal:step": "accept", "commensal:after": [offer["id"]], "published": f"{until:%Y-%m-%d}T00:00:00Z"}
    yes = peer.activity(ron, "Accept", offer["id"], to=[bob.uri], result=made, **own)
    await peer.send(ron, f"{home.base}/ap/inbox", yes)
    await home.settle()
    assert (await endings(home))[-1] == ("refused", "These terms have run out; ask for new ones.")
