"""Every address there is, with something of each kind in the house, and anything at all in every place of it."""

import random
import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import sqlalchemy as sa

import web
from node.accounts import tokens
from node.actors.model import Actor
from node.circles import service as circles
from node.circles.rules import Facts
from node.ideas import service as ideas
from node.polls.rules import PollDraft
from node.posts import service as posts
from node.studies import service as studies
from node.studies.rules import Question
from node.tables import metadata
from node.trials import service as trials
from support.deals import begin, put_up, take, terms
from support.nodes import Member, Nodes, RigNode, a_pair
from support.peer import PUBLIC, Peer
from support.visitor import Page, Visitor

READ = re.compile(
    r"\.(?:text|long_text|secret|choice|choices|items|ticked_box|whole|money|day|end_of_day|uploads|flag|key|keys|texts"
    r'|required|below|rows|upload|get|getall|getone)\(\s*f?"([^"/ ]{1,40})"'
)
"""Where a page or the client API reads a value: its name."""
ODD = (
    "", "0", "-1", "1", "9" * 19, "9" * 400, "1e9", "NaN", "²", "\x00", "a\x00b", "😀" * 300, "\u202e", "%00", "'\"<>",
    "2026-06-01", "9999-12-31", "0001-01-01", "9999-12-31T23:59:59-12:00", "2026-13-41", "24:60", "on", "true", "null",
    "[]", "{}", "[[[[", "alice", "@alice", "@sam@p.test", "@x@", "http://p.test/users/sam", "http://[::1", "x" * 6000,
    "https://a.test:x/", "//evil.test", "../../etc/passwd", "12,50", "12.50", "1.005", "-0", "public", "direct", "en",
    "offer", "ask", "EUR", "xx-invalid-language", "office", "admin", "ungrouped-1", "1,2,3", "before",
    "\r\nBcc: x@mail.test", "=cmd|' /C calc'!A0",
)  # fmt: skip
NAMES = ("alice", "bob", "bread", "p.test", "sam@p.test", "en", "2.1", "bakers")
NAMED = ("username", "handle", "tag", "host", "name")
"""Parts of addresses that are no keys."""
STAYS_OPEN = ("/events", "/streaming")


def read_names() -> list[str]:
    """The names of all values that are read anywhere."""
    found = set[str]()
    for file in Path(web.__file__).parent.rglob("*.py"):
        found |= {re.sub(r"\{\w+\}", "0", name) for name in READ.findall(file.read_text())}
    assert len(found) > 150
    return sorted(found - {"csrf"})


@dataclass
class Browser:
    """A browser, what its forms must carry, and the token of the same person's app."""

    visitor: Visitor
    secret: str
    token: str = ""

    async def ask(self, method: str, address: str, values: list[tuple[str, str]], accept: str) -> Page:
        headers, data = {"Accept": accept}, None
        if self.token and address.startswith(("/api/", "/oauth/")):
            headers["Authorization"] = f"Bearer {self.token}"
        if method == "GET":
            address += "?" + urlencode(values)[:3000]
        else:
            headers |= {"Origin": self.visitor.base, "Content-Type": "application/x-www-form-urlencoded"}
            data = urlencode([*values, ("csrf", self.secret)])
        return await self.visitor._ask(method, address, follow=False, headers=headers, data=data)


async def browser_of(node: RigNode, member: Member) -> Browser:
    visitor = await node.logged_in(member)
    async with node.writing() as work:
        scopes = ["read", "write", "follow", "push"]
        token, _ = await tokens.make_row(work, member.account_id, "App", scopes, None)
    page = await visitor.open("/posts/new")
    return Browser(visitor, page.form(with_field="csrf").fields["csrf"][0], token)


async def stranger(node: RigNode) -> Browser:
    visitor = await node.visitor()
    return Browser(visitor, (await visitor.open("/login")).form(with_field="csrf").fields["csrf"][0])


