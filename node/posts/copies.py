"""Copies of what others wrote: kept, refreshed and forgotten as their authors say."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from node import markdown
from node.access import OPEN
from node.actors import queries as actors
from node.actors.model import Actor
from node.asking import Question, given
from node.emojis import service as emojis
from node.errands import service as errands
from node.errors import Forbidden
from node.ids import new_id
from node.media import service as media
from node.media.model import Media
from node.posts import consents, people, places, quoting, readings, rules, versions, wire
from node.posts.model import Post, Tombstone
from node.posts.parts import bury, keep_mentions, keep_tags, mentioned, tell_addressed, tell_feeds
from node.work import Reading, Writing
from schemas.note import Note
from schemas.values import Picture, same_origin
from schemas.vocabulary import NOTES, QUESTIONS

QUOTED = "quote"
"""The errand of fetching what a post quotes."""
_URI = given("uri", sa.String)
_BY_URI = sa.select(Post).where(Post.uri == sa.bindparam("uri"))
_ID_OF: Question[tuple[int]] = Question(tuple, sa.select(Post.id).where(Post.uri == _URI))
_WORDS_OF: Question[tuple[int]] = Question(
    tuple, sa.select(Post.id).where(Post.uri == _URI, Post.boost_of_id.is_(None))
)
"""A post with words of its own: whoever passed something on has no say in whether it may be quoted."""
_ORPHAN: Question[tuple[int]] = Question(
    tuple, sa.select(Post.id).where(Post.parent_uri == _URI, Post.parent_id.is_(None)).limit(1)
)
_BURIED_BY: Question[tuple[str]] = Question(tuple, sa.select(Tombstone.actor_uri).where(Tombstone.uri == _URI))
_BURIED = timedelta(days=90)
WARNED = NOTES | QUESTIONS | {"ChatMessage"}
"""Types whose ``summary`` is a word of warning."""


async def mirror(work: Writing, author: Actor, note: Note, *, kind: str = "note", is_told: bool = True) -> Post | None:
    """Keep or refresh the copy of what ``author`` of elsewhere wrote.

    None when it is not theirs to say, was withdrawn before, or is older than what we have. ``is_told``: those it is
    for hear of it.
    """
    if author.is_local or note.attributed_to != author.uri or not same_origin(note.id, author.uri):
        return None
    if await is_buried(work, note.id, author.uri):
        return None
    is_new = await _id_of(work, note.id) is None
    post = await work.session.scalar(_BY_URI, {"uri": note.id}) if not is_new else None
    if post is None:
        post = await _first_copy(work, author, note, kind)
        earlier = None
    else:
        if post.author_id != author.id or post.deleted_at is not None:
            return None
        if not _is_newer(post, note):
            await _hear_consent(work, post, note)
            return post
        earlier = await versions.now(work, post)
        if post.kind in rules.READ and kind in rules.READ:
            post.kind = kind
    was_closed, was_open = post.visibility == rules.IN_CIRCLE, post.visibility in OPEN
    for name, value in as_said(note, post.kind, author.followers_uri).items():
        setattr(post, name, value)
    if was_closed and post.visibility == "direct":
        post.visibility = rules.IN_CIRCLE
    await places.take_from_origin(work, author, post, note.audience)
    if note.quote != post.quoted_uri:
        post.quoted_uri, post.quoted_id = note.quote, await _quotable(work, note.quote)
    await emojis.keep(work, author.host, note.emojis)
    if is_new:
        await _add(work, post)
    await work.session.flush()
    await _hear_consent(work, post, note)
    told = set() if is_new else {actor.id for actor in await mentioned(work, post.id)}
    addressed = await _mirror_mentions(work, post, note, is_new=is_new)
    await keep_tags(work, post, [word for word, _ in note.hashtags], is_new=is_new)
    await _mirror_pictures(work, author, post, note, is_new=is_new)
    if earlier is not None:
        post.preview_id = None  # whoever opens it next has the page looked at that it names now
        if post.visibility in OPEN and not was_open:
            await versions.forget(work, post.id)  # how it read before was for fewer
        else:
            await versions.keep(work, earlier, post)
        post.updated_at = note.updated
    parent = await work.session.get(Post, post.parent_id) if post.parent_id else None
    if is_told:
        await tell_addressed(work, post, [actor for actor in addressed if actor.id not in told], parent)
        if is_new and post.quoted_id is not None:
            await consents.notice(work, post)
    await tell_feeds(work, post)
    return post


async def _hear_consent(work: Writing, post: Post, note: Note) -> None:
    """Whether what it quotes may be shown in it; what we do not have, or where the yes stands, is looked up."""
    if note.quote is None or note.quote != post.quoted_uri:
        return
    await quoting.hear(work, post, note)
    row = await quoting.of(work, post.uri)
    is_stamped = row is not None and row.state == quoting.ASKED and row.stamp_uri is not None
    is_missing = post.quoted_id is None and not work.uris.is_ours(note.quote)
    if (is_stamped or is_missing) and post.visibility in OPEN:
        await errands.ask(work, QUOTED, post.uri)


async def forget(work: Writing, author: Actor, post: Post) -> None:
    """``author`` of elsewhere took their post back."""
    if post.author_id != author.id:
        raise Forbidden
    if post.deleted_at is None:
        await bury(work, post)
        await tell_feeds(work, post)


async def entomb(work: Writing, uri: str, actor_uri: str) -> None:
    """Remember the deletion of something we never saw, so that a late Create does not bring it in."""
    row = await work.session.get(Tombstone, uri)
    if row is None:
        row = Tombstone(uri=uri, actor_uri=actor_uri, deleted_at=work.now)
        work.session.add(row)
    row.actor_uri, row.deleted_at = actor_uri, work.now
    await work.session.flush()


async def prune(work: Writing) -> None:
    """Housekeeping: by now nothing comes any more that was deleted so long ago."""
    await work.session.execute(sa.delete(Tombstone).where(Tombstone.deleted_at < work.now - _BURIED))


async def is_buried(work: Reading, uri: str, author_uri: str) -> bool:
    """True when its author deleted it before it came. What somebody else on that host said of it does not count."""
    found = await _BURIED_BY.first(work, uri=uri)
    return found is not None and found[0] == author_uri


def as_it_begins(note: Note, kind: str, author_id: int, parent_id: int | None, now: datetime) -> dict[str, Any]:
    """What of a row of ``posts`` is settled when a copy is first made."""
    published = min(note.published or now, now)
    return {
        "id": new_id(published),
        "uri": note.id,
        "kind": kind,
        "is_local": False,
        "author_id": author_id,
        "parent_uri": note.in_reply_to,
        "parent_id": parent_id,
        "context": note.context,
        "published_at": published,
        "updated_at": note.updated,
        "received_at": now,
    }


def as_said(note: Note, kind: str, followers_uri: str | None) -> dict[str, Any]:
    """What of a row of ``posts`` its author can change by an edit."""
    is_read = kind in rules.READ
    return {
        "title": markdown.plain(note.name or "", 500).replace("\n", " ") if is_read and note.name else "",
        "content": readings.content(note) if is_read else markdown.clean(note.content),
        "warning": (note.summary or "")[:500] if note.type in WARNED or note.sensitive else "",
        "is_sensitive": note.sensitive,
        "language": note.language,
        "lens": note.lens or "both",
        "url": note.url or note.id,
        "visibility": wire.visibility(note, followers_uri),
        "to": list(note.to),
        "cc": list(note.cc),
        "may_quote": quoting.as_kept(note, followers_uri),
        # Of a plain note all that it says stands in the row; the copy of it would take more room than everything else.
        "document": note.document or None if kind != "note" or note.audience is not None else None,
    }


def as_shown(picture: Picture, position: int) -> dict[str, Any]:
    """What of a row of ``media`` comes with a picture on a post."""
    focus_x, focus_y = picture.focus or (None, None)
    return {
        "position": position,
        "remote_url": picture.url,
        "media_type": (picture.media_type or "image/jpeg")[:60],
        "width": picture.width,
        "height": picture.height,
        "blurhash": (picture.blurhash or "")[:100],
        "alt": (picture.alt or "")[:1500],
        "focus_x": focus_x,
        "focus_y": focus_y,
    }


async def _first_copy(work: Writing, author: Actor, note: Note, kind: str) -> Post:
    """The row as it begins; it is added when all is known of it, so that it is written once."""
    begun = as_it_begins(note, kind, author.id, await _id_of(work, note.in_reply_to), work.now)
    return Post(visibility="direct", is_history=work.is_history, **begun)


async def _add(work: Writing, post: Post) -> None:
    work.session.add(post)
    await work.session.flush()
    # Answers that came before what they answer find it now.
    if await _ORPHAN.first(work, uri=post.uri) is not None:
        await work.session.execute(
            sa.update(Post).where(Post.parent_uri == post.uri, Post.parent_id.is_(None)).values(parent_id=post.id)
        )


async def _id_of(work: Reading, uri: str | None) -> int | None:
    found = await _ID_OF.first(work, uri=uri) if uri else None
    return found[0] if found is not None else None


async def _quotable(work: Reading, uri: str | None) -> int | None:
    found = await _WORDS_OF.first(work, uri=uri) if uri else None
    return found[0] if found is not None else None


def _is_newer(post: Post, note: Note) -> bool:
    """An older version that arrives late changes nothing, and so does a first version after a corrected one."""
    if note.updated is None:
        return post.updated_at is None  # a program that never says when it changed something
    return note.updated > (post.updated_at or post.published_at)


async def _mirror_mentions(work: Writing, post: Post, note: Note, *, is_new: bool) -> list[Actor]:
    """Those known here who are named. Only who is addressed is told; naming somebody shows them nothing."""
    addressees = set(note.to) | set(note.cc)
    named = [mention.href for mention in note.mentions]
    # Some programs address without a tag; our own members are found by their address too.
    ours = [uri for uri in addressees if work.uris.is_ours(uri)][: people.MOST]
    if post.visibility == rules.IN_CIRCLE:
        ours = []  # in a closed circle each member is addressed: that they read it follows from being in it
    wanted = list(dict.fromkeys([*named, *ours]))
    known: list[Actor] = await actors.copies_of(work, wanted) if wanted else []
    addressed = [actor for actor in known if actor.uri in addressees]
    await keep_mentions(work, post, addressed, known, is_new=is_new)
    return addressed


async def _mirror_pictures(work: Writing, author: Actor, post: Post, note: Note, *, is_new: bool) -> None:
    pictures = note.pictures
    if is_new and not pictures:
        return
    known = {row.remote_url: row for row in await media.of_post(work, post.id)}
    await work.session.execute(
        sa.delete(Media).where(Media.post_id == post.id, Media.remote_url.not_in([picture.url for picture in pictures]))
    )
    for position, picture in enumerate(pictures):
        row = known.get(picture.url)
        if row is None:
            row = Media(id=new_id(work.now), owner_id=author.id, post_id=post.id, purpose="post", created_at=work.now)
            work.session.add(row)
        for name, value in as_shown(picture, position).items():
            setattr(row, name, value)
    await work.session.flush()
