"""Measures real nodes as processes: start, idle memory, publish to visible, accepted activities per second."""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parents[1])]

from support.app import App  # noqa: E402 - the rig of the tests is not an installed package
from support.peer import Peer  # noqa: E402
from support.processes import LocalNetwork, Place, free_port, until  # noqa: E402

PASSWORD = "a long table in the garden"  # noqa: S105 - of members that live for a minute


def say(what: str, figure: str) -> None:
    sys.stdout.write(f"{what:<58}{figure}\n")
    sys.stdout.flush()


async def app_of(place: Place, name: str) -> App:
    return place.app((await place.add_member(name, PASSWORD, "--token"))["token"])


async def start_and_memory(place: Place, runs: int) -> None:
    """The first start makes database and keys; the others are what a restart costs."""
    took = []
    for _ in range(runs + 1):
        begun = time.monotonic()
        process = await place.start()
        took.append(time.monotonic() - begun)
        if len(took) <= runs:
            await process.terminate()
    say("start until ready, the very first", f"{took[0]:.2f} s")
    say(f"start until ready, median of {runs}", f"{statistics.median(took[1:]):.2f} s")
    await asyncio.sleep(5)
    say("memory of an idle node, web and worker (PSS)", f"{place.processes[-1].memory() / 1024:.0f} MiB")


async def publish_to_visible(alpha: Place, beta: Place, posts: int) -> None:
    alice, bob = await app_of(alpha, "alice"), await app_of(beta, "bob")
    await bob.follow(f"alice@{alpha.host}")

    async def followed() -> bool:
        return bool((await alice.get("/api/v1/accounts/verify_credentials"))["followers_count"])

    await until(followed, 30)
    took = []
    for number in range(posts):
        begun = time.monotonic()
        sent = await alice.post("/api/v1/statuses", status=f"Number {number}", visibility="public")

        async def seen(uri: str = sent["uri"]) -> bool:
            return uri in [status["uri"] for status in await bob.get("/api/v1/timelines/home")]

        await until(seen, 30)
        took.append(time.monotonic() - begun)
    say(f"publish to visible on the other node, median of {posts}", f"{statistics.median(took):.2f} s")
    say("publish to visible on the other node, slowest", f"{max(took):.2f} s")


async def inbound(place: Place, activities: int) -> None:
    port = free_port()
    peer = Peer(f"peer.localhost:{port}", LocalNetwork(), lambda: datetime.now(UTC))
    await peer.open(port)
    senders = [peer.person(f"u{number}") for number in range(8)]
    todo = iter(range(activities))

    async def send() -> None:
        for number in todo:
            sam = senders[number % len(senders)]
            note = peer.note(sam, f"Message {number}")
            answer = await peer.send(sam, f"{place.base}/ap/inbox", peer.activity(sam, "Create", note))
            assert answer.status == 202

    begun = time.monotonic()
    await asyncio.gather(*(send() for _ in range(16)))
    say("signed activities accepted (sender on the same machine)", f"{activities / (time.monotonic() - begun):.0f} /s")
    await peer.close()


async def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        alpha, beta = Place("alpha", Path(folder)), Place("beta", Path(folder))
        try:
            await start_and_memory(alpha, runs)
            await beta.start()
            await publish_to_visible(alpha, beta, 10)
            await inbound(alpha, 400)
            say("memory after that (PSS)", f"{alpha.processes[-1].memory() / 1024:.0f} MiB")
        finally:
            await alpha.close()
            await beta.close()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="bench", description=__doc__)
    arguments.add_argument("--runs", type=int, default=3, help="how many starts to measure")
    asyncio.run(main(arguments.parse_args().runs))
