"""A deal between two associations: each step one signed activity, the same history and hash on both sides."""

from decimal import Decimal

import orjson
import pytest

from federation.verification import Verifier
from node.deals import machine, queries
from support.deals import (
    begin,
    copy_of,
    left,
    put_up,
    seen,
    terms,
)
from support.market import Market, ask, between, offer
from support.nodes import RigNode
from support.said import activities
from support.strict import complaints


@pytest.fixture
async def market(two_nodes: tuple[RigNode, RigNode]) -> Market:
    return await between(*two_nodes)


async def test_an_ask_is_answered_agreed_paid_delivered_and_receipted(market: Market) -> None:
    await ask(market)
    await market.alice_does("ask", words="Could it be 50?")
    assert (await market.both()).state == machine.QUOTED
    await market.bob_does("quote", terms=terms(50))
    await market.settle()
    assert await market.alice_does("agree") == machine.AGREED
    agreed = await market.both()
    assert (agreed.state, agreed.money.total, len(agreed.terms_hash)) == (machine.AGREED, 84000, 64)
    assert agreed.agreement_uri == market.a.uris.agreement(market.here)
    await market.bob_does("invoice_deposit")
    await market.settle()
    await market.alice_does("claim_paid", words="By bank, today.")
    await market.settle()
    await market.bob_does("confirm_paid")
    await market.bob_does("deliver")
    await market.settle()
    await market.alice_does("receive")
    await market.settle()
    await market.bob_does("invoice")
    await market.settle()
    await market.alice_does("claim_paid")
    await market.settle()
    await market.bob_does("confirm_paid")
    assert await market.bob_does("receipt") == machine.COMPLETED
    done = await market.both()
    assert [step.verb for step in done.steps] == [
        "quote", "ask", "quote", "accept", "invoice_deposit", "claim_paid", "confirm_paid", "deliver", "receive",
        "invoice", "claim_paid", "confirm_paid", "receipt",
    ]  # fmt: skip
    assert [step.amount for step in done.steps if step.amount] == [25200, 25200, 58800, 58800]
    assert (done.money.paid, done.money.due, done.state) == (84000, 0, machine.COMPLETED)
    assert len((await seen(market.a, market.alice, market.here)).papers) == 3
    said = [*await activities(market.a), *await activities(market.b)]
    assert [wrong for one in said if (wrong := complaints(one))] == []
    inner = [one["object"] for one in said if one["actor"] == market.alice.uri and one["type"] == "Create"]
    notes = [note["content"] for note in inner if note["to"] == [market.bob.uri]]
    named = (
        '<p><span class="h-card"><a href="http://b.test/@bob" class="u-url mention">@<span>bob</span></a></span></p>'
    )
    assert notes and all(note.startswith(named) for note in notes)


async def who_agrees_to_the_owners_terms_is_answered_by_the_owners_node(market: Market) -> None:
    listing = await offer(market)
    await market.bob_does("quote", terms=terms(60))
    await market.settle()
    await market.alice_does("quote", terms=terms(50))
    await market.settle()
    await market.bob_does("quote", terms=terms(50))
    await market.settle()
    assert await market.alice_does("agree") == machine.ORDERED
    agreed = await market.both()
    assert agreed.state == machine.AGREED
    assert [step.verb for step in agreed.steps] == ["ask", "quote", "quote", "quote", "agree", "accept"]
    assert await left(market.b, listing) == (Decimal(50), "open")
    copy = await copy_of(market.a, market.b, listing)
    assert await left(market.a, copy) == (Decimal(50), "open")


async def declined_and_taken_back(market: Market) -> None:
    await offer(market)
    await market.bob_does("quote", terms=terms(60))
    await market.settle()
    await market.alice_does("decline", words="Too dear for us.")
    assert (await market.both()).state == machine.DECLINED
    other = await put_up(market.b, market.bob, title="Ash baskets")
    await market.settle()
    await begin(market.a, market.alice, await copy_of(market.a, market.b, other), terms=terms(5))
    await market.meet()
    await market.alice_does("withdraw")
    assert (await market.both()).state == machine.WITHDRAWN


