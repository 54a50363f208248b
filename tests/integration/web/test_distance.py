"""The pages by which members keep a distance, and the office's: reports, limits, suspensions, the list."""

from typing import Any

import pytest

from node.actors.model import Actor
from node.posts import service
from node.posts.service import Draft
from support.nodes import Nodes
from support.visitor import Page, Visitor

pytestmark = pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)  # what they call is tried on both


async def _send(visitor: Visitor, page: Page, action: str, **values: Any) -> Page:
    return await visitor.send(page, page.form(action), values)


async def test_a_member_mutes_blocks_notes_and_reports(nodes: Nodes) -> None:
    home = await nodes.start("a.test")
    alice, bob, clerk = await home.member("Alice"), await home.member("Bob"), await home.member("Clerk", role="officer")
    async with home.writing() as work:
        said = await service.publish(work, await work.session.get_one(Actor, bob.actor_id), Draft("Buy, buy, buy"))
    visitor = await home.logged_in(alice)
    path = f"/people/{bob.actor_id}/distance"
    assert path in "".join((await visitor.open("/@bob")).links)
    here = await visitor.open(path)
    page = await _send(visitor, here, "/mute", lasts="week", notifications="1")
    assert page.path == "/@bob"
    assert "You have muted Bob" in page.text
    assert "Buy, buy" not in (await visitor.open("/feed")).text
    here = await visitor.open(path)
    await _send(visitor, here, "/note", note="Met at the fair")
    assert "Met at the fair" in (await visitor.open("/@bob")).text
    page = await _send(visitor, await visitor.open(path), "/block")
    assert "neither of you sees" in page.text
    assert "Buy, buy" not in page.text
    assert (await visitor.open(f"/posts/{said.id}")).status == 404
    lists = await visitor.open("/settings/distance")
    assert lists.text.count("@bob@a.test") >= 1
    await _send(visitor, lists, "/unblock")
    lists = await _send(visitor, await visitor.open("/settings/distance"), "distance/hosts$", host="Loud.test")
    assert "loud.test" in lists.text
    wrong = await _send(visitor, lists, "distance/hosts$", host="no place")
    assert wrong.status == 422
    # the conversation, and a report of the post
    page = await _send(visitor, await visitor.open(f"/@bob/{said.id}"), f"/posts/{said.id}/mute")
    assert "You hear no more of this conversation" in page.text
    ask = await visitor.open(f"/reports/new?post={said.id}")
    assert "Buy, buy, buy" in ask.text
    assert (await _send(visitor, ask, "/reports", category="spam", text="Only noise")).status == 200
    office = await home.logged_in(clerk)
    assert "asks the office to look at Bob" in (await office.open("/notifications")).text
    queue = await office.open("/office/reports")
    case = await office.open(queue.link("Bob"))
    assert "Only noise" in case.text
    assert "Buy, buy, buy" in case.text
    case = await _send(office, case, "/limit")
    assert "Limited since" in case.text
    await _send(office, case, "/resolve", answer="Talked with Bob.")
    assert "Nothing waits" in (await office.open("/office/reports")).text
    assert "Talked with Bob" in (await office.open(case.path)).text
    assert (await visitor.open("/office/reports")).status == 403
    assert (await visitor.open(case.path)).status == 403


async def test_the_office_keeps_the_list_of_those_it_agrees_with(nodes: Nodes) -> None:
    home = await nodes.start("a.test")
    admin, clerk = await home.member("Ada", role="admin"), await home.member("Clerk", role="officer")
    visitor = await home.logged_in(admin)
    page = await visitor.open("/office/agreements")
    page = await _send(visitor, page, "/office/agreements/add", host="https://Beta.test/")
    assert "beta.test is on the list" in page.text
    page = await _send(visitor, page, "/office/agreements", mode="agreed", secure="1")
    assert "We keep to the list" in page.text
    assert (await visitor.open("/office/agreements/agreed.csv")).body == b"#domain\nbeta.test\n"
    page = await _send(visitor, page, "/office/agreements/close", closed_host="loud.test", reason="Noise")
    assert (page.path, "Noise" in page.text) == ("/office/peers/loud.test", True)
    assert b"loud.test,suspend" in (await visitor.open("/office/agreements/closed.csv")).body
    other = await home.logged_in(clerk)
    seen = await other.open("/office/agreements")
    assert seen.status == 200
    assert [form.action for form in seen.forms if "agreements" in form.action] == []
