"""Ideas go from stage to stage, each with its evidence or a reason."""

from datetime import timedelta

import pytest

from federation.context import FEDERATION
from node.actors.model import Actor
from node.errors import Invalid
from node.follows import service as follows
from node.ideas import queries, rules, service
from node.posts import queries as posts
from node.posts import service as writing
from node.studies import service as studies
from node.studies.rules import Question
from support.nodes import Nodes, RigNode


def test_a_stage_without_evidence_needs_a_reason() -> None:
    with pytest.raises(Invalid) as refusal:
        rules.close("test", 0, "  ")
    assert "why" in refusal.value.fields
    assert rules.close("test", 0, "My aunt tried it at home.") == "pilot"
    assert rules.close("test", 1, "") == "pilot"
    assert rules.close("sale", 1, "") == rules.DONE


async def test_an_idea_is_read_and_answered_elsewhere_and_goes_on(two_nodes: tuple[RigNode, RigNode]) -> None:
    a, b = two_nodes
    alice, bob = await a.member("Alice Baker"), await b.member("Bob Joiner")
    visitor = await a.logged_in(alice)
    alice_at_b = await b.app[FEDERATION].directory.actor(alice.uri)
    async with b.writing() as work:
        await follows.follow(work, await work.session.get_one(Actor, bob.actor_id), alice_at_b)
    await b.settle()

    page = await visitor.submit("/ideas/new", {"title": "Bread by bicycle", "text": "Warm bread at seven, by bicycle."})
    assert "Bread by bicycle" in page.text
    id = int(page.path.rpartition("/")[2])
    await a.settle()
    reader = await b.logged_in(bob)
    assert "Bread by bicycle" in (await reader.open("/feed?lens=business")).text

    page = await visitor.submit(f"/ideas/{id}", {"why": ""}, button="Close “Idea” and go on")
    assert "Research" in page.text
    page = await visitor.submit(f"/ideas/{id}", {"why": ""}, button="Close “Research” and go on")
    assert page.status == 422
    assert "Nobody has answered yet" in page.text

    await a.settle()
    async with b.reading() as work:
        path = f"/posts/{await posts.id_by_uri(work, f'{a.base}/ap/objects/{id}')}"
    await reader.submit(path, {"text": "I would take two loaves."}, button="Answer")
    await b.settle()
    async with a.reading() as work:
        idea = await queries.one(work, alice.actor_id, id)
    assert idea.evidence == 1
    page = await visitor.submit(f"/ideas/{id}", {"why": ""}, button="Close “Research” and go on")
    assert page.status == 200
    async with a.reading() as work:
        assert (await queries.one(work, alice.actor_id, id)).stage == "test"
    await a.settle()
    assert "next comes “Test”" in (await reader.open(path)).text


async def test_a_mentor_is_looked_for_by_an_ask_that_began_here(nodes: Nodes) -> None:
    node = await nodes.start("a.test")
    alice = await node.member("Alice Baker")
    async with node.writing() as work:
        actor = await work.session.get_one(Actor, alice.actor_id)
        post = await service.begin(work, actor, "Bread by bicycle", "Warm bread at seven.")
        ask = await service.look_for_mentor(work, actor, post.id, "How does one keep bread warm?")
        assert ask.born_of_id == post.id
    async with node.reading() as work:
        idea = await queries.one(work, alice.actor_id, post.id)
    assert [grown.kind for grown in idea.grown] == ["request"]


async def test_answers_in_private_are_counted_for_nobody(nodes: Nodes) -> None:
    node = await nodes.start("a.test")
    alice, bob = [await node.member(name) for name in ("Alice Baker", "Bob Joiner")]
    async with node.writing() as work:
        post = await service.begin(work, await work.session.get_one(Actor, alice.actor_id), "Bread", "Warm bread.")
    for visibility, counted in (("direct", 0), ("followers", 0), ("public", 1)):
        async with node.writing() as work:
            said = writing.Draft("@alice I would", visibility=visibility, parent_id=post.id)
            await writing.publish(work, await work.session.get_one(Actor, bob.actor_id), said)
        async with node.reading() as work:
            assert (await queries.one(work, None, post.id)).stages[1].evidence == counted, visibility


async def test_nobody_speaks_for_an_idea_by_a_study_of_their_own(nodes: Nodes) -> None:
    node = await nodes.start("a.test")
    alice, bob, carol = [await node.member(name) for name in ("Alice Baker", "Bob Joiner", "Carol Cook")]
    async with node.writing() as work:
        post = await service.begin(work, await work.session.get_one(Actor, alice.actor_id), "Bread", "Warm bread.")
    asked = (Question("Would you?", "one", ("Yes", "No")),)
    for who, counted in ((bob, 0), (alice, 1)):
        async with node.writing() as work:
            end = work.now + timedelta(days=7)
            draft = studies.Draft("Bread?", "To learn.", "here", asked, end, idea_id=post.id)
            study = await studies.publish(work, await work.session.get_one(Actor, who.actor_id), draft)
            await studies.answer(work, await work.session.get_one(Actor, carol.actor_id), study.id, [0])
        async with node.reading() as work:
            idea = await queries.one(work, alice.actor_id, post.id)
        assert idea.stages[1].evidence == counted
        assert len(idea.grown) == counted
