"""Deals with a program that knows FEP-0837 and nothing of ours, and everything a false one may try."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.blocks import service as blocks
from node.deals import machine
from node.deals.model import Deal, DealStep
from node.deals.terms import Line, Terms, read, seal
from node.listings.model import Listing
from node.papers.model import Paper, PaperParty
from node.posts.model import Post
from schemas.agreement import NOT_TAKEN
from schemas.vocabulary import FEP_0837, NETWORK
from support.deals import (
    begin,
    count,
    endings,
    left,
    make_known,
    only_deal,
    put_up,
    seen,
    shown,
    steps,
    take,
    terms,
)
from support.nodes import Member, Nodes, RigNode
from support.peer import PUBLIC, Peer, Person

Say = Callable[..., Awaitable[tuple[str, str]]]
KNOWS = {"generator": {"type": "Application", "implements": [{"href": FEP_0837}]}}
OURS = {"generator": {"type": "Application", "implements": [{"href": NETWORK}]}}


@pytest.fixture
async def home(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


@pytest.fixture
async def bob(home: RigNode) -> Member:
    return await home.member("Bob Joiner")


@pytest.fixture
def say(home: RigNode, peer: Peer) -> Say:
    """Send an activity and tell how it ended."""

    async def send(who: Person, activity: dict[str, Any]) -> tuple[str, str]:
        answer = await peer.send(who, f"{home.base}/ap/inbox", activity)
        assert answer.status == 202, answer.body
        await home.settle()
        return (await endings(home))[-1]

    return send


def quantity(number: object, unit: str = "one") -> dict[str, Any]:
    return {"hasUnit": unit, "hasNumericalValue": number}


def agreement(proposal: str, number: object = "2", amount: object = "33.60", **more: Any) -> dict[str, Any]:
    """An Agreement as FEP-0837 has it: two quantities and nothing else."""
    return {
        "type": "Agreement",
        "stipulates": {"type": "Commitment", "satisfies": f"{proposal}#primary", "resourceQuantity": quantity(number)},
        "stipulatesReciprocal": {
            "type": "Commitment",
            "satisfies": f"{proposal}#reciprocal",
            "resourceQuantity": quantity(amount),
        },
        **more,
    }


async def state(node: RigNode, deal: int) -> tuple[str, int]:
    async with node.reading() as work:
        row = await work.session.get_one(Deal, deal)
        steps = await work.session.scalar(sa.select(sa.func.count()).where(DealStep.deal_id == deal))
        return row.state, steps or 0


async def test_a_foreign_program_buys_from_a_member(home: RigNode, bob: Member, peer: Peer, say: Say) -> None:
    sam = peer.person("sam")
    listing = await put_up(home, bob, tax_rate=Decimal(20))
    proposal = home.uris.proposal(listing)
    offer = peer.activity(sam, "Offer", agreement(proposal), to=bob.uri, content="<p>Two, please.</p>")
    assert await say(sam, offer) == ("done", "")
    assert await say(sam, offer) == ("done", "")  # the same again is nothing new
    deal = await only_deal(home)
    view = await seen(home, bob, deal)
    made_here = view.uri
    assert (view.via, view.state, view.role, view.money.total, view.differs) == (
        "plain",
        "quoted",
        "seller",
        3360,
        False,
    )
    assert view.terms is not None
    assert [(line.quantity, line.unit_price, line.tax_rate) for line in view.terms.lines] == [(2, 1400, 20)]
    # It is about these baskets alone, paid as they are to be paid.
    ash = home.uris.proposal(await put_up(home, bob, title="Ash baskets"))
    begun = await rows(home)
    for of, given in ((ash, proposal), (proposal, ash)):
        mixed = agreement(given)
        mixed["stipulates"]["satisfies"] = f"{of}#primary"
        assert (await say(sam, peer.activity(sam, "Offer", mixed, to=bob.uri, context=made_here)))[0] == "refused"
    assert await rows(home) == begun
    # Another offer takes the place of the first; it comes to less than the price, and waits for Bob.
    cheaper = peer.activity(sam, "Offer", agreement(proposal, 3, 40), to=[bob.uri])
    assert await say(sam, cheaper) == ("done", "")
    view = await seen(home, bob, deal)
    assert view.terms is not None
    assert (view.money.total, view.differs, view.terms.quantity) == (4000, True, 3)
    assert await take(home, bob, deal, "accept") == machine.AGREED
    await home.settle()
    accept = peer.activities("Accept")[-1]
    made = accept["result"]
    assert (accept["object"], made["attributedTo"]) == (cheaper["id"], bob.uri)
    assert made["id"] == home.uris.agreement(deal)
    assert made["stipulates"]["id"] == f"{made['id']}#primary"
    assert made["stipulates"]["resourceQuantity"] == quantity("3")
    assert made["stipulatesReciprocal"]["resourceQuantity"] == quantity("40.00")
    assert made["preview"] == {"type": "Note", "name": "Open"}
    assert await left(home, listing) == (Decimal(97), "open")
    # Only the two may look at it, and only signed.
    mary = peer.person("mary")
    assert (await peer.get(made["id"], signer=sam)).json["id"] == made["id"]
    for signer in (None, mary):
        assert (await peer.get(made["id"], signer=signer)).status == 404
    # What others write about it, or one of the two to everybody, is a note like any other.
    before = await rows(home)
    for who, to in ((mary, bob.uri), (sam, PUBLIC)):
        note = {"type": "Note", "id": peer.uri(), "attributedTo": who.uri, "content": "<p>Thanks.</p>",
                "context": made["id"], "to": [to]}  # fmt: skip
        assert (await say(who, peer.activity(who, "Create", note, to=[to])))[0] in ("done", "ignored")
    assert await rows(home) == before
    for verb in ("invoice", "confirm_paid", "deliver", "receipt"):
        await take(home, bob, deal, verb)
    await home.settle()
    assert [said["object"]["preview"]["name"] for said in peer.activities("Update")] == ["Paid", "Shipped"]
    papers = [said["object"] for said in peer.activities("Create") if said["object"]["type"] == "Document"]
    assert [paper["context"] for paper in papers] == [made["id"]] * 2
    assert "Receipt" in papers[-1]["name"]


async def sell(home: RigNode, peer: Peer, alice: Member, seller: Person, **more: Any) -> tuple[int, str]:
    """Somebody elsewhere puts up rope for 3.50 each; it reaches Alice."""
    uri = peer.uri()
    proposal = {
        "type": "Proposal",
        "id": f"{uri}/proposal",
        "attributedTo": seller.uri,
        "purpose": "offer",
        "name": "Hemp rope",
        "unitBased": True,
        "to": [PUBLIC],
        "publishes": {"type": "Intent", "id": f"{uri}/proposal#primary", "action": "transfer",
                      "resourceQuantity": quantity("1")},
        "reciprocal": {"type": "Intent", "id": f"{uri}/proposal#reciprocal", "action": "transfer",
                       "resourceConformsTo": "https://www.wikidata.org/wiki/Q4916",
                       "resourceQuantity": quantity("3.50")},
        **more,
    }  # fmt: skip
    note = peer.note(seller, "<p>Rope</p>", id=uri, attachment=[proposal])
    await make_known(home, alice, f"@{seller.document['preferredUsername']}@p.test")
    follow = peer.activities("Follow")[-1]
    inbox = f"{home.base}/ap/inbox"
    await peer.send(seller, inbox, peer.activity(seller, "Accept", follow))
    await home.settle()
    await peer.send(seller, inbox, peer.activity(seller, "Create", note, to=[PUBLIC]))
    await home.settle()
    async with home.reading() as work:
        listing = (await work.session.scalars(sa.select(Listing).where(Listing.title == "Hemp rope"))).one()
        return listing.post_id, listing.proposal_uri


async def test_a_foreign_program_sells_to_a_member_and_lies(home: RigNode, peer: Peer, say: Say) -> None:
    alice, ron, mary = await home.member("Alice Baker"), peer.person("ron", **KNOWS), peer.person("mary", **KNOWS)
    listing, proposal = await sell(home, peer, alice, ron)
    rope = terms(10, deposit=Decimal(0))
    deal = await begin(home, alice, listing, terms=rope, words="Ten, please.")
    await home.settle()
    offer = peer.activities("Offer")[-1]
    assert offer["object"]["stipulatesReciprocal"]["resourceQuantity"] == quantity("168.00")
    assert "id" not in offer["object"]
    uri = peer.uri("agreements")

    def made(number: object = "10", amount: object = "168.00", **more: Any) -> dict[str, Any]:
        found = agreement(proposal, number, amount, **{"id": uri, "attributedTo": ron.uri, **more})
        found["stipulates"]["id"], found["stipulatesReciprocal"]["id"] = f"{uri}#primary", f"{uri}#reciprocal"
        return found

    def dollars() -> dict[str, Any]:
        found = made()
        found["stipulatesReciprocal"]["resourceQuantity"]["hasUnit"] = "USD"
        return found

    def elsewhere() -> dict[str, Any]:
        found = made()
        found["stipulates"]["id"] = "http://other.test/1#primary"
        return found

    before = shown(await seen(home, alice, deal))
    for result in (
        made("9"), made("11"), made(amount="186.00"), made(amount="168.01"), dollars(), elsewhere(),
        made(attributedTo=mary.uri), {**made(), "id": home.uris.agreement(deal)}, {**made(), "id": None},
        {**made(), "stipulatesReciprocal": None}, made("-10"), made("1e1"), made(10.5), "yes", None,
        {**made(), "commensal:termsHash": "0" * 64}, {**made(), "type": "Note"}, {**made(), "stipulates": []},
    ):  # fmt: skip
        answer = await say(ron, peer.activity(ron, "Accept", offer["id"], to=alice.uri, result=result))
        assert answer[0] == "refused", (result, answer)
    assert (await say(mary, peer.activity(mary, "Accept", offer["id"], result=made())))[0] == "refused"
    assert (await say(mary, peer.activity(mary, "Reject", offer["id"])))[0] == "refused"
    assert (await say(mary, peer.activity(mary, "Undo", {"id": offer["id"], "type": "Offer", "actor": mary.uri})))[0] == "refused"  # fmt: skip  # noqa: E501
    assert shown(await seen(home, alice, deal)) == before
    # The numbers may come as numbers, the unit under any name: it is the same yes.
    pay = {"type": "Link", "href": "https://pay.test/10", "rel": ["payment"]}
    yes = peer.activity(ron, "Accept", offer["id"], to=alice.uri, result=made(10, "168.00", url=pay))
    assert await say(ron, yes) == ("done", "")
    agreed = await seen(home, alice, deal)
    assert (agreed.state, agreed.agreement_uri, agreed.terms) == (machine.AGREED, uri, rope)
    assert agreed.steps[-1].words == "https://pay.test/10"
    # Once is enough; and who is not the proposer says nothing by it.
    assert await say(ron, yes) == ("done", "")
    assert (await say(ron, peer.activity(ron, "Accept", offer["id"], result=made())))[0] == "refused"
    paid = made(preview={"type": "Note", "name": "Paid"})
    for who, document in ((mary, paid), (mary, {**paid, "attributedTo": mary.uri}), (ron, {**made("20"), "preview": paid["preview"]})):  # fmt: skip  # noqa: E501
        assert (await say(who, peer.activity(who, "Update", document)))[0] == "refused"
    receipt = {"type": "Document", "id": peer.uri(), "name": "Receipt", "context": uri}
    assert (await say(mary, peer.activity(mary, "Create", {**receipt, "attributedTo": mary.uri})))[0] == "refused"
    assert (await state(home, deal)) == (machine.AGREED, 2)
    for _ in range(2):  # said twice it is paid once
        assert await say(ron, peer.activity(ron, "Update", paid)) == ("done", "")
    assert (await say(ron, peer.activity(ron, "Create", {**receipt, "attributedTo": mary.uri})))[0] == "refused"
    assert (await seen(home, alice, deal)).money.paid == 16800
    assert await say(ron, peer.activity(ron, "Update", made(preview={"type": "Note", "name": "Open"}))) == ("done", "")
    assert await say(ron, peer.activity(ron, "Create", {**receipt, "attributedTo": ron.uri}, to=alice.uri)) == ("done", "")  # fmt: skip  # noqa: E501
    done = await seen(home, alice, deal)
    assert (done.state, [step.verb for step in done.steps]) == (
        machine.COMPLETED,
        ["quote", "accept", "confirm_paid", "receipt"],
    )


async def test_what_is_no_offer_of_anything_here_begins_nothing(
    home: RigNode, bob: Member, peer: Peer, say: Say
) -> None:
    sam = peer.person("sam")
    listing = await put_up(home, bob)
    proposal = home.uris.proposal(listing)
    wrong = [
        agreement(home.uris.proposal(1)),
        agreement("http://p.test/objects/1"),
        agreement(proposal, "0"),
        agreement(proposal, "-2"),
        agreement(proposal, "1e3"),
        agreement(proposal, "9" * 30),
        agreement(proposal, "1.0001"),
        agreement(proposal, True),
        agreement(proposal, "2", "33.605"),
        agreement(proposal, "2", "NaN"),
        agreement(proposal, "2", "99999999999999"),
        {**agreement(proposal), "stipulates": None},
        {**agreement(proposal), "stipulates": "x" * 5000},
        {"type": "Agreement"},
    ]
    unit = agreement(proposal)
    unit["stipulates"]["resourceQuantity"]["hasUnit"] = "second"
    dollar = agreement(proposal)
    dollar["stipulatesReciprocal"]["resourceQuantity"]["hasUnit"] = "USD"
    for document in (*wrong, unit, dollar):
        assert (await say(sam, peer.activity(sam, "Offer", document, to=bob.uri)))[0] == "refused", document
    assert await count(home, Deal) == 0
    # A listing that one may not read is none; of one that is sold one is told so.
    sold, hidden = await put_up(home, bob), await put_up(home, bob)
    async with home.writing() as work:
        (await work.session.get_one(Listing, sold)).state = "sold"
        (await work.session.get_one(Post, hidden)).visibility = "followers"
    assert (await say(sam, peer.activity(sam, "Offer", agreement(home.uris.proposal(hidden)))))[0] == "refused"
    late = peer.activity(sam, "Offer", agreement(home.uris.proposal(sold)))
    assert (await say(sam, late))[0] == "done"
    # Who asked for what they may not read is told nothing; whoever's offer could not be taken is told why.
    told = peer.activities("Reject")
    assert [said[NOT_TAKEN] for said in told[:-1]] == [True] * (len(wrong) + 2 - 5)
    assert (told[-1]["object"], told[-1]["content"]) == (late["id"], "<p>This is no longer to be had. I am sorry.</p>")


async def test_a_false_node_of_our_kind_is_not_believed(home: RigNode, bob: Member, peer: Peer, say: Say) -> None:
    sam, mary = peer.person("sam", **OURS), peer.person("mary", **OURS)
    listing = await put_up(home, bob)
    proposal = home.uris.proposal(listing)
    context = peer.uri("contexts")
    question = {"type": "Note", "id": peer.uri(), "attributedTo": sam.uri, "inReplyTo": home.uris.object(listing),
                "context": context, "content": "<p>How long do they last?</p>", "to": [bob.uri]}  # fmt: skip

    def step(who: Person, kind: str, of: Any, verb: str, *after: str, **more: Any) -> dict[str, Any]:
        return peer.activity(who, kind, of, to=[bob.uri], context=context,
                             **{"commensal:step": verb, "commensal:after": list(after)}, **more)  # fmt: skip

    ask = step(sam, "Create", question, "ask", content="<p>How long do they last?</p>")
    foreign = {
        **ask,
        "id": peer.uri(),
        "context": home.uris.context(5),
        "object": {**question, "context": home.uris.context(5)},
    }
    assert (await say(sam, foreign))[0] == "refused"
    assert await say(sam, ask) == ("done", "")
    deal = await only_deal(home)
    agreed = terms(10).document()

    def quote(
        document: dict[str, Any] = agreed, number: str = "10", amount: str = "168.00", **more: Any
    ) -> dict[str, Any]:
        sealed = seal(read(document), seller=bob.uri, buyer=sam.uri, proposal=proposal)
        return agreement(
            proposal, number, amount, **{"commensal:terms": document, "commensal:termsHash": sealed, **more}
        )

    before = await state(home, deal)
    for document in (
        quote(number="11"),
        quote(amount="16.80"),
        quote(**{"commensal:termsHash": "0" * 64}),
        quote(**{"commensal:terms": {**agreed, "total": 1}}),
        quote(**{"commensal:terms": {**agreed, "lines": []}}),
        quote(**{"commensal:terms": {**agreed, "lines": agreed["lines"] * 51}}),
        quote(**{"commensal:terms": {**agreed, "note": "x" * 2001}}),
        quote(**{"commensal:terms": {**agreed, "validUntil": "0001-01-01"}}),
        quote(**{"commensal:terms": {**agreed, "dueDays": 10**12}}),
        quote({**agreed, "currency": "EUR"}, **{"commensal:terms": {"lines": {"a": 1}}}),
    ):
        assert (await say(sam, step(sam, "Offer", document, "quote", ask["id"])))[0] == "refused"
    # Somebody else's step, one without its past, one from the future, and steps that are not the buyer's to take.
    assert (await say(mary, step(mary, "Offer", quote(), "quote", ask["id"])))[0] == "refused"
    assert (await say(sam, step(sam, "Offer", quote(), "quote")))[0] == "refused"
    assert (await say(sam, step(sam, "Offer", quote(), "quote", ask["id"], published="2036-01-01T00:00:00Z")))[
        0
    ] == "refused"
    assert (await say(sam, step(sam, "Offer", quote(), "agree", ask["id"])))[0] == "refused"
    claim = {**question, "id": peer.uri(), "commensal:claim": "claim_paid", "commensal:amount": "1.00"}
    for verb in ("claim_paid", "confirm_paid", "receipt", "deliver", "cancel", "nonsense"):
        said = step(sam, "Create", {**claim, "commensal:claim": verb}, verb, ask["id"], **{"commensal:amount": "1.00"})
        assert (await say(sam, said))[0] in (("refused",) if verb != "nonsense" else ("refused", "ignored", "done"))
    assert await state(home, deal) == before
    # What comes before what it follows waits for it.
    first, second = step(sam, "Offer", quote(), "quote", ask["id"]), step(sam, "Offer", quote(), "quote")
    second["commensal:after"] = [first["id"]]
    assert (await say(sam, second))[0] == "waiting"
    assert await say(sam, first) == ("done", "")
    home.time.forward(minutes=1)
    await home.settle()
    assert await state(home, deal) == (machine.QUOTED, 3)
    # Twenty twins of one offer are one step, and Bob's yes is said once.
    for _ in range(3):
        assert await say(sam, first) == ("done", "")
    await take(home, bob, deal, "accept")
    await home.settle()
    accepted = peer.activities("Accept")
    assert [said["object"] for said in accepted] == [second["id"]]
    assert (await say(sam, step(sam, "Offer", quote(), "quote", accepted[0]["id"])))[0] == "refused"
    forged = {**accepted[0]["result"], "attributedTo": sam.uri, "preview": {"type": "Note", "name": "Paid"}}
    assert (await say(sam, step(sam, "Update", forged, "confirm_paid", accepted[0]["id"])))[0] == "refused"
    cancel = step(
        mary, "Create", {**claim, "attributedTo": mary.uri, "commensal:claim": "cancel"}, "cancel", accepted[0]["id"]
    )
    assert (await say(mary, cancel))[0] == "refused"
    assert (await state(home, deal))[0] == machine.AGREED


async def test_one_host_begins_only_so_many(
    home: RigNode, bob: Member, peer: Peer, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    from node.deals import hearing

    monkeypatch.setattr(hearing, "AN_HOUR", 3)
    monkeypatch.setattr(hearing, "AN_HOUR_EACH", 1)
    listing = await put_up(home, bob)
    people = [peer.person(f"sam{number}") for number in range(5)]
    ends = [
        (await say(sam, peer.activity(sam, "Offer", agreement(home.uris.proposal(listing)), to=bob.uri)))[0]
        for sam in people
    ]
    assert ends == ["done"] * 3 + ["refused"] * 2
    home.time.forward(hours=2)
    late = peer.activity(people[4], "Offer", agreement(home.uris.proposal(listing)), to=bob.uri)
    assert (await say(people[4], late))[0] == "done"
    other = agreement(home.uris.proposal(await put_up(home, bob)))
    assert (await say(people[4], peer.activity(people[4], "Offer", other, to=bob.uri)))[0] == "refused"
    assert (await say(people[3], peer.activity(people[3], "Offer", other, to=bob.uri)))[0] == "done"


async def test_twenty_orders_at_once_and_twenty_buyers_of_three(
    home: RigNode, bob: Member, peer: Peer, say: Say
) -> None:
    listing = await put_up(home, bob, quantity=Decimal(3))
    proposal, inbox = home.uris.proposal(listing), f"{home.base}/ap/inbox"
    people = [peer.person(f"sam{number}") for number in range(20)]
    offers = [peer.activity(person, "Offer", agreement(proposal, 1, 14), to=bob.uri) for person in people]
    first = [peer.activity(people[0], "Offer", agreement(proposal, 1, 14), to=bob.uri) for _ in range(10)]
    sent = [
        *zip(people, offers, strict=True),
        *((people[0], offers[0]) for _ in range(9)),
        *((people[0], one) for one in first),
    ]

    async def insist(person: Person, offer: dict[str, Any]) -> None:
        while (answer := await peer.send(person, inbox, offer)).status == 503:
            await asyncio.sleep(0)  # so many strangers at once: every server comes again
        assert answer.status == 202

    await asyncio.gather(*(insist(person, offer) for person, offer in sent))
    await home.settle()
    async with home.reading() as work:
        deals = list(await work.session.scalars(sa.select(Deal.id).order_by(Deal.id)))
        steps = await work.session.scalar(sa.select(sa.func.count()).select_from(DealStep))
    assert (len(deals), steps) == (20, 30)

    async def accept(deal: int) -> str:
        try:
            return await take(home, bob, deal, "accept")
        except machine.NotNow as error:
            return str(error)

    found = await asyncio.gather(*(accept(deal) for deal in deals))
    assert sorted(found) == ["Nothing is left of it: others were faster."] * 17 + [machine.AGREED] * 3
    assert await left(home, listing) == (Decimal(0), "sold")
    await home.settle()
    results = [said["result"]["id"] for said in peer.activities("Accept")]
    assert len(results) == len(set(results)) == 3


async def rows(node: RigNode) -> list[object]:
    """All that is kept of deals, to the last column."""
    async with node.reading() as work:
        return [
            tuple(row)
            for model in (Deal, DealStep, Paper, PaperParty, Listing)
            for row in await work.session.execute(
                sa.select(*model.__table__.columns).order_by(*model.__table__.primary_key)
            )
        ]


async def uris(node: RigNode, deal: int) -> list[str]:
    return [step.activity_uri for step in await steps(node, deal)]


class Meddler:
    """Says in a deal between nodes of our kind what is somebody else's to say."""

    def __init__(self, home: RigNode, peer: Peer, say: Say, to: Member, context: str) -> None:
        self.home, self.peer, self._say, self.to, self.context = home, peer, say, to, context

    def step(self, who: Person, kind: str, of: Any, verb: str, after: list[str], **more: Any) -> dict[str, Any]:
        own = {"to": [self.to.uri], "context": self.context, "commensal:step": verb, "commensal:after": after}
        return self.peer.activity(who, kind, of, **{**own, **more})

    def note(self, who: Person, verb: str, after: list[str], **more: Any) -> dict[str, Any]:
        note = {"type": "Note", "id": self.peer.uri(), "attributedTo": who.uri, "content": "<p>So be it.</p>",
                "context": self.context, "to": [self.to.uri], **more}  # fmt: skip
        return self.step(who, "Create", note, verb, after)

    def offer(self, proposal: str, agreed: Terms, *, seller: str, buyer: str) -> dict[str, Any]:
        sealed = seal(agreed, seller=seller, buyer=buyer, proposal=proposal)
        own = {"commensal:terms": agreed.document(), "commensal:termsHash": sealed}
        return agreement(proposal, f"{agreed.quantity:f}", f"{Decimal(agreed.total).scaleb(-2):f}", **own)

    async def in_vain(self, *said: tuple[Person, dict[str, Any]]) -> None:
        """Every one is refused, and changes nothing."""
        await self.home.settle()
        before = await rows(self.home)
        for who, activity in said:
            end = await self._say(who, activity)
            assert (end[0], await rows(self.home)) == ("refused", before), (activity, end)


