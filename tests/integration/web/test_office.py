"""The office and a member's own settings, as a browser without JavaScript walks through them."""

import io
import json
import re

import pytest
import sqlalchemy as sa
from PIL import Image

from node.actors.model import Actor, ActorKey
from node.outbox.model import Activity
from support.nodes import Member, RigNode
from support.visitor import Visitor

ACTIVITY = "application/activity+json"
ROWS = 12


def picture(size: tuple[int, int] = (60, 40)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "olive").save(file, "JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00")
    return file.getvalue()


def members_file() -> bytes:
    lines = ["Mitgliedsnr.;Vorname;Name;Firma;E-Mail;Telefon;Branche;Ort"]
    lines += [f"{n};Käthe{n};Groß;Firma {n % 3};k{n}@mail.test;030 99887{n:02};Bäckerei;Köln" for n in range(ROWS)]
    lines += ["90;Bob;Ohne;Firma 1;bob(at)mail.test;;;", "91;;;Firma 2;x@mail.test;;;", "0;Zwei;Mal;;zwei@mail.test;;;"]
    return "\r\n".join(lines).encode("cp1252")


@pytest.fixture
async def ingrid(node: RigNode) -> Visitor:
    return await node.logged_in(await node.member("Ingrid", role="officer"))


@pytest.fixture
async def ravi(node: RigNode) -> Visitor:
    return await node.logged_in(await node.member("Ravi", role="admin"))


@pytest.fixture
async def alice(node: RigNode) -> Member:
    return await node.member("Alice")


@pytest.fixture
async def at_alice(node: RigNode, alice: Member) -> Visitor:
    return await node.logged_in(alice)


OFFICE = ("/office/members", "/office/members?q=nobody", "/office/members?state=ended", "/office/members/invite",
          "/office/members/alice", "/office/members/alice/end", "/office/applications",
          "/office/applications?state=declined", "/office/import", "/office/peers", "/office/peers?state=failing",
          "/office/deliveries", "/office/deliveries?only=lost", "/office/association")  # fmt: skip


async def test_the_office_is_for_officers(node: RigNode, ingrid: Visitor, at_alice: Visitor) -> None:
    stranger = await node.visitor()
    for path in OFFICE:
        assert (await ingrid.open(path)).status == 200, path
        assert (await at_alice.open(path)).status == 403, path
        assert (await stranger.open(path)).path == "/login", path


async def test_what_is_not_there(ingrid: Visitor) -> None:
    for path in ("/office/members/nobody", "/office/peers/nowhere.test", "/office/deliveries/17", "/office/import/99",
                 "/office/import/99/try", "/office/applications/5/decline", "/office/members?before=x",
                 "/office/deliveries?before=999999999999999999999"):  # fmt: skip
        assert (await ingrid.open(path)).status == 404, path


async def test_a_member_list_comes_in_and_is_claimed(node: RigNode, ingrid: Visitor) -> None:
    start = await ingrid.open("/office/import")
    columns = await ingrid.send(start, start.form("/office/import"), {"file": ("liste.csv", members_file())})
    assert "Branche" in columns.text
    assert "Käthe0" in columns.text
    tried = await ingrid.send(columns, columns.form("/columns"))
    assert f"{ROWS} ready, 3 need a look" in tried.text
    for words in ("Row 14", "Row 15", "Row 16", "bob(at)mail.test", "The same as in row 2"):
        assert words in tried.text, words
    assert "Käthe" not in (await ingrid.open("/office/members")).text
    running = await ingrid.send(tried, tried.form("/start"))
    assert "Members are coming in" in running.text
    assert b'http-equiv="refresh"' in running.body
    await node.settle()
    done = await ingrid.open(running.path)
    assert f"{ROWS} new members" in done.text
    assert (await ingrid.open("/directory?q=gross")).text.count("Groß") >= ROWS
    mails = await ingrid.open("/dev/mail")
    assert "mail.test" not in mails.text, "nobody gets a letter by an import"

    listing = await ingrid.open("/office/members?state=unclaimed")
    await ingrid.send(listing, listing.form("/office/members/wave"))
    await node.settle()
    mails = await ingrid.open("/dev/mail")
    links = re.findall(r"http://a\.test(/join/[\w-]+)", mails.body.decode())
    assert len(set(links)) == ROWS
    newcomer = await node.visitor()
    door = await newcomer.open(links[0])
    assert door.status == 200
    assert "Käthe" in door.text


