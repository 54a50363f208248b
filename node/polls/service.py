"""Questions: put, answered by members and by people elsewhere, and copied as they stand."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from node.access import can_read
from node.actors.model import Actor
from node.errands import service as errands
from node.errors import Conflict, Invalid, NotFound
from node.ids import new_id
from node.notifications import service as notifications
from node.outbox import service as outbox
from node.outbox import wire as activities
from node.outbox.service import Audience
from node.polls import rules, wire
from node.polls.model import Poll, PollOption, PollVote
from node.polls.queries import is_over
from node.polls.rules import PollDraft
from node.posts.model import Post
from node.words import N_
from node.work import Reading, Writing
from schemas.question import Question
from schemas.values import Document

REFRESH = "poll"
"""The errand of asking how a question from elsewhere stands."""
NEWS = "poll"
"""The kind of notification that tells of an end."""


async def put(work: Writing, post: Post, draft: PollDraft) -> None:
    """``post`` asks this from now on. Earlier votes on something else are gone. Raises Invalid."""
    draft = rules.check(draft)
    await drop(work, post.id)
    work.session.add(Poll(post_id=post.id, is_multiple=draft.is_multiple, ends_at=work.now + draft.lasts))
    await work.session.flush()
    await _keep_options(work, post.id, draft.options)


async def drop(work: Writing, post_id: int) -> None:
    """The question goes, and the votes with it."""
    for table in (PollVote, PollOption, Poll):
        await work.session.execute(sa.delete(table).where(table.post_id == post_id))


async def differs(work: Reading, post_id: int, draft: PollDraft) -> bool:
    """True when this would be another question, and the votes would mean nothing."""
    poll = await work.session.get(Poll, post_id)
    texts = [option.text for option in await _options(work, post_id)]
    return poll is None or poll.is_multiple != draft.is_multiple or texts != list(rules.check(draft).options)


async def question(work: Reading, post_id: int) -> Question | None:
    """The question of a post of ours for the wire; None where it asks nothing."""
    poll = await work.session.get(Poll, post_id)
    return wire.question(poll, await _options(work, post_id)) if poll is not None else None


# answering


async def vote(work: Writing, voter: Actor, post_id: int, positions: Collection[int]) -> None:
    """A member of ours chooses, once and for all. Raises NotFound, Invalid (field ``choices``), Conflict."""
    if not await can_read(work, voter.id, post_id):
        raise NotFound
    poll = await _locked(work, post_id)
    post = await work.session.get_one(Post, post_id)
    if poll is None:
        raise NotFound
    if post.author_id == voter.id:
        raise Invalid({"choices": N_("You asked this yourself.")})
    if is_over(work, poll):
        raise Invalid({"choices": N_("This question is closed.")})
    if await _has_voted(work, post_id, voter.id):
        raise Conflict(N_("You have answered this already."))
    options = {option.position: option for option in await _options(work, post_id)}
    chosen = sorted(set(positions))
    if not chosen or any(position not in options for position in chosen):
        raise Invalid({"choices": N_("Choose one of the answers.")})
    if len(chosen) > 1 and not poll.is_multiple:
        raise Invalid({"choices": N_("Only one answer counts here.")})
    author = await work.session.get_one(Actor, post.author_id)
    for position in chosen:
        id = new_id(work.now)
        uri = work.uris.object(id)
        await _count(work, poll, PollVote(
            id=id, uri=uri, post_id=post_id, actor_id=voter.id, position=position, created_at=work.now
        ), is_first=position == chosen[0])  # fmt: skip
        if not post.is_local:
            note = wire.vote(uri, voter.uri, options[position].text, post.uri, author.uri)
            await outbox.publish(work, voter, activities.create(note, work.now), Audience(actors=[author.id]))
    if post.is_local:
        poll.news_at = poll.news_at or work.now


async def vote_document(work: Reading, uri: str) -> tuple[Document, str] | None:
    """The vote of one of ours at this address, and the host of who asked."""
    row = (
        await work.session.execute(
            sa.select(PollVote, PollOption.text, Post)
            .join(PollOption, sa.and_(PollOption.post_id == PollVote.post_id, PollOption.position == PollVote.position))
            .join(Post, Post.id == PollVote.post_id)
            .where(PollVote.uri == uri)
        )
    ).one_or_none()
    if row is None:
        return None
    voter = await work.session.get_one(Actor, row.PollVote.actor_id)
    author = await work.session.get_one(Actor, row.Post.author_id)
    return wire.vote(uri, voter.uri, row.text, row.Post.uri, author.uri), author.host


async def hear(work: Writing, voter: Actor, uri: str, asked: str, text: str) -> str:
    """Somebody elsewhere chose ``text``. Empty when it counts, otherwise why it does not."""
    post = await work.session.scalar(sa.select(Post).where(Post.uri == asked, Post.is_local, Post.deleted_at.is_(None)))
    if post is None:
        return "a vote on nothing of ours"
    poll = await _locked(work, post.id)
    if poll is None or not await can_read(work, voter.id, post.id):
        return "a vote where nothing was asked"
    if is_over(work, poll):
        return "a vote after the end"
    wanted = " ".join(text.split())
    option = next((option for option in await _options(work, post.id) if option.text == wanted), None)
    if option is None:
        return "a vote for something else"
    earlier = (
        await work.session.scalars(
            sa.select(PollVote.position).where(PollVote.post_id == post.id, PollVote.actor_id == voter.id)
        )
    ).all()
    if option.position in earlier or (earlier and not poll.is_multiple):
        return "a second vote"
    if await work.session.scalar(sa.select(PollVote.id).where(PollVote.uri == uri)) is not None:
        return "a vote that came before"
    await _count(work, poll, PollVote(
        id=new_id(work.now), uri=uri, post_id=post.id, actor_id=voter.id, position=option.position, created_at=work.now
    ), is_first=not earlier)  # fmt: skip
    poll.news_at = poll.news_at or work.now
    return ""


async def _count(work: Writing, poll: Poll, row: PollVote, *, is_first: bool) -> None:
    work.session.add(row)
    await work.session.flush()
    await work.session.execute(
        sa.update(PollOption)
        .where(PollOption.post_id == row.post_id, PollOption.position == row.position)
        .values(votes=PollOption.votes + 1)
        .execution_options(synchronize_session=False)
    )
    if is_first:
        poll.voters += 1


async def _has_voted(work: Reading, post_id: int, actor_id: int) -> bool:
    chosen = sa.exists().where(PollVote.post_id == post_id, PollVote.actor_id == actor_id)
    return bool(await work.session.scalar(sa.select(chosen)))


async def _locked(work: Writing, post_id: int) -> Poll | None:
    """The question, for this unit alone: two votes of one voter must not pass each other."""
    return await work.session.scalar(
        sa.select(Poll).where(Poll.post_id == post_id).with_for_update().execution_options(populate_existing=True)
    )


# copies


async def mirror(work: Writing, post: Post, value: Question) -> None:
    """Keep a question of elsewhere as it stands there. Other answers make it another one, without votes."""
    poll = await work.session.get(Poll, post.id)
    texts = [option.text for option in value.options]
    options = list(await _options(work, post.id)) if poll is not None else []
    if poll is None or poll.is_multiple != value.is_multiple or [option.text for option in options] != texts:
        await drop(work, post.id)
        poll = Poll(post_id=post.id, is_multiple=value.is_multiple)
        work.session.add(poll)
        await work.session.flush()
        options = await _keep_options(work, post.id, texts)
    ours = await _known_votes(work, post.id)
    for option, theirs in zip(options, value.options, strict=True):
        # What we know of was cast, whether or not they had counted it.
        option.votes = max(theirs.votes, ours.get(option.position, 0))
    counted = [option.votes for option in options]
    said = value.voters if value.voters is not None else max(counted) if value.is_multiple else sum(counted)
    poll.voters = max(said, max(counted))
    poll.ends_at = value.ends_at
    if value.is_closed or (value.ends_at is not None and value.ends_at <= work.now):
        closed_at = value.closed_at or value.ends_at or work.now
        if closed_at <= work.now:
            poll.closed_at = poll.closed_at or closed_at
    else:
        poll.closed_at = None
    poll.counted_at = work.now
    await work.session.flush()


async def ask_anew(work: Writing, post_id: int) -> None:
    """Have a worker ask the question's own server how it stands."""
    post = await work.session.get(Post, post_id)
    if post is None or post.is_local or post.deleted_at is not None:
        return
    # Counted as of now already, so that a server that does not answer is not asked by every reader.
    await work.session.execute(sa.update(Poll).where(Poll.post_id == post_id).values(counted_at=work.now))
    await errands.ask(work, REFRESH, post.uri)


