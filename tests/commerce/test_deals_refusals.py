"""Steps that the other side's node does not take: who took them is told, and both hold the same again."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from node.deals import hearing, machine
from node.deals.queries import DealView
from node.notifications.model import Notification
from node.papers.model import Paper
from schemas.agreement import NOT_TAKEN
from support.deals import (
    BASKETS,
    begin,
    copy_of,
    count,
    endings,
    left,
    only_deal,
    put_up,
    seen,
    shown,
    steps,
    take,
    terms,
)
from support.market import Market, between
from support.nodes import Nodes, RigNode
from support.peer import Peer

on_sqlite = pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)


def standing(view: DealView) -> dict[str, Any]:
    """What counts of a deal: all but the steps that were not taken."""
    return shown(replace(view, steps=tuple(step for step in view.steps if step.refusal is None)))


async def same(market: Market) -> DealView:
    await market.settle()
    mine, theirs = await seen(market.a, market.alice, market.here), await seen(market.b, market.bob, market.there)
    assert standing(mine) == standing(theirs)
    return theirs


async def test_a_step_that_was_not_taken_is_seen_and_does_not_count(
    two_nodes: tuple[RigNode, RigNode], monkeypatch: pytest.MonkeyPatch
) -> None:
    market = await between(*two_nodes)
    listing = await put_up(market.b, market.bob, BASKETS)
    await market.settle()
    await begin(market.a, market.alice, await copy_of(market.a, market.b, listing), terms=terms(60))
    await market.meet()
    with monkeypatch.context() as clocks:
        clocks.setattr(hearing, "_AHEAD", -timedelta(days=1))
        await market.bob_does("accept")
        await market.bob_does("invoice")
        assert await left(market.b, listing) == (Decimal(40), "open")
        view = await same(market)
    assert (view.state, view.agreement_uri) == (machine.QUOTED, None)
    assert [(step.verb, step.refusal) for step in view.steps] == [
        ("quote", None),
        ("accept", "It is said to come from the future: a clock is wrong."),
        ("invoice", "It is said to come from the future: a clock is wrong."),
    ]
    assert await left(market.b, listing) == (Decimal(100), "open")
    async with market.b.reading() as work:
        told = sa.select(sa.func.count()).where(Notification.kind == "deal_not_taken")
        assert await work.session.scalar(told) == 2
    page = await (await market.b.logged_in(market.bob)).open(f"/deals/{market.there}")
    assert page.text.count("This was not taken where Alice Baker lives") == 2
    # It is done once more, and the paper that was numbered is the one that goes out.
    await market.bob_does("accept")
    await market.settle()
    await market.bob_does("invoice")
    view = await same(market)
    assert (view.state, view.money.invoiced, await count(market.b, Paper)) == (machine.AGREED, True, 1)
    assert await left(market.b, listing) == (Decimal(40), "open")


@on_sqlite
async def test_what_could_not_be_delivered_goes_out_with_the_next_step(nodes: Nodes) -> None:
    market = await between(await nodes.start("a.test"), await nodes.start("b.test"))
    listing = await put_up(market.b, market.bob, BASKETS)
    await market.settle()
    await begin(market.a, market.alice, await copy_of(market.a, market.b, listing), terms=terms(60))
    await market.meet()
    await market.a.stop()
    await market.bob_does("accept")
    for _ in range(40):
        await market.b.settle()
        market.b.time.forward(days=1)
    view = await seen(market.b, market.bob, market.there)
    assert [step.arrival for step in view.steps] == ["", "lost"]
    await market.a.serve()
    await market.bob_does("ask", words="Are you there again?")
    market.b.time.forward(days=1)
    view = await same(market)
    assert (view.state, [step.arrival for step in view.steps]) == (machine.AGREED, ["", "", ""])


@on_sqlite
async def test_nobody_takes_back_by_refusing(nodes: Nodes, peer: Peer) -> None:
    home = await nodes.start("a.test")
    bob, sam, mary = await home.member("Bob Joiner"), peer.person("sam"), peer.person("mary")
    listing = await put_up(home, bob, tax_rate=Decimal(20))
    proposal, inbox = home.uris.proposal(listing), f"{home.base}/ap/inbox"

    def offer(amount: str, unit: str = "one") -> dict[str, Any]:
        return {
            "type": "Agreement",
            "stipulates": {"type": "Commitment", "satisfies": f"{proposal}#primary",
                           "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "2"}},
            "stipulatesReciprocal": {"type": "Commitment", "satisfies": f"{proposal}#reciprocal",
                                     "resourceQuantity": {"hasUnit": unit, "hasNumericalValue": amount}},
        }  # fmt: skip

    async def say(who: Any, kind: str, of: Any, **more: Any) -> str:
        await peer.send(who, inbox, peer.activity(who, kind, of, to=[bob.uri], **more))
        await home.settle()
        return (await endings(home))[-1][0]

    # Who offers what cannot be taken is told why, once.
    assert await say(sam, "Offer", offer("33.60", "USD")) == "refused"
    [told] = peer.activities("Reject")
    assert (told[NOT_TAKEN], told["content"]) == (True, "<p>it is another currency</p>")
    await say(sam, "Offer", offer("33.60"))
    deal = await only_deal(home)
    await take(home, bob, deal, "accept")
    await home.settle()
    accept = peer.activities("Accept")[-1]["id"]
    for who in (mary, sam):
        assert await say(who, "Reject", (await steps(home, deal))[0].activity_uri, **{NOT_TAKEN: True}) == "refused"
    assert await say(mary, "Reject", accept, **{NOT_TAKEN: True}) == "refused"
    # Once they have gone on from it, it stands.
    note = {"type": "Note", "id": peer.uri(), "attributedTo": sam.uri, "content": "Thank you.", "to": [bob.uri],
            "context": home.uris.agreement(deal)}  # fmt: skip
    assert await say(sam, "Create", note) == "done"
    assert await say(sam, "Reject", accept, **{NOT_TAKEN: True}) == "refused"
    view = await seen(home, bob, deal)
    assert (view.state, [step.refusal for step in view.steps]) == (machine.AGREED, [None] * 3)
    assert len(peer.activities("Reject")) == 1
