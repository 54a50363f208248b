"""Keys of posts for the timelines of apps: home, what everybody may read, a hashtag, an author, a thread."""

from collections.abc import Callable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from node.access import listed, readable, wanted
from node.circles.distribution import CLOSED
from node.follows.model import Follow
from node.lists.model import ListedPerson, PeopleList
from node.media.model import Media
from node.posts.model import Post, PostMention, PostTag
from node.tags.model import FollowedTag
from node.text import fold
from node.windows import Window
from node.work import Reading

AuthorKey = sa.ColumnElement[int] | InstrumentedAttribute[int]

_ABOVE, _BELOW, _DEPTH = 40, 400, 60
_NEAR = 2000
"""Posts looked through for a page of a timeline before the author's index is asked."""
_PARENT = aliased(Post)  # made once: an alias of all columns costs a millisecond


async def home(work: Reading, viewer_id: int, part: Window) -> list[int]:
    """What the viewer and those they follow said, and what is said under tags they follow; without those whom they
    keep on a list of their own. Answers appear when they answer one of these people."""
    tags, has_lists = await _leanings(work, viewer_id)
    return await among_the_newest(work, part, lambda author: _home(viewer_id, author, tags, has_lists))


async def listed_people(work: Reading, viewer_id: int, row: PeopleList, part: Window) -> list[int]:
    """What the people on a list of the viewer's said, and such of their answers as the list is to show."""
    people = sa.select(ListedPerson.actor_id).where(ListedPerson.list_id == row.id)

    def chosen(author: AuthorKey) -> sa.Select[int]:
        known = followed_by(viewer_id) if row.replies == "followed" else people
        answers = [_PARENT.author_id == Post.author_id]
        if row.replies != "none":
            answers += [_PARENT.author_id == viewer_id, _PARENT.author_id.in_(known)]
        return (
            sa.select(Post.id)
            .join(_PARENT, _PARENT.id == Post.parent_id, isouter=True)
            .where(
                author.in_(people),
                Post.visibility != "direct",
                sa.or_(no_boost(), from_whom_boosts_are_wanted(viewer_id)),
                sa.or_(Post.parent_uri.is_(None), *answers),
                readable(viewer_id),
                wanted(viewer_id),
            )
        )

    return await among_the_newest(work, part, chosen)


async def direct(work: Reading, viewer_id: int, part: Window) -> list[int]:
    """What was said to the viewer alone or by them, in private."""
    chosen = sa.select(Post.id).where(
        Post.visibility == "direct",
        sa.or_(
            Post.author_id == viewer_id,
            Post.id.in_(sa.select(PostMention.post_id).where(PostMention.actor_id == viewer_id)),
        ),
        readable(viewer_id),
    )
    return await _keys(work, chosen, part)


async def among_the_newest(work: Reading, part: Window, chosen: Callable[[AuthorKey], sa.Select[int]]) -> list[int]:
    """What many people said, found among the newest posts in nearly every case; only where those hold too few, all
    that these people ever said is gathered and sorted.

    ``chosen`` makes the query, given the author's key as the database may use an index for it, or in a form for which
    it has none.
    """
    edge = await _edge(work, part)
    if edge is not None:
        near = Post.id < edge if part.upwards else Post.id > edge
        found = await _keys(work, chosen(Post.author_id + 0).where(near), part)
        if len(found) == part.limit:
            return found
    return await _keys(work, chosen(Post.author_id), part)


async def followed_tags(work: Reading, viewer_id: int) -> list[str]:
    """The tags the viewer follows."""
    return list(await work.session.scalars(sa.select(FollowedTag.tag).where(FollowedTag.actor_id == viewer_id)))


def is_tagged(tags: Sequence[str]) -> sa.ColumnElement[bool]:
    """The clause over ``posts``: said for everybody, under one of these."""
    has_tag = sa.exists().where(PostTag.post_id == Post.id, PostTag.tag.in_(tags))
    return sa.and_(Post.visibility == "public", has_tag)


async def _leanings(work: Reading, viewer_id: int) -> tuple[list[str], bool]:
    """The tags the viewer follows, and whether they keep people out of their home."""
    rows = await work.session.scalars(
        sa.union_all(
            sa.select(FollowedTag.tag).where(FollowedTag.actor_id == viewer_id),
            sa.select(sa.literal("")).where(
                sa.exists().where(PeopleList.owner_id == viewer_id, PeopleList.is_exclusive)
            ),
        )
    )
    found = list(rows)
    return [tag for tag in found if tag], "" in found


def followed_by(viewer_id: int) -> sa.Select[int]:
    """Those the viewer follows."""
    return sa.select(Follow.followed_id).where(Follow.follower_id == viewer_id, Follow.state == "accepted")


def _home(viewer_id: int, author: AuthorKey, tags: Sequence[str] = (), has_lists: bool = False) -> sa.Select[int]:
    followed = followed_by(viewer_id)
    from_whom = [author == viewer_id, author.in_(followed), in_closed_circles(followed)]
    if tags:
        from_whom.append(is_tagged(tags))
    kept_apart = sa.select(ListedPerson.actor_id).where(
        ListedPerson.list_id.in_(
            sa.select(PeopleList.id).where(PeopleList.owner_id == viewer_id, PeopleList.is_exclusive)
        )
    )
    return (
        sa.select(Post.id)
        .join(_PARENT, _PARENT.id == Post.parent_id, isouter=True)
        .where(
            sa.or_(*from_whom),
            *([Post.author_id.not_in(kept_apart)] if has_lists else ()),
            Post.visibility != "direct",
            sa.or_(no_boost(), Post.author_id == viewer_id, from_whom_boosts_are_wanted(viewer_id)),
            sa.or_(
                Post.parent_uri.is_(None),
                Post.author_id == viewer_id,
                _PARENT.author_id == viewer_id,
                _PARENT.author_id == Post.author_id,
                _PARENT.author_id.in_(followed),
            ),
            readable(viewer_id),
            wanted(viewer_id),
        )
    )


