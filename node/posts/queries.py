"""What the pages ask about posts: the feed, one post with its thread, an author's posts, a hashtag."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.access import OPEN, listed, readable
from node.actors.model import Actor
from node.asking import VIEWER, Question, Viewer, among, given, viewer_of
from node.errors import Gone, NotFound
from node.faces import Face, faces
from node.listings.model import Listing
from node.media.model import Media
from node.posts import quoting, rules, timelines
from node.posts.answering import ANSWERED, WHOM, is_answer_to
from node.posts.extras import NOTHING, Extras, extras
from node.posts.model import Post, PostTag
from node.posts.originals import these_and_what_they_show
from node.posts.regards import UNMARKED, Regard, marks
from node.posts.wire import in_short
from node.text import fold
from node.windows import Window
from node.work import Reading

PAGE = 20
_ABOVE, _THREAD = 20, 200
LENSES = ("social", "business")
"""Those that leave something out."""
_ROUNDS = 3
"""Looks for a page of the feed in which the same posts were passed on again and again."""


class _Key(NamedTuple):
    id: int


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
    quote_state: str = ""
    """A word of node.posts.quoting where the author of what is quoted has a say; it is shown only if they accepted."""
    is_quotable: bool = False
    """The viewer may quote it, or ask whether they may."""
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
    may_quote: str = "public"


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
        ids = await timelines.among_the_newest(
            work, part, _feed(lens in LENSES, bool(tags)), viewer=viewer_id, tags=tags, lenses=[lens, "both"]
        )
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


@cache
def _feed(is_narrow: bool, has_tags: bool) -> timelines.Chosen:
    followed = timelines.followed_by(VIEWER)
    members = sa.select(Actor.id).where(Actor.is_local)
    whom = ANSWERED.author_id
    near = is_answer_to(whom == VIEWER, whom.in_(followed), whom.in_(members))

    def chosen(author: timelines.AuthorKey) -> sa.Select[int]:
        found = sa.select(Post.id).where(
            sa.or_(
                author == VIEWER,
                author.in_(followed),
                author.in_(members),
                timelines.in_closed_circles(followed),
                *([timelines.is_tagged()] if has_tags else ()),
            ),
            Post.visibility != "direct",
            sa.or_(timelines.no_boost(), timelines.from_whom_boosts_are_wanted(VIEWER)),
            sa.or_(Post.parent_uri.is_(None), Post.author_id == VIEWER, near),
            listed(VIEWER),
        )
        return found.where(among(Post.lens, "lenses")) if is_narrow else found

    return chosen


async def by_author(
    work: Reading, viewer_id: int | None, author_id: int, *, before: int | None = None, limit: int = PAGE
) -> list[PostView]:
    """An author's posts that are no answers and not for somebody alone, newest first."""
    part = Window(limit, below=before)
    rows = await _by_author(viewer_of(viewer_id), part.form).ask(
        work, viewer=viewer_id, author=author_id, kinds=rules.READ, **part.values
    )
    return await views(work, viewer_id, [row.id for row in rows])


@cache
def _by_author(viewer: Viewer, form: Window) -> Question[_Key]:
    chosen = sa.select(Post.id).where(
        Post.author_id == given("author"),
        among(Post.kind, "kinds"),
        Post.visibility != "direct",
        Post.parent_uri.is_(None),
        readable(viewer),
    )
    return Question(_Key, form.cut(chosen, Post.id))


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
    part = Window(limit, below=before)
    rows = await _by_tag(viewer_of(viewer_id), part.form).ask(work, viewer=viewer_id, tag=fold(tag), **part.values)
    return await views(work, viewer_id, [row.id for row in rows])


@cache
def _by_tag(viewer: Viewer, form: Window) -> Question[_Key]:
    chosen = (
        sa.select(Post.id)
        .join(PostTag, PostTag.post_id == Post.id)
        .where(PostTag.tag == given("tag", sa.String), Post.visibility == "public", listed(viewer))
    )
    return Question(_Key, form.cut(chosen, Post.id))


async def one(work: Reading, viewer_id: int | None, post_id: int) -> PostView:
    """One post. Raises Gone for a withdrawn one that was open to this reader, NotFound for all they may not read."""
    found = await views(work, viewer_id, [post_id])
    if found:
        return found[0]
    grave = await _GRAVES.first(work, post=post_id)
    if grave is not None and (grave.visibility in OPEN or grave.author_id == viewer_id):
        raise Gone
    raise NotFound


class _Grave(NamedTuple):
    author_id: int
    visibility: str


_GRAVES = Question(
    _Grave, sa.select(Post.author_id, Post.visibility).where(Post.id == given("post"), Post.deleted_at.is_not(None))
)


async def quoted_in(work: Reading, viewer_id: int, post_id: int) -> int:
    """The key of the viewer's own post that this one quotes. Raises NotFound."""
    quoted = aliased(Post)
    found = await work.session.scalar(
        sa.select(quoted.id)
        .join(Post, Post.quoted_id == quoted.id)
        .where(Post.id == post_id, quoted.author_id == viewer_id, readable(viewer_id))
    )
    if found is None:
        raise NotFound
    return found


async def thread(work: Reading, viewer_id: int | None, post_id: int) -> Thread:
    """A post with what it answers and what answers it, as far as this reader may read. Raises NotFound, Gone."""
    post = await one(work, viewer_id, post_id)
    above, below = await timelines.around(work, post_id)
    before, after = above[-_ABOVE:], sorted(await timelines.heard(work, viewer_id, below))[:_THREAD]
    shown = {view.id: view for view in await views(work, viewer_id, [*before, *after])} if before or after else {}
    return Thread(
        before=tuple(shown[id] for id in before if id in shown),
        post=post,
        after=tuple(shown[id] for id in after if id in shown),
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
        may_quote=post.may_quote or "public",
    )


