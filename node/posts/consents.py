"""The consent to quotes: what members ask of others and are asked for, and how a yes is taken back (FEP-044f)."""

import sqlalchemy as sa

from node.actors.model import Actor
from node.errors import Forbidden, NotFound
from node.moderation.queries import may_reach
from node.notifications import service as notifications
from node.outbox import service as outbox
from node.outbox import wire as activities
from node.outbox.service import Audience
from node.posts import quoting
from node.posts.model import Post, Quote
from node.posts.parts import own, tell_feeds
from node.posts.quoting import ACCEPTED, ASKED, AUTOMATIC, REFUSED, WITHDRAWN
from node.work import Reading, Writing
from schemas.quoting import QuoteAuthorization
from schemas.values import Document

NEWS = "quoted"
"""What a member is told whose words somebody quotes."""


# our members quote


async def seek(work: Writing, author: Actor, post: Post, quoted: Post) -> None:
    """Before ``post`` is written out: a yes that is ours to give stands at once, any other is waited for."""
    if quoted.author_id == author.id:
        return
    quoted_author = await work.session.get_one(Actor, quoted.author_id)
    stamp = quoting.stamp_of(work.uris, quoted, post.uri)
    await quoting.keep(work, post.uri, quoted, quoted_author, ACCEPTED if stamp else ASKED, stamp)
    if stamp:
        await _tell(work, quoted_author, author, post)


async def ask(work: Writing, author: Actor, post: Post, quoted: Post, document: Document) -> None:
    """Once ``post`` is said, put the question to whoever wrote ``quoted`` elsewhere.

    They fetch what quotes them; what not everybody can fetch comes with the question.
    """
    row = await quoting.of(work, post.uri)
    if row is None or row.state != ASKED:
        return
    quoted_author = await work.session.get_one(Actor, quoted.author_id)
    instrument = post.uri if post.visibility in ("public", "quiet") else document
    request = activities.quote_request(author.uri, quoted.uri, quoted_author.uri, instrument)
    row.request_uri = (await outbox.publish(work, author, request, Audience(actors=[quoted_author.id]))).uri


async def receive_answer(
    work: Writing, actor: Actor, request_uri: str, quoting_uri: str | None, stamp_uri: str | None, *, is_yes: bool
) -> Post | None:
    """``actor`` answers a question of ours; the post that quotes, whose document says so now. None when we asked them
    nothing of the kind, or the yes stands on somebody else's server.

    A no after the yes takes it back.
    """
    row = await work.session.scalar(
        sa.select(Quote).where(Quote.request_uri == request_uri, Quote.author_uri == actor.uri)
    )
    if row is None and quoting_uri is not None:
        row = await work.session.scalar(
            sa.select(Quote).where(
                Quote.quoting_uri == quoting_uri, Quote.author_uri == actor.uri, Quote.request_uri.is_not(None)
            )
        )
    if row is None or (is_yes and (stamp_uri is None or not quoting.is_from_author(stamp_uri, actor.uri))):
        return None
    if is_yes:
        row.state, row.stamp_uri = ACCEPTED, stamp_uri
    else:
        row.state, row.stamp_uri = WITHDRAWN if row.state == ACCEPTED else REFUSED, None
    row.answered_at = work.now
    return await _quoting(work, row)


async def hear_withdrawal(work: Writing, actor: Actor, stamp_uri: str) -> tuple[bool, Post | None]:
    """``actor`` took back the yes that stood at ``stamp_uri``: whether there was one, and the post that quotes, where
    it is here."""
    row = await work.session.scalar(sa.select(Quote).where(Quote.stamp_uri == stamp_uri, Quote.author_uri == actor.uri))
    if row is None:
        return False, None
    row.state, row.stamp_uri, row.answered_at = WITHDRAWN, None, work.now
    return True, await _quoting(work, row)


async def _quoting(work: Writing, row: Quote) -> Post | None:
    await work.session.flush()
    post = await work.session.scalar(sa.select(Post).where(Post.uri == row.quoting_uri, Post.deleted_at.is_(None)))
    if post is not None:
        await tell_feeds(work, post)
    return post


