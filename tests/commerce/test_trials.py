"""Test offers: an even split, the same variant for the same visitor, and never more reserved than there are."""

import asyncio
import re
from collections import Counter
from datetime import timedelta

import pytest

from node.actors.model import Actor
from node.errors import Conflict
from node.listings import queries as listings
from node.listings import wire
from node.trials import queries, service
from node.trials.service import Draft, Variant
from schemas.note import Note
from schemas.proposal import Proposal
from support.nodes import Member, Nodes, RigNode
from support.peer import Peer

BOTH = (Variant("Bread by bicycle", "Warm, at seven.", 500), Variant("Bread by bicycle", "Warm, at seven.", 700))


@pytest.fixture
async def home(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


async def put_up(node: RigNode, member: Member, quantity: int = 20) -> int:
    async with node.writing() as work:
        actor = await work.session.get_one(Actor, member.actor_id)
        draft = Draft("Bread in the morning", BOTH, quantity, work.now + timedelta(days=7))
        return (await service.publish(work, actor, draft)).post_id


async def test_twenty_visitors_are_split_evenly_and_see_the_same_again(home: RigNode) -> None:
    id = await put_up(home, await home.member("Alice Baker"))
    seen: dict[int, str] = {}
    for again in range(2):
        for number in range(20):
            async with home.writing() as work:
                variant = await service.visit(work, id, f"browser {number}")
            assert not again or seen[number] == variant
            seen[number] = variant
    assert Counter(seen.values()) == {"a": 10, "b": 10}


async def test_a_browser_sees_one_price_and_somebody_elsewhere_reserves_by_a_link(home: RigNode, peer: Peer) -> None:
    alice, bob, mara = await home.member("Alice Baker"), await home.member("Bob Joiner"), peer.person("mara")
    id = await put_up(home, alice)
    visitor = await home.visitor()
    first = await visitor.open(f"/tests/{id}")
    price = re.search(r"€[57]\.00", first.text)
    assert price is not None
    assert price[0] in (await visitor.open(f"/tests/{id}")).text
    # The listing itself gives no variant away, and leads to the test, here and at other nodes.
    listing = await visitor.open(f"/posts/{id}")
    assert "€" not in listing.text
    assert "Look at it and reserve one" in listing.text
    note = (await peer.get(home.uris.object(id))).json
    proposal = next(entry for entry in note["attachment"] if entry["type"] == "Proposal")
    assert proposal["commensal:test"] == f"{home.base}/tests/{id}"
    elsewhere = Note.read({**note, "id": "http://b.test/1", "attributedTo": "http://b.test/bob"})
    for given, known in (("http://b.test/tests/1", "http://b.test/tests/1"), ("http://c.test/1", None), (7, None)):
        assert wire.read(elsewhere, Proposal.read({**proposal, "commensal:test": given})).test_url == known

    await visitor.submit(f"/tests/{id}", {"address": "@mara@p.test"}, action="/link$", button="Send me the link")
    await home.settle()
    note = peer.activities("Create")[-1]["object"]
    found = re.search(r'href="http://a\.test(/tests/by-link/[^"]+)"', note["content"])
    assert found is not None
    page = await visitor.submit(found[1], {}, action="/tests/by-link/", button="Reserve one")
    assert "You have reserved one." in page.text

    browser = await home.logged_in(bob)
    assert (
        "You have reserved one."
        in (await browser.submit(f"/tests/{id}", {}, action="/reserve$", button="Reserve one")).text
    )
    owner = await home.logged_in(alice)
    page = await owner.open(f"/tests/{id}")
    assert "How your test does" in page.text
    assert "p.test" in page.text
    page = await owner.send(page, page.form("/offer$"))
    async with home.reading() as work:
        offer = await listings.one(work, None, id)
    assert (offer.title, offer.price, offer.state) == ("Bread by bicycle", 500, "open")
    assert mara.uri


async def test_three_are_there_and_twenty_want_one(home: RigNode) -> None:
    id = await put_up(home, await home.member("Alice Baker"), quantity=3)
    people = [await home.member(name) for name in ("Bob", "Carol", "Dan", "Eve", "Fay", "Gus", "Hal", "Ida")]

    async def want(member: Member) -> bool:
        async with home.writing() as work:
            try:
                await service.reserve(work, await work.session.get_one(Actor, member.actor_id), id)
            except Conflict:
                return False
        return True

    got = await asyncio.gather(*(want(member) for member in [*people, *people]))
    async with home.reading() as work:
        trial = await queries.one(work, None, id)
    assert trial.left == 0
    assert sum(got[:8]) <= 3
    winners = {place for place, has in enumerate(got) if has}
    assert len({place % 8 for place in winners}) == 3
