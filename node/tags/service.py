"""Hashtags: followed, shown on a page, and used lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from node.access import listed
from node.errors import Invalid, NotFound
from node.ids import first_id, new_id
from node.posts.model import Post, PostTag
from node.tags.model import FeaturedTag, FollowedTag
from node.text import fold
from node.windows import Window
from node.words import N_, Message
from node.work import Reading, Writing

MOST_FOLLOWED = 200
MOST_FEATURED = 10
LONGEST = 100
_DAYS = 7


@dataclass(frozen=True, slots=True)
class Use:
    """How often a tag was used on one day, and by how many."""

    day: datetime
    posts: int
    people: int


def folded(text: str) -> str:
    """A tag as it is kept. Raises Invalid for what cannot be one."""
    tag = fold(text.strip().lstrip("#"))[:LONGEST]
    if not tag or not all(letter.isalnum() or letter == "_" for letter in tag) or tag.isdigit():
        raise Invalid({"name": N_("This is not a hashtag.")})
    return tag


async def follow(work: Writing, actor_id: int, tag: str) -> str:
    """Read at home what is said under a tag. Raises Invalid."""
    tag = folded(tag)
    await work.count_alone("followed tags", actor_id)
    known = set(await work.session.scalars(sa.select(FollowedTag.tag).where(FollowedTag.actor_id == actor_id)))
    if tag not in known:
        if len(known) >= MOST_FOLLOWED:
            raise Invalid({"name": Message(N_("Please give at most %(most)d."), {"most": MOST_FOLLOWED})})
        work.session.add(FollowedTag(id=new_id(work.now), actor_id=actor_id, tag=tag, created_at=work.now))
        await work.session.flush()
    return tag


async def unfollow(work: Writing, actor_id: int, tag: str) -> str:
    tag = folded(tag)
    await work.session.execute(sa.delete(FollowedTag).where(FollowedTag.actor_id == actor_id, FollowedTag.tag == tag))
    return tag


async def followed(work: Reading, actor_id: int, part: Window) -> list[tuple[int, str]]:
    """A page of the tags somebody follows, each with its cursor."""
    chosen = sa.select(FollowedTag.id, FollowedTag.tag).where(FollowedTag.actor_id == actor_id)
    rows = part.in_order((await work.session.execute(part.cut(chosen, FollowedTag.id))).all())
    return [(row[0], row[1]) for row in rows]


async def follows_any(work: Reading, actor_id: int, tags: Sequence[str]) -> set[str]:
    """Which of these tags somebody follows."""
    return set(
        await work.session.scalars(
            sa.select(FollowedTag.tag).where(FollowedTag.actor_id == actor_id, FollowedTag.tag.in_(tags))
        )
    )


async def all_followed(work: Reading, actor_id: int) -> list[str]:
    """Every tag somebody follows."""
    return list(await work.session.scalars(sa.select(FollowedTag.tag).where(FollowedTag.actor_id == actor_id)))


async def feature(work: Writing, actor_id: int, name: str) -> FeaturedTag:
    """Show a tag on one's page. Raises Invalid."""
    tag = folded(name)
    await work.count_alone("featured tags", actor_id)
    known = list(await work.session.scalars(sa.select(FeaturedTag).where(FeaturedTag.actor_id == actor_id)))
    for row in known:
        if row.tag == tag:
            return row
    if len(known) >= MOST_FEATURED:
        raise Invalid({"name": Message(N_("Please give at most %(most)d."), {"most": MOST_FEATURED})})
    made = FeaturedTag(
        id=new_id(work.now), actor_id=actor_id, tag=tag, name=name.strip().lstrip("#")[:LONGEST], created_at=work.now
    )
    work.session.add(made)
    await work.session.flush()
    return made


async def unfeature(work: Writing, actor_id: int, id: int) -> None:
    """Raises NotFound."""
    row = await work.session.get(FeaturedTag, id)
    if row is None or row.actor_id != actor_id:
        raise NotFound
    await work.session.delete(row)
    await work.session.flush()


