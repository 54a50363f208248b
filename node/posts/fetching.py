"""Whether another server may fetch a post that is not for everybody."""

import sqlalchemy as sa

from node.access import OPEN
from node.actors.model import Actor
from node.follows.model import Follow
from node.posts.model import Post
from node.work import Reading


def is_open(post: Post) -> bool:
    """True when anybody may fetch it, signed or not."""
    return post.visibility in OPEN


async def may_fetch(work: Reading, host: str | None, post: Post) -> bool:
    """True when ``host``, which signed the request, serves somebody the post is addressed to.

    Servers fetch in the name of their own actor, so it is the host that counts: it keeps its people's secrets anyway.
    """
    if is_open(post):
        return True
    if host is None:
        return False
    addressed = sa.exists().where(
        Actor.host == host, Actor.uri.in_([*post.to, *post.cc]), Actor.is_local.is_(False), Actor.suspended_at.is_(None)
    )
    if await work.session.scalar(sa.select(addressed)):
        return True
    if post.visibility != "followers":
        return False
    follows = sa.exists().where(
        Follow.followed_id == post.author_id,
        Follow.state == "accepted",
        Follow.follower_id == Actor.id,
        Actor.host == host,
        Actor.is_local.is_(False),
        Actor.suspended_at.is_(None),
    )
    return bool(await work.session.scalar(sa.select(follows)))
