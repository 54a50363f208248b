"""Questions with answers to choose from: votes both ways, counts, the end, and what does not count."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.errors import Conflict, Invalid, NotFound
from node.follows import service as follows
from node.polls import service as polls
from node.polls.model import PollOption, PollVote
from node.polls.queries import PollView, poll
from node.polls.rules import PollDraft
from node.posts import counting, service
from node.posts.model import Post
from node.posts.service import Draft
from node.work import Node
from support.inbound import Members, post_of, say
from support.nodes import RigNode
from support.peer import PUBLIC, Peer, Person
from support.said import activities, told


async def ask(node: Node, author: Actor, *, several: bool = False, **values: Any) -> Post:
    async with node.writing() as work:
        draft = PollDraft(("Tuesday", "Thursday"), several, timedelta(days=2))
        return await service.publish(work, author, Draft("Which day?", poll=draft, **values))


async def standing(node: Node, post_id: int, viewer: Actor | None = None) -> PollView:
    async with node.reading() as work:
        found = await poll(work, viewer.id if viewer else None, post_id)
        assert found is not None
        return found


async def counts(node: Node, post_id: int) -> tuple[list[int], int]:
    found = await standing(node, post_id)
    return [option.votes for option in found.options], found.voters


async def choose(node: Node, voter: Actor, post_id: int, *positions: int) -> None:
    async with node.writing() as work:
        await polls.vote(work, voter, post_id, positions)


async def test_a_question_between_two_nodes(two_nodes: tuple[RigNode, RigNode], member: Members) -> None:
    here, there = two_nodes
    mara, carl, bob = await member(here, "mara"), await member(here, "carl"), await member(there, "bob")
    found = await there.worker.directory.find("@mara@a.test")
    async with there.writing() as work:
        await follows.follow(work, bob, await work.session.get_one(Actor, found.id))
    await there.settle()
    post = await ask(here, mara)
    await here.settle()
    copy = await post_of(there, post.uri)
    assert copy is not None
    assert copy.kind == "poll"

    await choose(there, bob, copy.id, 1)
    assert (await standing(there, copy.id, bob)).options[1].is_own
    vote = (await activities(there))[-1]
    assert (vote["type"], vote["to"], "cc" in vote) == ("Create", [mara.uri], False)
    assert vote["object"].keys() == {"id", "type", "name", "inReplyTo", "attributedTo", "to"}
    assert vote["object"]["id"] != vote["id"]
    for again in ((0,), (1,)):
        with pytest.raises(Conflict):
            await choose(there, bob, copy.id, *again)
    await there.settle()
    assert await counts(here, post.id) == ([0, 1], 1)
    await choose(here, carl, post.id, 0)
    for wrong in ((0, 1), (), (7,)):
        with pytest.raises(Invalid):
            await choose(here, mara, post.id, *wrong)
    said = len(await activities(here))

    # votes are told together, once, as a correction that changes nothing else
    here.time.forward(minutes=2)
    await here.settle()
    news = (await activities(here))[said:]
    assert [(one["type"], "updated" in one["object"], one["object"]["votersCount"]) for one in news] == [
        ("Update", False, 2)
    ]
    assert await counts(there, copy.id) == ([1, 1], 2)
    assert await post_of(there, post.uri) is not None
    here.time.forward(minutes=5)
    await here.settle()
    assert len(await activities(here)) == said + 1

    # a corrected text keeps the votes
    async with here.writing() as work:
        await service.revise(work, await work.session.get_one(Actor, mara.id), post.id, Draft("Which day, then?"))
    await here.settle()
    copy = await post_of(there, post.uri)
    assert copy is not None
    assert "then" in copy.content
    assert await counts(there, copy.id) == ([1, 1], 2)

    here.time.forward(days=3)
    await here.settle()
    news = [(await told(here, mara))[-1:], await told(here, carl), (await told(there, bob))[-1:]]
    assert news == [["poll"]] * 3
    for node, id in ((here, post.id), (there, copy.id)):
        assert (await standing(node, id)).is_over
    with pytest.raises(Invalid):
        await choose(there, await member(there, "late"), copy.id, 0)


def a_vote(peer: Peer, voter: Person, post: Post, *names: str, of: Person | None = None) -> dict[str, Any]:
    notes = [
        {"id": f"{voter.uri}#votes/{peer.uri().rpartition('/')[2]}", "type": "Note", "name": name,
         "attributedTo": (of or voter).uri, "inReplyTo": post.uri, "to": "http://a.test/ap/actors/alice"}
        for name in names
    ]  # fmt: skip
    object_: Any = notes[0] if len(notes) == 1 else notes
    return peer.activity(voter, "Create", object_, to="http://a.test/ap/actors/alice")


async def test_votes_as_other_programs_send_them(home: RigNode, alice: Actor, peer: Peer) -> None:
    one, several = await ask(home, alice), await ask(home, alice, several=True)
    bob, eve = peer.person("bob"), peer.person("eve")

    async def comes(voter: Person, post: Post, *names: str, **more: Any) -> str:
        return await say(home, peer, voter, a_vote(peer, voter, post, *names, **more))

    assert await comes(bob, one, "Tuesday") == "done"
    assert await comes(bob, one, "Tuesday") == "ignored"
    assert await comes(bob, one, "Thursday") == "ignored"
    assert await comes(eve, one, "Wednesday") == "ignored"
    assert await comes(eve, one, "Thursday", of=bob) == "refused"
    assert await comes(eve, one, "Tuesday", "Thursday") == "done"  # one of the two counts
    assert await counts(home, one.id) == ([2, 0], 2)
    # an array of notes, and one activity for each
    assert await comes(bob, several, "Thursday", "Tuesday") == "done"
    assert await comes(eve, several, "Tuesday") == "done"
    assert await comes(eve, several, "Thursday") == "done"
    assert await counts(home, several.id) == ([2, 2], 2)
    assert await post_of(home, f"{bob.uri}#votes/1") is None
    async with home.writing() as work:
        await counting.close(work, await work.session.get_one(Actor, alice.id), one.id)
    assert await comes(peer.person("late"), one, "Tuesday") == "ignored"
    assert await counts(home, one.id) == ([2, 0], 2)
    async with home.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(PollVote)) == 6
    # the hosts of those who answered hear how it ended, though nobody there follows
    await home.settle()
    assert {update["object"]["id"] for update in peer.activities("Update")} == {one.uri}
    assert "closed" in peer.activities("Update")[-1]["object"]


async def test_a_vote_on_what_somebody_may_not_read(home: RigNode, alice: Actor, peer: Peer) -> None:
    post = await ask(home, alice, visibility="followers")
    bob = peer.person("bob")
    assert await say(home, peer, bob, a_vote(peer, bob, post, "Tuesday")) == "ignored"
    assert await counts(home, post.id) == ([0, 0], 0)


def a_question(peer: Peer, author: Person, votes: tuple[int, ...] = (3, 4), **more: Any) -> dict[str, Any]:
    options = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": number}}
        for name, number in zip(("Rye", "Spelt"), votes, strict=True)
    ]
    return peer.note(
        author, "<p>Flour?</p>", **{"type": "Question", "oneOf": options, "votersCount": sum(votes), **more}
    )


async def test_a_question_from_elsewhere(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob = peer.person("bob")
    question = a_question(peer, bob, endTime="2027-03-01T00:00:00Z", to=[PUBLIC, alice.uri])
    assert await say(home, peer, bob, peer.activity(bob, "Create", question)) == "done"
    copy = await post_of(home, question["id"])
    assert copy is not None
    await choose(home, alice, copy.id, 0)
    assert await counts(home, copy.id) == ([4, 4], 8)
    await home.settle()
    vote = peer.activities("Create")[-1]["object"]
    assert vote["name"] == "Rye"
    assert (await peer.get(vote["id"])).status == 404
    served = await peer.get(vote["id"], signer=bob)
    assert (served.status, served.json["name"], served.json["to"]) == (200, "Rye", [bob.uri])

    # counts that do not know of our vote yet, then those that do; the text stays as it was
    for votes, expected in (((0, 9), [1, 9]), ((5, 9), [5, 9])):
        silent = {**question, "oneOf": a_question(peer, bob, votes)["oneOf"], "votersCount": sum(votes)}
        assert await say(home, peer, bob, peer.activity(bob, "Update", silent)) == "done"
        assert (await counts(home, copy.id))[0] == expected
    assert (await standing(home, copy.id, alice)).options[0].is_own

    # when somebody looks, and what is known is old, its server is asked
    peer.documents[f"/objects/{question['id'].rpartition('/')[2]}"] = {
        **question, "oneOf": a_question(peer, bob, (6, 20))["oneOf"], "votersCount": 26,
    }  # fmt: skip
    home.time.forward(minutes=10)
    async with home.writing() as work:
        await polls.ask_anew(work, copy.id)
    await home.settle()
    assert await counts(home, copy.id) == ([6, 20], 26)

    # other answers: another question
    changed = {**question, "updated": "2027-01-01T00:00:00Z", "oneOf": [{"type": "Note", "name": "Oats"}] * 3}
    assert await say(home, peer, bob, peer.activity(bob, "Update", changed)) == "done"
    found = await standing(home, copy.id, alice)
    assert [option.text for option in found.options] == ["Oats"]
    assert found.may_vote

    # a bomb of options is cut
    bomb = [{"type": "Note", "name": f"Flour {number}" * 50} for number in range(500)]
    assert await say(home, peer, bob, peer.activity(bob, "Create", a_question(peer, bob, oneOf=bomb, to=[alice.uri])))
    async with home.reading() as work:
        assert (await work.session.scalar(sa.select(sa.func.count()).select_from(PollOption)) or 0) <= 21


async def test_what_a_question_must_be(home: RigNode, alice: Actor, member: Members) -> None:
    for options in ((), ("One",), ("Same", " same ".strip().title(), "Same"), tuple("abcde"), ("a", "b" * 51)):
        with pytest.raises(Invalid):
            async with home.writing() as work:
                await service.publish(work, alice, Draft("?", poll=PollDraft(options)))
    post = await ask(home, alice)
    bob = await member(home, "bob")
    with pytest.raises(NotFound):
        async with home.writing() as work:
            await counting.close(work, bob, post.id)
    await choose(home, bob, post.id, 0)
    async with home.writing() as work:  # the same answers keep the votes, others do not
        author = await work.session.get_one(Actor, alice.id)
        same = PollDraft(("Tuesday", "Thursday"))
        await service.revise(work, author, post.id, Draft("Which day?", poll=same))
    assert await counts(home, post.id) == ([1, 0], 1)
    async with home.writing() as work:
        author = await work.session.get_one(Actor, alice.id)
        await service.revise(work, author, post.id, Draft("Which day?", poll=PollDraft(("Monday", "Thursday"))))
    assert await counts(home, post.id) == ([0, 0], 0)
    async with home.writing() as work:
        await service.withdraw(work, await work.session.get_one(Actor, alice.id), post.id)
    async with home.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(PollOption)) == 0
