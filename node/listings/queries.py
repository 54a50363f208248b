"""What the pages ask about offers and asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node import search
from node.access import Reader, listed, readable
from node.actors.model import Actor
from node.asking import NOW, Question, Viewer, among, copies, given, viewer_of
from node.associations.model import Association, Vouch
from node.bookmarks.model import Bookmark
from node.errors import NotFound
from node.faces import Face, faces, is_vouched, is_vouched_at
from node.industries import catalogue as industries
from node.industries.queries import within
from node.listings import rules
from node.listings.model import Listing, ListingVariant
from node.markdown import plain
from node.posts import queries as posts
from node.posts.model import Post, PostTag
from node.posts.queries import PictureView
from node.text import fold
from node.windows import Window
from node.work import Reading

PAGE = 24
_QUESTIONS = 60
"""Of so many filters the question is kept."""
_MARKS = ("offer", "wanted")
"""Hashtags that say what a listing is, for those who read it as a post."""


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
    industry: str = ""
    """A code of node.industries: that class, or all within a group, division or section."""
    tag: str = ""
    delivery: str = ""
    """``collection`` or ``delivery``: what is to be had that way."""
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
    tax_rate: Decimal | None = None
    industry: str = ""
    delivery: str = ""
    serves_km: int | None = None
    test_url: str | None = None
    """Of a test offer: where each sees one of two variants."""
    is_two_way: bool = True
    """It serves both sides (node.listings.rules.is_two_way)."""
    variants: tuple[rules.Variant, ...] = ()
    """Filled in for the page of one, and where asked for; as are ``tags``, the words its author chose."""
    tags: tuple[str, ...] = ()

    @property
    def price_with_tax(self) -> int | None:
        """In minor units; half a unit is rounded up."""
        if self.price is None or self.tax_rate is None:
            return self.price
        whole = Decimal(self.price) * (100 + self.tax_rate) / 100
        return int(whole.to_integral_value(ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class OutOfSight:
    """A listing that is kept and shown to nobody, as the office sees it."""

    id: int
    title: str
    url: str
    author: Face
    at: datetime


def serves_both() -> sa.ColumnElement[bool]:
    """The clause over ``listings`` for node.listings.rules.is_two_way."""
    return sa.or_(
        Listing.purpose != "offer",
        Listing.terms.in_(("barter", "gift")),
        Listing.barter != "",
        Listing.answers_id.is_not(None),
    )


async def newest(
    work: Reading,
    viewer_id: int | None,
    wanted: Filter,
    *,
    before: int | None = None,
    limit: int = PAGE,
    with_details: bool = False,
) -> list[ListingView]:
    """Listings that fit the filter, newest first."""
    if wanted == Filter(author_id=wanted.author_id) and wanted.author_id is not None:  # on every profile
        part = Window(limit, below=before)
        rows = await _open_ones(viewer_of(viewer_id), part.form).ask(
            work, viewer=viewer_id, author=wanted.author_id, now=work.now, **part.values
        )
        return await views(work, viewer_id, [row.id for row in rows], with_details=with_details)
    if _has_no_words(wanted):
        part = Window(limit, below=before)
        found = await _newest(viewer_of(viewer_id), wanted, part.form).ask(
            work, viewer=viewer_id, now=work.now, **part.values
        )
        return await views(work, viewer_id, [row.id for row in found], with_details=with_details)
    chosen = _chosen(work, viewer_id, wanted)
    if chosen is None:
        return []
    if before is not None:
        chosen = chosen.where(Post.id < before)
    ids = (await work.session.scalars(chosen.order_by(Post.id.desc()).limit(limit))).all()
    return await views(work, viewer_id, ids, with_details=with_details)


def _has_no_words(wanted: Filter) -> bool:
    """Then the question is kept, for many ask the same."""
    return not (wanted.text.strip() or wanted.place.strip())


@lru_cache(maxsize=_QUESTIONS)
def _newest(viewer: Viewer, wanted: Filter, form: Window) -> "Question[_Key]":
    return Question(_Key, form.cut(_without_words(viewer, NOW, wanted), Post.id))


@lru_cache(maxsize=_QUESTIONS)
def _number(viewer: Viewer, wanted: Filter) -> "Question[_Key]":
    return Question(_Key, sa.select(sa.func.count()).select_from(_without_words(viewer, NOW, wanted).subquery()))


async def likeliest(work: Reading, viewer_id: int | None, wanted: Filter, *, limit: int) -> list[ListingView]:
    """Listings that fit the filter, those that serve both sides before what is merely for sale."""
    chosen = _chosen(work, viewer_id, wanted)
    if chosen is None:
        return []
    ids = await work.session.scalars(chosen.order_by(serves_both().desc(), Post.id.desc()).limit(limit))
    return await views(work, viewer_id, ids.all())


async def fitting(work: Reading, viewer_id: int, wanted: Filter, ids: Sequence[int]) -> list[int]:
    """Which of these listings fit the filter, and stand before this viewer at all."""
    chosen = _chosen(work, viewer_id, wanted)
    if chosen is None:
        return []
    return list(await work.session.scalars(chosen.where(Post.id.in_(ids), Post.author_id != viewer_id)))


async def kept(work: Reading, viewer_id: int, *, before: int | None = None, limit: int = PAGE) -> list[ListingView]:
    """The listings a member put aside, the last one first; ``before`` is the key of the last one seen."""
    chosen = (
        sa.select(Bookmark.post_id)
        .join(Listing, Listing.post_id == Bookmark.post_id)
        .where(Bookmark.actor_id == viewer_id)
        .order_by(Bookmark.id.desc())
        .limit(limit)
    )
    if before is not None:
        last = sa.select(Bookmark.id).where(Bookmark.actor_id == viewer_id, Bookmark.post_id == before)
        chosen = chosen.where(Bookmark.id < last.scalar_subquery())
    return await views(work, viewer_id, (await work.session.scalars(chosen)).all())


async def industries_here(work: Reading) -> list[str]:
    """The industries of listings that are open: what the filter offers."""
    # The condition stands as the partial index has it.
    known: dict[None, list[str]] = work.shelf("industries of listings", "listings")
    if None not in known:
        rows = await work.session.scalars(
            sa.select(Listing.industry)
            .where(sa.text("listings.industry <> ''"), Listing.state == "open")
            .distinct()
            .order_by(Listing.industry)
            .limit(300)
        )
        known[None] = list(rows)
    return list(known[None])


async def out_of_sight(work: Reading, *, before: int | None = None, limit: int = 50) -> list[OutOfSight]:
    """For officers: what came from elsewhere and is not shown, because its income depends on recruiting others."""
    chosen = (
        sa.select(Post.id, Post.url, Post.received_at, Post.author_id, Listing.title)
        .join(Listing, Listing.post_id == Post.id)
        .where(
            Listing.is_recruitment_based,
            Post.is_local.is_(False),
            Post.deleted_at.is_(None),
            Post.visibility != "direct",
            sa.exists().where(Association.recruitment_policy != "show"),
        )
        .order_by(Post.id.desc())
        .limit(limit)
    )
    if before is not None:
        chosen = chosen.where(Post.id < before)
    rows = (await work.session.execute(chosen)).all()
    people = await faces(work, [row.author_id for row in rows])
    return [OutOfSight(row.id, row.title, row.url, people[row.author_id], row.received_at) for row in rows]


async def count(work: Reading, viewer_id: int | None, wanted: Filter) -> int:
    """How many fit."""
    if _has_no_words(wanted):
        found = await _number(viewer_of(viewer_id), wanted).first(work, viewer=viewer_id, now=work.now)
        return found.id if found is not None else 0
    chosen = _chosen(work, viewer_id, wanted)
    if chosen is None:
        return 0
    return await work.session.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0


async def one(work: Reading, viewer_id: int | None, post_id: int) -> ListingView:
    """One listing. Raises Gone, NotFound as posts.queries.one."""
    await posts.one(work, viewer_id, post_id)
    found = await views(work, viewer_id, [post_id], with_details=True)
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
    known: dict[None, list[tuple[int, str]]] = work.shelf("associations of listings", "listings", "vouches", "actors")
    if None not in known:
        known[None] = await _associations(work)
    return known[None]


async def _associations(work: Reading) -> list[tuple[int, str]]:
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


class _Key(NamedTuple):
    id: int


@cache
def _open_ones(viewer: Viewer, form: Window) -> Question[_Key]:
    chosen = (
        sa.select(Post.id)
        .join(Listing, Listing.post_id == Post.id)
        .where(
            Post.author_id == given("author"),
            Post.visibility != "direct",
            Listing.state == "open",
            sa.or_(Listing.expires_at.is_(None), Listing.expires_at > NOW),
            readable(viewer),
        )
    )
    return Question(_Key, form.cut(chosen, Post.id))


_OFFERED = copies(Listing, among(Listing.post_id, "ids"))


@cache
def _posts(viewer: Viewer) -> Question[Any]:
    return copies(Post, among(Post.id, "ids"), readable(viewer))


async def views(
    work: Reading, viewer_id: int | None, ids: Sequence[int], *, with_details: bool = False
) -> list[ListingView]:
    """The views of these listings in this order, without those the viewer may not read."""
    if not ids:
        return []
    offered = {row.post_id: row for row in await _OFFERED.ask(work, ids=ids)}
    found_posts = await _posts(viewer_of(viewer_id)).ask(work, viewer=viewer_id, ids=list(offered))
    rows: list[tuple[Post, Listing]] = [(post, offered[post.id]) for post in found_posts]
    people = await faces(work, [post.author_id for post, _ in rows])
    pictures = await posts.pictures_of(work, ids)
    counts = await posts.answers(work, viewer_id, ids)
    variants, tags = await _details(work, ids) if with_details else ({}, {})
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
            tax_rate=listing.tax_rate,
            industry=listing.industry,
            delivery=listing.delivery,
            serves_km=listing.serves_km,
            test_url=listing.test_url,
            is_two_way=rules.is_two_way(listing.purpose, listing.terms, listing.barter, listing.answers_id),
            variants=tuple(variants.get(post.id, ())),
            tags=tuple(tag for tag in tags.get(post.id, ()) if tag not in (*_MARKS, post.lens)),
        )
        for post, listing in rows
    }
    return [found[id] for id in ids if id in found]


def _chosen(work: Reading, viewer_id: int | None, wanted: Filter) -> sa.Select[int] | None:
    """None when the words looked for hold no word."""
    chosen = _without_words(viewer_id, work.now, wanted)
    for words, also in (
        (wanted.text, _of_industry(wanted.text)),
        (wanted.place, Listing.serves_km >= rules.EVERYWHERE),
    ):
        if words.strip():
            matching = search.matching(work, "post", words)
            if matching is None:
                return None
            chosen = chosen.where(sa.or_(Post.id.in_(matching), also))
    return chosen


def _without_words(
    viewer_id: Reader | None, now: datetime | sa.BindParameter[datetime], wanted: Filter
) -> sa.Select[int]:
    """What fits all of the filter but the words it looks for."""
    chosen = sa.select(Post.id).join(Listing, Listing.post_id == Post.id).where(_shown(viewer_id, wanted))
    if wanted.with_directed:
        chosen = chosen.where(sa.or_(Post.visibility != "direct", Post.author_id == viewer_id))
    else:
        chosen = chosen.where(Post.visibility != "direct")
    if wanted.only_open:
        chosen = chosen.where(Listing.state == "open", sa.or_(Listing.expires_at.is_(None), Listing.expires_at > now))
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
        members = sa.select(Vouch.subject_id).where(Vouch.issuer_id == wanted.association_id, is_vouched_at(now))
        chosen = chosen.where(sa.or_(Post.author_id.in_(members), Post.author_id == wanted.association_id))
    if wanted.industry:
        chosen = chosen.where(within(Listing.industry, wanted.industry))
    if wanted.tag:
        chosen = chosen.where(sa.exists().where(PostTag.post_id == Post.id, PostTag.tag == fold(wanted.tag)))
    if wanted.delivery:
        chosen = chosen.where(Listing.delivery.in_((wanted.delivery, "both")))
    return chosen


def _of_industry(text: str) -> sa.ColumnElement[bool]:
    """What somebody means who looks for a code."""
    code = industries.alone(text)
    return within(Listing.industry, code) if code else sa.false()


_VARIANTS = copies(ListingVariant, among(ListingVariant.post_id, "ids"), order=[ListingVariant.position])
_TAGS = copies(PostTag, among(PostTag.post_id, "ids"), order=[PostTag.tag])


async def _details(work: Reading, ids: Sequence[int]) -> tuple[dict[int, list[rules.Variant]], dict[int, list[str]]]:
    """Variants and tags of these listings, each in one question."""
    variants: dict[int, list[rules.Variant]] = {}
    for row in await _VARIANTS.ask(work, ids=ids):
        variants.setdefault(row.post_id, []).append(rules.Variant(row.name, row.price, row.quantity))
    tags: dict[int, list[str]] = {}
    for row in await _TAGS.ask(work, ids=ids):
        tags.setdefault(row.post_id, []).append(row.tag)
    return variants, tags


def _shown(viewer_id: Reader | None, wanted: Filter) -> sa.ColumnElement[bool]:
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
