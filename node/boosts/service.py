"""Passing on what somebody said: a boost is a row of posts that has no words of its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.access import OPEN
from node.actors.model import Actor
from node.errors import Forbidden, Invalid
from node.ids import new_id
from node.moderation.queries import may_reach
from node.notifications import service as notifications
from node.outbox import service as outbox
from node.outbox import wire as activities
from node.outbox.service import Audience
from node.posts import copies, wire
from node.posts.model import Post
from node.posts.originals import BOOST, original
from node.posts.parts import require_voice, tell_feeds
from node.words import N_, Message
from node.work import Reading, Writing
from schemas.values import PUBLIC

WIDTHS = ("public", "quiet", "followers")
"""How widely something can be passed on."""


async def of(work: Reading, actor_id: int, post_id: int) -> Post | None:
    """By what ``actor`` passed this post on; None when they did not."""
    return await work.session.scalar(sa.select(Post).where(Post.boost_of_id == post_id, Post.author_id == actor_id))


# what members do


async def pass_on(work: Writing, actor: Actor, post_id: int, visibility: str = "public") -> Post:
    """Show a post to those who follow ``actor``; twice is the same as once.

    Raises NotFound (not theirs to read), Forbidden (not for everybody, or suspended), Invalid.
    """
    require_voice(actor)
    post = await original(work, actor.id, post_id)
    if post.visibility not in OPEN:
        raise Forbidden(N_("This was not said to everybody, so it cannot be passed on."))
    if visibility not in WIDTHS:
        raise Invalid({"visibility": N_("Please choose one of these.")})
    author = await work.session.get_one(Actor, post.author_id)
    if not await may_reach(work, actor, author):
        raise Forbidden(Message(N_("You and %(name)s keep apart."), {"name": author.name or author.username}))
    known = await of(work, actor.id, post.id)
    if known is not None:
        return known
    to, cc = wire.addressing(visibility, actor.followers_uri or "", [author.uri])
    announce = activities.announce(actor.uri, post.uri, work.now, to, cc)
    audience = Audience(public=visibility in OPEN, followers=True, actors=[author.id])
    activity = await outbox.publish(work, actor, announce, audience)
    boost = await _keep(work, actor, post, activity.uri, visibility, to, cc, work.now)
    if boost is None:
        raise Invalid(message=N_("You have passed this on already."))
    await _tell_author(work, actor, author, post)
    return boost


async def take_back(work: Writing, actor: Actor, post_id: int) -> Post:
    """No longer pass a post on; nothing happens when nobody did. The post. Raises NotFound."""
    post = await original(work, actor.id, post_id)
    boost = await of(work, actor.id, post.id)
    if boost is not None:
        author = await work.session.get_one(Actor, post.author_id)
        announce = activities.announce(
            actor.uri, post.uri, boost.published_at, tuple(boost.to), tuple(boost.cc), uri=boost.uri
        )
        undo = activities.undo(actor.uri, announce, boost.to, boost.cc)
        audience = Audience(public=boost.visibility in OPEN, followers=True, actors=[author.id])
        await outbox.publish(work, actor, undo, audience)
        await forget(work, actor, boost)
    return post


# what others send


async def receive(
    work: Writing, actor: Actor, uri: str, post: Post, *, to: Sequence[str], cc: Sequence[str], at: datetime | None
) -> Post | None:
    """``actor`` of elsewhere passed a post on. None when it is not theirs to pass on, or was taken back before.

    The same post passed on again, under whatever id, is the boost that is there already.
    """
    if post.deleted_at is not None or not is_for_passing_on(post.kind, post.visibility):
        return None
    visibility = width(actor.followers_uri, to, cc)
    if visibility is None or await copies.is_buried(work, uri, actor.uri):
        return None
    author = await work.session.get_one(Actor, post.author_id)
    if author.gone_at is not None or not await may_reach(work, actor, author):
        return None
    known = await of(work, actor.id, post.id)
    if known is not None:
        return known
    boost = await _keep(work, actor, post, uri, visibility, to, cc, min(at or work.now, work.now))
    if boost is not None and not work.is_history:
        await _tell_author(work, actor, author, post)
    return boost


async def receive_undo(work: Writing, actor: Actor, uri: str, post_uri: str | None = None) -> bool:
    """``actor`` takes back what they passed on, found by the id of the Announce or by what it was about."""
    mine = sa.select(Post).where(Post.author_id == actor.id, Post.kind == BOOST)
    boost = await work.session.scalar(mine.where(Post.uri == uri)) if uri else None
    if boost is None and post_uri:
        passed_on = aliased(Post)
        boost = await work.session.scalar(
            mine.join(passed_on, passed_on.id == Post.boost_of_id).where(passed_on.uri == post_uri)
        )
    if boost is None:
        return False
    await forget(work, actor, boost)
    return True


async def forget(work: Writing, actor: Actor, boost: Post) -> None:
    """Nothing is left of a boost: it never had words that a tombstone would have to stand for."""
    await work.session.execute(
        sa.update(Post).where(Post.id == boost.boost_of_id, Post.boosts > 0).values(boosts=Post.boosts - 1)
    )
    post = await work.session.get(Post, boost.boost_of_id)
    account_id = await notifications.account_of(work, post.author_id) if post is not None else None
    if post is not None and account_id is not None:
        await notifications.withdraw(work, account_id, "passed_on", _cause(actor, post))
    await work.session.execute(sa.delete(Post).where(Post.id == boost.id))
    await tell_feeds(work, boost)


async def forget_all(work: Writing, actor: Actor) -> None:
    """``actor`` is gone, and with them all that they passed on."""
    for boost in (
        await work.session.scalars(sa.select(Post).where(Post.author_id == actor.id, Post.kind == BOOST))
    ).all():
        await forget(work, actor, boost)


# inside


def is_for_passing_on(kind: str, visibility: str) -> bool:
    """True for what was said to everybody, and not merely passed on itself."""
    return visibility in OPEN and kind != BOOST


def width(followers_uri: str | None, to: Sequence[str], cc: Sequence[str]) -> str | None:
    """How widely something is passed on, as the addressing says it; None when it is shown to nobody."""
    if PUBLIC in to:
        return "public"
    if PUBLIC in cc:
        return "quiet"
    return "followers" if followers_uri and followers_uri in (*to, *cc) else None


def as_it_is(
    uri: str,
    actor_id: int,
    *,
    is_local: bool,
    of_id: int,
    url: str,
    lens: str,
    visibility: str,
    to: Sequence[str],
    cc: Sequence[str],
    at: datetime,
    now: datetime,
) -> dict[str, Any]:
    """The row of ``posts`` by which ``actor_id`` passed on the post ``of_id``, whose address and lens it has."""
    return {
        "id": new_id(at),
        "uri": uri,
        "url": url,
        "kind": BOOST,
        "is_local": is_local,
        "author_id": actor_id,
        "boost_of_id": of_id,
        "lens": lens,
        "visibility": visibility,
        "to": list(to)[:20],
        "cc": list(cc)[:20],
        "published_at": at,
        "received_at": now,
    }


async def _keep(
    work: Writing,
    actor: Actor,
    post: Post,
    uri: str,
    visibility: str,
    to: Sequence[str],
    cc: Sequence[str],
    at: datetime,
) -> Post | None:
    """None when somebody else wrote the same row at this very moment."""
    insert = work.insert(Post)
    row = as_it_is(
        uri,
        actor.id,
        is_local=actor.is_local,
        of_id=post.id,
        url=post.url,
        lens=post.lens,
        visibility=visibility,
        to=to,
        cc=cc,
        at=at,
        now=work.now,
    ) | {"is_history": work.is_history}
    id = await work.session.scalar(insert.values(**row).on_conflict_do_nothing().returning(Post.id))
    if id is None:
        return None
    await work.session.execute(sa.update(Post).where(Post.id == post.id).values(boosts=Post.boosts + 1))
    boost = await work.session.get_one(Post, id)
    await tell_feeds(work, boost)
    return boost


async def _tell_author(work: Writing, actor: Actor, author: Actor, post: Post) -> None:
    account_id = await notifications.account_of(work, author.id) if author.is_local else None
    if account_id is not None and author.id != actor.id:
        await notifications.notify(
            work,
            account_id,
            "passed_on",
            _cause(actor, post),
            actor_id=actor.id,
            post_id=post.id,
            visible_at=await notifications.heard_at(work, author.id, actor.id),
        )


def _cause(actor: Actor, post: Post) -> str:
    return f"boost:{post.id}:{actor.id}"
