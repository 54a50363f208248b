"""A post of ours as the Note that goes over the wire."""

import html as markup
import re
from collections.abc import Sequence

from node.actors.model import Actor
from node.markdown import plain
from node.media.model import Media
from node.posts.model import Post
from node.posts.quoting import Quoted, as_written
from node.uris import Uris
from schemas.note import Mention, Note
from schemas.question import Question
from schemas.tombstone import Tombstone
from schemas.values import PUBLIC, Picture


def note(
    post: Post,
    author: Actor,
    uris: Uris,
    *,
    mentions: Sequence[Actor] = (),
    tags: Sequence[str] = (),
    pictures: Sequence[Media] = (),
    question: Question | None = None,
    group: Actor | None = None,
    quoted: Quoted | None = None,
) -> Note:
    """The Note of ``post``; ``pictures`` in their order, ``mentions`` as far as they are known.

    With a title it is an Article: Mastodon shows its title, a few sentences and a link, so that these are written out.
    """
    to, cc = tuple(post.to), tuple(post.cc)
    opening = in_short(post.content) if post.title else ""
    return Note(
        id=post.uri,
        type="Article" if post.title else "Question" if question else "Note",
        attributed_to=author.uri,
        name=post.title or None,
        content=(_naming(quoted) if quoted is not None else "") + post.content,
        summary=post.warning or opening or None,
        preview=opening or None,
        question=question,
        language=post.language,
        source=post.source,
        url=post.url,
        to=to,
        cc=cc,
        published=post.published_at,
        updated=post.updated_at,
        in_reply_to=post.parent_uri,
        context=post.context or uris.context(post.id),
        audience=group.uri if group is not None else None,
        mentions=tuple(Mention(actor.uri, actor.handle) for actor in mentions),
        hashtags=tuple((tag, uris.tag(tag)) for tag in tags),
        pictures=tuple(picture(media, uris) for media in pictures),
        sensitive=post.is_sensitive,
        lens=None if post.lens == "both" else post.lens,
        replies=f"{post.uri}/replies",
        likes=f"{post.uri}/likes",
        shares=f"{post.uri}/shares",
        may_quote=as_written(post.may_quote, author, to + cc),
        quote=quoted.uri if quoted is not None else None,
        is_quote_by_consent=quoted is not None,
        is_quote_for_all=quoted is not None and quoted.is_for_all,
        quote_stamp=quoted.stamp if quoted is not None else None,
    )


def _naming(quoted: Quoted) -> str:
    """The line that names what is quoted to people whose program does not show it; the others take it out again."""
    address = markup.escape(quoted.url)
    return f'<p class="quote-inline">RE: <a href="{address}">{address}</a></p>'


def in_short(html: str, limit: int = 300) -> str:
    """The beginning of a longer text: whole sentences as far as they go, at most three, as one paragraph."""
    opening = html[: limit * 10]
    words = " ".join(plain(opening.partition("<h")[0] or opening).split())
    found = ""
    for sentence in re.split(r"(?<=[.!?…])\s+", words[: limit * 2])[:3]:
        if found and len(found) + len(sentence) >= limit:
            break
        found = f"{found} {sentence}".strip()
    if len(found) > limit:
        found = found[: limit - 1].rsplit(" ", 1)[0] + "…"
    return f"<p>{markup.escape(found, quote=False)}</p>" if found else ""


def picture(media: Media, uris: Uris) -> Picture:
    """A picture of ours by its lasting address, or somebody else's by theirs."""
    address = uris.media(media.digest, media.extension) if media.digest else media.remote_url or ""
    return Picture(
        url=address,
        media_type=media.media_type,
        alt=media.alt or None,
        width=media.width,
        height=media.height,
        blurhash=media.blurhash or None,
        focus=(media.focus_x, media.focus_y) if media.focus_x is not None and media.focus_y is not None else None,
    )


def tombstone(post: Post) -> Tombstone:
    """What is served where a post was."""
    return Tombstone(post.uri, post.deleted_at, {"article": "Article", "poll": "Question"}.get(post.kind, "Note"))


def visibility(note: Note, followers_uri: str | None) -> str:
    """public, quiet, followers or direct, as the addressing says it."""
    if PUBLIC in note.to:
        return "public"
    if PUBLIC in note.cc:
        return "quiet"
    return "followers" if followers_uri and followers_uri in note.to + note.cc else "direct"


def addressing(kind: str, followers_uri: str, people: Sequence[str] = ()) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """``to`` and ``cc`` of a post of that visibility which names these people."""
    if kind == "public":
        return (PUBLIC,), (followers_uri, *people)
    if kind == "quiet":
        return (followers_uri,), (PUBLIC, *people)
    if kind == "followers":
        return (followers_uri,), tuple(people)
    return tuple(people), ()
