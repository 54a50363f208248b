"""Tells others how the questions of our members stand: now and then while people answer, and when they are over."""

from datetime import timedelta

import sqlalchemy as sa

from node.access import OPEN
from node.actors.model import Actor
from node.errors import Conflict, NotFound
from node.outbox import wire as activities
from node.polls import service as polls
from node.polls.model import Poll
from node.posts import parts, service
from node.posts.model import Post
from node.words import N_
from node.work import Writing

GATHERED = timedelta(minutes=1)
"""Votes wait so long for others: one message tells of them all."""


async def tell(work: Writing) -> int:
    """Housekeeping: the counts go out, as a correction that changes nothing else. How many questions there were."""
    ids = await polls.with_news(work, work.now - GATHERED)
    for post_id in ids:
        await _send(work, post_id)
    return len(ids)


async def end_due(work: Writing) -> int:
    """Housekeeping: questions whose time is over are closed, and who asked or answered is told. How many there were."""
    ids = await polls.due(work)
    for post_id in ids:
        poll = await work.session.get_one(Poll, post_id)
        post = await work.session.get_one(Post, post_id)
        assert poll.ends_at is not None
        await polls.end(work, post, poll, poll.ends_at)
        if post.is_local:
            await _send(work, post_id)
        else:
            await polls.ask_anew(work, post_id)
    return len(ids)


async def close(work: Writing, author: Actor, post_id: int) -> None:
    """Its author has heard enough. Raises NotFound, Gone, Conflict."""
    post = await parts.own(work, author, post_id, "poll")
    poll = await work.session.get(Poll, post_id)
    if poll is None or not post.is_local:
        raise NotFound
    if poll.closed_at is not None:
        raise Conflict(N_("It is closed already."))
    await polls.end(work, post, poll, work.now)
    await _send(work, post_id)


async def _send(work: Writing, post_id: int) -> None:
    """Without `updated`: Mastodon then takes the counts alone, and nobody is told of a correction."""
    await work.session.execute(sa.update(Poll).where(Poll.post_id == post_id).values(news_at=None, counted_at=work.now))
    post = await work.session.get_one(Post, post_id)
    if post.deleted_at is not None or not post.is_local:
        return
    author = await work.session.get_one(Actor, post.author_id)
    document = await service.document(work, post, author)
    document.pop("updated", None)
    # Who answered what is for a few may be among them no longer.
    voters = await polls.hosts_of_voters(work, post_id) if post.visibility in OPEN else []
    told = [actor.id for actor in await parts.mentioned(work, post_id)]
    await parts.announce(work, author, post, activities.update(document, work.now), [*told, *voters])
