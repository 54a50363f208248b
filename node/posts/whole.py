"""Posts with everything that belongs to them, loaded in batches: what an app shows of a page of posts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.access import readable
from node.actors.model import Actor
from node.listings.model import Listing
from node.media.model import Media
from node.posts.extras import NOTHING, Extras, extras
from node.posts.model import Post, PostMention, PostTag
from node.posts.originals import these_and_what_they_show
from node.posts.queries import answers
from node.posts.regards import UNMARKED, Marks, marks
from node.work import Reading

_PARENT = aliased(Post)  # made once: an alias of all columns costs a millisecond


@dataclass(slots=True)
class Whole:
    """One post and what hangs on it. ``parent_author_id`` is there when we have what it answers."""

    post: Post
    author: Actor
    parent_author_id: int | None = None
    listing: Listing | None = None
    mentions: list[Actor] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    pictures: list[Media] = field(default_factory=list)
    answers: int = 0
    marks: Marks = UNMARKED
    extras: Extras = NOTHING
    quoted: "Whole | None" = None
    original: "Whole | None" = None
    """What was passed on, where this is a boost."""


async def wholes(work: Reading, viewer_id: int | None, ids: Sequence[int], *, with_quotes: bool = True) -> list[Whole]:
    """These posts in this order, without those the viewer may not read. What that quotes which a post quotes is left
    out."""
    if not ids:
        return []
    rows = await work.session.execute(
        sa.select(Post, Actor, _PARENT.author_id)
        .join(Actor, Actor.id == Post.author_id)
        .join(_PARENT, _PARENT.id == Post.parent_id, isouter=True)
        .where(these_and_what_they_show(ids), readable(viewer_id))
    )
    found = {post.id: Whole(post, author, parent) for post, author, parent in rows}
    if not found:
        return []
    for post_id, actor in await work.session.execute(
        sa.select(PostMention.post_id, Actor)
        .join(Actor, Actor.id == PostMention.actor_id)
        .where(PostMention.post_id.in_(found))
        .order_by(PostMention.post_id, Actor.id)
    ):
        found[post_id].mentions.append(actor)
    for post_id, tag in await work.session.execute(
        sa.select(PostTag.post_id, PostTag.tag).where(PostTag.post_id.in_(found)).order_by(PostTag.tag)
    ):
        found[post_id].tags.append(tag)
    for picture in await work.session.scalars(
        sa.select(Media).where(Media.post_id.in_(found)).order_by(Media.position, Media.id)
    ):
        if picture.post_id is not None:
            found[picture.post_id].pictures.append(picture)
    listed = [id for id, whole in found.items() if whole.post.kind == "listing"]
    if listed:
        for listing in await work.session.scalars(sa.select(Listing).where(Listing.post_id.in_(listed))):
            found[listing.post_id].listing = listing
    for post_id, number in (await answers(work, viewer_id, list(found))).items():
        found[post_id].answers = number
    for post_id, done in (await marks(work, viewer_id, found)).items():
        found[post_id].marks = done
    for post_id, more in (await extras(work, viewer_id, [whole.post for whole in found.values()])).items():
        found[post_id].extras = more
    quoted_ids = list({whole.post.quoted_id for whole in found.values() if whole.post.quoted_id is not None})
    if quoted_ids and with_quotes:
        quoted = {whole.post.id: whole for whole in await wholes(work, viewer_id, quoted_ids, with_quotes=False)}
        for whole in found.values():
            whole.quoted = quoted.get(whole.post.quoted_id or 0)
    for whole in found.values():
        whole.original = found.get(whole.post.boost_of_id or 0)
    shown = (found[id] for id in ids if id in found)
    return [whole for whole in shown if whole.post.boost_of_id is None or whole.original is not None]
