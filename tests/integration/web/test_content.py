"""The pages of posts, listings, people and invitations, as a browser without JavaScript walks through them."""

import io
from urllib.parse import quote

import pytest
from PIL import Image

from node.members.model import HostCard
from support.nodes import Member, RigNode
from support.visitor import Visitor


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "olive").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
async def alice(node: RigNode) -> Member:
    return await node.member("Alice Baker")


@pytest.fixture
async def carol(node: RigNode) -> Member:
    return await node.member("Carol Joiner")


@pytest.fixture
async def at_alice(node: RigNode, alice: Member) -> Visitor:
    return await node.logged_in(alice)


@pytest.fixture
async def at_carol(node: RigNode, carol: Member) -> Visitor:
    return await node.logged_in(carol)


EMPTY = ("/today", "/feed", "/feed?lens=social", "/feed?lens=business", "/posts/new", "/listings", "/listings?mine=yes",
         "/listings/new", "/listings?q=oak&category=goods&terms=gift&place=x", "/directory", "/directory?q=zebra",
         "/invitations", "/invitations?show=sent", "/invitations?show=people", "/notifications", "/search",
         "/search?q=nothing", "/tags/oak", "/@alice")  # fmt: skip


async def test_every_page_when_there_is_nothing_yet(at_alice: Visitor) -> None:
    for path in EMPTY:
        page = await at_alice.open(path)
        assert page.status == 200, f"{path}: {page.status} {page.text[:200]}"


async def test_what_a_stranger_sees(node: RigNode, at_alice: Visitor) -> None:
    await at_alice.submit("/posts/new", {"text": "Hello #oak"}, action="/posts/new")
    await at_alice.submit("/listings/new", {"title": "Bread", "terms": "gift"}, action="/listings/new")
    stranger = await node.visitor()
    for path in ("/listings", "/directory", "/@alice", "/tags/oak", "/search?q=bread"):
        page = await stranger.open(path)
        assert page.status == 200, path
        assert not any("/posts/new" in form.action for form in page.forms)
    for path in ("/today", "/feed", "/posts/new", "/listings/new", "/invitations", "/notifications"):
        page = await stranger.open(path)
        assert page.path == "/login", path


async def test_say_correct_and_withdraw(node: RigNode, at_alice: Visitor, at_carol: Visitor) -> None:
    await at_alice.submit(
        "/posts/new",
        {"text": "Who knows *willow*? @carol #Weide", "lens": "social", "picture-1": ("a.png", picture()),
         "alt-new-1": "a basket"},
        action="/posts/new",
    )  # fmt: skip
    feed = await at_carol.open("/feed?lens=social")
    assert "Who knows willow" in feed.text
    assert b'alt="a basket"' in feed.body
    assert "Alice Baker named you" in (await at_carol.open("/notifications")).text
    assert "(new)" in (await at_carol.open("/notifications")).text
    post = await at_carol.open(feed.link("just now"))
    assert "(new)" not in (await at_carol.open("/notifications")).text  # seen is read
    answered = await at_carol.send(post, post.form("/posts/new"), {"text": "I do."})
    assert "I do." in answered.text
    assert "Carol Joiner answered you" in (await at_alice.open("/today")).text

    edit = await at_alice.open(post.path)
    edit = await at_alice.open(edit.link("Edit"))
    shown = await at_alice.send(edit, edit.form("/edit"), {"text": "Who knows ash?"})
    assert "Who knows ash?" in shown.text
    assert b'alt="a basket"' in shown.body
    asked = await at_alice.open(shown.link("Withdraw"))
    await at_alice.send(asked, asked.form("/withdraw"))
    gone = await at_carol.open(post.path)
    assert gone.status == 410


async def test_what_is_typed_stays_when_something_is_wrong(at_alice: Visitor) -> None:
    page = await at_alice.submit(
        "/posts/new",
        {"text": "psst", "visibility": "direct", "picture-1": ("a.png", picture()), "alt-new-1": "words"},
        action="/posts/new",
    )
    assert page.status == 422
    form = page.form("/posts/new")
    assert form.fields["text"][0].strip() == "psst"
    assert form.fields["visibility"] == ["direct"]
    assert len(form.fields["kept"]) == 1
    assert b'value="words"' in page.body
    empty = await at_alice.send(page, form, {"text": "", "drop": form.fields["kept"]})
    assert empty.status == 422
    assert "Write something first" in empty.text
    broken = await at_alice.submit("/posts/new", {"text": "x", "picture-1": ("a.png", b"no picture")}, action="/posts")
    assert broken.status == 422
    assert broken.form("/posts/new").fields["text"][0].strip() == "x"