async def test_an_import_is_taken_back(node: RigNode, ingrid: Visitor) -> None:
    start = await ingrid.open("/office/import")
    columns = await ingrid.send(start, start.form("/office/import"), {"file": ("liste.csv", members_file())})
    tried = await ingrid.send(columns, columns.form("/columns"))
    running = await ingrid.send(tried, tried.form("/start"))
    await node.settle()
    asked = await ingrid.open(running.path + "/undo")
    back = await ingrid.send(asked, asked.form("/undo"))
    assert "Nothing of this file is left" in back.text
    assert "Käthe" not in (await ingrid.open("/office/members")).text
    assert "Käthe" not in (await ingrid.open("/directory")).text


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a workbook", b"only one line\n"])
async def test_a_file_that_is_no_list(ingrid: Visitor, content: bytes) -> None:
    start = await ingrid.open("/office/import")
    answer = await ingrid.send(start, start.form("/office/import"), {"file": ("x.csv", content)})
    assert answer.status == 422
    assert "needs another look" in answer.text


async def test_a_file_of_noise_breaks_nothing(ingrid: Visitor) -> None:
    start = await ingrid.open("/office/import")
    columns = await ingrid.send(start, start.form("/office/import"), {"file": ("x.csv", bytes(range(256)) * 20)})
    assert columns.status == 200
    assert (await ingrid.send(columns, columns.form("/columns"))).status == 422


async def test_wrong_columns_are_said_beside_the_form(ingrid: Visitor) -> None:
    start = await ingrid.open("/office/import")
    columns = await ingrid.send(start, start.form("/office/import"), {"file": ("x.csv", b"A,B\nAlice,Bob\n")})
    answer = await ingrid.send(columns, columns.form("/columns"), {"column0": "email"})
    assert answer.status == 422
    answer = await ingrid.send(columns, columns.form("/columns"), {"column0": "nonsense"})
    assert answer.status == 422


async def test_an_invitation_is_shown_once(node: RigNode, ingrid: Visitor) -> None:
    ready = await ingrid.submit("/office/members/invite", {"name": "Bob"}, action="/invite")
    link = re.search(r"http://a\.test(/join/[\w-]+)", ready.text)
    assert link is not None
    assert b"Bob" in (await (await node.visitor()).open(link[1])).body
    wrong = await ingrid.submit("/office/members/invite", {"email": "no address"}, action="/invite")
    assert wrong.status == 422
    assert "mail address" in wrong.text


async def test_roles_and_the_end_of_a_membership(node: RigNode, ravi: Visitor, alice: Member) -> None:
    saved = await ravi.submit("/office/members/alice", {"role": "officer"}, action="/role")
    assert "Saved" in saved.text
    assert "Officer" in (await ravi.open("/office/members?state=officers")).text
    alone = await ravi.submit("/office/members/ravi", {"role": "member"}, action="/role")
    assert alone.status == 422
    assert "make another member an administrator first" in alone.text
    before = (await ravi.open(f"{alice.uri}/affiliations", accept=ACTIVITY)).body
    assert b"memberOf" in before
    ended = await ravi.submit("/office/members/alice/end", {}, action="/end")
    assert "no longer a member" in ended.text
    after = (await ravi.open(f"{alice.uri}/affiliations", accept=ACTIVITY)).body
    assert b"memberOf" not in after
    back = await ravi.submit("/office/members/alice", {}, action="/resume")
    assert "is a member again" in back.text


