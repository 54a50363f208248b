"""What is measured: each part puts one kind of work on a filled node and says what it cost."""

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import limits
from limits import Limits
from load import Load, Report
from world import FOLLOWERS, POSTS, STREAMERS, TEXT, World

ACTIVITY = "application/activity+json"
HTML = "text/html,application/xhtml+xml"
JSON = "application/json"
STREAMS, WARM_STREAMS = 200, 20
ARRIVING, READING = 20, 25


@dataclass(frozen=True)
class Row:
    """One figure. ``ratio`` is to the physical limit that bounds this kind of work, where there is one."""

    part: str
    what: str
    value: float
    unit: str
    goal: float | None = None
    is_floor: bool = False
    """The goal is a least, not a most."""
    limit: float | None = None
    limit_name: str = ""

    @property
    def ratio(self) -> float | None:
        return self.value / self.limit if self.limit else None

    @property
    def is_reached(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value >= self.goal if self.is_floor else self.value <= self.goal


@dataclass
class Bench:
    """What a part has at hand."""

    world: World
    load: Load
    limits: Limits
    scale: float

    def number(self, of: int) -> int:
        return max(int(of * self.scale), 40)


CPU = "CPU-s per 1,000"
Part = Callable[[Bench], Awaitable[list[Row]]]


async def inbound(it: Bench) -> list[Row]:
    """Signed activities from people we follow, until they are in the follower's home."""
    world, number = it.world, it.number(3000)
    await it.load.send(world.place.port, [request for _, request in world.activities(200)])
    await world.quiet()
    made = await asyncio.to_thread(world.activities, number)
    before_size, before_posts = await world.size(), await world.count("SELECT count(*) FROM posts")
    settled = await world.count("SELECT count(*) FROM received")
    before, begun = world.cpu(), time.monotonic()
    report = (await it.load.send(world.place.port, [request for _, request in made], 48)).require(202)
    await world.quiet(300)
    seconds, spent = time.monotonic() - begun, world.cpu() - before
    world.memory()
    stored = await world.count("SELECT count(*) FROM received") - settled
    assert stored == number, f"{number} accepted, {stored} stored"
    states = dict(await world.rows("SELECT state, count(*) FROM received GROUP BY state"))
    assert set(states) <= {"done", "ignored"}, f"they ended as {states}"
    home = await world.call("reader", "GET", "/api/v1/timelines/home?limit=40")
    newest = await world.count("SELECT max(id) FROM posts WHERE parent_uri IS NULL AND NOT is_local")
    assert any(int(status["id"]) >= newest for status in home), "what came is not in the follower's home"
    grown = await world.size() - before_size
    posts = await world.count("SELECT count(*) FROM posts") - before_posts
    return [
        Row("inbound", "known actors until visible", spent * 1000 / number, CPU, 2.0,
            limit=it.limits.verify + it.limits.post, limit_name="verify + bare POST"),
        Row("inbound", "until visible", number / seconds, "/s", 400, True),
        Row("inbound", "accepted", number / report.seconds, "/s"),
        Row("inbound", "accept p50", report.quantile(0.5) * 1000, "ms"),
        Row("inbound", "accept p99", report.quantile(0.99) * 1000, "ms", 250),
        Row("inbound", f"database growth ({posts} posts)", grown * 10_000 / 2**20 / max(posts, 1),
            "MiB per 10,000", 20),
    ]  # fmt: skip


async def spoken(it: Bench) -> list[Row]:
    """Activities by people we know that have to do with a member, each kind by itself; and notes with all in them."""
    world, number, rows = it.world, it.number(200), []
    post = await world.call("member3", "POST", "/api/v1/statuses", status=TEXT, visibility="public")
    await world.quiet()
    for kind, name in (
        ("rich", "note with tags, link, picture, warning"),
        ("answer", "answer to a member"),
        ("mention", "note that names a member"),
        ("direct", "direct note to a member"),
        ("like", "Like of a member's post"),
        ("follow", "Follow of a member"),
        ("undo", "Undo of a Follow"),
        ("update", "Update of a note"),
    ):
        made = world.spoken_to(kind, number + 10, post["uri"], "member3")
        (await it.load.send(world.place.port, made[number:], 16)).require(202)
        await world.quiet()
        before = world.cpu()
        (await it.load.send(world.place.port, made[:number], 16)).require(202)
        await world.quiet(120)
        rows.append(Row("spoken", name, (world.cpu() - before) * 1000 / number, CPU))
    states = dict(await world.rows("SELECT state, count(*) FROM received GROUP BY state"))
    assert set(states) <= {"done", "ignored"}, f"they ended as {states}"
    return rows


async def fanout(it: Bench) -> list[Row]:
    """One post to 2,000 followers on 500 hosts; then the same with slow hosts, and with broken ones."""
    fast = await _posts(it, "anna")
    slow = await _posts(it, "sven")
    answers = [*fast.answers, *slow.answers]
    rows = [
        Row("fanout", "2,000 deliveries on 500 hosts", fast.cpu, CPU, fast.rsa * 1.6, limit=fast.rsa,
            limit_name="RSA signatures"),
        Row("fanout", "publish answers", max(answers) * 1000, "ms", 50),
        Row("fanout", "all have it after", fast.all, "s"),
        Row("fanout", "100 ms of latency: after", slow.all, "s", fast.all * 1.2),
        Row("fanout", "100 ms of latency", slow.cpu, CPU, limit=slow.rsa, limit_name="RSA signatures"),
    ]  # fmt: skip
    healthy = int(FOLLOWERS * 0.7)
    for number in range(3):
        found = await _post(it, "xena", healthy, 20, settle=False)
        name = "20 % refuse, 10 % hang" + (f", post {number + 1}" if number else "")
        rows += [
            Row("fanout", f"{name}: in 10 s", found.within(10) * 100 / healthy, "% of the healthy", 99, True),
            Row("fanout", f"{name}: all after", found.all, "s", 15),
        ]
        answers.append(found.answered)
    it.world.memory()
    await it.world.forget_queue()
    return rows


@dataclass(frozen=True)
class Usual:
    """How posts of one author spread: medians of three, after one that dials everybody; ``rsa`` is the limit."""

    answers: list[float]
    all: float
    cpu: float
    rsa: float


async def _posts(it: Bench, author: str) -> Usual:
    """The physical limit is measured before and after each post, for it changes as fast as the figure does."""
    first = await _post(it, author, FOLLOWERS, 60)
    await it.world.quiet()
    signing, usual = [limits.signing()], []
    for _ in range(3):
        usual.append(await _post(it, author, FOLLOWERS, 60))
        await it.world.quiet()
        signing.append(limits.signing())
    return Usual(
        [one.answered for one in (first, *usual)],
        statistics.median(one.all for one in usual),
        statistics.median(one.cpu for one in usual) / 2,
        statistics.median(signing),
    )


@dataclass(frozen=True)
class Spread:
    """How one post spread. Seconds since it was sent."""

    answered: float
    arrived: list[float]
    all: float
    cpu: float

    def within(self, seconds: float) -> int:
        return sum(1 for at in self.arrived if at <= seconds)


async def _post(it: Bench, author: str, expected: int, patience: float, *, settle: bool = True) -> Spread:
    world = it.world
    before, begun = world.cpu(), time.monotonic()
    post = await world.call(author, "POST", "/api/v1/statuses", status=f"{TEXT} {time.time()}", visibility="public")
    answered = time.monotonic() - begun
    uri = (await world.rows("SELECT uri FROM activities WHERE object_uri = :uri", uri=post["uri"]))[0][0]
    arrived: dict[str, float] = {}
    while len(arrived) < expected and time.monotonic() - begun < patience:
        await asyncio.sleep(0.1)
        if settle and await world.going():
            continue
        arrived = (await world.elsewhere.ledger(uri))["arrived"]
    if settle:
        await world.quiet()
    times = sorted(at - begun for at in arrived.values())
    whole = times[expected - 1] if len(times) >= expected else patience
    return Spread(answered, times, whole, world.cpu() - before)


async def strangers(it: Bench) -> list[Row]:
    """People we never met follow: their key, profile and host are fetched, and they are accepted."""
    world, number, warm = it.world, it.number(300), 20
    followed = f"{world.place.base}/ap/actors/member1"
    requests = []
    for index in range(number + warm):
        uri = world.elsewhere.person(f"n{index % 100}", 100_000 + index)
        follow = {"@context": "https://www.w3.org/ns/activitystreams", "id": f"{uri}#follows/{index}", "type": "Follow",
                  "actor": uri, "object": followed}  # fmt: skip
        requests.append(world.elsewhere.request(world.place, uri, 100_000 + index, follow))
    (await it.load.send(world.place.port, requests[number:], 16)).require(202)
    await world.quiet()
    fetched = (await world.elsewhere.ledger())["gets"]
    before = world.cpu()
    (await it.load.send(world.place.port, requests[:number], 16)).require(202)
    await world.quiet(120)
    spent = world.cpu() - before
    accepted = await world.count(
        "SELECT count(*) FROM follows JOIN actors ON actors.id = followed_id "
        "WHERE actors.uri = :uri AND state = 'accepted'",
        uri=followed,
    )
    assert accepted == number + warm, f"{number + warm} asked, {accepted} follow"
    fetched = (await world.elsewhere.ledger())["gets"] - fetched
    bound = it.limits.sign * (fetched / number + 1) + it.limits.verify + it.limits.post
    return [
        Row("strangers", f"unknown actors following ({fetched / number:.1f} fetches each)", spent * 1000 / number, CPU,
            8.0, limit=bound, limit_name="signatures + verify + POST")
    ]  # fmt: skip


async def documents(it: Bench) -> list[Row]:
    """An object and an actor as ActivityStreams JSON, asked for with and without a signature."""
    world, number = it.world, it.number(1500)
    listing, actor = f"/ap/objects/{world.listing_id}", "/ap/actors/anna"
    post = await world.call("member2", "POST", "/api/v1/statuses", status=TEXT, visibility="public")
    object = f"/ap/objects/{post['id']}"
    await world.quiet()
    signer = world.elsewhere.person("k0", 0)
    rows = []
    for name, path in (("note", object), ("listing", listing), ("actor", actor)):
        plain = world.get(path, ACTIVITY)
        signed = world.elsewhere.get(world.place, path, signer, 0)
        for kind, request in (("", plain), (", signed", signed)):
            _, spent = await _repeat(it, request, number)
            rows.append(_beside_post(it, "documents", f"{name} as JSON{kind}", spent * 1000 / number, 0.6))
        rows.append(await _each_once(it, "documents", f"{name} as JSON", path, ACTIVITY, number // 3, 2.0))
    return rows


async def pages(it: Bench) -> list[Row]:
    """Pages for a visitor without a session."""
    world, number = it.world, it.number(400)
    rows = []
    for name, path in (("profile page", "/@anna"), ("listing page", f"/@member0/{world.listing_id}")):
        report, spent = await _repeat(it, world.get(path, HTML), number)
        rows.append(_beside_post(it, "pages", name, spent * 1000 / number, 2.0))
        rows.append(Row("pages", f"{name} p99", report.quantile(0.99) * 1000, "ms"))
        rows.append(await _each_once(it, "pages", name, path, HTML, number, 6.0))
    return rows


async def further(it: Bench) -> list[Row]:
    """What else is asked for all day, each once: pages, apps, collections and what finds them."""
    world, number = it.world, it.number(200)
    author = (await world.rows("SELECT id FROM actors WHERE username = 'anna'"))[0][0]
    named = f"/.well-known/webfinger?resource=acct:anna@{world.place.host}"
    asked = (
        ("front door", "/", HTML, "", 4.0),
        ("directory", "/directory", HTML, "", 8.0),
        ("offers and asks", "/listings", HTML, "", 8.0),
        ("verify_credentials", "/api/v1/accounts/verify_credentials", JSON, "reader", 3.0),
        ("statuses of an account", f"/api/v1/accounts/{author}/statuses", JSON, "reader", 6.0),
        ("instance", "/api/v1/instance", JSON, "", 1.0),
        ("search", "/api/v2/search?q=workbench", JSON, "reader", None),
        ("outbox", "/ap/actors/anna/outbox", ACTIVITY, "", 1.5),
        ("page of an outbox", "/ap/actors/anna/outbox?page=true", ACTIVITY, "", 2.0),
        ("followers", "/ap/actors/anna/followers", ACTIVITY, "", 1.5),
        ("replies", f"/ap/objects/{world.listing_id}/replies", ACTIVITY, "", 2.0),
        ("WebFinger", named, JSON, "", 1.0),
        ("NodeInfo", "/nodeinfo/2.1", JSON, "", 1.0),
    )
    return [
        await _each_once(it, "further", name, path, accept, number, goal, token)
        for name, path, accept, token, goal in asked
    ]


async def deletes(it: Bench) -> list[Row]:
    """Farewells of people we never met, as whole servers send them."""
    world, number = it.world, it.number(3000)
    requests = []
    for index in range(number):
        uri = world.elsewhere.person(f"d{index % 300}", 500_000 + index)
        activity = {"@context": "https://www.w3.org/ns/activitystreams", "id": f"{uri}#delete", "type": "Delete",
                    "actor": uri, "to": ["https://www.w3.org/ns/activitystreams#Public"], "object": uri}  # fmt: skip
        requests.append(world.elsewhere.request(world.place, uri, 0, activity))
    fetched, stored = (await world.elsewhere.ledger())["gets"], await world.count("SELECT count(*) FROM received")
    before = world.cpu()
    (await it.load.send(world.place.port, requests, 32)).require(202)
    spent = world.cpu() - before
    fetched = (await world.elsewhere.ledger())["gets"] - fetched
    stored = await world.count("SELECT count(*) FROM received") - stored
    return [
        _beside_post(it, "deletes", "Delete from actors never met", spent * 1000 / number, 0.3),
        Row("deletes", "fetches and writes that cost", fetched + stored, "", 0),
    ]


async def apps(it: Bench) -> list[Row]:
    """What apps ask for most, with ten thousand posts in the database."""
    world, number = it.world, it.number(500)
    rows = []
    for name, path, goal, cold, times in (
        (f"home timeline, 20 of {POSTS}", "/api/v1/timelines/home?limit=20", 1.5, 4.0, number),
        ("notifications, 20", "/api/v1/notifications?limit=20", 1.5, 4.0, number),
        ("context of 100 answers", f"/api/v1/statuses/{world.thread_id}/context", 5.0, 15.0, number // 3),
    ):
        report, spent = await _repeat(it, world.get(path, "application/json", "reader"), times)
        rows.append(_beside_post(it, "apps", name, spent * 1000 / times, goal))
        rows.append(Row("apps", f"{name} p99", report.quantile(0.99) * 1000, "ms"))
        rows.append(await _each_once(it, "apps", name, path, "application/json", times, cold, "reader"))
    return rows


async def busy(it: Bench) -> list[Row]:
    """Reading while activities arrive: each makes void what was remembered. What they cost themselves is taken off."""
    world, seconds = it.world, max(20 * it.scale, 6)
    made = [request for _, request in await asyncio.to_thread(world.activities, int(ARRIVING * seconds * 4))]
    await _arrive(it, made[: int(ARRIVING * seconds)], [])
    cost = await _arrive(it, made[int(ARRIVING * seconds) : int(ARRIVING * seconds * 2)], [])
    rows = []
    for name, request in (
        ("profile page", world.get("/@anna", HTML)),
        ("home timeline", world.get("/api/v1/timelines/home?limit=20", "application/json", "reader")),
    ):
        part, made = made[-int(ARRIVING * seconds) :], made[: -int(ARRIVING * seconds)]
        asked = int(READING * seconds)
        spent = await _arrive(it, part, [request] * asked) - cost
        what = f"{name}, {READING}/s while {ARRIVING} activities/s arrive"
        rows.append(_beside_post(it, "busy", what, max(spent, 0) * 1000 / asked, None))
    return rows


async def _arrive(it: Bench, activities: list[bytes], reads: list[bytes]) -> float:
    """CPU-seconds while both are sent at their pace, until all is done."""
    await it.world.quiet()
    before = it.world.cpu()
    await asyncio.gather(_pace(it, activities, ARRIVING), _pace(it, reads, READING))
    await it.world.quiet()
    return it.world.cpu() - before


async def _pace(it: Bench, requests: list[bytes], a_second: int) -> None:
    """One connection, a request at a time, so many a second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", it.world.place.port)
    begun = time.monotonic()
    for number, request in enumerate(requests):
        await asyncio.sleep(max(0.0, begun + number / a_second - time.monotonic()))
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert head.split(b" ", 2)[1] in (b"200", b"202"), head
        length = head.partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        await reader.readexactly(int(length or 0))
    writer.close()


async def streams(it: Bench) -> list[Row]:
    """Open streams of apps, each told of what comes."""
    world = it.world
    open = [await _listen(world, number) for number in range(WARM_STREAMS)]
    sizes = []
    for more in (0, STREAMS // 2, STREAMS - STREAMS // 2):
        open += [await _listen(world, number) for number in range(more)]
        # What streams look up when there is news belongs to them.
        await world.call("anna", "POST", "/api/v1/statuses", status=f"{TEXT} {time.time()}", visibility="public")
        await asyncio.sleep(3)
        sizes.append(sum(world.memory()))
    for _, writer in open:
        writer.close()
    return [
        Row("streams", f"{STREAMS} open streams, over {WARM_STREAMS}", sizes[2] - sizes[0], "MiB", 40),
        Row("streams", "by their second half", (sizes[2] - sizes[1]) * 2, "MiB", 40),
    ]


async def _listen(world: World, number: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", world.place.port)
    writer.write(world.get("/api/v1/streaming/user", "text/event-stream", f"member{number % STREAMERS}"))
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in head.split(b"\r\n", 1)[0], head
    return reader, writer


async def kill(it: Bench) -> list[Row]:
    """Processes killed in a burst and in a fan-out: what was promised must be there, and what was to go must arrive."""
    world, number = it.world, it.number(1500)
    rng = random.Random(5)
    made = await asyncio.to_thread(world.activities, number)
    todo = made
    accepted: set[str] = set()
    for _ in range(4):
        if not todo:
            break
        report, _ = await asyncio.gather(
            it.load.send(world.place.port, [request for _, request in todo], 32), _fall(world, rng.uniform(0.4, 0.9))
        )
        accepted |= {todo[index][0] for index, status in report.answers if status == 202}
        todo = [item for item in todo if item[0] not in accepted]
    report = await it.load.send(world.place.port, [request for _, request in todo], 32)
    accepted |= {todo[index][0] for index, status in report.answers if status == 202}
    await world.quiet(120)
    stored = {row[0] for row in await world.rows("SELECT uri FROM received WHERE state IN ('done', 'ignored')")}
    lost = len(accepted - stored)
    post = await world.call("anna", "POST", "/api/v1/statuses", status=f"{TEXT} {time.time()}", visibility="public")
    uri = (await world.rows("SELECT uri FROM activities WHERE object_uri = :uri", uri=post["uri"]))[0][0]
    repeats = (await world.elsewhere.ledger())["repeats"]
    for _ in range(3):
        await _fall(world, rng.uniform(0.2, 0.6))
    begun = time.monotonic()
    arrived: dict[str, float] = {}
    while len(arrived) < FOLLOWERS and time.monotonic() - begun < 90:
        await asyncio.sleep(0.3)
        arrived = (await world.elsewhere.ledger(uri))["arrived"]
    ledger = await world.elsewhere.ledger(uri)
    return [
        Row("kill", f"in a burst: of {len(accepted)} accepted lost", lost, "", 0),
        Row("kill", f"in a fan-out: of {FOLLOWERS} never sent", FOLLOWERS - len(ledger["arrived"]), "", 0),
        Row("kill", "sent twice", ledger["repeats"] - repeats, ""),
    ]


async def _fall(world: World, after: float) -> None:
    """As if the power failed for a moment."""
    await asyncio.sleep(after)
    await world.kill()
    await world.start()


async def idle(it: Bench) -> list[Row]:
    """A node that has nothing to do."""
    started = []
    for _ in range(3):
        await it.world.stop()
        begun = time.monotonic()
        await it.world.start()
        started.append(time.monotonic() - begun)
    await asyncio.sleep(4)
    rows = [Row("idle", "start until ready", statistics.median(started), "s")]
    for role, memory in zip(it.world.roles, it.world.memory(), strict=True):
        rows.append(Row("idle", f"memory of `commensal {role}`", memory, "MiB", 100))
    before = it.world.cpu()
    await asyncio.sleep(3)
    rows.append(Row("idle", "processor", (it.world.cpu() - before) / 3 * 100, "%"))
    return rows


async def _repeat(it: Bench, request: bytes, times: int) -> tuple[Report, float]:
    port = it.world.place.port
    (await it.load.send(port, [request] * 20, 8)).require(200)
    before = it.world.cpu()
    report = (await it.load.send(port, [request] * times, 8)).require(200)
    spent = it.world.cpu() - before
    it.world.memory()
    return report, spent


async def _each_once(
    it: Bench, part: str, what: str, path: str, accept: str, times: int, goal: float | None, token: str = ""
) -> Row:
    """Under addresses that differ, so that nothing is given again from memory."""
    mark = "&" if "?" in path else "?"
    requests = [it.world.get(f"{path}{mark}once={number}", accept, token) for number in range(times + 20)]
    port = it.world.place.port
    (await it.load.send(port, requests[:20], 8)).require(200)
    before = it.world.cpu()
    (await it.load.send(port, requests[20:], 8)).require(200)
    spent = it.world.cpu() - before
    return _beside_post(it, part, f"{what}, each once", spent * 1000 / times, goal)


def _beside_post(it: Bench, part: str, what: str, value: float, goal: float | None) -> Row:
    return Row(part, what, value, CPU, goal, limit=it.limits.post, limit_name="bare POST")


PARTS: dict[str, Part] = {
    "idle": idle,
    "inbound": inbound,
    "spoken": spoken,
    "fanout": fanout,
    "strangers": strangers,
    "documents": documents,
    "pages": pages,
    "further": further,
    "deletes": deletes,
    "apps": apps,
    "busy": busy,
    "streams": streams,
    "kill": kill,
}
