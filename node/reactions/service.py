"""Liking what somebody said, or answering it with an emoji."""

import re
import unicodedata
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from node.access import can_read
from node.actors import queries as actors
from node.actors.model import Actor
from node.asking import Question, given
from node.changing import Change, table_of
from node.db import insert
from node.errors import Forbidden, Invalid
from node.ids import new_id
from node.moderation.queries import may_reach
from node.notifications import service as notifications
from node.outbox import service as outbox
from node.outbox import wire
from node.outbox.service import Audience
from node.posts import copies
from node.posts.model import Post
from node.posts.originals import BOOST, original
from node.posts.parts import require_voice
from node.reactions.model import Reaction
from node.words import N_, Message
from node.work import Reading, Writing

LIKE = ""
"""``reactions.emoji`` of a plain like."""
SIGNS = {
    "👏": N_("Well done"),
    "🎉": N_("Congratulations"),
    "💡": N_("Good idea"),
    "🙏": N_("Thank you"),
    "😄": N_("That made me laugh"),
    "🤝": N_("Count me in"),
}
"""With which our members can like something; others may use any emoji."""
MOST = 10
"""Different emoji of one person under one post."""
_SHORTCODE = re.compile(r":[\w.+-]{1,60}(@[\w.:-]{1,30})?:", re.ASCII)


def emoji_of(content: str | None) -> str:
    """The reaction in the ``content`` of a Like or EmojiReact (FEP-c0e0); what is no emoji counts as a plain like."""
    text = (content or "").strip()
    if _SHORTCODE.fullmatch(text):
        return text
    is_sign = any(unicodedata.category(character) in ("So", "Sk", "Sm") or character == "\u20e3" for character in text)
    return text if is_sign and len(text) <= 16 and not any(character.isspace() for character in text) else LIKE


async def of(work: Reading, actor_id: int, post_id: int, emoji: str = LIKE) -> Reaction | None:
    """What is there of this actor under this post."""
    return await work.session.scalar(
        sa.select(Reaction).where(Reaction.actor_id == actor_id, Reaction.post_id == post_id, Reaction.emoji == emoji)
    )


# what members do


async def like(work: Writing, actor: Actor, post_id: int, emoji: str = LIKE) -> Post:
    """Like a post, plainly or with one of the signs; twice is the same as once, and another sign takes its place.

    Raises NotFound (not theirs to read), Invalid, Forbidden.
    """
    require_voice(actor)
    if emoji != LIKE and emoji not in SIGNS:
        raise Invalid({"emoji": N_("Please choose one of these.")})
    post = await original(work, actor.id, post_id)
    author = await work.session.get_one(Actor, post.author_id)
    if not await may_reach(work, actor, author):
        raise Forbidden(Message(N_("You and %(name)s keep apart."), {"name": author.name or author.username}))
    given = await _of_actor(work, actor.id, post.id)
    if emoji in given:
        return post
    if given:
        await unlike(work, actor, post.id)
    if author.is_local and post.circle_id is None:
        uri = work.uris.activity(new_id(work.now))
    else:
        document = wire.like(actor.uri, post.uri, author.uri, emoji=emoji)
        uri = (await outbox.publish(work, actor, document, Audience(actors=_hearing(author, post)))).uri
    await _keep(work, actor, author, post.id, uri, emoji)
    await work.session.refresh(post, ["likes"])
    return post


def _hearing(author: Actor, post: Post) -> list[int]:
    """The author, and the group in which it was said: it counts for others what its members like."""
    return [author.id] if post.circle_id is None else [author.id, post.circle_id]


async def unlike(work: Writing, actor: Actor, post_id: int) -> Post:
    """No longer like a post; nothing happens when nobody did. Raises NotFound."""
    post = await original(work, actor.id, post_id)
    mine = sa.select(Reaction).where(Reaction.actor_id == actor.id, Reaction.post_id == post.id)
    author = await work.session.get_one(Actor, post.author_id)
    for row in (await work.session.scalars(mine)).all():
        if not author.is_local or post.circle_id is not None:
            document = wire.like(actor.uri, post.uri, author.uri, uri=row.uri, emoji=row.emoji)
            undo = wire.undo(actor.uri, document, [author.uri])
            await outbox.publish(work, actor, undo, Audience(actors=_hearing(author, post)))
        await _forget(work, row)
    return post


# what others send


