"""Keys of posts for the timelines of apps: home, what everybody may read, a hashtag, an author, a thread."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from node.access import Reader, listed, readable, unmuted, wanted
from node.asking import VIEWER, Question, Viewer, among, given, viewer_of
from node.circles.distribution import CLOSED
from node.follows.model import Follow
from node.lists.model import ListedPerson, PeopleList
from node.media.model import Media
from node.posts.answering import ANSWERED, is_answer_to
from node.posts.model import Post, PostMention, PostTag, Quote
from node.posts.quoting import ACCEPTED
from node.tags.model import FollowedTag
from node.text import fold
from node.windows import Window
from node.work import Reading

AuthorKey = sa.ColumnElement[int] | InstrumentedAttribute[int]

_ABOVE, _BELOW, _DEPTH = 40, 400, 60
_NEAR = 2000
"""Posts looked through for a page of a timeline before the author's index is asked."""
_COUNTED_FOR = timedelta(minutes=1)

Chosen = Callable[[AuthorKey], sa.Select[int]]
"""Makes the query for keys of posts, given the author's key as the database may use an index for it, or in a form for
which it has none. The same function each time, for its queries are kept."""


class _Key(NamedTuple):
    id: int


class _Branch(NamedTuple):
    id: int
    parent_id: int | None


class _Leaning(NamedTuple):
    tag: str


async def home(work: Reading, viewer_id: int, part: Window) -> list[int]:
    """What the viewer and those they follow said, and what is said under tags they follow; without those whom they
    keep on a list of their own. Answers appear when they answer one of these people."""
    found = [row.tag for row in await _LEANINGS.ask(work, viewer=viewer_id)]
    tags = [tag for tag in found if tag]
    return await among_the_newest(work, part, _home(bool(tags), "" in found), viewer=viewer_id, tags=tags)


async def listed_people(work: Reading, viewer_id: int, row: PeopleList, part: Window) -> list[int]:
    """What the people on a list of the viewer's said, and such of their answers as the list is to show."""
    return await among_the_newest(work, part, _listed_people(row.replies), viewer=viewer_id, list=row.id)


@cache
def _listed_people(replies: str) -> Chosen:
    people = sa.select(ListedPerson.actor_id).where(ListedPerson.list_id == given("list"))
    known = followed_by(VIEWER) if replies == "followed" else people
    to_whom = [ANSWERED.author_id == Post.author_id]
    if replies != "none":
        to_whom += [ANSWERED.author_id == VIEWER, ANSWERED.author_id.in_(known)]

    def chosen(author: AuthorKey) -> sa.Select[int]:
        return sa.select(Post.id).where(
            author.in_(people),
            Post.visibility != "direct",
            sa.or_(no_boost(), from_whom_boosts_are_wanted(VIEWER)),
            sa.or_(Post.parent_uri.is_(None), is_answer_to(*to_whom)),
            readable(VIEWER),
            wanted(VIEWER),
        )

    return chosen


async def direct(work: Reading, viewer_id: int, part: Window) -> list[int]:
    """What was said to the viewer alone or by them, in private."""
    return await _keys(work, _direct(part.form), part, viewer=viewer_id)


@cache
def _direct(form: Window) -> Question[_Key]:
    chosen = sa.select(Post.id).where(
        Post.visibility == "direct",
        sa.or_(
            Post.author_id == VIEWER,
            Post.id.in_(sa.select(PostMention.post_id).where(PostMention.actor_id == VIEWER)),
        ),
        readable(VIEWER),
    )
    return Question(_Key, form.cut(chosen, Post.id))


async def among_the_newest(work: Reading, part: Window, chosen: Chosen, **values: Any) -> list[int]:
    """What many people said, found among the newest posts in nearly every case; only where those hold too few, all
    that these people ever said is gathered and sorted."""
    edge = await _edge_of(work, part)
    if edge is not None:
        found = await _keys(work, _near(chosen, part.form), part, edge=edge, **values)
        if len(found) == part.limit:
            return found
    return await _keys(work, _anywhere(chosen, part.form), part, **values)


