"""Who is found for whom, told once and never of what they may not read; the page of twenty and twenty."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from node.accounts.model import Account
from node.actors.model import Actor
from node.associations.model import Association
from node.blocks import service as blocks
from node.errands.model import Errand
from node.listings import service as listings
from node.listings.service import Draft
from node.matching import matches, reading, running
from node.matching.matches import MatchView, Twenty
from node.matching.model import ListingReading, ListingWord, Match
from node.members import service as members
from node.members.service import Entry
from node.money import Money
from node.notifications.model import Notification
from node.posts.model import Post, PostMention
from support.nodes import Member, Nodes, RigNode
from support.visitor import Visitor


async def put_up(node: RigNode, who: Member, title: str, purpose: str = "request", **values: object) -> Post:
    async with node.writing() as work:
        author = await work.session.get_one(Actor, who.actor_id)
        return await listings.publish(work, author, Draft(purpose=purpose, title=title, language="en", **values))  # type: ignore[arg-type]


async def now(node: RigNode, who: Member) -> int:
    return await running.match_now(node, who.account_id, who.actor_id)


async def twenty(node: RigNode, who: Member) -> Twenty:
    async with node.reading() as work:
        return await matches.twenty(work, who.account_id, who.actor_id)


async def night(node: RigNode) -> None:
    """Two looks of the housekeeping with a day between them, and what they cause."""
    await node.settle()
    node.time.forward(days=1)
    await node.settle()


async def news(node: RigNode, who: Member) -> list[int | None]:
    async with node.reading() as work:
        found = await work.session.scalars(
            sa.select(Notification.post_id).where(
                Notification.account_id == who.account_id, Notification.kind == "match"
            )
        )
        return list(found)


def titles(found: list[MatchView]) -> list[str]:
    return [match.listing.title for match in found]


async def test_of_fifty_asks_twenty_stand_on_the_page_and_the_twenty_first_comes_up(nodes: Nodes) -> None:
    a = await nodes.start("c.test")
    bob, alice = await a.member("Bob Joiner"), await a.member("Alice Baker")
    await put_up(a, bob, "Willow and ash baskets", "offer", price=Money(1400, "EUR"), terms="price")
    for number in range(50):
        await put_up(a, alice, f"{'Willow baskets' if number % 2 else 'Baskets'} number {number}", place="Malmö")
    visitor = await a.logged_in(bob)
    empty = await visitor.open("/matches")
    assert "Nothing fits yet" in empty.text
    shown = await visitor.send(empty, empty.form("/matches/run"))
    assert len(re.findall('class="match( |")', shown.body.decode())) == 20
    assert shown.text.count("Alice Baker (Association C): looks for “") == 20, "each with its reason"
    assert "30 more are behind these" in shown.text
    found = await twenty(a, bob)
    assert [match.score for match in found.asks] == sorted((match.score for match in found.asks), reverse=True)
    assert all("Willow" in match.listing.title for match in found.asks), "the best first"
    async with a.reading() as work:
        behind = await matches.best(work, bob.account_id, bob.actor_id, "request", 21)
    gone, next_one = found.asks[4], behind[20]
    assert f">{next_one.listing.title}</a>" not in shown.body.decode()
    cleared = await visitor.send(shown, shown.form(f"/matches/{gone.id}/dismiss"))
    assert f">{next_one.listing.title}</a>" in cleared.body.decode()
    assert f">{gone.listing.title}</a>" not in cleared.body.decode()
    assert len((await twenty(a, bob)).asks) == 20
    await now(a, bob)
    assert gone.id not in {match.id for match in (await twenty(a, bob)).asks}, "a new run does not bring it back"
    restored = await visitor.send(cleared, cleared.form(f"/matches/{gone.id}/restore"))
    assert f">{gone.listing.title}</a>" in restored.body.decode()
    assert b"match--new" not in (await visitor.open("/matches")).body, "what was seen is no longer new"


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_an_ask_elsewhere_meets_an_offer_here_in_one_night_and_both_are_told_once(
    two_nodes: tuple[RigNode, RigNode],
) -> None:
    a, b = two_nodes
    alice, bob = await a.member("Alice Baker"), await b.member("Bob Joiner")
    at_alice, at_bob = await a.logged_in(alice), await b.logged_in(bob)
    for visitor, other in ((at_alice, "@bob@b.test"), (at_bob, "@alice@a.test")):
        profile = await visitor.open(f"/search?q={other}")
        await visitor.send(profile, profile.form("/follow"))
    await a.settle()
    await put_up(a, alice, "60 bread baskets, willow, by October", latitude=55.60, longitude=13.00)
    await put_up(b, bob, "Willow and ash baskets", "offer", latitude=55.70, longitude=13.14)
    await night(a)
    for node, who in ((a, alice), (b, bob)):
        assert len(await news(node, who)) == 1
    await night(a)
    for node, who in ((a, alice), (b, bob)):
        assert len(await news(node, who)) == 1, "told once"
    assert "1 thing on the table fits you" in (await at_alice.open("/today")).text
    page = await at_alice.open("/matches")
    assert "table fits you" not in (await at_alice.open("/today")).text
    assert "Bob Joiner (Association B): offers “baskets, willow”, 14 km, speaks English" in page.text
    assert "looks for “baskets, willow”, 14 km" in (await at_bob.open("/matches")).text
    assert "What Alice Baker put up fits you" in (await at_bob.open("/notifications")).text


async def test_nobody_is_shown_what_they_may_not_read_or_wish_to_be_spared(node: RigNode, member, remote) -> None:
    bob = await member("bob")
    async with node.writing() as work:
        work.session.add(Association(actor_id=bob.id, recruitment_policy="hide"))
    people = {name: await member(name) for name in ("blocked", "muted", "suspended", "recruits", "alone", "welcome")}
    who = Member("bob", bob.uri, bob.id, await _account(node, bob))
    await put_up(node, who, "Willow baskets", "offer")
    for actor in people.values():
        is_recruiting = actor.username == "recruits"
        await put_up(
            node, Member(actor.username, actor.uri, actor.id, 0), f"Baskets for {actor.username}",
            is_recruitment_based=is_recruiting,
        )  # fmt: skip
    async with node.writing() as work:
        for_him = (await work.session.scalars(sa.select(Post).where(Post.author_id == people["alone"].id))).one()
        for_him.visibility = "direct"
        work.session.add(PostMention(post_id=for_him.id, actor_id=bob.id))
        await blocks.block(work, bob, people["blocked"])
        await blocks.mute(work, bob, people["muted"])
        (await work.session.get_one(Actor, people["suspended"].id)).suspended_at = work.now
    assert await now(node, who) == 1
    assert titles((await twenty(node, who)).asks) == ["Baskets for welcome"]
    async with node.writing() as work:
        await blocks.block(work, bob, people["welcome"])
    assert titles((await twenty(node, who)).asks) == [], "also what was found before"


async def _account(node: RigNode, actor: Actor) -> int:
    async with node.reading() as work:
        return (await work.session.scalars(sa.select(Account.id).where(Account.actor_id == actor.id))).one()


@pytest.fixture
async def bob(node: RigNode, member) -> Member:
    actor = await member("bob")
    return Member("bob", actor.uri, actor.id, await _account(node, actor))


@pytest.fixture
async def alice(node: RigNode, member) -> Member:
    actor = await member("alice")
    return Member("alice", actor.uri, actor.id, await _account(node, actor))


async def test_a_changed_listing_is_read_again_and_a_closed_one_forgotten(
    node: RigNode, alice: Member, bob: Member, clock
) -> None:
    await put_up(node, bob, "Willow baskets", "offer")
    ask = await put_up(node, alice, "Somebody to mend shoes")
    await now(node, bob)
    assert (await twenty(node, bob)).asks == []
    clock.forward(hours=1)
    async with node.writing() as work:
        author = await work.session.get_one(Actor, alice.actor_id)
        await listings.revise(work, author, ask.id, Draft(purpose="request", title="Willow baskets", language="en"))
    await now(node, bob)
    assert titles((await twenty(node, bob)).asks) == ["Willow baskets"]
    async with node.writing() as work:
        await listings.mark_sold(work, await work.session.get_one(Actor, alice.actor_id), ask.id)
    assert (await twenty(node, bob)).asks == []
    async with node.writing() as work:
        await reading.forget_closed(work)
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(ListingReading)) == 1
        assert await work.session.scalar(sa.select(ListingWord).where(ListingWord.post_id == ask.id)) is None
    await now(node, bob)
    async with node.reading() as work:
        row = (await work.session.scalars(sa.select(Match).where(Match.account_id == bob.account_id))).one()
        assert (row.score, row.told_at is not None) == (0, True), "kept, so that it is told only once"


async def test_what_a_page_says_is_an_offer_too_and_both_ways_is_best(
    node: RigNode, alice: Member, bob: Member, member
) -> None:
    async with node.writing() as work:
        actor = await work.session.get_one(Actor, bob.actor_id)
        entries = {"trade": Entry("Basket maker", "public"), "seeks": Entry("bread for breakfast", "public")}
        await members.write(work, actor, entries=entries)
    carol = await member("carol")
    await put_up(node, alice, "Bread baskets, woven")
    await put_up(node, alice, "Bread for breakfast, every morning", "offer")
    await put_up(node, Member("carol", carol.uri, carol.id, 0), "A maker of baskets, willow baskets, basket weaving")
    await now(node, bob)
    found = await twenty(node, bob)
    assert titles(found.asks)[0] == "Bread baskets, woven", "she also has what he looks for"
    assert found.asks[0].why("en").endswith("has what you look for, too")
    assert titles(found.offers) == ["Bread for breakfast, every morning"]
    assert found.asks[0].own_title == ""


async def test_a_night_is_run_once_in_parts_and_taken_up_where_it_was_left(
    node: RigNode, alice: Member, bob: Member, clock, monkeypatch
) -> None:
    await put_up(node, bob, "Willow baskets", "offer")
    await put_up(node, alice, "Baskets")
    async with node.writing() as work:
        for each in (alice, bob):
            account = await work.session.get_one(Account, each.account_id)
            account.claimed_at = work.now
        await running.nightly(work)
    clock.forward(days=1)
    for _ in range(2):
        async with node.writing() as work:
            await running.nightly(work)
    async with node.reading() as work:
        errand = (await work.session.scalars(sa.select(Errand).where(Errand.kind == running.KIND))).one()
    monkeypatch.setattr(running, "_LEG", timedelta(0))
    await running.carry_on(node, errand)
    async with node.reading() as work:
        left = (await work.session.scalars(sa.select(Errand).where(Errand.kind == running.KIND))).one()
        assert left.details["after"] == min(alice.account_id, bob.account_id)
    await running.carry_on(node, errand)  # killed and done again
    for _ in range(3):
        await running.carry_on(node, left)
    assert [len(await news(node, each)) for each in (alice, bob)] == [1, 1]


async def test_only_ones_own_matches_are_dismissed_and_runs_are_limited(nodes: Nodes) -> None:
    a = await nodes.start("c.test", rate_limits="on")
    alice, bob = await a.member("Alice Baker"), await a.member("Bob Joiner")
    await put_up(a, bob, "Willow baskets", "offer")
    await put_up(a, alice, "Baskets")
    await now(a, bob)
    match = (await twenty(a, bob)).asks[0]
    visitor: Visitor = await a.logged_in(alice)
    page = await visitor.open("/matches")
    run = page.form("/matches/run")
    for path in (f"/matches/{match.id}/dismiss", "/matches/1/dismiss"):
        run.action = path
        assert (await visitor.send(page, run)).status == 404
    run.action = "/matches/run"
    assert [(await visitor.send(page, run)).status for _ in range(7)][5:] == [200, 429]
