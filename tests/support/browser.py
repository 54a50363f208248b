"""A real Chromium for tests, with a check for accessibility and an ear for what goes wrong on a page."""

import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser as Chromium
from playwright.async_api import ConsoleMessage, Page, Playwright, async_playwright

from support.chromium import program

AXE = Path(__file__).parents[1] / "browser" / "vendor" / "axe.min.js"
# Without the switches against background traffic it looks for hosts that a machine without a network cannot find.
SWITCHES = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


class Browser:
    """One Chromium. ``complaints`` has what pages said on their consoles; a test fails when there is any."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._driver: Playwright | None = None
        self._chromium: Chromium | None = None
        self._home = tempfile.TemporaryDirectory(prefix="commensal-browser-")

    async def open(self) -> None:
        path = program()
        assert path is not None
        self._driver = await async_playwright().start()
        self._chromium = await self._driver.chromium.launch(
            executable_path=path, args=SWITCHES, env={"HOME": self._home.name, "PATH": "/usr/bin:/bin"}
        )

    async def close(self) -> None:
        if self._chromium is not None:
            await self._chromium.close()
        if self._driver is not None:
            await self._driver.stop()
        self._home.cleanup()

    async def page(
        self,
        *,
        javascript: bool = True,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        locale: str = "en-GB",
    ) -> Page:
        """A new person at a screen: no cookies yet."""
        assert self._chromium is not None
        context = await self._chromium.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale=locale,
        )
        context.set_default_timeout(10_000)
        page = await context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("response", self._look)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        # A refused form answers 4xx on purpose; Chromium calls that an error too.
        if message.type == "error" and "status of 4" not in message.text:
            self.complaints.append(f"{message.location.get('url')}: {message.text}")

    def _look(self, response: Any) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.url} answered {response.status}")


async def check_accessibility(page: Page) -> None:
    """Raises AssertionError naming what axe finds wrong."""
    await page.evaluate(AXE.read_text("utf-8"))
    found = await page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', "
        "'wcag22aa', 'best-practice']})"
    )
    wrong = [
        f"{rule['id']}: {rule['help']}: {node['html'][:160]} — {node['failureSummary'].splitlines()[-1].strip()[:160]}"
        for rule in found["violations"]
        for node in rule["nodes"][:3]
    ]
    assert not wrong, f"{page.url}\n  " + "\n  ".join(wrong)
