"""Invitations: with a question, once, in the host's hours, here and between nodes and on other networks."""

from datetime import timedelta
from typing import Any

import pytest

from node.accounts.model import Account
from node.actors.model import Actor
from node.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from node.etiquette.code import EtiquetteFirst
from node.follows import service as follows
from node.invitations import queries, service, wire
from node.invitations.model import Connection
from node.members.model import HostCard
from node.posts import copies
from schemas.activities import Activity
from schemas.note import Note
from schemas.relationship import Relationship
from support.nodes import RigNode
from support.said import activities, told

ASKED = wire.Asked("Do you sing?", "I bake.")


async def ask(node: RigNode, member: Actor, host: Actor, question: str = "Do you sing?", **values: Any) -> Connection:
    async with node.writing() as work:
        return await service.connect(work, member, host, question, **values)


async def ties(node: RigNode, one: Actor, other: Actor) -> tuple[str, str]:
    async with node.reading() as work:
        there, back = await follows.between(work, one.id, other.id), await follows.between(work, other.id, one.id)
        return (there.state if there else "", back.state if back else "")


async def state(node: RigNode, row: Connection) -> str:
    async with node.reading() as work:
        found = await work.session.get(Connection, row.id)
        assert found is not None
        return found.state


async def test_here_a_yes_makes_both_follow(node: RigNode, member) -> None:
    alice, carol = await member("alice"), await member("carol", approves_followers=True)
    row = await ask(node, alice, carol, about="I bake.")
    assert row.via == "local"
    assert await told(node, carol) == ["invitation"]
    async with node.reading() as work:
        received = await queries.received(work, carol.id)
        assert [(view.other.name, view.question, view.about) for view in received] == [
            ("Alice", "Do you sing?", "I bake.")
        ]
    async with node.writing() as work:
        with pytest.raises(NotFound):
            await service.accept(work, alice, row.id)
        await service.accept(work, carol, row.id, "Alto!")
        await service.accept(work, carol, row.id)
    assert await ties(node, alice, carol) == ("accepted", "accepted")
    assert await told(node, alice) == ["invitation_accepted"]
    assert await told(node, carol) == []
    assert await activities(node) == []
    async with node.reading() as work:
        assert [face.name for face in await queries.connections(work, alice.id)] == ["Carol"]
        assert (await queries.sent(work, alice.id))[0].answer == "Alto!"


async def test_a_question_is_needed(node: RigNode, member) -> None:
    alice, carol = await member("alice"), await member("carol")
    with pytest.raises(Invalid) as refusal:
        await ask(node, alice, carol, " ", about="me me me")
    assert str(refusal.value.fields["question"]) == "Start with a question for Carol."
    with pytest.raises(Invalid):
        await ask(node, alice, alice)


async def test_the_rules_come_first(node: RigNode, member) -> None:
    alice, carol = await member("alice"), await member("carol")
    async with node.writing() as work:
        account = (await work.session.scalars(Account.__table__.select().with_only_columns(Account.id))).first()
        (await work.session.get(Account, account)).etiquette_version = 0
    with pytest.raises(EtiquetteFirst):
        await ask(node, alice, carol)


async def test_one_message_and_ten_minutes(node: RigNode, member, clock) -> None:
    alice, carol = await member("alice"), await member("carol")
    row = await ask(node, alice, carol)
    with pytest.raises(Conflict, match="One message until Carol answers"):
        await ask(node, alice, carol, "Again?")
    with pytest.raises(Conflict, match="Alice has asked you already"):
        await ask(node, carol, alice)
    clock.forward(minutes=9)
    async with node.writing() as work:
        await service.correct(work, alice, row.id, "Do you dance?")
    clock.forward(minutes=2)
    async with node.writing() as work:
        with pytest.raises(Conflict):
            await service.correct(work, alice, row.id, "Do you cook?")
    async with node.reading() as work:
        view = (await queries.received(work, carol.id))[0]
        assert view.question == "Do you dance?"
    assert len(await told(node, carol)) == 1


async def test_a_no_rests_for_ninety_days(node: RigNode, member, clock) -> None:
    alice, carol = await member("alice"), await member("carol")
    row = await ask(node, alice, carol)
    async with node.writing() as work:
        await service.decline(work, carol, row.id)
        with pytest.raises(Conflict):
            await service.accept(work, carol, row.id)
    with pytest.raises(TooMany) as refusal:
        await ask(node, alice, carol)
    assert refusal.value.retry_at == clock() + timedelta(days=90)
    assert await told(node, alice) == []
    assert (await ask(node, carol, alice)).state == "asked"  # whoever declined may ask
    clock.forward(days=90)


