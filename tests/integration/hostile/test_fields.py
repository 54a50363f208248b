"""Whatever stands in a field that comes from elsewhere: it is stored alike on both databases, and shown harmless."""

import random
import re
from html.parser import HTMLParser
from typing import Any

import pytest
import sqlalchemy as sa

from node.accounts import throttle
from node.actors.model import Actor
from node.circles import service as circles
from node.circles.rules import Facts
from node.follows.model import Follow
from node.inbox.model import Received
from node.mail.model import Letter
from node.members.fields import FIELDS
from node.members.model import MembershipApplication
from node.members.service import Entry, revise_profile
from node.moderation.model import Report
from node.peers import doors
from node.posts import service as posts
from node.posts.model import Post
from node.posts.service import Draft
from node.reports import service as reports
from support.nodes import Member, Nodes, RigNode, a_pair
from support.peer import PUBLIC, Peer, Person
from support.visitor import Visitor

SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(2)><svg/onload=alert(3)>{{7*7}}"
_RANDOM = random.Random(7)
NOISE = "".join(chr(_RANDOM.randrange(0x1F300, 0x1F600)) for _ in range(3000))
"""Four bytes each, and nothing to compress: the longest a column or an index can be given."""
LONG_WORD = "".join(_RANDOM.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(5_000))
MANY = [f"w{number}" for number in range(1000)]
TEXTS = {
    "script": SCRIPT,
    "noise": NOISE[:1000],
    "word": LONG_WORD,
    "words": " ".join(MANY),
    "ligatures": "\ufdfa\u3316" * 800,
}
DATES = (
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00",
    "10000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2026-02-30T00:00:00Z", "-0001-01-01T00:00:00Z",
)  # fmt: skip
PAGES = (
    "/today", "/feed?lens=both", "/directory", "/listings", "/notifications", "/invitations", "/office/peers",
    "/search?q=sam", "/@sam@p.test", "/office/peers/p.test", "/office/deliveries",
)  # fmt: skip


