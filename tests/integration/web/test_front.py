"""The front door and what a visitor without an account can do."""

from support.nodes import Nodes, RigNode


async def test_front_door_names_the_association_and_three_ways_in(node: RigNode) -> None:
    await node.member("Alice Baker")
    page = await (await node.visitor()).open("/")
    assert page.status == 200
    for words in ("Association A", "Become a member", "Follow from where you are", "Look around", "1 person at our"):
        assert words in page.text
    assert "Set-Cookie" not in page.headers
    assert page.link("Alice Baker") == "http://a.test/@alice"


async def test_members_are_led_from_the_front_door_to_today(node: RigNode) -> None:
    alice = await node.logged_in(await node.member("Alice"))
    page = await alice.open("/", follow=False)
    assert (page.status, page.headers["Location"]) == (303, "/today")


async def test_about_page_tells_how_to_reach_us_from_elsewhere(node: RigNode) -> None:
    page = await (await node.visitor()).open("/about")
    assert page.status == 200
    assert "@office@a.test" in page.text


async def test_follow_leads_to_the_visitors_own_network(nodes: Nodes, node: RigNode) -> None:
    home = await nodes.start("b.test")
    await home.member("Bob")
    visitor = await node.visitor()
    page = await visitor.open("/follow?address=@bob@b.test")
    assert page.status == 200, page.text
    assert page.link("Continue at b.test").startswith("http://b.test/")
    assert "office%40a.test" in page.link("Continue at b.test")


async def test_follow_says_what_to_do_when_it_cannot(node: RigNode) -> None:
    visitor = await node.visitor()
    page = await visitor.open("/follow?address=@bob@b.test")  # nobody answers there
    assert page.status == 422
    assert "does not answer just now" in page.text
    page = await visitor.open("/follow?address=nobody-at-all")
    assert page.status == 422
    assert "We found nobody by that address" in page.text
    assert 'value="nobody-at-all"' in page.body.decode()


async def test_language_is_remembered_and_only_one_that_we_speak(node: RigNode) -> None:
    visitor = await node.visitor()
    page = await visitor.open("/language/en?back=/about", follow=False)
    assert (page.status, page.headers["Location"]) == (303, "/about")
    assert "language=en" in page.headers["Set-Cookie"]
    assert (await visitor.open("/language/xx")).status == 404
    elsewhere = await visitor.open("/language/en?back=//evil.test/", follow=False)
    assert elsewhere.headers["Location"] == "/"