async def _edge_of(work: Reading, part: Window) -> int | None:
    """Where what is near ends. To count is dear, and of the newest nobody needs to know to the minute."""
    is_newest = part.below is None and part.above is None and not part.upwards
    known = work.lately.get("edge of the newest posts") if is_newest else None
    if known is not None and timedelta() <= work.now - known[0] < _COUNTED_FOR:
        edge: int | None = known[1]
        return edge
    found = await _EDGES[part.upwards].first(
        work, near=_NEAR, below=2**63 - 1 if part.below is None else part.below, above=part.above or 0
    )
    edge = found.id if found is not None else None
    if is_newest:
        work.lately["edge of the newest posts"] = (work.now, edge)
    return edge


def _edge(upwards: bool) -> Question[_Key]:
    """The key that lies so many posts away from where the page begins; there may not be so many."""
    beyond = sa.select(Post.id).where(Post.id < given("below"), Post.id > given("above"))
    return Question(_Key, beyond.order_by(Post.id.asc() if upwards else Post.id.desc()).limit(1).offset(given("near")))


_EDGES = {upwards: _edge(upwards) for upwards in (False, True)}


@cache
def _near(chosen: Chosen, form: Window) -> Question[_Key]:
    edge = given("edge")
    near = Post.id < edge if form.upwards else Post.id > edge
    return Question(_Key, form.cut(chosen(Post.author_id + 0).where(near), Post.id))


@cache
def _anywhere(chosen: Chosen, form: Window) -> Question[_Key]:
    return Question(_Key, form.cut(chosen(Post.author_id), Post.id))


_FOLLOWED_TAGS = Question(_Leaning, sa.select(FollowedTag.tag).where(FollowedTag.actor_id == VIEWER))


async def followed_tags(work: Reading, viewer_id: int) -> list[str]:
    """The tags the viewer follows."""
    return [row.tag for row in await _FOLLOWED_TAGS.ask(work, viewer=viewer_id)]


def is_tagged() -> sa.ColumnElement[bool]:
    """The clause over ``posts``: said for everybody, under one of the given ``tags``."""
    has_tag = sa.exists().where(PostTag.post_id == Post.id, among(PostTag.tag, "tags"))
    return sa.and_(Post.visibility == "public", has_tag)


_LEANINGS = Question(
    _Leaning,
    sa.union_all(
        sa.select(FollowedTag.tag).where(FollowedTag.actor_id == VIEWER),
        sa.select(sa.literal("", sa.String)).where(
            sa.exists().where(PeopleList.owner_id == VIEWER, PeopleList.is_exclusive)
        ),
    ),
)
"""The tags the viewer follows, and an empty one where they keep people out of their home."""


def followed_by(viewer_id: Reader) -> sa.Select[int]:
    """Those the viewer follows."""
    return sa.select(Follow.followed_id).where(Follow.follower_id == viewer_id, Follow.state == "accepted")


@cache
def _home(has_tags: bool, has_lists: bool) -> Chosen:
    followed = followed_by(VIEWER)
    kept_apart = sa.select(ListedPerson.actor_id).where(
        ListedPerson.list_id.in_(sa.select(PeopleList.id).where(PeopleList.owner_id == VIEWER, PeopleList.is_exclusive))
    )

    def chosen(author: AuthorKey) -> sa.Select[int]:
        from_whom = [author == VIEWER, _is_followed(author), in_closed_circles(followed)]
        if has_tags:
            from_whom.append(is_tagged())
        return sa.select(Post.id).where(
            sa.or_(*from_whom),
            *([Post.author_id.not_in(kept_apart)] if has_lists else ()),
            Post.visibility != "direct",
            sa.or_(no_boost(), Post.author_id == VIEWER, from_whom_boosts_are_wanted(VIEWER)),
            sa.or_(
                Post.parent_uri.is_(None),
                Post.author_id == VIEWER,
                is_answer_to(
                    ANSWERED.author_id == VIEWER,
                    ANSWERED.author_id == Post.author_id,
                    ANSWERED.author_id.in_(followed),
                ),
            ),
            readable(VIEWER),
            wanted(VIEWER),
        )

    return chosen


def _is_followed(author: AuthorKey) -> sa.ColumnElement[bool]:
    """The clause: the viewer follows them. All whom they follow are gathered only where an index finds what they said;
    among the newest posts each author is looked up."""
    if isinstance(author, InstrumentedAttribute):
        return author.in_(followed_by(VIEWER))
    return sa.exists().where(Follow.follower_id == VIEWER, Follow.followed_id == author, Follow.state == "accepted")


def in_closed_circles(followed: sa.Select[int]) -> sa.ColumnElement[bool]:
    """The clause over ``posts``: said in a closed circle among these. What is said in open ones, they pass on."""
    return sa.and_(Post.circle_id.is_not(None), Post.visibility == CLOSED, Post.circle_id.in_(followed))


