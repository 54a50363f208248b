"""Who sees which line: pages, documents and search follow one rule."""

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.errors import Invalid, NotFound
from node.ids import new_id
from node.members import fields, joining, queries, service
from node.members.publication import document
from node.members.service import Card, Entry
from node.outbox.model import Activity
from node.search import matching
from node.tables import Connection
from node.work import Node

SECRETS = {
    "about": "Zebrafinch about",
    "origin": "Zebrafinch origin",
    "trade": "Zebrafinch trade",
    "offers": "Zebrafinch offers",
    "phone": "+44 20 7946 0999",
}


async def _connect(node: Node, one: int, other: int) -> None:
    first, second = sorted((one, other))
    async with node.writing() as work:
        id = new_id(work.now)
        work.session.add(
            Connection(
                id=id,
                uri=f"http://a.test/r/{id}",
                offer_uri=f"http://a.test/o/{id}",
                inviting_id=one,
                invited_id=other,
                pair=f"{first}:{second}",
                state="accepted",
                created_at=work.now,
            )
        )


@pytest.mark.parametrize(
    ("visibility", "seen_by"),
    [
        ("public", {"stranger", "member", "former", "connected", "self", "document", "search"}),
        ("members", {"member", "connected", "self"}),
        ("connections", {"connected", "self"}),
        ("nobody", {"self"}),
    ],
)
async def test_every_line_follows_its_visibility(house: Node, add, visibility: str, seen_by: set[str]) -> None:
    officer, _ = await add("Ingrid", "officer")
    _, alice = await add("Alice")
    _, member = await add("Bob")
    _, former = await add("Carol")
    _, connected = await add("Dan")
    async with house.writing() as work:
        await joining.end_membership(work, officer, former)
        entries = {name: Entry(value, visibility) for name, value in SECRETS.items()}
        await service.revise_profile(work, alice, entries=entries)
    await _connect(house, alice, connected)
    readers = {"stranger": None, "member": member, "former": former, "connected": connected, "self": alice}
    async with house.reading() as work:
        for who, reader in readers.items():
            profile = await queries.profile(work, alice, reader)
            values = {line.value for line in profile.person + profile.business}
            for name, value in SECRETS.items():
                shown = value in values or value in profile.about_html
                assert shown == (who in seen_by), (who, name)
        actor = await work.session.get(Actor, alice)
        text = str(await document(work, actor))
        said = " ".join(await work.session.scalars(sa.select(Activity.document)))
        found = set(await work.session.scalars(matching(work, "actor", "zebrafinch")))
    for value in SECRETS.values():
        assert (value in text) == ("document" in seen_by), value
        assert (value in said) == ("document" in seen_by), value
    assert (alice in found) == ("search" in seen_by)


async def test_hiding_a_line_takes_it_out_of_search_and_summary(house: Node, add) -> None:
    _, alice = await add("Alice")
    async with house.writing() as work:
        await service.revise_profile(work, alice, entries={"about": Entry("I bake **sourdough**.")})
    async with house.reading() as work:
        actor = await work.session.get(Actor, alice)
        assert "<strong>sourdough</strong>" in actor.summary
        assert set(await work.session.scalars(matching(work, "actor", "sourd"))) == {alice}
    async with house.writing() as work:
        await service.revise_profile(work, alice, entries={"about": Entry("I bake **sourdough**.", "members")})
    async with house.reading() as work:
        actor = await work.session.get(Actor, alice)
        assert actor.summary == ""
        assert not set(await work.session.scalars(matching(work, "actor", "sourd")))


async def test_somebody_who_does_not_want_to_be_found(house: Node, add) -> None:
    _, alice = await add("Alice")
    async with house.writing() as work:
        await service.revise_profile(work, alice, entries={"trade": Entry("Bakery")}, is_discoverable=False)
    async with house.reading() as work:
        assert not set(await work.session.scalars(matching(work, "actor", "bakery")))
        actor = await work.session.get(Actor, alice)
        assert (await document(work, actor))["discoverable"] is False
        assert [line.name for line in await queries.members(work, query="alic")] == ["Alice"], "the office does"


