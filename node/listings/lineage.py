"""From what it came and what came of it: a word in a conversation, the ask that grew from it, offer, deal, receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import NamedTuple

import sqlalchemy as sa

from node.access import listed, readable
from node.asking import Question, Viewer, among, given, viewer_of
from node.deals.model import Deal
from node.faces import Face, faces
from node.listings.model import Listing
from node.posts.model import Post
from node.work import Reading

_LONGEST = 10
"""Links looked at in one direction: nobody's chain is longer, and one that bites its tail ends here."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain."""

    kind: str
    """post poll article … for what was said, ask, offer, deal, receipt."""
    path: str
    title: str
    """Empty for what is only said."""
    by: Face
    lens: str
    at: datetime
    post_id: int | None = None
    is_here: bool = False
    """The one that was asked about."""


@dataclass(frozen=True, slots=True)
class Began:
    """Of the offers and asks of members in a span of time, how many began in a conversation."""

    in_social: int
    all: int


class _Before(NamedTuple):
    answers_id: int | None
    born_of_id: int | None


_BEFORE = Question(
    _Before,
    sa.select(Listing.answers_id, Post.born_of_id)
    .select_from(Post)
    .join(Listing, Listing.post_id == Post.id, isouter=True)
    .where(Post.id == given("post")),
)


async def chain(work: Reading, viewer_id: int | None, post_id: int) -> list[Link]:
    """The links up to a listing or post, the first first, and the deals of the viewer that it led to.

    What the viewer may not read is left out, and so are the deals of others.
    """
    ids = [post_id]
    while len(ids) < _LONGEST:
        row = await _BEFORE.first(work, post=ids[0])
        before = (row.answers_id or row.born_of_id) if row is not None else None
        if before is None or before in ids:
            break
        ids.insert(0, before)
    steps = await _posts(work, viewer_id, ids, post_id)
    return [*steps, *(await _deals(work, viewer_id, post_id) if viewer_id is not None else [])]


async def links(work: Reading, viewer_id: int | None, ids: Sequence[int]) -> dict[int, Link]:
    """Posts and listings as links, by key, without those the viewer may not read."""
    return {link.post_id: link for link in await _posts(work, viewer_id, ids, 0) if link.post_id} if ids else {}


async def came_of(work: Reading, viewer_id: int, post_id: int, limit: int = 10) -> list[int]:
    """The offers and asks that began in this post, or answer this ask, as far as the viewer wants to meet them."""
    found = await work.session.scalars(
        sa.select(Post.id)
        .join(Listing, Listing.post_id == Post.id)
        .where(sa.or_(Post.born_of_id == post_id, Listing.answers_id == post_id), listed(viewer_id))
        .order_by(Post.id.desc())
        .limit(limit)
    )
    return list(found)


async def began_in_social(work: Reading, since: datetime, until: datetime) -> Began:
    """What members put up for everybody from ``since`` until just before ``until``, and how much of it began in talk.

    The first link counts: an ask born of an offer that was born of a social post began there too. Networks that know
    no lenses talk socially.
    """
    born: dict[int, int | None] = {}
    rows = await work.session.execute(
        sa.select(Post.id, Post.born_of_id).where(
            Post.kind == "listing",
            Post.is_local,
            Post.visibility != "direct",
            Post.deleted_at.is_(None),
            Post.published_at >= since,
            Post.published_at < until,
        )
    )
    listings = {row.id: row.born_of_id for row in rows}
    roots = {id: source for id, source in listings.items() if source is not None}
    for _ in range(_LONGEST):
        unknown = set(roots.values()) - born.keys()
        if unknown:
            found = await work.session.execute(
                sa.select(Post.id, Post.born_of_id).where(Post.id.in_(unknown), Post.kind == "listing")
            )
            born |= dict.fromkeys(unknown) | {row.id: row.born_of_id for row in found}
        above = {id: source for id, root in roots.items() if (source := born.get(root)) is not None}
        if not above:
            break
        roots |= above
    social = set(
        await work.session.scalars(
            sa.select(Post.id).where(
                Post.id.in_(set(roots.values())), Post.kind != "listing", Post.lens.in_(("social", "both"))
            )
        )
    )
    return Began(sum(root in social for root in roots.values()), len(listings))


class _Step(NamedTuple):
    id: int
    kind: str
    is_local: bool
    author_id: int
    title: str
    lens: str
    published_at: datetime
    purpose: str | None
    listing_title: str | None


@cache
def _steps(viewer: Viewer) -> Question[_Step]:
    return Question(
        _Step,
        sa.select(*(getattr(Post, name) for name in _Step._fields[:-2]), Listing.purpose, Listing.title)
        .join(Listing, Listing.post_id == Post.id, isouter=True)
        .where(among(Post.id, "ids"), readable(viewer)),
    )


async def _posts(work: Reading, viewer_id: int | None, ids: Sequence[int], here_id: int) -> list[Link]:
    found = {row.id: row for row in await _steps(viewer_of(viewer_id)).ask(work, viewer=viewer_id, ids=ids)}
    people = await faces(work, [post.author_id for post in found.values()])
    steps = []
    for post in (found[id] for id in ids if id in found):
        by = people[post.author_id]
        steps.append(
            Link(
                kind={"offer": "offer", "request": "ask"}.get(post.purpose or "", post.kind),
                path=f"{by.path}/{post.id}" if post.is_local else f"/posts/{post.id}",
                title=post.listing_title or post.title,
                by=by,
                lens=post.lens,
                at=post.published_at,
                post_id=post.id,
                is_here=post.id == here_id,
            )
        )
    return steps


async def _deals(work: Reading, viewer_id: int, post_id: int) -> list[Link]:
    rows = (
        await work.session.scalars(
            sa.select(Deal)
            .where(Deal.listing_id == post_id, sa.or_(Deal.seller_id == viewer_id, Deal.buyer_id == viewer_id))
            .order_by(Deal.id)
            .limit(_LONGEST)
        )
    ).all()
    others = {deal.id: deal.buyer_id if deal.seller_id == viewer_id else deal.seller_id for deal in rows}
    people = await faces(work, others.values())
    steps = []
    for deal in rows:
        by, path = people[others[deal.id]], f"/deals/{deal.id}"
        steps.append(Link("deal", path, deal.title, by, "business", deal.created_at))
        if deal.completed_at is not None:
            steps.append(Link("receipt", path, deal.title, by, "business", deal.completed_at))
    return steps
