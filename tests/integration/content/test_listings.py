"""Offers and asks: how they go out, how they are found, and how they end."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from node.actors.model import Actor
from node.associations.model import Association, Vouch
from node.errors import Conflict, Gone, Invalid, NotFound
from node.ids import new_id
from node.listings import copies, queries, service
from node.listings.queries import Filter
from node.listings.service import Draft
from node.money import Money
from node.posts import queries as posts
from node.posts import service as notes
from node.posts.model import Post
from schemas.note import Note
from support.nodes import RigNode
from support.said import activities, told

TABLE = Draft(
    purpose="offer",
    title="Oak meeting table, 10 seats",
    text="Seasoned **oak**, #eiche",
    terms="price",
    price=Money(190000, "EUR"),
    quantity=Decimal(3),
    place="Malmö",
)


async def publish(node: RigNode, author: Actor, draft: Draft = TABLE, **values: object) -> Post:
    async with node.writing() as work:
        fields = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
        return await service.publish(work, author, Draft(**(fields | values)))


async def found(node: RigNode, **wanted: object) -> list[int]:
    async with node.reading() as work:
        return [view.id for view in await queries.newest(work, None, Filter(**wanted))]


async def wire(node: RigNode) -> Note:
    """The last thing said, as another node reads it."""
    return Note.read((await activities(node))[-1]["object"])


async def test_a_listing_is_a_readable_note_with_a_proposal_inside(node: RigNode, member, clock) -> None:
    alice = await member("alice")
    post = await publish(node, alice, expires_at=clock() + timedelta(days=30), language="en")
    sent = (await activities(node))[-1]
    note = sent["object"]
    assert (sent["type"], note["type"], "name" in note, "summary" in note) == ("Create", "Note", False, False)
    assert note["content"].startswith(
        "<p><strong>Offer: Oak meeting table, 10 seats</strong><br>"
        "1 900 EUR – 3 available – Malmö – until 2026-06-03</p>"
        "<p>Seasoned <strong>oak</strong>"
    )
    assert f'<a href="{post.url}">' in note["content"]
    link, proposal = note["attachment"]
    assert link["href"] == proposal["id"] == f"{post.uri}/proposal"
    assert proposal["reciprocal"]["resourceQuantity"] == {"hasUnit": "one", "hasNumericalValue": "1900.00"}
    assert proposal["publishes"]["availableQuantity"]["hasNumericalValue"] == "3"
    assert {tag["name"] for tag in note["tag"]} == {"#offer", "#eiche", "#business"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": " "}, "title"),
        ({"purpose": "gift"}, "purpose"),
        ({"price": None}, "price"),
        ({"terms": "barter"}, "barter"),
        ({"category": "love"}, "category"),
        ({"quantity": Decimal(0)}, "quantity"),
        ({"minimum": Decimal(4)}, "minimum"),
        ({"text": "x" * 5001}, "text"),
    ],
)
async def test_what_cannot_be_listed(node: RigNode, member, values, field) -> None:
    alice = await member("alice")
    with pytest.raises(Invalid) as refusal:
        await publish(node, alice, **values)
    assert set(refusal.value.fields) == {field}


async def test_the_end_lies_ahead(node: RigNode, member, clock) -> None:
    alice = await member("alice")
    for end in (clock(), clock() + timedelta(days=400)):
        with pytest.raises(Invalid):
            await publish(node, alice, expires_at=end)


async def test_found_by_words_filters_and_place(node: RigNode, member) -> None:
    alice, carol = await member("alice"), await member("carol")
    table = await publish(node, alice)
    ask = await publish(node, carol, purpose="request", title="60 Brotkörbe", text="Weide", terms="open", price=None,
                        place="Lübeck", category="help")  # fmt: skip
    assert await found(node) == [ask.id, table.id]
    assert await found(node, purpose="offer") == [table.id]
    assert await found(node, category="help") == [ask.id]
    assert await found(node, terms="price") == [table.id]
    assert await found(node, text="BROTKORBE") == [ask.id]
    assert await found(node, text="seasoned oa") == [table.id]
    assert await found(node, place="malmo") == [table.id]
    assert await found(node, author_id=carol.id) == [ask.id]
    assert await found(node, text="...") == []
    async with node.reading() as work:
        assert await queries.count(work, None, Filter()) == 2


async def test_filter_by_the_association_that_vouches(node: RigNode, member, remote) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    guild = await remote("office", "b.test", kind="organization", name="Makers' Guild")
    await publish(node, alice)
    copy = await receive(node, bob, await wire(node))
    async with node.writing() as work:
        work.session.add(
            Vouch(id=new_id(work.now), uri="https://b.test/v/1", issuer_id=guild.id, subject_id=bob.id,
                  since=work.now, confirmed_at=work.now)
        )  # fmt: skip
    assert await found(node, association_id=guild.id) == [copy.id]
    async with node.reading() as work:
        assert await queries.associations(work) == [(guild.id, "Makers' Guild")]
        view = await queries.one(work, None, copy.id)
        assert (view.author.association, view.path) == ("Makers' Guild", f"/posts/{copy.id}")


async def receive(
    node: RigNode, author: Actor, said: Note, number: int = 1, *, is_recruitment_based: bool | None = None
) -> Post | None:
    """What one of ours said, as if ``author`` elsewhere had said it."""
    uri = f"https://{author.host}/notes/{number}"
    proposal = said.proposal and replace(said.proposal, id=f"{uri}/proposal", recruitment=is_recruitment_based)
    said = replace(said, id=uri, url=None, attributed_to=author.uri, proposal=proposal)
    async with node.writing() as work:
        return await copies.mirror(work, author, said)


async def test_a_copy_has_all_that_matters(node: RigNode, member, remote) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    original = await publish(node, alice, is_negotiable=True, category="service", minimum=Decimal(2))
    copy = await receive(node, bob, await wire(node))
    async with node.reading() as work:
        ours, theirs = await queries.one(work, None, original.id), await queries.one(work, None, copy.id)
    for name in ("purpose", "title", "category", "terms", "price", "currency", "is_negotiable", "quantity", "minimum",
                 "place", "state", "summary", "lens"):  # fmt: skip
        assert getattr(ours, name) == getattr(theirs, name), name
    async with node.writing() as work:
        await copies.forget(work, bob, await work.session.get(Post, copy.id))
    assert await found(node, text="oak") == [original.id]


async def test_sold_and_open_again(node: RigNode, member, remote, clock) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    post = await publish(node, alice)
    copy = await receive(node, bob, await wire(node))
    clock.forward(minutes=1)
    async with node.writing() as work:
        await service.mark_sold(work, alice, post.id)
        await service.mark_sold(work, alice, post.id)
    sent = (await activities(node))[-1]
    assert len(await activities(node)) == 2
    assert "SOLD" in sent["object"]["content"]
    assert sent["object"]["attachment"][-1]["publishes"]["availableQuantity"]["hasNumericalValue"] == "0"
    assert await found(node) == [copy.id]
    await receive(node, bob, await wire(node))
    assert await found(node) == []
    clock.forward(minutes=1)
    async with node.writing() as work:
        await service.reopen(work, alice, post.id)
        with pytest.raises(Conflict):
            await service.reopen(work, alice, post.id)
    await receive(node, bob, await wire(node))
    assert await found(node) == [copy.id, post.id]


async def test_revised_by_its_author_alone(node: RigNode, member, clock) -> None:
    alice, carol = await member("alice"), await member("carol")
    post = await publish(node, alice)
    clock.forward(minutes=1)
    draft = Draft(purpose="offer", title="Oak table", terms="gift")
    async with node.writing() as work:
        with pytest.raises(NotFound):
            await service.revise(work, carol, post.id, draft)
    async with node.writing() as work:
        await service.revise(work, alice, post.id, draft)
    note = await wire(node)
    assert note.proposal is not None
    assert (note.proposal.name, note.proposal.price, note.proposal.terms) == ("Oak table", None, "gift")
    assert await found(node, text="meeting") == []


async def test_withdrawn_is_gone(node: RigNode, member) -> None:
    alice = await member("alice")
    post = await publish(node, alice)
    async with node.writing() as work:
        await service.withdraw(work, alice, post.id)
    assert [item["type"] for item in await activities(node)] == ["Create", "Delete"]
    assert await found(node, only_open=False) == []
    async with node.reading() as work:
        with pytest.raises(Gone):
            await queries.one(work, None, post.id)
        assert (await service.of_post(work, post.id)).title == ""


async def test_what_runs_out_is_closed_once(node: RigNode, member, remote, clock) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    post = await publish(node, alice, expires_at=clock() + timedelta(days=3))
    copy = await receive(node, bob, await wire(node))
    async with node.reading() as work:
        assert [view.id for view in await queries.expiring(work, alice.id)] == [post.id]
    clock.forward(days=3)
    assert await found(node) == []
    async with node.writing() as work:
        assert await service.expire(work) == 2
    async with node.writing() as work:
        assert await service.expire(work) == 0
    assert [item["type"] for item in await activities(node)] == ["Create", "Update"]
    assert await told(node, alice) == ["listing_expired"]
    assert await found(node, only_open=False) == [copy.id, post.id]
    async with node.writing() as work:
        await service.reopen(work, alice, post.id)
    assert await found(node) == [post.id]


@pytest.mark.parametrize(
    ("policy", "is_taken", "is_seen"), [("show", True, True), ("hide", True, False), ("refuse", False, False)]
)
async def test_listings_that_live_on_recruiting(node: RigNode, member, remote, policy, is_taken, is_seen) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    async with node.writing() as work:
        work.session.add(Association(actor_id=alice.id, recruitment_policy=policy))
    if is_taken:
        post = await publish(node, alice, is_recruitment_based=True)
        assert (await found(node) == [post.id]) is is_seen
        async with node.reading() as work:
            assert (await queries.one(work, alice.id, post.id)).is_recruitment_based  # to its author always
    else:
        with pytest.raises(Invalid) as refusal:
            await publish(node, alice, is_recruitment_based=True)
        assert "is_recruitment_based" in refusal.value.fields
        await publish(node, alice)
    copy = await receive(node, bob, await wire(node), is_recruitment_based=True)
    assert copy is not None
    assert (copy.id in await found(node)) is is_seen
    async with node.reading() as work:
        assert (copy.id in [view.id for view in await posts.views(work, None, [copy.id])]) is is_seen


async def test_born_of_a_post(node: RigNode, member) -> None:
    alice, carol = await member("alice"), await member("carol")
    async with node.writing() as work:
        source = await notes.publish(work, carol, notes.Draft(text="Anyone tired of baskets?", lens="social"))
        secret = await notes.publish(work, carol, notes.Draft(text="hush", visibility="followers"))
    ask = await publish(node, alice, purpose="request", born_of_id=source.id)
    assert ask.born_of_id == source.id
    assert ask.context == source.context
    assert await told(node, carol) == ["born_of"]
    assert (await publish(node, alice, born_of_id=secret.id)).born_of_id is None