def in_closed_circles(followed: sa.Select[int]) -> sa.ColumnElement[bool]:
    """The clause over ``posts``: said in a closed circle among these. What is said in open ones, they pass on."""
    return sa.and_(Post.circle_id.is_not(None), Post.visibility == CLOSED, Post.circle_id.in_(followed))


def no_boost() -> sa.ColumnElement[bool]:
    """The clause over ``posts``: these are somebody's own words."""
    return Post.boost_of_id.is_(None)


def from_whom_boosts_are_wanted(viewer_id: int) -> sa.ColumnElement[bool]:
    """The clause over ``posts``: by somebody the viewer follows, also for what they pass on."""
    return Post.author_id.in_(
        sa.select(Follow.followed_id).where(
            Follow.follower_id == viewer_id, Follow.state == "accepted", Follow.shows_boosts
        )
    )


async def _edge(work: Reading, part: Window) -> int | None:
    """The key that lies so many posts away from where the page begins; None when there are not so many."""
    wide = Window(1, part.below, part.above, part.upwards)
    return await work.session.scalar(wide.cut(sa.select(Post.id), Post.id).offset(_NEAR))


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
    chosen = sa.select(Post.id).where(
        Post.visibility == "public", Post.parent_uri.is_(None), no_boost(), listed(viewer_id)
    )
    return await _keys(work, _narrowed(chosen, local, remote, only_media), part)


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

    def has(wanted: Sequence[str]) -> sa.ColumnElement[bool]:
        return sa.exists().where(PostTag.post_id == Post.id, PostTag.tag.in_([fold(tag)[:100] for tag in wanted]))

    chosen = sa.select(Post.id).where(Post.visibility == "public", has(tags), listed(viewer_id))
    for tag in every:
        chosen = chosen.where(has([tag]))
    if none:
        chosen = chosen.where(~has(none))
    return await _keys(work, _narrowed(chosen, local, remote, only_media), part)


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
    chosen = sa.select(Post.id).where(Post.author_id == author_id, Post.visibility != "direct", readable(viewer_id))
    if without_boosts:
        chosen = chosen.where(no_boost())
    if without_answers:
        chosen = chosen.join(_PARENT, _PARENT.id == Post.parent_id, isouter=True).where(
            sa.or_(Post.parent_uri.is_(None), _PARENT.author_id == author_id)
        )
    if tag:
        chosen = chosen.where(sa.exists().where(PostTag.post_id == Post.id, PostTag.tag == fold(tag)[:100]))
    return await _keys(work, _narrowed(chosen, False, False, only_media), part)


async def around(work: Reading, post: Post) -> tuple[list[int], list[int]]:
    """What a post answers, outermost first, and what answers it, depth first. Not yet checked for any reader."""
    above: list[int] = []
    next_id = post.parent_id
    while next_id is not None and next_id not in above and len(above) < _ABOVE:
        above.insert(0, next_id)
        next_id = await work.session.scalar(sa.select(Post.parent_id).where(Post.id == next_id))
    below = sa.select(Post.id, Post.parent_id, sa.literal(1).label("depth")).where(Post.parent_id == post.id)
    tree = below.cte(recursive=True)
    tree = tree.union_all(
        sa.select(Post.id, Post.parent_id, tree.c.depth + 1)
        .join(tree, Post.parent_id == tree.c.id)
        .where(tree.c.depth < _DEPTH)
    )
    rows = await work.session.execute(sa.select(tree.c.id, tree.c.parent_id).order_by(tree.c.id).limit(_BELOW))
    children: dict[int, list[int]] = {}
    for id, parent_id in rows:
        children.setdefault(parent_id, []).append(id)
    found: list[int] = []
    waiting = list(reversed(children.get(post.id, [])))
    while waiting:
        id = waiting.pop()
        if id not in found:
            found.append(id)
            waiting += reversed(children.get(id, []))
    return above, found


async def in_circle(work: Reading, viewer_id: int | None, group_id: int, part: Window) -> list[int]:
    """What was begun in a circle, here or elsewhere, and what it passed on without being asked to hold it."""
    original = aliased(Post)
    held = sa.exists().where(original.id == Post.boost_of_id, original.circle_id == group_id)
    chosen = sa.select(Post.id).where(
        sa.or_(
            sa.and_(Post.circle_id == group_id, Post.parent_uri.is_(None)),
            sa.and_(Post.author_id == group_id, ~held),
        ),
        readable(viewer_id),
    )
    return await _keys(work, chosen, part)


def _narrowed(chosen: sa.Select[int], local: bool, remote: bool, only_media: bool) -> sa.Select[int]:
    if local:
        chosen = chosen.where(Post.is_local)
    elif remote:
        chosen = chosen.where(Post.is_local.is_(False))
    if only_media:
        chosen = chosen.where(sa.exists().where(Media.post_id == Post.id))
    return chosen


async def _keys(work: Reading, chosen: sa.Select[int], part: Window) -> list[int]:
    return part.in_order((await work.session.scalars(part.cut(chosen, Post.id))).all())
