"""The clock jumps, ahead and back (R12): nothing is lost or doubled, and nothing waits for a time that was already."""

from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.errands import service as errands
from node.errands.model import Errand
from node.outbox.model import Delivery
from node.posts.service import Draft, publish
from support.inbound import ends
from support.network import Network
from support.nodes import Member, Nodes, RigNode
from support.peer import Peer, Person


async def say(node: RigNode, who: Member, words: str) -> None:
    async with node.writing() as work:
        await publish(work, await work.session.get_one(Actor, who.actor_id), Draft(words))


async def follow(node: RigNode, peer: Peer, who: Member, person: Person) -> None:
    assert (await peer.send(person, f"{who.uri}/inbox", peer.activity(person, "Follow", who.uri))).status == 202


def heard(peer: Peer) -> Counter[str]:
    """How often each post came and was taken."""
    return Counter(activity["object"]["content"].strip() for activity in peer.activities("Create"))


async def test_the_clock_jumps(nodes: Nodes, peer: Peer, network: Network) -> None:
    node = await nodes.start("a.test")
    alice = await node.member("Alice Baker")
    other = Peer("q.test", network, node.time)
    await other.open()
    sam, ann = peer.person("sam"), other.person("ann")
    await follow(node, peer, alice, sam)
    await follow(node, other, alice, ann)
    await node.settle()
    notes = []
    for number, step in enumerate(
        (timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1), timedelta(days=-1))
    ):
        # One host fails and is left alone for a while; what goes to the other, and what came, is held by one who died.
        peer.answer = 500
        await say(node, alice, f"before {number}")
        await node.worker._deliverer.lease(20)
        await node.work_once()
        notes.append(peer.note(sam, f"note {number}", to=[alice.uri], cc=[]))
        sent = peer.activity(sam, "Create", notes[-1], to=[alice.uri])
        assert (await peer.send(sam, f"{node.base}/ap/inbox", sent)).status == 202
        assert len(await node.worker._receiver._lease(50)) == 1
        async with node.writing() as work:
            await errands.ask(work, "unheard of", f"thing {number}")
            assert await errands.lease(work, 5)
        await node.settle()
        assert "waiting" in {state for state, _ in await ends(node)}
        node.time.now += step
        peer.answer = 202
        await say(node, alice, f"after {number}")
        await node.settle()
        assert {state for state, _ in await ends(node)} == {"done"}, step
        for there in (peer, other):
            assert {f"<p>before {number}</p>", f"<p>after {number}</p>"} <= set(heard(there)), (step, there.host)
        async with node.reading() as work:
            states = set(await work.session.scalars(sa.select(Delivery.state).distinct()))
            tries = await work.session.scalar(sa.select(Errand.attempts).where(Errand.subject == f"thing {number}"))
            assert tries == 2, step
        assert states == {"delivered"}, step
    taken = heard(other)
    assert set(taken.values()) == {1}
    assert len(taken) == 10
    visitor = await node.logged_in(alice)
    assert (await visitor.open("/today")).status == 200, "nobody is thrown out"
    await other.close()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_clocks_that_differ_a_little_are_no_jump(node: RigNode) -> None:
    from node import timekeeping
    from node.peers.model import Peer as PeerRow

    later = node.time() + timedelta(hours=3)
    async with node.writing() as work:
        work.session.add(PeerRow(host="p.test", first_seen_at=work.now, open_until=later, due_at=later))
        await timekeeping.look(work)
    node.time.forward(minutes=-4)
    async with node.writing() as work:
        await timekeeping.look(work)
        assert (await work.session.get_one(PeerRow, "p.test")).open_until == later