async def test_a_buyer_and_a_third_say_nothing_that_is_the_sellers(
    home: RigNode, bob: Member, peer: Peer, say: Say
) -> None:
    sam, mary = peer.person("sam", **OURS), peer.person("mary", **OURS)
    listing, other = await put_up(home, bob), await put_up(home, bob, title="Ash baskets")
    proposal, carrier = home.uris.proposal(listing), home.uris.object(listing)
    false = Meddler(home, peer, say, bob, peer.uri("contexts"))
    ask = false.note(sam, "ask", [], inReplyTo=carrier)
    assert await say(sam, ask) == ("done", "")
    deal = await only_deal(home)
    await take(home, bob, deal, "ask", words="How many?")
    known = await uris(home, deal)
    by_sam = false.offer(proposal, terms(10), seller=bob.uri, buyer=sam.uri)
    by_mary = false.offer(proposal, terms(10), seller=bob.uri, buyer=mary.uri)
    elsewhere = peer.uri("contexts")
    of_another = false.offer(home.uris.proposal(other), terms(10), seller=bob.uri, buyer=sam.uri)
    await false.in_vain(
        *((mary, false.note(mary, verb, known, inReplyTo=carrier)) for verb in ("ask", "cancel", "dispute", "accept")),
        *((mary, false.step(mary, "Offer", offered, "quote", known)) for offered in (by_sam, by_mary)),
        *((mary, false.step(mary, "Undo", {"id": uri, "type": "Create"}, "withdraw", known)) for uri in known),
        *((mary, false.step(mary, "Reject", uri, "decline", known)) for uri in (*known, false.context)),
        # Under the id of what somebody else said; and in a deal of their own under the id of this one.
        (mary, false.step(mary, "Reject", false.context, "decline", known, id=ask["id"])),
        (mary, false.note(mary, "ask", [], inReplyTo=carrier, context=elsewhere)),
        # A party takes back what the other said, says no to themselves, means another listing, or begins once more.
        (sam, false.step(sam, "Undo", {"id": known[1], "type": "Create"}, "withdraw", known)),
        (sam, false.step(sam, "Reject", ask["id"], "decline", known)),
        (sam, false.step(sam, "Offer", of_another, "quote", known)),
        (sam, false.step(sam, "Offer", by_sam, "quote", [], context=elsewhere)),
    )
    # What came before is nothing new, whatever it says now.
    before = await rows(home)
    again = false.step(sam, "Undo", {"id": ask["id"], "type": "Create"}, "withdraw", known, id=ask["id"])
    assert await say(sam, again) == ("done", "")
    assert await rows(home) == before
    await take(home, bob, deal, "quote", terms=terms(10))
    known = await uris(home, deal)
    uri = peer.uri("agreements")
    made = {**by_sam, "id": uri, "attributedTo": sam.uri}
    made["stipulates"] = {**made["stipulates"], "id": f"{uri}#primary"}
    made["stipulatesReciprocal"] = {**made["stipulatesReciprocal"], "id": f"{uri}#reciprocal"}
    # As if they had crossed: what does not know of Bob's quote would be kept, if without effect.
    for after in (known, known[:2]):
        await false.in_vain(
            (sam, false.step(sam, "Accept", known[2], "accept", after, result=made)),
            (mary, false.step(mary, "Accept", known[2], "accept", after, result={**made, "attributedTo": mary.uri})),
            (sam, false.step(sam, "Undo", {"id": known[2], "type": "Offer"}, "withdraw", after)),
            *((sam, false.note(sam, verb, after)) for verb in ("agree", "quote", "accept", "decline", "invoice")),
        )
    agree = false.step(sam, "Offer", by_sam, "agree", known, inReplyTo=known[2])
    assert await say(sam, agree) == ("done", "")
    known = await uris(home, deal)
    assert await state(home, deal) == (machine.AGREED, 5)
    result = peer.activities("Accept")[-1]["result"]
    paper = {"type": "Document", "id": peer.uri(), "name": "Receipt", "context": result["id"]}
    await false.in_vain(
        *((sam, false.step(sam, "Update", {**result, "attributedTo": who}, "receive", known))
          for who in (bob.uri, sam.uri)),
        *((who, false.step(who, "Create", {**paper, "attributedTo": who.uri}, "receipt", known))
          for who in (sam, mary)),
        (mary, false.step(mary, "Update", {**result, "attributedTo": mary.uri}, "cancel", known)),
        (mary, false.note(mary, "receive", known)),
        (mary, false.step(mary, "Reject", result["id"], "decline", known)),
    )  # fmt: skip
    assert await say(sam, false.note(sam, "receive", known)) == ("done", "")


