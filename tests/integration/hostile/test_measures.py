"""So many and no more, also for those who come all at once; and what a host may make us keep, fetch and print."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from federation import allowance
from federation.allowance import Allowance
from node.actors.model import Actor
from node.circles import service as circles
from node.circles.model import Circle, CircleMember
from node.circles.rules import MOST_MADE, Facts
from node.deals import hearing
from node.deals.model import DealStep
from node.emojis import service as emojis
from node.emojis.model import Emoji
from node.errors import Conflict, Forbidden, Invalid, Unavailable
from node.filters import service as filters
from node.filters.model import Filter
from node.follows import service as follows
from node.inbox.model import Received, ReceivedBody
from node.listings import searches
from node.listings.model import SavedSearch
from node.lists import service as lists
from node.lists.model import PeopleList
from node.papers import printing
from node.tags import service as tags
from node.tags.model import FollowedTag
from node.work import Writing
from schemas.emoji import Emoji as Drawn
from schemas.vocabulary import NETWORK
from support.clock import Clock
from support.deals import put_up
from support.inbound import ends
from support.nodes import Member, Nodes, RigNode, a_pair
from support.peer import PUBLIC, Peer

on_sqlite = pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)


@pytest.fixture
async def target(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


@pytest.mark.parametrize("nodes", ["postgres"], indirect=True)
async def test_the_last_place_is_taken_once(target: RigNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six at the same moment, where one more fits: on SQLite they come one after another anyway."""
    alice = await target.member("Alice Baker")
    for module in (lists, filters, searches):
        monkeypatch.setattr(module, "MOST", 1)
    monkeypatch.setattr(tags, "MOST_FOLLOWED", 1)
    monkeypatch.setattr(circles.rules, "MOST_MADE", 1)
    assert MOST_MADE > 1
    pairs = iter([a_pair() for _ in range(6)])

    async def circle(work: Writing, number: int) -> object:
        founder = await work.session.get_one(Actor, alice.actor_id)
        return await circles.create(work, founder, Facts(f"Circle {number}"), next(pairs))

    attempts: dict[type[Any], Callable[[Writing, int], Awaitable[object]]] = {
        PeopleList: lambda work, number: lists.make(work, alice.actor_id, f"List {number}"),
        Filter: lambda work, number: filters.make(work, alice.account_id, f"F {number}", ["home"], "warn", None),
        SavedSearch: lambda work, number: searches.save(work, alice.account_id, f"S {number}", {"q": "bread"}),
        FollowedTag: lambda work, number: tags.follow(work, alice.actor_id, f"tag{number}"),
        Circle: circle,
    }

    async def attempt(act: Callable[[Writing, int], Awaitable[object]], number: int) -> bool:
        try:
            async with target.writing() as work:
                await act(work, number)
                await asyncio.sleep(0.05)  # counted, and not yet there for others to count
        except (Invalid, Conflict, Forbidden):
            return False
        return True

    for model, act in attempts.items():
        assert (await asyncio.gather(*(attempt(act, number) for number in range(6)))).count(True) == 1, model
        async with target.reading() as work:
            assert await work.session.scalar(sa.select(sa.func.count()).select_from(model)) == 1, model


def test_a_host_has_its_allowance(clock: Clock) -> None:
    held = Allowance()
    mib = 1 << 20
    taken = sum(held.take("p.test", mib, clock()) for _ in range(400))
    assert taken == allowance.AT_ONCE // mib
    assert held.take("q.test", mib, clock()), "others are not concerned"
    clock.forward(minutes=1)
    assert 15 <= sum(held.take("p.test", mib, clock()) for _ in range(100)) <= 18
    clock.forward(days=-1)
    assert not held.take("p.test", mib, clock()), "a clock that is put back gives nothing away"
    clock.forward(days=9)
    assert sum(held.take("p.test", mib, clock()) for _ in range(400)) == taken
    for number in range(11_000):
        held.take(f"h{number}.test", 1, clock())
    assert len(held._left) == 10_000


@on_sqlite
async def test_what_a_host_sends_and_leaves(target: RigNode, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "AT_ONCE", 300_000)
    sam = peer.person("sam")
    noise = os.urandom(60_000).hex()
    answers = []
    for _ in range(4):
        answers.append(await peer.send(sam, f"{target.base}/ap/inbox", peer.activity(sam, "Dance", noise)))
    assert [answer.status for answer in answers] == [202, 202, 429, 429]
    assert answers[-1].headers["Retry-After"]
    await target.settle()
    assert await ends(target) == [("ignored", "no word for Dance")] * 2
    async with target.reading() as work:
        kept = await work.session.scalar(sa.select(sa.func.count()).select_from(ReceivedBody))
        assert kept == 0, "what came to nothing is not kept for a month"
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(Received)) == 2


@on_sqlite
async def test_steps_of_deals_have_their_measure(target: RigNode, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "KEPT_AN_HOUR", 15_000)
    bob = await target.member("Bob Joiner")
    listing = await put_up(target, bob)
    sam = peer.person("sam", generator={"type": "Application", "implements": [{"href": NETWORK}]})
    context, last = peer.uri("contexts"), []
    for number in range(6):
        note = {"type": "Note", "id": peer.uri(), "attributedTo": sam.uri, "inReplyTo": target.uris.object(listing),
                "context": context, "content": "How much? " * 600, "to": [bob.uri]}  # fmt: skip
        said = peer.activity(sam, "Create", note, to=[bob.uri], context=context,
                             **{"commensal:step": "ask", "commensal:after": last})  # fmt: skip
        assert (await peer.send(sam, f"{target.base}/ap/inbox", said)).status == 202
        await target.settle()
        if (await ends(target))[-1][0] == "done":
            last = [said["id"]]
        target.time.forward(minutes=1 if number < 4 else 70)
    assert [state for state, _ in await ends(target)] == ["done", "done", "refused", "refused", "refused", "done"]
    async with target.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(DealStep)) == 3


