"""Addresses that members, lists and apps give: what no program can read is refused in words, and breaks nothing."""

import pytest

from node.companies.service import Facts, checked
from node.errors import Invalid
from node.members import fields

ODD = ("http://[", "https://[::1", "http://a]b.test", "https://\u2100.test/", "javascript://a.test", "ftp://a.test",
       "https://me:secret@a.test", "https://a.test/\"onclick=", "data://a.test", "https://a b.test",
       "//a.test\\@b.test")  # fmt: skip


@pytest.mark.parametrize("typed", ODD)
def test_an_address_that_is_none(typed: str) -> None:
    with pytest.raises(Invalid):
        fields._web("website", typed)
    with pytest.raises(Invalid):
        checked(Facts(name="Firm", website=typed))


def test_an_address_that_is_one() -> None:
    assert fields._web("website", "example.org/a?b=c") == "https://example.org/a?b=c"
    assert checked(Facts(name="Firm", website="http://example.org:8080")).website == "http://example.org:8080"
