"""What the pages ask about posts: the feed, one post with its thread, an author's posts, a hashtag."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.access import listed, readable
from node.actors.model import Actor
from node.errors import Gone, NotFound
from node.faces import Face, faces
from node.follows.model import Follow
from node.listings.model import Listing
from node.media.model import Media
from node.posts import rules, timelines
from node.posts.extras import NOTHING, Extras, extras
from node.posts.model import Post, PostTag
from node.posts.originals import these_and_what_they_show
from node.posts.regards import UNMARKED, Regard, marks
from node.posts.wire import in_short
from node.text import fold
from node.windows import Window
from node.work import Reading

PAGE = 20
_PARENT = aliased(Post)  # made once: an alias of all columns takes a millisecond
_THREAD = 200
_ROUNDS = 3
"""Looks for a page of the feed in which the same posts were passed on again and again."""


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture as a page shows it. ``src`` is always on this node: a reader's browser asks no stranger's server."""

    src: str
    origin: str
    alt: str
    width: int | None
    height: int | None
    media_id: int


@dataclass(frozen=True, slots=True)
class PostView:
    """A post as a page shows it. ``content`` is clean HTML."""

    id: int
    uri: str
    url: str
    path: str
    """Its page on this node."""
    kind: str
    author: Face
    content: str
    warning: str
    language: str | None
    lens: str
    visibility: str
    at: datetime
    updated_at: datetime | None
    pictures: tuple[PictureView, ...]
    parent_id: int | None
    parent_uri: str | None
    parent_author: Face | None
    answers: int
    title: str
    """Of a listing, an article, a gathering; empty for most."""
    purpose: str
    is_own: bool
    excerpt: str = ""
    """The beginning of an article, as clean HTML."""
    extras: Extras = NOTHING
    quoted: "PostView | None" = None
    quoted_uri: str | None = None
    regard: Regard = field(default_factory=Regard)
    passed_on_by: tuple[Face, ...] = ()
    """Because of whom it stands in a feed; empty for what stands there by itself."""
    circle: Face | None = None
    """In which it was said."""
    cursor: int = 0
    """Its place in a feed: its own key, or that of the last boost."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A post between what it answers and what answers it."""

    before: tuple[PostView, ...]
    post: PostView
    after: tuple[PostView, ...]


@dataclass(frozen=True, slots=True)
class Editable:
    """A post as its author edits it."""

    id: int
    kind: str
    text: str
    lens: str
    visibility: str
    warning: str
    language: str | None
    pictures: tuple[PictureView, ...]
    path: str
    title: str = ""


def page_of(post: Post, author: Actor) -> str:
    """The page of a post on this node."""
    return f"/@{author.username}/{post.id}" if post.is_local else f"/posts/{post.id}"


async def feed(
    work: Reading, viewer_id: int, lens: str = "both", *, before: int | None = None, limit: int = PAGE
) -> list[PostView]:
    """What the viewer follows, their own, and what members of this association say; newest first.

    The two narrow lenses leave out what belongs to the other one; a post of both, or from a network that knows no
    lenses, is in all three. Answers appear when they answer somebody who would appear too. What others passed on
    appears because of those the viewer follows alone.
    """
    found: list[PostView] = []
    tags = await timelines.followed_tags(work, viewer_id)
    for _ in range(_ROUNDS):
        part = Window(limit - len(found), below=before)
        ids = await timelines.among_the_newest(work, part, lambda author: _feed(viewer_id, lens, author, tags))
        # That the own words of the viewer were passed on is told as news, and clear from the numbers below them.
        seen = [view for view in await views(work, viewer_id, ids) if not (view.passed_on_by and view.is_own)]
        found = _each_once([*found, *seen])
        if len(ids) < part.limit or len(found) >= limit:
            break
        before = ids[-1]
    return found


def _each_once(found: Sequence[PostView]) -> list[PostView]:
    """What several passed on, or what stands further down by itself, is shown once, at its newest place."""
    once: dict[int, PostView] = {}
    for view in found:
        first = once.setdefault(view.id, view)
        if first is not view:
            passed_on_by = tuple({face.id: face for face in (*first.passed_on_by, *view.passed_on_by)}.values())
            once[view.id] = replace(first, passed_on_by=passed_on_by)
    return list(once.values())


