"""WebFinger, NodeInfo, host-meta: ours as others want them, theirs as they come."""

import json
from pathlib import Path

import pytest

from schemas.discovery import Handle, Jrd, NodeInfo, host_meta, jrd, nodeinfo, nodeinfo_address, nodeinfo_links
from schemas.values import Malformed, parse

FEP = Path(__file__).parents[2] / "documents" / "fep"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("@alice@Alpha.test", "alice@alpha.test"),
        ("alice@alpha.test", "alice@alpha.test"),
        (" acct:alice@alpha.test ", "alice@alpha.test"),
        ("@alice@alpha.localhost:8080", "alice@alpha.localhost:8080"),
        ("@bea@bücher.test", "bea@xn--bcher-kva.test"),
        ("@alice", None),
        ("alice@al pha.test", None),
        ("a@b@c", None),
        ("https://alpha.test/@alice", None),
        ("@alice@alpha.test:x", None),
    ],
)
def test_handles(words: str, expected: str | None) -> None:
    found = Handle.read(words)
    assert (str(found) if found else None) == expected


def test_our_answer_reads_back() -> None:
    written = jrd(
        "acct:alice@alpha.test",
        "https://alpha.test/ap/actors/alice",
        profile="https://alpha.test/@alice",
        subscribe="https://alpha.test/search?q={uri}",
    )
    found = Jrd.read(parse(json.dumps(written).encode()))
    assert found.actor == "https://alpha.test/ap/actors/alice"
    assert found.profile == "https://alpha.test/@alice"
    assert found.subscribe == "https://alpha.test/search?q={uri}"


@pytest.mark.parametrize(("name", "actor"), [("01", "actor"), ("04", "user-actor"), ("05", "user-actor")])
def test_examples_of_fep_d556(name: str, actor: str) -> None:
    found = Jrd.read(parse((FEP / "d556" / f"{name}.json").read_bytes()))
    assert found.actor == f"https://server.example/{actor}"


def test_nodeinfo() -> None:
    links = nodeinfo_links("https://alpha.test", "https://alpha.test/actor")
    assert nodeinfo_address(links) == "https://alpha.test/nodeinfo/2.1"
    written = nodeinfo("2.1", version="0.1.0", name="Alpha", description=None, users=3, active_month=2,
                       active_half_year=3, posts=7, comments=1)  # fmt: skip
    assert NodeInfo.read(written) == NodeInfo("commensal", "0.1.0")
    with pytest.raises(Malformed):
        NodeInfo.read({"software": {}})


def test_host_meta_is_escaped() -> None:
    assert 'template="https://alpha.test/.well-known/webfinger?resource={uri}"' in host_meta("https://alpha.test")
