"""Inbox forwarding (ActivityPub 7.1.2): answers to what one of ours said reach all who read the beginning."""

import sqlalchemy as sa

from node.actors.model import Actor
from node.circles.distribution import CLOSED
from node.outbox import service as outbox
from node.outbox.service import Audience
from node.posts.model import Post
from node.work import Reading, Writing
from schemas.activities import Activity
from schemas.values import host_of

FORWARDED = frozenset({"Create", "Update", "Delete"})
_HIGHEST = 10
"""Answers to answers that are climbed to find what one of ours said."""


async def forward(work: Writing, activity: Activity, body: str, brought_by: str) -> bool:
    """Pass an activity on to the followers of ours it is addressed to, as it came, once. It must prove its author.

    Only for answers below something of a member whose followers collection is among its addressees.
    """
    uri = activity.object_id
    if activity.type not in FORWARDED or activity.id is None or uri is None:
        return False
    collections = [address for address in activity.recipients if work.uris.is_ours(address)][:20]
    if not collections:
        return False
    post = await work.session.scalar(sa.select(Post).where(Post.uri == uri))
    if post is None or post.is_local or post.visibility in ("direct", CLOSED):
        return False
    owner = await _owner(work, post, collections)
    if owner is None:
        return False
    elsewhere = [host for host in (host_of(activity.actor), host_of(brought_by)) if host]
    return await outbox.forward(
        work,
        owner,
        uri=activity.id,
        type=activity.type,
        object_uri=uri,
        body=body,
        audience=Audience(followers=True, except_hosts=elsewhere),
    )


async def _owner(work: Reading, post: Post, collections: list[str]) -> Actor | None:
    """The member above ``post`` in the conversation to whose followers it is addressed."""
    above = post.parent_id
    for _ in range(_HIGHEST):
        if above is None:
            return None
        parent = await work.session.get(Post, above)
        if parent is None:
            return None
        if parent.is_local:
            author = await work.session.get_one(Actor, parent.author_id)
            if author.followers_uri in collections and author.gone_at is None and author.suspended_at is None:
                return author
        above = parent.parent_id
    return None
