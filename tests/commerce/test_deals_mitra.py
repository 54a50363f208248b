"""A subscription at Mitra: its proposal is a listing, its agreement is read and answered, without money of ours."""

from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from federation.acquaintance import Acquaintance
from federation.lookup import fetch_post
from node.deals import machine
from node.deals.terms import Line, Terms
from node.listings.model import Listing
from node.money import NO_CURRENCY
from node.posts.model import Post
from support.deals import begin, endings, seen
from support.inbound import recorded
from support.nodes import Nodes
from support.peer import Peer

SECONDS = Line("Pay for subscription", Decimal(60000), 0, unit="second")


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_a_subscription_is_offered_agreed_and_paid(nodes: Nodes, peer: Peer) -> None:
    home = await nodes.start("a.test")
    alice = await home.member("Alice Baker")
    peer.software = "mitra"
    seller = peer.person("alice")
    names = {"https://mitra.test": peer.base, "https://alpha.test/ap/actors/alice": alice.uri}
    proposal = recorded("mitra/proposal.json", **names)
    peer.documents[urlsplit(proposal["id"]).path] = proposal
    inbox = f"{home.base}/ap/inbox"
    await home.worker.directory.actor(seller.uri)
    await Acquaintance(home, home.worker.directory).meet(seller.uri)
    listing = await fetch_post(home, home.worker.directory, proposal["id"])
    assert listing is not None
    async with home.reading() as work:
        kept = await work.session.get_one(Listing, listing)
        assert (kept.title, kept.purpose, kept.terms, kept.unit) == (
            "Pay for subscription",
            "offer",
            "barter",
            "second",
        )
        assert kept.proposal_uri == proposal["id"]
        shown = (await work.session.get_one(Post, listing)).content
        assert shown.startswith("<p><strong>Offer: Pay for subscription</strong><br>in return for caip:19:monero")
    terms = Terms(NO_CURRENCY, (SECONDS,), in_return="1200000000 piconero")
    deal = await begin(home, alice, listing, terms=terms)
    await home.settle()
    offer = peer.activities("Offer")[-1]
    assert offer["object"]["stipulates"]["satisfies"] == proposal["publishes"]["id"]
    assert offer["object"]["stipulates"]["resourceQuantity"] == {"hasUnit": "second", "hasNumericalValue": "60000"}
    assert offer["object"]["stipulatesReciprocal"] == {
        "type": "Commitment",
        "satisfies": proposal["reciprocal"]["id"],
        "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "1200000000"},
    }
    said = {**names, "https://alpha.test/OFFER": offer["id"]}
    for name in ("accept-agreement", "update-agreement", "add-subscriber"):
        assert (await peer.send(seller, inbox, recorded(f"mitra/{name}.json", **said))).status == 202
        await home.settle()
    assert [state for state, _ in (await endings(home))[-3:]] == ["done", "done", "ignored"]
    view = await seen(home, alice, deal)
    assert (view.via, view.state, view.agreement_uri) == (
        "plain",
        machine.AGREED,
        f"{peer.base}/objects/agreements/edc374aa-8580-4a58-9404-f3e783bf8556",
    )
    assert view.steps[-1].words == "caip:10:monero:418015bb:8xyz"
    # The same with another amount is no answer to what was offered.
    other = recorded("mitra/accept-agreement.json", **said)
    other["id"] += "9"
    other["result"]["stipulatesReciprocal"]["resourceQuantity"]["hasNumericalValue"] = "1200000001"
    await peer.send(seller, inbox, other)
    await home.settle()
    assert (await endings(home))[-1][0] == "refused"
