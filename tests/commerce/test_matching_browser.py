"""Twenty-twenty, the letter and the yields in a real browser: for everyone, at every width, in both lights."""

import socket

import pytest

from node.actors.model import Actor
from node.deals.model import Deal
from node.digest import service as digest
from node.ids import new_id
from node.listings import service as listings
from node.listings.service import Draft
from node.money import Money
from support.browser import Browser, check_accessibility
from support.nodes import PASSWORD, Nodes, RigNode

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)]


@pytest.fixture
async def node(nodes: Nodes) -> RigNode:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return await nodes.start(f"alpha.localhost:{port}", port=port)


async def fill(node: RigNode) -> str:
    """An offer of Bob's, asks of Alice's, and the same the other way round; where Bob's letter ends."""
    bob, alice = await node.member("Bob Joiner", role="officer"), await node.member("Alice Baker")
    put_up = (
        (bob, "offer", "Willow and ash baskets, woven to measure", {"terms": "price", "price": Money(1400, "EUR")}),
        (bob, "request", "Bread for the workshop on Fridays", {"terms": "barter", "barter": "a basket a month"}),
        (alice, "request", "60 bread baskets, willow, by October", {"terms": "price", "price": Money(1500, "EUR")}),
        (alice, "request", "Somebody to teach basket weaving at the harvest feast", {"place": "Malmö"}),
        (alice, "offer", "Sourdough bread, baked on Fridays", {"terms": "gift"}),
        *((alice, "request", f"Baskets for the market stall, number {number}", {}) for number in range(1, 22)),
    )
    async with node.writing() as work:
        for who, purpose, title, more in put_up:
            author = await work.session.get_one(Actor, who.actor_id)
            draft = Draft(purpose=purpose, title=title, language="en", **more)  # type: ignore[arg-type]
            await listings.publish(work, author, draft)
        at = work.now
        for number in range(3):
            id = new_id(at)
            work.session.add(
                Deal(
                    id=id, uri=f"{node.base}/deals/{id}", proposal_uri="http://a.test/p", title="Baskets",
                    seller_id=bob.actor_id, buyer_id=alice.actor_id, owner="seller", state="completed", currency="EUR",
                    total=84000 * number, created_at=at, changed_at=at, completed_at=at,
                )
            )  # fmt: skip
        return digest.token(work, bob.account_id)


@pytest.mark.parametrize(("width", "dark", "javascript"), [(360, True, False), (1280, False, True)])
async def test_the_pages_are_for_everyone(
    node: RigNode, browser: Browser, width: int, dark: bool, javascript: bool
) -> None:
    token = await fill(node)
    # What checks accessibility is a script itself: without scripts only the way through is tried.
    page = await browser.page(width=width, dark=dark, javascript=javascript)

    async def look(path: str) -> None:
        await page.goto(node.base + path)
        if javascript:
            await check_accessibility(page)
            assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{path} is too wide"

    await look(f"/digest/off/{token}")
    await page.goto(f"{node.base}/login?next=/matches")
    await page.get_by_label("Mail address or user name").fill("bob")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in", exact=True).click()
    await look("/matches")
    run = page.get_by_role("button", name="Match now")
    await run.focus()
    await page.keyboard.press("Enter")
    await page.get_by_text("3 more are behind these").wait_for()
    assert await page.locator(".match").count() == 21
    await look("/matches")
    gone = page.get_by_role("button", name="Not for me 60 bread baskets")
    await gone.focus()
    await page.keyboard.press("Enter")
    await page.get_by_text("You will not see this one again.").wait_for()
    await page.get_by_text("2 more are behind these").wait_for()
    for path in ("/yields", "/office/yields", "/settings/letters", "/today"):
        await look(path)
