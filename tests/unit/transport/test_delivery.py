"""Deliveries to a scripted host that is well, slow, dead, moved, strict or in a bad mood; on both databases."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from federation import client as client_module
from federation import delivery, leasing, settling
from federation.delivery import Deliverer
from federation.leasing import Said
from federation.verification import Verifier
from node.actors.keys import KeyPair
from node.actors.model import Actor
from node.actors.service import create_local
from node.outbox import service as outbox
from node.outbox.model import Activity, Delivery
from node.outbox.service import Audience
from node.peers import service as peers
from node.peers.model import Peer as PeerRow
from support.peer import Peer, Request

from .conftest import Rig

pytestmark = pytest.mark.usefixtures("even_pauses")


@pytest.fixture
def even_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chance spreads the load; a test wants the middle."""
    monkeypatch.setattr(settling.random, "uniform", lambda low, high: 1.0)


@dataclass
class Post:
    """The post office of a test."""

    rig: Rig
    deliverer: Deliverer
    alice: Actor
    number: int = 0

    async def meet(self, *peers: Peer) -> list[Actor]:
        return [await self.rig.directory.actor(peer.person("bob").uri) for peer in peers]

    async def publish(self, to: Sequence[Actor], type: str = "Create", of: str | None = None) -> Activity:
        self.number += 1
        of = of or f"http://a.test/ap/objects/{self.number}"
        document = {
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v1"],
            "type": type,
            "to": [actor.uri for actor in to],
            "object": {"id": of, "type": "Note", "content": f"number {self.number}"},
        }
        async with self.rig.node.writing() as work:
            return await outbox.publish(work, self.alice, document, Audience(actors=[actor.id for actor in to]))

    async def work(self) -> int:
        leases = await self.deliverer.lease(20)
        return sum(await asyncio.gather(*(self.deliverer.serve(lease) for lease in leases)))

    async def work_off(self) -> None:
        for _ in range(50):
            if not await self.work():
                return
        raise AssertionError("it never ends")

    async def rows(self) -> list[Delivery]:
        async with self.rig.node.reading() as work:
            return list(await work.session.scalars(sa.select(Delivery).order_by(Delivery.activity_id)))

    async def states(self) -> list[str]:
        return [row.state for row in await self.rows()]

    async def peer(self, host: str = "b.test") -> PeerRow:
        async with self.rig.node.reading() as work:
            row = await work.session.get(PeerRow, host)
        assert row is not None
        return row


@pytest.fixture
async def post(rig: Rig, pair: KeyPair) -> Post:
    async with rig.node.writing() as work:
        alice = await create_local(work, "person", "alice", "Alice", pair)
    return Post(rig, Deliverer(rig.node, rig.client, rig.directory), alice)


def numbers(peer: Peer) -> list[int]:
    """Which notes came, in order."""
    return [int(activity["object"]["content"].split(" ")[1]) for activity in peer.activities()]


# --- the ordinary -----------------------------------------------------------------------------------------------


async def test_delivered_once_signed_and_proven(rig: Rig, post: Post) -> None:
    bob, carol = await post.meet(rig.peer), await rig.directory.actor(rig.peer.person("carol").uri)
    activity = await post.publish([*bob, carol])
    await post.work_off()
    (request,) = rig.peer.received
    assert request.path == "/inbox", "one copy to the shared inbox"
    assert 'keyId="http://a.test/ap/actors/alice#main-key"' in request.headers["Signature"]
    assert request.headers["Content-Type"] == "application/activity+json"
    assert request.json["id"] == activity.uri
    assert (await Verifier(rig.node, rig.directory).prove(request.json)).uri == "http://a.test/ap/actors/alice"
    (row,) = await post.rows()
    assert (row.state, row.attempts, row.last_status, row.settled_at) == ("delivered", 1, 202, rig.clock())
    peer = await post.peer()
    assert (peer.delivered_at, peer.due_at, peer.lease, peer.failures) == (rig.clock(), None, None, 0)
    assert await post.work() == 0


async def test_many_in_order_and_two_at_a_time(rig: Rig, post: Post) -> None:
    to = await post.meet(rig.peer)
    for _ in range(120):
        await post.publish(to)
    running = most = 0

    async def slow(request: Request) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        return 202

    original = rig.peer._answer

    async def answer(incoming: Any, request: Request) -> Any:
        await slow(request)
        return await original(incoming, request)

    rig.peer._answer = answer  # type: ignore[method-assign]
    await post.work_off()
    assert sorted(numbers(rig.peer)) == list(range(1, 121))
    assert most == 2
    assert set(await post.states()) == {"delivered"}