def _feed(viewer_id: int, lens: str, author: timelines.AuthorKey, tags: Sequence[str] = ()) -> sa.Select[int]:
    followed = sa.select(Follow.followed_id).where(Follow.follower_id == viewer_id, Follow.state == "accepted")
    members = sa.select(Actor.id).where(Actor.is_local)
    parent = _PARENT
    near = sa.or_(parent.author_id == viewer_id, parent.author_id.in_(followed), parent.author_id.in_(members))
    chosen = (
        sa.select(Post.id)
        .join(parent, parent.id == Post.parent_id, isouter=True)
        .where(
            sa.or_(
                author == viewer_id,
                author.in_(followed),
                author.in_(members),
                timelines.in_closed_circles(followed),
                *([timelines.is_tagged(tags)] if tags else ()),
            ),
            Post.visibility != "direct",
            sa.or_(timelines.no_boost(), timelines.from_whom_boosts_are_wanted(viewer_id)),
            sa.or_(Post.parent_uri.is_(None), Post.author_id == viewer_id, near),
            listed(viewer_id),
        )
    )
    return chosen.where(Post.lens.in_((lens, "both"))) if lens in ("social", "business") else chosen


async def by_author(
    work: Reading, viewer_id: int | None, author_id: int, *, before: int | None = None, limit: int = PAGE
) -> list[PostView]:
    """An author's posts that are no answers and not for somebody alone, newest first."""
    chosen = sa.select(Post.id).where(
        Post.author_id == author_id,
        Post.kind.in_(rules.READ),
        Post.visibility != "direct",
        Post.parent_uri.is_(None),
        readable(viewer_id),
    )
    return await views(work, viewer_id, (await work.session.scalars(_page(chosen, before, limit))).all())


async def in_circle(
    work: Reading, viewer_id: int | None, group_id: int, *, before: int | None = None, limit: int = PAGE
) -> list[PostView]:
    """What was begun in a circle, here or elsewhere, newest first."""
    ids = await timelines.in_circle(work, viewer_id, group_id, Window(limit, below=before))
    return await views(work, viewer_id, ids)


async def by_tag(
    work: Reading, viewer_id: int | None, tag: str, *, before: int | None = None, limit: int = PAGE
) -> list[PostView]:
    """Posts everybody may read under a hashtag, newest first."""
    chosen = (
        sa.select(Post.id)
        .join(PostTag, PostTag.post_id == Post.id)
        .where(PostTag.tag == fold(tag), Post.visibility == "public", listed(viewer_id))
    )
    return await views(work, viewer_id, (await work.session.scalars(_page(chosen, before, limit))).all())


def _page(chosen: sa.Select[int], before: int | None, limit: int) -> sa.Select[int]:
    if before is not None:
        chosen = chosen.where(Post.id < before)
    return chosen.order_by(Post.id.desc()).limit(limit)


async def one(work: Reading, viewer_id: int | None, post_id: int) -> PostView:
    """One post. Raises Gone for a withdrawn one that was open to this reader, NotFound for all they may not read."""
    post = await work.session.get(Post, post_id)
    if post is None:
        raise NotFound
    if post.deleted_at is not None:
        if post.visibility in ("public", "quiet") or post.author_id == viewer_id:
            raise Gone
        raise NotFound
    found = await views(work, viewer_id, [post_id])
    if not found:
        raise NotFound
    return found[0]


async def thread(work: Reading, viewer_id: int | None, post_id: int) -> Thread:
    """A post with what it answers and what answers it, as far as this reader may read. Raises NotFound, Gone."""
    post = await one(work, viewer_id, post_id)
    before: list[int] = []
    above = post.parent_id
    while above is not None and above not in before and len(before) < 20:
        before.insert(0, above)
        above = await work.session.scalar(sa.select(Post.parent_id).where(Post.id == above))
    below = sa.select(Post.id, sa.literal(1).label("depth")).where(Post.parent_id == post_id).cte(recursive=True)
    below = below.union_all(
        sa.select(Post.id, below.c.depth + 1).join(below, Post.parent_id == below.c.id).where(below.c.depth < 20)
    )
    answers = (await work.session.scalars(sa.select(below.c.id).order_by(below.c.id).limit(_THREAD))).all()
    return Thread(
        before=tuple(await views(work, viewer_id, before)),
        post=post,
        after=tuple(await views(work, viewer_id, answers)),
    )


async def editable(work: Reading, author_id: int, post_id: int) -> Editable:
    """A post of the author's own, to be corrected. Raises NotFound, Gone."""
    post = await work.session.get(Post, post_id)
    if post is None or post.author_id != author_id or not post.is_local:
        raise NotFound
    if post.deleted_at is not None:
        raise Gone
    author = await work.session.get_one(Actor, author_id)
    return Editable(
        id=post.id,
        kind=post.kind,
        text=post.source or "",
        lens=post.lens,
        visibility=post.visibility,
        warning=post.warning,
        language=post.language,
        pictures=(await pictures_of(work, [post.id])).get(post.id, ()),
        path=page_of(post, author),
        title=post.title,
    )


async def id_by_uri(work: Reading, uri: str) -> int | None:
    """The key of a post by its ActivityPub id or its page."""
    return await work.session.scalar(sa.select(Post.id).where(sa.or_(Post.uri == uri, Post.url == uri)).limit(1))


