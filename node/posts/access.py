"""Who may read what: one door, asked by every verb, page, feed, search and mail."""

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.actors.model import Actor
from node.associations.model import Association
from node.follows.model import Follow
from node.listings.model import Listing
from node.peers.model import Peer
from node.posts.model import Post, PostMention
from node.work import Reading

OPEN = ("public", "quiet")
"""Visibilities that anybody may read."""


def readable(viewer_id: int | None) -> sa.ColumnElement[bool]:
    """The clause over ``posts``: it is there, its author is welcome here, and the viewer is in its audience."""
    author = aliased(Actor)
    welcome = sa.exists(
        sa.select(sa.literal(1))
        .select_from(author)
        .where(author.id == Post.author_id, author.suspended_at.is_(None))
        .where(~sa.exists().where(Peer.host == author.host, Peer.blocked_at.is_not(None)))
    )
    # Listings whose income depends on recruiting are kept, but shown only where the association says so.
    tolerated = ~sa.exists().where(
        Listing.post_id == Post.id, Listing.is_recruitment_based, Association.recruitment_policy != "show"
    )
    is_open = Post.visibility.in_(OPEN)
    if viewer_id is None:
        return sa.and_(Post.deleted_at.is_(None), is_open, welcome, tolerated)
    is_named = sa.exists().where(
        PostMention.post_id == Post.id, PostMention.actor_id == viewer_id, PostMention.is_addressed
    )
    follows = sa.exists().where(
        Follow.follower_id == viewer_id, Follow.followed_id == Post.author_id, Follow.state == "accepted"
    )
    in_audience = sa.or_(is_open, is_named, sa.and_(Post.visibility == "followers", follows))
    return sa.and_(
        Post.deleted_at.is_(None), sa.or_(Post.author_id == viewer_id, sa.and_(in_audience, welcome, tolerated))
    )


async def can_read(work: Reading, viewer_id: int | None, post_id: int) -> bool:
    """The same door for one post."""
    found = await work.session.scalar(sa.select(Post.id).where(Post.id == post_id, readable(viewer_id)))
    return found is not None
