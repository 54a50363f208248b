"""On pages: words somebody would rather not see, and tags they follow."""

from support.nodes import RigNode


async def test_words_and_tags(node: RigNode) -> None:
    alice, carol = await node.member("Alice Baker"), await node.member("Carol Joiner")
    at_alice, at_carol = await node.logged_in(alice), await node.logged_in(carol)
    for text in ("The LOTTERY is open", "Plain talk", "Spruce for sale #spruce"):
        await at_carol.submit("/posts/new", {"text": text})
    await at_alice.submit("/settings/words", {"word": "lottery", "action": "warn"})
    feed = await at_alice.open("/feed")
    assert "You did not want to see this: lottery" in feed.text
    assert "Plain talk" in feed.text
    await at_alice.submit("/settings/words", {"word": "plain talk", "action": "hide"})
    assert "Plain talk" not in (await at_alice.open("/feed")).text
    assert "Plain talk" in (await at_carol.open("/feed")).text
    page = await at_alice.open("/settings/words")
    while "/remove" in page.body.decode():
        page = await at_alice.send(page, page.form("/remove"))
    assert "Plain talk" in (await at_alice.open("/feed")).text
    empty = await at_alice.submit("/settings/words", {"word": " "})
    assert empty.status == 422

    page = await at_alice.open("/tags/spruce")
    page = await at_alice.send(page, page.form("/follow"))
    assert "Following #spruce" in page.text
    page = await at_alice.send(page, page.form("/unfollow"))
    assert "Following #spruce" not in page.text
