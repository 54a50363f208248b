"""Listings with all they can say: variants, tax, tags, area, delivery, ends that are extended; and saved searches."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from node.accounts.model import Account
from node.actors.model import Actor
from node.associations.model import Association
from node.bookmarks import service as bookmarks
from node.errors import Conflict, Invalid, NotFound
from node.listings import copies, queries, rules, searches, service
from node.listings.queries import Filter
from node.listings.rules import EVERYWHERE, Variant
from node.listings.service import Draft
from node.money import Money
from node.posts.model import Post
from schemas.note import Note
from schemas.proposal import Proposal
from support.nodes import RigNode
from support.said import activities, told

BREAD = Draft(
    purpose="offer",
    title="Sourdough loaves",
    text="Baked at five.",
    terms="price",
    price=Money(450, "EUR"),
    barter="help with the orchard",
    unit="loaf",
    tax_rate=Decimal("5.5"),
    industry="10.71",
    tags=("rye flour", "#Organic", "2026"),
    delivery="both",
    serves_km=25,
    place="Malmö",
    language="en",
    variants=(Variant("small", 450, Decimal(3)), Variant("large <b>", 700, Decimal(0))),
)


async def publish(node: RigNode, author: Actor, draft: Draft = BREAD, **values: object) -> Post:
    async with node.writing() as work:
        return await service.publish(work, author, replace(draft, **values))


async def found(node: RigNode, **wanted: object) -> list[int]:
    async with node.reading() as work:
        return [view.id for view in await queries.newest(work, None, Filter(**wanted))]


async def copy_of(node: RigNode, author: Actor, number: int = 1, **values: object) -> Post:
    """What was said here last, as if ``author`` elsewhere had said it."""
    said = Note.read((await activities(node))[-1]["object"])
    uri = f"https://{author.host}/notes/{number}"
    assert said.proposal is not None
    proposal = replace(said.proposal, id=f"{uri}/proposal", **values)
    async with node.writing() as work:
        copy = await copies.mirror(work, author, replace(said, id=uri, attributed_to=author.uri, proposal=proposal))
    assert copy is not None
    return copy


async def test_everything_said_goes_out_and_comes_back(node: RigNode, member, remote) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    post = await publish(node, alice)
    note = (await activities(node))[-1]["object"]
    assert note["content"].startswith(
        "<p><strong>Offer: Sourdough loaves</strong><br>4.50 EUR / loaf + 5.5% tax, or in return for help with the "
        "orchard – 3 available – collection in Malmö or delivered, up to 25 km around</p>"
        "<ul><li>small: 4.50 EUR</li><li>large &lt;b&gt;: 7 EUR (sold out)</li></ul><p>Baked at five.</p>"
    )
    assert [tag["name"] for tag in note["tag"]] == ["#business", "#offer", "#organic", "#ryeflour"]
    assert note["content"].count('rel="tag"') == 3, "the lens is no word of theirs"
    proposal = note["attachment"][-1]
    assert proposal["publishes"]["resourceConformsTo"] == "http://data.europa.eu/ux2/nace2/1071"
    assert proposal["reciprocal"]["resourceQuantity"]["hasNumericalValue"] == "4.50"
    assert {name: value for name, value in proposal.items() if name.startswith("commensal:")} == {
        "commensal:category": "goods",
        "commensal:terms": "price",
        "commensal:taxRate": "5.5",
        "commensal:industry": "10.71",
        "commensal:delivery": "both",
        "commensal:servesKm": 25,
        "commensal:inReturn": "help with the orchard",
        "commensal:variants": [
            {"name": "small", "commensal:price": "4.50",
             "availableQuantity": {"hasUnit": "loaf", "hasNumericalValue": "3"}},
            {"name": "large <b>", "commensal:price": "7.00",
             "availableQuantity": {"hasUnit": "loaf", "hasNumericalValue": "0"}},
        ],
    }  # fmt: skip
    copy = await copy_of(node, bob)
    async with node.reading() as work:
        ours, theirs = await queries.one(work, None, post.id), await queries.one(work, None, copy.id)
    assert (ours.quantity, ours.is_two_way) == (Decimal(3), True)
    assert ours.tags == ("organic", "ryeflour")
    for name in (
        "tax_rate",
        "industry",
        "delivery",
        "serves_km",
        "barter",
        "quantity",
        "variants",
        "tags",
        "is_two_way",
    ):
        assert getattr(ours, name) == getattr(theirs, name), name
    both = [copy.id, post.id]
    assert await found(node, industry="10.71") == await found(node, industry="C") == both
    assert await found(node, text="10.71") == await found(node, text="bakery") == await found(node, text="Brot") == both
    assert await found(node, tag="Organic", delivery="delivery") == both
    assert await found(node, industry="31.09") == await found(node, tag="oak") == []


async def test_everywhere_is_in_every_place(node: RigNode, member) -> None:
    alice = await member("alice")
    post = await publish(node, alice, serves_km=EVERYWHERE, place="")
    assert await found(node, place="Lyon") == [post.id]
    assert "everywhere" in (await activities(node))[-1]["object"]["content"]


@pytest.mark.parametrize(
    "odd",
    [
        {"commensal:variants": ["a", {"name": ""}, {"name": 5}, {"name": "x", "commensal:price": "-1"}, {"name": "X"}]},
        {"commensal:variants": [{"name": f"n{i}" * 99, "commensal:price": "1e9"} for i in range(99)]},
        {"commensal:taxRate": "900", "commensal:servesKm": "far", "commensal:delivery": "drone"},
        {"commensal:taxRate": "NaN", "commensal:servesKm": -3, "commensal:industry": "99.99"},
        {"commensal:servesKm": 10**30, "commensal:industry": {"a": 1}, "commensal:inReturn": ["x" * 5000]},
        {"commensal:servesKm": True, "publishes": {"type": "Intent", "resourceConformsTo": ["http://data.europa.eu/"]}},
    ],
)  # fmt: skip
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_nonsense_from_elsewhere_is_left_out(node: RigNode, member, remote, odd: dict[str, object]) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    await publish(node, alice)
    document = (await activities(node))[-1]["object"]
    proposal = Proposal.read(document["attachment"][-1] | odd)
    copy = await copy_of(node, bob, **{name: getattr(proposal, name) for name in (
        "variants", "tax_rate", "serves_km", "delivery", "industry", "in_return", "publishes")})  # fmt: skip
    async with node.reading() as work:
        view = await queries.one(work, None, copy.id)
    assert len(view.variants) <= rules.VARIANTS
    assert all(len(one.name) <= rules.VARIANT_LIMIT for one in view.variants)
    assert view.tax_rate in (None, Decimal("5.5"))
    assert view.serves_km in (None, 25, EVERYWHERE)
    assert view.delivery in ("", "both")
    assert len(view.barter) <= 300


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"tax_rate": Decimal(101)}, "tax_rate"),
        ({"industry": "99.99"}, "industry"),
        ({"delivery": "drone"}, "delivery"),
        ({"serves_km": 0}, "serves_km"),
        ({"tags": [f"tag{number}" for number in range(9)]}, "tags"),
        ({"variants": [Variant(""), Variant("a")]}, "variants"),
        ({"variants": [Variant("a"), Variant("A")]}, "variants"),
        ({"variants": [Variant("a", -1)]}, "variants"),
        ({"variants": [Variant(str(number)) for number in range(13)]}, "variants"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_what_cannot_be_listed(node: RigNode, member, values, field) -> None:
    alice = await member("alice")
    with pytest.raises(Invalid) as refusal:
        await publish(node, alice, **values)
    assert set(refusal.value.fields) == {field}


async def test_sold_out_by_itself_and_back_again(node: RigNode, member) -> None:
    alice = await member("alice")
    post = await publish(node, alice)
    out = [Variant("small", 450, Decimal(0)), Variant("huge", 900, Decimal(0))]
    async with node.writing() as work:
        small = (await service.variants_of(work, post.id))[0].id
        await service.revise(work, alice, post.id, replace(BREAD, variants=out))
    async with node.reading() as work:
        view = await queries.one(work, None, post.id)
        assert (view.state, view.quantity) == ("sold", Decimal(0))
        rows = await service.variants_of(work, post.id)
        assert [(row.name, row.id == small) for row in rows] == [("small", True), ("huge", False)]
    assert "SOLD" in (await activities(node))[-1]["object"]["content"]
    async with node.writing() as work:
        await service.revise(work, alice, post.id, replace(BREAD, variants=(), quantity=Decimal(2)))
    async with node.reading() as work:
        view = await queries.one(work, None, post.id)
        assert (view.state, view.quantity, view.variants) == ("open", Decimal(2), ())


async def test_its_author_is_told_once_before_its_end_and_extends_it_in_one_go(node: RigNode, member, clock) -> None:
    alice, carol = await member("alice"), await member("carol")
    post = await publish(node, alice, expires_at=clock() + timedelta(days=30))
    await publish(node, carol, expires_at=clock() + timedelta(days=2))
    forever = await publish(node, carol, expires_at=None)
    clock.forward(days=28)
    for _ in range(2):
        async with node.writing() as work:
            await service.remind(work)
    assert (await told(node, alice), await told(node, carol)) == (["listing_ends"], []), "what is short says so itself"
    async with node.writing() as work:
        await service.extend(work, alice, post.id)
        with pytest.raises(NotFound):
            await service.extend(work, carol, post.id)
        with pytest.raises(Conflict):
            await service.extend(work, carol, forever.id)
    async with node.reading() as work:
        listing = await service.of_post(work, post.id)
        assert listing.expires_at == clock() + timedelta(days=2) + rules.RUNS_FOR
    clock.forward(days=60)
    async with node.writing() as work:
        assert await service.remind(work) == 1, "its new end is another"


async def test_what_serves_both_comes_first_where_a_list_is_ranked(node: RigNode, member) -> None:
    alice = await member("alice")
    two_way = await publish(node, alice)
    gift = await publish(node, alice, terms="gift", barter="")
    for_sale = await publish(node, alice, barter="")
    async with node.reading() as work:
        ranked = await queries.likeliest(work, None, Filter(text="sourdough"), limit=9)
    assert [view.id for view in ranked] == [gift.id, two_way.id, for_sale.id]
    assert [view.is_two_way for view in ranked] == [True, True, False]
    assert await found(node, text="sourdough") == [for_sale.id, gift.id, two_way.id]


async def account_of(node: RigNode, actor: Actor) -> int:
    async with node.reading() as work:
        return (await work.session.scalars(sa.select(Account.id).where(Account.actor_id == actor.id))).one()


async def look(node: RigNode) -> int:
    async with node.writing() as work:
        return await searches.look(work)


async def test_a_saved_search_tells_once_of_each_new_listing_that_fits(node: RigNode, member, remote, clock) -> None:
    alice, carol, bob = await member("alice"), await member("carol"), await remote("bob", "b.test")
    await publish(node, alice)
    account_id = await account_of(node, carol)
    since = clock()
    async with node.writing() as work:
        bread = await searches.save(work, account_id, " Bread  nearby ", {"q": "brot", "industry": "10", "over": "yes"})
        await searches.save(work, account_id, "Organic", {"tag": "Organic", "purpose": "offer", "place": "malmo"})
        await searches.save(work, account_id, "Codes", {"q": "10.71"})
        await searches.save(work, account_id, "Else", {"q": "bicycle"})
        assert (bread.name, bread.wanted) == ("Bread nearby", {"q": "brot", "industry": "10"})
    await look(node)  # what was there before is no news to nobody, and the first look is at it
    async with node.writing() as work:
        await work.session.execute(sa.delete(searches.SavedSearchHit))
        await work.session.execute(sa.delete(searches.Notification))
    clock.forward(minutes=1)
    own = await publish(node, carol, title="My own bread")
    copy = await copy_of(node, bob)
    assert await look(node) == 3
    assert await look(node) == 0
    assert await told(node, carol) == ["search_found"]
    async with node.reading() as work:
        came = await searches.hits(work, account_id, since)
        assert [hit.post_id for hit in came] == [copy.id]
        assert own.id not in [hit.post_id for hit in came]
        listed = await searches.listed(work, account_id)
        assert [(view.name, view.hits) for view in listed] == [
            ("Else", 0), ("Codes", 1), ("Organic", 1), ("Bread nearby", 1),
        ]  # fmt: skip
    async with node.writing() as work:
        with pytest.raises(NotFound):
            await searches.delete(work, account_id + 1, bread.id)
        await searches.delete(work, account_id, bread.id)
    await copy_of(node, bob, 2)
    assert await look(node) == 2


async def test_a_search_says_what_it_looks_for_and_there_are_not_too_many(node: RigNode, member) -> None:
    carol = await member("carol")
    account_id = await account_of(node, carol)
    async with node.writing() as work:
        with pytest.raises(Invalid) as refusal:
            await searches.save(work, account_id, " ", {"purpose": "gift", "association": "x", "q": "\x00"})
        assert set(refusal.value.fields) == {"name", "wanted"}
        for number in range(searches.MOST):
            await searches.save(work, account_id, f"Search {number}", {"q": f"word {number}"})
        with pytest.raises(Conflict):
            await searches.save(work, account_id, "One more", {"q": "more"})


async def test_what_a_member_keeps_is_found_again(node: RigNode, member) -> None:
    alice, carol = await member("alice"), await member("carol")
    first, second = await publish(node, alice), await publish(node, alice, title="Rolls")
    async with node.writing() as work:
        await bookmarks.keep(work, carol.id, second.id)
        await bookmarks.keep(work, carol.id, first.id)
    async with node.reading() as work:
        assert [view.id for view in await queries.kept(work, carol.id)] == [first.id, second.id]
        assert [view.id for view in await queries.kept(work, carol.id, before=first.id)] == [second.id]
        assert await queries.kept(work, alice.id) == []


async def test_what_lives_on_recruiting_is_kept_out_of_sight_and_the_office_sees_why(
    node: RigNode, member, remote
) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    await publish(node, alice)
    async with node.writing() as work:
        work.session.add(Association(actor_id=alice.id, recruitment_policy="refuse"))
    copy = await copy_of(node, bob, recruitment=True)
    assert copy.id not in await found(node)
    async with node.writing() as work:
        assert [view.id for view in await queries.out_of_sight(work)] == [copy.id]
        await work.session.execute(sa.update(Association).values(recruitment_policy="show"))
    async with node.reading() as work:
        assert await queries.out_of_sight(work) == []
    assert copy.id in await found(node)
