"""What a worker had in hand when it died or lost its database: it is taken up again, and takes nothing else with it."""

import asyncio
import time

import pytest
import sqlalchemy as sa

from federation.catalogue import VERBS
from federation.client import Client
from federation.directory import Directory
from federation.places import Places
from federation.receiving import Receiver
from node import doctor
from node.actors.model import Actor
from node.errors import Unavailable
from node.inbox.model import Received
from node.inbox.service import Arrival, store
from node.presence import working
from node.work import Writing
from schemas.activities import Activity
from support.inbound import ends
from support.nodes import Nodes, RigNode
from support.peer import Peer


async def arrive(node: RigNode, *names: str) -> None:
    async with node.writing() as work:
        await store(
            work,
            [
                Arrival(f"http://p.test/{name}", "Dance", f"http://p.test/users/{name}", "p.test", "{}")
                for name in names
            ],
        )


def names(rows: list[Received]) -> list[str]:
    return [row.uri.rpartition("/")[2] for row in rows]


async def test_what_may_kill_the_worker_is_taken_up_alone(node: RigNode) -> None:
    async with Client(node) as client:
        await arrive(node, "sam", "eve")
        for _ in range(4):
            receiver = Receiver(node, Directory(node, client))
            assert names(await receiver._lease(50)) == ["sam", "eve"]
            async with working(node):  # the one before is dead: what it held is free
                pass
        await arrive(node, "ann")
        receiver = Receiver(node, Directory(node, client))
        assert names(await receiver._lease(50)) == ["ann"]
        assert names(await receiver._lease(50)) == ["sam"]
        assert names(await receiver._lease(50)) == ["eve"]


async def test_what_the_absence_of_the_database_interrupted_is_taken_up_soon(
    node: RigNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, but for the one that said so: perhaps it always will, and must not keep a processor busy."""
    async with Client(node) as client:
        await arrive(node, "sam", "eve")
        receiver = Receiver(node, Directory(node, client))
        rows = await receiver._lease(50)

        async def away(_row: Received) -> None:
            raise Unavailable

        monkeypatch.setattr(receiver, "_settle", away)
        await receiver._settle_all(rows)
        await receiver.close()
        async with node.reading() as work:
            kept = await work.session.execute(sa.select(Received.state, Received.attempts, Received.lease))
            assert {tuple(row) for row in kept} == {("waiting", 0, None)}
        assert names(await receiver._lease(50)) == ["eve"]
        node.time.forward(seconds=3)
        assert names(await receiver._lease(50)) == ["sam"]


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_what_breaks_each_time_is_given_up_and_holds_up_nobody(
    nodes: Nodes, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Poison (R15): tried so often and no more, in the doctor's words afterwards, and what others say goes on."""
    node = await nodes.start("a.test")
    alice = await node.member("Alice Baker")
    sam, ann = peer.person("sam"), peer.person("ann")
    tries = 0

    async def break_down(work: Writing, actor: Actor, activity: Activity) -> None:
        nonlocal tries
        tries += 1
        raise ZeroDivisionError

    monkeypatch.setattr(VERBS["Like"], "apply", break_down)
    poison = peer.activity(sam, "Like", alice.uri)
    for who, said in ((sam, poison), (ann, peer.activity(ann, "Follow", alice.uri))):
        assert (await peer.send(who, f"{node.base}/ap/inbox", said)).status == 202
    await node.settle()
    assert [state for state, _ in await ends(node)] == ["waiting", "done"]
    for _ in range(12):
        node.time.forward(hours=13)
        await node.settle()
    assert (await ends(node))[0] == ("failed", "ZeroDivisionError: ")
    assert tries <= 2 * 6, "alone and together with others, and so often again"
    async with node.reading() as work:
        assert await work.session.scalar(sa.select(Received.attempts).where(Received.uri == poison["id"])) == 6
    found = await doctor._queue(node.config)
    assert [finding.state for finding in found if "given up" in str(finding.text)] == [doctor.ATTENTION]


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_however_many_wait_for_a_host_others_have_their_turn(
    nodes: Nodes, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = await nodes.start("a.test")
    alice = await node.member("Alice Baker")

    async def hang(activity: Activity, _remote: Directory) -> Activity:
        await asyncio.sleep(60)
        return activity

    monkeypatch.setattr(VERBS["Like"], "prepare", hang)
    receiver = node.worker._receiver
    receiver._places = Places(2, patience=0.2)
    people = [peer.person(f"u{number}") for number in range(5)]
    said = [peer.activity(person, "Like", alice.uri) for person in people]
    said[4] = peer.activity(people[4], "Follow", alice.uri)
    for person, activity in zip(people, said, strict=True):
        assert (await peer.send(person, f"{node.base}/ap/inbox", activity)).status == 202
    begun = time.monotonic()
    while (await ends(node))[4][0] != "done":
        await receiver.work_off()
        assert time.monotonic() - begun < 2
    states = await ends(node)
    assert [state for state, _ in states[:4]] == ["waiting"] * 4
    assert "others were waiting" in states[0][1]
    await receiver.close()


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_a_lease_that_may_have_been_written_holds_nothing_up(
    nodes: Nodes, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database goes away between a COMMIT and its answer (R6): what was leased thereby is free again at once."""
    node = await nodes.start("a.test")
    alice = await node.member("Alice Baker")
    sam = peer.person("sam")
    assert (await peer.send(sam, f"{node.base}/ap/inbox", peer.activity(sam, "Follow", alice.uri))).status == 202
    commit, worker = Writing.commit, node.worker
    lost = 0

    async def lose_the_answer(self: Writing) -> None:
        nonlocal lost
        lost += 1
        await commit(self)
        raise Unavailable

    for work_off, go_on in (
        (worker._receiver.work_off, worker._receiver.work_off),
        (lambda: worker._deliverer.lease(20), node.settle),
    ):
        monkeypatch.setattr(Writing, "commit", lose_the_answer)
        with pytest.raises(Unavailable):
            await work_off()
        monkeypatch.setattr(Writing, "commit", commit)
        await go_on()
    assert lost == 2
    assert await ends(node) == [("done", "")]
    assert len(peer.activities("Accept")) == 1
