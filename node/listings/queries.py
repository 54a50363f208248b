"""What the pages ask about offers and asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node import search
from node.access import listed, readable
from node.actors.model import Actor
from node.associations.model import Vouch
from node.errors import NotFound
from node.faces import Face, faces, is_vouched
from node.listings import rules
from node.listings.model import Listing
from node.markdown import plain
from node.posts import queries as posts
from node.posts.model import Post
from node.posts.queries import PictureView
from node.work import Reading

PAGE = 24


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reader looks for; empty means all. ``association_id`` is the actor of the association that vouches."""

    purpose: str = ""
    category: str = ""
    terms: str = ""
    text: str = ""
    place: str = ""
    association_id: int | None = None
    author_id: int | None = None
    only_open: bool = True
    with_directed: bool = False
    """Also what was sent to one person, for those of the author who looks at their own."""


@dataclass(frozen=True, slots=True)
class ListingView:
    """An offer or ask as a page shows it. ``price`` is in minor units."""

    id: int
    path: str
    uri: str
    url: str
    purpose: str
    title: str
    body: str
    """Clean HTML."""
    summary: str
    category: str
    terms: str
    price: int | None
    currency: str | None
    is_negotiable: bool
    barter: str
    unit: str
    quantity: Decimal | None
    minimum: Decimal | None
    place: str
    latitude: float | None
    longitude: float | None
    expires_at: datetime | None
    state: str
    is_recruitment_based: bool
    author: Face
    pictures: tuple[PictureView, ...]
    lens: str
    language: str | None
    at: datetime
    updated_at: datetime | None
    born_of_id: int | None
    answers: int
    is_own: bool
    source: str
    """What the author typed; empty for anybody else."""
    visibility: str = "public"
    """``direct`` for an offer to one person."""
    answers_id: int | None = None
    """The ask that it answers."""


async def newest(
    work: Reading, viewer_id: int | None, wanted: Filter, *, before: int | None = None, limit: int = PAGE
) -> list[ListingView]:
    """Listings that fit the filter, newest first."""
    chosen = _chosen(work, viewer_id, wanted)
    if chosen is None:
        return []
    if before is not None:
        chosen = chosen.where(Post.id < before)
    ids = (await work.session.scalars(chosen.order_by(Post.id.desc()).limit(limit))).all()
    return await views(work, viewer_id, ids)


async def count(work: Reading, viewer_id: int | None, wanted: Filter) -> int:
    """How many fit."""
    chosen = _chosen(work, viewer_id, wanted)
    if chosen is None:
        return 0
    return await work.session.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0


async def one(work: Reading, viewer_id: int | None, post_id: int) -> ListingView:
    """One listing. Raises Gone, NotFound as posts.queries.one."""
    await posts.one(work, viewer_id, post_id)
    found = await views(work, viewer_id, [post_id])
    if not found:
        raise NotFound
    return found[0]


async def expiring(work: Reading, author_id: int) -> list[ListingView]:
    """The author's own that end soon, or ended within the last days and wait for a decision."""
    ids = await work.session.scalars(
        sa.select(Post.id)
        .join(Listing, Listing.post_id == Post.id)
        .where(
            Post.author_id == author_id,
            Post.deleted_at.is_(None),
            Listing.state.in_(("open", "expired")),
            Listing.expires_at <= work.now + rules.SOON,
            Listing.expires_at > work.now - rules.SOON * 2,
        )
        .order_by(Listing.expires_at)
        .limit(10)
    )
    return await views(work, author_id, ids.all())


async def associations(work: Reading) -> list[tuple[int, str]]:
    """The associations whose members have listings here, by name: what the filter offers."""
    issuer = aliased(Actor)
    rows = await work.session.execute(
        sa.select(issuer.id, issuer.name)
        .where(
            sa.exists(
                sa.select(sa.literal(1))
                .select_from(Vouch)
                .join(Post, Post.author_id == Vouch.subject_id)
                .join(Listing, Listing.post_id == Post.id)
                .where(Vouch.issuer_id == issuer.id, is_vouched(work), Post.deleted_at.is_(None))
            )
        )
        .order_by(issuer.name)
        .limit(50)
    )
    return [(row.id, row.name) for row in rows]