async def test_hosts_take_turns(rig: Rig, post: Post) -> None:
    """One host with a long queue does not keep another with a single delivery waiting."""
    other = Peer("c.test", rig.network, rig.clock)
    await other.open()
    (bob,), (dora,) = await post.meet(rig.peer), await post.meet(other)
    for _ in range(leasing.BATCH + 10):
        await post.publish([bob])
    await post.publish([dora])
    await post.work()
    assert len(other.received) == 1
    assert len(rig.peer.received) == leasing.BATCH
    await other.close()


async def test_create_update_delete_of_one_object_keep_their_order(rig: Rig, post: Post) -> None:
    to = await post.meet(rig.peer)
    of = "http://a.test/ap/objects/77"
    await post.publish(to, "Create", of)
    await post.publish(to, "Update", of)
    await post.publish(to)
    rig.peer.answer = 500
    await post.work_off()
    assert [activity["type"] for activity in rig.peer.activities()] == ["Create", "Create"], "the Update waits"
    due_at = (await post.peer()).due_at
    assert due_at is not None
    assert due_at > rig.clock(), "nobody turns in circles until then"
    rig.peer.answer = 202
    rig.clock.forward(minutes=3)
    await post.work_off()
    accepted = rig.peer.activities()[2:]
    about = [activity["type"] for activity in accepted if activity["object"]["id"] == of]
    assert about == ["Create", "Update"]
    assert await post.states() == ["delivered"] * 3


async def test_waiting_for_something_earlier_is_no_reason_to_turn_in_circles(rig: Rig, post: Post) -> None:
    to = await post.meet(rig.peer)
    of = "http://a.test/ap/objects/77"
    rig.peer.answer = 401
    await post.publish(to, "Create", of)
    await post.work_off()
    rig.clock.forward(seconds=1)
    await post.publish(to, "Update", of)
    leases = 0
    while found := await post.deliverer.lease(20):
        leases += len(found)
        assert leases < 4
        await asyncio.gather(*(post.deliverer.serve(lease) for lease in found))
    due_at = (await post.peer()).due_at
    assert due_at == rig.clock() + timedelta(seconds=29)
    await post.publish(to)
    assert (await post.peer()).due_at == rig.clock()


async def test_what_is_overtaken_is_not_sent(rig: Rig, post: Post) -> None:
    to = await post.meet(rig.peer)
    one, two, three = (f"http://a.test/ap/objects/{number}" for number in (101, 102, 103))
    await post.publish(to, "Create", one)
    for _ in range(3):
        await post.publish(to, "Update", one)
    await post.publish(to, "Create", two)
    await post.publish(to, "Delete", two)
    await post.publish(to, "Update", three)
    await post.publish(to, "Delete", three)
    await post.work_off()
    sent = [(activity["type"], activity["object"]["id"]) for activity in rig.peer.activities()]
    assert sorted(sent) == [("Create", one), ("Delete", three), ("Update", one)]
    assert (await post.states()).count("dropped") == 5


# --- answers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, "delivered"),
        (202, "delivered"),
        (400, "refused"),
        (403, "refused"),
        (405, "refused"),
        (413, "refused"),
        (501, "refused"),
        (401, "waiting"),
        (404, "waiting"),
        (408, "waiting"),
        (425, "waiting"),
        (429, "waiting"),
        (500, "waiting"),
        (503, "waiting"),
        (308, "waiting"),
        (410, "gone"),
    ],
)
async def test_what_an_answer_means(rig: Rig, post: Post, status: int, state: str) -> None:
    await post.publish(await post.meet(rig.peer))
    rig.peer.answer = status
    await post.work()
    (row,) = await post.rows()
    assert (row.state, row.last_status, row.attempts) == (state, status, 1)
    assert (row.settled_at is None) is (state == "waiting")
    before = len(rig.peer.received)
    assert before == (2 if status in (400, 401) else 1)
    await post.work_off()
    assert len(rig.peer.received) == before, "nothing is asked twice at the same moment"