async def featured(work: Reading, actor_id: int) -> list[tuple[FeaturedTag, int, datetime | None]]:
    """The tags on somebody's page, with how often and when last they used each where everybody may read it."""
    rows = (
        await work.session.scalars(
            sa.select(FeaturedTag).where(FeaturedTag.actor_id == actor_id).order_by(FeaturedTag.id)
        )
    ).all()
    uses = await _uses_of(work, actor_id, [row.tag for row in rows])
    return [(row, *uses.get(row.tag, (0, None))) for row in rows]


async def _uses_of(work: Reading, actor_id: int, tags: Sequence[str]) -> dict[str, tuple[int, datetime | None]]:
    rows = await work.session.execute(
        sa.select(PostTag.tag, sa.func.count(), sa.func.max(Post.published_at))
        .join(Post, Post.id == PostTag.post_id)
        .where(
            PostTag.tag.in_(tags), Post.author_id == actor_id, Post.deleted_at.is_(None), Post.visibility == "public"
        )
        .group_by(PostTag.tag)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def features_any(work: Reading, actor_id: int, tags: Sequence[str]) -> set[str]:
    """Which of these tags somebody shows on their page."""
    return set(
        await work.session.scalars(
            sa.select(FeaturedTag.tag).where(FeaturedTag.actor_id == actor_id, FeaturedTag.tag.in_(tags))
        )
    )


async def used_by(work: Reading, actor_id: int, limit: int = 10) -> list[str]:
    """The tags somebody uses most, for them to feature."""
    rows = await work.session.execute(
        sa.select(PostTag.tag)
        .join(Post, Post.id == PostTag.post_id)
        .where(Post.author_id == actor_id, Post.deleted_at.is_(None), Post.visibility == "public")
        .where(PostTag.tag.not_in(sa.select(FeaturedTag.tag).where(FeaturedTag.actor_id == actor_id)))
        .group_by(PostTag.tag)
        .order_by(sa.func.count().desc(), PostTag.tag)
        .limit(limit)
    )
    return [row[0] for row in rows]


async def history(work: Reading, tags: Sequence[str]) -> dict[str, list[Use]]:
    """How often each of these tags was used on each of the last seven days, the newest first, where everybody may
    read it."""
    today = work.now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=_DAYS - 1)
    rows = await work.session.execute(
        sa.select(PostTag.tag, Post.published_at, Post.author_id)
        .join(Post, Post.id == PostTag.post_id)
        .where(PostTag.tag.in_(tags), Post.id >= first_id(since), Post.visibility == "public", listed(None))
        .limit(5000)
    )
    seen: dict[tuple[str, int], list[int]] = {}
    for tag, at, author_id in rows:
        seen.setdefault((tag, (today - at.replace(hour=0, minute=0, second=0, microsecond=0)).days), []).append(
            author_id
        )
    return {
        tag: [
            Use(today - timedelta(days=day), len(seen.get((tag, day), ())), len(set(seen.get((tag, day), ()))))
            for day in range(_DAYS)
        ]
        for tag in tags
    }


async def trending(work: Reading, limit: int, offset: int = 0) -> list[str]:
    """Tags that most people used in the last week, at least two of them, where everybody may read it."""
    since = work.now - timedelta(days=_DAYS)
    people = sa.func.count(sa.distinct(Post.author_id))
    rows = await work.session.execute(
        sa.select(PostTag.tag)
        .join(Post, Post.id == PostTag.post_id)
        .where(Post.id >= first_id(since), Post.visibility == "public", listed(None))
        .group_by(PostTag.tag)
        .having(people >= 2)
        .order_by(people.desc(), sa.func.count().desc(), PostTag.tag)
        .limit(limit)
        .offset(offset)
    )
    return [row[0] for row in rows]
