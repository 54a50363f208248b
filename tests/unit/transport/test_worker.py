"""The worker as a process runs it: woken by bells, never held up by those who hang, and polite when told to stop."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from federation import worker as module
from federation.worker import Worker
from node import housekeeping
from node.actors.keys import KeyPair
from node.actors.model import Actor
from node.actors.service import create_local
from node.housekeeping import Housekeeper, Job
from node.ids import new_id
from node.inbox.model import Received
from node.mail.model import Letter
from node.outbox import service as outbox
from node.outbox.model import Delivery
from node.outbox.service import Audience
from node.peers.model import Peer as PeerRow
from node.work import Writing
from support.nodes import RigNode

from .conftest import Rig


@pytest.fixture
def node(node: RigNode) -> RigNode:
    """These tests run in real time."""
    node.clock = lambda: datetime.now(UTC)
    return node


@pytest.fixture
async def alice(rig: Rig, pair: KeyPair) -> Actor:
    rig.peer._clock = lambda: datetime.now(UTC)  # type: ignore[assignment]
    async with rig.node.writing() as work:
        return await create_local(work, "person", "alice", "Alice", pair)


@pytest.fixture
async def running(rig: Rig, alice: Actor) -> AsyncIterator[asyncio.Event]:
    """A worker at work; set the event to stop it."""
    stop = asyncio.Event()
    task = asyncio.create_task(Worker(rig.node).run(stop))
    yield stop
    stop.set()
    await task


async def follower(rig: Rig, host: str) -> Actor:
    """Somebody on another host that leads to the scripted peer too."""
    rig.network.add(host, rig.network.port("b.test"))
    uri = f"http://{host}/users/x"
    async with rig.node.writing() as work:
        actor = Actor(
            id=new_id(work.now), uri=uri, is_local=False, kind="person", username="x", username_folded="x", host=host,
            handle_host=host, name="x", url=uri, inbox_uri=f"http://{host}/{host}", created_at=work.now,
            updated_at=work.now, fetched_at=work.now,
        )  # fmt: skip
        work.session.add(actor)
    return actor


async def publish(rig: Rig, alice: Actor, *to: Actor) -> None:
    document = {"type": "Create", "object": {"id": f"http://a.test/o/{time.monotonic_ns()}", "type": "Note"}}
    async with rig.node.writing() as work:
        await outbox.publish(work, alice, document, Audience(actors=[actor.id for actor in to]))


async def until(rig: Rig, *, arrived: int, within: float) -> float:
    started = time.monotonic()
    while len(rig.peer.received) < arrived:
        assert time.monotonic() - started < within, f"only {len(rig.peer.received)} of {arrived}"
        await asyncio.sleep(0.01)
    return time.monotonic() - started


@pytest.mark.usefixtures("running")
async def test_the_bell_wakes_it(rig: Rig, alice: Actor) -> None:
    bob = await rig.directory.actor(rig.peer.person("bob").uri)
    await asyncio.sleep(0.3)
    await publish(rig, alice, bob)
    assert await until(rig, arrived=1, within=5) < 0.9, "sooner than it would have looked by itself"


@pytest.mark.usefixtures("running")
async def test_it_looks_without_a_bell_too(rig: Rig, alice: Actor) -> None:
    """Another process wrote it, and its bell is not heard here."""
    bob = await rig.directory.actor(rig.peer.person("bob").uri)
    await asyncio.sleep(0.3)
    ring, rig.node.bells.ring = rig.node.bells.ring, lambda name: None  # type: ignore[method-assign]
    await publish(rig, alice, bob)
    rig.node.bells.ring = ring  # type: ignore[method-assign]
    await until(rig, arrived=1, within=5)


@pytest.mark.usefixtures("running")
async def test_forty_hanging_hosts_do_not_delay_a_living_one(rig: Rig, alice: Actor) -> None:
    rig.peer.answer = lambda request: 202 if request.path == "/living.test" else "hang"
    hanging = [await follower(rig, f"h{number}.test") for number in range(40)]
    living = await follower(rig, "living.test")
    for actor in hanging:
        await publish(rig, alice, actor)
    await asyncio.sleep(0.2)
    await publish(rig, alice, living)
    started = time.monotonic()
    while not any(request.path == "/living.test" for request in rig.peer.received):
        assert time.monotonic() - started < 5
        await asyncio.sleep(0.01)
    took = time.monotonic() - started
    rig.peer.release()
    rig.peer.answer = 202
    assert took < 2.5, "two seconds, and a little for a busy machine"


@pytest.mark.usefixtures("running")
async def test_more_that_hang_than_there_are_places(rig: Rig, alice: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that owe an answer longest make room, and count as failing: they would hang again at once."""
    monkeypatch.setattr(module, "_IN_HAND_AT_MOST", 20)
    rig.peer.answer = lambda request: 202 if request.path == "/living.test" else "hang"
    await publish(rig, alice, *[await follower(rig, f"h{number}.test") for number in range(30)])
    living = await follower(rig, "living.test")
    await until(rig, arrived=20, within=5)
    await publish(rig, alice, living)
    begun = time.monotonic()
    while not any(request.path == "/living.test" for request in rig.peer.received):
        assert time.monotonic() - begun < 5
        await asyncio.sleep(0.01)
    assert time.monotonic() - begun < 2.5, "two seconds, and a little for a busy machine"
    async with rig.node.reading() as work:
        hurried = (await work.session.scalars(sa.select(PeerRow).where(PeerRow.failures > 0))).all()
        waiting = await work.session.scalar(sa.select(sa.func.count()).where(Delivery.state == "waiting"))
    assert len(hurried) >= 10
    assert {row.last_answer for row in hurried} == {"no answer, and others were waiting"}
    assert waiting in (30, 31)
    rig.peer.release()
    rig.peer.answer = 202


