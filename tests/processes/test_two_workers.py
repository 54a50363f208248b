"""Two workers on one database, one of which is frozen for longer than its leases last (R14), and what it says later."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from node.db import WRITING
from support.faults import check_invariants
from support.peer import Peer, Request
from support.processes import Build, LocalNetwork, Place, free_port, until

pytestmark = pytest.mark.processes


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """Another server, with a port of its own."""
    port = free_port()
    peer = Peer(f"p.localhost:{port}", LocalNetwork(), lambda: datetime.now(UTC))
    await peer.open(port)
    yield peer
    peer.release()
    await peer.close()


async def time_passes(place: Place) -> None:
    """All that is leased now has been leased for too long."""
    engine = place.engine()
    async with engine.execution_options(**{WRITING: True}).begin() as connection:
        for table in ("received", "peers"):
            statement = f"UPDATE {table} SET leased_until = :past WHERE leased_until IS NOT NULL"
            past = sa.bindparam("past", datetime(2026, 1, 1, tzinfo=UTC), sa.DateTime(timezone=True))
            await connection.execute(sa.text(statement).bindparams(past))
    await engine.dispose()


async def freeze(place: Place, pid: int) -> None:
    """Stop the process between its transactions: in the middle of one it would keep rows locked for half a minute."""
    open_ones = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start < now()"

    async def stands_between() -> bool:
        os.kill(pid, signal.SIGSTOP)
        if await place.query(open_ones) == [(0,)]:
            return True
        os.kill(pid, signal.SIGCONT)
        return False

    await until(stands_between, 20)


@pytest.mark.parametrize("build", ["postgres"], indirect=True)
async def test_a_worker_that_was_frozen_is_too_late(build: Build, peer: Peer) -> None:
    alpha = await build("alpha")
    await alpha.start("web")
    first = await alpha.start("worker")
    await alpha.add_member("alice", "a long table in the garden")
    uri, inbox = f"{alpha.base}/ap/actors/alice", f"{alpha.base}/ap/inbox"
    people = [peer.person(f"u{number}", endpoints={}) for number in range(3)]
    held: list[Request] = []

    def hold(request: Request) -> int | str:
        held.append(request)
        return "hang"

    # The first worker has both in hand: answers on the wire, and a note whose author's server does not answer.
    peer.answer = hold
    for person in people:
        assert (await peer.send(person, inbox, peer.activity(person, "Follow", uri))).status == 202

    async def something_is_on_the_wire() -> bool:
        return len(held) >= 1

    await until(something_is_on_the_wire, 30)
    await freeze(alpha, first.pid)
    note = peer.note(people[0], "<p>Hello</p>", to=[uri], cc=[], tag=[{"type": "Mention", "href": uri}])
    said = peer.activity(people[0], "Create", note, to=[uri])
    assert (await peer.send(people[0], inbox, said)).status == 202
    await time_passes(alpha)
    peer.answer = 202
    await alpha.start("worker")

    async def all_delivered() -> bool:
        states = dict(await alpha.query("SELECT state, count(*) FROM deliveries GROUP BY state"))
        return states == {"delivered": 3} and await alpha.query(
            "SELECT count(*) FROM received WHERE state <> 'done'"
        ) == [(0,)]

    await until(all_delivered, 40)
    # It goes on where it stood, and hears at last that what it sent was not taken: that is no longer its to say.
    peer.answer = 500
    os.kill(first.pid, signal.SIGCONT)
    peer.release()
    await asyncio.sleep(1)
    assert await all_delivered()
    accepts = Counter(activity["object"]["id"] for activity in peer.activities("Accept"))
    assert len(accepts) == 3
    assert set(accepts.values()) <= {1, 2}, "sent again under the same id, by the second worker alone"
    assert len({activity["id"] for activity in peer.activities("Accept")}) == 3
    for process in alpha.processes:
        assert await process.terminate(within=25) == 0
    await check_invariants(alpha, [said["id"]])
