"""Keys of posts for the timelines of apps: home, what everybody may read, a hashtag, an author, a thread."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.follows.model import Follow
from node.media.model import Media
from node.posts.access import readable
from node.posts.model import Post, PostTag
from node.text import fold
from node.windows import Window
from node.work import Reading

_ABOVE, _BELOW, _DEPTH = 40, 400, 60


async def home(work: Reading, viewer_id: int, part: Window) -> list[int]:
    """What the viewer and those they follow said. Answers appear when they answer one of these people."""
    followed = sa.select(Follow.followed_id).where(Follow.follower_id == viewer_id, Follow.state == "accepted")
    parent = aliased(Post)
    chosen = (
        sa.select(Post.id)
        .join(parent, parent.id == Post.parent_id, isouter=True)
        .where(
            sa.or_(Post.author_id == viewer_id, Post.author_id.in_(followed)),
            Post.visibility != "direct",
            sa.or_(
                Post.parent_uri.is_(None),
                Post.author_id == viewer_id,
                parent.author_id == viewer_id,
                parent.author_id == Post.author_id,
                parent.author_id.in_(followed),
            ),
            readable(viewer_id),
        )
    )
    return await _keys(work, chosen, part)


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
    chosen = sa.select(Post.id).where(Post.visibility == "public", Post.parent_uri.is_(None), readable(viewer_id))
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

    chosen = sa.select(Post.id).where(Post.visibility == "public", has(tags), readable(viewer_id))
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
    tag: str | None = None,
) -> list[int]:
    """What an author said, as far as the viewer may read it; nothing that was for somebody alone."""
    chosen = sa.select(Post.id).where(Post.author_id == author_id, Post.visibility != "direct", readable(viewer_id))
    if without_answers:
        parent = aliased(Post)
        chosen = chosen.join(parent, parent.id == Post.parent_id, isouter=True).where(
            sa.or_(Post.parent_uri.is_(None), parent.author_id == author_id)
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