async def test_a_seller_of_our_kind_says_yes_by_an_agreement_and_a_fact_by_an_update(
    home: RigNode, peer: Peer, say: Say
) -> None:
    alice, bob = await home.member("Alice Baker"), await home.member("Bob Joiner")
    ron, mary = peer.person("ron", **OURS), peer.person("mary", **OURS)
    listing, proposal = await sell(home, peer, alice, ron)
    # Another deal of that host, whose ids are taken.
    baskets = await put_up(home, bob)
    begun = Meddler(home, peer, say, bob, peer.uri("contexts"))
    assert await say(mary, begun.note(mary, "ask", [], inReplyTo=home.uris.object(baskets))) == ("done", "")
    rope = terms(10, deposit=Decimal(0))
    deal = await begin(home, alice, listing, terms=rope)
    await home.settle()
    [asked] = await uris(home, deal)
    async with home.reading() as work:
        context = (await work.session.get_one(Deal, deal)).uri
    false = Meddler(home, peer, say, alice, context)
    uri, offered = peer.uri("agreements"), false.offer(proposal, rope, seller=ron.uri, buyer=alice.uri)

    def made(id: str = uri, **more: Any) -> dict[str, Any]:
        own = {name: {**offered[name], "id": f"{id}#{name}"} for name in ("stipulates", "stipulatesReciprocal")}
        return {**offered, **own, "id": id, "attributedTo": ron.uri, **more}

    def yes(**more: Any) -> dict[str, Any]:
        return false.step(ron, "Accept", asked, "accept", [asked], **{"result": made(), **more})

    to_bob = {"to": [bob.uri], "context": peer.uri("contexts")}
    by_mary, for_bob = (false.offer(proposal, rope, seller=ron.uri, buyer=uri) for uri in (mary.uri, bob.uri))
    await false.in_vain(
        (ron, yes(result=made(**{"commensal:terms": terms(10).document()}))),
        (ron, yes(result=made(**{"commensal:termsHash": None}))),
        (ron, yes(result=made(begun.context))),  # the name of another deal
        (ron, yes(result=made("http://other.test/agreements/1"))),
        (mary, {**yes(), "actor": mary.uri}),
        (ron, false.note(ron, "accept", [asked])),
        (ron, false.step(ron, "Undo", {"id": asked, "type": "Offer"}, "withdraw", [asked])),
        # About what neither of ours put up nor is offered to one of ours.
        (mary, false.step(mary, "Offer", by_mary, "quote", [], **to_bob)),
        (ron, false.step(ron, "Offer", for_bob, "quote", [], **to_bob)),
        *((ron, false.step(ron, "Offer", for_bob, "quote", [], **{**to_bob, "commensal:counterOffer": True, "to": to}))
          for to in ([], [mary.uri], [bob.uri, alice.uri])),
    )  # fmt: skip
    assert await say(ron, yes()) == ("done", "")
    known = await uris(home, deal)
    assert (await state(home, deal))[0] == machine.AGREED
    paper = {"type": "Document", "id": peer.uri(), "name": "Receipt", "context": uri, "attributedTo": mary.uri}
    await false.in_vain(
        *((ron, false.step(ron, "Update", made(), verb, known)) for verb in ("invoice", "receipt", "quote", "accept")),
        *((ron, false.note(ron, verb, known)) for verb in ("invoice", "credit", "receipt")),
        (ron, false.step(ron, "Update", made(attributedTo=mary.uri), "deliver", known)),
        (ron, false.step(ron, "Update", made(**{"commensal:termsHash": "0" * 64}), "deliver", known)),
        (ron, false.step(ron, "Update", made(peer.uri("agreements")), "deliver", known)),
        (ron, false.step(ron, "Create", paper, "receipt", known)),
        (ron, false.step(ron, "Create", {**paper, "attributedTo": ron.uri}, "receipt", known)),
        # Nobody begins a deal under the name of this agreement.
        (mary, {**begun.note(mary, "ask", [], inReplyTo=home.uris.object(await put_up(home, bob)),
                             context=peer.uri("contexts")), "context": uri}),
    )  # fmt: skip
    assert await say(ron, false.step(ron, "Update", made(), "deliver", known)) == ("done", "")


