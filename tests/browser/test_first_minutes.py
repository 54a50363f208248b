"""The first minutes of three journeys in a real browser, with JavaScript and without: import, invitation, offer."""

import re

import pytest
import sqlalchemy as sa
from playwright.async_api import Page, expect

from node.actors.model import Actor
from node.mail.model import Letter
from node.members.model import Member as MemberRow
from support.browser import Browser, check_accessibility
from support.nodes import PASSWORD, Nodes, RigNode
from support.processes import free_port

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)]

MEMBERS = """Mitglied;E-Mail;Firma;Branche;Ort
Alice Fournier;alice@mail.test;Fournier & Töchter;Bakery;Malmö
Jörg Weiß;joerg@mail.test;Weiß Möbel;Joiner;Malmö
Nadia Haddad;nadia@mail.test;Haddad Ltd;Bookkeeping;Lund
Double Entry;alice@mail.test;;;
No Address;not an address;;;
""".encode("latin-1")


class Person:
    """Somebody at a screen."""

    def __init__(self, page: Page, node: RigNode, javascript: bool) -> None:
        self.page = page
        self.node = node
        self._javascript = javascript

    async def open(self, path: str) -> None:
        answer = await self.page.goto(self.node.base + path)
        assert answer is not None
        assert answer.status < 500
        await self.look()

    async def look(self) -> None:
        """Every page on the way is checked; without JavaScript the check itself cannot run."""
        if self._javascript:
            await check_accessibility(self.page)

    async def fill(self, **values: str) -> None:
        """By the name of the field, in the main part of the page."""
        for name, value in values.items():
            await self.page.locator(f"main [name={name}]").fill(value)

    async def press(self, words: str) -> None:
        """A button or a link that looks like one."""
        main = self.page.locator("main")
        button = main.get_by_role("button", name=words).or_(main.get_by_role("link", name=words))
        await button.first.click()
        await self.page.wait_for_load_state()
        await self.look()

    async def reads(self, words: str) -> None:
        await expect(self.page.locator("body")).to_contain_text(words)

    async def log_in(self, name: str) -> None:
        await self.open("/login")
        await self.fill(username=name, password=PASSWORD)
        await self.press("Log in")


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
async def test_first_minutes(nodes: Nodes, browser: Browser, javascript: bool) -> None:
    ports = free_port(), free_port()
    alpha = await nodes.start(f"alpha.localhost:{ports[0]}", port=ports[0])
    beta = await nodes.start(f"beta.localhost:{ports[1]}", port=ports[1])

    async def person(node: RigNode) -> Person:
        return Person(await browser.page(javascript=javascript), node, javascript)

    # J1: Ingrid brings in the members from the file that she has.
    await alpha.member("Ingrid Office", role="admin")
    ingrid = await person(alpha)
    await ingrid.log_in("ingrid")
    await ingrid.open("/office/import")
    await ingrid.page.locator("main [name=file]").set_input_files(
        {"name": "members.csv", "mimeType": "text/csv", "buffer": MEMBERS}
    )
    await ingrid.press("Look at it")
    await ingrid.press("Try it first")
    await ingrid.reads("3 ready, 2 need a look")
    await ingrid.reads("Nothing is written yet")
    assert await _count(alpha, MemberRow) == 1
    await ingrid.press("Import 3")
    await alpha.settle()
    await ingrid.page.reload()
    await ingrid.reads("3 new members")
    assert await _count(alpha, MemberRow) == 4
    assert await _count(alpha, Letter) == 0
    await ingrid.open("/office/members")
    await ingrid.press("Invite 3 to claim their page")

    # Alice claims her page, reads the rules, and says how she likes to be approached.
    alice = await person(alpha)
    await alice.open(await _link_in_letter(alpha, "alice@mail.test"))
    await alice.fill(password=PASSWORD)
    await alice.press("Take your seat")
    await alice.reads("Ask before you tell")
    await alice.press("I will keep to them")
    await alice.open("/settings/host-card")
    await alice.page.locator("main [name=opens_with][value=social]").check(force=True)
    await alice.fill(ask_me_about="sourdough, choir", please_dont="phone", from1="08:00", until1="10:00")
    await alice.press("Save")
    await alice.open("/settings/profile")
    await alice.fill(phone="+46 40 123456")
    await alice.page.locator("main [name=phone_seen_by]").select_option("connections")
    await alice.press("Save")
    async with alpha.reading() as work:
        name = await work.session.scalar(sa.select(Actor.username).where(Actor.name == "Alice Fournier"))
    stranger = await person(alpha)
    await stranger.open(f"/@{name}")
    await stranger.reads("Alice Fournier")
    await expect(stranger.page.locator("body")).not_to_contain_text("123456")
    document = await stranger.page.request.get(
        f"{alpha.base}/ap/actors/{name}", headers={"Accept": "application/activity+json"}
    )
    assert "Alice Fournier" in await document.text()
    assert "123456" not in await document.text()

    # J3: Carol of the other association finds her, sees her card, and has to begin with a question.
    await beta.member("Carol Organiser")
    carol = await person(beta)
    await carol.log_in("carol")
    await carol.open(f"/search?q=%40{name}%40alpha.localhost%3A{ports[0]}")
    assert f"/@{name}@" in carol.page.url
    await carol.press("Invite Alice")
    await carol.reads("choir")
    await carol.reads("phone")
    await carol.fill(about="I organise evenings for the guild.")
    await carol.press("Send")
    await carol.reads("question")
    assert "/invitations/new" in carol.page.url
    await expect(carol.page.locator("main [name=about]")).to_have_value("I organise evenings for the guild.")
    await carol.fill(question="What does your choir sing at Christmas?")
    await carol.press("Send")
    await alpha.settle()
    await alice.open("/invitations")
    await alice.reads("What does your choir sing at Christmas?")
    await alice.page.locator("main textarea[name=answer]").first.fill("Bach, and badly. Come and listen.")
    await alice.press("Yes, connect")
    await alpha.settle()
    await carol.open("/invitations?show=sent")
    await carol.reads("Connected")
    await carol.reads("Bach, and badly")

    # J4: an offer of Carol's is on Alice's pages in a moment, and gone from them when Carol takes it back.
    await carol.open("/listings/new")
    await carol.fill(title="Willow and ash baskets", text="Woven by hand. **Sixty** by October.", place="Lund")
    await carol.page.locator("main [name=terms][value=barter]").check(force=True)
    await carol.fill(barter="Bread on Fridays")
    await carol.press("Put it on the table")
    await carol.reads("Willow and ash baskets")
    offer = carol.page.url
    await alpha.settle()
    await alice.open("/listings?q=basket")
    await alice.reads("Willow and ash baskets")
    await alice.reads("Carol Organiser")
    await alice.press("Willow and ash baskets")
    await alice.reads("Bread on Fridays")
    await alice.reads("Association BETA")
    mirrored = alice.page.url
    await carol.page.goto(offer)
    await carol.press("Withdraw")
    await carol.press("Withdraw it")
    await alpha.settle()
    await alice.open("/listings?q=basket")
    await expect(alice.page.locator("main")).not_to_contain_text("Willow and ash baskets")
    gone = await alice.page.goto(mirrored)
    assert gone is not None
    assert gone.status in (404, 410)


async def _count(node: RigNode, table: type) -> int:
    async with node.reading() as work:
        return int(await work.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


async def _link_in_letter(node: RigNode, recipient: str) -> str:
    async with node.reading() as work:
        text = await work.session.scalar(sa.select(Letter.text).where(Letter.recipient == recipient))
    assert text is not None, f"no letter for {recipient}"
    found = re.search(re.escape(node.base) + r"(/join/\S+)", text)
    assert found is not None, text
    return found[1]
