"""Who may read what: one door, asked by every verb, page, feed, search and mail. And what lists leave out."""

from functools import lru_cache
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from node.actors.model import Actor
from node.asking import Question, Viewer, given, viewer_of
from node.associations.model import Association
from node.follows.model import Follow
from node.listings.model import Listing
from node.moderation.model import Block, BlockedHost, Mute, ThreadMute
from node.peers.model import Peer
from node.peers.service import is_let_in
from node.posts.model import Post, PostMention
from node.work import Reading

Key = sa.ColumnElement[int] | InstrumentedAttribute[int]
Reader = int | sa.BindParameter[int]
"""The key of who reads, or the name it has in a question that is made once (node.asking.VIEWER)."""

OPEN = ("public", "quiet")
"""Visibilities that anybody may read."""

_CLAUSES = 1000
"""Of so many readers the clauses are kept: to make one takes longer than to ask it."""

# Aliases throughout: the clause must not be drawn into the joins of the query it stands in. Made once, for an alias
# takes a millisecond, and this door is passed all the time.
_author, _peer = aliased(Actor), aliased(Peer)
_listing, _association = aliased(Listing), aliased(Association)
_mention, _follow = aliased(PostMention), aliased(Follow)
_block, _back = aliased(Block), aliased(Block)
_mute, _thread, _host = aliased(Mute), aliased(ThreadMute), aliased(BlockedHost)
_original = aliased(Post)


@lru_cache(maxsize=_CLAUSES)
def readable(viewer_id: Reader | None) -> sa.ColumnElement[bool]:
    """The clause over ``posts``: it is there, its author is welcome here, and the viewer is in its audience.

    Nobody reads what somebody says who blocked them, or whom they blocked. What was passed on is readable when it is
    so itself, whoever passed it on.
    """
    # Listings whose income depends on recruiting are kept, but shown only where the association says so.
    tolerated = ~sa.exists().where(
        _listing.post_id == Post.id,
        _listing.is_recruitment_based,
        sa.exists().where(_association.recruitment_policy != "show"),
    )
    original = sa.or_(
        Post.boost_of_id.is_(None),
        sa.exists().where(
            _original.id == Post.boost_of_id,
            _original.deleted_at.is_(None),
            _original.visibility.in_(OPEN),
            sa.or_(_original.author_id == viewer_id, _is_welcome(_original.author_id, viewer_id)),
        ),
    )
    is_open = Post.visibility.in_(OPEN)
    welcome = _is_welcome(Post.author_id, viewer_id)
    if viewer_id is None:
        return sa.and_(Post.deleted_at.is_(None), is_open, welcome, tolerated, original)
    is_named = sa.exists().where(_mention.post_id == Post.id, _mention.actor_id == viewer_id, _mention.is_addressed)
    follows = _is_followed(viewer_id, Post.author_id)
    # Who is in a circle follows it, here and elsewhere.
    belongs = sa.and_(Post.visibility == "circle", _is_followed(viewer_id, Post.circle_id))
    in_audience = sa.or_(is_open, is_named, sa.and_(Post.visibility == "followers", follows), belongs)
    return sa.and_(
        Post.deleted_at.is_(None),
        sa.or_(Post.author_id == viewer_id, sa.and_(in_audience, welcome, tolerated)),
        original,
    )


def _is_welcome(author_id: Key, viewer_id: Reader | None) -> sa.ColumnElement[bool]:
    """Nobody shut this author out: no officer, and neither of the two the other."""
    is_shut_out = sa.exists().where(_peer.host == _author.host, ~is_let_in(_peer))
    welcome = sa.exists().where(_author.id == author_id, _author.suspended_at.is_(None), ~is_shut_out)
    return welcome if viewer_id is None else sa.and_(welcome, ~_are_apart(viewer_id, author_id))


def _are_apart(viewer_id: Reader, author_id: Key) -> sa.ColumnElement[bool]:
    # Two questions to one unique index, whatever the number of blocks.
    return sa.or_(
        sa.exists().where(_block.blocking_id == viewer_id, _block.blocked_id == author_id),
        sa.exists().where(_back.blocking_id == author_id, _back.blocked_id == viewer_id),
    )


def _is_followed(viewer_id: Reader, author_id: Key | InstrumentedAttribute[int | None]) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        _follow.follower_id == viewer_id, _follow.followed_id == author_id, _follow.state == "accepted"
    )


