"""The weekly letter: what fits somebody who never looks in, once a week, never empty, ended with one click."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from node.accounts.model import Account
from node.actors.model import Actor
from node.digest import letter, service
from node.digest.letter import Digest, Item, Section
from node.errands.model import Errand
from node.listings import service as listings
from node.listings.service import Draft
from node.mail.model import Letter
from node.matching import running
from node.matching.model import Match
from support.nodes import Member, RigNode

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


async def put_up(node: RigNode, who: Member, title: str, purpose: str = "request", **values: object) -> int:
    async with node.writing() as work:
        author = await work.session.get_one(Actor, who.actor_id)
        draft = Draft(purpose=purpose, title=title, language="en", **values)  # type: ignore[arg-type]
        return (await listings.publish(work, author, draft)).id


async def days(node: RigNode, *steps: int) -> None:
    """Some nights, with the work of each morning after."""
    for step in steps:
        node.time.forward(days=step)
        await node.settle()


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_who_never_logs_in_gets_one_letter_with_a_match_from_elsewhere_and_ends_it_with_one_click(
    two_nodes: tuple[RigNode, RigNode], mailbox
) -> None:
    a, b = two_nodes
    a.config = replace(a.config, smtp_url=mailbox.url, mail_from="office@a.test")
    alice = await a.member("Alice Baker", language="fr", time_zone="Europe/Paris")
    bob, carol = await b.member("Bob Joiner"), await a.member("Carol Clerk")
    await put_up(a, alice, "60 bread baskets, willow, by October")
    at_carol = await a.logged_in(carol)  # somebody here follows him, or nobody would hear of what he puts up
    profile = await at_carol.open("/search?q=@bob@b.test")
    await at_carol.send(profile, profile.form("/follow"))
    await a.settle()
    await put_up(b, bob, "Willow & ash <baskets>", "offer")
    await days(a, 1, 8, 20)
    sent = mailbox.to("alice@mail.test")
    assert len(sent) == 1, "once, in a month with one match"
    mail = sent[0]
    assert mail["Content-Language"] == "fr"
    assert mail["Subject"] == "1 offre qui vous aide"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert "Bob Joiner (Association B)" in text
    assert "Willow &amp; ash &lt;baskets&gt;" in html
    hour = datetime.strptime(mail["Date"], "%a, %d %b %Y %H:%M:%S %z").astimezone(UTC).hour
    assert 5 <= hour <= 10, "in the morning of Paris"
    [link] = re.findall(r"<(http://a\.test/digest/off/[^>]+)>", mail["List-Unsubscribe"])
    assert link in text
    stranger = await a.visitor()
    path = link.removeprefix(a.base)
    looked = await stranger.open(path)
    assert looked.status == 200
    async with a.reading() as work:
        assert await service.is_wanted(work, alice.account_id), "a mail program that looks at links ends nothing"
    stopped = await stranger.ask(
        "POST",
        path,
        data="List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
        origin="https://mail.test",
    )
    assert stopped.status == 200
    await put_up(b, bob, "Bread baskets, round", "offer")
    await days(a, 1, 8)
    assert len(mailbox.to("alice@mail.test")) == 1
    back = await stranger.send(stopped, stopped.form("/digest/on/"))
    assert "at most" in back.text
    for nonsense in ("x", "gAAAAA" + "a" * 60, "%00", path.rpartition("/")[2][:-3]):
        assert (await stranger.ask("POST", f"/digest/off/{nonsense}")).status == 404


@pytest.fixture
async def bob(node: RigNode, member) -> Member:
    return await _with_mail(node, await member("bob"))


@pytest.fixture
async def alice(node: RigNode, member) -> Member:
    return await _with_mail(node, await member("alice"))


async def _with_mail(node: RigNode, actor: Actor) -> Member:
    async with node.writing() as work:
        account = (await work.session.scalars(sa.select(Account).where(Account.actor_id == actor.id))).one()
        account.email = account.email_folded = f"{actor.username}@mail.test"
        account.claimed_at = work.now
        return Member(actor.username, actor.uri, actor.id, account.id)


async def _due(node: RigNode) -> list[str]:
    """Whose letters the housekeeping wants written now."""
    async with node.writing() as work:
        await service.plan(work)
        rows = await work.session.scalars(sa.select(Errand.subject).where(Errand.kind == service.KIND))
        return list(rows)


async def _letters(node: RigNode) -> list[Letter]:
    async with node.reading() as work:
        return list(await work.session.scalars(sa.select(Letter).order_by(Letter.id)))


async def test_a_letter_is_never_empty_never_twice_and_its_matches_stand_in_one(
    node: RigNode, alice: Member, bob: Member, clock
) -> None:
    assert await _due(node) == [], "everybody's day is drawn first"
    clock.forward(days=8)
    assert set(await _due(node)) == {str(alice.account_id), str(bob.account_id)}
    await service.send(node, bob.account_id)
    assert await _letters(node) == []
    await put_up(node, bob, "Willow baskets", "offer")
    for number in range(12):
        await put_up(node, alice, f"Basket number {number}")
    await running.match_now(node, bob.account_id, bob.actor_id)
    clock.forward(hours=26)
    for _ in range(2):  # killed before it was put away, and done again
        await service.send(node, bob.account_id)
    [first] = await _letters(node)
    assert first.subject == "5 asks that fit you"
    async with node.reading() as work:
        mailed = await work.session.scalars(sa.select(Match.post_id).where(Match.mailed_at.is_not(None)))
        assert len(list(mailed)) == 5
    clock.forward(days=6, hours=23)
    await service.send(node, bob.account_id)
    assert len(await _letters(node)) == 1, "not before seven days are over"
    clock.forward(days=2)
    await service.send(node, bob.account_id)
    second = (await _letters(node))[1]
    assert not set(re.findall(r"number \d+", first.text)) & set(re.findall(r"number \d+", second.text))
    async with node.writing() as work:
        await service.choose(work, bob.account_id, wants=False)
    clock.forward(days=9)
    assert str(alice.account_id) in await _due(node)
    await service.send(node, bob.account_id)
    assert len(await _letters(node)) == 2


def test_everybody_has_a_morning_of_their_own() -> None:
    slots = [service.first_slot(number * 977, "Europe/Paris", NOW) for number in range(1, 400)]
    assert all(NOW < slot <= NOW + timedelta(days=8) for slot in slots)
    assert all(5 <= slot.hour <= 9 for slot in slots), "seven to eleven in Paris"
    assert len({slot.date() for slot in slots}) >= 7
    assert len(set(slots)) > 200
    assert service.first_slot(1, "Nowhere/Such", NOW).tzinfo is not None
    late = NOW.replace(hour=22)
    assert service.morning(5, "UTC", late) > late
    assert service.morning(5, "UTC", NOW) == NOW


def test_ten_things_at_most_and_nothing_of_others_is_markup() -> None:
    many = [Section("Asks", [Item(f"<b>{number}</b>", "http://a.test/1", "a & b") for number in range(8)])] * 3
    digest = Digest(
        "Subject", "Hello", service._at_most(many, service.MOST), "All", "http://a.test/matches",
        "http://a.test/digest/off/x", "http://a.test/settings/letters", "en",
    )  # fmt: skip
    assert [len(section.items) for section in digest.sections] == [8, 2]
    assert "<b>" not in digest.html()
    assert "&lt;b&gt;7&lt;/b&gt;" in digest.html()
    assert isinstance(digest, letter.Digest)


async def test_the_letter_is_a_choice_among_the_settings(nodes) -> None:
    a = await nodes.start("c.test")
    visitor = await a.logged_in(alice := await a.member("Alice Baker"))
    assert "Weekly letter" in (await visitor.open("/settings")).text
    page = await visitor.open("/settings/letters")
    await visitor.send(page, page.form("/settings/letters"), {"weekly": []})
    async with a.reading() as work:
        assert not await service.is_wanted(work, alice.account_id)
    page = await visitor.open("/settings/letters")
    assert "weekly" not in page.form("/settings/letters").fields
    await visitor.send(page, page.form("/settings/letters"), {"weekly": "yes"})
    async with a.reading() as work:
        assert await service.is_wanted(work, alice.account_id)