def no_boost() -> sa.ColumnElement[bool]:
    """The clause over ``posts``: these are somebody's own words."""
    return Post.boost_of_id.is_(None)


def from_whom_boosts_are_wanted(viewer_id: Reader) -> sa.ColumnElement[bool]:
    """The clause over ``posts``: by somebody the viewer follows, also for what they pass on."""
    return Post.author_id.in_(
        sa.select(Follow.followed_id).where(
            Follow.follower_id == viewer_id, Follow.state == "accepted", Follow.shows_boosts
        )
    )


async def public(
    work: Reading,
    viewer_id: int | None,
    part: Window,
    *,
    local: bool = False,
    remote: bool = False,
    only_media: bool = False,
) -> list[int]:
    """What everybody may read and that is no answer."""
    question = _public(viewer_of(viewer_id), part.form, local, remote, only_media)
    return await _keys(work, question, part, viewer=viewer_id)


@cache
def _public(viewer: Viewer, form: Window, local: bool, remote: bool, only_media: bool) -> Question[_Key]:
    chosen = sa.select(Post.id).where(
        Post.visibility == "public", Post.parent_uri.is_(None), no_boost(), listed(viewer)
    )
    return Question(_Key, form.cut(_narrowed(chosen, local, remote, only_media), Post.id))


async def tagged(
    work: Reading,
    viewer_id: int | None,
    part: Window,
    tags: Sequence[str],
    *,
    every: Sequence[str] = (),
    none: Sequence[str] = (),
    local: bool = False,
    remote: bool = False,
    only_media: bool = False,
) -> list[int]:
    """What everybody may read under any of ``tags``, all of ``every`` and none of ``none``."""

    given_tags = {f"every{number}": [fold(tag)[:100]] for number, tag in enumerate(every)}
    question = _tagged(viewer_of(viewer_id), part.form, len(given_tags), bool(none), local, remote, only_media)
    folded = {"any": [fold(tag)[:100] for tag in tags], "none": [fold(tag)[:100] for tag in none]}
    return await _keys(work, question, part, viewer=viewer_id, **folded, **given_tags)


@cache
def _tagged(
    viewer: Viewer, form: Window, every: int, none: bool, local: bool, remote: bool, only_media: bool
) -> Question[_Key]:
    def has(name: str) -> sa.ColumnElement[bool]:
        return sa.exists().where(PostTag.post_id == Post.id, among(PostTag.tag, name))

    chosen = sa.select(Post.id).where(Post.visibility == "public", has("any"), listed(viewer))
    for number in range(every):
        chosen = chosen.where(has(f"every{number}"))
    if none:
        chosen = chosen.where(~has("none"))
    return Question(_Key, form.cut(_narrowed(chosen, local, remote, only_media), Post.id))


async def by_author(
    work: Reading,
    viewer_id: int | None,
    author_id: int,
    part: Window,
    *,
    only_media: bool = False,
    without_answers: bool = False,
    without_boosts: bool = False,
    tag: str | None = None,
) -> list[int]:
    """What an author said, as far as the viewer may read it; nothing that was for somebody alone."""
    question = _by_author(
        viewer_of(viewer_id), part.form, only_media, without_answers, without_boosts, tag is not None and tag != ""
    )
    return await _keys(work, question, part, viewer=viewer_id, author=author_id, tags=[fold(tag or "")[:100]])


@cache
def _by_author(
    viewer: Viewer, form: Window, only_media: bool, without_answers: bool, without_boosts: bool, has_tag: bool
) -> Question[_Key]:
    author = given("author")
    chosen = sa.select(Post.id).where(Post.author_id == author, Post.visibility != "direct", readable(viewer))
    if without_boosts:
        chosen = chosen.where(no_boost())
    if without_answers:
        chosen = chosen.where(sa.or_(Post.parent_uri.is_(None), is_answer_to(ANSWERED.author_id == author)))
    if has_tag:
        chosen = chosen.where(sa.exists().where(PostTag.post_id == Post.id, among(PostTag.tag, "tags")))
    return Question(_Key, form.cut(_narrowed(chosen, False, False, only_media), Post.id))


