"""How what is said in a circle reaches its people: announced by the circle, or to each member where it is closed.

Software that knows groups gets the whole activity as it came (FEP-1b12), microblogs get the id of a post.
"""

import json
from collections.abc import Sequence
from datetime import timedelta

import orjson
import sqlalchemy as sa

from node.actors.model import Actor
from node.circles import wire
from node.circles.model import Circle, CircleMember
from node.ids import new_id
from node.outbox import service as outbox
from node.outbox import wire as activities
from node.outbox.model import Activity
from node.outbox.service import Audience
from node.peers import dialects
from node.posts.model import Post, PostMention, PostVersion
from node.reactions.model import Reaction
from node.work import Reading, Writing
from schemas.values import PUBLIC, Document

LARGEST = 128 << 10
"""Bytes of an activity that is passed on whole: it goes to every member's server, whoever made it so long."""
CORRECTIONS = 10
"""Of one post in an hour that are passed on."""
VOTES = 200
"""Likes of one member in an hour that are passed on."""
CLOSED = "circle"
"""The visibility of what only the members of its circle read."""


def written(activity: Activity) -> Document:
    """An activity of ours as a document."""
    document: Document = json.loads(activity.document)
    return document


async def of_post(work: Reading, post: Post) -> tuple[Circle, Actor] | None:
    """The circle of ours in which a post was said; None for others and for one that has ended."""
    if post.circle_id is None:
        return None
    circle = await work.session.get(Circle, post.circle_id)
    if circle is None or circle.ended_at is not None:
        return None
    return circle, await work.session.get_one(Actor, post.circle_id)


async def members_elsewhere(work: Reading, circle_id: int) -> Sequence[Actor]:
    """Those to whom what is said in a closed circle is sent by name."""
    rows = await work.session.scalars(
        sa.select(Actor)
        .join(CircleMember, CircleMember.actor_id == Actor.id)
        .where(
            CircleMember.circle_id == circle_id,
            CircleMember.state == "member",
            Actor.is_local.is_(False),
            Actor.gone_at.is_(None),
            Actor.suspended_at.is_(None),
        )
        .order_by(Actor.id)
    )
    return rows.all()


async def spread(work: Writing, circle: Circle, group: Actor, post: Post, activity: Document) -> None:
    """A new post or answer in a circle is passed on, once."""
    if await _is_spread(work, group, activity) or _is_too_large(activity):
        return
    if post.visibility == CLOSED:
        if not post.is_local:  # what our members say goes to each by name
            elsewhere = await members_elsewhere(work, group.id)
            told = [actor.uri for actor in elsewhere]
            document = wire.announce_activity(group.uri, activity, work.now, told, ())
            audience = Audience(actors=[actor.id for actor in elsewhere], taking=dialects.ANNOUNCED_ACTIVITY)
            await outbox.publish(work, group, document, audience)
        return
    await pass_on(work, circle, group, activity)
    by_id = wire.announce_id(group.uri, group.followers_uri or "", post.uri, work.now)
    announced = await outbox.publish(
        work, group, by_id, Audience(public=True, followers=True, taking=dialects.ANNOUNCED_ID)
    )
    if post.parent_uri is None:
        await _show(work, group, post, announced.uri)


async def pass_on(work: Writing, circle: Circle, group: Actor, activity: Document) -> None:
    """Something that was done in a circle, as it was done, to those who know groups."""
    if circle.is_closed:
        return
    document = wire.announce_activity(group.uri, activity, work.now, (PUBLIC,), (group.followers_uri or "",))
    await outbox.publish(work, group, document, Audience(followers=True, taking=dialects.ANNOUNCED_ACTIVITY))


async def echo(work: Writing, post: Post, activity: Document) -> None:
    """What somebody did to a post of a circle of ours (corrected, withdrew, liked it) is passed on too, once."""
    found = await of_post(work, post)
    if found is None or post.visibility == CLOSED or await _is_spread(work, found[1], activity):
        return
    if _is_too_large(activity) or (activity.get("type") == "Update" and await _is_restless(work, post)):
        return
    await pass_on(work, *found, activity)