async def cancelled_refunded_credited_disputed_and_settled(market: Market) -> None:
    listing = await offer(market, quantity=60)
    await market.bob_does("quote", terms=terms(60))
    await market.settle()
    await market.alice_does("agree")
    await market.settle()
    assert await left(market.b, listing) == (Decimal(0), "sold")
    await market.bob_does("invoice_deposit")
    await market.bob_does("confirm_paid")
    await market.settle()
    await market.alice_does("dispute", words="Nobody has called us for three weeks.")
    assert (await market.both()).money.disputed_by == "buyer"
    await market.alice_does("settle")
    await market.bob_does("cancel", words="The willow was bad.")
    await market.bob_does("credit")
    await market.bob_does("refund")
    over = await market.both()
    assert (over.state, over.money.refunded, over.money.credited) == (machine.CANCELLED, 30240, 30240)
    assert [step.verb for step in over.steps if step.is_crossed] == []
    assert await left(market.b, listing) == (Decimal(60), "open")


async def steps_that_cross_end_alike(market: Market) -> None:
    listing = await offer(market)
    # Both suggest something at the same time: whoever put it up is heard.
    await market.alice_does("quote", terms=terms(10))
    await market.bob_does("quote", terms=terms(20))
    crossed = await market.both()
    assert [(step.verb, step.role) for step in crossed.steps if step.is_crossed] == [("quote", "buyer")]
    assert crossed.terms == terms(20)
    await market.alice_does("quote", terms=terms(12))
    await market.settle()
    # Alice takes it back while Bob says yes: the yes stands.
    await market.alice_does("withdraw")
    await market.bob_does("accept")
    agreed = await market.both()
    assert (agreed.state, agreed.terms) == (machine.AGREED, terms(12))
    assert [step.verb for step in agreed.steps][-2:] == ["accept", "withdraw"]
    # She cancels while he delivers: what has moved is not cancelled by the buyer.
    await market.alice_does("cancel")
    await market.bob_does("deliver")
    delivered = await market.both()
    assert (delivered.state, delivered.steps[-1].verb, delivered.steps[-1].is_crossed) == (
        machine.AGREED,
        "cancel",
        True,
    )
    assert await left(market.b, listing) == (Decimal(88), "open")


async def each_step_is_evidence_that_both_hold(market: Market) -> None:
    await offer(market)
    await market.bob_does("quote", terms=terms(60))
    await market.settle()
    await market.alice_does("agree")
    await market.settle()
    async with market.a.reading() as work:
        hers = await queries.evidence(work, market.alice.actor_id, market.here)
    async with market.b.reading() as work:
        his = await queries.evidence(work, market.bob.actor_id, market.there)
    assert [(step.uri, step.body) for step in hers] == [(step.uri, step.body) for step in his]
    assert len(hers) == 4
    verifier = Verifier(market.a, market.a.worker.directory)
    for step, at_her, at_him in zip(hers, hers, his, strict=True):
        document = orjson.loads(step.body)
        assert (await verifier.prove(document)).uri == step.by == document["actor"]
        kept = at_her.signature or at_him.signature  # by whoever it came to
        assert (at_her.signature is None) != (at_him.signature is None)
        assert kept is not None
        node = market.a if at_her.signature else market.b
        headers = [(name, value) for name, value in kept["headers"]]
        signer = await Verifier(node, node.worker.directory).verify(
            kept["method"], kept["target"], headers, step.body.encode()
        )
        assert signer.uri == step.by


async def what_is_said_of_a_deal_is_for_the_two_alone(market: Market) -> None:
    await offer(market)
    await market.bob_does("quote", terms=terms(60))
    await market.settle()
    said = [activity for activity in await activities(market.b) if activity["type"] == "Offer"]
    assert {uri for activity in said for uri in activity["to"]} == {market.alice.uri}
    assert all("cc" not in activity for activity in said)


async def test_other_ways_a_deal_can_go(market: Market) -> None:
    for way in (
        who_agrees_to_the_owners_terms_is_answered_by_the_owners_node,
        declined_and_taken_back,
        cancelled_refunded_credited_disputed_and_settled,
        steps_that_cross_end_alike,
        each_step_is_evidence_that_both_hold,
        what_is_said_of_a_deal_is_for_the_two_alone,
    ):
        await way(market)
        market.a.time.forward(minutes=1)  # the newest deal is the last changed