async def test_stops_within_its_grace_and_gives_leases_back(
    rig: Rig, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_GRACE", 0.5)
    stop = asyncio.Event()
    task = asyncio.create_task(Worker(rig.node).run(stop))
    rig.peer.answer = "hang"
    actors = [await follower(rig, f"h{number}.test") for number in range(3)]
    await publish(rig, alice, *actors)
    await until(rig, arrived=3, within=5)
    stop.set()
    started = time.monotonic()
    await task
    assert time.monotonic() - started < 3
    async with rig.node.reading() as work:
        held = await work.session.scalar(sa.select(sa.func.count()).where(PeerRow.lease.is_not(None)))
        states = (await work.session.scalars(sa.select(Delivery.state))).all()
    assert held == 0
    assert list(states) == ["waiting"] * 3
    rig.peer.release()
    rig.peer.answer = 202
    worker = Worker(rig.node)
    await worker.open()
    await worker.work_once()
    await worker.close()
    async with rig.node.reading() as work:
        states = (await work.session.scalars(sa.select(Delivery.state))).all()
    assert list(states) == ["delivered"] * 3


async def test_several_workers_send_each_delivery_once(rig: Rig, alice: Actor) -> None:
    stop = asyncio.Event()
    actors = [await follower(rig, f"h{number}.test") for number in range(10)]
    tasks = [asyncio.create_task(Worker(rig.node).run(stop)) for _ in range(4)]
    for _ in range(10):
        await publish(rig, alice, *actors)
    await until(rig, arrived=100, within=30)
    await asyncio.sleep(0.5)
    stop.set()
    await asyncio.gather(*tasks)
    sent = [(request.path, request.json["id"]) for request in rig.peer.received]
    assert len(sent) == len(set(sent)) == 100


async def test_a_failure_does_not_end_it(
    rig: Rig, alice: Actor, running: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = await rig.directory.actor(rig.peer.person("bob").uri)
    monkeypatch.setattr(module, "_LOOK_EVERY", 0.05)
    original = module.Deliverer.lease
    failures = 0

    async def failing(self: module.Deliverer, most: int) -> list[module.Lease]:
        nonlocal failures
        failures += 1
        if failures < 4:
            raise RuntimeError("a bug")
        return await original(self, most)

    monkeypatch.setattr(module.Deliverer, "lease", failing)
    await publish(rig, alice, bob)
    await until(rig, arrived=1, within=10)
    assert failures >= 4


@pytest.mark.usefixtures("running")
async def test_mail_and_inbox_are_worked_off(rig: Rig) -> None:
    bob = await rig.directory.actor(rig.peer.person("bob").uri)
    async with rig.node.writing() as work:
        work.session.add(
            Letter(
                id=new_id(work.now), recipient="alice@example.org", subject="Hello", text="Hello", next_at=work.now,
                created_at=work.now,
            )
        )  # fmt: skip
        work.session.add(
            Received(
                id=new_id(work.now), fingerprint="x", uri="http://b.test/1", type="View", actor_uri=bob.uri,
                host="b.test", body=f'{{"id":"http://b.test/1","type":"View","actor":"{bob.uri}","object":"x"}}',
                state="waiting", next_at=work.now, received_at=work.now,
            )
        )  # fmt: skip
        work.wake("mail")
        work.wake("inbox")
    for _ in range(200):
        async with rig.node.reading() as work:
            letter = await work.session.scalar(sa.select(Letter.state))
            received = await work.session.scalar(sa.select(Received.state))
        if (letter, received) == ("sent", "ignored"):
            return
        await asyncio.sleep(0.02)
    raise AssertionError((letter, received))


# --- housekeeping -----------------------------------------------------------------------------------------------


async def test_jobs_run_when_due_and_in_one_process(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.node.clock = rig.clock
    done: list[str] = []

    async def note(work: Writing) -> None:
        done.append("note")

    async def fail(work: Writing) -> None:
        done.append("fail")
        raise RuntimeError("a bug")

    monkeypatch.setattr(
        housekeeping, "JOBS", (Job("fail", timedelta(minutes=5), fail), Job("note", timedelta(minutes=1), note))
    )
    one, other = Housekeeper(rig.node), Housekeeper(rig.node)
    for keeper in (one, other, one):
        await keeper.work_off()
    assert done == ["fail", "note"]
    rig.clock.forward(minutes=1)
    for keeper in (other, one):
        await keeper.work_off()
    assert done == ["fail", "note", "note"]


async def test_the_real_jobs_run(rig: Rig) -> None:
    assert await Housekeeper(rig.node).work_off() == len(housekeeping.JOBS)


async def test_a_host_is_never_forgotten(rig: Rig, alice: Actor) -> None:
    bob = await rig.directory.actor(rig.peer.person("bob").uri)
    await publish(rig, alice, bob)
    async with rig.node.writing() as work:
        await work.session.execute(sa.update(PeerRow).values(due_at=None))
    worker = Worker(rig.node)
    await worker.open()
    await worker.work_once()
    await worker.close()
    assert len(rig.peer.received) == 1
