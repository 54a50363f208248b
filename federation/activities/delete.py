"""Delete: a post, a statement or a whole account is gone for ever."""

import sqlalchemy as sa

from federation.directory import Directory
from federation.errors import Refused
from node import catalogue
from node.actors import queries as actors
from node.actors import remote as copies
from node.actors.model import Actor
from node.associations import vouches
from node.associations.model import Vouch
from node.boosts import service as boosts
from node.circles import distribution, members
from node.follows.model import Follow
from node.invitations.model import Connection
from node.posts import consents
from node.posts import copies as posts
from node.posts.model import Post
from node.posts.originals import BOOST
from node.posts.service import retell
from node.reactions import service as reactions
from node.work import Writing
from schemas.activities import Activity
from schemas.values import Malformed, same_origin


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Forget it. What we never saw is remembered as deleted, for its Create may still be on the way."""
    uri = activity.object_id
    if uri is None:
        raise Malformed("Delete without an object")
    if uri == actor.uri:
        await _everything(work, actor)
        return
    if not same_origin(uri, actor.uri):
        raise Refused("what is deleted is not on the server of who deletes it")
    post = await work.session.scalar(sa.select(Post).where(Post.uri == uri))
    if post is not None:
        if post.author_id != actor.id:
            raise Refused("it is somebody else's")
        if post.kind == BOOST:
            await boosts.forget(work, actor, post)
        else:
            await catalogue.named(post.kind).remove(work, actor, post)
            await distribution.echo(work, post, activity.document)
    elif await actors.by_uri(work, uri) is not None:
        raise Refused("an account is closed by its owner alone")
    elif not await _no_longer_quoted(work, actor, uri) and not await vouches.unhear_statement(work, actor, uri):
        await posts.entomb(work, uri, actor.uri)


async def _no_longer_quoted(work: Writing, actor: Actor, stamp_uri: str) -> bool:
    """Whether what is gone is the yes to a quote (FEP-044f); one of ours then says so wherever it went."""
    was_stamp, post = await consents.hear_withdrawal(work, actor, stamp_uri)
    if post is not None and post.is_local:
        await retell(work, post)
    return was_stamp


async def _everything(work: Writing, actor: Actor) -> None:
    """Somebody closed their account: what they wrote goes, and nothing here points to them as if they were there."""
    await members.forget_all(work, actor)
    await boosts.forget_all(work, actor)
    await reactions.forget_all(work, actor)
    written = await work.session.scalars(sa.select(Post).where(Post.author_id == actor.id, Post.deleted_at.is_(None)))
    for post in written.all():
        await catalogue.named(post.kind).remove(work, actor, post)
    await work.session.execute(
        sa.delete(Follow).where(sa.or_(Follow.follower_id == actor.id, Follow.followed_id == actor.id))
    )
    await work.session.execute(
        sa.update(Connection)
        .where(
            sa.or_(Connection.inviting_id == actor.id, Connection.invited_id == actor.id),
            Connection.state.in_(("asked", "accepted")),
        )
        .values(state="ended", ended_at=work.now)
    )
    await work.session.execute(
        sa.update(Vouch)
        .where(sa.or_(Vouch.issuer_id == actor.id, Vouch.subject_id == actor.id), Vouch.revoked_at.is_(None))
        .values(revoked_at=work.now)
    )
    await copies.forget(work, actor)