async def test_a_yes_that_comes_much_too_late_and_a_receipt_that_is_none(home: RigNode, peer: Peer, say: Say) -> None:
    alice, ron = await home.member("Alice Baker"), peer.person("ron", **OURS)
    listing, _ = await sell(home, peer, alice, ron)
    gift = Terms("EUR", (Line("Hemp rope", Decimal(3), 0),), valid_until=home.time.now + timedelta(days=1))
    deal = await begin(home, alice, listing, terms=gift)
    await home.settle()
    in_time = home.time.now.isoformat()
    false = Meddler(home, peer, say, alice, (await seen(home, alice, deal)).uri)
    uri = peer.uri("agreements")

    async def yes(**more: Any) -> tuple[Person, dict[str, Any]]:
        offered = peer.activities("Offer")[-1]
        made = {**offered["object"], "id": uri, "attributedTo": ron.uri}
        made["stipulates"] = {**made["stipulates"], "id": f"{uri}#primary"}
        known = await uris(home, deal)
        return ron, false.step(ron, "Accept", offered["id"], "accept", known, result=made, **more)

    home.time.forward(days=9)
    await false.in_vain(await yes(published=in_time))
    # Nor do they say yes to themselves.
    known, asked = await uris(home, deal), peer.activities("Offer")[-1]["object"]
    quoted = false.step(ron, "Offer", asked, "quote", known, **{"commensal:counterOffer": True})
    assert await say(ron, quoted) == ("done", "")
    _, said = await yes()
    await false.in_vain((ron, {**said, "object": quoted["id"]}))
    await take(home, alice, deal, "quote", terms=replace(gift, valid_until=None))
    await home.settle()
    _, said = await yes()
    assert await say(ron, said) == ("done", "")
    delivered = false.step(ron, "Update", said["result"], "deliver", await uris(home, deal))
    assert await say(ron, delivered) == ("done", "")
    known = await uris(home, deal)
    paper = {"type": "Document", "id": peer.uri(), "name": "Receipt", "context": uri, "attributedTo": ron.uri}
    await false.in_vain(
        (ron, false.step(ron, "Create", paper, "receipt", known)),
        (ron, false.step(ron, "Update", said["result"], "receipt", known)),
        (ron, false.note(ron, "receipt", known)),
    )


