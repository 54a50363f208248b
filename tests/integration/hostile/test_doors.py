"""Every changing address as a stranger, as another site and as a member without office; links that work once, raced."""

import asyncio
import re
from urllib.parse import quote, urljoin, urlsplit

import aiohttp
import pytest
import sqlalchemy as sa

from node.accounts.model import Account, LoginSession, OneTimeKey
from node.mail.model import Letter
from node.members import joining
from support.nodes import PASSWORD, Member, Nodes, RigNode
from support.visitor import Page, Visitor
from web.middleware import LETTERS

APPS = ("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo")
MACHINES = ("/ap/", "/actor")


@pytest.fixture
async def target(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


@pytest.fixture
async def alice(target: RigNode) -> Member:
    return await target.member("Alice Baker")


def addresses(target: RigNode, method: str) -> list[str]:
    """Every page of this method, with something in each place of its address."""
    found = set()
    for route in target.app.router.routes():
        if route.resource is not None and route.method == method:
            address = re.sub(r"\{(\w+)\}", lambda part: "alice" if part[1] in ("username", "handle") else "1",
                             route.resource.canonical)  # fmt: skip
            if not address.startswith((*APPS, *MACHINES)):
                found.add(address)
    return sorted(found)


async def token_of(visitor: Visitor) -> str:
    page = await visitor.open("/posts/new")
    return page.form(with_field="csrf").fields["csrf"][0]


async def test_no_page_acts_without_its_form(target: RigNode, alice: Member) -> None:
    """Neither for a form of another site, nor for one without the token, nor for JSON, whoever is logged in."""
    visitor = await target.logged_in(alice)
    token = await token_of(visitor)
    found = addresses(target, "POST")
    assert len(found) > 40
    for address in found:
        for how in (
            {"data": {"csrf": "x" * 64}},
            {"data": {"csrf": token}, "origin": "http://evil.test"},
            {"data": {"csrf": token}, "origin": "null"},
            {"data": {"csrf": token}, "origin": "http://a.test.evil.test"},
            {"data": b'{"csrf": "%s"}' % token.encode(), "content_type": "application/json"},
            {"data": b"csrf=" + token.encode(), "content_type": "text/plain"},
            {"data": b"", "content_type": "application/x-www-form-urlencoded"},
        ):
            page = await visitor.ask("POST", address, **how)  # type: ignore[arg-type]
            assert page.status in (403, 404, 405, 415, 422), (address, how, page.status)
            if address.startswith(LETTERS):
                assert page.status == 404, "mail programs post to these (RFC 8058): their token is the permission"
            elif "origin" in how or how["data"] == {"csrf": "x" * 64}:
                assert page.status == 403, (address, how)
    async with target.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(LoginSession)) == 1


async def test_the_office_is_closed_to_members(target: RigNode, alice: Member) -> None:
    visitor, stranger = await target.logged_in(alice), await target.visitor()
    token = await token_of(visitor)
    outside = (await stranger.open("/login")).form("/login$").fields["csrf"][0]
    gets = [address for address in addresses(target, "GET") if address.startswith("/office")]
    posts = [address for address in addresses(target, "POST") if address.startswith("/office")]
    assert len(gets) > 8
    assert len(posts) > 12
    for address in gets:
        assert (await visitor.open(address, follow=False)).status in (403, 404), address
        page = await stranger.open(address, follow=False)
        assert page.headers.get("Location", "").startswith("/login?next="), address
    everything = {"role": "admin", "reason": "x", "name": "x", "email": "x@mail.test", "csrf": token}
    for address in posts:
        assert (await visitor.ask("POST", address, data=everything)).status in (403, 404), address
        page = await stranger.ask("POST", address, data={**everything, "csrf": outside})
        assert page.status in (401, 403, 404), address
    async with target.reading() as work:
        account = await work.session.get_one(Account, alice.account_id)
        assert (account.role, account.suspended_at) == ("member", None)


async def race(target: RigNode, address: str, values: dict[str, str], times: int = 6) -> list[int]:
    visitors = [await target.visitor() for _ in range(times)]
    pages = [await visitor.open(address) for visitor in visitors]
    answers = await asyncio.gather(
        *(visitor.send(page, page.form(), values, follow=False) for visitor, page in zip(visitors, pages, strict=True))
    )
    return sorted(answer.status for answer in answers)


