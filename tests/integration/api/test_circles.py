"""Circles in apps: an account that is a group, joined by following it; who asks to come in is a follow request."""

from typing import Any

from node.actors.model import Actor
from node.circles import service as circles
from node.circles.model import CircleMember
from node.circles.rules import Facts
from support.nodes import RigNode, a_pair


async def test_a_circle_is_a_group_one_follows(alpha: RigNode, alice: Any, bob: Any) -> None:
    async with alpha.writing() as work:
        founder = await work.session.get_one(Actor, alice.actor_id)
        circle = await circles.create(work, founder, Facts("Wood", openness="request"), a_pair())
    group = await bob.do("account_lookup", "wood")
    assert group.group is group.locked is True
    ties = await bob.do("account_follow", group.id)
    assert (ties.following, ties.requested) == (False, True)
    assert [item.type for item in await alice.do("notifications")] == ["follow_request"]
    (asking,) = await alice.do("follow_requests")
    assert asking.acct == "bob"
    await alice.do("follow_request_authorize", asking)
    assert await alice.do("follow_requests") == []
    async with alpha.reading() as work:
        row = await work.session.get(CircleMember, (circle.id, bob.actor_id))
        assert row is not None
        assert row.state == "member"
    # an app says something in a circle by naming it, as it names a person
    post = await alice.do("status_post", "Hello @wood")
    (said,) = await bob.do("account_statuses", group)
    assert said.id == post.id
    (shown,) = await bob.do("timeline_home")
    assert (shown.account.acct, shown.reblog.id) == ("wood", post.id)
    assert (await bob.do("account_unfollow", group.id)).following is False
    async with alpha.reading() as work:
        assert await work.session.get(CircleMember, (circle.id, bob.actor_id)) is None
