"""Whatever is put into an address or a form, a page answers with something a person can use, never with a breakdown."""

import re
from urllib.parse import quote

import pytest

from support.nodes import Nodes, RigNode
from support.visitor import Form, Page, Visitor

TYPED = ("", "\x00\x07\u202e<b>", "9" * 400, "-1", "🙂" * 1000)


@pytest.fixture
async def target(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


@pytest.fixture
async def officer(target: RigNode) -> Visitor:
    return await target.logged_in(await target.member("Ingrid Office", role="admin"))


async def test_other_methods_are_refused_clearly(target: RigNode) -> None:
    stranger = await target.visitor()
    for address in ("/", "/directory", "/ap/inbox", "/login", "/.well-known/webfinger"):
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"):
            page = await stranger.ask(method, address)
            assert page.status in (403, 404, 405, 422), (method, address, page.status)


RESOURCES = (
    "", "acct:", "acct:@", "acct:office", "acct:office@b.test", "acct:nobody@a.test", "x" * 3000, "http://a.test/@office",
    "http://[::1", "acct:\x00@a.test", "mailto:office@a.test",
)  # fmt: skip


async def test_webfinger_answers_odd_questions(target: RigNode) -> None:
    visitor = await target.visitor()
    for resource in RESOURCES:
        page = await visitor.open(f"/.well-known/webfinger?resource={quote(resource)}", accept="*/*")
        assert page.status in (200, 400, 404), resource


async def crawl(visitor: Visitor, start: list[str], most: int = 120) -> list[Page]:
    """Pages that can be reached by links."""
    seen, queue, found = set(start), list(start), []
    while queue and len(found) < most:
        page = await visitor.open(queue.pop(0))
        found.append(page)
        if page.status != 200:
            continue
        for link in page.links:
            path = link.partition("#")[0]
            if path.startswith("/") and path not in seen and not re.search(r"/(static|media|ap|logout|events)\b", path):
                seen.add(path)
                queue.append(path)
    return found


async def test_no_link_of_ours_leads_nowhere(target: RigNode, officer: Visitor) -> None:
    await target.member("Bob Joiner")
    pages = await crawl(officer, ["/", "/today"])
    assert len(pages) > 10
    assert [(page.url, page.status) for page in pages if page.status != 200] == []


async def test_no_form_breaks_on_what_is_typed(target: RigNode, officer: Visitor) -> None:
    await target.member("Bob Joiner")
    stranger = await target.visitor()
    forms: dict[tuple[str, tuple[str, ...]], tuple[Visitor, str, Form]] = {}
    for visitor, start in ((officer, ["/", "/today"]), (stranger, ["/", "/login", "/apply", "/forgot"])):
        for page in await crawl(visitor, start):
            for form in page.forms:
                key = (re.sub(r"\d{6,}", "N", form.action or page.path), tuple(sorted(form.fields)))
                if form.method == "post" and "logout" not in form.action:
                    forms.setdefault(key, (visitor, page.url, form))
    assert len(forms) > 10
    broken = []
    for visitor, url, form in forms.values():
        for typed in TYPED:
            page = await visitor.open(url)
            values = {name: typed for name in form.fields if name != "csrf"}
            fresh = [known for known in page.forms if known.action == form.action and known.method == "post"]
            if not fresh:
                break  # what it was for is gone
            answer = await visitor.send(page, fresh[0], values, follow=False)
            if answer.status >= 500:
                broken.append((form.action or url, typed[:20], answer.status))
    assert broken == []


async def test_a_form_from_elsewhere_is_not_acted_on(target: RigNode) -> None:
    stranger = await target.visitor()
    page = await stranger.open("/login")
    form = page.form("/login", with_field="csrf")
    without = await stranger.send(page, Form("/login", "post", {**form.fields, "csrf": [""]}), follow=False)
    assert without.status == 403
    other = await stranger.ask("POST", "/login", origin="http://evil.test", data=form.fields)
    assert other.status == 403
    garbage = await stranger.ask("POST", "/login", data=b"\xff\xfe\x00", content_type="text/plain")
    assert garbage.status in (403, 415, 422)
    broken = b"--x\r\nContent-Disposition: nonsense\r\n\r\n"
    multipart = await stranger.ask("POST", "/login", data=broken, content_type="multipart/form-data; boundary=x")
    assert multipart.status in (400, 403, 422)