# our members are quoted


async def receive_request(work: Writing, actor: Actor, question: Document, quoted: Post, quoting_uri: str) -> None:
    """``actor`` of elsewhere asks whether ``quoting_uri`` may quote a post of ours. Raises Forbidden.

    The same question gets the same answer.
    """
    author = await work.session.get_one(Actor, quoted.author_id)
    if not await may_reach(work, actor, author):
        raise Forbidden
    row = await quoting.of(work, quoting_uri)
    is_withdrawn = row is not None and row.state == WITHDRAWN
    is_yes = not is_withdrawn and await quoting.allowance(work, actor, quoted) == AUTOMATIC
    stamp = work.uris.quote(quoted.id, quoting_uri)
    if not is_withdrawn:
        await quoting.keep(
            work, quoting_uri, quoted, author, ACCEPTED if is_yes else REFUSED, stamp if is_yes else None
        )
    answer = (activities.accept if is_yes else activities.reject)(author.uri, question, actor.uri)
    if is_yes:
        answer["result"] = stamp
    await outbox.publish(work, author, answer, Audience(actors=[actor.id]))


async def take_back(work: Writing, author: Actor, quoted_id: int, quoting_id: int) -> Post:
    """A member no longer wants this post to quote theirs. Raises NotFound, Gone; twice is the same as once."""
    quoted = await own(work, author, quoted_id)
    post = await work.session.get(Post, quoting_id)
    if post is None or post.quoted_id != quoted.id or post.deleted_at is not None or post.author_id == author.id:
        raise NotFound
    row = await quoting.of(work, post.uri)
    if row is not None and row.state == WITHDRAWN:
        return post
    row = row or await quoting.keep(work, post.uri, quoted, author, ACCEPTED)
    row.state, row.stamp_uri, row.answered_at = WITHDRAWN, None, work.now
    stamp = QuoteAuthorization(work.uris.quote(quoted.id, post.uri), author.uri, post.uri, quoted.uri)
    deletion = activities.delete_quote(author.uri, stamp, author.followers_uri or author.uri)
    await outbox.publish(work, author, deletion, Audience(followers=True, actors=[post.author_id]))
    await tell_feeds(work, post)
    return post


async def stamp(work: Reading, quoted: Post, quoting_uri: str) -> QuoteAuthorization:
    """The yes to a quote of a post of ours, once it was given. Raises NotFound for a no, and where nobody asked: whom
    its author keeps away would have it otherwise."""
    if quoted.boost_of_id is not None:
        raise NotFound
    author = await work.session.get_one(Actor, quoted.author_id)
    row = await quoting.of(work, quoting_uri)
    if row is None or row.state != ACCEPTED or row.quoted_uri != quoted.uri:
        raise NotFound
    return QuoteAuthorization(work.uris.quote(quoted.id, quoting_uri), author.uri, quoting_uri, quoted.uri)


async def notice(work: Writing, post: Post) -> None:
    """A post from elsewhere came that quotes: whose words of ours it shows is told."""
    quoted = await work.session.get(Post, post.quoted_id) if post.quoted_id is not None else None
    if quoted is None or not quoted.is_local or post.is_history or quoted.author_id == post.author_id:
        return
    row = await quoting.of(work, post.uri)
    if row is not None and row.state == ACCEPTED and post.visibility in ("public", "quiet"):
        author = await work.session.get_one(Actor, quoted.author_id)
        await _tell(work, author, await work.session.get_one(Actor, post.author_id), post)


async def _tell(work: Writing, quoted_author: Actor, by: Actor, post: Post) -> None:
    account_id = await notifications.account_of(work, quoted_author.id)
    if account_id is not None:
        await notifications.notify(
            work,
            account_id,
            NEWS,
            f"quote:{post.id}",
            actor_id=by.id,
            post_id=post.id,
            visible_at=await notifications.heard_at(work, quoted_author.id, by.id),
        )