async def test_who_is_kept_away_or_gone_is_not_dealt_with(home: RigNode, bob: Member, peer: Peer, say: Say) -> None:
    sam, mary = peer.person("sam", **OURS), peer.person("mary", **OURS)
    listing = await put_up(home, bob)
    carrier = home.uris.object(listing)
    false = Meddler(home, peer, say, bob, peer.uri("contexts"))
    assert await say(sam, false.note(sam, "ask", [], inReplyTo=carrier)) == ("done", "")
    deal = await only_deal(home)
    offered = false.offer(home.uris.proposal(listing), terms(10), seller=bob.uri, buyer=sam.uri)
    known = await uris(home, deal)
    async with home.writing() as work:
        people = [await work.session.scalar(sa.select(Actor).where(Actor.uri == uri)) for uri in (bob.uri, sam.uri)]
        await blocks.block(work, *people)
    await false.in_vain((sam, false.note(sam, "ask", known)), (sam, false.step(sam, "Offer", offered, "quote", known)))
    for column in ("gone_at", "suspended_at"):
        async with home.writing() as work:
            setattr(await work.session.get_one(Actor, bob.actor_id), column, work.now)
        begun = Meddler(home, peer, say, bob, peer.uri("contexts"))
        await begun.in_vain((mary, begun.note(mary, "ask", [], inReplyTo=carrier)))
        async with home.writing() as work:
            setattr(await work.session.get_one(Actor, bob.actor_id), column, None)
