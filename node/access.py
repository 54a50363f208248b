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

# Aliases throughout: the clause must not be drawn into the joins of the query it stands in. Made once, for an alias
# takes a millisecond, and this door is passed all the time.
_author, _peer = aliased(Actor), aliased(Peer)
_listing, _association = aliased(Listing), aliased(Association)
_mention, _follow = aliased(PostMention), aliased(Follow)


def readable(viewer_id: int | None) -> sa.ColumnElement[bool]:
    """The clause over ``posts``: it is there, its author is welcome here, and the viewer is in its audience."""
    is_shut_out = sa.exists().where(_peer.host == _author.host, _peer.blocked_at.is_not(None))
    welcome = sa.exists().where(_author.id == Post.author_id, _author.suspended_at.is_(None), ~is_shut_out)
    # Listings whose income depends on recruiting are kept, but shown only where the association says so.
    tolerated = ~sa.exists().where(
        _listing.post_id == Post.id,
        _listing.is_recruitment_based,
        sa.exists().where(_association.recruitment_policy != "show"),
    )
    is_open = Post.visibility.in_(OPEN)
    if viewer_id is None:
        return sa.and_(Post.deleted_at.is_(None), is_open, welcome, tolerated)
    is_named = sa.exists().where(_mention.post_id == Post.id, _mention.actor_id == viewer_id, _mention.is_addressed)
    follows = sa.exists().where(
        _follow.follower_id == viewer_id, _follow.followed_id == Post.author_id, _follow.state == "accepted"
    )
    in_audience = sa.or_(is_open, is_named, sa.and_(Post.visibility == "followers", follows))
    return sa.and_(
        Post.deleted_at.is_(None), sa.or_(Post.author_id == viewer_id, sa.and_(in_audience, welcome, tolerated))
    )


async def can_read(work: Reading, viewer_id: int | None, post_id: int) -> bool:
    """The same door for one post."""
    found = await work.session.scalar(sa.select(Post.id).where(Post.id == post_id, readable(viewer_id)))
    return found is not None