async def test_a_listing_from_first_word_to_last(node: RigNode, at_alice: Visitor, at_carol: Visitor) -> None:
    wrong = await at_alice.submit(
        "/listings/new", {"title": "", "terms": "price", "price": "a lot", "text": "kept"}, action="/listings/new"
    )
    assert wrong.status == 422
    assert wrong.form("/listings/new").fields["price"] == ["a lot"]
    assert wrong.form("/listings/new").fields["text"][0].strip() == "kept"
    shown = await at_alice.send(
        wrong,
        wrong.form("/listings/new"),
        {"title": "Oak table", "price": "1900.50", "currency": "EUR", "place": "Malmö", "quantity": "3",
         "picture-1": ("a.png", picture()), "alt-new-1": "a table"},
    )  # fmt: skip
    assert shown.status == 200
    assert "Oak table" in shown.text
    assert "1,900.50" in shown.text
    found = await at_carol.open("/listings?q=OAK&place=malmo&purpose=offer")
    listing = await at_carol.open(found.link("Oak table"))
    await at_carol.send(listing, listing.form("/posts/new"), {"text": "Is it solid?"})
    assert "answered your listing" in (await at_alice.open("/notifications")).text
    assert (await at_carol.open(f"/listings/{shown.path.rsplit('/', 1)[1]}/edit")).status == 404

    edit = await at_alice.open(shown.link("Edit"))
    assert edit.form("/edit").fields["price"] == ["1900.50"]
    changed = await at_alice.send(edit, edit.form("/edit"), {"title": "Oak table, long"})
    assert "Oak table, long" in changed.text
    sold = await at_alice.send(changed, changed.form("/sold"))
    assert "This is gone." in sold.text
    assert "Oak table" not in (await at_carol.open("/listings")).text
    opened = await at_alice.send(sold, sold.form("/reopen", with_field=""))
    assert "This is gone." not in opened.text
    asked = await at_alice.open(opened.link("Withdraw"))
    await at_alice.send(asked, asked.form("/withdraw"))
    assert (await at_carol.open(shown.path)).status == 410


async def test_start_something_from_a_post(at_alice: Visitor, at_carol: Visitor) -> None:
    await at_carol.submit("/posts/new", {"text": "Tired of baskets", "lens": "social"}, action="/posts/new")
    feed = await at_alice.open("/feed")
    post = await at_alice.open(feed.link("Answer"))
    page = await at_alice.open(post.link("Start something"))
    assert page.form("/listings/new").fields["purpose"] == ["request"]
    shown = await at_alice.send(page, page.form("/listings/new"), {"title": "60 baskets", "terms": "open"})
    assert "Began in: a post by Carol Joiner" in shown.text


async def test_an_invitation_with_the_host_card_in_view(
    node: RigNode, alice: Member, carol: Member, at_alice: Visitor, at_carol: Visitor
) -> None:
    async with node.writing() as work:
        await work.session.merge(
            HostCard(actor_id=alice.actor_id, opens_with="social", languages=["en", "fr"], hours=[["14:00", "16:00"]],
                     ask_me_about=["choir"], please_dont=["phone"], time_zone="UTC", updated_at=work.now)
        )  # fmt: skip
    profile = await at_carol.open("/@alice")
    page = await at_carol.open(profile.link("Invite Alice"))
    for words in ("Something social first", "English, French", "14:00–16:00", "choir", "phone"):
        assert words in page.text
    assert "Alice Baker will get this at 14:00" in page.text
    topic = await at_carol.open(page.link("choir"))
    assert "choir" in topic.form("/invitations/new").fields["question"][0]
    refused = await at_carol.send(topic, topic.form("/invitations/new"), {"question": "", "about": "I join."})
    assert refused.status == 422
    assert "Start with a question for Alice Baker." in refused.text
    assert refused.form("/invitations/new").fields["about"][0].strip() == "I join."
    sent = await at_carol.send(refused, refused.form("/invitations/new"), {"question": "Do you sing?"})
    assert "Alice Baker will get this at 14:00" in sent.text
    again = await at_carol.submit(
        f"/invitations/new?to={alice.actor_id}", {"question": "Again?"}, action="/invitations/new"
    )
    assert "One message until Alice Baker answers" in again.text
    correction = await at_carol.open(sent.link("Correct it"))
    await at_carol.send(correction, correction.form("/correct"), {"question": "Do you dance?"})
    assert "Do you dance?" not in (await at_alice.open("/invitations")).text
    node.time.forward(hours=6)
    waiting = await at_alice.open("/today")
    assert "Do you dance?" in waiting.text
    received = await at_alice.open("/invitations")
    done = await at_alice.send(received, received.form("/accept"), {"answer": "Tango!"})
    assert "You and Carol Joiner are connected" in done.text
    assert "Tango!" in (await at_carol.open("/invitations?show=sent")).text
    assert "Alice Baker" in (await at_carol.open("/invitations?show=people")).text
    assert "You are connected" in (await at_carol.open("/@alice")).text