async def views(work: Reading, viewer_id: int | None, ids: Sequence[int]) -> list[ListingView]:
    """The views of these listings in this order, without those the viewer may not read."""
    if not ids:
        return []
    rows = (
        await work.session.execute(
            sa.select(Post, Listing)
            .join(Listing, Listing.post_id == Post.id)
            .where(Post.id.in_(ids), readable(viewer_id))
        )
    ).all()
    people = await faces(work, [post.author_id for post, _ in rows])
    pictures = await posts.pictures_of(work, ids)
    counts = await posts.answers(work, viewer_id, ids)
    found = {
        post.id: ListingView(
            id=post.id,
            path=f"{people[post.author_id].path}/{post.id}" if post.is_local else f"/posts/{post.id}",
            uri=post.uri,
            url=post.url,
            purpose=listing.purpose,
            title=listing.title,
            body=listing.body,
            summary=_summary(listing.body),
            category=listing.category,
            terms=listing.terms,
            price=listing.price,
            currency=listing.currency,
            is_negotiable=listing.is_negotiable,
            barter=listing.barter,
            unit=listing.unit,
            quantity=listing.quantity,
            minimum=listing.minimum,
            place=listing.place,
            latitude=listing.latitude,
            longitude=listing.longitude,
            expires_at=listing.expires_at,
            state=_state(work, listing),
            is_recruitment_based=listing.is_recruitment_based,
            author=people[post.author_id],
            pictures=pictures.get(post.id, ()),
            lens=post.lens,
            language=post.language,
            at=post.published_at,
            updated_at=post.updated_at,
            born_of_id=post.born_of_id,
            answers=counts.get(post.id, 0),
            is_own=post.author_id == viewer_id,
            source=(post.source or "") if post.author_id == viewer_id else "",
            visibility=post.visibility,
            answers_id=listing.answers_id,
        )
        for post, listing in rows
    }
    return [found[id] for id in ids if id in found]


def _chosen(work: Reading, viewer_id: int | None, wanted: Filter) -> sa.Select[int] | None:
    """None when the words looked for hold no word."""
    chosen = sa.select(Post.id).join(Listing, Listing.post_id == Post.id).where(_shown(viewer_id, wanted))
    if not (wanted.with_directed and wanted.author_id == viewer_id):
        chosen = chosen.where(Post.visibility != "direct")
    if wanted.only_open:
        chosen = chosen.where(
            Listing.state == "open", sa.or_(Listing.expires_at.is_(None), Listing.expires_at > work.now)
        )
    for column, value in (
        (Listing.purpose, wanted.purpose),
        (Listing.category, wanted.category),
        (Listing.terms, wanted.terms),
    ):
        if value:
            chosen = chosen.where(column == value)
    if wanted.author_id is not None:
        chosen = chosen.where(Post.author_id == wanted.author_id)
    if wanted.association_id is not None:
        members = sa.select(Vouch.subject_id).where(Vouch.issuer_id == wanted.association_id, is_vouched(work))
        chosen = chosen.where(sa.or_(Post.author_id.in_(members), Post.author_id == wanted.association_id))
    for words in (wanted.text, wanted.place):
        if words.strip():
            matching = search.matching(work, "post", words)
            if matching is None:
                return None
            chosen = chosen.where(Post.id.in_(matching))
    return chosen


def _shown(viewer_id: int | None, wanted: Filter) -> sa.ColumnElement[bool]:
    """On somebody's own page stands all that one may read; elsewhere not what one wants to be spared."""
    return readable(viewer_id) if wanted.author_id is not None else listed(viewer_id)


def _state(work: Reading, listing: Listing) -> str:
    """The state as of now, even before the housekeeping came by."""
    if listing.state == "open" and listing.expires_at is not None and listing.expires_at <= work.now:
        return "expired"
    return listing.state


def _summary(body: str) -> str:
    text = plain(body, 600).replace("\n", " ")
    return text if len(text) <= 180 else text[:177].rsplit(" ", 1)[0] + "…"