async def test_the_other_signature_is_tried_and_remembered(rig: Rig, post: Post) -> None:
    to = await post.meet(rig.peer)
    rig.peer.answer = lambda request: 202 if "Signature-Input" in request.headers else 401
    await post.publish(to)
    await post.work_off()
    assert await post.states() == ["delivered"]
    assert (await post.peer()).signature_style == "rfc9421"
    assert len(rig.peer.received) == 2
    await post.publish(to)
    await post.work_off()
    assert len(rig.peer.received) == 3, "known now"
    rig.clock.forward(days=8)
    await post.publish(to)
    await post.work_off()
    assert len(rig.peer.received) == 5, "and forgotten after a week"


@pytest.mark.parametrize("status", [403, 404, 410, 500])
async def test_no_second_knock_on_other_answers(rig: Rig, post: Post, status: int) -> None:
    await post.publish(await post.meet(rig.peer))
    rig.peer.answer = status
    await post.work()
    assert len(rig.peer.received) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_honoured(rig: Rig, post: Post, status: int) -> None:
    to = await post.meet(rig.peer)
    rig.peer.answer, rig.peer.answer_headers = status, {"Retry-After": "7200"}
    await post.publish(to)
    await post.work_off()
    await post.publish(to)
    for _ in range(11):
        rig.clock.forward(minutes=10)
        await post.work_off()
    assert len(rig.peer.received) == 1
    rig.peer.answer, rig.peer.answer_headers = 202, {}
    rig.clock.forward(minutes=11)
    await post.work_off()
    assert await post.states() == ["delivered", "delivered"]


async def test_a_hostile_retry_after_is_clamped(rig: Rig, post: Post) -> None:
    rig.peer.answer, rig.peer.answer_headers = 503, {"Retry-After": "315360000"}
    await post.publish(await post.meet(rig.peer))
    await post.work_off()
    rig.peer.answer, rig.peer.answer_headers = 202, {}
    rig.clock.forward(hours=24, minutes=1)
    await post.work_off()
    assert await post.states() == ["delivered"]


async def test_dead_inbox_of_a_living_host_costs_five_requests_an_hour(rig: Rig, post: Post) -> None:
    await post.publish(await post.meet(rig.peer))
    rig.peer.answer = 404
    for _ in range(60):
        await post.work_off()
        rig.clock.forward(minutes=1)
    assert len(rig.peer.received) <= 5
    for _ in range(4 * 24):
        await post.work_off()
        rig.clock.forward(hours=1)
    assert await post.states() == ["expired"]


async def test_the_recipient_is_gone(rig: Rig, post: Post) -> None:
    (bob,) = await post.meet(rig.peer)
    await post.publish([bob])
    await post.publish([bob])
    rig.peer.answer = 410
    rig.peer.documents["/users/bob"] = (410, {})
    await post.work_off()
    assert await post.states() == ["gone", "gone"]
    known = await rig.directory.known(bob.uri)
    assert known is not None
    assert known.gone_at is not None
    await post.publish([bob])
    await post.work_off()
    assert len(await post.rows()) == 2


async def test_the_inbox_is_elsewhere(rig: Rig, post: Post) -> None:
    (bob,) = await post.meet(rig.peer)
    await post.publish([bob])
    rig.peer.people["bob"].document["endpoints"]["sharedInbox"] = "http://b.test/new-inbox"
    rig.peer.answer = lambda request: 202 if request.path == "/new-inbox" else 404
    await post.work_off()
    assert [request.path for request in rig.peer.received] == ["/inbox", "/new-inbox"]
    assert sorted(await post.states()) == ["delivered", "dropped"]


# --- hosts in trouble -------------------------------------------------------------------------------------------


async def test_a_dead_host_costs_a_probe_and_catches_up_in_order(rig: Rig, post: Post) -> None:
    to = await post.meet(rig.peer)
    for _ in range(10):
        await post.publish(to)
    rig.peer.answer = "close"
    probes = []
    for _ in range(90):
        before = len(rig.peer.received)
        await post.work_off()
        probes.append(len(rig.peer.received) - before)
        rig.clock.forward(minutes=1)
        if len(probes) % 10 == 0:
            await post.publish(to)
    assert max(probes[1:]) <= 1, "at most one a minute"
    peer = await post.peer()
    assert peer.failures > 5
    assert peer.failing_since is not None
    assert peer.last_answer == "connection lost"
    failed = len(rig.peer.received)
    rig.peer.answer = 202
    rig.clock.forward(minutes=2)
    await post.work_off()
    assert set(await post.states()) == {"delivered"}
    arrived = numbers(rig.peer)[failed:]
    assert sorted(arrived) == list(range(1, 20))
    assert arrived[0] == 1, "the one that waited longest goes first"
    assert (await post.peer()).failures == 0