async def id_by_uri(work: Reading, uri: str) -> int | None:
    """The key of a post by its ActivityPub id or its page."""
    return await work.session.scalar(sa.select(Post.id).where(sa.or_(Post.uri == uri, Post.url == uri)).limit(1))


class _Shown(NamedTuple):
    """A row of posts, as far as it is shown, with what stands beside it."""

    id: int
    uri: str
    url: str
    kind: str
    is_local: bool
    author_id: int
    content: str
    warning: str
    language: str | None
    lens: str
    visibility: str
    published_at: datetime
    updated_at: datetime | None
    parent_id: int | None
    parent_uri: str | None
    boost_of_id: int | None
    quoted_uri: str | None
    quoted_id: int | None
    may_quote: str | None
    preview_id: int | None
    circle_id: int | None
    title: str
    likes: int
    boosts: int
    listing_title: str | None
    purpose: str | None
    parent_author_id: int | None


@cache
def _shown(viewer: Viewer) -> Question[_Shown]:
    columns = [getattr(Post, name) for name in _Shown._fields[:-3]]
    return Question(
        _Shown,
        sa.select(*columns, Listing.title, Listing.purpose, WHOM)
        .join(Listing, Listing.post_id == Post.id, isouter=True)
        .where(these_and_what_they_show(), readable(viewer)),
    )


async def views(
    work: Reading, viewer_id: int | None, ids: Sequence[int], *, with_quotes: bool = True
) -> list[PostView]:
    """The views of these posts in this order, without those the viewer may not read; for a boost, of what it shows.

    What a post quotes comes with it, as far as the viewer may read that; what that quotes in turn does not.
    """
    if not ids:
        return []
    rows = await _shown(viewer_of(viewer_id)).ask(work, viewer=viewer_id, ids=ids)
    if not rows:
        return []
    keys = [row.id for row in rows if row.boost_of_id is None]
    circles = [row.circle_id for row in rows if row.circle_id is not None]
    authors = [row.author_id for row in rows]
    parents = [row.parent_author_id for row in rows if row.parent_author_id is not None]
    people = await faces(work, authors + parents + circles)
    pictures = await pictures_of(work, keys)
    counts = await answers(work, viewer_id, keys)
    marked = await marks(work, viewer_id, keys)
    more = await extras(work, viewer_id, rows)
    quoting_ids = [row.id for row in rows if row.quoted_uri is not None] if with_quotes else []
    asked = await quoting.states(work, quoting_ids)
    quoted_ids = list(
        {row.quoted_id for row in rows if row.quoted_id is not None and quoting.is_shown(asked.get(row.id, ""))}
        if with_quotes
        else ()
    )
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
            parent_author=people.get(post.parent_author_id) if post.parent_author_id is not None else None,
            answers=counts.get(post.id, 0),
            title=post.listing_title or post.title,
            excerpt=in_short(post.content, 400) if post.kind == "article" else "",
            extras=more.get(post.id, NOTHING),
            quoted=quoted.get(post.quoted_id or 0) if quoting.is_shown(asked.get(post.id, "")) else None,
            quoted_uri=post.quoted_uri,
            quote_state=asked.get(post.id, ""),
            is_quotable=viewer_id is not None and _is_quotable(post, viewer_id),
            purpose=post.purpose or "",
            is_own=post.author_id == viewer_id,
            regard=Regard(post.likes, post.boosts, marked.get(post.id, UNMARKED)),
            circle=people.get(post.circle_id) if post.circle_id is not None else None,
            cursor=post.id,
        )
        for post in rows
        if post.boost_of_id is None
    }
    for post in rows:
        if post.boost_of_id in found:
            by = (people[post.author_id],)
            found[post.id] = replace(found[post.boost_of_id], cursor=post.id, passed_on_by=by)
    return [found[id] for id in ids if id in found]


def _is_quotable(post: _Shown, viewer_id: int) -> bool:
    """As far as the row tells: whether the viewer follows the author is looked at when they want to."""
    policy = quoting.policy(post.visibility, post.is_local, post.may_quote)
    return policy.allows(is_author=post.author_id == viewer_id, follows=None) != quoting.DENIED and (
        post.visibility in OPEN
    )


class _Count(NamedTuple):
    post_id: int
    number: int


@cache
def _answers(viewer: Viewer) -> Question[_Count]:
    return Question(
        _Count,
        sa.select(Post.parent_id, sa.func.count())
        .where(among(Post.parent_id, "ids"), readable(viewer))
        .group_by(Post.parent_id),
    )


async def answers(work: Reading, viewer_id: int | None, ids: Sequence[int]) -> dict[int, int]:
    """How many direct answers each of these posts has that the viewer may read."""
    return dict(await _answers(viewer_of(viewer_id)).ask(work, viewer=viewer_id, ids=ids))


class _Pictured(NamedTuple):
    id: int
    post_id: int
    digest: str | None
    extension: str
    remote_url: str | None
    alt: str
    width: int | None
    height: int | None


_PICTURES = Question(
    _Pictured,
    sa.select(*(getattr(Media, name) for name in _Pictured._fields))
    .where(among(Media.post_id, "ids"))
    .order_by(Media.position, Media.id),
)


async def pictures_of(work: Reading, ids: Sequence[int]) -> dict[int, tuple[PictureView, ...]]:
    """The pictures of these posts, in their order."""
    found: dict[int, tuple[PictureView, ...]] = {}
    for row in await _PICTURES.ask(work, ids=ids) if ids else ():
        found[row.post_id] = (*found.get(row.post_id, ()), _picture(row))
    return found


def _picture(row: Media | _Pictured) -> PictureView:
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