async def test_twenty_a_day(node: RigNode, member, remote, clock) -> None:
    alice = await member("alice")
    for number in range(20):
        await ask(node, alice, await remote(f"p{number}", "b.test"))
    late = await remote("late", "b.test")
    with pytest.raises(TooMany):
        await ask(node, alice, late)
    clock.forward(days=1)
    await ask(node, alice, late)


async def test_contact_hours(node: RigNode, member, clock) -> None:
    alice, carol = await member("alice"), await member("carol")
    async with node.writing() as work:
        work.session.add(HostCard(actor_id=carol.id, hours=[["14:00", "16:00"]], time_zone="UTC", updated_at=work.now))
    row = await ask(node, alice, carol)
    assert row.notify_at == clock().replace(hour=14)
    async with node.reading() as work:
        assert await queries.received(work, carol.id) == []
        assert await queries.between(work, carol.id, alice.id) is None
        assert (await queries.sent(work, alice.id))[0].heard_at == clock().replace(hour=14)
        with pytest.raises(NotFound):
            await queries.one(work, carol.id, row.id)
    clock.forward(hours=5)
    async with node.reading() as work:
        assert len(await queries.received(work, carol.id)) == 1


async def test_between_nodes_it_is_an_offer(node: RigNode, member, remote) -> None:
    alice, bob, mallory = await member("alice"), await remote("bob", "b.test"), await remote("mallory", "m.test")
    row = await ask(node, alice, bob, about="I bake.", lens="social")
    sent = (await activities(node))[-1]
    assert (sent["type"], sent["id"], sent["target"], sent["to"]) == ("Offer", row.offer_uri, bob.uri, [bob.uri])
    relationship = Relationship.read(sent["object"])
    assert (relationship.id, relationship.subject, relationship.object) == (row.uri, alice.uri, bob.uri)
    assert (relationship.frame, relationship.is_connection) == ("social", True)
    assert wire.read(sent, Activity.read(sent).content) == ASKED
    async with node.writing() as work:
        assert not await service.receive_accept(work, mallory, row.offer_uri)
        assert await service.receive_accept(work, bob, row.offer_uri, "<p>Gladly</p>")
        assert await service.receive_accept(work, bob, row.offer_uri)
    assert (await activities(node))[-1]["type"] == "Follow"
    assert await ties(node, alice, bob) == ("asked", "")
    assert await told(node, alice) == ["invitation_accepted"]
    async with node.reading() as work:
        assert (await queries.sent(work, alice.id))[0].answer == "Gladly"
    async with node.writing() as work:
        await service.end(work, alice, row.id)
    assert [item["type"] for item in await activities(node)] == ["Offer", "Follow", "Undo", "Undo"]


async def test_an_offer_from_elsewhere(node: RigNode, member, remote) -> None:
    alice, bob, mallory = (
        await member("alice", approves_followers=True),
        await remote("bob", "b.test"),
        await remote("mallory", "m.test"),
    )
    for _ in range(2):
        async with node.writing() as work:
            row = await service.receive_offer(
                work, bob, "https://b.test/offers/1", "https://b.test/rel/1", alice, ASKED, "business"
            )
    assert await told(node, alice) == ["invitation"]
    async with node.writing() as work:
        await service.accept(work, alice, row.id, "Yes")
    accept, follow = await activities(node)
    assert (accept["type"], accept["object"], accept["content"]) == ("Accept", "https://b.test/offers/1", "Yes")
    assert (follow["type"], follow["object"]) == ("Follow", bob.uri)
    async with node.writing() as work:
        await follows.receive_follow(work, bob, "https://b.test/f/1", alice)
    assert (await ties(node, bob, alice))[0] == "accepted"  # no second question to somebody one just said yes to
    async with node.writing() as work:
        assert not await service.receive_undo(work, mallory, "https://b.test/offers/1")
        assert await service.receive_undo(work, bob, "https://b.test/offers/1")
    assert await state(node, row) == "ended"


