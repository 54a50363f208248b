"""The front door and what a visitor without an account can do."""

from support.site import Site


async def test_front_door_names_the_association_and_three_ways_in(site: Site) -> None:
    page = await site.visitor().open("/")
    assert page.status == 200
    for words in ("Harbour Chamber", "Become a member", "Follow from where you are", "Look around"):
        assert words in page.text
    assert "Set-Cookie" not in page.headers


async def test_members_are_led_from_the_front_door_to_today(site: Site) -> None:
    await site.add("alice")
    alice = await site.log_in("alice")
    page = await alice.open("/", follow=False)
    assert (page.status, page.headers["Location"]) == (303, "/today")


async def test_about_page_tells_how_to_reach_us_from_elsewhere(site: Site) -> None:
    page = await site.visitor().open("/about")
    assert page.status == 200
    assert "@office@a.test" in page.text
