"""Followers are compared as FEP-8fcf says; the digests are the FEP's own."""

import pytest

from schemas.synchronization import Synchronization, digest
from schemas.values import Malformed

ONE = "3a06e99569547f444c352ab7f52e4bab207abec5ca6f07b0045cfdc9723f8fa9"
TWO = "f939a1585d4a8f02ee339210dbe7315d7003476663d6095f7d996fc4bc7a49b6"
BOTH = "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f"
USERS = [f"https://testing.example.org/users/{number}" for number in (1, 2)]
EXAMPLE = (
    'collectionId="https://example.org/users/1/followers", '
    f'url="https://example.org/users/1/followers_synchronization", digest="{BOTH}"'
)


def test_the_digests_of_the_fep() -> None:
    assert [digest([user]) for user in USERS] == [ONE, TWO]
    assert digest(USERS) == digest(reversed(USERS)) == digest([*USERS, USERS[0]]) == BOTH
    assert digest([]) == "0" * 64


def test_the_header_of_the_fep() -> None:
    read = Synchronization.read(EXAMPLE)
    assert read.collection == "https://example.org/users/1/followers"
    assert read.digest == BOTH
    assert read.write() == EXAMPLE
    assert Synchronization.read(EXAMPLE.replace(", ", ",").replace(BOTH, BOTH.upper()) + ',more="x"') == read


@pytest.mark.parametrize(
    "header",
    ["", "digest", EXAMPLE.replace(BOTH, "0"), EXAMPLE + ', digest="' + ONE + '"', EXAMPLE[:-1], "a" * 7000],
)
def test_what_is_no_header(header: str) -> None:
    with pytest.raises(Malformed):
        Synchronization.read(header)
