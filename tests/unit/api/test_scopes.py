"""Which scopes contain which."""

import pytest

from node.accounts import scopes
from node.errors import Invalid


@pytest.mark.parametrize(
    ("granted", "wanted", "reaches"),
    [
        (["read"], "read:statuses", True),
        (["read:statuses"], "read:statuses", True),
        (["read:statuses"], "read:accounts", False),
        (["write"], "read:statuses", False),
        (["follow"], "write:follows", True),
        (["follow"], "read:follows", True),
        (["follow"], "write:statuses", False),
        (["profile"], "profile", True),
        (["profile"], "read:accounts", False),
        (["read:accounts"], "profile", True),
        (["read"], "read:listings", True),
        ([], "read", False),
    ],
)
def test_reach(granted: list[str], wanted: str, reaches: bool) -> None:
    assert scopes.allow(granted, wanted) is reaches


def test_reading() -> None:
    assert scopes.read("write  read") == ["read", "write"]
    assert scopes.read("read+write:media") == ["read", "write:media"]
    assert scopes.read(None) == ["read"]
    assert scopes.read("read admin:write") == ["read"]
    with pytest.raises(Invalid):
        scopes.read("read everything")