async def test_not_this_time_and_taken_back(
    node: RigNode, alice: Member, at_alice: Visitor, at_carol: Visitor, carol: Member
) -> None:
    await at_carol.submit(f"/invitations/new?to={alice.actor_id}", {"question": "Tea?"}, action="/invitations/new")
    received = await at_alice.open("/invitations")
    form = received.form("/accept")
    form.action = form.action.replace("accept", "decline")
    done = await at_alice.send(received, form)
    assert "not this time" in done.text
    refused = await at_carol.submit(
        f"/invitations/new?to={alice.actor_id}", {"question": "Tea?"}, action="/invitations/new"
    )
    assert "said not this time" in refused.text
    page = await at_alice.submit(f"/invitations/new?to={carol.actor_id}", {"question": "Well?"}, action="/new")
    taken = await at_alice.send(page, page.form("/withdraw"))
    assert "Taken back" in taken.text


async def test_before_the_rules_no_invitation(node: RigNode, alice: Member) -> None:
    newcomer = await node.member("Nora New", has_read_rules=False)
    visitor = await node.logged_in(newcomer)
    page = await visitor.open(f"/invitations/new?to={alice.actor_id}")
    assert page.path == "/etiquette"


async def test_follow_and_unfollow(node: RigNode, at_alice: Visitor, at_carol: Visitor) -> None:
    page = await at_carol.open("/@alice")
    page = await at_carol.send(page, page.form("/follow"))
    assert "You follow Alice Baker now." in page.text
    assert "Carol Joiner follows you" in (await at_alice.open("/notifications")).text
    page = await at_carol.send(page, page.form("/unfollow"))
    assert "You no longer follow Alice Baker." in page.text
    read = await at_alice.open("/notifications")
    read = await at_alice.send(read, read.form("/notifications/read"))
    assert "(new)" not in read.text


async def test_the_directory_and_search_know_no_umlauts(node: RigNode, at_alice: Visitor) -> None:
    await node.member("Jörg Bäcker", username="joerg")
    for words in ("joRG", "BACKER", "jörg bäck"):
        assert "Jörg Bäcker" in (await at_alice.open(f"/directory?q={quote(words)}")).text
        assert "Jörg Bäcker" in (await at_alice.open(f"/search?q={quote(words)}")).text
    assert "Nobody found" in (await at_alice.open("/directory?q=zimmermann")).text


async def test_documents_for_machines(node: RigNode, alice: Member, at_alice: Visitor) -> None:
    await at_alice.submit("/posts/new", {"text": "Hello"}, action="/posts/new")
    path = (await at_alice.open("/@alice")).link("just now")
    for address in (path, "/@alice"):
        answer = await at_alice.open(address, accept="application/activity+json", follow=False)
        assert answer.status == 303
        assert "/ap/" in answer.headers["Location"]


NOT_THERE = [
    "/posts/1",
    "/posts/99999999999999999999",
    "/@alice/1",
    "/@nobody",
    "/@alice/99999999999999999999",
    "/invitations/new?to=x",
    "/invitations/new?to=1",
    "/listings/1/edit",
    "/posts/1/withdraw",
    "/feed?before=x",
    "/invitations/1/correct",
    "/@bob@",
]


async def test_what_is_not_there(at_alice: Visitor) -> None:
    for path in NOT_THERE:
        assert (await at_alice.open(path)).status == 404, path


async def test_odd_questions_get_an_answer(at_alice: Visitor) -> None:
    for path in ("/listings?association=x&category=love&purpose=y", "/directory?from=-1&kind=x", "/feed?lens=pink",
                 "/search?q=%F0%9F%8D%9E", "/tags/%F0%9F%8D%9E", "/listings?q=%27%22%2A%20OR%20NEAR(",
                 "/invitations?show=x", "/posts/new?to=x&lens=y&visibility=z"):  # fmt: skip
        assert (await at_alice.open(path)).status == 200, path
    for path in ("/listings?purpose=%00", "/search?q=%00%F0%9F%8D%9E"):  # nothing has such a name
        assert (await at_alice.open(path)).status == 404, path


async def test_nobody_answers_for_somebody_else(
    node: RigNode, alice: Member, at_alice: Visitor, at_carol: Visitor
) -> None:
    dora = await node.logged_in(await node.member("Dora"))
    sent = await at_carol.submit(f"/invitations/new?to={alice.actor_id}", {"question": "Tea?"}, action="/new")
    form = sent.form("/withdraw")
    for verb in ("accept", "decline", "withdraw", "end"):
        other = await dora.open("/posts/new")
        token = other.form("/posts/new").fields["csrf"]
        form.action = form.action.rsplit("/", 1)[0] + f"/{verb}"
        form.fields["csrf"] = token
        assert (await dora.send(other, form)).status == 404
