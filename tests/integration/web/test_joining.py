"""Becoming a member by invitation or application."""

from node.members import joining
from support.nodes import PASSWORD, RigNode


async def invite(node: RigNode, **more: str) -> str:
    ingrid = await node.member("Ingrid", role="admin")
    async with node.writing() as work:
        return (await joining.invite(work, ingrid.account_id, **more)).url


async def test_join_by_a_link_that_works_once(node: RigNode) -> None:
    link = await invite(node, name="Bob Joiner", note="Bring your plane.")
    visitor = await node.visitor()
    page = await visitor.open(link)
    assert "Bring your plane." in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    typed = {"name": "Bob Joiner", "username": "@bob", "email": "bob@mail.test"}
    short = await visitor.send(page, page.form("/join/"), {**typed, "password": "short"})
    assert short.status == 422
    assert 'value="@bob"' in short.body.decode()  # nothing typed is lost
    done = await visitor.send(short, short.form("/join/"), {**typed, "password": PASSWORD})
    assert done.path == "/etiquette"
    late = await (await node.visitor()).open(link)
    assert late.status == 410


async def test_join_names_every_wrong_field(node: RigNode) -> None:
    visitor = await node.visitor()
    page = await visitor.open(await invite(node))
    page = await visitor.send(page, page.form("/join/"), {"name": "", "username": "", "email": "", "password": ""})
    assert page.status == 422
    for words in ("tell us your name", "choose a user name", "give your mail address", "choose a password"):
        assert page.text.count(words) == 2  # in the summary and beside the field
    page = await visitor.send(
        page, page.form("/join/"), {"name": "B", "username": "a b/c", "email": "nonsense", "password": PASSWORD}
    )
    assert page.status == 422


async def test_a_link_that_never_was(node: RigNode) -> None:
    assert (await (await node.visitor()).open("/join/nonsense")).status == 404


async def test_apply_and_hear_the_same_whether_known_or_not(node: RigNode) -> None:
    await node.member("Alice")
    visitor = await node.visitor()
    for email in ("new@mail.test", "alice@mail.test"):
        page = await visitor.submit(
            "/apply", {"name": "Nell", "email": email, "trade": "Baker", "message": "Bread is social."}
        )
        assert page.path == "/apply/sent"
    page = await visitor.submit("/apply", {"name": "Nell", "email": "x", "trade": "", "message": "m" * 1600})
    assert page.status == 422
    assert "100 characters too long" in page.text
    assert "m" * 1600 in page.body.decode()