async def test_a_locked_account_is_out_at_once(node: RigNode, ingrid: Visitor, at_alice: Visitor) -> None:
    assert (await at_alice.open("/today")).path == "/today"
    await ingrid.submit("/office/members/alice", {}, action="/suspend")
    assert (await at_alice.open("/today")).path == "/login"
    await ingrid.submit("/office/members/alice", {}, action="/unsuspend")
    mine = await ingrid.submit("/office/members/ingrid", {}, action="/suspend")
    assert mine.status == 403


async def test_a_member_gets_new_keys(ingrid: Visitor, alice: Member) -> None:
    before = (await ingrid.open(alice.uri, accept=ACTIVITY)).body
    shown = await ingrid.open("/office/members/alice")
    page = await ingrid.send(shown, shown.form("/keys"), {"stolen": "yes"})
    assert "has new keys" in page.text
    after = (await ingrid.open(alice.uri, accept=ACTIVITY)).body
    assert json.loads(after)["publicKey"]["id"] == json.loads(before)["publicKey"]["id"]
    assert json.loads(after)["publicKey"]["publicKeyPem"] != json.loads(before)["publicKey"]["publicKeyPem"]


async def test_an_application_is_answered(node: RigNode, ingrid: Visitor) -> None:
    for name in ("Mara", "Sam"):
        stranger = await node.visitor()
        await stranger.submit(
            "/apply",
            {"name": name, "email": f"{name.lower()}@mail.test", "trade": "Design", "message": "Hello!"},
            action="/apply",
        )
    waiting = await ingrid.open("/office/applications")
    assert "Mara" in waiting.text
    yes = await ingrid.send(waiting, waiting.form("/approve"))
    assert "is a member now" in yes.text
    again = await ingrid.send(waiting, waiting.form("/approve"))
    assert again.status == 409
    rest = await ingrid.open("/office/applications")
    no = next(link for link in rest.links if link.endswith("/decline"))
    assert (await ingrid.submit(no, {"reason": " "}, action="/decline")).status == 422
    await ingrid.submit(no, {"reason": "We are full."}, action="/decline")
    assert "We are full." in (await ingrid.open("/office/applications?state=declined")).text
    assert "Mara" in (await ingrid.open("/office/members")).text


async def test_the_house_is_dressed(node: RigNode, ingrid: Visitor) -> None:
    changed = await ingrid.submit(
        "/office/association",
        {"name": "Harbour Chamber", "tagline": "Firms that help each other", "accent": "#224466",
         "logo": ("logo.png", picture())},
        action="/office/association",
    )  # fmt: skip
    assert "Saved" in changed.text
    front = await (await node.visitor()).open("/")
    assert "Harbour Chamber" in front.text
    assert "Firms that help each other" in front.text
    office = await ingrid.open("/ap/actors/office", accept=ACTIVITY)
    assert office.json["name"] == "Harbour Chamber"
    assert office.json["icon"]["url"].startswith("http://a.test/media/")
    for wrong in ({"accent": "red"}, {"time_zone": "Mars"}, {"name": " "}, {"logo": ("x.png", b"no picture")}):
        answer = await ingrid.submit("/office/association", wrong, action="/office/association")
        assert answer.status == 422, wrong


LINES = ("about", "origin", "enjoys", "trade", "title", "offers", "seeks", "helps", "place")


