"""What every kind of content keeps beside its row, and how it is announced: mentions, hashtags, pictures, news."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from node import markdown, search
from node.access import OPEN
from node.accounts.model import AccessToken, Account, LoginSession
from node.actors.model import Actor
from node.asking import Question, all_of, among, copies, copy_of, given
from node.changing import Change, table_of
from node.circles import distribution
from node.errors import Forbidden, Gone, NotFound
from node.follows.model import Follow
from node.live import EVERYBODY
from node.media import service as media
from node.media.model import Media
from node.notifications import service as notifications
from node.notifications.model import Notification
from node.outbox import service as outbox
from node.outbox.service import Audience
from node.pins.model import Pin
from node.polls import service as polls
from node.posts import quoting, rules
from node.posts.model import Post, PostMention, PostTag, PostVersion
from node.posts.originals import BOOST
from node.reactions.model import Reaction
from node.testimonials.model import Testimonial
from node.text import fold
from node.words import N_
from node.work import Reading, Writing
from schemas.values import Document

FEED = "feed"
"""The topic open feeds listen to."""
_LATELY = timedelta(days=1)
_OPEN_FEEDS = 500  # a hint for open pages, not a delivery
STREAM = "stream"
"""The topic the home timelines of apps listen to."""
PUBLIC_STREAM = "public"
"""The topic, told to EVERYBODY, of what anybody may read."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A picture in the order it is to be shown; ``alt`` says in words what is on it."""

    media_id: int
    alt: str = ""


def require_voice(author: Actor) -> None:
    """Only somebody who is here and not suspended can say something."""
    if author.suspended_at is not None or author.gone_at is not None or not author.is_local:
        raise Forbidden(N_("This account cannot publish anything at the moment."))


async def own(work: Reading, author: Actor, post_id: int, kind: str | None = None) -> Post:
    """A post of this author. Other people's answer as if they did not exist. Raises NotFound, Gone."""
    post = await work.session.get(Post, post_id)
    if post is None or post.author_id != author.id or post.kind == BOOST or (kind is not None and post.kind != kind):
        raise NotFound
    if post.deleted_at is not None:
        raise Gone
    return post


async def mentioned(work: Reading, post_id: int) -> list[Actor]:
    """Who is named in a post, in a lasting order."""
    found = await work.session.scalars(
        sa.select(Actor)
        .join(PostMention, PostMention.actor_id == Actor.id)
        .where(PostMention.post_id == post_id)
        .order_by(Actor.id)
    )
    return list(found)


_OF_POST = given("post")
_NAMED: Question[Any] = Question(
    copy_of(Actor),
    all_of(Actor)
    .join(PostMention, PostMention.actor_id == Actor.id)
    .where(PostMention.post_id == _OF_POST)
    .order_by(Actor.id),
)
_TAGS = copies(PostTag, PostTag.post_id == _OF_POST, order=[PostTag.tag])


_keepers = sa.union(
    *(
        sa.select(Post.author_id).where(column == _OF_POST)
        for column in (Post.boost_of_id, Post.parent_id, Post.quoted_id)
    ),
    sa.select(Reaction.actor_id).where(Reaction.post_id == _OF_POST),
).subquery()
_KEEPERS: Question[tuple[int]] = Question(
    tuple,
    sa.select(sa.func.min(Actor.id))
    .where(Actor.id.in_(sa.select(_keepers)), Actor.is_local.is_(False), Actor.gone_at.is_(None))
    .group_by(Actor.host),
)


async def named_in(work: Reading, post_id: int) -> list[Actor]:
    """As mentioned(), to be looked at only: they belong to no session."""
    return await _NAMED.ask(work, post=post_id)


async def tags_of(work: Reading, post_id: int) -> list[str]:
    """The folded hashtags of a post."""
    return [row.tag for row in await _TAGS.ask(work, post=post_id)]


async def keep_mentions(
    work: Writing, post: Post, addressed: Sequence[Actor], named: Sequence[Actor] = (), *, is_new: bool = False
) -> None:
    """``addressed`` are named and get it; ``named`` merely occur in the text. A new post has none to be taken away."""
    if not is_new:
        await work.session.execute(sa.delete(PostMention).where(PostMention.post_id == post.id))
    rows = {actor.id: False for actor in named} | {actor.id: True for actor in addressed}
    await _ADD_MENTIONS.make_many(
        work,
        [{"post_id": post.id, "actor_id": id, "is_addressed": is_addressed} for id, is_addressed in rows.items()],
    )


async def keep_tags(work: Writing, post: Post, tags: Sequence[str], *, is_new: bool = False) -> None:
    """The hashtags of a post, folded; its lens is one more, for people whose programs know no lenses."""
    if not is_new:
        await work.session.execute(sa.delete(PostTag).where(PostTag.post_id == post.id))
    wanted = [*tags, post.lens] if post.is_local and post.lens != "both" else tags
    await _ADD_TAGS.make_many(work, [{"post_id": post.id, "tag": tag} for tag in folded(wanted)])


