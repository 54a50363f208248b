"""Which program takes what."""

import pytest

from node.outbox import wire
from node.peers import dialects

THINGS = (
    dialects.ANNOUNCED_ACTIVITY, dialects.ANNOUNCED_ID, dialects.OFFER, dialects.INVITATION_TO_GROUP,
    dialects.INVITATION_TO_EVENT, dialects.BLOCK, dialects.PROPOSAL, dialects.QUESTION,
)  # fmt: skip
SOFTWARE = ["", "mastodon", "gotosocial", "lemmy", "mobilizon", "friendica", "commensal", "wordpress", "unheard-of"]


@pytest.mark.parametrize("software", SOFTWARE)
def test_everybody_gets_a_post_of_a_group_once(software: str) -> None:
    ways = (dialects.ANNOUNCED_ACTIVITY, dialects.ANNOUNCED_ID)
    assert sum(dialects.takes(software, way) for way in ways) == 1


def test_the_clause_says_the_same_as_the_table() -> None:
    for thing in THINGS:
        programs = dialects.taking(thing)
        for software in SOFTWARE:
            assert dialects.takes(software, thing) is ((software in programs.names) is not programs.are_exceptions)


def test_no_program_is_of_two_families() -> None:
    names = [name for family in dialects.FAMILIES for name in family.programs]
    assert len(names) == len(set(names))


def test_what_harms_is_not_sent() -> None:
    assert not dialects.takes("lemmy", dialects.BLOCK), "a ban there"
    assert not dialects.takes("lemmy", dialects.PROPOSAL)
    assert not dialects.takes("mastodon", dialects.OFFER)


def test_a_flag_is_about_a_list_also_of_one() -> None:
    flag = wire.flag("https://a.test/actor", "https://b.test/bob", (), "Only advertisements")
    assert flag["object"] == ["https://b.test/bob"], "Mobilizon fails on a text"
