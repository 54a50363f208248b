"""QuoteRequest: somebody asks to quote one of ours (FEP-044f); what is public may be quoted by anybody."""

import sqlalchemy as sa

from federation.directory import Directory
from federation.errors import Ignored, Refused
from node.access import OPEN, can_read
from node.actors.model import Actor
from node.moderation.queries import may_reach
from node.outbox import service as outbox
from node.outbox import wire as activities
from node.outbox.service import Audience
from node.posts.model import Post
from node.work import Writing
from schemas.activities import Activity
from schemas.values import Malformed, as_uri, get, same_origin


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Answer with the address where anybody can see that it is allowed. The same question gets the same answer."""
    quoting = as_uri(get(activity.document, "instrument"))
    if quoting is None or activity.object_id is None:
        raise Malformed("QuoteRequest without an object or an instrument")
    if not same_origin(quoting, actor.uri):
        raise Refused("what quotes is not on the server of who asks")
    post = await work.session.scalar(sa.select(Post).where(Post.uri == activity.object_id, Post.is_local))
    if post is None or not await can_read(work, actor.id, post.id):
        raise Ignored("it quotes nothing of ours")
    author = await work.session.get_one(Actor, post.author_id)
    if not await may_reach(work, actor, author):
        raise Refused("the two keep their distance")
    question = {
        "id": activity.id,
        "type": "QuoteRequest",
        "actor": actor.uri,
        "object": post.uri,
        "instrument": quoting,
    }
    if post.visibility in OPEN:
        answer = activities.accept(author.uri, question, actor.uri)
        answer["result"] = work.uris.quote(post.id, quoting)
    else:
        answer = activities.reject(author.uri, question, actor.uri)
    await outbox.publish(work, author, answer, Audience(actors=[actor.id]))
