"""QuoteRequest: somebody asks to quote one of ours (FEP-044f); the policy of the post answers."""

import sqlalchemy as sa

from federation.directory import Directory
from federation.errors import Ignored, Refused
from node.access import can_read
from node.actors.model import Actor
from node.errors import Forbidden
from node.posts import consents
from node.posts.model import Post
from node.work import Writing
from schemas import quoting
from schemas.activities import Activity
from schemas.values import Malformed, same_origin


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Answer with the address where anybody can see that it is allowed."""
    quoter = quoting.asked(activity.document)
    if quoter is None or activity.object_id is None:
        raise Malformed("QuoteRequest without an object or an instrument")
    if not same_origin(quoter, actor.uri):
        raise Refused("what quotes is not on the server of who asks")
    # Whoever passed something on has no say in whether it may be quoted.
    ours = sa.select(Post).where(Post.uri == activity.object_id, Post.is_local, Post.boost_of_id.is_(None))
    post = await work.session.scalar(ours)
    if post is None or not await can_read(work, actor.id, post.id):
        raise Ignored("it quotes nothing of ours")
    shown = await work.session.scalar(sa.select(Post).where(Post.uri == quoter))
    if shown is not None and (shown.author_id != actor.id or shown.quoted_uri not in (None, post.uri)):
        raise Refused("it is somebody else's, or quotes something else")
    question = {
        "id": activity.id,
        "type": "QuoteRequest",
        "actor": actor.uri,
        "object": post.uri,
        "instrument": quoter,
    }
    try:
        await consents.receive_request(work, actor, question, post, quoter)
    except Forbidden:
        raise Refused("the two keep their distance") from None
