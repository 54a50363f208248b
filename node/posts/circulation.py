"""What moderators do with posts in their circle."""

import sqlalchemy as sa

from node.actors.model import Actor
from node.circles import distribution, members, wire
from node.errors import NotFound
from node.outbox import service as outbox
from node.outbox.service import Audience
from node.pins.model import Pin
from node.posts.model import Post
from node.posts.parts import tell_feeds
from node.work import Writing


async def take_out(work: Writing, moderator: Actor, circle_id: int, post_id: int, reason: str = "") -> Post:
    """A post no longer stands in the circle, here and wherever it was passed on; it stays with its author.

    Raises NotFound, Gone, Forbidden.
    """
    circle, group = await members.moderated(work, circle_id, moderator.id)
    post = await work.session.get(Post, post_id)
    if post is None or post.circle_id != circle_id or post.deleted_at is not None:
        raise NotFound
    is_open = post.visibility != distribution.CLOSED
    document = wire.by_moderator("Delete", moderator.uri, group.uri, post.uri, reason=reason, is_public=is_open)
    deletion = distribution.written(await outbox.publish(work, moderator, document, Audience(public=is_open)))
    await work.session.execute(sa.delete(Pin).where(Pin.actor_id == group.id, Pin.post_id == post.id))
    await distribution.take_out(work, circle, group, post, deletion)
    await tell_feeds(work, post)
    return post
