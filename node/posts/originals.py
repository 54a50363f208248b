"""What stands behind the key of a post: the post itself, or the one that was passed on."""

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.access import readable
from node.asking import among
from node.errors import NotFound
from node.posts.model import Post
from node.work import Reading

BOOST = "boost"
"""``posts.kind`` of what somebody passed on."""


_BOOST = aliased(Post)  # made once: an alias of all columns costs a millisecond


def these_and_what_they_show() -> sa.ColumnElement[bool]:
    """The clause over ``posts``: those whose keys are given as ``ids``, and where they are boosts, also what was
    passed on."""
    chosen = among(_BOOST.id, "ids")
    shown = sa.select(_BOOST.boost_of_id).where(chosen, _BOOST.boost_of_id.is_not(None))
    return Post.id.in_(sa.select(_BOOST.id).where(chosen).union_all(shown))


async def original(work: Reading, viewer_id: int | None, post_id: int) -> Post:
    """The post with words of its own. Raises NotFound unless the viewer may read it."""
    post = await work.session.get(Post, post_id)
    if post is not None and post.boost_of_id is not None:
        post_id = post.boost_of_id
    found = await work.session.scalar(sa.select(Post).where(Post.id == post_id, readable(viewer_id)))
    if found is None or found.boost_of_id is not None:
        raise NotFound
    return found
