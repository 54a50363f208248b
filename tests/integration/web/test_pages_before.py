"""A visitor's page is drawn again only where something else would stand on it."""

from typing import Any

import pytest

from support.nodes import RigNode
from web import rendering


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_what_others_write_does_not_draw_a_page_again(nodes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    a: RigNode = await nodes.start("a.test")
    alice, bob = await a.member("Alice Baker"), await a.member("Bob Carver")
    drawn: list[str] = []
    render = rendering.render
    monkeypatch.setattr(rendering, "render", lambda name, values: drawn.append(name) or render(name, values))
    visitor = await a.visitor()
    for_alice, for_bob = await a.logged_in(alice), await a.logged_in(bob)
    await for_alice.submit("/posts/new", {"text": "The oven is warm."}, button="Say it")
    first = await visitor.open("/@alice")
    assert "The oven is warm." in first.text
    await for_bob.submit("/posts/new", {"text": "The lathe is sharp."}, button="Say it")
    drawn.clear()
    assert (await visitor.open("/@alice")).text == first.text
    assert drawn == []
    await for_alice.submit("/posts/new", {"text": "And the bread is out."}, button="Say it")
    assert "And the bread is out." in (await visitor.open("/@alice")).text