async def test_pauses_grow_and_end(rig: Rig, post: Post) -> None:
    await post.publish(await post.meet(rig.peer))
    rig.peer.answer = "close"
    times: list[datetime] = []
    for _ in range(8 * 24):
        before = len(rig.peer.received)
        await post.work_off()
        if len(rig.peer.received) > before:
            times.append(rig.clock())
        rig.clock.forward(hours=1)
    gaps = [later - sooner for sooner, later in itertools.pairwise(times)]
    assert gaps[-1] == timedelta(hours=6)
    assert len(times) < 4 * 24 + 20
    assert await post.states() == ["expired"]


async def test_a_verified_request_from_there_revives_it(rig: Rig, post: Post) -> None:
    to = await post.meet(rig.peer)
    await post.publish(to)
    rig.peer.answer = "close"
    for _ in range(30):
        await post.work_off()
        rig.clock.forward(hours=1)
    await post.work_off()
    rig.peer.answer = 202
    assert await post.work() == 0
    async with rig.node.writing() as work:
        await peers.hear(work, "b.test")
    await post.work_off()
    assert await post.states() == ["delivered"]


async def test_flapping_loses_nothing(rig: Rig, post: Post) -> None:
    to = await post.meet(rig.peer)
    count = 0

    def moody(request: Request) -> int | str:
        nonlocal count
        count += 1
        return (202, 500, 202, "close")[count % 4]

    rig.peer.answer = moody
    for _ in range(20):
        await post.publish(to)
    for _ in range(120):
        await post.work_off()
        rig.clock.forward(minutes=1)
    assert set(await post.states()) == {"delivered"}


async def test_a_blocked_host_gets_nothing(rig: Rig, post: Post) -> None:
    to = await post.meet(rig.peer)
    await post.publish(to)
    async with rig.node.writing() as work:
        await work.session.execute(sa.update(PeerRow).values(blocked_at=work.now))
    await post.publish(to)
    assert await post.work() == 0
    assert rig.peer.received == []


async def test_an_address_that_we_do_not_dial_is_refused_at_once(rig: Rig, post: Post) -> None:
    (bob,) = await post.meet(rig.peer)
    async with rig.node.writing() as work:
        await work.session.execute(
            sa.update(Actor).where(Actor.id == bob.id).values(shared_inbox_uri="http://10.0.0.1/inbox")
        )
    await post.publish([bob])
    await post.work_off()
    assert await post.states() == ["refused"]


# --- leases -----------------------------------------------------------------------------------------------------


async def test_two_workers_never_hold_one_host(rig: Rig, post: Post) -> None:
    to = await post.meet(rig.peer)
    await post.publish(to)
    other = Deliverer(rig.node, rig.client, rig.directory)
    mine = await post.deliverer.lease(20)
    assert [lease.host for lease in mine] == ["b.test"]
    assert await other.lease(20) == []
    rig.clock.forward(seconds=61)
    theirs = await other.lease(20)
    assert [lease.host for lease in theirs] == ["b.test"], "a lease runs out when its worker died"
    assert await other.serve(theirs[0]) == 1
    await post.deliverer.serve(mine[0])
    assert await post.states() == ["delivered"]


async def test_a_late_worker_is_fenced(rig: Rig, post: Post) -> None:
    """It stood still while its lease ran out: what it has to say does not count any more."""
    to = await post.meet(rig.peer)
    await post.publish(to)
    late = (await post.deliverer.lease(20))[0]
    rig.clock.forward(seconds=61)
    other = Deliverer(rig.node, rig.client, rig.directory)
    theirs = (await other.lease(20))[0]
    found = settling.Round([settling.Outcome(late.items[0], "refused", "late")])
    await post.deliverer._settle(late, found)
    assert await post.states() == ["waiting"]
    assert (await post.peer()).lease == theirs.token
    await other.serve(theirs)
    assert await post.states() == ["delivered"]


