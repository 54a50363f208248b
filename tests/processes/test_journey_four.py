"""From a social post to a paid, receipted deal: two associations as processes, two people in a browser."""

import asyncio
import io
import re

import pytest
from playwright.async_api import Page, expect
from pypdf import PdfReader

from support.browser import Browser, check_accessibility
from support.processes import Build, Place, until

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.parametrize("build", ["sqlite"], indirect=True)]

PASSWORD = "a long table in the garden"


class Person:
    """Somebody at a screen of their own."""

    def __init__(self, page: Page, place: Place) -> None:
        self.page = page
        self.place = place
        self._looked_at: set[str] = set()

    async def log_in(self, name: str) -> None:
        await self.open("/login")
        await self.page.locator("main [name=username]").fill(name)
        await self.page.locator("main [name=password]").fill(PASSWORD)
        await self.press("Log in")

    async def open(self, path: str) -> None:
        await self.page.goto(path if path.startswith("http") else self.place.base + path)
        await self._look()

    async def fill(self, **values: str) -> None:
        for name, value in values.items():
            await self.page.locator(f"main [name='{name.replace('__', '-')}']").fill(value)

    async def press(self, words: str) -> None:
        main = self.page.locator("main")
        found = main.get_by_role("button", name=words).or_(main.get_by_role("link", name=words))
        await found.first.click()
        await self.page.wait_for_load_state()
        await self._look()

    async def _look(self) -> None:
        """Each kind of page once: the look costs more than the page."""
        kind = re.sub(r"\d+", "#", self.page.url)
        if kind not in self._looked_at:
            self._looked_at.add(kind)
            await check_accessibility(self.page)

    async def reads(self, words: str) -> None:
        await expect(self.page.locator("main")).to_contain_text(words)

    async def comes_to_read(self, words: str) -> None:
        """What the other side did arrives in a moment."""

        async def is_there() -> bool:
            await self.page.reload()
            return words in (await self.page.locator("main").inner_text())

        await until(is_there, 20)

    @property
    def deal(self) -> str:
        found = re.search(r"/deals/\d+", self.page.url)
        assert found is not None, self.page.url
        return found[0]


async def test_from_a_social_post_to_a_receipt(build: Build, browser: Browser) -> None:
    alpha, beta = await build("alpha"), await build("beta")
    await asyncio.gather(alpha.start(), beta.start())
    tokens = {}
    for place, name in ((alpha, "alice"), (beta, "bob")):
        tokens[name] = place.app((await place.add_member(name, PASSWORD, "--token"))["token"])
    await tokens["alice"].follow(f"bob@{beta.host}")
    await tokens["bob"].follow(f"alice@{alpha.host}")

    async def known() -> bool:
        return bool((await tokens["bob"].get("/api/v1/accounts/verify_credentials"))["followers_count"])

    await until(known, 10)
    offer = {"purpose": "offer", "title": "Willow and ash baskets", "text": "Bread baskets, woven by hand."}
    await tokens["bob"].post("/api/commensal/v1/listings", **offer)
    said = await tokens["bob"].post(
        "/api/v1/statuses", status="Anyone else tired of baskets that fall apart? My grandmother wove willow."
    )

    async def heard() -> bool:
        return said["uri"] in [status["uri"] for status in await tokens["alice"].get("/api/v1/timelines/home")]

    await until(heard, 10)
    alice, bob = Person(await browser.page(), alpha), Person(await browser.page(width=360, dark=True), beta)
    await alice.log_in("alice")
    await bob.log_in("bob")

    # 1. Something starts from a post in the feed.
    await alice.open("/feed?lens=social")
    await alice.page.locator("article", has_text="fall apart").get_by_role("link", name="Start something").click()
    await alice.page.locator("main [name=purpose][value=request]").check()
    await alice.fill(title="60 bread baskets, willow", text="By October.")
    await alice.page.locator("main [name=terms][value=open]").check()
    await alice.press("Put it on the table")
    await alice.reads("Began in")

    # 2. It meets what Bob offers, and each has it on a page of their own, with the reason.
    await alice.open("/matches")
    await alice.press("Match now")
    await alice.reads("Willow and ash baskets")
    await alice.reads("baskets")

    # 3. Bob answers with a quote.
    await bob.open("/listings?purpose=request&q=bread+baskets")
    await bob.page.locator("main .listing__title a").first.click()
    await bob.press("Make a quote")
    await bob.fill(
        lines__0__name="Bread baskets, willow", lines__0__quantity="60", lines__0__price="14.00", lines__0__tax="20",
        deposit="30",
    )  # fmt: skip
    await bob.press("Send the quote")

    # 4. Alice would like fewer; Bob changes it; Alice agrees.
    await alice.open("/deals")
    await alice.comes_to_read("60 bread baskets")
    await alice.press("60 bread baskets")
    await alice.reads("€1,008.00")
    await alice.fill(words="Fifty would do.")
    await alice.press("Send")
    await bob.comes_to_read("Fifty would do.")
    await bob.page.locator("summary", has_text="Something else").click()
    await bob.press("Other terms")
    await bob.fill(lines__0__quantity="50")
    await bob.press("Send it")
    await alice.comes_to_read("€840.00")
    await alice.press("Agree")
    await alice.press("Yes, I agree")
    await alice.reads("Both of you hold the same seal")
    await bob.comes_to_read("Both of you hold the same seal")
    seals = [await person.page.locator(".deal-seal code").inner_text() for person in (alice, bob)]
    assert seals[0] == seals[1]

    # 6. Deposit, delivery, the rest, the receipt.
    await bob.press("Send the invoice for the deposit")
    await bob.press("Send the invoice")
    await alice.comes_to_read("I have paid €252.00")
    await alice.press("I have paid €252.00")
    await alice.press("I have paid this")
    await bob.comes_to_read("Confirm that €252.00 arrived")
    await bob.press("Confirm that €252.00 arrived")
    await bob.press("This has arrived")
    await bob.press("It is delivered")
    await bob.press("It is delivered")
    await bob.press("Send the invoice")
    await bob.press("Send the invoice")
    await alice.comes_to_read("I have paid €588.00")
    await alice.press("I have paid €588.00")
    await alice.press("I have paid this")
    await bob.comes_to_read("Confirm that €588.00 arrived")
    await bob.press("Confirm that €588.00 arrived")
    await bob.press("This has arrived")
    await bob.press("Send the receipt")
    await bob.press("Send the receipt")
    await bob.reads("Done: delivered, paid, and receipted.")
    await alice.comes_to_read("Done: delivered, paid, and receipted.")
    for person in (alice, bob):
        await check_accessibility(person.page)

    # 7. The same sums in the papers of both.
    for person, place in ((bob, beta), (alice, alpha)):
        papers = person.page.locator("aside a[href*='/papers/']", has_text="Invoice")
        address = await papers.last.get_attribute("href")
        assert address is not None
        answer = await person.page.request.get(f"{place.base}{address}.pdf")
        assert answer.status == 200, address
        text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(await answer.body())).pages)
        for amount in ("700.00", "140.00", "840.00", "252.00", "588.00"):
            assert amount in text, (place.host, amount, text)

    # 8. A third person has no part in it.
    await beta.add_member("carol", PASSWORD)
    carol = Person(await browser.page(), beta)
    await carol.log_in("carol")
    answer = await carol.page.request.get(beta.base + bob.deal)
    assert answer.status == 404
