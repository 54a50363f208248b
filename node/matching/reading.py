"""Keeps the words of every open listing, ours and copies alike, so that a run of matching reads no texts."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from node.associations.model import Association
from node.listings.model import Listing
from node.markdown import plain
from node.matching import terms
from node.matching.model import ListingReading, ListingWord
from node.posts.model import Post, PostTag
from node.work import Node, Reading, Writing

CHUNK = 40
"""Listings read in one unit: some milliseconds, so that nobody waits for it."""
_OWN_TAGS = ("offer", "wanted", "ask", "request")
"""What our carriers add to every listing says nothing of this one."""

_version = sa.func.coalesce(Post.updated_at, Post.received_at)


@dataclass(frozen=True, slots=True)
class _Read:
    """A listing in one of its versions, with its words."""

    post_id: int
    version_at: datetime
    terms: dict[str, terms.Term]


async def catch_up(node: Node, most: int | None = None) -> int:
    """Read what is new or changed, at most so many listings. Returns how many that were."""
    count = 0
    while most is None or count < most:
        async with node.reading() as work:
            found = await _unread(work, min(CHUNK, CHUNK if most is None else most - count))
        if not found:
            break
        async with node.writing() as work:
            await _keep(work, found)
        count += len(found)
    return count


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


async def _unread(work: Reading, limit: int) -> list[_Read]:
    """The newest of those that nobody read in this version, with their words."""
    rows = (
        await work.session.execute(
            sa.select(
                Post.id, Listing.title, Listing.body, Listing.barter, Listing.industry, Post.language,
                _version.label("version"),
            )
            .join(Listing, Listing.post_id == Post.id)
            .join(ListingReading, ListingReading.post_id == Post.id, isouter=True)
            .where(
                Listing.state == "open",
                sa.or_(Listing.expires_at.is_(None), Listing.expires_at > work.now),
                Post.deleted_at.is_(None),
                sa.or_(
                    ListingReading.post_id.is_(None),
                    ListingReading.version_at != _version,
                    ListingReading.rules != terms.RULES,
                ),
            )
            .order_by(Listing.post_id.desc())
            .limit(limit)
        )
    ).all()  # fmt: skip
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
        _Read(
            row.id,
            row.version,
            terms.terms(
                row.title,
                plain(row.body),
                language=row.language or house,
                tags=sorted(tags.get(row.id, ()))[:12],
                industry=row.industry,
            ),
        )
        for row in rows
    ]


async def _keep(work: Writing, found: list[_Read]) -> None:
    insert = sqlite.insert if work.config.is_sqlite else postgresql.insert
    await work.session.execute(sa.delete(ListingWord).where(ListingWord.post_id.in_([read.post_id for read in found])))
    statement = insert(ListingReading)
    await work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["post_id"],
            set_={"version_at": statement.excluded.version_at, "rules": statement.excluded.rules},
        ),
        [{"post_id": read.post_id, "version_at": read.version_at, "rules": terms.RULES} for read in found],
    )
    words = [
        {"term": term, "post_id": read.post_id, "word": kept.word, "weight": kept.weight}
        for read in found
        for term, kept in read.terms.items()
    ]
    if words:  # two processes may read the same listing at the same time
        await work.session.execute(insert(ListingWord).on_conflict_do_nothing(), words)