async def test_leases_are_given_back(rig: Rig, post: Post) -> None:
    await post.publish(await post.meet(rig.peer))
    await post.deliverer.lease(20)
    await post.deliverer.give_back()
    assert await post.work() == 1


async def test_stopping_begins_nothing_new(rig: Rig, post: Post) -> None:
    to = await post.meet(rig.peer)
    for _ in range(5):
        await post.publish(to)
    (lease,) = await post.deliverer.lease(20)
    post.deliverer.stop()
    assert await post.deliverer.serve(lease) == 0
    peer = await post.peer()
    assert (peer.lease, peer.due_at is not None) == (None, True)


async def test_what_is_published_meanwhile_is_not_forgotten(rig: Rig, post: Post) -> None:
    """A delivery written between the last look and the settling still makes the host due."""
    to = await post.meet(rig.peer)
    await post.publish(to)
    (lease,) = await post.deliverer.lease(20)
    await post.publish(to)
    await post.deliverer.serve(lease)
    assert (await post.peer()).due_at is not None
    await post.work_off()
    assert await post.states() == ["delivered", "delivered"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_waiting_for_our_signature_is_not_held_against_a_host(
    rig: Rig, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.publish(await post.meet(rig.peer))
    (lease,) = await post.deliverer.lease(20)
    waits, ours = asyncio.Event(), asyncio.Event()

    async def take() -> None:
        waits.set()
        await ours.wait()

    monkeypatch.setattr(rig.client._turns, "take", take)
    monkeypatch.setattr(delivery, "PATIENCE", -60.0)
    serving = asyncio.create_task(post.deliverer.serve(lease))
    await waits.wait()
    post.deliverer.hurry(50)
    ours.set()
    await serving
    assert await post.states() == ["delivered"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_host_that_takes_what_we_send_has_more_time(
    rig: Rig, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a slow hour of our own network would make failures of all."""
    to = await post.meet(rig.peer)
    await post.publish(to)
    await post.work_off()
    rig.peer.answer = "hang"
    await post.publish(to)
    (lease,) = await post.deliverer.lease(20)
    serving = asyncio.create_task(post.deliverer.serve(lease))
    while len(rig.peer.received) < 2:
        await asyncio.sleep(0.01)
    monkeypatch.setattr(delivery, "PATIENCE", -60.0)
    post.deliverer.hurry(50)
    await asyncio.sleep(0)
    assert not serving.cancelling()
    monkeypatch.setattr(delivery, "_PATIENCE_WITH_FRIENDS", -60.0)
    post.deliverer.hurry(50)
    await serving
    assert await post.states() == ["delivered", "waiting"]
    rig.peer.release()


@pytest.mark.parametrize("mood", ["hang", "drip"])
async def test_a_hanging_host_holds_nobody_up(rig: Rig, post: Post, mood: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "DEADLINE", 0.3)
    other = Peer("c.test", rig.network, rig.clock)
    await other.open()
    (bob,), (dora,) = await post.meet(rig.peer), await post.meet(other)
    rig.peer.answer = mood
    await post.publish([bob])
    await post.publish([dora])
    await post.work()
    assert len(other.received) == 1
    states = dict(zip([row.host for row in await post.rows()], await post.states(), strict=True))
    # Whoever begins to answer has said its status already; only silence is a failure.
    assert states == {"b.test": "waiting" if mood == "hang" else "delivered", "c.test": "delivered"}
    rig.peer.release()
    await other.close()


async def test_what_cannot_be_made_ready_holds_up_nothing_else(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    [bob] = await post.meet(post.rig.peer)
    broken, fine = await post.publish([bob]), await post.publish([bob])
    seal = post.deliverer._sealer.seal

    async def break_down(activity: Said) -> bytes:
        if activity.id == broken.id:
            raise ZeroDivisionError
        return await seal(activity)

    monkeypatch.setattr(post.deliverer._sealer, "seal", break_down)
    assert await post.work() == 2
    assert await post.states() == ["waiting", "delivered"]
    assert [request.json["id"] for request in post.rig.peer.received] == [fine.uri]
    assert await post.work() == 0, "not again at once"
    monkeypatch.setattr(post.deliverer._sealer, "seal", seal)
    post.rig.clock.forward(minutes=1)
    assert await post.work() == 1
    assert await post.states() == ["delivered", "delivered"]
