"""How a question stands, and what its reader chose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from node.polls.model import Poll, PollOption, PollVote
from node.posts.model import Post
from node.work import Reading


@dataclass(frozen=True, slots=True)
class OptionView:
    """One answer."""

    position: int
    text: str
    votes: int
    share: int
    """Percent of those who answered."""
    is_own: bool


@dataclass(frozen=True, slots=True)
class PollView:
    """A question as a page or an app shows it."""

    post_id: int
    options: tuple[OptionView, ...]
    is_multiple: bool
    ends_at: datetime | None
    closed_at: datetime | None
    is_over: bool
    voters: int
    votes: int
    has_voted: bool
    may_vote: bool
    is_own: bool
    counted_at: datetime | None


async def polls(work: Reading, viewer_id: int | None, ids: Sequence[int]) -> dict[int, PollView]:
    """The questions that go with these posts. Whether the viewer may read them was asked before."""
    if not ids:
        return {}
    rows = await work.session.execute(
        sa.select(Poll, Post.author_id).join(Post, Post.id == Poll.post_id).where(Poll.post_id.in_(ids))
    )
    found = {poll.post_id: (poll, author_id) for poll, author_id in rows}
    if not found:
        return {}
    options: dict[int, list[PollOption]] = {id: [] for id in found}
    for option in await work.session.scalars(
        sa.select(PollOption).where(PollOption.post_id.in_(found)).order_by(PollOption.post_id, PollOption.position)
    ):
        options[option.post_id].append(option)
    chosen: dict[int, set[int]] = {id: set() for id in found}
    if viewer_id is not None:
        for post_id, position in await work.session.execute(
            sa.select(PollVote.post_id, PollVote.position).where(
                PollVote.post_id.in_(found), PollVote.actor_id == viewer_id
            )
        ):
            chosen[post_id].add(position)
    return {
        id: _view(work, poll, options[id], chosen[id], viewer_id, author_id)
        for id, (poll, author_id) in found.items()
        if options[id]
    }


async def poll(work: Reading, viewer_id: int | None, post_id: int) -> PollView | None:
    return (await polls(work, viewer_id, [post_id])).get(post_id)


def is_over(work: Reading, poll: Poll) -> bool:
    """True when nobody can choose any more."""
    return poll.closed_at is not None or (poll.ends_at is not None and poll.ends_at <= work.now)


_COUNT_LASTS = timedelta(minutes=3)


def is_stale(work: Reading, view: PollView) -> bool:
    """True when its own server may know better how a question from elsewhere stands: what is over, is counted once."""
    if view.counted_at is None:
        return False
    ended_at = view.closed_at or view.ends_at
    if view.is_over and ended_at is not None:
        return view.counted_at < ended_at + _COUNT_LASTS and work.now - view.counted_at > _COUNT_LASTS
    return work.now - view.counted_at > _COUNT_LASTS


def _view(
    work: Reading, poll: Poll, options: Sequence[PollOption], own: set[int], viewer_id: int | None, author_id: int
) -> PollView:
    votes = sum(option.votes for option in options)
    whole = max(poll.voters, *(option.votes for option in options), 0) if poll.is_multiple else votes
    over = is_over(work, poll)
    return PollView(
        post_id=poll.post_id,
        options=tuple(
            OptionView(
                position=option.position,
                text=option.text,
                votes=option.votes,
                share=round(100 * option.votes / whole) if whole else 0,
                is_own=option.position in own,
            )
            for option in options
        ),
        is_multiple=poll.is_multiple,
        ends_at=poll.ends_at,
        closed_at=poll.closed_at,
        is_over=over,
        voters=poll.voters,
        votes=votes,
        has_voted=bool(own),
        may_vote=viewer_id is not None and viewer_id != author_id and not own and not over,
        is_own=viewer_id == author_id,
        counted_at=poll.counted_at,
    )
