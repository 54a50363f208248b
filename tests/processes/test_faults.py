"""A node under load while its surroundings break: nothing accepted is lost or happens twice, and nobody is lied to.

The database restarts, is cut off, slow or locked, the disk is full, the process is frozen or asked to stop.

What was answered is written down here, outside of the node, and compared with what is there afterwards.
"""

import asyncio
import contextlib
import io
import json
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa
from PIL import Image

from node.db import WRITING
from node.outbox.model import Activity, Delivery
from node.peers.model import Peer as PeerRow
from support import postgres
from support.faults import Disk, Relay, check_invariants
from support.peer import Peer
from support.postgres import Postgres
from support.processes import Build, LocalNetwork, Place, free_port, until

pytestmark = pytest.mark.processes


class Load:
    """Other servers that keep sending notes to alice, each until it is taken, as every server does."""

    def __init__(self, place: Place, peer: Peer) -> None:
        self._place = place
        self._peer = peer
        self._people = [peer.person(f"u{number}") for number in range(4)]
        self._tasks: list[asyncio.Task[None]] = []
        self._is_over = False
        self.sent = 0
        self.accepted: set[str] = set()
        self.answers: list[tuple[float, int, float, bool]] = []
        """When, what status (0: no answer), after how long, and whether it said when to come back."""

    async def __aenter__(self) -> "Load":
        self._tasks = [asyncio.create_task(self._send(number)) for number in range(4)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def end(self) -> None:
        """Whatever is still in hand is sent until it is taken."""
        self._is_over = True
        async with asyncio.timeout(40):
            await asyncio.gather(*self._tasks)

    async def goes_on(self, within: float) -> float:
        """Wait for the next that is taken; how long that took."""
        before = len(self.accepted)

        async def one_more() -> bool:
            return len(self.accepted) > before

        return await until(one_more, within)

    def since(self, moment: float) -> Counter[int]:
        return Counter(status for when, status, _, _ in self.answers if when >= moment)

    async def _send(self, number: int) -> None:
        peer, person = self._peer, self._people[number]
        whom = f"{self._place.base}/ap/actors/alice"
        tag = [{"type": "Mention", "href": whom, "name": "@alice"}]
        while not self._is_over:
            self.sent += 1
            note = peer.note(person, f"<p>Message {self.sent}</p>", to=[whom], cc=[], tag=tag)
            activity = peer.activity(person, "Create", note, to=[whom])
            while activity["id"] not in self.accepted:
                begun = time.monotonic()
                status, says_when = 0, False
                with contextlib.suppress(aiohttp.ClientError, ConnectionError, TimeoutError):
                    async with asyncio.timeout(20):
                        answer = await peer.send(person, f"{self._place.base}/ap/inbox", activity)
                    status, says_when = answer.status, "Retry-After" in answer.headers
                self.answers.append((begun, status, time.monotonic() - begun, says_when))
                if 200 <= status < 300:
                    self.accepted.add(activity["id"])
                else:
                    await asyncio.sleep(0.1)
            await asyncio.sleep(0.02)


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """Another server, with a port of its own."""
    port = free_port()
    peer = Peer(f"p.localhost:{port}", LocalNetwork(), lambda: datetime.now(UTC))
    await peer.open(port)
    yield peer
    peer.release()
    await peer.close()


async def at_rest(place: Place, patience: float = 15) -> None:
    """Until nothing waits any more. On a busy machine that takes its time, but something is always done meanwhile."""
    waiting = -1

    async def less_waits() -> bool:
        nonlocal waiting
        before = waiting
        [(waiting,)] = await place.query("SELECT count(*) FROM received WHERE state = 'waiting'")
        return not waiting or waiting < before

    while waiting:
        await until(less_waits, patience)


async def settle(place: Place, load: Load) -> None:
    """The load ends, the node comes to rest, and everything is where it belongs, once."""
    await load.end()
    await at_rest(place)
    await check_invariants(place, load.accepted)
    posts = await place.query("SELECT count(*) FROM posts WHERE content LIKE '%Message%'")
    assert posts == [(len(load.accepted),)]


@pytest.fixture
async def lasting(tmp_path: Path) -> AsyncIterator[tuple[Postgres, Path]]:
    """A PostgreSQL of its own that keeps what it acknowledged, also when it is killed."""
    folder = tmp_path / "postgres"
    url = await asyncio.to_thread(postgres.serve, folder, fsync="on", synchronous_commit="on", full_page_writes="on")
    yield Postgres(url, "faults"), folder
    await asyncio.to_thread(postgres.stop, folder)


async def test_the_database_is_cut_off_killed_and_slow(
    lasting: tuple[Postgres, Path], peer: Peer, tmp_path: Path
) -> None:
    server, folder = lasting
    place_of_server = Path(server.url.rpartition("host=")[2])
    relay = Relay(Path(f"{place_of_server}-relay"), place_of_server)
    await relay.open()
    name = await server.create()
    alpha = Place("alpha", tmp_path, f"postgresql+asyncpg://postgres@/{name}?host={relay.folder}")
    stack = contextlib.AsyncExitStack()
    try:
        node = await alpha.start()
        await alpha.add_member("alice", "a long table in the garden")
        load = await stack.enter_async_context(Load(alpha, peer))
        await load.goes_on(10)

        # Connections end in the middle of transactions and commits, from both sides (R6).
        cuts = 0
        for _ in range(6):
            await asyncio.sleep(0.25)
            cuts += relay.cut()
        assert cuts > 6, "nobody was connected: this means nothing"
        for _ in range(3):
            await server.end_connections(name)
            await asyncio.sleep(0.2)
        await load.goes_on(10)

        # The database is killed, away for a second and a half, and has to recover (R5).
        killed = time.monotonic()
        postgres.kill(folder)
        while_away: list[tuple[float, int, float, bool]] = []

        async def several_were_answered() -> bool:
            while_away[:] = [answer for answer in load.answers if killed + 0.5 < answer[0]]
            return len(while_away) >= 8

        await until(several_were_answered, 20)
        assert {status for _, status, _, _ in while_away} == {503}, "a promise that nobody can keep"
        assert all(says_when for _, _, _, says_when in while_away)
        await asyncio.to_thread(postgres.start_again, folder)
        assert await load.goes_on(10) < 10
        assert node.is_running

        # Every answer of the database takes two seconds (R7): we say soon that we cannot.
        before = node.memory()
        relay.delay = 2.0
        await asyncio.sleep(3)
        relay.delay = 0.0
        assert await load.goes_on(12) < 12
        assert node.memory() - before < 100 * 1024
        assert 500 not in load.since(0)
        assert max(took for when, _, took, _ in load.answers if when >= killed) < 12
        await settle(alpha, load)
        assert node.is_running
    finally:
        await stack.aclose()
        await alpha.close()
        print(alpha.processes[0].log.read_text()[-5000:])  # shown when this fails
        await relay.close()
        relay.folder.joinpath(".s.PGSQL.5432").unlink(missing_ok=True)
        relay.folder.rmdir()


@pytest.mark.parametrize("build", ["sqlite"], indirect=True)
async def test_a_lock_a_full_disk_a_freeze_and_a_farewell(build: Build, peer: Peer, tmp_path: Path) -> None:
    disk = Disk(tmp_path / "disk", 12)
    alpha = await build("alpha", data=str(disk.folder / "data"))
    stack = contextlib.AsyncExitStack()
    try:
        node = await alpha.start()
        token = (await alpha.add_member("alice", "a long table in the garden", "--token"))["token"]
        alice = alpha.app(token)
        load = await stack.enter_async_context(Load(alpha, peer))
        await load.goes_on(10)

        # Somebody else holds the lock for a while (R8): they who write wait, they who read do not.
        with contextlib.closing(sqlite3.connect(disk.folder / "data" / "node.db", isolation_level=None)) as other:
            other.execute("PRAGMA busy_timeout=10000")
            other.execute("BEGIN IMMEDIATE")
            locked = time.monotonic()
            me = await alice.get("/api/v1/accounts/verify_credentials")
            assert me["username"] == "alice"
            await asyncio.sleep(2)
            other.execute("ROLLBACK")
        assert await load.goes_on(12) < 12
        assert set(load.since(locked)) <= {0, 202, 503}

        # The disk is full (R9): nothing is accepted that cannot be kept, and what is there can be read.
        disk.fill(node.pid)
        full = time.monotonic()
        await asyncio.sleep(1.5)
        refused = [answer for answer in load.answers if full + 0.3 < answer[0]]
        assert {status for _, status, _, _ in refused} <= {0, 202, 503, 507}
        assert 503 in {status for _, status, _, _ in refused}, "it was not full"
        assert (await alice.get("/api/v1/accounts/verify_credentials"))["username"] == "alice"
        assert (await peer.get(f"{alpha.base}/ap/actors/alice")).status == 200
        for path, values in (("/api/v1/statuses", {"status": "Is there room?"}), ("/api/v2/media", picture())):
            status = await post(alpha, token, path, values)
            assert status in (503, 507), (path, status)
        disk.free(node.pid)
        assert await load.goes_on(10) < 10

        # It stands still for a moment, as in a machine that is moved (R14).
        os.kill(node.pid, signal.SIGSTOP)
        await asyncio.sleep(1.5)
        os.kill(node.pid, signal.SIGCONT)
        assert await load.goes_on(10) < 10

        # It is asked to stop in the middle of its work (R4), and somebody starts it again.
        begun = time.monotonic()
        assert await node.terminate(within=25) == 0
        assert time.monotonic() - begun < 25
        assert await alpha.query("SELECT count(*) FROM received WHERE lease IS NOT NULL") == [(0,)]
        again = await alpha.start()
        assert await load.goes_on(10) < 10
        assert 500 not in load.since(0)
        await settle(alpha, load)
        assert await again.terminate() == 0
    finally:
        await stack.aclose()
        await alpha.close()
        print(alpha.processes[0].log.read_text()[-5000:])  # shown when this fails
        disk.close()


async def post(place: Place, token: str, path: str, values: dict[str, Any]) -> int:
    """The status of what an app sends."""
    headers = {"Host": place.host, "Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"http://127.0.0.1:{place.port}{path}", data=values) as answer,
    ):
        await answer.read()
        return answer.status


def picture() -> dict[str, Any]:
    out = io.BytesIO()
    Image.effect_noise((300, 300), 80).convert("RGB").save(out, "PNG")
    return {"file": io.BytesIO(out.getvalue())}


ACTIVITIES, INBOXES_PER_HOST, HOSTS = 1000, 2, 50
"""Together a hundred thousand deliveries."""


async def test_a_hundred_thousand_deliveries_wait_for_a_restart(build: Build) -> None:
    """It starts at once, loads a few, serves all hosts alike and the oldest first (R16)."""
    peers = []
    for number in range(5):
        port = free_port()
        one = Peer(f"h{number}.localhost:{port}", LocalNetwork(), lambda: datetime.now(UTC))
        await one.open(port)
        peers.append(one)
    silent = [f"s{number}.localhost:{free_port()}" for number in range(HOSTS - len(peers))]
    hosts = [peer.host for peer in peers] + silent
    alpha = await build("alpha")
    try:
        begun = time.monotonic()
        await (await alpha.start("run")).terminate()
        empty = time.monotonic() - begun
        await alpha.add_member("alice", "a long table in the garden")
        await prefill(alpha, hosts)
        assert await alpha.query("SELECT count(*) FROM deliveries WHERE state = 'waiting'") == [(100_000,)]
        begun = time.monotonic()
        node = await alpha.start()
        assert time.monotonic() - begun < 5 + 2 * empty
        idle = node.memory()

        async def everybody_got_some() -> bool:
            return min(len(peer.received) for peer in peers) >= 60

        await until(everybody_got_some, 60)
        counts = [len(peer.received) for peer in peers]
        assert max(counts) <= 6 * min(counts), counts
        assert node.memory() - idle < 150 * 1024
        for peer in peers:
            numbers = [int(request.json["object"]["content"]) for request in peer.received]
            assert max(numbers) <= len(numbers), "the oldest come first"
        assert await node.terminate(within=25) == 0
        states = dict(await alpha.query("SELECT state, count(*) FROM deliveries GROUP BY state"))
        assert set(states) <= {"waiting", "delivered"}
        assert sum(states.values()) == 100_000
        seen = Counter((peer.host, r.path, r.json["id"]) for peer in peers for r in peer.received)
        assert set(seen.values()) == {1}
        await check_invariants(alpha)
    finally:
        await alpha.close()
        for peer in peers:
            await peer.close()


async def prefill(place: Place, hosts: list[str]) -> None:
    """Straight into the tables, for a hundred thousand deliveries take minutes to come about."""
    [(actor,)] = await place.query("SELECT id FROM actors WHERE username = 'alice'")
    now = datetime.now(UTC)
    activities = []
    for number in range(1, ACTIVITIES + 1):
        uri = f"{place.base}/ap/activities/{number}"
        document = {"id": uri, "type": "Create", "actor": f"{place.base}/ap/actors/alice",
                    "object": {"id": f"{uri}#note", "type": "Note", "content": str(number)}}  # fmt: skip
        activities.append({"id": number, "uri": uri, "actor_id": actor, "type": "Create", "object_uri": f"{uri}#note",
                           "is_public": False, "document": json.dumps(document), "created_at": now})  # fmt: skip
    engine = place.engine()
    async with engine.execution_options(**{WRITING: True}).begin() as connection:
        await connection.execute(sa.insert(Activity), activities)
        for host in hosts:
            await connection.execute(sa.insert(PeerRow).values(host=host, first_seen_at=now, due_at=now, heard_at=now))
            for number in range(INBOXES_PER_HOST):
                values = {"inbox_uri": f"http://{host}/users/u{number}/inbox", "host": host, "state": "waiting",
                          "attempts": 0, "next_at": now, "last_answer": "", "created_at": now}  # fmt: skip
                columns = [sa.literal(value, Delivery.__table__.c[name].type) for name, value in values.items()]
                await connection.execute(
                    sa.insert(Delivery).from_select(
                        ["activity_id", *values], sa.select(Activity.id, *columns).where(Activity.id <= ACTIVITIES)
                    )
                )
    await engine.dispose()