@pytest.mark.parametrize(
    ("visibility", "strangers", "members"), [("public", True, True), ("members", False, True),
                                             ("connections", False, False), ("nobody", False, False)]
)  # fmt: skip
async def test_who_sees_a_line(
    node: RigNode, ingrid: Visitor, at_alice: Visitor, alice: Member, visibility: str, strangers: bool, members: bool
) -> None:
    values = {line: f"zebra {line}" for line in LINES} | {"phone": "+44 20 7946 0999", "email": "zebra@mail.test"}
    seen_by = {f"{line}_seen_by": visibility for line in values}
    saved = await at_alice.submit("/settings/profile", values | seen_by, action="/settings/profile$")
    assert saved.path == "/@alice"
    for value in values.values():
        assert value in saved.text, "one's own page shows it"
    stranger = await node.visitor()
    outside = [
        (await stranger.open("/@alice")).body,
        (await stranger.open(alice.uri, accept=ACTIVITY)).body,
        (await stranger.open(f"{alice.uri}/outbox", accept=ACTIVITY)).body,
        (await stranger.open(f"{alice.uri}/outbox?page=1", accept=ACTIVITY)).body,
        (await stranger.open("/directory?q=zebra")).body,
        (await stranger.open("/api/v1/accounts/lookup?acct=alice", accept="application/json")).body,
    ]
    inside = (await ingrid.open("/@alice")).body
    for value in values.values():
        assert any(value.encode() in body for body in outside[:2]) is strangers, value
        for body in outside:
            assert strangers or value.replace("zebra ", "").encode() not in body or value.encode() not in body, value
        assert (value.encode() in inside) is members, value
    assert (b"/@alice" in (await ingrid.open("/directory?q=zebra")).body) is strangers


async def test_pictures_are_stripped_and_shown(at_alice: Visitor, alice: Member) -> None:
    saved = await at_alice.submit(
        "/settings/profile", {"avatar": ("me.jpg", picture()), "header": ("sea.jpg", picture((900, 300)))},
        action="/pictures",
    )  # fmt: skip
    assert "Saved" in saved.text
    actor = (await at_alice.open(alice.uri, accept=ACTIVITY)).json
    shown = await at_alice.open(actor["icon"]["url"])
    assert shown.headers["Content-Type"] == "image/webp"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert b"Exif" not in shown.body
    assert actor["image"]["url"] != actor["icon"]["url"]
    wrong = await at_alice.submit("/settings/profile", {"avatar": ("x.jpg", b"<svg/>")}, action="/pictures")
    assert wrong.status == 422
    gone = await at_alice.submit("/settings/profile", {"header": ("", b""), "no_avatar": "yes"}, action="/pictures")
    assert "Saved" in gone.text
    assert "icon" not in (await at_alice.open(alice.uri, accept=ACTIVITY)).json


async def test_wrong_lines_keep_what_was_typed(at_alice: Visitor) -> None:
    answer = await at_alice.submit(
        "/settings/profile", {"website": "not a page", "trade": "Bakery kept", "trade_seen_by": "everybody"},
        action="/settings/profile$",
    )  # fmt: skip
    assert answer.status == 422
    assert b"Bakery kept" in answer.body
    assert b"not a page" in answer.body


async def test_host_card(at_alice: Visitor, alice: Member) -> None:
    saved = await at_alice.submit(
        "/settings/host-card",
        {"opens_with": "social", "languages": ["fr", "en"], "more_languages": "br", "from1": "08:00", "until1": "10:00",
         "days": ["1", "2"], "time_zone": "Europe/Paris", "ask_me_about": "sourdough, choir", "please_dont": "phone"},
        action="/host-card",
    )  # fmt: skip
    assert "sourdough, choir" in saved.text
    wire = (await at_alice.open(alice.uri, accept=ACTIVITY)).json["commensal:hostCard"]
    assert wire["commensal:opens"] == "social"
    for wrong in ({"from1": "08:00", "until1": ""}, {"from1": "12:00", "until1": "09:00"}, {"time_zone": "x"},
                  {"opens_with": "money"}, {"more_languages": "<b>"},
                  {"from1": "88:00", "until1": "99:00"}):  # fmt: skip
        assert (await at_alice.submit("/settings/host-card", wrong, action="/host-card")).status == 422, wrong


