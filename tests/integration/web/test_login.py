"""Coming in and going out."""

import re

from support.nodes import PASSWORD, RigNode


async def test_log_in_by_name_or_mail_and_log_out(node: RigNode) -> None:
    await node.member("Alice")
    for who in ("alice", "@alice", "alice@mail.test", "@alice@a.test"):
        visitor = await node.visitor()
        page = await visitor.log_in(who, PASSWORD)
        assert page.path == "/today"
        page = await visitor.open("/settings")
        assert "Log out" in page.text
        page = await visitor.send(page, page.form("/logout"))
        assert page.path == "/"
        assert "You are logged out" in page.text
        assert (await visitor.open("/settings", follow=False)).headers["Location"] == "/login?next=/settings"


async def test_said_once(node: RigNode) -> None:
    alice = await node.logged_in(await node.member("Alice"))
    page = await alice.submit("/settings/account", {"time_zone": "Europe/Paris"})
    assert "Saved." in page.text
    assert "Saved." not in (await alice.open("/settings")).text


async def test_wrong_password_keeps_the_name_and_never_the_password(node: RigNode) -> None:
    await node.member("Alice")
    visitor = await node.visitor()
    page = await visitor.submit("/login", {"username": "alice", "password": "not this one at all"})
    assert page.status == 422
    assert "Name and password do not go together." in page.text
    body = page.body.decode()
    assert 'value="alice"' in body
    assert "not this one at all" not in body


async def test_unknown_name_and_wrong_password_look_the_same(node: RigNode) -> None:
    await node.member("Alice")
    texts = []
    for who in ("alice", "nobody"):
        page = await (await node.visitor()).submit("/login", {"username": who, "password": "not this one at all"})
        texts.append(re.sub(r"[0-9a-f]{40,}", "", page.body.decode()).replace(who, ""))
    assert texts[0] == texts[1]


async def test_log_in_leads_on_to_where_one_wanted_but_never_elsewhere(node: RigNode) -> None:
    await node.member("Alice")
    goals = {"/settings/sessions": "/settings/sessions", "//evil.test": "/today", "https://evil.test/": "/today"}
    for wish, goal in goals.items():
        visitor = await node.visitor()
        page = await visitor.open(f"/login?next={wish}")
        page = await visitor.send(page, page.form("/login$"), {"username": "alice", "password": PASSWORD}, follow=False)
        assert page.headers["Location"] == goal


async def test_first_log_in_shows_the_rules_once_and_stores_the_answer(node: RigNode) -> None:
    await node.member("Alice", has_read_rules=False)
    visitor = await node.visitor()
    page = await visitor.log_in("alice", PASSWORD)
    assert page.path == "/etiquette"
    assert page.text.count("Treat the other as your host") == 1
    page = await visitor.send(page, page.form("/etiquette"))
    assert page.path == "/today"
    page = await visitor.open("/etiquette")
    assert "You agreed to these on" in page.text
    assert all("/etiquette" not in form.action for form in page.forms)


async def test_rules_are_open_to_everyone(node: RigNode) -> None:
    page = await (await node.visitor()).open("/etiquette")
    assert page.status == 200
    assert "Keep the door open" in page.text


async def test_forgotten_password_by_mail(node: RigNode) -> None:
    await node.member("Alice")
    visitor = await node.visitor()
    known = await visitor.submit("/forgot", {"email": "alice@mail.test"})
    unknown = await visitor.submit("/forgot", {"email": "nobody@mail.test"})
    assert known.text.replace("alice@", "") == unknown.text.replace("nobody@", "")
    letters = await visitor.open("/dev/mail")
    assert "nobody@mail.test" not in letters.text
    link = next(href for href in re.findall(r'href="([^"]+)"', letters.body.decode()) if "/reset/" in href)
    page = await visitor.open(link)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    short = await visitor.send(page, page.form("/reset/"), {"password": "short"})
    assert short.status == 422
    assert "at least 10 characters" in short.text
    done = await visitor.send(short, short.form("/reset/"), {"password": "willow ash and hazel"})
    assert done.path == "/login"
    assert (await visitor.open(link)).status == 410
    assert (await visitor.log_in("alice", "willow ash and hazel")).path == "/today"


async def test_an_ended_session_is_worth_nothing(node: RigNode) -> None:
    alice = await node.member("Alice")
    here, there = await node.logged_in(alice), await node.logged_in(alice)
    page = await here.open("/settings/sessions")
    assert len([form for form in page.forms if "/end" in form.action]) == 2  # that one, and all others
    page = await here.send(page, page.form(r"/sessions/\d+/end"))
    assert page.status == 200
    assert (await there.open("/settings", follow=False)).status == 303
    assert (await here.open("/settings")).status == 200


async def test_nobody_ends_the_session_of_another(node: RigNode) -> None:
    alice, bob = await node.member("Alice"), await node.member("Bob")
    at_alice, second, at_bob = await node.logged_in(alice), await node.logged_in(alice), await node.logged_in(bob)
    theirs = (await at_alice.open("/settings/sessions")).form(r"/sessions/\d+/end").action
    page = await at_bob.open("/settings")
    own = page.form("/logout")
    own.action = theirs
    assert (await at_bob.send(page, own)).status == 404
    assert (await second.open("/settings")).status == 200


async def test_changing_the_password_asks_for_the_old_one_and_logs_out_elsewhere(node: RigNode) -> None:
    alice = await node.member("Alice")
    here, there = await node.logged_in(alice), await node.logged_in(alice)
    page = await here.submit("/settings/password", {"old": "wrong", "new_password": "willow ash and hazel"})
    assert page.status == 422
    assert "This is not your present password." in page.text
    page = await here.submit("/settings/password", {"old": PASSWORD, "new_password": "willow ash and hazel"})
    assert page.path == "/settings"
    assert (await there.open("/settings", follow=False)).status == 303


async def test_mail_address_changes_only_with_the_password(node: RigNode) -> None:
    alice = await node.logged_in(await node.member("Alice"))
    page = await alice.submit("/settings/account", {"email": "new@mail.test"})
    assert page.status == 422
    assert 'value="new@mail.test"' in page.body.decode()
    page = await alice.submit("/settings/account", {"email": "new@mail.test", "password": PASSWORD})
    assert page.path == "/settings"


async def test_settings_are_for_members(node: RigNode) -> None:
    visitor = await node.visitor()
    for path in ("", "/account", "/password", "/passkeys", "/sessions"):
        page = await visitor.open(f"/settings{path}", follow=False)
        assert (page.status, page.headers["Location"]) == (303, f"/login?next=/settings{path}")
