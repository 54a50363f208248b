"""Processes killed in the middle of their work lose nothing and double nothing (SIGKILL: nobody says goodbye).

What was acknowledged is written down here, outside of the killed process, and compared with what is there afterwards.
"""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from support.faults import check_invariants
from support.peer import Peer, Person
from support.processes import Build, LocalNetwork, free_port, until

pytestmark = pytest.mark.processes

HOSTS, PER_HOST = 12, 8
RECOVERS = 15
"""Seconds after a restart in which everything that was in hand is done; far less than a lease."""


@pytest.fixture
async def peers() -> AsyncIterator[list[Peer]]:
    """Other servers, each with a port of its own."""
    found = []
    for number in range(HOSTS):
        port = free_port()
        peer = Peer(f"h{number}.localhost:{port}", LocalNetwork(), lambda: datetime.now(UTC))
        await peer.open(port)
        found.append(peer)
    yield found
    for peer in found:
        peer.release()
        await peer.close()


async def test_a_worker_killed_in_the_middle_of_a_fan_out(build: Build, peers: list[Peer]) -> None:
    alpha = await build("alpha")
    await alpha.start("web")
    first = await alpha.start("worker")
    alice = alpha.app((await alpha.add_member("alice", "a long table in the garden", "--token"))["token"])
    uri = f"{alpha.base}/ap/actors/alice"
    inboxes = await follow_from_everywhere(peers, uri)

    async def all_follow() -> bool:
        me = await alice.get("/api/v1/accounts/verify_credentials")
        return bool(me["followers_count"] == len(inboxes)) and len(arrived(peers, "Accept")) == len(inboxes)

    await until(all_follow, 60)
    for peer in peers:
        peer.delay = 0.1
    sent = [await alice.post("/api/v1/statuses", status=f"Bread, batch {number}") for number in range(3)]
    wanted = {(inbox, status["uri"]) for inbox in inboxes for status in sent}

    async def a_third_arrived() -> bool:
        return len(arrived(peers, "Create")) >= len(wanted) // 3

    await until(a_third_arrived, 30)
    await first.kill()
    before = Counter(arrived(peers, "Create"))
    assert len(before) < len(wanted), "killed too late for this to mean anything"
    for peer in peers:
        peer.delay = 0.0
    await alpha.start("worker")

    async def everything_arrived() -> bool:
        return set(arrived(peers, "Create")) >= wanted

    await until(everything_arrived, RECOVERS)

    async def everything_settled() -> bool:
        states = dict(await alpha.query("SELECT state, count(*) FROM deliveries GROUP BY state"))
        return set(states) == {"delivered"}

    await until(everything_settled, 10)
    after = Counter(arrived(peers, "Create"))
    assert set(after) == wanted
    # What was on the wire or answered but not yet settled is sent again, under the same id.
    assert max(after.values()) <= 2
    per_inbox = Counter(inbox for (inbox, _), count in after.items() if count > 1)
    assert sum(per_inbox.values()) <= len(wanted) // 2
    ids = {activity["object"]["id"]: set() for peer in peers for activity in peer.activities("Create")}
    for peer in peers:
        for activity in peer.activities("Create"):
            ids[activity["object"]["id"]].add(activity["id"])
    assert all(len(known) == 1 for known in ids.values())
    await check_invariants(alpha)


async def test_a_node_killed_in_the_middle_of_an_inbound_burst(build: Build, peers: list[Peer]) -> None:
    alpha = await build("alpha")
    await alpha.start()
    await alpha.add_member("alice", "a long table in the garden")
    uri = f"{alpha.base}/ap/actors/alice"
    senders = [(peer, peer.person(f"u{number}")) for peer in peers[:4] for number in range(4)]
    notes = [
        (peer, person, mention(peer, person, uri, number))
        for number, (peer, person) in zip(range(400), itertools.cycle(senders), strict=False)
    ]
    ledger: set[str] = set()
    todo: asyncio.Queue[tuple[Peer, Person, dict[str, Any]]] = asyncio.Queue()
    for note in notes:
        todo.put_nowait(note)

    async def send() -> None:
        while len(ledger) < len(notes):
            try:
                peer, person, activity = todo.get_nowait()
            except asyncio.QueueEmpty:
                await asyncio.sleep(0.05)
                continue
            try:
                status = (await peer.send(person, f"{alpha.base}/ap/inbox", activity)).status
            except aiohttp.ClientError:
                status = 0
            if 200 <= status < 300:
                ledger.add(activity["id"])
            else:
                todo.put_nowait((peer, person, activity))  # as every server does
                await asyncio.sleep(0.1)

    async def strike() -> None:
        for share in (0.15, 0.4, 0.7):
            while len(ledger) < share * len(notes):
                await asyncio.sleep(0.01)
            await asyncio.sleep(random.random() * 0.05)
            await alpha.processes[-1].kill()
            await alpha.start()

    async with asyncio.timeout(120):
        await asyncio.gather(strike(), *(send() for _ in range(12)))

    async def all_at_an_end() -> bool:
        waiting = await alpha.query("SELECT count(*) FROM received WHERE state = 'waiting'")
        return waiting == [(0,)]

    try:
        await until(all_at_an_end, RECOVERS)
    except AssertionError:
        print(await alpha.query("SELECT state, attempts, reason, lease IS NULL, leased_until, next_at, count(*)"
                                " FROM received GROUP BY 1, 2, 3, 4, 5, 6"), datetime.now(UTC))  # fmt: skip
        raise
    assert await alpha.processes[-1].terminate() == 0
    stored = await alpha.query("SELECT uri, state FROM received WHERE type = 'Create'")
    assert {uri for uri, _ in stored} >= ledger
    assert Counter(state for _, state in stored) == {"done": len(notes)}
    posts = Counter(uri for (uri,) in await alpha.query("SELECT uri FROM posts"))
    assert posts == {activity["object"]["id"]: 1 for _, _, activity in notes}
    told = await alpha.query("SELECT post_id, count(*) FROM notifications WHERE post_id IS NOT NULL GROUP BY post_id")
    assert {count for _, count in told} == {1}
    assert len(told) == len(notes)
    await check_invariants(alpha, ledger)


def arrived(peers: list[Peer], type: str) -> list[tuple[str, str]]:
    """Inbox and object of everything of this type that came in."""
    found = []
    for peer in peers:
        for request in peer.received:
            activity = request.json
            if activity["type"] == type:
                of = activity["object"]
                found.append((f"{peer.base}{request.path}", of["id"] if isinstance(of, dict) else str(of)))
    return found


async def follow_from_everywhere(peers: list[Peer], uri: str) -> list[str]:
    """Everybody follows; nobody has a shared inbox. Returns the inboxes."""
    inboxes = []
    for peer in peers:
        for number in range(PER_HOST):
            person = peer.person(f"u{number}", endpoints={})
            inboxes.append(person.document["inbox"])
            answer = await peer.send(person, f"{uri}/inbox", peer.activity(person, "Follow", uri))
            assert answer.status == 202
    return inboxes


def mention(peer: Peer, person: Person, whom: str, number: int) -> dict[str, Any]:
    note = peer.note(
        person,
        f"<p>Message {number}</p>",
        to=[whom],
        cc=[],
        tag=[{"type": "Mention", "href": whom, "name": "@alice"}],
    )
    return peer.activity(person, "Create", note, to=[whom])
