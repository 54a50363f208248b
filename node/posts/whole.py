"""Posts with everything that belongs to them, loaded in batches: what an app shows of a page of posts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import NamedTuple

import sqlalchemy as sa

from node.access import OPEN, readable
from node.actors import rows as actors
from node.actors.rows import ActorRow
from node.asking import Question, Viewer, among, viewer_of
from node.listings.model import Listing
from node.media.model import Media
from node.posts import quoting
from node.posts.answering import WHOM
from node.posts.extras import NOTHING, Extras, extras
from node.posts.model import Post, PostMention, PostTag
from node.posts.originals import these_and_what_they_show
from node.posts.queries import answers
from node.posts.regards import UNMARKED, Marks, marks
from node.work import Reading


class PostRow(NamedTuple):
    """As Post, as far as it is shown."""

    id: int
    uri: str
    url: str
    kind: str
    is_local: bool
    author_id: int
    content: str
    warning: str
    is_sensitive: bool
    language: str | None
    visibility: str
    parent_id: int | None
    boost_of_id: int | None
    quoted_id: int | None
    quoted_uri: str | None
    may_quote: str | None
    preview_id: int | None
    title: str
    likes: int
    boosts: int
    published_at: datetime
    updated_at: datetime | None
    parent_author_id: int | None
    """There when we have what it answers."""


class PictureRow(NamedTuple):
    """As Media, as far as it is shown."""

    id: int
    post_id: int
    digest: str | None
    extension: str
    media_type: str
    remote_url: str | None
    width: int | None
    height: int | None
    blurhash: str
    alt: str
    focus_x: float | None
    focus_y: float | None


class Offered(NamedTuple):
    """What a listing is about."""

    post_id: int
    title: str
    body: str


class _Mention(NamedTuple):
    post_id: int
    actor_id: int


class _Tag(NamedTuple):
    post_id: int
    tag: str


@cache
def _posts(viewer: Viewer, have_passed: bool) -> Question[PostRow]:
    door = readable(viewer)
    if have_passed:
        door = sa.or_(among(Post.id, "ids"), door)
    columns = (getattr(Post, name) for name in PostRow._fields[:-1])
    return Question(
        PostRow,
        sa.select(*columns, WHOM).where(these_and_what_they_show(), door),
    )


_MENTIONS = Question(
    _Mention,
    sa.select(PostMention.post_id, PostMention.actor_id)
    .where(among(PostMention.post_id, "ids"))
    .order_by(PostMention.post_id, PostMention.actor_id),
)
_TAGS = Question(
    _Tag, sa.select(PostTag.post_id, PostTag.tag).where(among(PostTag.post_id, "ids")).order_by(PostTag.tag)
)
_PICTURES = Question(
    PictureRow,
    sa.select(*(getattr(Media, name) for name in PictureRow._fields))
    .where(among(Media.post_id, "ids"))
    .order_by(Media.position, Media.id),
)
_LISTINGS = Question(
    Offered, sa.select(Listing.post_id, Listing.title, Listing.body).where(among(Listing.post_id, "ids"))
)


@dataclass(slots=True)
class Whole:
    """One post and what hangs on it."""

    post: PostRow
    author: ActorRow
    listing: Offered | None = None
    mentions: list[ActorRow] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    pictures: list[PictureRow] = field(default_factory=list)
    answers: int = 0
    marks: Marks = UNMARKED
    extras: Extras = NOTHING
    quoted: "Whole | None" = None
    quote_state: str = ""
    """A word of node.posts.quoting where the author of what is quoted has a say."""
    quotes: int = 0
    may_quote: str = quoting.DENIED
    """What the viewer gets who would like to quote it: a word of node.posts.quoting."""
    original: "Whole | None" = None
    """What was passed on, where this is a boost."""


async def wholes(
    work: Reading, viewer_id: int | None, ids: Sequence[int], *, with_quotes: bool = True, have_passed: bool = False
) -> list[Whole]:
    """These posts in this order, without those the viewer may not read. What that quotes which a post quotes is left
    out.

    ``have_passed``: these keys were found in this very look among what the viewer may read, so that only what they
    pass on is asked about.
    """
    if not ids:
        return []
    posts = await _posts(viewer_of(viewer_id), have_passed).ask(work, viewer=viewer_id, ids=ids)
    if not posts:
        return []
    keys = [post.id for post in posts]
    named = await _MENTIONS.ask(work, ids=keys)
    people = await actors.rows(work, {post.author_id for post in posts} | {row.actor_id for row in named})
    found = {post.id: Whole(post, people[post.author_id]) for post in posts}
    for post_id, actor_id in named:
        found[post_id].mentions.append(people[actor_id])
    for post_id, tag in await _TAGS.ask(work, ids=keys):
        found[post_id].tags.append(tag)
    for picture in await _PICTURES.ask(work, ids=keys):
        found[picture.post_id].pictures.append(picture)
    listed = [post.id for post in posts if post.kind == "listing"]
    for listing in await _LISTINGS.ask(work, ids=listed) if listed else ():
        found[listing.post_id].listing = listing
    for post_id, number in (await answers(work, viewer_id, keys)).items():
        found[post_id].answers = number
    for post_id, done in (await marks(work, viewer_id, keys)).items():
        found[post_id].marks = done
    for post_id, more in (await extras(work, viewer_id, posts)).items():
        found[post_id].extras = more
    await _quotes(work, viewer_id, found, with_quotes=with_quotes)
    for whole in found.values():
        whole.original = found.get(whole.post.boost_of_id or 0)
    shown = (found[id] for id in ids if id in found)
    return [whole for whole in shown if whole.post.boost_of_id is None or whole.original is not None]


async def _quotes(work: Reading, viewer_id: int | None, found: dict[int, Whole], *, with_quotes: bool) -> None:
    """What these posts quote, how often they are quoted, and whether the viewer may quote them."""
    posts = [whole.post for whole in found.values()]
    asked = await quoting.states(work, [post.id for post in posts if post.quoted_uri is not None])
    shown = {post.id: post.quoted_id or 0 for post in posts if quoting.is_shown(asked.get(post.id, ""))}
    quoted_ids = list({id for id in shown.values() if id}) if with_quotes else []
    quoted = {}
    if quoted_ids:
        quoted = {whole.post.id: whole for whole in await wholes(work, viewer_id, quoted_ids, with_quotes=False)}
    numbers = await quoting.counts(work, [post.id for post in posts if post.visibility in OPEN])
    policies = {post.id: quoting.policy(post.visibility, post.is_local, post.may_quote) for post in posts}
    narrow = [
        post.author_id for post in posts if "followers" in (policies[post.id].automatic, policies[post.id].manual)
    ]
    followed = await quoting.followed(work, viewer_id, narrow) if viewer_id is not None else set()
    for id, whole in found.items():
        whole.quote_state, whole.quotes = asked.get(id, ""), numbers.get(id, 0)
        whole.quoted = quoted.get(shown.get(id, 0))
        if viewer_id is not None and whole.post.visibility in OPEN:
            author_id = whole.post.author_id
            whole.may_quote = policies[id].allows(is_author=author_id == viewer_id, follows=author_id in followed)
