"""Studies between two nodes and a microblog: everybody answers once, and nothing is shown below five."""

import re
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from federation.context import FEDERATION
from node.errors import Conflict, Forbidden
from node.studies import queries, rules, service
from node.studies.model import Study, StudyAnswer
from node.studies.rules import Question
from node.work import Reading
from support.clock import Clock
from support.nodes import Member, RigNode
from support.peer import Peer
from support.visitor import Page, Visitor

ASKED = (Question("Would you buy it?", "one", ("Yes", "No")), Question("What would you change?", "text"))


async def actor(work: Reading, member: Member) -> Any:
    return await work.session.get_one(service.Actor, member.actor_id)


async def fill(browser: Visitor, path: str, **values: str) -> Page:
    page = await browser.open(path)
    return await browser.send(page, page.form(f"{path}$"), values, button="Answer")


async def test_a_study_is_asked_answered_and_shown_from_five_on(
    two_nodes: tuple[RigNode, RigNode], peer: Peer, clock: Clock
) -> None:
    a, b = two_nodes
    alice, bob = await a.member("Alice Baker"), await b.member("Bob Joiner")
    browser = await a.logged_in(alice)
    page = await browser.submit(
        "/studies/new",
        {
            "title": "Bread by bicycle",
            "purpose": "To learn whether anybody wants it; I publish what comes out.",
            "panel": "open",
            "questions-0-text": "Would you buy it?",
            "questions-0-kind": "one",
            "questions-0-options": "Yes\nNo",
            "ends_at": "2026-05-20",
        },
        button="Ask",
    )
    assert page.status == 200, page.text
    id = int(page.path.rpartition("/")[2])

    # Three members here.
    for name in ("Carol Cook", "Dan Dyer", "Eve Other"):
        other = await a.logged_in(await a.member(name))
        page = await fill(other, f"/studies/{id}", **{"answers-0": "0"})
        assert page.status == 422  # without agreeing to what it is for
        page = await fill(other, f"/studies/{id}", **{"answers-0": "0", "consent": "yes"})
        assert "You have answered" in page.text

    # Bob of another association, and Mara of a microblog, by links in private messages.
    visitor = await a.visitor()
    mara = peer.person("mara")
    await visitor.submit(f"/studies/{id}", {"address": "@mara@p.test"}, action="/link$", button="Send me the link")
    await a.settle()
    note = peer.activities("Create")[-1]["object"]
    assert note["to"] == [mara.uri]
    found = re.search(r'href="http://a\.test(/studies/by-link/[^"]+)"', note["content"])
    assert found is not None
    page = await fill(visitor, found[1], **{"answers-0": "1", "consent": "yes"})
    assert "You have answered" in page.text
    assert "Too few to show" in (await browser.open(f"/studies/{id}")).text

    bob_at_a = await a.app[FEDERATION].directory.actor(bob.uri)
    async with a.writing() as work:
        await service.answer(work, await work.session.get_one(service.Actor, bob_at_a.id), id, [0])
    page = await browser.open(f"/studies/{id}")
    assert "4 (80 %)" in page.text
    table = await browser.open(f"/studies/{id}/answers.csv", accept="text/csv")
    heading, *rows = table.body.decode("utf-8-sig").split("\r\n")
    assert (heading, sorted(rows)) == ("Would you buy it?", ["", "No", "Yes", "Yes", "Yes", "Yes"])

    # What others see before the end: nothing. After it: the results, and no key to say who it was.
    assert "80 %" not in (await visitor.open(f"/studies/{id}")).text
    clock.forward(days=30)
    async with a.writing() as work:
        await service.close_due(work)
    assert "4 (80 %)" in (await visitor.open(f"/studies/{id}")).text
    async with a.reading() as work:
        assert await work.session.scalar(sa.select(Study.key)) == ""


async def test_nobody_answers_twice_or_where_they_are_not_asked(two_nodes: tuple[RigNode, RigNode]) -> None:
    a, b = two_nodes
    alice, carol, bob = await a.member("Alice"), await a.member("Carol"), await b.member("Bob")
    bob_at_a = await a.app[FEDERATION].directory.actor(bob.uri)
    async with a.writing() as work:
        draft = service.Draft("Here", "To learn.", "here", ASKED, work.now + timedelta(days=7))
        study = await service.publish(work, await actor(work, alice), draft)
        assert study.post_id is None
        await service.answer(work, await actor(work, carol), study.id, [0, "Handles"])
    async with a.writing() as work:
        for who, refusal in ((carol.actor_id, Conflict), (bob_at_a.id, Forbidden)):
            try:
                await service.answer(work, await work.session.get_one(service.Actor, who), study.id, [1])
            except refusal:
                continue
            raise AssertionError(f"{who} answered")
    async with a.reading() as work:
        kept = (await work.session.scalars(sa.select(StudyAnswer))).all()
        assert [(row.host, row.values) for row in kept] == [("a.test", [0, "Handles"])]
        assert carol.uri not in kept[0].person_hash
        view = await queries.one(work, await actor(work, carol), study.id)
        assert (view.results, view.has_answered, rules.FLOOR) == (None, True, 5)
    assert (await (await a.visitor()).open(f"/studies/{study.id}")).status == 404
