"""Hosts that are silent for long and come back, and what two servers must know of each other; on both databases."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from federation import leasing
from federation.delivery import Deliverer
from federation.knocking import Knocker
from node.actors.keys import KeyPair
from node.actors.model import Actor
from node.actors.service import create_local
from node.follows.model import Follow
from node.ids import new_id
from node.outbox import service as outbox
from node.outbox.model import Delivery
from node.outbox.service import Audience, Letter
from node.peers import service as peers
from node.peers.model import Peer as Peer_
from schemas.synchronization import Synchronization, digest
from support.peer import Peer, Request

from .conftest import Rig
from .test_delivery import Post, even_pauses  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("even_pauses")


@pytest.fixture
async def post(rig: Rig, pair: KeyPair) -> Post:
    async with rig.node.writing() as work:
        alice = await create_local(work, "person", "alice", "Alice", pair)
    return Post(rig, Deliverer(rig.node, rig.client, rig.directory), alice)


async def follow(post: Post, follower: Actor) -> None:
    async with post.rig.node.writing() as work:
        key = new_id(work.now)
        work.session.add(
            Follow(
                id=key, uri=f"{follower.uri}#follow-{key}", follower_id=follower.id, followed_id=post.alice.id,
                state="accepted", created_at=work.now, answered_at=work.now,
            )
        )  # fmt: skip


async def to_followers(post: Post, type: str = "Create", of: str | None = None) -> None:
    post.number += 1
    document: dict[str, Any] = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "type": type,
        "to": [f"{post.alice.uri}/followers"],
        "object": {"id": of or f"http://a.test/ap/objects/{post.number}", "type": "Note", "content": "to followers"},
    }
    async with post.rig.node.writing() as work:
        await outbox.publish(work, post.alice, document, Audience(followers=True))


async def go_silent(post: Post, days: float) -> None:
    """Not answering anything for so long, with its probes made on the way."""
    post.rig.peer.answer = "close"
    for _ in range(6):
        await post.work_off()
        post.rig.clock.forward(days=days / 6)
    await post.work_off()


# --- what is back ----------------------------------------------------------------------------------------------------


async def test_a_host_back_from_the_dead_gets_what_waits_within_five_minutes(rig: Rig, post: Post) -> None:
    knocker = Knocker(rig.node, rig.client)
    to = await post.meet(rig.peer)
    for _ in range(3):
        await post.publish(to)
    await go_silent(post, 3)
    port = rig.network.port("b.test")
    rig.network.remove("b.test")
    await rig.client.close()  # lines that were still open
    assert await knocker.work_off() == 0
    assert (await post.peer()).silent_at is not None
    assert await knocker.work_off() == 0, "asked a moment ago"
    rig.network.add("b.test", port)
    rig.peer.answer = 202
    rig.clock.forward(minutes=4)
    assert await knocker.work_off() == 1
    await post.work_off()
    assert await post.states() == ["delivered"] * 3
    peer = await post.peer()
    assert (peer.failures, peer.failing_since, peer.silent_at) == (0, None, None)


async def test_an_inbox_that_alone_is_broken_is_left_its_pauses(rig: Rig, post: Post) -> None:
    """Its host answers all the while, which is no news."""
    knocker = Knocker(rig.node, rig.client)
    await post.publish(await post.meet(rig.peer))
    await go_silent(post, 3)
    rig.peer.answer = 500
    before = len(rig.peer.received)
    for _ in range(30):
        assert await knocker.work_off() == 0
        await post.work_off()
        rig.clock.forward(minutes=1)
    assert len(rig.peer.received) == before


async def test_everything_put_off_by_a_broken_host_follows_the_first_that_is_taken(rig: Rig, post: Post) -> None:
    to = await post.meet(rig.peer)
    rig.peer.answer = 500
    for _ in range(3):
        await post.publish(to)
        await post.work_off()
        rig.clock.forward(hours=1)
        await post.work_off()
    rig.peer.answer = 202
    async with rig.node.writing() as work:
        await peers.hear(work, "b.test")
    await post.work_off()
    assert await post.states() == ["delivered"] * 3


async def test_after_two_weeks_only_what_takes_something_back_is_kept(rig: Rig, post: Post) -> None:
    (bob,) = await post.meet(rig.peer)
    await follow(post, bob)
    await to_followers(post)
    await to_followers(post, "Delete", "http://a.test/ap/objects/old")
    await go_silent(post, 15)
    async with rig.node.writing() as work:
        await outbox.prune(work)
    await to_followers(post)
    await to_followers(post, "Delete", "http://a.test/ap/objects/older")
    async with rig.node.writing() as work:
        await outbox.fan_out(work)
    assert await post.states() == ["expired", "waiting", "waiting"], "the last post was not even queued"
    rig.peer.answer = 202
    async with rig.node.writing() as work:
        await peers.hear(work, "b.test")
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(Follow)) == 1
    await post.work_off()
    assert [activity["type"] for activity in rig.peer.activities()[-2:]] == ["Delete", "Delete"]
    await to_followers(post)
    await post.work_off()
    assert (await post.states())[-1] == "delivered"


# --- what must not be sent, and what must ----------------------------------------------------------------------------


async def test_what_is_replaced_far_behind_is_not_sent_either(
    rig: Rig, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leasing, "BATCH", 3)
    to = await post.meet(rig.peer)
    gone, changed = "http://a.test/ap/objects/101", "http://a.test/ap/objects/102"
    await post.publish(to, "Create", gone)
    await post.publish(to, "Update", changed)
    for _ in range(4):
        await post.publish(to)
    await post.publish(to, "Update", changed)
    await post.publish(to, "Delete", gone)
    await post.work_off()
    about = [(activity["type"], activity["object"]["id"]) for activity in rig.peer.activities()]
    assert [each for each in about if each[1] in (gone, changed)] == [("Update", changed)]
    assert (await post.states()).count("delivered") == 5


async def test_a_follow_that_never_left_is_undone_in_silence(rig: Rig, post: Post) -> None:
    (bob,) = await post.meet(rig.peer)
    async with rig.node.writing() as work:
        for name in ("one", "two"):
            follow = {"type": "Follow", "object": bob.uri, "id": f"http://a.test/ap/activities/{name}"}
            await outbox.publish(work, post.alice, follow, Audience(actors=[bob.id]))
            if name == "one":
                undo = {"type": "Undo", "object": {**follow, "actor": post.alice.uri}}
                await outbox.publish(work, post.alice, undo, Audience(actors=[bob.id]))
    await post.work_off()
    assert [activity["id"] for activity in rig.peer.activities()] == ["http://a.test/ap/activities/two"]
    assert sorted(await post.states()) == ["delivered", "dropped", "dropped"]


async def test_a_delete_is_sent_when_a_dead_worker_may_have_sent_the_create(rig: Rig, post: Post) -> None:
    to = await post.meet(rig.peer)
    of = "http://a.test/ap/objects/77"
    await post.publish(to, "Create", of)
    assert await Deliverer(rig.node, rig.client, rig.directory).lease(20)
    rig.clock.forward(seconds=61)
    await post.publish(to, "Delete", of)
    await post.work_off()
    assert [activity["type"] for activity in rig.peer.activities()] == ["Delete"]


async def test_what_is_cut_off_by_the_end_counts_as_tried(rig: Rig, post: Post) -> None:
    await post.publish(await post.meet(rig.peer))
    rig.peer.answer = "hang"
    (lease,) = await post.deliverer.lease(20)
    task = asyncio.create_task(post.deliverer.serve(lease))
    while not rig.peer.received:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    rig.peer.release()
    (row,) = await post.rows()
    assert (row.state, row.attempts) == ("waiting", 1)


async def test_one_who_is_gone_does_not_close_the_shared_inbox_for_others(rig: Rig, post: Post) -> None:
    (bob,) = await post.meet(rig.peer)
    carol = await rig.directory.actor(rig.peer.person("carol").uri)
    rig.peer.documents["/users/bob"] = (410, {})
    rig.peer.answer = lambda request: 410 if len(rig.peer.received) == 1 else 202
    await post.publish([bob])
    await post.work_off()
    await post.publish([carol])
    await post.work_off()
    assert await post.states() == ["gone", "delivered"]


# --- signatures ------------------------------------------------------------------------------------------------------


async def test_what_a_peer_asks_to_be_signed_is_signed(rig: Rig, post: Post) -> None:
    to = await post.meet(rig.peer)
    rig.peer.answer_headers = {"Accept-Signature": 'me=("@method" "@authority" "@path" "content-digest");keyid;tag="x"'}
    rig.peer.answer = lambda request: 202 if '"@authority"' in request.headers.get("Signature-Input", "") else 401
    for _ in range(2):
        await post.publish(to)
    await post.work_off()
    assert await post.states() == ["delivered", "delivered"]
    given = rig.peer.received[-1].headers["Signature-Input"]
    assert given.startswith("me=(")
    assert 'tag="x"' in given


async def test_the_newer_kind_of_key_only_for_those_who_say_so(rig: Rig, post: Post) -> None:
    uris = [
        "https://datatracker.ietf.org/doc/html/rfc9421",
        "https://datatracker.ietf.org/doc/html/rfc9421#name-eddsa-using-curve-edwards25",
    ]
    generator = {"type": "Application", "implements": [{"href": uri} for uri in uris]}
    dora = await rig.directory.actor(rig.peer.person("dora", generator=generator).uri)
    await post.publish([dora])
    await post.work_off()
    assert "#ed25519-key" in rig.peer.received[-1].headers["Signature-Input"]
    rig.peer.answer = lambda request: 401 if "Signature-Input" in request.headers else 202
    await post.publish([dora])
    await post.work_off()
    assert 'keyId="http://a.test/ap/actors/alice#main-key"' in rig.peer.received[-1].headers["Signature"]
    assert await post.states() == ["delivered", "delivered"]


async def test_many_are_heard_at_once(rig: Rig, post: Post) -> None:
    """One that is well, one that was failing, and one of which we know nothing."""
    to = await post.meet(rig.peer)
    await post.publish(to)
    await go_silent(post, 3)
    async with rig.node.writing() as work:
        await peers.meet(work, ["well.test"])
        await peers.hear_all(work, {"well.test", "b.test", "new.test"})
    async with rig.node.reading() as work:
        rows = {row.host: row for row in await work.session.scalars(sa.select(Peer_))}
    assert {host for host, row in rows.items() if row.heard_at == rig.clock.now} == {"well.test", "b.test", "new.test"}
    assert rows["b.test"].due_at == rig.clock.now, "tried anew"


async def test_many_letters_go_where_each_may_go(rig: Rig, post: Post) -> None:
    others = [Peer(f"{name}.test", rig.network, rig.clock) for name in ("closed", "dead")]
    for other in others:
        await other.open()
    met = await post.meet(rig.peer, *others)
    async with rig.node.writing() as work:
        long_ago = work.now - timedelta(days=15)
        await work.session.execute(sa.update(Peer_).where(Peer_.host == "closed.test").values(blocked_at=work.now))
        await work.session.execute(sa.update(Peer_).where(Peer_.host == "dead.test").values(failing_since=long_ago))
        letters = [
            Letter(post.alice.id, post.alice.uri, {"type": "Accept", "object": f"{actor.uri}/{number}"}, actor.id)
            for actor in (*met, post.alice)
            for number in range(2)
        ]
        await outbox.publish_all(work, letters)
    async with rig.node.reading() as work:
        rows = (await work.session.scalars(sa.select(Delivery))).all()
        due = await work.session.scalar(sa.select(Peer_.due_at).where(Peer_.host == "b.test"))
    assert [(row.host, row.inbox_uri, row.state, row.attempts) for row in rows] == [
        ("b.test", met[0].shared_inbox_uri or met[0].inbox_uri, "waiting", 0)
    ] * 2
    assert due == rig.clock.now
    for other in others:
        await other.close()


# --- followers -------------------------------------------------------------------------------------------------------


async def test_followers_are_compared_by_a_signed_header_at_no_cost_per_delivery(
    rig: Rig, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Peer("c.test", rig.network, rig.clock)
    await other.open()
    (bob,), (dora,) = await post.meet(rig.peer), await post.meet(other)
    carol = await rig.directory.actor(rig.peer.person("carol").uri)
    for follower in (bob, carol, dora):
        await follow(post, follower)
    reads = 0
    original = post.deliverer._digests._read

    async def counted(*arguments: Any) -> None:
        nonlocal reads
        reads += 1
        await original(*arguments)

    monkeypatch.setattr(post.deliverer._digests, "_read", counted)
    for _ in range(3):
        await to_followers(post)
    await post.publish([bob])
    await post.work_off()
    assert reads == 1
    said = [request.headers.get("Collection-Synchronization") for request in rig.peer.received]
    assert said.count(None) == 1, "nothing to say of followers where they are not addressed"
    expected = Synchronization(
        f"{post.alice.uri}/followers", f"{post.alice.uri}/followers_synchronization", digest([bob.uri, carol.uri])
    )
    assert {Synchronization.read(each) for each in said if each is not None} == {expected}
    request: Request = next(each for each in rig.peer.received if "Collection-Synchronization" in each.headers)
    assert "collection-synchronization" in request.headers["Signature"]
    theirs = other.received[0].headers["Collection-Synchronization"]
    assert Synchronization.read(theirs).digest == digest([dora.uri])
    async with rig.node.writing() as work:
        await work.session.execute(sa.delete(Follow).where(Follow.follower_id == bob.id))
    await to_followers(post)
    await post.work_off()
    latest = rig.peer.received[-1].headers["Collection-Synchronization"]
    assert Synchronization.read(latest).digest == digest([carol.uri])
    await other.close()