async def test_wrong_lines_are_named_and_nothing_changes(house: Node, add) -> None:
    _, alice = await add("Alice")
    async with house.writing() as work:
        with pytest.raises(Invalid) as wrong:
            await service.revise_profile(
                work, alice, name=" ",
                entries={"website": Entry("javascript:alert(1)"), "email": Entry("no address"),
                         "phone": Entry("call me"), "trade": Entry("x" * 300), "origin": Entry("fine", "everybody")},
            )  # fmt: skip
    assert set(wrong.value.fields) == {"name", "website", "email", "phone", "trade", "origin"}
    async with house.reading() as work:
        assert await queries.lines_of(work, alice) == {}


async def test_script_in_a_line_is_harmless(house: Node, add) -> None:
    _, alice = await add("Alice")
    nasty = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    async with house.writing() as work:
        await service.revise_profile(work, alice, entries={"about": Entry(nasty), "trade": Entry(nasty)})
    async with house.reading() as work:
        actor = await work.session.get(Actor, alice)
        text = str(await document(work, actor))
        profile = await queries.profile(work, alice)
    assert "<script" not in text
    assert "<img" not in text
    assert "<script" not in profile.about_html


async def test_an_empty_line_goes_away(house: Node, add) -> None:
    _, alice = await add("Alice")
    async with house.writing() as work:
        await service.revise_profile(work, alice, entries={"trade": Entry("Bakery")})
        await service.revise_profile(work, alice, entries={"trade": Entry("  ")})
        assert await queries.lines_of(work, alice) == {}


async def test_host_card(house: Node, add) -> None:
    _, alice = await add("Alice")
    card = Card(
        opens_with="social", languages=["fr", "en"], hours=[("14:00", "16:00"), ("08:00", "10:00")], days=[1, 2, 3],
        time_zone="Europe/Paris", ask_me_about=["sourdough", "choir"], please_dont=["phone"],
    )  # fmt: skip
    async with house.writing() as work:
        await service.revise_host_card(work, alice, card)
    async with house.reading() as work:
        view = await queries.host_card(work, alice)
        actor = await work.session.get(Actor, alice)
        wire = (await document(work, actor))["commensal:hostCard"]
    assert view is not None
    assert view.hours == (("08:00", "10:00"), ("14:00", "16:00"))
    assert view.ask_me_about == ("sourdough", "choir")
    assert wire["commensal:opens"] == "social"
    for wrong in (
        Card(opens_with="money"), Card(hours=[("10:00", "08:00")]), Card(hours=[("25:00", "26:00")]),
        Card(time_zone="Mars/Olympus"), Card(days=[8]), Card(languages=["<b>"]),
    ):  # fmt: skip
        async with house.writing() as work:
            with pytest.raises(Invalid):
                await service.revise_host_card(work, alice, wrong)


async def test_a_profile_change_goes_out_as_an_update(house: Node, add) -> None:
    _, alice = await add("Alice")
    async with house.writing() as work:
        await service.revise_profile(work, alice, name="Alice Martin")
    async with house.reading() as work:
        row = await work.session.scalar(sa.select(Activity).where(Activity.actor_id == alice))
    assert row.type == "Update"
    assert '"Alice Martin"' in row.document
    assert row.object_uri == "http://a.test/ap/actors/alice"


async def test_nobody_there(house: Node) -> None:
    async with house.writing() as work:
        with pytest.raises(NotFound):
            await queries.profile(work, 1)
        with pytest.raises(NotFound):
            await service.revise_profile(work, 1, name="x")


def test_every_kind_of_line_has_a_face_and_a_reader() -> None:
    for kind in fields.FIELDS:
        assert kind.face in (fields.PERSON, fields.BUSINESS)
        assert kind.usually in fields.VISIBILITIES
        assert fields.read(kind.name, "") == ""
