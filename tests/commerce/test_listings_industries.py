"""Industries: their codes, how people call them, and how firms are found by them, here and elsewhere."""

import pytest

from node.actors.model import Actor
from node.companies import service as companies
from node.companies.service import Facts
from node.errors import Invalid
from node.industries import catalogue
from node.matching import queries as directory
from node.matching.queries import Wanted
from node.members import service as members
from node.members.service import Entry
from support.nodes import RigNode
from support.people import KEYS


def test_all_of_nace_is_there_in_three_languages() -> None:
    found = catalogue.industries()
    lengths = [len(code) for code in found]
    assert [lengths.count(number) for number in (1, 2, 4, 5)] == [21, 88, 272, 615]
    assert all(all(industry.titles) and len(industry.words) == 3 for industry in found.values())
    assert all(code[:2] in found for code in found if len(code) > 1)
    assert [found["10.71"].name(language) for language in ("en", "fr-CA", "de", "sv")] == [
        "Bakery",
        "Boulangerie et pâtisserie",
        "Bäckerei",
        "Bakery",
    ]
    assert found["24.10"].name("en") == "Manufacture of basic iron and steel and of ferro-alloys"
    everyday = catalogue.everyday()
    assert len(everyday) > 300
    assert all(all(of_language) for industry in everyday for of_language in industry.words), "named in every language"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("10.71", "10.71"), ("1071", "10.71"), ("NACE 10.71.1", "10.71"), ("10.71 Bakery", "10.71"),
        ("47.24Z", "47.24"), ("10.7", "10.7"), ("c", "C"), ("99.99", ""), ("2026", ""), ("1071234", ""),
        ("bread", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_code_is_read_however_it_is_written(said: str, code: str) -> None:
    assert catalogue.read(said) == code


def test_words_name_an_industry_in_any_language() -> None:
    assert [catalogue.find(word) for word in ("bakery", "BÄCKEREI", "boulanger", "10.71")] == [["10.71"]] * 4
    assert catalogue.find("coffee") == ["10.83", "46.37"], "it may be one of two"
    assert "43.91" in catalogue.find("roof")
    assert catalogue.find("...") == catalogue.find("xyzzy") == []
    assert catalogue.guess("Dorfbäckerei Groß") == catalogue.guess("We run a small bakery") == "10.71"
    assert catalogue.guess("Good people") == ""
    assert catalogue.read_reference(catalogue.reference("10.71")) == "10.71"
    assert catalogue.read_reference("http://data.europa.eu/ux2/nace2.1/1071") == ""


async def found(node: RigNode, **wanted: str) -> set[str]:
    async with node.reading() as work:
        return {face.name for face in (await directory.directory(work, None, Wanted(**wanted))).people}


async def test_whoever_typed_their_trade_is_found_by_its_code_and_in_other_languages(
    node: RigNode, member, remote
) -> None:
    alice, carol = await member("alice"), await member("carol")
    bob = await remote("bob", "b.test")
    async with node.writing() as work:
        await members.revise_profile(work, alice.id, entries={"trade": Entry("Bäckerei")})
        await members.revise_profile(work, carol.id, entries={"industry": Entry("Boulangerie et pâtisserie")})
        await companies.create(work, Facts(name="Crumb", trade_code="bakery"), KEYS)
        await companies.create(work, Facts(name="Plank", trade_code="31.09 Furniture maker"), KEYS)
    await _from_elsewhere(node, bob, "Bäckerei")
    bakers = {"Alice", "Carol", "Bob", "Crumb"}
    assert await found(node, text="bakery") == await found(node, text="10.71") == bakers
    assert await found(node, text="Ebeniste") == {"Plank"}
    assert await found(node, industry="10.71") == await found(node, industry="C", text="brot") == {"Carol", "Crumb"}
    assert await found(node, industry="C") == {"Carol", "Crumb", "Plank"}
    assert await found(node, industry="10.7", kind="company") == {"Crumb"}
    async with node.reading() as work:
        assert await directory.industries_here(work) == ["10.71", "31.09"]


async def test_what_only_friends_may_know_is_no_industry_for_everybody(node: RigNode, member) -> None:
    alice = await member("alice")
    async with node.writing() as work:
        await members.revise_profile(work, alice.id, entries={"industry": Entry("bakery", "connections")})
    assert await found(node, text="bakery") == await found(node, industry="10.71") == set()


async def test_a_word_of_several_meanings_is_asked_back(node: RigNode, member) -> None:
    alice = await member("alice")
    async with node.writing() as work:
        with pytest.raises(Invalid) as refusal:
            await members.revise_profile(work, alice.id, entries={"industry": Entry("coffee")})
        assert "10.83 Coffee roaster, 46.37 Coffee" in str(refusal.value.fields["industry"])
        with pytest.raises(Invalid) as refusal:
            await companies.create(work, Facts(name="Odd", trade_code="xyzzy"), KEYS)
        assert set(refusal.value.fields) == {"trade_code"}


async def _from_elsewhere(node: RigNode, actor: Actor, trade: str) -> None:
    from node.actors import remote
    from schemas import actors as wire

    async with node.writing() as work:
        document = {
            "id": actor.uri, "type": "Person", "preferredUsername": "bob", "name": "Bob", "inbox": f"{actor.uri}/inbox",
            "discoverable": True, "attachment": [{"type": "PropertyValue", "name": "Beruf", "value": trade}],
        }  # fmt: skip
        await remote.mirror(work, wire.Actor.read(document))