async def test_a_join_link_that_is_raced_makes_one_member(target: RigNode) -> None:
    officer = await target.member("Ingrid Office", role="admin")
    async with target.writing() as work:
        invited = await joining.invite(work, officer.account_id)
    values = {"name": "New Person", "username": "newcomer", "email": "new@mail.test", "password": PASSWORD}
    statuses = await race(target, invited.url, values)
    assert statuses.count(303) == 1, statuses
    assert max(statuses) < 500
    async with target.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(Account)) == 2
    again = await (await target.visitor()).open(invited.url)
    assert again.status == 410


async def test_a_reset_link_that_is_raced_works_once_and_leads_to_us(target: RigNode, alice: Member) -> None:
    """The mail names our own address, whatever host the request spoke of."""
    visitor = await target.visitor()
    page = await visitor.open("/forgot")
    assert target._runner is not None
    form = {name: values[0] for name, values in page.form().fields.items()} | {"email": "alice@mail.test"}
    cookies = {cookie.key: cookie.value for cookie in visitor._session.cookie_jar}
    async with aiohttp.ClientSession(cookies=cookies, cookie_jar=aiohttp.DummyCookieJar()) as client:
        headers = {"Host": "evil.test", "X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test",
                   "Origin": "http://a.test", "Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}  # fmt: skip
        async with client.post(
            f"http://127.0.0.1:{target._runner.addresses[0][1]}/forgot", data=form, headers=headers
        ) as answer:
            assert answer.status == 200, await answer.text()
    async with target.reading() as work:
        letter = await work.session.scalar(sa.select(Letter))
        assert letter is not None
        stored = (await work.session.scalars(sa.select(OneTimeKey.token_hash))).all()
    assert "evil" not in letter.text
    found = re.search(r"http://a\.test(/reset/\S+)", letter.text)
    assert found is not None
    assert found[1].rpartition("/")[2] not in stored
    statuses = await race(target, found[1], {"password": "another long table outside"})
    assert statuses.count(303) == 1, statuses
    assert max(statuses) < 500


async def test_a_session_is_never_one_that_was_brought_along(target: RigNode, alice: Member) -> None:
    visitor = await target.visitor()
    assert target._runner is not None
    planted = "planted-" + "x" * 40
    visitor._session.cookie_jar.update_cookies({"session": planted})
    await visitor.log_in("alice", PASSWORD)
    thief = await target.visitor()
    thief._session.cookie_jar.update_cookies({"session": planted})
    assert (await thief.open("/settings")).path == "/login"
    first = await target.logged_in(alice)
    token = next(cookie.value for cookie in first._session.cookie_jar if cookie.key == "session")
    page = await first.open("/settings")
    await first.send(page, page.form("/logout"))
    thief._session.cookie_jar.update_cookies({"session": token})
    assert (await thief.open("/settings")).path == "/login"


ELSEWHERE = (
    "//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test", "https://evil.test", "https:evil.test", "evil.test",
    "/\t/evil.test", "/%09/evil.test", "/%2F/evil.test", "/%5Cevil.test", "javascript:alert(1)",
    "/\r\nX: y", "/..//evil.test", "@evil.test",
    "/.//evil.test", "http://a.test@evil.test/",
)  # fmt: skip


async def test_nobody_is_led_elsewhere(target: RigNode) -> None:
    bob = await target.member("Bob Joiner", has_read_rules=False)
    for where in ELSEWHERE:
        stranger = await target.visitor()
        shown = await stranger.open(f"/login?next={quote(where)}")
        values = {"next": where, "username": "bob", "password": PASSWORD}
        answer = await stranger.send(shown, shown.form("/login$"), values, follow=False)
        assert is_home(answer), where
        rules = {"csrf": await token_of(stranger), "next": where}
        answers = [
            await stranger.ask("POST", "/etiquette", data=rules),
            await stranger.ask("POST", f"/people/{bob.actor_id}/follow", data={**rules, "back": where}),
            await stranger.open(f"/language/fr?back={quote(where)}", follow=False),
        ]
        assert [is_home(answer) for answer in answers] == [True, True, True], where


def is_home(answer: Page) -> bool:
    """Where a browser goes from here is on this node; browsers read a backslash as a slash and skip tabs."""
    location = re.sub(r"[\t\r\n]", "", answer.headers.get("Location", "").replace("\\", "/"))
    return urlsplit(urljoin("http://a.test/x", location)).netloc == "a.test" and "X" not in answer.headers
