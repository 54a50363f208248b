"""The pages of a deal: each step is one press, and nobody else sees any of it."""

from decimal import Decimal

import pytest

from node.actors.model import Actor
from node.listings import service as listings
from node.money import Money
from support.nodes import Member, Nodes, RigNode

pytestmark = pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)

QUOTE = {
    "lines-0-name": "Bread baskets, willow",
    "lines-0-quantity": "60",
    "lines-0-price": "14.00",
    "lines-0-tax": "20",
    "deposit": "30",
    "words": "By October, with pleasure.",
}


@pytest.fixture
async def home(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


async def put_up(node: RigNode, member: Member, purpose: str, **values: object) -> int:
    async with node.writing() as work:
        actor = await work.session.get_one(Actor, member.actor_id)
        draft = listings.Draft(purpose, "60 bread baskets, willow", "By October.", **values)  # type: ignore[arg-type]
        return (await listings.publish(work, actor, draft)).id


async def test_an_ask_is_quoted_changed_agreed_and_carried_out_by_pressing_buttons(home: RigNode) -> None:
    alice, bob, eve = [await home.member(name) for name in ("Alice Baker", "Bob Joiner", "Eve Other")]
    ask = await put_up(home, alice, "request")
    buyer, seller = await home.logged_in(alice), await home.logged_in(bob)

    page = await seller.submit(f"/deals/new?listing={ask}", QUOTE, button="Send the quote")
    assert page.status == 200, page.text
    here = page.path
    assert "€1,008.00" in page.text  # 60 x 14.00 and a fifth on top

    page = await buyer.open("/deals")
    assert "60 bread baskets" in page.text
    await buyer.submit(here, {"words": "Fifty would do."}, button="Send")
    page = await seller.submit(f"{here}/quote", {"lines-0-quantity": "50"}, action="/quote$", button="Send it")
    page = await buyer.open(here)
    assert "€840.00" in page.text
    assert "€252.00" in page.text

    page = await buyer.submit(f"{here}/agree", {}, action="/agree$", button="Yes, I agree")
    assert "Both of you hold the same seal" in page.text
    await seller.submit(f"{here}/invoice_deposit", {}, action="/invoice_deposit$", button="Send the invoice")
    await buyer.submit(f"{here}/claim_paid", {"amount": "252.00"}, action="/claim_paid$", button="I have paid this")
    await seller.submit(
        f"{here}/confirm_paid", {"amount": "252.00"}, action="/confirm_paid$", button="This has arrived"
    )
    await seller.submit(f"{here}/deliver", {}, action="/deliver$", button="It is delivered")
    await buyer.submit(f"{here}/receive", {}, action="/receive$", button="I have it")
    await seller.submit(f"{here}/invoice", {}, action="/invoice$", button="Send the invoice")
    page = await buyer.open(f"{here}/claim_paid")
    assert b'value="588.00"' in page.body
    await buyer.submit(f"{here}/claim_paid", {}, action="/claim_paid$", button="I have paid this")
    await seller.submit(f"{here}/confirm_paid", {}, action="/confirm_paid$", button="This has arrived")
    page = await seller.submit(f"{here}/receipt", {}, action="/receipt$", button="Send the receipt")
    assert "Done: delivered, paid, and receipted." in page.text
    assert "60 bread baskets" in (await buyer.open("/deals?show=done")).text

    stranger = await home.logged_in(eve)
    for path in (here, f"{here}/evidence", f"{here}/agree", f"{here}/quote"):
        assert (await stranger.open(path)).status == 404
    assert "bread baskets" not in (await stranger.open("/deals")).text


async def test_wrong_numbers_are_said_beside_their_fields_and_nothing_is_lost(home: RigNode) -> None:
    alice, bob = await home.member("Alice Baker"), await home.member("Bob Joiner")
    ask = await put_up(home, alice, "request")
    seller = await home.logged_in(bob)
    bad = QUOTE | {"lines-0-quantity": "many", "deposit": "130", "words": "Keep this"}
    page = await seller.submit(f"/deals/new?listing={ask}", bad, button="Send the quote")
    assert page.status == 422
    assert "This is not a number" in page.text
    assert b"Keep this" in page.body
    page = await seller.submit(f"/deals/new?listing={ask}", QUOTE, button="More lines")
    assert page.status == 200
    assert b"lines-3-name" in page.body


async def test_terms_that_changed_while_one_reads_are_not_agreed_to(home: RigNode) -> None:
    alice, bob = await home.member("Alice Baker"), await home.member("Bob Joiner")
    ask = await put_up(home, alice, "request")
    buyer, seller = await home.logged_in(alice), await home.logged_in(bob)
    here = (await seller.submit(f"/deals/new?listing={ask}", QUOTE, button="Send the quote")).path
    reading = await buyer.open(f"{here}/agree")
    await seller.submit(f"{here}/quote", {"lines-0-price": "15.00"}, action="/quote$", button="Send it")
    page = await buyer.send(reading, reading.form("/agree$"))
    assert page.status == 422
    assert "changed while you were reading" in page.text


async def test_an_offer_is_asked_about_or_ordered_at_its_price(home: RigNode) -> None:
    alice, bob = await home.member("Alice Baker"), await home.member("Bob Joiner")
    offer = await put_up(home, bob, "offer", terms="price", price=Money(1400, "EUR"), quantity=Decimal(3))
    buyer, seller = await home.logged_in(alice), await home.logged_in(bob)
    page = await buyer.submit(f"/deals/new?listing={offer}", {"quantity": "4"}, button="Order")
    assert (page.status, "Only 3 are left" in page.text) == (422, True)
    page = await buyer.submit(f"/deals/new?listing={offer}", {"quantity": "2"}, button="Order")
    here = page.path
    assert "€28.00" in page.text
    page = await seller.submit(f"{here}/agree", {}, action="/agree$", button="Yes, I agree")
    assert "Both of you hold the same seal" in page.text
