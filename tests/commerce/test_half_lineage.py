"""What began in a conversation says so, here and at the other association, and is counted."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.boosts import service as boosts
from node.deals.model import Deal
from node.ids import new_id
from node.invitations.model import Connection
from node.listings import lineage, service
from node.listings.service import Draft
from node.polls.model import PollOption
from node.polls.rules import PollDraft
from node.posts import service as posts
from node.posts.model import Post
from support.inbound import post_of
from support.nodes import Member, Nodes, RigNode
from support.said import activities, told
from support.visitor import Visitor

on_one = pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
"""What asks no database anything new."""


async def actor_of(node: RigNode, member: Member) -> Actor:
    async with node.reading() as work:
        return await work.session.get_one(Actor, member.actor_id)


async def test_what_began_in_talk_is_counted_and_each_link_known_to_who_may_read_it(nodes: Nodes) -> None:
    node = await nodes.start("a.test")
    alice, bob = await node.member("Alice Baker"), await node.member("Bob Joiner")
    since = node.clock()
    async with node.writing() as work:
        at_alice = await work.session.get_one(Actor, alice.actor_id)
        at_bob = await work.session.get_one(Actor, bob.actor_id)
        talk = await posts.publish(work, at_bob, posts.Draft("Baskets fall apart these days.", lens="social"))
        trade = await posts.publish(work, at_bob, posts.Draft("Prices rise.", lens="business"))
        passed_on = await boosts.pass_on(work, at_alice, talk.id)
        asked = await service.publish(work, at_alice, Draft("request", "60 baskets", born_of_id=passed_on.id))
        assert asked.born_of_id == talk.id  # of what was passed on, the original
        again = await service.publish(work, at_alice, Draft("request", "More baskets", born_of_id=asked.id))
        for source in (None, trade.id):
            await service.publish(work, at_bob, Draft("request", "Oak", born_of_id=source))
        answer = await service.publish(work, at_bob, Draft("offer", "Baskets at 14", answers_id=asked.id))
        work.session.add(
            Deal(
                id=new_id(work.now), uri="http://a.test/ap/contexts/1", listing_id=asked.id, proposal_uri="x",
                title="60 baskets", seller_id=bob.actor_id, buyer_id=alice.actor_id, owner="buyer", state="completed",
                created_at=work.now, changed_at=work.now, completed_at=work.now,
            )
        )  # fmt: skip
    async with node.reading() as work:
        now = node.clock() + timedelta(seconds=1)
        found = await lineage.began_in_social(work, since, now)
        assert (found.in_social, found.all) == (2, 4)
        assert await lineage.began_in_social(work, now, now + timedelta(days=30)) == lineage.Began(0, 0)
        for viewer in (alice, bob):
            chain = await lineage.chain(work, viewer.actor_id, answer.id)
            assert [(link.kind, link.title) for link in chain] == [
                ("note", ""), ("ask", "60 baskets"), ("offer", "Baskets at 14"),
            ]  # fmt: skip
        ends = [link.kind for link in await lineage.chain(work, alice.actor_id, asked.id)]
        assert ends == ["note", "ask", "deal", "receipt"]
        # somebody else sees neither the deal nor the offer that is not for them
        assert [link.kind for link in await lineage.chain(work, None, asked.id)] == ["note", "ask"]
        assert [link.kind for link in await lineage.chain(work, None, answer.id)] == ["note", "ask"]
        assert await lineage.came_of(work, bob.actor_id, talk.id) == [asked.id]
    async with node.writing() as work:
        await posts.withdraw(work, await work.session.get_one(Actor, bob.actor_id), talk.id)
    async with node.reading() as work:
        chain = await lineage.chain(work, alice.actor_id, again.id)
        assert [link.title for link in chain] == ["60 baskets", "More baskets"]


async def test_from_a_word_at_one_association_to_an_ask_at_the_other(two_nodes: tuple[RigNode, RigNode]) -> None:
    here, there = two_nodes
    alice, bob = await here.member("Alice Baker"), await there.member("Bob Joiner")
    at_alice, at_bob = await here.logged_in(alice), await there.logged_in(bob)
    profile = await at_alice.open("/search?q=@bob@b.test")
    await at_alice.send(profile, profile.form("/follow"))
    await here.settle()
    await at_bob.submit("/posts/new", {"text": "My grandmother wove willow.", "lens": "social"}, action="/posts/new")
    await there.settle()

    feed = await at_alice.open("/feed?lens=social")
    form = await at_alice.open(feed.link("Start something"))
    assert "Began in a post by Bob Joiner:" in form.text
    asked = await at_alice.send(form, form.form("/listings/new"), {"title": "60 bread baskets", "terms": "open"})
    assert "Began in: a post by Bob Joiner" in asked.text
    [create] = [each for each in await activities(here) if each["type"] == "Create"]
    assert create["object"]["commensal:bornOf"].startswith("http://b.test/ap/objects/")
    assert not [tag for tag in create["object"]["tag"] if tag["type"] == "Mention"]
    await here.settle()
    # bob follows nobody, and learns of it because it began in his words
    assert await told(there, await actor_of(there, bob)) == ["follow", "born_of"]
    news = await at_bob.open("/notifications")
    copy = await at_bob.open(news.link("Alice Baker started something from your post"))
    assert "Began in: a post by Bob Joiner" in copy.text
    async with there.reading() as work:
        talk = await work.session.scalar(sa.select(Post).where(Post.kind == "note"))
        assert talk is not None
    assert "What began here" in (await at_bob.open(f"/@bob/{talk.id}")).text
    # taken back, it is taken back there as well
    await _withdraw(at_alice, asked.path)
    await here.settle()
    gone = await post_of(there, create["object"]["id"])
    assert gone is not None
    assert gone.deleted_at is not None


async def _withdraw(browser: Visitor, path: str) -> None:
    page = await browser.open(path)
    question = await browser.open(page.link("Withdraw"))
    await browser.send(question, question.form("/withdraw"))


@on_one
async def test_offered_now_and_invited_from_a_post(nodes: Nodes) -> None:
    """From the word to the offer that stands for everybody: two presses, and nothing to type."""
    home = await nodes.start("a.test")
    alice, bob = await home.member("Alice Baker"), await home.member("Bob Joiner")
    at_alice, at_bob = await home.logged_in(alice), await home.logged_in(bob)
    async with home.writing() as work:
        author = await work.session.get_one(Actor, alice.actor_id)
        question = posts.Draft("Which bread for Saturday?", poll=PollDraft(("Rye", "Spelt")))
        poll = await posts.publish(work, author, question)
        row = await work.session.scalar(sa.select(PollOption).where(PollOption.text == "Spelt"))
        assert row is not None
        row.votes = 3
    page = await at_alice.open(f"/@alice/{poll.id}")
    form = await at_alice.open(page.link("Offer this now"))
    offered = await at_alice.send(form, form.form("/listings/new"))
    assert "It is on the table" in offered.text
    assert "Spelt" in offered.text
    assert "Began in: a post by Alice Baker" in offered.text
    assert "Spelt" in (await at_bob.open("/listings?purpose=offer")).text

    page = await at_bob.open(f"/@alice/{poll.id}")
    form = await at_bob.open(page.link("Start something"))
    invitation = await at_bob.open(form.link("Or invite Alice Baker to talk about it"))
    await at_bob.send(invitation, invitation.form("/invitations/new"), {"question": "Why spelt?"})
    assert "Began in: a post by Alice Baker" in (await at_alice.open("/invitations")).text
    async with home.reading() as work:
        row_ = await work.session.scalar(sa.select(Connection))
        assert row_ is not None
        assert row_.born_of_id == poll.id