async def around(work: Reading, post_id: int) -> tuple[list[int], list[int]]:
    """What a post answers, outermost first, and what answers it, depth first. Not yet checked for any reader."""
    above = [row.id for row in await _ABOVE_IT.ask(work, post=post_id)]
    children: dict[int | None, list[int]] = {}
    for id, parent_id in await _BELOW_IT.ask(work, post=post_id):
        children.setdefault(parent_id, []).append(id)
    found: dict[int, None] = {}
    waiting = list(reversed(children.get(post_id, [])))
    while waiting:
        id = waiting.pop()
        if id not in found:
            found[id] = None
            waiting += reversed(children.get(id, []))
    return list(dict.fromkeys(above)), list(found)


_HEARD = Question(_Key, sa.select(Post.id).where(among(Post.id, "ids"), unmuted(VIEWER)))


async def heard(work: Reading, viewer_id: int | None, ids: Sequence[int]) -> list[int]:
    """These answers without those of people whom the viewer muted."""
    if viewer_id is None or not ids:
        return list(ids)
    found = {row.id for row in await _HEARD.ask(work, viewer=viewer_id, ids=ids)}
    return [id for id in ids if id in found]


def _above_it() -> Question[_Key]:
    first = sa.select(Post.parent_id.label("id"), sa.literal(1).label("depth")).where(Post.id == given("post"))
    line = first.cte(recursive=True)
    line = line.union_all(
        sa.select(Post.parent_id, line.c.depth + 1)
        .join(line, Post.id == line.c.id)
        .where(Post.parent_id.is_not(None), line.c.depth < _ABOVE)
    )
    return Question(_Key, sa.select(line.c.id).where(line.c.id.is_not(None)).order_by(line.c.depth.desc()))


def _below_it() -> Question[_Branch]:
    below = sa.select(Post.id, Post.parent_id, sa.literal(1).label("depth")).where(Post.parent_id == given("post"))
    tree = below.cte(recursive=True)
    tree = tree.union_all(
        sa.select(Post.id, Post.parent_id, tree.c.depth + 1)
        .join(tree, Post.parent_id == tree.c.id)
        .where(tree.c.depth < _DEPTH)
    )
    return Question(_Branch, sa.select(tree.c.id, tree.c.parent_id).order_by(tree.c.id).limit(_BELOW))


_ABOVE_IT, _BELOW_IT = _above_it(), _below_it()


async def in_circle(work: Reading, viewer_id: int | None, group_id: int, part: Window) -> list[int]:
    """What was begun in a circle, here or elsewhere, and what it passed on without being asked to hold it; nothing of
    those whom the viewer muted."""
    return await _keys(work, _in_circle(viewer_of(viewer_id), part.form), part, viewer=viewer_id, group=group_id)


@cache
def _in_circle(viewer: Viewer, form: Window) -> Question[_Key]:
    original, group = aliased(Post), given("group")
    held = sa.exists().where(original.id == Post.boost_of_id, original.circle_id == group)
    chosen = sa.select(Post.id).where(
        sa.or_(
            sa.and_(Post.circle_id == group, Post.parent_uri.is_(None)),
            sa.and_(Post.author_id == group, ~held),
        ),
        readable(viewer),
        *([wanted(viewer)] if viewer is not None else []),
    )
    return Question(_Key, form.cut(chosen, Post.id))


async def quoting(work: Reading, viewer_id: int | None, quoted_id: int, part: Window) -> list[int]:
    """What quotes a post, as far as its author agreed."""
    return await _keys(work, _quoting(viewer_of(viewer_id), part.form), part, viewer=viewer_id, quoted=quoted_id)


@cache
def _quoting(viewer: Viewer, form: Window) -> Question[_Key]:
    refused = sa.exists().where(Quote.quoting_uri == Post.uri, Quote.state != ACCEPTED)
    chosen = sa.select(Post.id).where(Post.quoted_id == given("quoted"), ~refused, listed(viewer))
    return Question(_Key, form.cut(chosen, Post.id))


def _narrowed(chosen: sa.Select[int], local: bool, remote: bool, only_media: bool) -> sa.Select[int]:
    if local:
        chosen = chosen.where(Post.is_local)
    elif remote:
        chosen = chosen.where(Post.is_local.is_(False))
    if only_media:
        chosen = chosen.where(sa.exists().where(Media.post_id == Post.id))
    return chosen


async def _keys(work: Reading, question: Question[_Key], part: Window, **values: Any) -> list[int]:
    return part.in_order([row.id for row in await question.ask(work, **part.values, **values)])