@pytest.fixture
async def target(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


@pytest.fixture
async def alice(target: RigNode) -> Member:
    return await target.member("Alice Baker", role="admin")


async def deliver(target: RigNode, peer: Peer, sam: Person, kind: str, of: Any, **more: Any) -> int:
    answer = await peer.send(sam, f"{target.base}/ap/inbox", peer.activity(sam, kind, of, **more))
    return answer.status


async def befriend(target: RigNode, peer: Peer, sam: Person, alice: Member) -> None:
    """Alice follows sam, so that what sam says is kept and shown."""
    assert await deliver(target, peer, sam, "Follow", alice.uri) == 202
    await target.settle()
    async with target.writing() as work:
        actor = await work.session.scalar(sa.select(Actor).where(Actor.uri == sam.uri))
        assert actor is not None
        work.session.add(
            Follow(id=1, uri=f"{target.base}/ap/activities/1", follower_id=alice.actor_id, followed_id=actor.id,
                   state="accepted", created_at=work.now, answered_at=work.now)
        )  # fmt: skip


async def failures(target: RigNode) -> list[tuple[str, str]]:
    """What was taken and then broke: it would be tried again and again."""
    async with target.reading() as work:
        rows = await work.session.execute(
            sa.select(Received.type, Received.reason).where(Received.state.in_(("waiting", "failed")))
        )
        return [(row.type, row.reason) for row in rows]


class _Finder(HTMLParser):
    """Finds what would run in a reader's browser."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        acts = [name for name in given if name.startswith("on") or name in ("style", "srcdoc")]
        leads = [v for n, v in given.items() if n in ("href", "src", "action", "formaction")]
        runs = [
            address for address in leads if address.strip().lower().startswith(("javascript:", "data:", "vbscript:"))
        ]
        foreign = tag in ("script", "iframe", "object", "embed", "base") and not given.get("src", "").startswith(
            "/static/"
        )
        if acts or runs or foreign:
            self.found.append(f"<{tag} {given}>")


def dangers(html: str) -> list[str]:
    """Elements and attributes of theirs that made it into the page."""
    finder = _Finder()
    finder.feed(html)
    return finder.found


async def look_around(visitor: Visitor, *more: str) -> None:
    for address in (*PAGES, *more):
        page = await visitor.open(address)
        assert page.status < 500, address
        assert dangers(page.body.decode()) == [], address


async def api(target: RigNode, alice: Member) -> dict[str, str]:
    from node.accounts import tokens

    async with target.writing() as work:
        token, _ = await tokens.make_row(work, alice.account_id, "App", ["read", "write", "follow"], None)
    return {"Authorization": f"Bearer {token}"}


async def look_through_an_app(target: RigNode, alice: Member, visitor: Visitor) -> None:
    headers = await api(target, alice)
    for address in (
        "/api/v1/timelines/home", "/api/v1/timelines/public", "/api/v1/notifications", "/api/v2/notifications",
        "/api/v1/directory", "/api/v1/conversations", "/api/commensal/v1/listings", "/api/commensal/v1/directory",
        "/api/commensal/v1/invitations", "/api/commensal/v1/associations", "/api/v1/follow_requests",
        "/api/v2/search?q=sam", "/api/v1/instance/peers",
    ):  # fmt: skip
        page = await visitor.open(address, accept="application/json", **headers)
        assert page.status == 200, (address, page.status)
    for status in (await visitor.open("/api/v1/timelines/home", accept="application/json", **headers)).json:
        assert dangers(status["content"]) == []
        for part in ("", "/context", "/source", "/history"):
            page = await visitor.open(f"/api/v1/statuses/{status['id']}{part}", accept="application/json", **headers)
            assert page.status < 500, part


@pytest.mark.parametrize("kind", TEXTS)
async def test_a_text_of_any_kind_in_every_field(target: RigNode, alice: Member, peer: Peer, kind: str) -> None:
    text = TEXTS[kind]
    sam = peer.person("sam")
    await befriend(target, peer, sam, alice)
    odd = {
        **sam.document, "name": text, "summary": text, "url": f"{peer.base}/{text}",
        "attachment": [{"type": "PropertyValue", "name": text, "value": text} for _ in range(20)],
        "icon": {"type": "Image", "url": f"{peer.base}/{text}", "mediaType": text, "name": text},
        "alsoKnownAs": [text] * 8, "movedTo": text, "featured": text, "webfinger": text,
        "commensal:hostCard": {
            "commensal:opens": text, "commensal:languages": [text, 1] * 8, "commensal:hours": [text, "29:59-29:00"],
            "commensal:days": [9, "x", 2**40, True], "commensal:timeZone": text, "commensal:askMeAbout": [text] * 8,
            "commensal:pleaseDont": text, "commensal:channels": [text], "commensal:pace": text,
        },
        "generator": {"type": "Application", "implements": [text, {"href": text, "name": text}]},
    }  # fmt: skip
    sam.document.update(odd)
    assert await deliver(target, peer, sam, "Update", odd) == 202
    much = text * (40_000 // len(text))
    tags = [{"type": "Hashtag", "name": f"#{text}"}, {"type": "Mention", "href": alice.uri, "name": text}]
    pictures = [
        {"type": "Image", "url": f"{peer.base}/p.png", "mediaType": f"image/{text}", "name": text, "blurhash": text,
         "width": 2**40, "height": -3},
        {"type": "Document", "url": text, "name": text},
    ]  # fmt: skip
    note = peer.note(
        sam, much, summary=text, name=text, tag=tags, attachment=pictures, contentMap={"en": text, text[:90]: text},
        url=[{"type": "Link", "href": f"{peer.base}/{text}", "mediaType": "text/html"}], conversation=text,
        source={"content": text, "mediaType": text}, generator=text, location={"type": "Place", "name": text},
        **{"commensal:frame": text},
    )  # fmt: skip
    note["to"] = [PUBLIC, alice.uri, text]
    proposal = {
        "type": "Proposal", "id": f"{note['id']}/proposal-{text}", "attributedTo": sam.uri, "purpose": "offer",
        "name": text, "content": text, "location": {"type": "Place", "name": text, "latitude": 91, "longitude": 1e300},
        "endTime": "2027-01-01T00:00:00Z", "commensal:category": text, "commensal:terms": text,
        "publishes": {
            "type": "Intent", "action": text, "resourceConformsTo": text,
            "resourceQuantity": {"hasUnit": text, "hasNumericalValue": "999999999999999.999999999999"},
            "availableQuantity": {"hasUnit": text, "hasNumericalValue": "999999999999999"},
            "minimumQuantity": {"hasUnit": text, "hasNumericalValue": 1e15},
        },
        "reciprocal": {
            "type": "Intent", "action": text, "name": text, "resourceConformsTo": "https://www.wikidata.org/wiki/Q4916",
            "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "999999999999999.99"},
        },
    }  # fmt: skip
    listing = peer.note(sam, much, name=text, attachment=[proposal])
    for document in (note, listing):
        assert await deliver(target, peer, sam, "Create", document) == 202
    offered = {
        "type": "Relationship", "id": peer.uri(), "subject": sam.uri, "object": alice.uri, "attributedTo": sam.uri,
        "relationship": "http://purl.org/vocab/relationship/worksWith", "content": text,
    }  # fmt: skip
    assert await deliver(
        target, peer, sam, "Offer", offered, content=text, summary=text,
        **{"commensal:question": text, "commensal:about": text},
    ) == 202  # fmt: skip
    await target.settle()
    assert await failures(target) == []
    async with target.reading() as work:
        posts = (await work.session.scalars(sa.select(Post).where(Post.uri.in_([note["id"], listing["id"]])))).all()
    assert len(posts) == 2
    visitor = await target.logged_in(alice)
    await look_around(visitor, *[f"/posts/{post.id}" for post in posts], "/invitations/new?to=@sam@p.test")
    await look_through_an_app(target, alice, visitor)


async def test_dates_of_another_world(target: RigNode, alice: Member, peer: Peer) -> None:
    sam = peer.person("sam")
    await befriend(target, peer, sam, alice)
    ids = []
    async with target.writing() as work:
        from node.accounts.model import Account

        account = await work.session.get_one(Account, alice.account_id)
        account.time_zone = "Pacific/Kiritimati"  # whatever is added to the last day there was
    for zone in ("Pacific/Kiritimati",):
        async with target.writing() as work:
            (await work.session.get_one(Account, alice.account_id)).time_zone = zone
        for date in DATES:
            note = peer.note(
                sam, "Hello", published=date, updated=date,
                attachment=[{"type": "Proposal", "purpose": "offer", "name": "A thing", "endTime": date,
                             "attributedTo": sam.uri, "publishes": {"type": "Intent", "action": "transfer"}}],
                tag=[{"type": "Mention", "href": alice.uri}], to=[PUBLIC, alice.uri],
            )  # fmt: skip
            ids.append(note["id"])
            assert await deliver(target, peer, sam, "Create", note, published=date, updated=date) == 202
            card = {**sam.document, "published": date, "updated": date}
            assert await deliver(target, peer, sam, "Update", card, published=date) == 202
        await target.settle()
        assert await failures(target) == []
        async with target.reading() as work:
            posts = (await work.session.scalars(sa.select(Post).where(Post.uri.in_(ids)))).all()
        assert len(posts) == len(ids)
        visitor = await target.logged_in(alice)
        await look_around(visitor, *[f"/posts/{post.id}" for post in posts])
        await look_through_an_app(target, alice, visitor)


async def test_addresses_of_the_greatest_length(target: RigNode, alice: Member, peer: Peer) -> None:
    """An id as long as its column and with the widest characters still fits its index, or is refused at the door."""
    sam = peer.person("sam")
    await befriend(target, peer, sam, alice)
    for tail in (NOISE[: 2048 - len(peer.base) - 12], LONG_WORD[: 2048 - len(peer.base) - 12]):
        long = f"{peer.base}/{tail}"
        note = peer.note(sam, "Hello", id=f"{long}/n", inReplyTo=f"{long}/r", context=f"{long}/c", url=f"{long}/u")
        follow = peer.activity(sam, "Follow", alice.uri, id=f"{long}/f")
        offered = {"type": "Relationship", "id": f"{long}/o", "subject": sam.uri, "object": alice.uri,
                   "attributedTo": sam.uri, "relationship": "http://purl.org/vocab/relationship/worksWith"}  # fmt: skip
        activities = [
            peer.activity(sam, "Create", note, id=f"{long}/a"), follow, peer.activity(sam, "Delete", f"{long}/d"),
            peer.activity(sam, "Offer", offered, id=f"{long}/i", **{"commensal:question": "How do you do?"}),
            peer.activity(sam, "Update", {**sam.document, "followers": f"{long}/g", "icon": f"{long}/i",
                                          "assertionMethod": [{"type": "Multikey", "id": f"{long}/k", "controller":
                                           sam.uri, "publicKeyMultibase": "z6Mk" + "x" * 44}]}, id=f"{long}/w"),
        ]  # fmt: skip
        for activity in activities:
            answer = await peer.send(sam, f"{target.base}/ap/inbox", activity)
            assert answer.status in (202, 400), (activity["type"], answer.status)
        await target.settle()
        assert await failures(target) == []
    visitor = await target.logged_in(alice)
    await look_around(visitor)


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_what_anybody_writes_is_harmless_in_the_office(target: RigNode, alice: Member, peer: Peer) -> None:
    """Applications, reports, reasons, groups, descriptions of pictures, emoji: read by those who may do most."""
    stranger = await target.visitor()
    for number in range(2):
        written = {"email": f"li{number}@mail.test"}
        written |= dict.fromkeys(("name", "company", "trade", "message"), SCRIPT[:100])
        assert (await stranger.submit("/apply", written)).path == "/apply/sent"
    sam = peer.person("sam", summary=SCRIPT, name=SCRIPT)
    bob = await target.member(f"Bob {SCRIPT}", username="bob", email="bob@mail.test")
    await befriend(target, peer, sam, alice)
    odd = {
        "type": "Emoji",
        "id": peer.uri(),
        "name": f":x{SCRIPT}:",
        "icon": {"type": "Image", "url": f"{peer.base}/{SCRIPT}"},
    }
    fair = {
        "type": "Emoji",
        "id": peer.uri(),
        "name": ":fair:",
        "icon": {"type": "Image", "url": f"{peer.base}/e.png?{SCRIPT}"},
    }
    picture = {
        "type": "Image",
        "url": f"{peer.base}/p.png",
        "mediaType": "image/png",
        "name": SCRIPT,
        "summary": SCRIPT,
    }
    note = peer.note(sam, f":fair: :x: {SCRIPT}", tag=[odd, fair], attachment=[picture], to=[PUBLIC, alice.uri])
    assert await deliver(target, peer, sam, "Create", note) == 202
    async with target.writing() as work:
        me, his = [await work.session.get_one(Actor, who.actor_id) for who in (alice, bob)]
        known = await work.session.scalar(sa.select(Actor).where(Actor.uri == sam.uri))
        assert known is not None
        said = await posts.publish(work, his, Draft(f"Bread {SCRIPT}"))
        lines = {field.name: Entry(SCRIPT) for field in FIELDS if field.form in ("line", "text")}
        await revise_profile(work, bob.actor_id, name=SCRIPT, entries=lines)
        group = await circles.create(work, his, Facts(SCRIPT, SCRIPT), a_pair())
        await reports.report(work, his, known, text=SCRIPT, category="spam")
        await reports.report(work, me, his, text=SCRIPT, post_ids=[said.id])
        await doors.close(work, "q.test", SCRIPT)
    for of in ([bob.uri, said.uri], [alice.uri]):
        assert await deliver(target, peer, sam, "Flag", of, content=SCRIPT, summary=SCRIPT, name=SCRIPT) == 202
    assert await deliver(target, peer, sam, "EmojiReact", said.uri, content=":fair:", tag=[fair]) == 202
    assert await deliver(target, peer, sam, "EmojiReact", said.uri, content=SCRIPT[:20]) == 202
    await target.settle()
    assert await failures(target) == []
    async with target.reading() as work:
        cases = (await work.session.scalars(sa.select(Report.id).order_by(Report.id))).all()
        applied = (await work.session.scalars(sa.select(MembershipApplication.id))).all()
        shown = (await work.session.scalars(sa.select(Post.id))).all()
        people = (await work.session.scalars(sa.select(Actor.id).where(Actor.kind != "application"))).all()
        letters = (await work.session.scalars(sa.select(Letter))).all()
    assert (len(cases), len(applied)) == (4, 2)
    office = {
        re.sub(r"\{\w+\}", lambda part: {"{username}": "bob", "{host}": "q.test"}.get(part[0], "1"), canonical)
        for route in target.app.router.routes()
        if route.method == "GET" and route.resource and (canonical := route.resource.canonical).startswith("/office")
    }
    assert len(office) > 15
    visitor = await target.logged_in(alice)
    tables = {address for address in office if address.endswith(".csv")}
    for address in tables:
        served = (await visitor.open(address)).headers
        assert served["Content-Type"].startswith("text/csv")
        assert (served["X-Content-Type-Options"], served["Content-Disposition"][:10]) == ("nosniff", "attachment")
    await look_around(
        visitor, *sorted(office - tables), *(f"/office/reports/{id}" for id in cases),
        *(f"/office/applications/{id}/decline" for id in applied), *(f"/posts/{id}" for id in shown),
        *(f"/office/people/{id}" for id in people), "/@bob", f"/@{group.username}", "/circles",
    )  # fmt: skip
    for path in ("/office/applications", *(f"/office/reports/{id}" for id in cases[:1])):
        assert "&lt;script&gt;" in (await visitor.open(path)).body.decode(), "it is shown, as the text that it is"
    assert letters
    for letter in letters:
        assert dangers(letter.html) == []


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_who_may_cause_letters_has_a_measure(nodes: Nodes) -> None:
    """Every page on which somebody who is not logged in causes a letter counts the network it is asked from."""
    node = await nodes.start("a.test", rate_limits=True)
    await node.member("Alice Baker")
    throttle._tries.clear()
    visitor = await node.visitor()
    asked = {"name": "Li", "company": "", "trade": "Bread", "message": "Hello"}
    try:
        for address, fields in (("/forgot", {}), ("/apply", asked)):
            statuses = [
                (await visitor.submit(address, {**fields, "email": f"li{number}@mail.test"})).status
                for number in range(throttle.LETTERS[0].times + 2)
            ]
            assert statuses[:-2] == [200] * throttle.LETTERS[0].times, address
            assert set(statuses[-2:]) <= {422, 429}, address
        async with node.reading() as work:
            letters = await work.session.scalar(sa.select(sa.func.count()).select_from(Letter))
        assert letters == throttle.LETTERS[0].times, "to those who applied; nobody asked for had an account"
    finally:
        throttle._tries.clear()
