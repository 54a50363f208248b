"""The shell in a real browser: readable by everyone at every width and in both lights, and passkeys work."""

import socket

import pytest

from support.browser import Browser, check_accessibility
from support.nodes import PASSWORD, Nodes, RigNode

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)]

OPEN = (
    "/",
    "/about",
    "/privacy",
    "/etiquette",
    "/login",
    "/forgot",
    "/apply",
    "/apply/sent",
    "/follow",
    "/dev/mail",
    "/nothing/here",
)
OWN = ("/settings", "/settings/account", "/settings/password", "/settings/passkeys", "/settings/sessions", "/etiquette")


@pytest.fixture
async def node(nodes: Nodes) -> RigNode:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return await nodes.start(f"alpha.localhost:{port}", port=port)


@pytest.mark.parametrize(("width", "dark"), [(360, True), (768, False), (1280, True)])
async def test_every_page_is_for_everyone(node: RigNode, browser: Browser, width: int, dark: bool) -> None:
    await node.member("Alice Fournier", role="admin")
    page = await browser.page(width=width, dark=dark)
    for path in OPEN:
        await page.goto(node.base + path)
        await check_accessibility(page)
        assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{path} is too wide"
    await page.goto(f"{node.base}/login?next=/settings")
    await page.get_by_label("Mail address or user name").fill("alice")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in", exact=True).click()
    for path in OWN:
        await page.goto(node.base + path)
        await check_accessibility(page)
        assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{path} is too wide"
    await page.get_by_text("Your menu").locator("..").click()
    await check_accessibility(page)


async def test_errors_take_the_focus_and_lead_to_their_field(node: RigNode, browser: Browser) -> None:
    page = await browser.page()
    await page.goto(f"{node.base}/apply")
    await page.get_by_label("Your name").fill("Nell")
    await page.get_by_role("button", name="Send the application").click()
    assert await page.evaluate("document.activeElement.id") == "errors"
    await page.get_by_role("link", name="Please tell us what you do.").click()
    await page.keyboard.type("Baker")
    assert await page.get_by_label("What you do").input_value() == "Baker"
    assert await page.get_by_label("Your name").input_value() == "Nell"
    await check_accessibility(page)


async def test_keyboard_reaches_the_content_first(node: RigNode, browser: Browser) -> None:
    page = await browser.page()
    await page.goto(f"{node.base}/about")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Skip to the content"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"


async def test_a_passkey_is_made_used_and_removed(node: RigNode, browser: Browser) -> None:
    await node.member("Alice")
    page = await browser.page()
    device = await page.context.new_cdp_session(page)
    await device.send("WebAuthn.enable")
    await device.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
                     "hasUserVerification": True, "isUserVerified": True}},
    )  # fmt: skip
    await page.goto(f"{node.base}/login?next=/settings/passkeys")
    await page.get_by_label("Mail address or user name").fill("alice")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in", exact=True).click()
    await page.get_by_label("A name for this device").fill("The till")
    await page.get_by_role("button", name="Add a passkey").click()
    await page.get_by_text("From now on this device can let you in.").wait_for()
    assert await page.get_by_text("The till").count() > 0

    await page.get_by_text("Your menu").locator("..").click()
    await page.get_by_role("button", name="Log out").click()
    await page.goto(f"{node.base}/login?next=/settings/passkeys")
    await page.get_by_role("button", name="Log in with a passkey").click()
    await page.get_by_text("last used").wait_for()

    await page.get_by_role("button", name="Remove The till").click()
    await page.get_by_text("No passkey yet").wait_for()
    await check_accessibility(page)


async def test_news_comes_as_a_quiet_line(node: RigNode, browser: Browser) -> None:
    alice = await node.member("Alice")
    page = await browser.page()
    await page.goto(f"{node.base}/login?next=/settings")
    await page.get_by_label("Mail address or user name").fill("alice")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in", exact=True).click()
    await page.wait_for_url("**/settings")
    bell = page.get_by_role("link", name="Notifications").locator(".count")
    await page.wait_for_function("document.documentElement.classList.contains('scripted')")
    for _ in range(50):
        async with node.writing() as work:
            work.tell(alice.account_id, "notifications")
        if await bell.count():
            break
        await page.wait_for_timeout(100)
    assert await bell.count() == 1


async def test_the_news_line_brings_the_page_up_to_date_when_asked(node: RigNode, browser: Browser) -> None:
    alice = await node.member("Alice")
    page = await browser.page()
    await page.goto(f"{node.base}/login?next=/feed")
    await page.get_by_label("Mail address or user name").fill("alice")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in", exact=True).click()
    await page.wait_for_url("**/feed")
    line = page.locator('[data-live="feed"] a')
    for _ in range(50):
        async with node.writing() as work:
            work.tell(alice.account_id, "feed")
        if await line.is_visible():
            break
        await page.wait_for_timeout(100)
    await page.evaluate("document.body.dataset.same = 'yes'")
    await line.click()
    await line.wait_for(state="hidden")
    assert await page.evaluate("document.body.dataset.same") == "yes"  # swapped in place, not loaded anew
    await check_accessibility(page)


async def test_without_javascript_everything_is_there(node: RigNode, browser: Browser) -> None:
    await node.member("Alice")
    page = await browser.page(javascript=False)
    await page.goto(f"{node.base}/login")
    assert await page.get_by_role("button", name="Log in with a passkey").count() == 0
    await page.get_by_label("Mail address or user name").fill("alice")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in", exact=True).click()
    await page.goto(f"{node.base}/settings")
    await page.locator("summary").click()
    await page.get_by_role("button", name="Log out").click()
    assert "You are logged out" in await page.locator("body").inner_text()
