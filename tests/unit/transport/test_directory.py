"""Finding actors and keys on a scripted host, with a real database of each kind."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from federation.errors import BadSignature, Busy, PeerGone, Refused, Unreachable
from node.errors import NotFound
from node.peers.model import Peer as PeerRow
from support.peer import Peer

from .conftest import Rig


def fetches(rig: Rig) -> int:
    return len([request for request in rig.peer.requests if request.method == "GET"])


async def test_actor_is_fetched_signed_and_kept_for_a_day(rig: Rig) -> None:
    bob = rig.peer.person("bob")
    found = await rig.directory.actor(bob.uri)
    assert (found.uri, found.host, found.handle, found.inbox_uri) == (
        bob.uri,
        "b.test",
        "@bob@b.test",
        f"{bob.uri}/inbox",
    )
    assert 'keyId="http://a.test/actor#main-key"' in rig.peer.requests[0].headers["Signature"]
    await rig.directory.actor(bob.uri + "#main-key")
    assert fetches(rig) == 1
    rig.clock.forward(hours=25)
    bob.document["name"] = "Robert"
    assert (await rig.directory.actor(bob.uri)).name == "Robert"
    assert (await rig.directory.actor(bob.uri)).id == found.id


async def test_a_host_is_asked_in_the_way_it_understands(rig: Rig) -> None:
    bob, carol = rig.peer.person("bob"), rig.peer.person("carol")
    await rig.directory.actor(bob.uri)
    await rig.directory.learn_style("b.test", "rfc9421")
    await rig.directory.actor(carol.uri)
    rig.clock.forward(days=8)
    await rig.directory.actor(carol.uri)
    assert ["Signature-Input" in request.headers for request in rig.peer.requests] == [False, True, False]


async def test_an_old_copy_serves_while_the_host_is_silent(rig: Rig) -> None:
    bob = rig.peer.person("bob")
    await rig.directory.actor(bob.uri)
    rig.clock.forward(hours=25)
    await rig.peer.close()
    assert (await rig.directory.actor(bob.uri)).name == "Bob"
    with pytest.raises(Unreachable):
        await rig.directory.actor(bob.uri, fresh=True)
    with pytest.raises(Unreachable):
        await rig.directory.actor("http://b.test/users/stranger")


async def test_many_who_ask_at_once_make_one_request(rig: Rig) -> None:
    bob = rig.peer.person("bob")
    found = await asyncio.gather(*(rig.directory.actor(bob.uri) for _ in range(10)))
    assert len({actor.id for actor in found}) == 1
    assert fetches(rig) == 1


async def test_gone_is_remembered(rig: Rig) -> None:
    bob = rig.peer.person("bob")
    await rig.directory.actor(bob.uri)
    rig.peer.documents["/users/bob"] = (410, {})
    with pytest.raises(PeerGone):
        await rig.directory.actor(bob.uri, fresh=True)
    known = await rig.directory.known(bob.uri)
    assert known is not None
    assert known.gone_at is not None
    before = fetches(rig)
    with pytest.raises(PeerGone):
        await rig.directory.actor(bob.uri)
    with pytest.raises(PeerGone):
        await rig.directory.key(bob.key_id)
    assert fetches(rig) == before


@pytest.mark.parametrize(
    "change",
    [
        {"id": "http://c.test/users/bob"},
        {"type": "Note"},
        {"inbox": None},
        {"inbox": "http://c.test/inbox"},
        {"id": "http://a.test/actor"},
    ],
)
async def test_documents_that_are_no_actor_of_that_host(rig: Rig, change: dict[str, Any]) -> None:
    bob = rig.peer.person("bob", **change)
    with pytest.raises(Refused):
        await rig.directory.actor(f"{rig.peer.base}/users/bob")
    assert await rig.directory.known(bob.uri) is None
    assert await rig.directory.known("http://c.test/users/bob") is None


async def test_our_own_actors_are_not_fetched(rig: Rig) -> None:
    assert (await rig.directory.actor("http://a.test/actor")).is_local
    with pytest.raises(NotFound):
        await rig.directory.actor("http://a.test/ap/actors/nobody")


async def test_a_host_that_was_shut_out_is_not_asked(rig: Rig) -> None:
    known, stranger = rig.peer.person("bob"), rig.peer.person("carol")
    await rig.directory.actor(known.uri)
    async with rig.node.writing() as work:
        await work.session.execute(sa.update(PeerRow).values(blocked_at=work.now))
    for uri in (known.uri, stranger.uri):
        with pytest.raises(Refused, match="shut out"):
            await rig.directory.actor(uri, fresh=True)
    other = Peer("c.test", rig.network, rig.clock)
    await other.open()
    try:
        other.documents["/lure"] = (200, stranger.document)
        with pytest.raises(Refused):
            await rig.directory.document("http://c.test/lure")
    finally:
        await other.close()
    assert await rig.directory.known(stranger.uri) is None
    assert fetches(rig) == 1


async def test_a_host_has_one_name(rig: Rig) -> None:
    """However the id is written, it is the same host that can be shut out."""
    uri = "http://b.test:80/users/bob"
    rig.peer.person("bob", id=uri, inbox=f"{uri}/inbox", publicKey=None)
    assert (await rig.directory.actor(uri)).host == "b.test"


async def test_find_by_handle(rig: Rig) -> None:
    rig.peer.person("bob")
    for words in ("@bob@b.test", "bob@B.test", "acct:bob@b.test", " @bob@b.test "):
        assert (await rig.directory.find(words)).handle == "@bob@b.test"
    for words in ("@carol@b.test", "bob", "", "@bob@", "@nobody@a.test"):
        with pytest.raises(NotFound):
            await rig.directory.find(words)
    assert (await rig.directory.find("http://b.test/users/bob")).username == "bob"


async def test_a_borrowed_domain_must_agree_both_ways(rig: Rig) -> None:
    """short.test says that bob@short.test is bob on b.test; b.test must say so too, or the handle stays bob@b.test."""
    bob = rig.peer.person("bob")
    short = Peer("short.test", rig.network, rig.clock)
    await short.open()
    short.people["bob"] = bob
    try:
        assert (await rig.directory.find("@bob@short.test")).handle == "@bob@b.test"

        def agreeing(resource: str) -> Any:
            answer = original(resource)
            answer.text = (answer.text or "").replace("acct:bob@b.test", "acct:bob@short.test")
            return answer

        original = rig.peer._webfinger
        rig.peer._webfinger = agreeing  # type: ignore[method-assign]
        assert (await rig.directory.find("@bob@short.test", fresh=True)).handle == "@bob@short.test"
        assert (await rig.directory.actor(bob.uri, fresh=True)).handle == "@bob@short.test"
    finally:
        await short.close()


# --- keys -------------------------------------------------------------------------------------------------------


async def test_key_of_an_actor(rig: Rig) -> None:
    bob = rig.peer.person("bob")
    key = await rig.directory.key(bob.key_id)
    assert (key.uri, key.actor.uri) == (bob.key_id, bob.uri)
    await rig.directory.key(bob.key_id)
    assert fetches(rig) == 1


async def test_key_document_of_its_own(rig: Rig) -> None:
    """One server keeps its keys at /users/x/main-key; the actor must list it."""
    bob = rig.peer.person("bob")
    uri = f"{bob.uri}/main-key"
    bob.document["publicKey"]["id"] = uri
    rig.peer.documents["/users/bob/main-key"] = {**bob.document["publicKey"], "@context": []}
    assert (await rig.directory.key(uri)).actor.uri == bob.uri
    other = f"{bob.uri}/other-key"
    rig.peer.documents["/users/bob/other-key"] = {**bob.document["publicKey"], "id": other}
    with pytest.raises(BadSignature, match="does not list"):
        await rig.directory.key(other)
    rig.peer.documents["/users/bob/third"] = {**bob.document["publicKey"], "id": f"{bob.uri}/third#x"}
    with pytest.raises(BadSignature, match="another id"):
        await rig.directory.key(f"{bob.uri}/third")


async def test_stub_that_leads_to_the_actor(rig: Rig) -> None:
    bob = rig.peer.person("bob")
    uri = f"{bob.uri}/main-key"
    bob.document["publicKey"]["id"] = uri
    rig.peer.documents["/users/bob/main-key"] = {
        key: bob.document[key] for key in ("id", "type", "preferredUsername", "publicKey")
    }
    assert (await rig.directory.key(uri)).actor.uri == bob.uri


async def test_keys_that_are_not_theirs(rig: Rig) -> None:
    """An evil host serves a key that names a victim elsewhere as its owner."""
    bob = rig.peer.person("bob")
    evil = Peer("evil.test", rig.network, rig.clock)
    await evil.open()
    try:
        mallory = evil.person("mallory")
        mallory.document["publicKey"]["owner"] = bob.uri
        with pytest.raises(BadSignature):
            await rig.directory.key(mallory.key_id)
        evil.documents["/key"] = {**mallory.document["publicKey"], "id": "http://evil.test/key"}
        with pytest.raises(BadSignature, match="another host"):
            await rig.directory.key("http://evil.test/key")
        evil.person("twin", id=bob.uri)
        with pytest.raises(BadSignature):
            await rig.directory.key("http://evil.test/users/twin#main-key")
    finally:
        await evil.close()
    assert (await rig.directory.key(bob.key_id)).actor.uri == bob.uri


async def test_failed_keys_are_not_asked_for_again_at_once(rig: Rig) -> None:
    for _ in range(5):
        with pytest.raises(BadSignature):
            await rig.directory.key("http://b.test/users/nobody#main-key")
    assert fetches(rig) == 1
    rig.clock.forward(seconds=61)
    rig.peer.person("nobody")
    await rig.directory.key("http://b.test/users/nobody#main-key")
    for _ in range(5):
        with pytest.raises(BadSignature, match="not list"):
            await rig.directory.key("http://b.test/users/nobody#other-key")
    assert fetches(rig) == 3, "a document that can be had, and does not name the key, is no reason to ask on"


async def test_key_is_read_again_at_most_every_five_minutes(rig: Rig) -> None:
    bob = rig.peer.person("bob")
    await rig.directory.key(bob.key_id)
    with pytest.raises(BadSignature, match="lately"):
        await rig.directory.key(bob.key_id, fresh=True)
    rig.clock.forward(minutes=6)
    await rig.directory.key(bob.key_id, fresh=True)
    with pytest.raises(BadSignature, match="lately"):
        await rig.directory.key(bob.key_id, fresh=True)
    assert fetches(rig) == 2


# --- hosts ------------------------------------------------------------------------------------------------------


async def test_software_is_read_once_a_day(rig: Rig) -> None:
    await rig.directory.actor(rig.peer.person("bob").uri)
    for _ in range(3):
        await rig.directory.describe("b.test")
    async with rig.node.reading() as work:
        row = await work.session.get(PeerRow, "b.test")
    assert row is not None
    assert (row.software, row.version) == ("scripted", "1")
    assert len([request for request in rig.peer.requests if request.path == "/nodeinfo"]) == 1
    rig.clock.forward(hours=25)
    await rig.directory.describe("b.test")
    assert len([request for request in rig.peer.requests if request.path == "/nodeinfo"]) == 2
    await rig.directory.describe("unknown.test")


async def test_a_host_that_does_not_say_is_left_alone(rig: Rig) -> None:
    await rig.directory.actor(rig.peer.person("bob").uri)
    await rig.peer.close()
    await rig.directory.describe("b.test")
    async with rig.node.reading() as work:
        row = await work.session.get(PeerRow, "b.test")
    assert row is not None
    assert row.described_at is not None
    assert row.software == ""


async def test_a_host_that_we_had_no_time_to_ask_is_asked_soon(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def have_no_time(*_: Any, **__: Any) -> Any:
        raise Busy("too many wait")

    await rig.directory.actor(rig.peer.person("bob").uri)
    with monkeypatch.context() as patch:
        patch.setattr(rig.client, "fetch", have_no_time)
        await rig.directory.describe("b.test")
    await rig.directory.describe("b.test")
    async with rig.node.reading() as work:
        row = await work.session.get(PeerRow, "b.test")
    assert row is not None
    assert row.software == "scripted"


async def test_a_host_is_described_once_for_all_who_come_from_there(rig: Rig) -> None:
    await rig.directory.actor(rig.peer.person("bob").uri)
    before = fetches(rig)
    await asyncio.gather(*(rig.directory.describe("b.test") for _ in range(5)))
    assert fetches(rig) == before + 2, "the list of its NodeInfo documents, and one of them"
    await rig.directory.describe("b.test")
    assert fetches(rig) == before + 2, "once a day"