async def settle_in(node: RigNode, peer: Peer, bob: Member, carol: Member) -> list[str]:
    """Something of each kind; the keys of all that there is."""
    sam = peer.person("sam")
    note = peer.note(sam, "Hello", to=[bob.uri, PUBLIC], cc=[])
    for activity in (peer.activity(sam, "Follow", bob.uri), peer.activity(sam, "Create", note)):
        assert (await peer.send(sam, f"{node.base}/ap/inbox", activity)).status == 202
    await node.settle()
    deal = await begin(node, carol, await put_up(node, bob), words="How much?")
    await take(node, bob, deal, "quote", terms=terms(10))
    await take(node, carol, deal, "agree")
    await take(node, bob, deal, "invoice")
    async with node.writing() as work:
        author, later = await work.session.get_one(Actor, bob.actor_id), work.now + timedelta(days=7)
        for draft in (
            posts.Draft("Hello #bread @carol"),
            posts.Draft("Which?", poll=PollDraft(("One", "Two"))),
            posts.Draft("@carol Among us", visibility="direct"),
        ):
            await posts.publish(work, author, draft)
        await circles.create(work, author, Facts("Bakers"), a_pair())
        idea = await ideas.begin(work, author, "Bread by bicycle", "Warm bread.")
        asked = (Question("Why?", "text"), Question("Which?", "one", ("A", "B")))
        await studies.publish(work, author, studies.Draft("Bread", "To learn", "open", asked, later, idea_id=idea.id))
        both = (trials.Variant("Bread", "Warm", 500), trials.Variant("Bread", "Cold", 700))
        await trials.publish(work, author, trials.Draft("Bread in the morning", both, 20, later))
    found = set[str]()
    async with node.reading() as work:
        for table in metadata.sorted_tables:
            keys = [column for column in table.primary_key.columns if isinstance(column.type, sa.Integer)]
            if len(keys) == 1:
                found |= {str(key) for key in await work.session.scalars(sa.select(keys[0]).limit(8))}
    return sorted(found)


def routes(node: RigNode) -> list[tuple[str, str]]:
    """Method and address, with ``{parts}`` as they are."""
    found = {(route.method, route.resource.canonical) for route in node.app.router.routes() if route.resource}
    return sorted(
        (method, address)
        for method, address in found
        if method in ("GET", "POST", "PUT", "PATCH", "DELETE") and not any(word in address for word in STAYS_OPEN)
    )


async def test_every_address_with_anything(nodes: Nodes, peer: Peer) -> None:
    chance = random.Random(20261122)  # the same every time
    node = await nodes.start("a.test")
    alice, bob, carol = [await node.member(name) for name in ("Alice Baker", "Bob Joiner", "Carol Other")]
    admin = await node.member("Ingrid Office", role="admin")
    ids = await settle_in(node, peer, bob, carol)
    browsers = [await browser_of(node, who) for who in (admin, bob, alice)] + [await stranger(node)]
    known = read_names()
    seen, broken = Counter[int](), list[str]()

    def anything() -> str:
        return chance.choice(ids) if chance.random() < 0.4 else chance.choice((*ODD, *NAMES))

    def part(found: re.Match[str]) -> str:
        name = found[0].strip("{}").partition(":")[0]
        is_odd = chance.random() < 0.15
        value = chance.choice(ODD) if is_odd else chance.choice(NAMES) if name in NAMED else chance.choice(ids)
        return quote(value, safe="") or "x"

    for method, path in routes(node):
        browser = chance.choice(browsers)
        address = re.sub(r"\{[^}]+\}", part, path)
        values = [(name, anything()) for name in chance.sample(known, 8)]
        accept = chance.choice(("text/html", "application/activity+json", "application/json"))
        page = await browser.ask(method, address, values, accept)
        seen[page.status] += 1
        leads = page.headers.get("Location", "").partition("?")[0]
        if page.status >= 500 or "evil" in leads or "Bcc" in page.headers:
            broken.append(f"{page.status} {method} {address[:200]} {values!s:.600} {leads}")
    assert broken == []
    assert seen[200] > 50, "the nonsense was in the way of real answers"
