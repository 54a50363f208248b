"""Keeps the words of every open listing, ours and copies alike, so that a run of matching reads no texts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from node.associations.model import Association
from node.industries import catalogue
from node.listings.model import Listing
from node.markdown import plain
from node.matching import terms
from node.matching.model import ListingReading, ListingWord
from node.posts.model import Post, PostTag
from node.work import Node, Reading, Writing

CHUNK = 20
"""Listings read in one unit: some milliseconds, so that nobody waits for it."""
_NEWEST = 300
_MOST = 2000
_OWN_TAGS = ("offer", "wanted", "ask", "request", "business", "social")
"""What our carriers add to every listing says nothing of this one."""

_version = sa.func.coalesce(Post.updated_at, Post.received_at)


@dataclass(frozen=True, slots=True)
class _Read:
    """A listing in one of its versions, with its words."""

    post_id: int
    purpose: str
    version_at: datetime
    terms: dict[str, terms.Term]


async def catch_up(node: Node) -> bool:
    """Read what is new or changed, as much as fits into one errand. False when there is more."""
    return await _read_all(node, _UNREAD) < _MOST


async def look_in(node: Node, author_id: int) -> None:
    """Read what this author changed, and what came in last: what a run on demand must not miss."""
    async with node.reading() as work:
        newest = sa.select(Listing.post_id).order_by(Listing.post_id.desc()).offset(_NEWEST).limit(1)
        since = await work.session.scalar(newest) or 0
    await _read_all(node, _UNREAD.where(Post.author_id == author_id))
    await _read_all(node, _UNREAD.where(Listing.post_id > since))


async def _read_all(node: Node, chosen: sa.Select[*tuple[Any, ...]]) -> int:
    """The newest first, a chunk at a time."""
    count = 0
    part = chosen
    while True:
        async with node.reading() as work:
            found = await _unread(work, part)
        if found:
            await _keep(node, found)
        count += len(found)
        if len(found) < CHUNK or count >= _MOST:
            return count
        part = chosen.where(Listing.post_id < found[-1].post_id)


async def forget_closed(work: Writing, limit: int = 500) -> None:
    """What is no longer open brings nobody together."""
    closed = (
        await work.session.scalars(
            sa.select(ListingReading.post_id)
            .join(Listing, Listing.post_id == ListingReading.post_id)
            .where(sa.or_(Listing.state != "open", Listing.expires_at <= work.now))
            .limit(limit)
        )
    ).all()
    if closed:
        await work.session.execute(sa.delete(ListingWord).where(ListingWord.post_id.in_(closed)))
        await work.session.execute(sa.delete(ListingReading).where(ListingReading.post_id.in_(closed)))


async def language_of_house(work: Reading) -> str:
    """In which language a text is read that does not say its own."""
    spoken = await work.session.scalar(sa.select(Association.languages).limit(1))
    return spoken[0] if spoken else work.config.language


_UNREAD = (
    sa.select(
        Post.id,
        Listing.purpose,
        Listing.title,
        Listing.body,
        Listing.industry,
        Post.language,
        _version.label("version"),
    )
    .join(Listing, Listing.post_id == Post.id)
    .join(ListingReading, ListingReading.post_id == Post.id, isouter=True)
    .where(
        Listing.state == "open",
        Post.visibility != "direct",  # what was offered to one person meets nobody else
        Post.deleted_at.is_(None),
        sa.or_(
            ListingReading.post_id.is_(None),
            ListingReading.version_at != _version,
            ListingReading.rules != terms.RULES,
        ),
    )
    .order_by(Listing.post_id.desc())
)


async def _unread(work: Reading, chosen: sa.Select[*tuple[Any, ...]]) -> list[_Read]:
    """The newest of those chosen, with their words."""
    is_open = sa.or_(Listing.expires_at.is_(None), Listing.expires_at > work.now)
    rows = (await work.session.execute(chosen.where(is_open).limit(CHUNK))).all()
    if not rows:
        return []
    house = await language_of_house(work)
    tags: dict[int, list[str]] = {}
    for post_id, tag in await work.session.execute(
        sa.select(PostTag.post_id, PostTag.tag).where(
            PostTag.post_id.in_([row.id for row in rows]), PostTag.tag.not_in(_OWN_TAGS)
        )
    ):
        tags.setdefault(post_id, []).append(tag)
    return [
        _Read(row.id, row.purpose, row.version, _terms(row, row.language or house, sorted(tags.get(row.id, ()))[:12]))
        for row in rows
    ]


def _terms(row: Any, language: str, tags: list[str]) -> dict[str, terms.Term]:
    industry, trust = row.industry, terms.SAID
    if not industry:  # what is called by the name of a trade meets it in every language that names it
        industry = catalogue.guess(row.title)
        trust = terms.NAMED if terms.telling(row.title, language) <= 2 else terms.GUESSED
    return terms.terms(row.title, plain(row.body), language=language, tags=tags, industry=industry, trust=trust)


async def _keep(node: Node, found: list[_Read]) -> None:
    async with node.writing() as work:
        ids = [read.post_id for read in found]
        await work.session.execute(sa.delete(ListingWord).where(ListingWord.post_id.in_(ids)))
        statement = work.insert(ListingReading)
        await work.session.execute(
            statement.on_conflict_do_update(
                index_elements=["post_id"],
                set_={"version_at": statement.excluded.version_at, "rules": statement.excluded.rules},
            ),
            [{"post_id": read.post_id, "version_at": read.version_at, "rules": terms.RULES} for read in found],
        )
        words = [
            {"purpose": read.purpose, "term": term, "post_id": read.post_id, "word": kept.word, "weight": kept.weight}
            for read in found
            for term, kept in read.terms.items()
        ]
        if words:  # two processes may read the same listing at the same time
            await work.session.execute(work.insert(ListingWord).on_conflict_do_nothing(), words)