_ADD_MENTIONS, _ADD_TAGS = Change(sa.insert(table_of(PostMention))), Change(sa.insert(table_of(PostTag)))


def folded(tags: Sequence[str]) -> list[str]:
    """Hashtags as they are kept: each once, and not too many."""
    found = dict.fromkeys(fold(tag)[:100] for tag in tags)
    return [tag for tag in list(found)[: markdown.MAX_HASHTAGS] if tag]


async def keep_pictures(work: Writing, author: Actor, post: Post, pictures: Sequence[Attached]) -> None:
    """Exactly these pictures, in this order; earlier ones that are not among them go."""
    wanted = [picture.media_id for picture in pictures]
    await work.session.execute(sa.delete(Media).where(Media.post_id == post.id, Media.id.not_in(wanted)))
    await media.attach(work, author.id, wanted, post.id)
    for picture in pictures:
        await work.session.execute(
            sa.update(Media).where(Media.id == picture.media_id).values(alt=picture.alt.strip()[: rules.ALT_LIMIT])
        )


async def announce(
    work: Writing, author: Actor, post: Post, activity: Document, told: Sequence[int] | None = None
) -> None:
    """Send a Create, Update or Delete of a post to everybody it is addressed to; in a circle, through the circle."""
    is_new = activity["type"] == "Create"
    if told is None:
        told = [actor.id for actor in await mentioned(work, post.id)] if is_new else await concerned(work, post)
    if post.circle_id is None:
        await outbox.publish(work, author, activity, audience(post, told))
        return
    ours = await distribution.of_post(work, post)
    is_closed = post.visibility == distribution.CLOSED
    reached = [*told, post.circle_id]
    if ours is not None and is_closed:
        reached += [actor.id for actor in await distribution.members_elsewhere(work, post.circle_id)]
    # A microblog that was told of the post by its id hears from the author what became of it.
    further = [post.circle_id] if ours is not None and not is_closed and not is_new else []
    said = await outbox.publish(
        work, author, activity, Audience(public=not is_closed, actors=reached, followers_of=further)
    )
    if ours is not None and is_new:
        await distribution.spread(work, *ours, post, distribution.written(said))
    elif ours is not None:
        await distribution.echo(work, post, distribution.written(said))


async def concerned(work: Reading, post: Post) -> list[int]:
    """Beside those who follow, the keys of those who hear what becomes of a post: who is named in it and, where all may
    read it, somebody of each host that has it because they passed it on, answered, quoted or liked it."""
    named = [actor.id for actor in await mentioned(work, post.id)]
    if post.visibility not in OPEN:
        return named
    return list({*named, *(row[0] for row in await _KEEPERS.ask(work, post=post.id))})


async def bury(work: Writing, post: Post) -> None:
    """Text, pictures, tags, news of it and what others did with it go; the row stays as a tombstone."""
    post.title, post.content, post.source, post.warning, post.document = "", "", None, "", None
    post.deleted_at = work.now
    await work.session.execute(sa.delete(Media).where(Media.post_id == post.id))
    await work.session.execute(sa.delete(PostTag).where(PostTag.post_id == post.id))
    await work.session.execute(sa.delete(PostVersion).where(PostVersion.post_id == post.id))
    await polls.drop(work, post.id)
    await work.session.execute(sa.delete(Notification).where(Notification.post_id == post.id))
    await work.session.execute(sa.delete(Reaction).where(Reaction.post_id == post.id))
    await work.session.execute(sa.delete(Pin).where(Pin.post_id == post.id))
    await work.session.execute(sa.delete(Testimonial).where(Testimonial.post_id == post.id))
    await work.session.execute(sa.delete(Post).where(Post.boost_of_id == post.id))
    post.likes = post.boosts = 0
    if post.quoted_uri is not None:
        await quoting.drop(work, post.uri)
    await search.forget(work, post.id)
    await work.session.flush()


async def tell_addressed(work: Writing, post: Post, addressed: Sequence[Actor], parent: Post | None) -> None:
    """Notify the members it is addressed to; a stranger's words wait for their contact hours."""
    if post.is_history:
        return
    for actor in addressed:
        account_id = await notifications.account_of(work, actor.id) if actor.is_local else None
        if account_id is None or actor.id == post.author_id:
            continue
        answered = parent if parent is not None and parent.author_id == actor.id else None
        await notifications.notify(
            work,
            account_id,
            kind_of_news(post.kind, post.visibility, answered.kind if answered is not None else None),
            f"post:{post.id}",
            actor_id=post.author_id,
            post_id=post.id,
            visible_at=await notifications.heard_at(work, actor.id, post.author_id),
        )