async def receive(work: Writing, actor: Actor, uri: str, post_uri: str, emoji: str) -> bool:
    """``actor`` of elsewhere likes a post. False when there is none that they may read, or it was taken back before.

    Whether a post exists that they may not read is not to be learnt this way: nothing differs.
    """
    post = await _BY_URI.first(work, uri=post_uri)
    if post is not None and post.kind == BOOST and post.boost_of_id is not None:
        post = await _BY_ID.first(work, post=post.boost_of_id)
    if post is None or post.deleted_at is not None or not await can_read(work, actor.id, post.id):
        return False
    author = await actors.one(work, post.author_id)
    if not await may_reach(work, actor, author) or await copies.is_buried(work, uri, actor.uri):
        return False
    await work.count_alone("reactions", actor.id)
    given = await _of_actor(work, actor.id, post.id)
    if emoji in given:
        return True
    if len(given) >= MOST:
        return False
    await _keep(work, actor, author, post.id, uri, emoji)
    return True


async def receive_undo(work: Writing, actor: Actor, uri: str, post_uri: str | None = None, emoji: str = LIKE) -> bool:
    """``actor`` takes a reaction back, found by its id or by what it was about."""
    row = None
    if uri:
        row = await work.session.scalar(sa.select(Reaction).where(Reaction.uri == uri, Reaction.actor_id == actor.id))
    if row is None and post_uri:
        row = await work.session.scalar(
            sa.select(Reaction)
            .join(Post, Post.id == Reaction.post_id)
            .where(Reaction.actor_id == actor.id, Post.uri == post_uri, Reaction.emoji == emoji)
        )
    if row is None:
        return False
    await _forget(work, row)
    return True


async def forget_all(work: Writing, actor: Actor) -> None:
    """``actor`` is gone, and with them what they liked."""
    for row in (await work.session.scalars(sa.select(Reaction).where(Reaction.actor_id == actor.id))).all():
        await _forget(work, row)


# inside


async def _of_actor(work: Reading, actor_id: int, post_id: int) -> list[str]:
    return [row[0] for row in await _OF_ACTOR.ask(work, actor=actor_id, post=post_id)]


class _Liked(NamedTuple):
    """What is asked of a post that somebody likes."""

    id: int
    kind: str
    boost_of_id: int | None
    author_id: int
    deleted_at: datetime | None


_LIKED = sa.select(Post.id, Post.kind, Post.boost_of_id, Post.author_id, Post.deleted_at)
_BY_URI = Question(_Liked, _LIKED.where(Post.uri == given("uri", sa.String)))
_BY_ID = Question(_Liked, _LIKED.where(Post.id == given("post")))
_OF_ACTOR: Question[tuple[str]] = Question(
    tuple, sa.select(Reaction.emoji).where(Reaction.actor_id == given("actor"), Reaction.post_id == given("post"))
)
_REACTIONS, _POSTS = table_of(Reaction), table_of(Post)
_ADD = Change(lambda dialect: insert(_REACTIONS, dialect).on_conflict_do_nothing().returning(_REACTIONS.c.id))
_COUNT = Change(sa.update(_POSTS).where(_POSTS.c.id == given("key")).values(likes=_POSTS.c.likes + 1))


async def _keep(work: Writing, actor: Actor, author: Actor, post_id: int, uri: str, emoji: str) -> None:
    """``posts.likes`` counts people: somebody with three emoji is one."""
    is_first = not await _of_actor(work, actor.id, post_id)
    added = await _ADD.returned(
        work, id=new_id(work.now), uri=uri, actor_id=actor.id, post_id=post_id, emoji=emoji, created_at=work.now
    )
    if not added or not is_first:
        return
    await _COUNT.make(work, key=post_id)
    account_id = await notifications.account_of(work, author.id) if author.is_local else None
    if account_id is not None and author.id != actor.id:
        await notifications.notify(
            work,
            account_id,
            "liked",
            _cause(actor.id, post_id),
            actor_id=actor.id,
            post_id=post_id,
            visible_at=await notifications.heard_at(work, author.id, actor.id),
        )


async def _forget(work: Writing, row: Reaction) -> None:
    await work.session.execute(sa.delete(Reaction).where(Reaction.id == row.id))
    if await _of_actor(work, row.actor_id, row.post_id):
        return
    await work.session.execute(
        sa.update(Post).where(Post.id == row.post_id, Post.likes > 0).values(likes=Post.likes - 1)
    )
    post = await work.session.get(Post, row.post_id)
    account_id = await notifications.account_of(work, post.author_id) if post is not None else None
    if account_id is not None:
        await notifications.withdraw(work, account_id, "liked", _cause(row.actor_id, row.post_id))


def _cause(actor_id: int, post_id: int) -> str:
    return f"like:{post_id}:{actor_id}"