@lru_cache(maxsize=_CLAUSES)
def wanted(viewer_id: Reader) -> sa.ColumnElement[bool]:
    """The clause over ``posts`` for lists: nobody muted, no muted conversation, nothing of hosts the viewer shut out.

    What it leaves out can still be opened: it says what somebody wants to meet, not what they may read.
    """
    # Correlated by name: it stands two levels below the posts it looks at.
    found = sa.select(_original.author_id).where(_original.id == Post.boost_of_id).correlate(Post)
    original_author = found.scalar_subquery()
    return sa.or_(
        Post.author_id == viewer_id,
        sa.and_(
            ~_is_unwanted(viewer_id, Post.author_id),
            sa.or_(Post.boost_of_id.is_(None), ~_is_unwanted(viewer_id, original_author)),
            ~sa.exists().where(_thread.actor_id == viewer_id, _thread.context == Post.context),
        ),
    )


@lru_cache(maxsize=_CLAUSES)
def unmuted(viewer_id: Reader) -> sa.ColumnElement[bool]:
    """The clause over ``posts`` for a conversation that the viewer opened: its answers but for those of whom they
    muted, or whose host they shut out."""
    return sa.or_(Post.author_id == viewer_id, ~_is_unwanted(viewer_id, Post.author_id))


def _is_unwanted(viewer_id: Reader, author_id: Key) -> sa.ColumnElement[bool]:
    # Mutes that are over are removed by the housekeeping.
    return sa.or_(
        sa.exists().where(_mute.muting_id == viewer_id, _mute.muted_id == author_id),
        sa.exists().where(_host.actor_id == viewer_id, _host.host == _author.host, _author.id == author_id),
    )


@lru_cache(maxsize=_CLAUSES)
def widely_shown(viewer_id: Reader | None) -> sa.ColumnElement[bool]:
    """The clause over ``posts`` for lists of what everybody says: officers did not limit its author.

    Who follows a limited author, or is them, finds them everywhere as before.
    """
    unlimited = sa.exists().where(_author.id == Post.author_id, is_unlimited(_author))
    if viewer_id is None:
        return unlimited
    return sa.or_(unlimited, Post.author_id == viewer_id, _is_followed(viewer_id, Post.author_id))


@lru_cache(maxsize=_CLAUSES)
def listed(viewer_id: Reader | None) -> sa.ColumnElement[bool]:
    """The clause over ``posts`` for what stands before a viewer unasked: all three questions at once."""
    shown = sa.and_(readable(viewer_id), widely_shown(viewer_id))
    return shown if viewer_id is None else sa.and_(shown, wanted(viewer_id))


def is_unlimited(actor: type[Actor] = Actor) -> sa.ColumnElement[bool]:
    """The clause over ``actors``: officers limited neither them nor their host."""
    return sa.and_(
        actor.limited_at.is_(None), ~sa.exists().where(_peer.host == actor.host, _peer.limited_at.is_not(None))
    )


def people_listed(viewer_id: Reader | None) -> sa.ColumnElement[bool]:
    """The clause over ``actors`` for lists of people: nobody shut out, and to strangers nobody limited.

    Whom the viewer keeps away, or who keeps the viewer away, is left out too.
    """
    shut_out = sa.exists().where(_peer.host == Actor.host, ~is_let_in(_peer))
    shown = sa.and_(Actor.suspended_at.is_(None), ~shut_out)
    if viewer_id is None:
        return sa.and_(shown, is_unlimited())
    return sa.and_(
        shown,
        sa.or_(is_unlimited(), Actor.id == viewer_id, _is_followed(viewer_id, Actor.id)),
        ~_are_apart(viewer_id, Actor.id),
        ~sa.exists().where(_host.actor_id == viewer_id, _host.host == Actor.host),
    )


class _Key(NamedTuple):
    id: int


@lru_cache
def _readable(viewer: Viewer) -> Question[_Key]:
    return Question(_Key, sa.select(Post.id).where(Post.id == given("post"), readable(viewer)))


async def can_read(work: Reading, viewer_id: int | None, post_id: int) -> bool:
    """The same door for one post."""
    return await _readable(viewer_of(viewer_id)).first(work, viewer=viewer_id, post=post_id) is not None