@on_sqlite
async def test_emojis_of_others_come_to_an_end(target: RigNode, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    async def keep(number: int) -> None:
        async with target.writing() as work:
            await emojis.keep(work, f"h{number % 3}.test", [Drawn(f"e{number}", "http://p.test/e.png")])

    async def kept() -> set[str]:
        async with target.writing() as work:
            await emojis.prune(work)
            return set(await work.session.scalars(sa.select(Emoji.shortcode)))

    for number in range(4):
        await keep(number)
        clock.forward(days=1)
    assert await kept() == {"e0", "e1", "e2", "e3"}
    monkeypatch.setattr(emojis, "ALTOGETHER", 3)
    assert await kept() == {"e1", "e2", "e3"}
    clock.forward(days=179)
    assert await kept() == {"e3"}


async def test_few_wait_for_the_press(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_LONGEST_LINE", 3)
    done = asyncio.Event()

    async def wait() -> None:
        async with printing._turn():
            await done.wait()

    waiting = [asyncio.create_task(wait()) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await wait()
    done.set()
    await asyncio.gather(*waiting)
    await wait()


@on_sqlite
async def test_whoever_leaves_stands_in_no_circle(target: RigNode, peer: Peer) -> None:
    alice = await target.member("Alice Baker")
    async with target.writing() as work:
        founder = await work.session.get_one(Actor, alice.actor_id)
        group = await circles.create(work, founder, Facts("Bakers", openness="request"), a_pair())
    sam = peer.person("sam")
    for activity in (peer.activity(sam, "Follow", group.uri), peer.activity(sam, "Delete", sam.uri)):
        assert (await peer.send(sam, f"{target.base}/ap/inbox", activity)).status == 202
        await target.settle()
        async with target.reading() as work:
            rows = list(await work.session.scalars(sa.select(CircleMember.state).order_by(CircleMember.created_at)))
        assert rows == (["member", "asked"] if activity["type"] == "Follow" else ["member"])


async def befriend(target: RigNode, member: Member, peer: Peer, person: Any) -> None:
    found = await target.worker.directory.actor(person.uri)
    async with target.writing() as work:
        follower, followed = [await work.session.get_one(Actor, id) for id in (member.actor_id, found.id)]
        row = await follows.follow(work, follower, followed)
    said = peer.activity(person, "Accept", {"type": "Follow", "id": row.uri, "actor": member.uri, "object": person.uri})
    assert (await peer.send(person, f"{target.base}/ap/inbox", said)).status == 202
    await target.settle()


@on_sqlite
async def test_nobody_makes_us_ask_about_what_nobody_here_reads(target: RigNode, peer: Peer, network: Any) -> None:
    alice = await target.member("Alice Baker")
    other = Peer("q.test", network, target.time)
    await other.open()
    sam, ann = peer.person("sam"), other.person("ann")
    await befriend(target, alice, peer, sam)
    before = len(other.requests)
    for kind, of in (
        ("Create", other.note(ann, "For nobody here")), ("Update", other.note(ann, "For nobody here")),
        ("Like", f"{other.base}/objects/1"), ("Announce", f"{other.base}/objects/1"), ("Follow", ann.uri),
        ("Undo", {"type": "Like", "id": other.uri(), "actor": ann.uri, "object": f"{other.base}/objects/1"}),
    ):  # fmt: skip
        brought = other.activity(ann, kind, of, to=[PUBLIC])
        assert (await peer.send(sam, f"{target.base}/ap/inbox", brought)).status == 202, kind
    await target.settle()
    assert {state for state, _ in (await ends(target))[1:]} == {"ignored"}
    assert len(other.requests) == before
    await other.close()


@on_sqlite
async def test_one_of_a_server_does_not_speak_for_another(target: RigNode, peer: Peer) -> None:
    """Passing on is no way around the signature, not even among neighbours: their server is asked."""
    alice = await target.member("Alice Baker")
    sam, eve = peer.person("sam"), peer.person("eve")
    for person in (sam, eve):
        await befriend(target, alice, peer, person)
    note = peer.note(sam, "<p>true</p>", to=[PUBLIC, alice.uri])
    assert (await peer.send(sam, f"{target.base}/ap/inbox", peer.activity(sam, "Create", note))).status == 202
    await target.settle()
    later = (target.time() + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for inner in (
        peer.activity(sam, "Update", {**note, "content": "<p>forged</p>", "updated": later}),
        peer.activity(sam, "Delete", note["id"]),
        peer.activity(sam, "Create", {**note, "id": peer.uri(), "content": "<p>forged</p>"}),
    ):
        said = peer.activity(eve, "Announce", inner, to=[PUBLIC])
        assert (await peer.send(eve, f"{target.base}/ap/inbox", said)).status == 202
        await target.settle()
    from node.posts.model import Post

    async with target.reading() as work:
        posts = (await work.session.scalars(sa.select(Post).where(Post.kind == "note"))).all()
    assert [(post.uri, post.content, post.deleted_at) for post in posts] == [(note["id"], "<p>true</p>", None)]
