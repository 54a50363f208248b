"""What strangers may send to an inbox: forged, broken, oversized or odd, it is answered in kind and changes nothing."""

import asyncio
import base64
import json
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from node.inbox.model import Received
from node.posts.model import Post
from support.network import Network
from support.nodes import Nodes, RigNode
from support.peer import Answer, Peer

FORGED = {401, 403}


@pytest.fixture
async def target(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


async def stored(node: RigNode) -> int:
    async with node.reading() as work:
        return int(await work.session.scalar(sa.select(sa.func.count()).select_from(Received)) or 0)


def inbox(node: RigNode) -> str:
    return f"{node.base}/ap/inbox"


async def test_a_true_one_is_taken_so_that_the_others_mean_something(target: RigNode, peer: Peer) -> None:
    sam = peer.person("sam")
    answer = await peer.send(sam, inbox(target), peer.activity(sam, "Create", peer.note(sam, "Hello")))
    assert answer.status == 202
    assert await stored(target) == 1


async def test_a_signature_must_be_there_true_and_cover_what_counts(target: RigNode, peer: Peer) -> None:
    sam, eve = peer.person("sam"), peer.person("eve")
    now = target.time()

    async def attempt(**how: Any) -> int:
        return (await peer.send(sam, inbox(target), peer.activity(sam, "Like", "http://a.test/x"), **how)).status

    def date(**off: float) -> dict[str, str]:
        return {"date": format_datetime(now + timedelta(**off), usegmt=True)}

    tries = {
        "none": await attempt(sign=False),
        "another's key": await attempt(key=eve.key),
        "another's key id": await attempt(key=eve.key, key_id=eve.key_id),
        "no digest signed": await attempt(signed="(request-target) host date"),
        "no host signed": await attempt(signed="(request-target) date digest"),
        "no target signed": await attempt(signed="host date digest"),
        "no date signed": await attempt(signed="(request-target) host digest"),
        "nothing signed": await attempt(headers={"signature": f'keyId="{sam.key_id}",headers="",signature=""'}),
        "not base64": await attempt(headers={"signature": f'keyId="{sam.key_id}",headers="date",signature="!!"'}),
        "no such header": await attempt(headers={"signature": "complete nonsense"}),
        "another date than signed": await attempt(headers=date(hours=-1)),
        "a digest of something else": await attempt(
            headers={"digest": "SHA-256=" + base64.b64encode(b"x" * 32).decode()}
        ),
    }
    assert {name: status for name, status in tries.items() if status not in FORGED} == {}
    assert await stored(target) == 0


@pytest.mark.parametrize("off", [timedelta(hours=-13), timedelta(hours=2), timedelta(days=-4000)])
async def test_a_signature_has_its_time(target: RigNode, peer: Peer, off: timedelta) -> None:
    sam = peer.person("sam")
    peer.clock = lambda: target.time() + off
    answer = await peer.send(sam, inbox(target), peer.activity(sam, "Like", "http://a.test/x"))
    assert answer.status in FORGED
    assert await stored(target) == 0


async def test_what_was_signed_for_another_host_is_not_for_us(target: RigNode, peer: Peer, network: Network) -> None:
    sam = peer.person("sam")
    network.add("b.test", network.port("a.test"))  # somebody passes on what was sent to them
    answer = await peer.send(sam, "http://b.test/ap/inbox", peer.activity(sam, "Like", "http://a.test/x"))
    assert 400 <= answer.status < 500
    assert await stored(target) == 0


async def test_a_key_belongs_to_the_actor_that_names_it(target: RigNode, peer: Peer, network: Network) -> None:
    other = Peer("q.test", network, target.time)
    await other.open()
    try:
        sam, ann = peer.person("sam"), other.person("ann")
        victim = other.activity(ann, "Like", "http://a.test/x")
        # a key document of our own that says it were ann's
        peer.documents["/key"] = {
            "@context": "https://w3id.org/security/v1",
            "id": f"{peer.base}/key",
            "owner": ann.uri,
            "publicKeyPem": sam.document["publicKey"]["publicKeyPem"],
        }
        # an actor document of ours that claims her id
        peer.documents["/users/fake"] = {**ann.document, "publicKey": sam.document["publicKey"]}
        tries = [
            await peer.send(sam, inbox(target), victim),
            await peer.send(sam, inbox(target), victim, key_id=f"{peer.base}/key"),
            await peer.send(sam, inbox(target), victim, key_id=f"{peer.base}/users/fake#main-key"),
            await peer.send(sam, inbox(target), victim, key_id=ann.key_id),
        ]
        assert [answer.status for answer in tries if answer.status not in FORGED] == []
        assert await stored(target) == 0
    finally:
        await other.close()


@pytest.mark.parametrize(("bits", "exponent"), [(1024, 65537), (2048, 3)])
async def test_weak_keys_are_no_keys(target: RigNode, peer: Peer, bits: int, exponent: int) -> None:
    sam = peer.person("sam")
    sam.key = rsa.generate_private_key(public_exponent=exponent, key_size=bits)
    sam.document["publicKey"]["publicKeyPem"] = (
        sam.key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    answer = await peer.send(sam, inbox(target), peer.activity(sam, "Like", "http://a.test/x"))
    assert answer.status in FORGED


ODD_KEYS = [
    "",
    "not an address",
    "http://p.test/nobody#main-key",
    "http://p.test/users/sam#other-key",
    "http://10.0.0.1/users/sam#main-key",
    "http://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "gopher://p.test/",
    "http://p.test:22/",
    "http://unknown.test/users/sam#main-key",
    "http://p.test/users/sam\u00a0#main-key",
    "http://" + "a" * 3000 + ".test/#k",
    "http://sam:pw@p.test/users/sam#main-key",
]


async def test_odd_key_ids_lead_nowhere(target: RigNode, peer: Peer, network: Network) -> None:
    sam = peer.person("sam")
    answers = {}
    for key_id in ODD_KEYS:
        activity = peer.activity(sam, "Like", "http://a.test/x")
        answers[key_id] = (await peer.send(sam, inbox(target), activity, key_id=key_id)).status
    assert {key_id: status for key_id, status in answers.items() if status not in (400, 401, 403, 431)} == {}
    assert not {"10.0.0.1", "169.254.169.254"} & set(network.asked)
    assert await stored(target) == 0


BROKEN: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"hello",
    "half": b'{"type": "Like"',
    "a list": b"[]",
    "a text": b'"Like"',
    "a number": b"1",
    "null": b"null",
    "NaN": b'{"type":"Like","actor":"%A","id":"%A/1","object":NaN}',
    "Infinity": b'{"type":"Like","actor":"%A","id":"%A/1","object":-Infinity}',
    "a key twice": b'{"type":"Like","actor":"%A","id":"%A/1","object":"x","object":"y"}',
    "broken UTF-8": b'{"type":"Like","actor":"%A","id":"%A/1","object":"\xff\xfe"}',
    "deep": b'{"type":"Like","actor":"%A","id":"%A/1","object":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "wide": b'{"type":"Like","actor":"%A","id":"%A/1","object":[' + b"1," * 20_000 + b"1]}",
    "a long number": b'{"type":"Like","actor":"%A","id":"%A/1","object":' + b"9" * 5000 + b"}",
    "no actor": b'{"type":"Like","id":"%A/1","object":"x"}',
    "two actors": b'{"type":"Like","actor":["%A","%A"],"id":"%A/1","object":"x"}',
    "actor within": b'{"type":"Like","actor":{"id":"%A","type":"Person","inbox":"x"},"id":"%A/1","object":"x"}',
    "actor a number": b'{"type":"Like","actor":7,"id":"%A/1","object":"x"}',
    "no type": b'{"actor":"%A","id":"%A/1","object":"x"}',
}


async def test_what_cannot_be_read_is_refused_although_it_is_signed(target: RigNode, peer: Peer) -> None:
    sam = peer.person("sam")
    answers = {}
    for name, body in BROKEN.items():
        answers[name] = (await peer.send(sam, inbox(target), None, body=body.replace(b"%A", sam.uri.encode()))).status
    assert {name: status for name, status in answers.items() if status not in (400, 401)} == {}
    assert await stored(target) == 0


A = "http://p.test/users/sam"

ODD: dict[str, dict[str, Any]] = {
    "unknown verb": {"type": "Dance", "object": "http://a.test/x"},
    "many verbs": {"type": ["Dance", "Like"], "object": "http://a.test/x"},
    "no object": {"type": "Create"},
    "object null": {"type": "Create", "object": None},
    "object a number": {"type": "Create", "object": 17},
    "object empty": {"type": "Create", "object": {}},
    "object a list": {"type": "Create", "object": [{"type": "Note"}, 4, None]},
    "object without an id": {"type": "Create", "object": {"type": "Note", "content": "x", "attributedTo": A}},
    "a note by nobody": {"type": "Create", "object": {"type": "Note", "id": A + "/n1", "content": "x"}},
    "a note by two": {
        "type": "Create",
        "object": {"type": "Note", "id": A + "/n2", "attributedTo": [A, "http://a.test/ap/actors/office"]},
    },
    "NUL and half characters": {
        "type": "Create",
        "object": {"type": "Note", "id": A + "/n3", "attributedTo": A, "content": "a\x00b\ud800c", "to": "as:Public"},
    },
    "no text but a tree": {
        "type": "Create",
        "object": {"type": "Note", "id": A + "/n4", "attributedTo": A, "content": {"a": [1]}, "name": 4, "tag": "x"},
    },
    "times of another world": {
        "type": "Create",
        "object": {"type": "Note", "id": A + "/n5", "attributedTo": A, "content": "x", "published": "99999-99-99T99"},
    },
    "expanded": {"type": "Like", "https://www.w3.org/ns/activitystreams#actor": [{"@id": A}], "@graph": []},
    "undo of nothing": {"type": "Undo", "object": A + "/never"},
    "undo of a number": {"type": "Undo", "object": 3},
    "accept of nothing": {"type": "Accept", "object": "http://a.test/ap/activities/1"},
    "accept of another's": {"type": "Accept", "object": {"type": "Follow", "actor": A, "object": A}},
    "reject of nothing": {"type": "Reject", "object": {}},
    "follow of nobody": {"type": "Follow", "object": "http://a.test/ap/actors/nobody"},
    "follow of a list": {"type": "Follow", "object": ["http://a.test/ap/actors/office"] * 3},
    "follow of oneself": {"type": "Follow", "object": A},
    "delete of another's": {"type": "Delete", "object": "http://a.test/ap/actors/office"},
    "update of another's": {
        "type": "Update",
        "object": {"type": "Organization", "id": "http://a.test/ap/actors/office", "name": "Taken", "inbox": A},
    },
    "offer of nonsense": {"type": "Offer", "object": {"type": "Relationship", "subject": 1, "object": None}},
    "a listing of nonsense": {
        "type": "Create",
        "object": {
            "type": ["Note", "Proposal"], "id": A + "/n6", "attributedTo": A, "content": "x", "purpose": 7,
            "publishes": {"type": "Intent", "resourceQuantity": {"hasNumericalValue": "1e999", "hasUnit": []}},
            "reciprocal": "x",
        },
    },
    "a thousand of everything": {
        "type": "Create",
        "object": {
            "type": "Note", "id": A + "/n7", "attributedTo": A, "content": "x" * 90_000,
            "tag": [{"type": "Hashtag", "name": f"#t{n}"} for n in range(1000)]
            + [{"type": "Mention", "href": f"http://nowhere{n}.test/u", "name": "@u"} for n in range(1000)],
            "attachment": [{"type": "Image", "url": f"http://p.test/{n}.png"} for n in range(1000)],
            "to": [f"http://nowhere{n}.test/u" for n in range(1000)],
        },
    },
}  # fmt: skip


async def test_what_can_be_read_and_makes_no_sense_is_kept_and_changes_nothing(
    target: RigNode, peer: Peer, network: Network
) -> None:
    sam = peer.person("sam")
    assert sam.uri == A
    answers = {}
    for name, odd in ODD.items():
        activity = {"@context": "https://www.w3.org/ns/activitystreams", "id": peer.uri(), "actor": A, **odd}
        answers[name] = (await peer.send(sam, inbox(target), activity)).status
    assert {name: status for name, status in answers.items() if status not in (200, 202, 400)} == {}
    await target.settle()
    async with target.reading() as work:
        rows = (await work.session.execute(sa.select(Received.state, Received.reason, Received.body))).all()
        posts = (await work.session.execute(sa.select(Post.uri, Post.author_id))).all()
    assert [row for row in rows if row.state not in ("done", "ignored", "refused")] == []
    assert [post for post in posts if not post.uri.startswith(A)] == []
    assert (await peer.get("http://a.test/ap/actors/office")).json["name"] == "Association A"
    assert len([host for host in network.asked if host.startswith("nowhere")]) <= 20


async def test_a_body_has_its_measure(target: RigNode, peer: Peer) -> None:
    sam = peer.person("sam")
    large = json.dumps({**peer.activity(sam, "Create", {}), "content": "x" * (1 << 20)}).encode()
    assert (await peer.send(sam, inbox(target), None, body=large)).status == 413
    packed = await peer.send(sam, inbox(target), {}, headers={"content-encoding": "gzip"})
    assert packed.status == 415
    assert await stored(target) == 0


async def test_a_replay_and_twenty_twins_have_one_effect(target: RigNode, peer: Peer) -> None:
    sam = peer.person("sam")
    follow = peer.activity(sam, "Follow", f"{target.base}/ap/actors/office")
    twins = await asyncio.gather(*(peer.send(sam, inbox(target), follow) for _ in range(20)))
    assert {answer.status for answer in twins} <= {200, 202}
    await target.settle()
    again = await peer.send(sam, inbox(target), follow)
    assert again.status in (200, 202)
    await target.settle()
    assert await stored(target) == 1
    assert len(peer.activities("Accept")) == 1


async def test_nobody_can_take_an_id_that_is_not_theirs(target: RigNode, peer: Peer, network: Network) -> None:
    """A foreign id must not create a row that blocks the true one later."""
    other = Peer("q.test", network, target.time)
    await other.open()
    try:
        sam, ann = peer.person("sam"), other.person("ann")
        true = other.activity(ann, "Follow", f"{target.base}/ap/actors/office")
        squat = await peer.send(sam, inbox(target), {**true, "actor": sam.uri})
        assert squat.status in (202, 400, 401, 403)
        await target.settle()
        assert (await other.send(ann, inbox(target), true)).status == 202
        await target.settle()
        assert [activity["type"] for activity in other.activities()] == ["Accept"]
        assert peer.activities("Accept") == []
    finally:
        await other.close()


async def test_a_key_is_fetched_once_and_a_missing_one_is_remembered(target: RigNode, peer: Peer) -> None:
    sam = peer.person("sam")
    answers: list[Answer] = [
        await peer.send(sam, inbox(target), peer.activity(sam, "Like", "http://a.test/x"), key_id=f"{peer.base}/none#k")
        for _ in range(5)
    ]
    assert {answer.status for answer in answers} <= FORGED
    assert len([request for request in peer.requests if request.path == "/none"]) <= 2
    for _ in range(5):
        await peer.send(sam, inbox(target), peer.activity(sam, "Like", "http://a.test/x"), key=peer.person("eve").key)
    assert len([request for request in peer.requests if request.path == "/users/sam"]) <= 3