async def views(
    work: Reading, viewer_id: int | None, ids: Sequence[int], *, with_quotes: bool = True
) -> list[PostView]:
    """The views of these posts in this order, without those the viewer may not read; for a boost, of what it shows.

    What a post quotes comes with it, as far as the viewer may read that; what that quotes in turn does not.
    """
    if not ids:
        return []
    parent = _PARENT
    rows = (
        await work.session.execute(
            sa.select(Post, Listing.title, Listing.purpose, parent.author_id)
            .join(Listing, Listing.post_id == Post.id, isouter=True)
            .join(parent, parent.id == Post.parent_id, isouter=True)
            .where(these_and_what_they_show(ids), readable(viewer_id))
        )
    ).all()
    keys = [row[0].id for row in rows if row[0].boost_of_id is None]
    circles = [row[0].circle_id for row in rows if row[0].circle_id is not None]
    authors = [row[0].author_id for row in rows] + [row[3] for row in rows if row[3] is not None]
    people = await faces(work, authors + circles)
    pictures = await pictures_of(work, keys)
    counts = await answers(work, viewer_id, keys)
    marked = await marks(work, viewer_id, keys)
    more = await extras(work, viewer_id, [row[0] for row in rows])
    quoted_ids = list({row[0].quoted_id for row in rows if row[0].quoted_id is not None}) if with_quotes else []
    quoted = {view.id: view for view in await views(work, viewer_id, quoted_ids, with_quotes=False)}
    found = {
        post.id: PostView(
            id=post.id,
            uri=post.uri,
            url=post.url,
            path=f"{people[post.author_id].path}/{post.id}" if post.is_local else f"/posts/{post.id}",
            kind=post.kind,
            author=people[post.author_id],
            content=post.content,
            warning=post.warning,
            language=post.language,
            lens=post.lens,
            visibility=post.visibility,
            at=post.published_at,
            updated_at=post.updated_at,
            pictures=pictures.get(post.id, ()),
            parent_id=post.parent_id,
            parent_uri=post.parent_uri,
            parent_author=people.get(parent_author) if parent_author is not None else None,
            answers=counts.get(post.id, 0),
            title=title or post.title,
            excerpt=in_short(post.content, 400) if post.kind == "article" else "",
            extras=more.get(post.id, NOTHING),
            quoted=quoted.get(post.quoted_id or 0),
            quoted_uri=post.quoted_uri,
            purpose=purpose or "",
            is_own=post.author_id == viewer_id,
            regard=Regard(post.likes, post.boosts, marked.get(post.id, UNMARKED)),
            circle=people.get(post.circle_id) if post.circle_id is not None else None,
            cursor=post.id,
        )
        for post, title, purpose, parent_author in rows
        if post.boost_of_id is None
    }
    for post, *_ in rows:
        if post.boost_of_id in found:
            by = (people[post.author_id],)
            found[post.id] = replace(found[post.boost_of_id], cursor=post.id, passed_on_by=by)
    return [found[id] for id in ids if id in found]


async def answers(work: Reading, viewer_id: int | None, ids: Sequence[int]) -> dict[int, int]:
    """How many direct answers each of these posts has that the viewer may read."""
    rows = await work.session.execute(
        sa.select(Post.parent_id, sa.func.count())
        .where(Post.parent_id.in_(ids), readable(viewer_id))
        .group_by(Post.parent_id)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


async def pictures_of(work: Reading, ids: Sequence[int]) -> dict[int, tuple[PictureView, ...]]:
    """The pictures of these posts, in their order."""
    rows = await work.session.scalars(sa.select(Media).where(Media.post_id.in_(ids)).order_by(Media.position, Media.id))
    found: dict[int, tuple[PictureView, ...]] = {}
    for row in rows:
        assert row.post_id is not None
        view = _picture(row)
        found[row.post_id] = (*found.get(row.post_id, ()), view)
    return found


def _picture(row: Media) -> PictureView:
    return PictureView(
        src=f"/media/{row.digest}.{row.extension}" if row.digest else f"/media/elsewhere/{row.id}",
        origin=row.remote_url or "",
        alt=row.alt,
        width=row.width,
        height=row.height,
        media_id=row.id,
    )


async def pictures_of_owner(
    work: Reading, owner_id: int, ids: Sequence[int], post_id: int | None = None
) -> list[PictureView]:
    """Pictures of this owner that belong to no post yet, or to ``post_id``; those of anybody else are left out."""
    rows = await work.session.scalars(
        sa.select(Media).where(
            Media.id.in_(ids), Media.owner_id == owner_id, sa.or_(Media.post_id.is_(None), Media.post_id == post_id)
        )
    )
    found = {row.id: _picture(row) for row in rows}
    return [found[id] for id in dict.fromkeys(ids) if id in found]
