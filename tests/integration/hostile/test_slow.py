"""They who take their time, coming in and going out, do not take the time of others."""

import asyncio
import time

import pytest
import sqlalchemy as sa

from federation.worker import Worker
from node.actors.model import Actor
from node.ids import new_id
from node.inbox.model import Received
from node.outbox import service as outbox
from node.outbox.service import Audience
from support.network import Network
from support.nodes import Nodes, RigNode
from support.peer import Peer

DRIPPING, HANGING = 60, 40
WITHIN = 2.0


async def drip(port: int, head: bytes) -> None:
    """Say the head, then a byte a second."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(1)
    finally:
        writer.transport.abort()


async def publish(node: RigNode, author_id: int, to: list[int]) -> None:
    document = {"type": "Create", "object": {"id": f"http://a.test/o/{time.monotonic_ns()}", "type": "Note"}}
    async with node.writing() as work:
        author = await work.session.get_one(Actor, author_id)
        await outbox.publish(work, author, document, Audience(actors=to))


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_sixty_who_drip_and_forty_who_hang(nodes: Nodes, peer: Peer, network: Network) -> None:
    node = await nodes.start("a.test")
    alice = await node.member("Alice Baker")
    port = network.port("a.test")
    healthy = Peer("q.test", network, node.time)
    await healthy.open()
    ann = healthy.person("ann")
    assert (await healthy.send(ann, f"{alice.uri}/inbox", healthy.activity(ann, "Follow", alice.uri))).status == 202
    await node.settle()
    hanging = []
    async with node.writing() as work:
        living = (await work.session.scalars(sa.select(Actor.id).where(Actor.uri == ann.uri))).one()
        for number in range(HANGING):
            host = f"h{number}.test"
            network.add(host, network.port("p.test"))
            uri = f"http://{host}/users/x"
            actor = Actor(
                id=new_id(work.now), uri=uri, is_local=False, kind="person", username="x", username_folded="x",
                host=host, handle_host=host, name="x", url=uri, inbox_uri=f"{uri}/inbox", created_at=work.now,
                updated_at=work.now, fetched_at=work.now,
            )  # fmt: skip
            work.session.add(actor)
            hanging.append(actor.id)
    visitor = await node.visitor()
    assert (await visitor.open("/login")).status == 200, "the first page loads what all need"
    peer.answer = "hang"
    stop = asyncio.Event()
    worker = asyncio.create_task(Worker(node).run(stop))
    head = b"POST /ap/inbox HTTP/1.1\r\nHost: a.test\r\n"
    body = head + b"Content-Type: application/activity+json\r\nContent-Length: 1000\r\n\r\n{"
    slow = [asyncio.create_task(drip(port, (head + b"X-", body)[n % 2])) for n in range(DRIPPING)]
    try:
        await publish(node, alice.actor_id, hanging)
        while len(peer.received) < HANGING // 2:
            await asyncio.sleep(0.01)
        before = len(healthy.received)
        begun = time.monotonic()
        await publish(node, alice.actor_id, [living])
        assert (await visitor.open("/login")).status == 200
        page = time.monotonic() - begun
        note = healthy.note(ann, "Hello", to=[alice.uri], cc=[])
        said = healthy.activity(ann, "Create", note, to=[alice.uri])
        assert (await healthy.send(ann, f"{node.base}/ap/inbox", said)).status == 202
        answered = time.monotonic() - begun
        while len(healthy.received) == before:
            assert time.monotonic() - begun < 10
            await asyncio.sleep(0.01)
        delivered = time.monotonic() - begun
        while True:
            async with node.reading() as work:
                state = await work.session.scalar(sa.select(Received.state).where(Received.uri == said["id"]))
            if state == "done":
                break
            assert time.monotonic() - begun < 10
            await asyncio.sleep(0.01)
        taken = time.monotonic() - begun
        assert not any(task.done() for task in slow), "they are still there"
        assert max(page, answered, delivered, taken) < WITHIN + 0.5, "two seconds, and a little for a busy machine"
    finally:
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        peer.release()
        peer.answer = 202
        stop.set()
        await worker
        await healthy.close()