async def echo_vote(work: Writing, actor_id: int, post_uri: str, activity: Document) -> None:
    """What a member of a circle likes in it is counted wherever the circle is known."""
    post = await work.session.scalar(sa.select(Post).where(Post.uri == post_uri, Post.circle_id.is_not(None)))
    if post is None or post.circle_id is None:
        return
    row = await work.session.get(CircleMember, (post.circle_id, actor_id))
    lately = sa.select(sa.func.count()).where(
        Reaction.actor_id == actor_id, Reaction.created_at > work.now - timedelta(hours=1)
    )
    if row is not None and row.state == "member" and (await work.session.scalar(lately) or 0) <= VOTES:
        await echo(work, post, activity)


async def take_out(work: Writing, circle: Circle, group: Actor, post: Post, deletion: Document | None) -> None:
    """A post no longer stands in the circle; its author keeps it. ``deletion`` is a moderator's word for it."""
    announced = await work.session.scalar(
        sa.select(Activity).where(
            Activity.object_uri == post.uri, Activity.actor_id == group.id, Activity.type == "Announce"
        )
    )
    if announced is not None:
        undo = activities.undo(
            group.uri,
            {key: value for key, value in written(announced).items() if key != "@context"},
            (PUBLIC,),
            (group.followers_uri or "",),
        )
        await outbox.publish(work, group, undo, Audience(public=True, followers=True, taking=dialects.ANNOUNCED_ID))
    if deletion is not None and post.visibility != CLOSED:
        await pass_on(work, circle, group, deletion)
    elif deletion is not None:
        await _take_back(work, group, post, deletion)
    await set_aside(work, group, post)


async def _take_back(work: Writing, group: Actor, post: Post, deletion: Document) -> None:
    """What stood in a closed circle goes from the servers of its members, but for those who are named in it.

    Who knows groups hears it from the circle; to others the author's own Delete is the one word for it, and they have
    it only from an author of ours.
    """
    named = set(await work.session.scalars(sa.select(PostMention.actor_id).where(PostMention.post_id == post.id)))
    elsewhere = [actor for actor in await members_elsewhere(work, group.id) if actor.id not in named | {post.author_id}]
    told, keys = [actor.uri for actor in elsewhere], [actor.id for actor in elsewhere]
    announced = wire.announce_activity(group.uri, deletion, work.now, told, ())
    await outbox.publish(work, group, announced, Audience(actors=keys, taking=dialects.ANNOUNCED_ACTIVITY))
    if post.is_local:
        author = await work.session.get_one(Actor, post.author_id)
        document = activities.delete(author.uri, post.uri, work.now, told)
        await outbox.publish(work, author, document, Audience(actors=keys, taking=dialects.ANNOUNCED_ID))


async def set_aside(work: Writing, group: Actor, post: Post) -> None:
    """Nobody finds a post in the group any more, here."""
    boost = await work.session.scalar(sa.select(Post.id).where(Post.boost_of_id == post.id, Post.author_id == group.id))
    if boost is not None:
        await work.session.execute(sa.delete(Post).where(Post.id == boost))
        post.boosts = max(post.boosts - 1, 0)
    post.circle_id = None
    if post.visibility == CLOSED:
        post.visibility = "direct"
    await work.session.flush()


def _is_too_large(activity: Document) -> bool:
    return len(orjson.dumps(activity)) > LARGEST


async def _is_restless(work: Reading, post: Post) -> bool:
    """Its author corrects it without end."""
    lately = sa.select(sa.func.count()).where(
        PostVersion.post_id == post.id, PostVersion.written_at > work.now - timedelta(hours=1)
    )
    return (await work.session.scalar(lately) or 0) > CORRECTIONS


async def _is_spread(work: Reading, group: Actor, activity: Document) -> bool:
    uri = activity.get("id")
    if not isinstance(uri, str):
        return False
    known = sa.exists().where(Activity.object_uri == uri, Activity.actor_id == group.id, Activity.type == "Announce")
    return bool(await work.session.scalar(sa.select(known)))


async def _show(work: Writing, group: Actor, post: Post, uri: str) -> None:
    """What a circle passes on stands in the feeds of those here who follow it."""
    insert = work.insert(Post)
    boost = await work.session.scalar(
        insert.values(
            id=new_id(work.now),
            uri=uri,
            url=post.url,
            kind="boost",
            is_local=True,
            author_id=group.id,
            boost_of_id=post.id,
            lens=post.lens,
            visibility="public",
            to=[PUBLIC],
            cc=[group.followers_uri or ""],
            published_at=work.now,
            received_at=work.now,
        )
        .on_conflict_do_nothing()
        .returning(Post.id)
    )
    if boost is not None:
        post.boosts += 1
        await work.session.flush()
