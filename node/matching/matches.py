"""What was found for a member: the twenty and twenty of the page, seen, dismissed and taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from node.access import listed
from node.errors import NotFound
from node.listings import queries as listings
from node.listings.model import Listing
from node.listings.queries import ListingView
from node.matching import reasons
from node.matching.model import Match
from node.posts.model import Post
from node.work import Reading, Writing

TWENTY = 20
"""On either side, and not one more."""


@dataclass(frozen=True, slots=True)
class MatchView:
    """A listing that fits a member, and why."""

    id: int
    listing: ListingView
    score: int
    reasons: tuple[dict[str, Any], ...]
    own_title: str
    """The member's own listing that it fits; empty for what their page says."""
    own_path: str
    is_new: bool
    at: datetime

    def why(self, language: str) -> str:
        """The reason as a sentence without its beginning: ``offers “baskets”, 14 km, speaks French``."""
        return reasons.sentence(self.listing.purpose, self.reasons, language)


@dataclass(frozen=True, slots=True)
class Twenty:
    """The page: asks one can answer, offers that help, and how many more there are behind either."""

    asks: list[MatchView]
    offers: list[MatchView]
    more_asks: int
    more_offers: int


async def twenty(work: Reading, account_id: int, actor_id: int) -> Twenty:
    """At most twenty of each, best first."""
    asks = await best(work, account_id, actor_id, "request")
    offers = await best(work, account_id, actor_id, "offer")
    counted = await work.session.execute(
        sa.select(Match.purpose, sa.func.count())
        .join(Post, Post.id == Match.post_id)
        .join(Listing, Listing.post_id == Match.post_id)
        .where(*_shown(work, account_id, actor_id))
        .group_by(Match.purpose)
    )
    total = dict(counted.all())
    return Twenty(asks, offers, total.get("request", 0) - len(asks), total.get("offer", 0) - len(offers))


async def best(
    work: Reading, account_id: int, actor_id: int, purpose: str, limit: int = TWENTY, *, not_mailed: bool = False
) -> list[MatchView]:
    """What fits best of one side; ``not_mailed``: without what stood in a weekly letter."""
    chosen = (
        sa.select(Match)
        .join(Post, Post.id == Match.post_id)
        .join(Listing, Listing.post_id == Match.post_id)
        .where(*_shown(work, account_id, actor_id), Match.purpose == purpose)
        .order_by(Match.score.desc(), Match.post_id.desc())
        .limit(limit)
    )
    if not_mailed:
        chosen = chosen.where(Match.mailed_at.is_(None))
    return await _views(work, actor_id, (await work.session.scalars(chosen)).all())


async def unseen(work: Reading, account_id: int, actor_id: int) -> int:
    """How many of the twenty and twenty a member has not looked at: at most forty."""
    count = 0
    for purpose in ("request", "offer"):
        new = (
            sa.select(sa.func.count())
            .select_from(Match)
            .join(Post, Post.id == Match.post_id)
            .join(Listing, Listing.post_id == Match.post_id)
            .where(*_shown(work, account_id, actor_id), Match.state == "new", Match.purpose == purpose)
        )
        count += min(TWENTY, await work.session.scalar(new) or 0)
    return count


async def mark_seen(work: Writing, account_id: int, ids: Sequence[int]) -> None:
    """They stood on a page that the member looked at."""
    await work.session.execute(
        sa.update(Match)
        .where(Match.account_id == account_id, Match.id.in_(list(ids)), Match.state == "new")
        .values(state="seen")
    )


async def dismiss(work: Writing, account_id: int, match_id: int) -> Match:
    """Never show this one again. Raises NotFound."""
    return await _turn(work, account_id, match_id, "dismissed")


async def restore(work: Writing, account_id: int, match_id: int) -> Match:
    """It was not meant so. Raises NotFound."""
    return await _turn(work, account_id, match_id, "seen")


async def one(work: Reading, account_id: int, actor_id: int, match_id: int) -> MatchView:
    """One match of this member. Raises NotFound."""
    row = await work.session.get(Match, match_id)
    found = await _views(work, actor_id, [row]) if row is not None and row.account_id == account_id else []
    if not found:
        raise NotFound
    return found[0]


async def has_own(work: Reading, actor_id: int) -> tuple[bool, bool]:
    """Whether a member has open offers, and open asks: what there is to match with."""
    rows = await work.session.scalars(
        sa.select(Listing.purpose)
        .join(Post, Post.id == Listing.post_id)
        .where(
            Post.author_id == actor_id,
            Post.deleted_at.is_(None),
            Listing.state == "open",
            sa.or_(Listing.expires_at.is_(None), Listing.expires_at > work.now),
        )
        .distinct()
    )
    found = set(rows)
    return "offer" in found, "request" in found


def _shown(work: Reading, account_id: int, actor_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    """Still open, still readable, and not dismissed."""
    return (
        Match.account_id == account_id,
        Match.score > 0,
        Match.state != "dismissed",
        Listing.state == "open",
        sa.or_(Listing.expires_at.is_(None), Listing.expires_at > work.now),
        listed(actor_id),
    )


async def _turn(work: Writing, account_id: int, match_id: int, state: str) -> Match:
    row = await work.session.get(Match, match_id)
    if row is None or row.account_id != account_id:
        raise NotFound
    row.state = state
    await work.session.flush()
    return row


async def _views(work: Reading, actor_id: int, rows: Sequence[Match]) -> list[MatchView]:
    found = {view.id: view for view in await listings.views(work, actor_id, [row.post_id for row in rows])}
    own_ids = {row.own_id for row in rows if row.own_id is not None}
    titles: dict[int | None, str] = {}
    if own_ids:
        own = await work.session.execute(
            sa.select(Listing.post_id, Listing.title).where(Listing.post_id.in_(own_ids), Listing.state == "open")
        )
        titles = {post_id: title for post_id, title in own}  # noqa: C416 - the keys are of a wider type
    return [
        MatchView(
            id=row.id,
            listing=found[row.post_id],
            score=row.score,
            reasons=tuple(row.reasons),
            own_title=titles.get(row.own_id, ""),
            own_path=f"/posts/{row.own_id}" if row.own_id in titles else "",
            is_new=row.state == "new",
            at=row.created_at,
        )
        for row in rows
        if row.post_id in found
    ]
