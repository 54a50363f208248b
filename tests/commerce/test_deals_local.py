"""Deals between two members of one association: every step once, by whom it belongs to, and the stock."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.deals import machine, queries
from node.deals.machine import NotNow
from node.deals.model import Deal, DealStep
from node.errors import Conflict, Forbidden, Invalid, NotFound
from node.listings import service as listings
from node.notifications.model import Notification
from node.work import Writing
from support.deals import begin, left, put_up, seen, take, terms
from support.nodes import Nodes, RigNode


@pytest.fixture
async def node(nodes: Nodes) -> RigNode:
    """One association with its office."""
    return await nodes.start("a.test")


async def test_from_the_question_to_the_receipt(node: RigNode) -> None:
    alice, bob = await node.member("Alice Baker"), await node.member("Bob Joiner")
    listing = await put_up(node, bob)
    deal = await begin(node, alice, listing, words="Could you make 60 by October?")
    assert (await seen(node, bob, deal)).possible == {"ask", "quote", "decline"}
    await take(node, bob, deal, "quote", terms=terms(60), words="Gladly.")
    assert await take(node, alice, deal, "quote", terms=terms(50)) == machine.QUOTED
    await take(node, bob, deal, "quote", terms=terms(50))
    assert await take(node, alice, deal, "agree") == machine.AGREED  # the owner's node answers by itself
    assert await left(node, listing) == (Decimal(50), "open")
    for who, verb in (
        (bob, "invoice_deposit"),
        (alice, "claim_paid"),
        (bob, "confirm_paid"),
        (bob, "deliver"),
        (alice, "receive"),
        (bob, "invoice"),
        (alice, "claim_paid"),
        (bob, "confirm_paid"),
    ):
        await take(node, who, deal, verb)
    assert await take(node, bob, deal, "receipt") == machine.COMPLETED
    for who in (alice, bob):
        view = await seen(node, who, deal)
        assert [step.verb for step in view.steps] == [
            "ask", "quote", "quote", "quote", "agree", "accept", "invoice_deposit", "claim_paid", "confirm_paid",
            "deliver", "receive", "invoice", "claim_paid", "confirm_paid", "receipt",
        ]  # fmt: skip
        assert [step.amount for step in view.steps if step.amount] == [25200, 25200, 58800, 58800]
        assert (view.money.total, view.money.paid, view.money.due, len(view.papers)) == (84000, 84000, 0, 3)
        assert all(step.is_signed for step in view.steps)
    async with node.reading() as work:
        kinds = await work.session.scalars(
            sa.select(Notification.kind).where(Notification.account_id == alice.account_id).order_by(Notification.id)
        )
        assert [kind for kind in kinds if kind.startswith("deal_")] == [
            "deal_quoted", "deal_quoted", "deal_agreed", "deal_paper", "deal_paid", "deal_delivered", "deal_paper",
            "deal_paid", "deal_done",
        ]  # fmt: skip
        assert [line.id for line in await queries.between(work, alice.actor_id, bob.actor_id, only_completed=True)] == [
            deal
        ]


async def test_a_third_person_finds_nothing(node: RigNode) -> None:
    alice, bob, carol = [await node.member(name) for name in ("Alice Baker", "Bob Joiner", "Carol Admin")]
    deal = await begin(node, alice, await put_up(node, bob), words="How long do they last?")
    with pytest.raises(NotFound):
        await seen(node, carol, deal)
    with pytest.raises(NotFound):
        await take(node, carol, deal, "decline")
    async with node.reading() as work:
        assert await queries.mine(work, carol.actor_id) == []
        with pytest.raises(NotFound):
            await queries.evidence(work, carol.actor_id, deal)


async def test_a_form_pressed_twice_is_taken_once_and_talk_goes_on_in_one_deal(node: RigNode) -> None:
    alice, bob = await node.member("Alice Baker"), await node.member("Bob Joiner")
    listing = await put_up(node, bob)
    first = await begin(node, alice, listing, terms=terms(10), key="one")
    assert await begin(node, alice, listing, terms=terms(10), key="one") == first
    assert await begin(node, alice, listing, terms=terms(20), key="two") == first
    await take(node, bob, first, "accept", key="yes")
    assert await take(node, bob, first, "accept", key="yes") == machine.AGREED
    assert len((await seen(node, alice, first)).steps) == 3
    assert await begin(node, alice, listing, terms=terms(5)) != first


async def test_a_yes_is_to_what_is_on_the_table_by_whom_it_belongs_to(node: RigNode) -> None:
    alice, bob = await node.member("Alice Baker"), await node.member("Bob Joiner")
    listing = await put_up(node, bob)
    deal = await begin(node, alice, listing, terms=terms(10))
    for who, verb, more in ((bob, "accept", {"terms": terms(11)}), (alice, "agree", {}), (alice, "accept", {})):
        with pytest.raises(NotNow):
            await take(node, who, deal, verb, **more)
    with pytest.raises(Invalid):
        await take(node, alice, deal, "quote", terms=terms(-1))
    with pytest.raises(Invalid):
        await begin(node, bob, listing, words="To myself?")
    assert (await seen(node, alice, deal)).state == machine.QUOTED
    assert await left(node, listing) == (Decimal(100), "open")


async def test_what_is_cancelled_gives_the_stock_back(node: RigNode) -> None:
    alice, bob = await node.member("Alice Baker"), await node.member("Bob Joiner")
    listing = await put_up(node, bob, quantity=Decimal(10))
    deal = await begin(node, alice, listing, terms=terms(10))
    await take(node, bob, deal, "accept")
    assert await left(node, listing) == (Decimal(0), "sold")
    with pytest.raises((Conflict, NotFound)):
        await begin(node, alice, listing, words="One more?")
    await take(node, bob, deal, "invoice")
    await take(node, bob, deal, "confirm_paid")
    with pytest.raises(NotNow):
        await take(node, alice, deal, "cancel")
    await take(node, bob, deal, "cancel", words="The willow was bad.")
    assert await left(node, listing) == (Decimal(10), "open")
    await take(node, bob, deal, "credit")
    await take(node, bob, deal, "refund")
    view = await seen(node, alice, deal)
    assert (view.state, view.money.refunded, view.money.credited) == (machine.CANCELLED, 84000 // 5, 84000 // 5)
    with pytest.raises(NotNow):
        await take(node, bob, deal, "refund", amount=1)


async def test_eight_yeses_and_three_baskets_make_three_agreements(node: RigNode) -> None:
    bob = await node.member("Bob Joiner")
    listing = await put_up(node, bob, quantity=Decimal(3))
    buyers = [await node.member(f"Buyer{number} Baker") for number in range(8)]
    deals = [await begin(node, buyer, listing, words="One for me?") for buyer in buyers]
    for deal in deals:
        await take(node, bob, deal, "quote", terms=terms(1))
    states = await asyncio.gather(
        *(take(node, buyer, deal, "agree") for buyer, deal in zip(buyers, deals, strict=True))
    )
    assert sorted(states) == [machine.AGREED] * 3 + [machine.DECLINED] * 5
    assert await left(node, listing) == (Decimal(0), "sold")
    told = await seen(node, buyers[states.index(machine.DECLINED)], deals[states.index(machine.DECLINED)])
    assert "Others were faster" in told.steps[-1].words


async def test_twenty_identical_orders_at_once_make_one_agreement(node: RigNode) -> None:
    alice, bob = await node.member("Alice Baker"), await node.member("Bob Joiner")
    listing = await put_up(node, bob, quantity=Decimal(3))
    deals = await asyncio.gather(*(begin(node, alice, listing, terms=terms(1), key="order") for _ in range(20)))
    assert len(set(deals)) == 1

    async def accept() -> str:
        try:
            return await take(node, bob, deals[0], "accept")
        except NotNow:
            return "too late"

    answers = await asyncio.gather(*(accept() for _ in range(20)))
    assert sorted(answers) == [machine.AGREED] + ["too late"] * 19
    assert await left(node, listing) == (Decimal(2), "open")
    async with node.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(Deal)) == 1
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(DealStep)) == 2


async def test_who_is_blocked_or_shut_out_begins_nothing(node: RigNode) -> None:
    from node.blocks import service as blocks

    alice, bob = await node.member("Alice Baker"), await node.member("Bob Joiner")
    listing = await put_up(node, bob)
    deal = await begin(node, alice, listing, words="May I ask?")

    async def block(work: Writing) -> None:
        people = [await work.session.get_one(Actor, who.actor_id) for who in (bob, alice)]
        await blocks.block(work, *people)

    async with node.writing() as work:
        await block(work)
    with pytest.raises(Forbidden):
        await take(node, alice, deal, "ask", words="Hello?")
    with pytest.raises(NotFound):
        await begin(node, alice, listing, words="May I ask?")
    assert await take(node, bob, deal, "decline") == machine.DECLINED


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_what_is_over_or_gone_is_not_dealt_in(node: RigNode) -> None:
    alice, bob = await node.member("Alice Baker"), await node.member("Bob Joiner")
    ends_at = node.time.now + timedelta(days=2)
    ends, gone = await put_up(node, bob, expires_at=ends_at), await put_up(node, bob, quantity=None)
    deal = await begin(node, alice, gone, words="How long do they last?")
    await take(node, bob, deal, "quote", terms=terms(2))
    for _ in range(3):  # from three pages at once
        await take(node, bob, deal, "quote", terms=terms(3))
    assert [step.verb for step in (await seen(node, bob, deal)).steps] == ["ask", "quote", "quote"]
    async with node.writing() as work:
        await listings.mark_sold(work, await work.session.get_one(Actor, bob.actor_id), gone)
    assert await take(node, alice, deal, "agree") == machine.DECLINED
    # Its time is over, whether the housekeeping has seen it or not.
    node.time.forward(days=3)
    with pytest.raises(Conflict, match="no longer to be had"):
        await begin(node, alice, ends, words="Still there?")
    other = await begin(node, alice, await put_up(node, bob), terms=terms(1))
    async with node.writing() as work:
        (await work.session.get_one(Actor, bob.actor_id)).gone_at = work.now
    with pytest.raises(Conflict, match="no longer there"):
        await take(node, alice, other, "ask", words="Hello?")
    assert (await seen(node, alice, other)).possible == {"withdraw"}
    page = await (await node.logged_in(alice)).open(f"/deals/{other}")
    assert "Bob Joiner is no longer there." in page.text
