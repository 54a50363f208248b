"""Two associations as processes of their own, over TCP: what one publishes, the other shows within seconds."""

import asyncio
import time

import pytest

from support.app import App
from support.processes import Build, Place, until

pytestmark = pytest.mark.processes


async def app_of(place: Place, name: str) -> App:
    found = await place.add_member(name, "a long table in the garden", "--token")
    return place.app(found["token"])


async def test_a_post_is_seen_on_the_other_side_within_five_seconds(build: Build) -> None:
    alpha, beta = await build("alpha"), await build("beta")
    await asyncio.gather(alpha.start(), beta.start())
    alice, bob = await app_of(alpha, "alice"), await app_of(beta, "bob")
    await bob.follow(f"alice@{alpha.host}")

    async def followed() -> bool:
        return bool((await alice.get("/api/v1/accounts/verify_credentials"))["followers_count"])

    await until(followed, 10)
    sent = await alice.post("/api/v1/statuses", status="Fresh bread tomorrow", visibility="public")

    async def seen() -> bool:
        return sent["uri"] in [status["uri"] for status in await bob.get("/api/v1/timelines/home")]

    assert await until(seen, 10) < 5
    answered = await bob.get("/api/v1/timelines/home")
    reply = await bob.post("/api/v1/statuses", status="Two loaves, please", in_reply_to_id=answered[0]["id"])

    async def heard() -> bool:
        context = await alice.get(f"/api/v1/statuses/{sent['id']}/context")
        return reply["uri"] in [status["uri"] for status in context["descendants"]]

    assert await until(heard, 10) < 5
    for place in (alpha, beta):
        assert await place.processes[0].terminate() == 0


async def test_web_and_worker_as_processes_of_their_own(build: Build) -> None:
    alpha, beta = await build("alpha"), await build("beta")
    await asyncio.gather(alpha.start("web"), beta.start("run"))
    await alpha.start("worker")
    alice, bob = await app_of(alpha, "alice"), await app_of(beta, "bob")
    await alice.follow(f"bob@{beta.host}")

    async def followed() -> bool:
        return bool((await bob.get("/api/v1/accounts/verify_credentials"))["followers_count"])

    await until(followed, 10)
    sent = await bob.post("/api/v1/statuses", status="Willow baskets", visibility="public")

    async def seen() -> bool:
        return sent["uri"] in [status["uri"] for status in await alice.get("/api/v1/timelines/home")]

    await until(seen, 10)
    for process in alpha.processes:
        assert await process.terminate() == 0


async def test_a_node_stops_within_ten_seconds_while_it_is_busy(build: Build) -> None:
    alpha = await build("alpha")
    process = await alpha.start()
    alice = await app_of(alpha, "alice")
    posting = asyncio.gather(
        *(alice.post("/api/v1/statuses", status=f"Number {number}") for number in range(40)), return_exceptions=True
    )
    await asyncio.sleep(0.1)
    begun = time.monotonic()
    assert await process.terminate() == 0
    assert time.monotonic() - begun < 10
    sent = [status for status in await posting if isinstance(status, dict)]
    await alpha.start()
    kept = await alice.get(f"/api/v1/accounts/{sent[0]['account']['id']}/statuses", limit="40") if sent else []
    assert {status["id"] for status in sent} <= {status["id"] for status in kept}


async def test_a_wrong_setting_is_said_and_ends_with_two_or_one(build: Build) -> None:
    alpha = await build("alpha", url="http://alpha.localhost/with/path")
    with pytest.raises(AssertionError, match="without a path"):
        await alpha.start()
    assert alpha.processes[0].exit_code in (1, 2)


async def test_a_database_of_another_address_is_refused(build: Build) -> None:
    alpha = await build("alpha")
    await (await alpha.start()).terminate()
    alpha.set(url="http://omega.localhost:1")
    with pytest.raises(AssertionError, match="belongs to"):
        await alpha.start()
    assert alpha.processes[-1].exit_code == 1
