"""What it yields: counted by month from deals and answers, in bands, and never of fewer than five."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.deals.model import Deal
from node.ids import new_id
from node.insights import bands, yields
from node.listings import service as listings
from node.listings.service import Draft
from node.posts import service as posts
from node.work import Writing
from support.nodes import Nodes, RigNode

UTC_ZONE = ZoneInfo("UTC")


async def deal(work: Writing, seller: Actor, buyer: Actor, total: int, at: datetime, **values: object) -> None:
    id = new_id(at)
    fields: dict[str, object] = {
        "id": id, "uri": f"http://a.test/deals/{id}", "proposal_uri": "http://a.test/p", "title": "Baskets",
        "seller_id": seller.id, "buyer_id": buyer.id, "owner": "seller", "state": "completed", "currency": "EUR",
        "total": total, "created_at": at, "changed_at": at, "completed_at": at,
    }  # fmt: skip
    work.session.add(Deal(**(fields | values)))


async def said(node: RigNode, author: Actor, lens: str = "social") -> int:
    async with node.writing() as work:
        return (await posts.publish(work, author, posts.Draft(text="Baskets fall apart", lens=lens))).id


async def put_up(node: RigNode, author: Actor, title: str, purpose: str = "request", **values: object) -> int:
    async with node.writing() as work:
        return (await listings.publish(work, author, Draft(purpose=purpose, title=title, **values))).id  # type: ignore[arg-type]


async def test_a_member_sees_their_months_from_the_first_word_to_the_receipt(node: RigNode, member, remote) -> None:
    alice, bob = await member("alice"), await member("bob")
    sam = await remote("sam", "b.test")
    post = await said(node, bob)
    business = await said(node, bob, "business")
    ask = await put_up(node, alice, "60 baskets", born_of_id=post)
    offer = await put_up(node, bob, "Baskets", "offer", born_of_id=ask)
    from_business = await put_up(node, bob, "Shelves", "offer", born_of_id=business)
    last_month = node.clock() - timedelta(days=30)
    async with node.writing() as work:
        await deal(work, bob, alice, 84000, node.clock(), listing_id=offer)
        await deal(work, bob, sam, 1000, node.clock(), listing_id=from_business)
        await deal(work, bob, sam, 99, last_month, born_of_id=post)
        await deal(work, bob, alice, 5000, node.clock(), state="agreed", completed_at=None)
        await deal(work, bob, alice, 5000, node.clock() - timedelta(days=900))
        await deal(work, alice, sam, 70000, node.clock(), currency="JPY")
        await deal(work, bob, alice, 0, node.clock(), listing_id=ask, state="declined", completed_at=None)
    async with node.writing() as work:
        await posts.publish(work, await work.session.get_one(Actor, bob.id), posts.Draft(text="I weave", parent_id=ask))
    async with node.reading() as work:
        [this, before, *others] = await yields.of_member(work, bob.id, UTC_ZONE)
        of_alice = await yields.of_member(work, alice.id, UTC_ZONE, 1)
    assert (this.begins, before.begins, len(others)) == (date(2026, 5, 1), date(2026, 4, 1), 0)
    assert (this.answered, this.deals, this.from_talk) == (1, 2, 1), "a word and a deal about one ask are one answer"
    assert this.values == (yields.Value("EUR", 500, 1000),)
    assert (before.deals, before.from_talk, before.values) == (1, 1, (yields.Value("EUR", 0, 100),))
    assert of_alice[0].values == (yields.Value("EUR", 500, 1000), yields.Value("JPY", 50000, 100000))
    lines = [line async for line in yields.deals_of(node, bob.id)]
    assert [line[1:] for line in lines][-1] == ("Baskets", "@sam@b.test", "seller", "EUR", "10.00", "no")
    assert len(lines) == 4, "also what is too long ago for the page"


@pytest.mark.parametrize("fewest", [4, 5])
async def test_of_four_members_there_is_too_little_to_show_and_of_five_enough(
    node: RigNode, member, remote, fewest: int
) -> None:
    sam = await remote("sam", "b.test")
    people = [await member(name) for name in ("ann", "ben", "cat", "dan", "eve")]
    post = await said(node, people[0])
    for number in range(3):
        await put_up(node, people[0], f"Ask {number}", born_of_id=post if number else None)
    ask = await put_up(node, people[0], "60 baskets")
    async with node.writing() as work:
        for one in people[:fewest]:
            await deal(work, one, sam, 10000, node.clock(), born_of_id=post)
            await deal(work, one, sam, 0, node.clock(), listing_id=ask, state="declined", completed_at=None)
        await deal(work, people[0], sam, 5, node.clock(), currency="SEK", born_of_id=post)
    async with node.reading() as work:
        this, *_ = await yields.of_association(work, UTC_ZONE)
    assert (this.listings, this.listings_from_talk) == (4, 2)
    if fewest == 5:
        assert (this.answered, this.deals, this.from_talk) == (1, 6, 6)
        assert this.values == (yields.Value("EUR", 500, 1000),), "nor what only one has in another currency"
    else:
        assert (this.answered, this.deals, this.from_talk, this.values) == (None, None, None, None)
        assert list(yields.lines([this])) == [("2026-05", "4", "2", "", "", "", "")]


def test_bands_have_no_gaps_and_money_without_cents_is_counted_as_it_is() -> None:
    assert bands.band(0, "EUR") == (0, 100)
    assert bands.band(9999, "EUR") == (0, 100)
    assert bands.band(10000, "EUR") == (100, 500)
    assert bands.band(10**12, "EUR") == (100_000, None)
    assert bands.band(5000, "JPY") == (0, 10000)
    assert bands.band(150_000, "BHD") == (100, 500)
    assert bands.told(3, [1, 2, 3]) is None
    assert bands.told(3, [1, 2, 3, 4, 5, 5]) == 3
    assert bands.told(0, []) == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_the_pages_and_the_tables_to_take_along(nodes: Nodes, database: str) -> None:
    a = await nodes.start("c.test")
    alice, ingrid = await a.member("Alice Baker"), await a.member("Ingrid Officer", role="officer")
    at_alice, at_ingrid = await a.logged_in(alice), await a.logged_in(ingrid)
    assert "See what fits you" in (await at_alice.open("/yields")).text
    async with a.writing() as work:
        one, two = await work.session.get_one(Actor, alice.actor_id), await work.session.get_one(Actor, ingrid.actor_id)
        for number in range(230):
            title = '=HYPERLINK("http://x")' if number % 2 else '@cmd, "quoted"'
            await deal(work, one, two, 84000, a.clock(), title=title)
    page = await at_alice.open("/yields")
    assert "100,000 or more EUR" in page.text
    table = await at_alice.open("/yields.csv", accept="text/csv")
    rows = table.body.decode("utf-8-sig").splitlines()
    assert (len(rows), rows[0].split(",")[0]) == (231, "completed")
    assert "'=HYPERLINK" in rows[2]
    assert '"\'@cmd, ""quoted"""' in rows[1]
    assert (await at_alice.open("/office/yields")).status == 403
    assert (await at_alice.open("/office/yields.csv")).status == 403
    office = await at_ingrid.open("/office/yields")
    assert "too few to show" in office.text
    assert "230" not in office.text
    assert (await at_ingrid.open("/office/yields.csv", accept="text/csv")).body.count(b"\n") == 2
    async with a.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(Deal)) == 230