async def test_a_no_to_somebody_elsewhere(node: RigNode, member, remote, clock) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    async with node.writing() as work:
        row = await service.receive_offer(work, bob, "https://b.test/o/1", "https://b.test/r/1", alice, ASKED, "both")
        await service.decline(work, alice, row.id)
    sent = (await activities(node))[-1]
    assert (sent["type"], sent["object"], "content" in sent) == ("Reject", "https://b.test/o/1", False)
    async with node.writing() as work:
        again = await service.receive_offer(work, bob, "https://b.test/o/2", "https://b.test/r/2", alice, ASKED, "both")
    assert again is None
    clock.forward(days=91)
    async with node.writing() as work:
        again = await service.receive_offer(work, bob, "https://b.test/o/3", "https://b.test/r/3", alice, ASKED, "both")
    assert again is not None


async def test_a_correction_from_elsewhere_and_no_second_question(node: RigNode, member, remote) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    async with node.writing() as work:
        row = await service.receive_offer(work, bob, "https://b.test/o/1", "https://b.test/r/1", alice, ASKED, "both")
        better = wire.Asked("Do you dance?", "")
        await service.receive_offer(work, bob, "https://b.test/o/2", "https://b.test/r/1", alice, better, "both")
        await service.receive_offer(work, bob, "https://b.test/o/3", "https://b.test/r/3", alice, ASKED, "both")
    async with node.reading() as work:
        views = await queries.received(work, alice.id)
        assert [(view.id, view.question) for view in views] == [(row.id, "Do you dance?")]
    async with node.writing() as work:
        assert await service.receive_undo(work, bob, "https://b.test/o/2")
    assert await told(node, alice) == []


async def test_asking_each_other_is_two_yeses(node: RigNode, member, remote) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    row = await ask(node, alice, bob)
    async with node.writing() as work:
        await service.receive_offer(work, bob, "https://b.test/o/1", "https://b.test/r/1", alice, ASKED, "both")
    assert await state(node, row) == "accepted"
    assert [item["type"] for item in await activities(node)] == ["Offer", "Accept", "Follow"]


async def test_taken_back(node: RigNode, member, remote) -> None:
    alice, bob, carol = await member("alice"), await remote("bob", "b.test"), await member("carol")
    to_bob, to_carol = await ask(node, alice, bob), await ask(node, alice, carol)
    async with node.writing() as work:
        await service.withdraw(work, alice, to_bob.id)
        await service.withdraw(work, alice, to_carol.id)
        with pytest.raises(Conflict):
            await service.accept(work, carol, to_carol.id)
    sent = (await activities(node))[-1]
    assert (sent["type"], sent["object"]["type"], sent["object"]["id"]) == ("Undo", "Offer", to_bob.offer_uri)
    assert await told(node, carol) == []
    with pytest.raises(TooMany):
        await ask(node, alice, carol)
    async with node.writing() as work:
        assert not await service.receive_accept(work, bob, to_bob.offer_uri)


@pytest.mark.parametrize("answer", ["follow", "reply"])
async def test_on_other_networks_a_follow_and_one_note(node: RigNode, member, remote, answer: str) -> None:
    alice, mara = await member("alice"), await remote("mara", "m.test", is_ours=False)
    await member("carol")  # whom it names, and who is told nothing of it
    row = await ask(node, alice, mara, about="I bake with @carol.")
    assert row.via == "note"
    follow, create = await activities(node)
    assert (follow["type"], create["type"]) == ("Follow", "Create")
    note = create["object"]
    assert (note["to"], note.get("cc")) == ([mara.uri], None)
    assert [tag["href"] for tag in note["tag"] if tag["type"] == "Mention"] == [mara.uri]
    assert "Do you sing?" in note["content"]
    async with node.writing() as work:
        if answer == "follow":
            await follows.receive_follow(work, mara, "https://m.test/f/1", alice)
            assert await service.notice_follow(work, mara, alice)
        else:
            said = Note(id="https://m.test/n/1", attributed_to=mara.uri, content="<p>Yes!</p>", to=(alice.uri,),
                        in_reply_to=note["id"])  # fmt: skip
            post = await copies.mirror(work, mara, said)
            assert post is not None
            assert await service.notice_reply(work, post)
    assert await state(node, row) == "accepted"


async def test_only_people_invite(node: RigNode, member, remote) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    async with node.writing() as work:
        with pytest.raises(Forbidden):
            await service.connect(work, bob, alice, "May I?")
