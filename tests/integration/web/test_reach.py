"""Where a post went, for its author; what waits for another place, for the office."""

from typing import Any

import sqlalchemy as sa

from node.actors.model import Actor
from node.follows import service as follows
from node.outbox import queries
from node.peers import answers
from node.peers.model import Peer as PeerRow
from node.posts import service as posts
from support.nodes import Member, RigNode
from support.peer import Peer


async def follow(node: RigNode, peer: Peer, member: Member, name: str) -> None:
    person = peer.person(name)
    await peer.send(person, f"{node.base}/ap/inbox", peer.activity(person, "Follow", member.uri))
    await node.settle()
    async with node.writing() as work:
        actor = await work.session.scalar(sa.select(Actor).where(Actor.uri == person.uri))
        owner = await work.session.get_one(Actor, member.actor_id)
        assert actor is not None
        row = await follows.between(work, actor.id, owner.id)
        if row is not None and row.state == "asked":
            await follows.accept(work, owner, actor)
    await node.settle()


async def test_the_author_sees_where_a_post_went_and_the_office_what_waits(node: RigNode, peer: Peer) -> None:
    alice = await node.member("Alice")
    at_alice = await node.logged_in(alice)
    await follow(node, peer, alice, "bob")
    async with node.writing() as work:
        author = await work.session.get_one(Actor, alice.actor_id)
        post = await posts.publish(work, author, posts.Draft(text="Bread at eight"))
    address = f"/posts/{post.id}/sent"
    assert "On its way It is just being sent." in (await at_alice.open(address)).text, "nobody looked who follows"
    peer.answer = 503
    await node.settle()
    waiting = await at_alice.open(address)
    assert "p.test Something is broken on their side. Next try on" in waiting.text.replace(peer.host, "p.test")
    # A correction waits behind what they never got: it is no correction to them, and shares its fate.
    async with node.writing() as work:
        author = await work.session.get_one(Actor, alice.actor_id)
        await posts.revise(work, author, post.id, posts.Draft(text="Bread at half past eight"))
    await node.settle()
    assert "p.test Something is broken on their side. Next try on" in (await at_alice.open(address)).text

    ingrid = await node.logged_in(await node.member("Ingrid", role="officer"))
    assert (await ingrid.open(address)).status == 404, "only for its author"
    assert (await ingrid.open("/posts/17/sent")).status == 404
    desk = await ingrid.open(f"/office/peers/{peer.host}")
    assert "Something is broken on their side." in desk.text
    assert "What waits for them" in desk.text
    assert "Something new" in desk.text
    for only in ("", "waiting", "lost"):
        listed = await ingrid.open(f"/office/deliveries?only={only}")
        assert ("Bread" in listed.text or "Something new" in listed.text) is (only != "lost")
    emptied = await ingrid.submit(f"/office/peers/{peer.host}", {}, action="/drop")
    assert "Taken out of the queue: 2." in emptied.text
    assert "What waits for them" not in emptied.text
    assert "Nothing waits for them" in (await ingrid.submit(f"/office/peers/{peer.host}", {}, action="/retry")).text

    peer.answer = 202
    async with node.writing() as work:
        await work.session.execute(sa.update(PeerRow).values(open_until=None))
        author = await work.session.get_one(Actor, alice.actor_id)
        await posts.revise(work, author, post.id, posts.Draft(text="Bread at nine"))
    await node.settle()
    arrived = await at_alice.open(address)
    assert "Arrived 1 On its way 0 Did not arrive 0" in arrived.text
    assert "/sent" in " ".join((await at_alice.open(post.url)).links)
    peer.answer = 403
    async with node.writing() as work:
        author = await work.session.get_one(Actor, alice.actor_id)
        await posts.revise(work, author, post.id, posts.Draft(text="Bread at ten"))
    await node.settle()
    assert "They do not take anything from us." in (await at_alice.open(address)).text
    desk = await ingrid.open(f"/office/peers/{peer.host}")
    assert "They answer, and did not take the last thing that we sent. They do not take anything from us." in desk.text
    assert "Does not take it" in (await ingrid.open("/office/peers")).text
    assert "1 did not arrive" in (await ingrid.open("/office/deliveries?only=lost")).text


async def test_many_deliveries_are_listed_by_their_indexes(node: RigNode) -> None:
    """Neither the list nor the numbers read the whole table."""
    if not node.config.is_sqlite:
        return  # PostgreSQL decides by how much there is
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            seen.append((statement, parameters))

    sa.event.listen(node.engine.sync_engine, "before_cursor_execute", note)
    async with node.reading() as work:
        await queries.totals(work)
        for only in ("waiting", "lost"):
            await queries.sent(work, only=only, before=9)
    sa.event.remove(node.engine.sync_engine, "before_cursor_execute", note)
    assert len(seen) >= 5
    async with node.reading() as work:
        connection = await work.session.connection()
        for statement, parameters in seen:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row[3] for row in plan]
            bare = [step for step in steps if step.startswith("SCAN") and "INDEX ix_deliveries_lost" not in step]
            assert not [step for step in bare if "deliveries" in step or "activities" in step], (statement, steps)


def test_every_answer_has_words() -> None:
    for status in (200, 202, 301, 400, 401, 403, 404, 408, 410, 418, 429, 500, 501, 503):
        assert answers.in_words(status, f"answered {status}") is not None
        assert answers.in_words(None, f"answered {status}") == answers.in_words(status, "")
    assert str(answers.in_words(None, "no answer within 10 s")) == "They do not answer."
    assert str(answers.in_words(None, "a mystery.")) == "It did not work: a mystery."
    assert answers.in_words(None, "") is None
    refusals = [
        status for status in (200, 301, 401, 403, 404, 410, 429, 503) if answers.is_refusal(f"answered {status}")
    ]
    assert refusals == [301, 401, 403, 404]
    assert not answers.is_refusal("no answer within 10 s")
