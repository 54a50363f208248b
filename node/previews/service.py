"""Previews of the pages that posts link to: each page is looked at once, for all posts, and never while anybody waits.

Ours are looked at when they are said, those of others when one of our members first opens them: a node that fetched
every page somebody in its feeds names would be one of the hundreds that come running together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa

from node.access import OPEN
from node.asking import Question, among, given
from node.associations.model import Association
from node.errands import service as errands
from node.ids import new_id
from node.posts.model import Post
from node.previews import reading
from node.previews.model import Preview
from node.previews.reading import Page
from node.work import Reading, Writing

KIND = "preview"
"""The errand; its subject is the id of a post."""
FRESH = timedelta(days=7)
"""A page that was looked at lately is not looked at again for another post."""
_UNSEEN = timedelta(days=90)


class Card(NamedTuple):
    """A page in short, beside the post that links to it."""

    id: int
    url: str
    title: str
    description: str
    site: str
    picture_url: str | None
    picture_alt: str
    width: int | None
    height: int | None

    @property
    def picture(self) -> str | None:
        """The path of our own copy, which is made when somebody first looks."""
        return path_of(self.id) if self.picture_url else None

    @property
    def host(self) -> str:
        return (urlsplit(self.url).hostname or "").removeprefix("www.")


def path_of(preview_id: int) -> str:
    return f"/media/previews/{preview_id}"


_CARDS = Question(
    Card,
    sa.select(*(getattr(Preview, name) for name in Card._fields)).where(among(Preview.id, "ids"), Preview.title != ""),
)


async def cards(work: Reading, ids: Sequence[int]) -> dict[int, Card]:
    """These previews, those of them that show anything."""
    return {card.id: card for card in await _CARDS.ask(work, ids=ids)} if ids else {}


async def ask(work: Writing, post: Post) -> None:
    """Have the page looked at to which a post links, when it links to one and nobody did yet."""
    if post.preview_id is not None or post.visibility not in OPEN or not is_about_a_page(work, post.kind, post.content):
        return
    if post.quoted_uri is None and await work.session.scalar(sa.select(Association.shows_previews).limit(1)):
        await errands.ask(work, KIND, post.uri)


class _Linking(NamedTuple):
    kind: str
    content: str


_LINKING = Question(
    _Linking,
    sa.select(Post.kind, Post.content).where(
        Post.id == given("post"),
        Post.preview_id.is_(None),
        Post.quoted_uri.is_(None),
        Post.deleted_at.is_(None),
        Post.visibility.in_(OPEN),
    ),
)


async def is_due(work: Reading, post_id: int) -> bool:
    """True when a post that somebody opens links to a page at which nobody looked yet."""
    found = await _LINKING.first(work, post=post_id)
    return found is not None and is_about_a_page(work, *found)


async def ask_of(work: Writing, post_id: int) -> None:
    """As ask(), by the key of the post."""
    post = await work.session.get(Post, post_id)
    if post is not None:
        await ask(work, post)


def is_about_a_page(work: Reading, kind: str, content: str) -> bool:
    """True when a post has a link that may be shown in short. Costs nothing for most."""
    if kind == "listing" or "<a " not in content:
        return False
    link = reading.link_in(content)
    return link is not None and not work.uris.is_ours(link)


@dataclass(frozen=True, slots=True)
class Due:
    """A page to look at."""

    preview_id: int
    url: str


async def begin(work: Writing, post_uri: str) -> Due | None:
    """The page to look at; None when there is none, or when somebody looks or looked at it lately. The post shows what
    is found in either case."""
    post = await work.session.scalar(sa.select(Post).where(Post.uri == post_uri, Post.deleted_at.is_(None)))
    url = reading.link_in(post.content) if post is not None else None
    if post is None or url is None:
        return None
    await work.session.execute(work.insert(Preview).values(id=new_id(work.now), url=url).on_conflict_do_nothing())
    row = (await work.session.scalars(sa.select(Preview).where(Preview.url == url).with_for_update())).one()
    post.preview_id = row.id
    if row.fetched_at is not None and work.now - row.fetched_at < FRESH:
        return None
    row.fetched_at = work.now
    return Due(row.id, url)


async def keep(work: Writing, found: Due, page: Page) -> None:
    """What the page says. Also that it says nothing is remembered, so that nobody asks again for the next post."""
    row = await work.session.get_one(Preview, found.preview_id)
    if row.picture_url != page.picture_url:
        row.digest = row.width = row.height = None
    row.title, row.description, row.site = page.title, page.description, page.site
    row.picture_url, row.picture_alt, row.fetched_at = page.picture_url, page.picture_alt, work.now


async def give_up(work: Writing, found: Due) -> None:
    """It did not answer just now: whoever comes next may ask."""
    await work.session.execute(sa.update(Preview).where(Preview.id == found.preview_id).values(fetched_at=None))


async def prune(work: Writing) -> None:
    """Housekeeping: pages to which nothing links any more."""
    shown = sa.select(Post.preview_id).where(Post.preview_id.is_not(None))
    await work.session.execute(
        sa.delete(Preview)
        .where(Preview.fetched_at < work.now - _UNSEEN, Preview.id.not_in(shown))
        .execution_options(synchronize_session=False)
    )