@dataclass(frozen=True, slots=True)
class Said:
    """What is asked of a post before its readers are told that it is there, changed or went."""

    id: int
    author_id: int
    visibility: str
    is_boost: bool = False
    is_beginning: bool = False
    """It is there, has words of its own and answers nothing."""


async def tell_feeds(work: Writing, post: Post) -> None:
    """Let the open feeds in which it appears know: of followers, and for one of ours of every member lately here."""
    if post.visibility == "direct" or post.is_history:
        return
    is_boost = post.kind == BOOST
    if post.is_local:
        own = await work.session.scalar(_LISTENS_TO_THEMSELVES, {"actor": post.author_id})
        if own is not None:
            work.tell(own, STREAM)
        if post.visibility != "followers" and not is_boost:
            here = await work.session.scalars(_HERE, {"author": post.author_id, "lately": work.now - _LATELY})
            for account_id in here:
                work.tell(account_id, FEED)
    is_beginning = not is_boost and post.parent_uri is None and post.deleted_at is None
    await tell_followers(work, [Said(post.id, post.author_id, post.visibility, is_boost, is_beginning)])


async def tell_followers(work: Writing, found: Sequence[Said]) -> None:
    """Let the open feeds and streams know in which any of these appears.

    Followers who asked their app for it are also notified, once, of what begins a conversation.
    """
    if not found:
        return
    words = [said.author_id for said in found if not said.is_boost]
    boosts = [said.author_id for said in found if said.is_boost]
    readers = await _READERS.ask(work, words=words, boosts=boosts, lately=work.now - _LATELY)
    for account_id, is_here, listens in readers:
        if is_here:
            work.tell(account_id, FEED)
        if listens:
            work.tell(account_id, STREAM)
    beginnings = [said for said in found if said.is_beginning]
    if beginnings:
        asked = await _ASKED_FOR.ask(work, authors={said.author_id for said in beginnings})
        accounts: dict[int, list[int]] = {}
        for author_id, account_id in asked:
            accounts.setdefault(author_id, []).append(account_id)
        for said in beginnings:
            for account_id in accounts.get(said.author_id, ()):
                await notifications.notify(
                    work, account_id, "said", f"said:{said.id}", actor_id=said.author_id, post_id=said.id
                )
    if any(said.visibility == "public" and not said.is_boost for said in found):
        work.tell(EVERYBODY, PUBLIC_STREAM)


# Asked for everything that is said, so made once.
_IS_HERE = sa.exists().where(
    LoginSession.account_id == Account.id,
    LoginSession.seen_at > given("lately", LoginSession.seen_at.type),
)
_LISTENS = sa.exists().where(AccessToken.account_id == Account.id, AccessToken.revoked_at.is_(None))
_LISTENS_TO_THEMSELVES = sa.select(Account.id).where(Account.actor_id == sa.bindparam("actor"), _LISTENS)
_HERE = sa.select(Account.id).where(Account.actor_id != sa.bindparam("author"), _IS_HERE).limit(_OPEN_FEEDS)
_FOLLOWERS = sa.select(Follow.follower_id).where(
    Follow.state == "accepted",
    sa.or_(
        among(Follow.followed_id, "words"),
        sa.and_(among(Follow.followed_id, "boosts"), Follow.shows_boosts),
    ),
)
_READERS: Question[tuple[int, bool, bool]] = Question(
    tuple,
    sa.select(Account.id, _IS_HERE, _LISTENS)
    .where(Account.actor_id.in_(_FOLLOWERS), sa.or_(_IS_HERE, _LISTENS))
    .limit(_OPEN_FEEDS),
)
_ASKED_FOR: Question[tuple[int, int]] = Question(
    tuple,
    sa.select(Follow.followed_id, Account.id)
    .join(Account, Account.actor_id == Follow.follower_id)
    .where(
        among(Follow.followed_id, "authors"),
        Follow.state == "accepted",
        Follow.notifies,
        _LISTENS,
    )
    .limit(_OPEN_FEEDS),
)


def kind_of_news(kind: str, visibility: str, answered: str | None) -> str:
    """What a post is to somebody it is addressed to; ``answered`` is the kind of what of theirs it answers."""
    if kind == "listing" and visibility == "direct":
        return "offer"
    if kind == "testimonial":
        return "recommendation"
    if answered is not None:
        return "listing_answer" if answered == "listing" else "reply"
    return "message" if visibility == "direct" else "mention"


def audience(post: Post, told: Sequence[int]) -> Audience:
    return Audience(
        public=post.visibility in ("public", "quiet"),
        followers=post.visibility in ("public", "quiet", "followers"),
        actors=told,
    )