async def _known_votes(work: Reading, post_id: int) -> dict[int, int]:
    rows = await work.session.execute(
        sa.select(PollVote.position, sa.func.count()).where(PollVote.post_id == post_id).group_by(PollVote.position)
    )
    return {row[0]: row[1] for row in rows}


async def _options(work: Reading, post_id: int) -> Sequence[PollOption]:
    found = await work.session.scalars(
        sa.select(PollOption)
        .where(PollOption.post_id == post_id)
        .order_by(PollOption.position)
        .execution_options(populate_existing=True)
    )
    return found.all()


async def _keep_options(work: Writing, post_id: int, texts: Sequence[str]) -> list[PollOption]:
    options = [PollOption(post_id=post_id, position=number, text=text) for number, text in enumerate(texts)]
    work.session.add_all(options)
    await work.session.flush()
    return options


# the end


async def end(work: Writing, post: Post, poll: Poll, at: datetime) -> None:
    """It is over: its author and who of ours chose are told, once."""
    poll.closed_at = poll.closed_at or at
    poll.told_at = work.now
    await work.session.flush()
    voters = await work.session.scalars(
        sa.select(PollVote.actor_id)
        .join(Actor, Actor.id == PollVote.actor_id)
        .where(PollVote.post_id == post.id, Actor.is_local)
        .distinct()
    )
    for actor_id in {post.author_id, *voters}:
        account_id = await notifications.account_of(work, actor_id)
        if account_id is not None:
            await notifications.notify(
                work, account_id, NEWS, f"poll:{post.id}", actor_id=post.author_id, post_id=post.id
            )


async def hosts_of_voters(work: Reading, post_id: int, limit: int = 2_000) -> Sequence[int]:
    """One who voted from each host elsewhere: whose program shows the question, and may not follow who asked it."""
    found = await work.session.scalars(
        sa.select(sa.func.min(Actor.id))
        .join(PollVote, PollVote.actor_id == Actor.id)
        .where(PollVote.post_id == post_id, Actor.is_local.is_(False))
        .group_by(Actor.host)
        .limit(limit)
    )
    return found.all()


async def due(work: Reading, limit: int = 100) -> Sequence[int]:
    """The posts whose question has come to its end without anybody having been told."""
    found = await work.session.scalars(
        sa.select(Poll.post_id)
        .where(Poll.told_at.is_(None), Poll.ends_at <= work.now)
        .order_by(Poll.ends_at)
        .limit(limit)
    )
    return found.all()


async def with_news(work: Reading, before: datetime, limit: int = 100) -> Sequence[int]:
    """The posts of ours whose votes have waited since ``before`` to be told to others."""
    found = await work.session.scalars(
        sa.select(Poll.post_id)
        .where(Poll.news_at.is_not(None), Poll.news_at <= before)
        .order_by(Poll.news_at)
        .limit(limit)
    )
    return found.all()
