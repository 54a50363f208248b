"""Pages of offers and asks, without JavaScript: everything a listing can say, searches that tell, what one keeps."""

from datetime import timedelta

import pytest

from federation.acquaintance import Acquaintance
from node.deals.machine import NotNow
from node.listings import queries
from node.members import service as members
from node.members.service import Entry
from support.deals import take
from support.nodes import Nodes, RigNode

BREAD = {
    "purpose": "offer",
    "title": "Sourdough loaves",
    "terms": "price",
    "price": "4.50",
    "currency": "EUR",
    "unit": "loaf",
    "tax_rate": "5,5 %",
    "barter": "help with the orchard",
    "industry": "Bäckerei",
    "tags": "rye flour, organic",
    "delivery": "both",
    "serves_km": "25",
    "place": "Malmö",
    "variant-0-name": "small",
    "variant-0-quantity": "3",
    "variant-1-name": "large",
    "variant-1-price": "7",
    "variant-1-quantity": "0",
}


@pytest.fixture
async def home(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_a_listing_with_all_it_can_say(home: RigNode, clock) -> None:
    alice, carol = await home.member("Alice Baker"), await home.member("Carol Cook")
    at_alice, at_carol = await home.logged_in(alice), await home.logged_in(carol)
    refused = await at_alice.submit(
        "/listings/new", BREAD | {"industry": "coffee", "tax_rate": "900", "variant-1-name": "small"}
    )
    assert refused.status == 422
    assert "10.83 Coffee roaster, 46.37 Coffee" in refused.text
    assert "Give the tax in per cent" in refused.text
    assert refused.form("/listings/new").fields["variant-1-price"] == ["7"], "what was typed is still there"
    page = await at_alice.submit("/listings/new", BREAD)
    assert page.status == 200
    for words in (
        "€4.50 per loaf", "without tax; with 5.5 % tax €4.75", "Or in return: help with the orchard", "3 left",
        "sold out", "€7.00", "Malmö, up to 25 km around", "Collected or delivered", "10.71 Bakery",
        "#ryeflour", "Extend it",
    ):  # fmt: skip
        assert words in page.text, words
    assert "One way so far" not in page.text
    path = page.path
    edit = await at_alice.open(page.link("Edit"))
    fields = edit.form("/edit").fields
    assert (fields["industry"], fields["tags"]) == (["10.71 Bakery"], ["organic, ryeflour"])
    assert (fields["variant-0-name"], fields["variant-1-price"]) == (["small"], ["7"])
    plain = {"barter": "", "variant-0-quantity": "0", "variant-1-name": "", "variant-1-price": "",
             "variant-1-quantity": "", "industry": "xyzzy"}  # fmt: skip
    odd = await at_alice.submit(edit.path, plain)
    assert odd.status == 422
    assert "We do not know this industry" in odd.text
    changed = await at_alice.submit(edit.path, plain | {"industry": ""})
    assert "One way so far: it asks for nothing that would help you too" in changed.text
    assert "This is gone." in changed.text

    seen = await at_carol.open(path)
    assert "One way so far: nothing but the price" in seen.text
    assert (await at_carol.submit(path, {}, action="/keep")).path.startswith(path)
    assert "Sourdough loaves" in (await at_carol.open("/listings/kept")).text
    await at_carol.submit(path, {}, action="/put-back")
    assert "You keep nothing yet." in (await at_carol.open("/listings/kept")).text


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_one_press_extends_what_ends_soon(home: RigNode, clock) -> None:
    alice = await home.member("Alice Baker")
    browser = await home.logged_in(alice)
    page = await browser.submit("/listings/new", BREAD | {"expires_at": f"{clock() + timedelta(days=20):%Y-%m-%d}"})
    clock.forward(days=19)
    await home.settle()
    news = await browser.open("/notifications")
    assert "Your listing ends soon" in news.text
    key = page.path.rpartition("/")[2]
    assert (await browser.open("/today")).form("/extend").action == f"/listings/{key}/extend"
    extended = await browser.submit("/notifications", {}, action="/extend")
    assert extended.path == page.path
    assert "23 July 2026" in extended.text, "sixty days after its end"


async def test_ten_seventy_one_finds_the_bakers_here_and_elsewhere_and_a_saved_search_tells(
    two_nodes: tuple[RigNode, RigNode], clock
) -> None:
    here, there = two_nodes
    alice, bob = await here.member("Alice Baker"), await there.member("Bob Oven")
    at_alice, at_bob = await here.logged_in(alice), await there.logged_in(bob)
    async with here.writing() as work:
        await members.revise_profile(work, alice.actor_id, entries={"trade": Entry("Bakery")})
    await at_bob.submit("/settings/profile", {"trade": "Bäckerei"}, action="/settings/profile")
    found = await here.worker.directory.find("@bob@b.test")
    await Acquaintance(here, here.worker.directory).meet(found.uri)
    people = await at_alice.open("/directory?q=10.71")
    assert "Alice Baker" in people.text
    assert "Bob Oven" in people.text

    bakers = "/listings?q=bakery&industry=10.71&purpose=offer"
    saved = await at_alice.submit(bakers, {"name": "Bakers"}, action="/listings/saved")
    assert "10.71 Bakery" in saved.text
    empty = await at_alice.submit("/listings?q=x", {"name": " "}, action="/listings/saved")
    assert empty.status == 422
    assert empty.form("/listings/saved").fields["q"] == ["x"]
    await at_alice.submit("/@bob@b.test", {}, action="/follow")
    await here.settle()
    await at_bob.submit("/listings/new", BREAD)
    await there.settle()
    clock.forward(minutes=2)
    await here.settle()
    news = await at_alice.open("/notifications")
    assert "Something new fits what you look for" in news.text
    assert "1 came since" in (await at_alice.open("/listings/saved")).text
    copy = await at_alice.open((await at_alice.open("/listings?industry=C")).link("Sourdough loaves"))
    for words in ("without tax; with 5.5 % tax €4.75", "sold out", "10.71 Bakery", "up to 25 km around"):
        assert words in copy.text
    await at_alice.submit("/listings/saved", {}, action="/delete")
    assert "No search is saved." in (await at_alice.open("/listings/saved")).text


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_recruiting_is_refused_plainly_and_what_comes_from_elsewhere_is_kept_with_its_reason(
    two_nodes: tuple[RigNode, RigNode],
) -> None:
    here, there = two_nodes
    alice, bob = await here.member("Alice Baker", role="officer"), await there.member("Bob Oven", role="officer")
    at_alice, at_bob = await here.logged_in(alice), await there.logged_in(bob)
    refused = await at_alice.submit("/listings/new", BREAD | {"is_recruitment_based": "yes"})
    assert refused.status == 422
    assert "does not list offers whose income depends on recruiting others" in refused.text
    assert "Nothing is kept out of sight." in (await at_alice.open("/office/hidden")).text
    await at_bob.submit("/office/association", {"recruitment": "show"}, action="/office/association")
    found = await here.worker.directory.find("@bob@b.test")
    await Acquaintance(here, here.worker.directory).meet(found.uri)
    await at_alice.submit("/@bob@b.test", {}, action="/follow")
    await here.settle()
    await at_bob.submit("/listings/new", BREAD | {"is_recruitment_based": "yes"})
    await there.settle()
    assert "Sourdough loaves" not in (await at_alice.open("/listings")).text
    hidden = await at_alice.open("/office/hidden")
    assert "Sourdough loaves" in hidden.text
    assert "it says itself that its income depends on recruiting others" in hidden.text
    await at_alice.submit("/office/association", {"recruitment": "show"}, action="/office/association")
    shown = await at_alice.open((await at_alice.open("/listings")).link("Sourdough loaves"))
    assert "The income depends on recruiting others." in shown.text


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_a_variant_is_ordered_at_its_price_taken_from_its_own_number_and_given_back(home: RigNode) -> None:
    alice, carol, dora = [await home.member(name) for name in ("Alice Baker", "Carol Cook", "Dora Dean")]
    at_alice, at_carol, at_dora = [await home.logged_in(each) for each in (alice, carol, dora)]
    bread = BREAD | {"variant-1-quantity": "2", "tax_rate": "", "variant-2-name": "sold", "variant-2-quantity": "0"}
    listing = int((await at_alice.submit("/listings/new", bread)).path.rpartition("/")[2])
    form = await at_carol.open(f"/deals/new?listing={listing}")
    assert "large – €7.00" in form.text
    deals = []
    for browser in (at_carol, at_dora):
        page = await browser.submit(
            f"/deals/new?listing={listing}", {"quantity": "2", "variant": "large", "do": "order"}, action="/deals/new"
        )
        assert "Sourdough loaves – large" in page.text
        assert "€14.00" in page.text
        deals.append(int(page.path.rpartition("/")[2]))
    await take(home, alice, deals[0], "accept")
    async with home.reading() as work:
        view = await queries.one(work, alice.actor_id, listing)
    assert (view.quantity, [variant.quantity for variant in view.variants]) == (3, [3, 0, 0])
    with pytest.raises(NotNow, match="others were faster"):
        await take(home, alice, deals[1], "accept")
    await take(home, alice, deals[0], "cancel", words="The oven is broken.")
    async with home.reading() as work:
        view = await queries.one(work, alice.actor_id, listing)
    assert (view.quantity, [variant.quantity for variant in view.variants]) == (5, [3, 2, 0])
