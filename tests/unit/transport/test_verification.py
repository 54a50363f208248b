"""What an inbox believes, tried with a scripted host that signs with code of its own."""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation import directory as directory_module
from federation.errors import BadSignature, PeerGone, Unreachable
from federation.places import Places
from federation.signatures import keys, proofs, rfc9421
from node.actors.model import Actor
from node.errors import Forbidden, NodeError, Unavailable
from node.peers.model import Peer as PeerRow
from support.peer import Peer, Person

from .conftest import Rig

INBOX = "http://a.test/ap/inbox"


@pytest.fixture(scope="session")
def spare() -> tuple[RSAPrivateKey, RSAPrivateKey]:
    """Keys that nobody has yet."""
    return keys.generate_rsa(), keys.generate_rsa()


class Sent:
    """A request as a peer would have sent it, caught on its way."""

    def __init__(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> None:
        self.method, self.url, self.headers, self.body = method, url, dict(headers), body

    async def verify(self, rig: Rig, **changed: Any) -> Actor:
        headers = {**self.headers, **changed.pop("headers", {})}
        lines = [(name, value) for name, value in headers.items() if value is not None]
        target = changed.get("target", self.url.removeprefix("http://a.test"))
        return await rig.verifier.verify(
            changed.get("method", self.method),
            target,
            [*lines, *changed.get("more", [])],
            changed.get("body", self.body),
        )


async def sent(rig: Rig, person: Person, url: str = INBOX, peer: Peer | None = None, **how: Any) -> Sent:
    """What ``peer.send`` would put on the wire."""
    caught: list[Sent] = []

    async def catch(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> None:
        caught.append(Sent(method, url, headers, body))

    sender = peer or rig.peer
    original, sender._call = sender._call, catch  # type: ignore[method-assign,assignment]
    try:
        await sender.send(person, url, sender.activity(person, "Follow", "http://a.test/ap/actors/alice"), **how)
    finally:
        sender._call = original  # type: ignore[method-assign]
    return caught[0]


def newer(rig: Rig, person: Person, url: str = INBOX, body: bytes | None = b"{}") -> Sent:
    method = "GET" if body is None else "POST"
    return Sent(method, url, rfc9421.sign(method, url, body, person.key_id, person.key, rig.clock()), body)


async def test_who_sent_it(rig: Rig) -> None:
    bob = rig.peer.person("bob")
    request = await sent(rig, bob)
    actor = await request.verify(rig)
    assert (actor.uri, actor.is_local) == (bob.uri, False)
    before = len(rig.peer.requests)
    assert (await (await sent(rig, bob)).verify(rig)).id == actor.id
    assert len(rig.peer.requests) == before, "the key is known now"
    async with rig.node.reading() as work:
        row = await work.session.get(PeerRow, "b.test")
    assert row is not None
    assert row.heard_at == rig.clock()
    assert row.signature_style == "cavage"


async def test_the_newer_kind_is_verified_and_learned(rig: Rig) -> None:
    bob = rig.peer.person("bob")
    assert (await newer(rig, bob).verify(rig)).uri == bob.uri
    async with rig.node.reading() as work:
        row = await work.session.get(PeerRow, "b.test")
    assert row is not None
    assert (row.signature_style, row.style_learned_at) == ("rfc9421", rig.clock())
    with pytest.raises(BadSignature):
        await newer(rig, bob).verify(rig, body=b"{ }")
    with pytest.raises(BadSignature):
        await newer(rig, bob, INBOX + "?a").verify(rig, target="/ap/inbox")


async def test_signed_gets(rig: Rig) -> None:
    bob = rig.peer.person("bob")
    assert (await newer(rig, bob, "http://a.test/ap/objects/1", None).verify(rig)).uri == bob.uri
    with pytest.raises(BadSignature, match="no signature"):
        await rig.verifier.verify("GET", "/ap/objects/1", [("Host", "a.test")], None)


@pytest.mark.parametrize(
    "change",
    [
        {"body": b"{}"},
        {"method": "PUT"},
        {"target": "/ap/actors/alice/inbox"},
        {"headers": {"digest": "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}},
        {"headers": {"digest": None}},
        {"headers": {"date": "Mon, 04 May 2026 09:00:01 GMT"}},
        {"headers": {"date": None}},
        {"headers": {"host": None}},
        {"headers": {"signature": None}},
        {"headers": {"signature": "x"}},
        {"headers": {"content-type": "text/html"}},
        {"more": [("Host", "a.test")]},
        {"more": [("Digest", "x=y")]},
        {"more": [("Date", "Mon, 04 May 2026 09:00:00 GMT")]},
        {"more": [("Signature", 'keyId="x"')]},
        {"more": [("Signature-Input", 'sig1=("@method")')]},
    ],
)
async def test_changes_on_the_way(rig: Rig, change: dict[str, Any]) -> None:
    request = await sent(rig, rig.peer.person("bob"))
    with pytest.raises(BadSignature):
        await request.verify(rig, **change)
    assert (await request.verify(rig)).username == "bob"


@pytest.mark.parametrize(
    "signed", ["date", "(request-target) date digest", "host date digest", "(request-target) host date"]
)
async def test_too_little_signed_is_refused_before_anything_is_fetched(rig: Rig, signed: str) -> None:
    request = await sent(rig, rig.peer.person("bob"), signed=signed)
    with pytest.raises(BadSignature, match="not signed"):
        await request.verify(rig)
    assert rig.peer.requests == []


async def test_old_requests_are_refused_before_anything_is_fetched(rig: Rig) -> None:
    request = await sent(rig, rig.peer.person("bob"))
    rig.clock.forward(hours=12, minutes=1)
    with pytest.raises(BadSignature, match="old"):
        await request.verify(rig)
    rig.clock.forward(hours=-14)
    with pytest.raises(BadSignature, match="future"):
        await request.verify(rig)
    assert rig.peer.requests == []


async def test_a_request_for_another_host(rig: Rig) -> None:
    bob = rig.peer.person("bob")
    request = await sent(rig, bob, "http://c.test/ap/inbox")
    request.url = INBOX
    for host in ("c.test", "a.test"):
        with pytest.raises(BadSignature, match="does not match"):
            await request.verify(rig, headers={"host": host})
        rig.clock.forward(minutes=6)  # the key is not read again at once
    with pytest.raises(BadSignature, match="more than once"):
        await (await sent(rig, bob)).verify(rig, more=[("host", "a.test")])


async def test_a_proxy_that_calls_us_by_another_name(rig: Rig) -> None:
    """What counts is the address by which the sender knows us."""
    bob = rig.peer.person("bob")
    for host in ("127.0.0.1:8080", "backend"):
        assert (await (await sent(rig, bob)).verify(rig, headers={"host": host})).uri == bob.uri


async def test_somebody_else_s_key(rig: Rig) -> None:
    bob, carol = rig.peer.person("bob"), rig.peer.person("carol")
    request = await sent(rig, bob, key=carol.key)
    with pytest.raises(BadSignature):
        await request.verify(rig)
    actor = await (await sent(rig, bob, key_id=carol.key_id, key=carol.key)).verify(rig)
    assert actor.uri == carol.uri, "the owner of the key, whatever the activity says"


async def test_a_changed_key_is_read_again(rig: Rig, spare: tuple[RSAPrivateKey, RSAPrivateKey]) -> None:
    """Blind rotation: the peer lost its key and made another."""
    bob = rig.peer.person("bob")
    await (await sent(rig, bob)).verify(rig)
    rig.clock.forward(minutes=6)
    other = keys.public_pem(spare[0])
    bob.document["publicKey"]["publicKeyPem"] = other
    assert (await (await sent(rig, bob, key=spare[0])).verify(rig)).uri == bob.uri
    before = len(rig.peer.requests)
    for _ in range(10):
        with pytest.raises(BadSignature):
            await (await sent(rig, bob, key=spare[1])).verify(rig)
    assert len(rig.peer.requests) == before, "at most one refetch in five minutes"


async def test_weak_and_foreign_keys(rig: Rig) -> None:
    bob = rig.peer.person("bob")
    bob.document["publicKey"]["publicKeyPem"] = "-----BEGIN PUBLIC KEY-----\nMFw=\n-----END PUBLIC KEY-----"
    with pytest.raises(BadSignature):
        await (await sent(rig, bob)).verify(rig)
    carol = rig.peer.person("carol")
    for key_id in (
        "carol",
        "ftp://b.test/x",
        "http://[::2]/x",
        "http://10.0.0.1/x",
        "urn:x",
        "http://a.test/nobody#k",
    ):
        with pytest.raises(BadSignature):
            await (await sent(rig, carol, key_id=key_id)).verify(rig)


async def test_shut_out(rig: Rig) -> None:
    bob = rig.peer.person("bob")
    request = await sent(rig, bob)
    await request.verify(rig)
    async with rig.node.writing() as work:
        await work.session.execute(sa.update(Actor).where(Actor.uri == bob.uri).values(suspended_at=work.now))
    with pytest.raises(Forbidden):
        await request.verify(rig)
    async with rig.node.writing() as work:
        await work.session.execute(sa.update(Actor).where(Actor.uri == bob.uri).values(suspended_at=None))
        await work.session.execute(sa.update(PeerRow).values(blocked_at=work.now))
    before = len(rig.peer.requests)
    with pytest.raises(Forbidden):
        await request.verify(rig)
    with pytest.raises(Forbidden):
        await (await sent(rig, rig.peer.person("carol"))).verify(rig)
    assert len(rig.peer.requests) == before, "a blocked host is not asked for keys"


async def test_gone(rig: Rig) -> None:
    bob = rig.peer.person("bob")
    request = await sent(rig, bob)
    rig.peer.documents["/users/bob"] = (410, {})
    with pytest.raises(PeerGone):
        await request.verify(rig)


async def test_an_unreachable_key_is_not_a_false_one(rig: Rig) -> None:
    request = await sent(rig, rig.peer.person("bob"))
    rig.network.remove("b.test")
    with pytest.raises(Unreachable):
        await request.verify(rig)


async def test_strangers_are_looked_up_a_few_at_a_time(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory_module, "_AT_ONCE", 3)
    monkeypatch.setattr(directory_module, "_PATIENCE", 0.5)
    monkeypatch.setattr(rig.directory, "_strangers", Places(3, 0))
    release = asyncio.Event()

    async def hang(uri: str, **_: object) -> dict[str, Any]:
        await release.wait()
        return {}

    monkeypatch.setattr(rig.directory, "document", hang)
    requests = [await sent(rig, rig.peer.person(f"p{number}")) for number in range(6)]
    outcomes = await asyncio.gather(*(request.verify(rig) for request in requests), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Unavailable"] * 3 + ["Unreachable"] * 3
    assert issubclass(Unavailable, NodeError)
    release.set()


async def test_a_revived_host_is_tried_again(rig: Rig) -> None:
    bob = rig.peer.person("bob")
    await rig.directory.actor(bob.uri)
    later = rig.clock() + timedelta(hours=6)
    async with rig.node.writing() as work:
        await work.session.execute(sa.update(PeerRow).values(failures=9, open_until=later, due_at=later))
    await (await sent(rig, bob)).verify(rig)
    async with rig.node.reading() as work:
        row = await work.session.get(PeerRow, "b.test")
    assert row is not None
    assert (row.open_until, row.due_at) == (None, rig.clock())


async def test_proofs_of_documents_that_others_carry(rig: Rig) -> None:
    secret = keys.generate_ed25519()
    bob = rig.peer.person("bob")
    key_id = f"{bob.uri}#ed25519-key"
    bob.document["assertionMethod"] = [
        {"id": key_id, "type": "Multikey", "controller": bob.uri, "publicKeyMultibase": keys.multikey(secret)}
    ]
    activity = rig.peer.activity(bob, "Create", rig.peer.note(bob, "Hello"))
    proven = json.loads(json.dumps(proofs.sign(activity, key_id, secret, rig.clock())))
    assert (await rig.verifier.prove(proven)).uri == bob.uri
    with pytest.raises(BadSignature):
        await rig.verifier.prove({**proven, "to": ["x"]})
    with pytest.raises(BadSignature, match="no proof"):
        await rig.verifier.prove(activity)
    rsa = {**proven, "proof": {**proven["proof"], "verificationMethod": bob.key_id}}
    with pytest.raises(BadSignature):
        await rig.verifier.prove(rsa)
