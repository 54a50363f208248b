"""Whatever somebody with a true key says, it is answered, comes to an end, and changes nothing that is another's."""

import copy
import random
from typing import Any

import sqlalchemy as sa

from federation.catalogue import VERBS
from node.actors.model import Actor
from node.posts.model import Post
from node.posts.service import Draft, publish
from support.inbound import ends
from support.network import Network
from support.nodes import Nodes, RigNode
from support.peer import PUBLIC, Peer

ANSWERS = {200, 202, 400, 401, 403, 404, 410, 413, 415}
TRIES = 90
ODD = (
    None, True, 0, -1, 2**63 - 1, 1.5, "", " ", "x", "\u0000", "\ud83d\ude00" * 50, [], {}, [[]], [None], [{}],
    {"id": None}, {"type": []}, {"id": []}, "https://", "http://[::1", "as:Public", PUBLIC, "a" * 3000, {"@value": 1},
    ["Note", "Person"],
)  # fmt: skip


def places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        found += [(value, key), *places(value[key])]
    return found


async def rows(node: RigNode, host: str) -> list[tuple[Any, ...]]:
    """Everything that stands here about this host's people and what they wrote, and about our own."""
    found: list[tuple[Any, ...]] = []
    async with node.reading() as work:
        for table, theirs in ((Actor, Actor.host == host), (Actor, Actor.is_local), (Post, Post.uri.contains(host))):
            columns = [c for c in table.__table__.columns if c.name not in ("likes", "boosts", "replies", "updated_at")]
            found += [tuple(row) for row in await work.session.execute(sa.select(*columns).where(theirs))]
        mine = sa.select(Post.id, Post.uri, Post.content, Post.deleted_at).where(Post.is_local)
        found += [tuple(row) for row in await work.session.execute(mine)]
    return sorted(found, key=repr)


async def test_anything_at_all_from_a_true_key(nodes: Nodes, peer: Peer, network: Network) -> None:
    chance = random.Random(20261122)  # the same every time
    node = await nodes.start("a.test")
    alice = await node.member("Alice Baker")
    victims = Peer("v.test", network, node.time)
    await victims.open()
    vic = victims.person("vic")
    theirs = victims.note(vic, "Good morning")
    create = victims.activity(vic, "Create", theirs, to=[PUBLIC, alice.uri], cc=[])
    theirs["to"] = [PUBLIC, alice.uri]
    assert (await victims.send(vic, f"{node.base}/ap/inbox", create)).status == 202
    async with node.writing() as work:
        post = await publish(work, await work.session.get_one(Actor, alice.actor_id), Draft("Bread"))
        ours = post.uri
    await node.settle()
    before = await rows(node, "v.test")
    assert any(theirs["id"] in row for row in before)
    sam = peer.person("sam")
    objects = (
        vic.uri,
        theirs["id"],
        theirs,
        alice.uri,
        ours,
        sam.uri,
        sam.document,
        vic.document,
        create,
        create["id"],
    )
    answers = []
    for number in range(TRIES):
        kind = sorted(VERBS)[number % len(VERBS)]
        of = copy.deepcopy(chance.choice((*objects, peer.note(sam, "mine", to=[alice.uri]))))
        if isinstance(of, dict) and chance.random() < 0.5:
            of["attributedTo"] = chance.choice((sam.uri, vic.uri, [vic.uri, sam.uri]))
        said = copy.deepcopy(peer.activity(sam, kind, of, to=[PUBLIC], target=chance.choice(objects)))
        for _ in range(chance.randrange(4)):
            inside, key = chance.choice([place for place in places(said) if place[1] != "@context"])
            inside[key] = copy.deepcopy(chance.choice((*ODD, *objects)))
        inbox = chance.choice((f"{node.base}/ap/inbox", f"{alice.uri}/inbox"))
        answers.append((await peer.send(sam, inbox, said)).status)
    assert set(answers) <= ANSWERS
    assert answers.count(202) > TRIES / 3, "otherwise this says little"
    for _ in range(8):
        await node.settle()
        node.time.forward(hours=13)
    assert {state for state, _ in await ends(node)} <= {"done", "ignored", "refused"}
    assert await rows(node, "v.test") == before
    await victims.close()
