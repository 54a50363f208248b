"""The browser of the rig: it runs, and its check for accessibility finds what is wrong."""

import pytest

from support.browser import Browser, check_accessibility

pytestmark = pytest.mark.browser


async def test_the_check_finds_a_picture_without_words(browser: Browser) -> None:
    page = await browser.page()
    html = "<!doctype html><html lang=en><title>A page</title><main><h1>Hello</h1>{}</main></html>"
    await page.set_content(html.format(""))
    await check_accessibility(page)
    await page.set_content(html.format("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>"))
    with pytest.raises(AssertionError, match="image-alt"):
        await check_accessibility(page)


async def test_what_a_page_complains_of_is_heard(browser: Browser) -> None:
    page = await browser.page()
    await page.set_content("<script>console.error('on purpose')</script>")
    assert "on purpose" in browser.complaints.pop()
