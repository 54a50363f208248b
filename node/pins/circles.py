"""What stands on top of a circle: chosen by its moderators from what was said in it (FEP-1b12, ``featured``)."""

from node.actors.model import Actor
from node.circles import distribution, members, wire
from node.errors import NotFound
from node.outbox import service as outbox
from node.outbox.service import Audience
from node.pins import service as pins
from node.posts.model import Post
from node.work import Writing


async def keep(work: Writing, moderator: Actor, circle_id: int, post_id: int, *, is_on_top: bool) -> Post:
    """A post stands on top of the circle's page and in its ``featured``, or no longer; who knows groups is told.

    Raises NotFound, Gone, Forbidden, Invalid (not for everybody, too many).
    """
    circle, group = await members.moderated(work, circle_id, moderator.id)
    post = await work.session.get(Post, post_id)
    if post is None or post.circle_id != circle_id or post.deleted_at is not None:
        raise NotFound
    if await (pins.put if is_on_top else pins.drop)(work, group, post):
        kind = "Add" if is_on_top else "Remove"
        document = wire.by_moderator(kind, moderator.uri, group.uri, post.uri, target=group.featured_uri)
        said = await outbox.publish(work, moderator, document, Audience(public=True))
        await distribution.pass_on(work, circle, group, distribution.written(said))
    return post