async def test_a_firm_gets_a_page(node: RigNode, ingrid: Visitor, at_alice: Visitor) -> None:
    made = await at_alice.submit(
        "/settings/company/new",
        {"name": "Fournier Bread", "title": "Owner", "trade": "Bakery", "website": "bread.example"},
        action="/company/new",
    )  # fmt: skip
    assert made.path == "/@fournier_bread"
    company = (await at_alice.open("/ap/actors/fournier_bread", accept=ACTIVITY)).json
    assert company["type"] == "Organization"
    edit = await at_alice.open("/settings/company")
    assert "Fournier Bread" in edit.text
    assert (await ingrid.open(edit.path)).status == 403
    assert (await at_alice.submit(edit.path, {"name": ""}, action="/settings/company/")).status == 422
    changed = await at_alice.submit(
        edit.path, {"about": "We bake **slowly**.", "logo": ("l.png", picture())}, action="/settings/company/"
    )
    assert "slowly" in changed.text


async def test_what_is_nobody_alone_gets_new_keys_too(node: RigNode, ingrid: Visitor, at_alice: Visitor) -> None:
    """The association by the office, a firm by who works there, a circle by who moderates it; and nobody else."""
    await at_alice.submit("/settings/company/new", {"name": "Fournier Bread"}, action="/company/new")
    await at_alice.submit("/circles/new", {"name": "Wood"}, button="Begin it")
    async with node.reading() as work:
        ids = {actor.username: actor.id for actor in await work.session.scalars(sa.select(Actor).where(Actor.is_local))}
    for name, path, who, other in (
        ("office", "/office/association", ingrid, at_alice),
        ("fournier_bread", f"/settings/company/{ids['fournier_bread']}", at_alice, ingrid),
        ("wood", f"/circles/{ids['wood']}/edit", at_alice, ingrid),
    ):
        before = (await who.open(f"/ap/actors/{name}", accept=ACTIVITY)).json
        shown = await who.open(path)
        form = shown.form("/keys$")
        assert (await other.send(await other.open("/today"), form)).status == 403, name
        assert "has new keys" in (await who.send(shown, form)).text
        after = (await who.open(f"/ap/actors/{name}", accept=ACTIVITY)).json
        assert after["publicKey"]["publicKeyPem"] != before["publicKey"]["publicKeyPem"]
        assert {key["id"] for key in before["assertionMethod"]} < {key["id"] for key in after["assertionMethod"]}
        async with node.reading() as work:
            update = sa.select(Activity.type).where(Activity.actor_id == ids[name]).order_by(Activity.id.desc())
            assert await work.session.scalar(update.limit(1)) == "Update"
            retiring = await work.session.get_one(ActorKey, f"{after['id']}#retiring-key")
            assert retiring.ended_at is not None
            assert retiring.ended_at > node.clock(), "the old one signs for a moment"
        assert "changed just now" in (await who.send(shown, form)).text


async def test_another_house_at_the_desk(node: RigNode, nodes: object, ravi: Visitor, at_alice: Visitor) -> None:
    other = await nodes.start("b.test")  # type: ignore[attr-defined]
    bob = await other.member("Bob")
    there = await other.logged_in(bob)
    found = await there.open("/search?q=@alice@a.test")
    assert found.status == 200
    page = await there.open("/@alice@a.test")
    await there.send(page, page.form("/follow"))
    await node.settle()
    await at_alice.submit("/settings/profile", {"trade": "Bakery"}, action="/settings/profile$")
    await node.settle()
    desk = await ravi.open("/office/peers")
    assert "b.test" in desk.text
    sent = await ravi.open("/office/deliveries")
    assert "All arrived" in sent.text
    detail = await ravi.open(next(link for link in sent.links if re.search(r"/office/deliveries/\d+", link)))
    assert "Arrived" in detail.text
    closed = await ravi.submit("/office/peers/b.test", {"reason": "A hard seller"}, action="/close")
    assert "You closed the door to them" in closed.text
    assert "A hard seller" in closed.text
    opened = await ravi.submit("/office/peers/b.test", {}, action="/open")
    assert "is open" in opened.text
