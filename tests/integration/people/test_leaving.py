"""Closing an account, between two associations: what goes, what others keep, and what must be ended first."""

import pytest
import sqlalchemy as sa

from node.accounts import service as accounts
from node.accounts.model import Account, LoginSession
from node.actors import queries as actors
from node.actors import rotation
from node.actors.model import Actor, ActorKey
from node.circles import members
from node.circles.model import CircleMember
from node.deals import machine
from node.deals.model import Deal
from node.errors import Conflict
from node.follows.model import Follow
from node.members import leaving
from node.members.model import Member as MemberRow
from node.posts.model import Post
from support.market import Market, ask, between
from support.nodes import PASSWORD, Nodes, RigNode


@pytest.fixture
async def market(two_nodes: tuple[RigNode, RigNode]) -> Market:
    return await between(*two_nodes)


async def test_everything_goes_here_and_elsewhere_but_what_was_agreed(market: Market) -> None:
    a, b = market.a, market.b
    visitor = await a.logged_in(market.alice)
    written = await visitor.submit("/posts/new", {"text": "Bread at seven, #warm."}, button="Say it")
    assert written.status == 200
    await ask(market)
    refused = await visitor.open("/settings/leave")
    assert "Close my account for good" in refused.text  # they only talk so far
    await market.alice_does("accept", terms=None)
    bound = await visitor.open("/settings/leave")
    assert "60 bread baskets, willow" in bound.text
    assert "Close my account for good" not in bound.text
    async with a.writing() as work:
        with pytest.raises(Conflict):
            await leaving.close(work, market.alice.account_id)
    await market.settle()
    await market.alice_does("cancel")
    await market.both()
    assert (await visitor.submit("/settings/leave", {"password": "a wrong one"})).status == 422
    gone = await visitor.submit("/settings/leave", {"password": PASSWORD})
    assert "Your account is closed" in gone.text
    assert (await visitor.open("/today")).path.startswith("/login")
    await market.settle()

    stranger = await a.visitor()
    assert (await stranger.open("/@alice")).status == 410
    async with a.reading() as work:
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(Account)) == 0
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(MemberRow)) == 0
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(LoginSession)) == 0
        left = await work.session.get_one(Actor, market.alice.actor_id)
        assert (left.name, left.summary, left.fields) == ("alice", "", [])
        posts = await work.session.scalars(sa.select(Post).where(Post.author_id == left.id))
        assert all(post.deleted_at is not None and not post.content for post in posts)
        assert (await work.session.scalars(sa.select(Deal.state))).all() == [machine.CANCELLED]
        assert await work.session.scalar(sa.select(ActorKey.uri).limit(1)) is not None
    async with b.reading() as work:
        copy = await actors.by_uri(work, market.alice.uri)
        assert copy is not None
        assert copy.gone_at is not None
        here = await work.session.scalars(sa.select(Post).where(Post.author_id == copy.id))
        assert all(post.deleted_at is not None for post in here)
        ties = sa.or_(Follow.follower_id == copy.id, Follow.followed_id == copy.id)
        assert (await work.session.scalars(sa.select(Follow).where(ties))).all() == []
        assert (await work.session.scalars(sa.select(Deal.state))).all() == [machine.CANCELLED]
    bobs = await (await b.logged_in(market.bob)).open(f"/deals/{market.there}")
    assert bobs.status == 200
    assert "60 bread baskets, willow" in bobs.text


async def test_who_is_needed_hands_over_first(nodes: Nodes) -> None:
    home = await nodes.start("a.test")
    alice, bob = await home.member("Alice Baker", role="admin"), await home.member("Bob Coper")
    her, his = await home.logged_in(alice), await home.logged_in(bob)
    await her.submit("/circles/new", {"name": "Woodworkers", "openness": "open"}, button="Begin it")
    await his.submit("/@woodworkers", {}, action="/join$")
    page = await her.open("/settings/leave")
    assert "You are the only administrator" in page.text
    assert "you alone moderate it" in page.text
    assert page.forms == [] or all("leave" not in form.action for form in page.forms)
    async with home.writing() as work:
        with pytest.raises(Conflict):
            await leaving.close(work, alice.account_id)
    async with home.writing() as work:
        await accounts.set_role(work, alice.account_id, bob.account_id, "admin")
    assert "Nobody else moderates Woodworkers" in (await his.open(f"/office/members/{alice.username}/close")).text
    async with home.writing() as work:
        with pytest.raises(Conflict):
            await leaving.close(work, alice.account_id)
    async with home.writing() as work:
        circle = await work.session.scalar(sa.select(CircleMember.circle_id).limit(1))
        me = await work.session.get_one(Actor, alice.actor_id)
        assert circle is not None
        await members.appoint(work, me, circle, bob.actor_id)
    page = await his.submit(f"/office/members/{alice.username}/close", {}, action="/close$")
    assert "The account of Alice Baker is closed" in page.text
    assert (await his.open(f"/office/members/{alice.username}/close")).status == 404
    assert (await her.open("/today")).path.startswith("/login")
    keys = sa.select(sa.func.count()).where(ActorKey.actor_id == alice.actor_id)
    async with home.reading() as work:
        assert (await work.session.scalars(sa.select(CircleMember.actor_id))).all() == [bob.actor_id]
    for days, is_kept in ((31, True), (10, False)):  # for so long it may still have to be said that they left
        home.time.forward(days=days)
        async with home.writing() as work:
            await rotation.prune(work)
            assert bool(await work.session.scalar(keys)) == is_kept
