"""Two associations: what members of one put up, say and ask is met and answered at the other."""

import io
import re

import pytest
from PIL import Image

from support.nodes import Member, Nodes, RigNode
from support.visitor import Visitor


@pytest.fixture
async def beta(nodes: Nodes, node: RigNode) -> RigNode:
    return await nodes.start("b.test")


@pytest.fixture
async def alice(node: RigNode) -> Member:
    return await node.member("Alice Baker")


@pytest.fixture
async def bob(beta: RigNode) -> Member:
    return await beta.member("Bob Joiner")


@pytest.fixture
async def at_alice(node: RigNode, alice: Member) -> Visitor:
    return await node.logged_in(alice)


@pytest.fixture
async def at_bob(beta: RigNode, bob: Member) -> Visitor:
    return await beta.logged_in(bob)


async def befriend(node: RigNode, at_bob: Visitor) -> None:
    """Bob looks Alice up by her address and follows her."""
    profile = await at_bob.open("/search?q=@alice@a.test")
    assert profile.path == "/@alice@a.test"
    await at_bob.send(profile, profile.form("/follow"))
    await node.settle()
    assert "Following" in (await at_bob.open("/@alice@a.test")).text


async def test_an_offer_is_seen_answered_sold_and_withdrawn(node: RigNode, at_alice: Visitor, at_bob: Visitor) -> None:
    await befriend(node, at_bob)
    shown = await at_alice.submit(
        "/listings/new",
        {"title": "Oak table", "text": "Seasoned *oak*", "terms": "price", "price": "1900", "currency": "EUR",
         "place": "Malmö"},
        action="/listings/new",
    )  # fmt: skip
    await node.settle()
    found = await at_bob.open("/listings?q=oak&place=MALMO&terms=price")
    there = await at_bob.open(found.link("Oak table"))
    assert "1,900.00" in there.text
    assert "Vouched for by Association A" in there.text
    assert "Oak table" in (await at_bob.open("/feed?lens=business")).text

    await at_bob.send(there, there.form("/posts/new"), {"text": "Is it still there?"})
    await node.settle()
    assert "Bob Joiner answered your listing" in (await at_alice.open("/today")).text
    assert "Is it still there?" in (await at_alice.open(shown.path)).text

    node.time.forward(minutes=1)
    sold = await at_alice.open(shown.path)
    sold = await at_alice.send(sold, sold.form("/sold"))
    await node.settle()
    assert "This is gone." in (await at_bob.open(there.path)).text
    asked = await at_alice.open(sold.link("Withdraw"))
    await at_alice.send(asked, asked.form("/withdraw"))
    await node.settle()
    assert (await at_bob.open(there.path)).status == 410
    assert "Oak table" not in (await at_bob.open("/listings?over=yes")).text


async def test_posts_answers_and_corrections_cross(node: RigNode, at_alice: Visitor, at_bob: Visitor) -> None:
    await befriend(node, at_bob)
    await at_alice.submit(
        "/posts/new", {"text": "Who sings, @bob@b.test? #Chor", "lens": "social"}, action="/posts/new"
    )
    await node.settle()
    feed = await at_bob.open("/feed?lens=social")
    assert "Who sings" in feed.text
    assert "Who sings" not in (await at_bob.open("/feed?lens=business")).text
    assert "Alice Baker named you" in (await at_bob.open("/notifications")).text
    post = await at_bob.open(feed.link("just now"))
    await at_bob.send(post, post.form("/posts/new"), {"text": "I hum."})
    await node.settle()
    assert "Bob Joiner answered you" in (await at_alice.open("/today")).text
    profile = await at_alice.open("/@alice")
    thread = await at_alice.open(profile.link("just now"))
    assert "I hum." in thread.text
    node.time.forward(minutes=1)
    edit = await at_alice.open(thread.link("Edit"))
    await at_alice.send(edit, edit.form("/edit"), {"text": "Who dances, @bob@b.test?"})
    await node.settle()
    assert "Who dances" in (await at_bob.open(post.path)).text
    asked = await at_alice.open(thread.link("Withdraw"))
    await at_alice.send(asked, asked.form("/withdraw"))
    await node.settle()
    assert (await at_bob.open(post.path)).status == 410


async def test_an_invitation_crosses_and_both_follow(
    node: RigNode, beta: RigNode, at_alice: Visitor, at_bob: Visitor
) -> None:
    profile = await at_bob.open("/search?q=@alice@a.test")
    page = await at_bob.open(profile.link("Invite Alice"))
    await at_bob.send(page, page.form("/invitations/new"), {"question": "Do you sing?", "about": "I join wood."})
    await node.settle()
    received = await at_alice.open("/invitations")
    assert "Do you sing?" in received.text
    assert "I join wood." in received.text
    await at_alice.send(received, received.form("/accept"), {"answer": "Alto!"})
    await node.settle()
    assert "Alto!" in (await at_bob.open("/invitations?show=sent")).text
    assert "You are connected" in (await at_bob.open("/@alice@a.test")).text
    there = await at_alice.open("/@bob@b.test")
    assert "You are connected" in there.text
    assert "Bob follows you" in there.text
    assert "Following" in there.text


async def test_a_post_is_looked_up_by_its_address(node: RigNode, at_alice: Visitor, at_bob: Visitor) -> None:
    await at_alice.submit("/posts/new", {"text": "Found by its address"}, action="/posts/new")
    address = (await at_alice.open("/@alice")).link("just now")
    found = await at_bob.open(f"/search?q={address}")
    assert found.path.startswith("/posts/")
    assert "Found by its address" in found.text


async def test_pictures_from_elsewhere_come_from_our_own_copy(
    node: RigNode, beta: RigNode, at_alice: Visitor, at_bob: Visitor
) -> None:
    await befriend(node, at_bob)
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "olive").save(file, "PNG")
    await at_alice.submit(
        "/posts/new", {"text": "Look", "picture-1": ("a.png", file.getvalue()), "alt-new-1": "green"}, action="/posts"
    )
    await node.settle()
    feed = await at_bob.open("/feed")
    [address] = re.findall(r'src="(/media/elsewhere/\d+)" alt="green"', feed.body.decode())
    shown = await at_bob.open(address)
    assert (shown.status, shown.headers["Content-Type"]) == (200, "image/webp")
    copied = shown.path
    assert copied in (await at_bob.open("/feed")).body.decode()

    stranger = await beta.visitor()
    assert (await stranger.open("/media/elsewhere/1")).headers["Content-Type"].startswith("image/svg+xml")
    assert (await stranger.open("/media/faces/1")).headers["Content-Type"].startswith("image/svg+xml")
