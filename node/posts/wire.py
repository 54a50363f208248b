"""A post of ours as the Note that goes over the wire."""

from collections.abc import Sequence

from node.actors.model import Actor
from node.media.model import Media
from node.posts.model import Post
from node.uris import Uris
from schemas.note import Mention, Note
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
) -> Note:
    """The Note of ``post``; ``pictures`` in their order, ``mentions`` as far as they are known."""
    to, cc = tuple(post.to), tuple(post.cc)
    return Note(
        id=post.uri,
        attributed_to=author.uri,
        content=post.content,
        summary=post.warning or None,
        language=post.language,
        source=post.source,
        url=post.url,
        to=to,
        cc=cc,
        published=post.published_at,
        updated=post.updated_at,
        in_reply_to=post.parent_uri,
        context=post.context or uris.context(post.id),
        mentions=tuple(Mention(actor.uri, actor.handle) for actor in mentions),
        hashtags=tuple((tag, uris.tag(tag)) for tag in tags),
        pictures=tuple(picture(media, uris) for media in pictures),
        sensitive=post.is_sensitive,
        lens=None if post.lens == "both" else post.lens,
        replies=f"{post.uri}/replies",
        likes=f"{post.uri}/likes",
        shares=f"{post.uri}/shares",
        quotable=PUBLIC in to + cc,
    )


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
    )


def tombstone(post: Post) -> Tombstone:
    """What is served where a post was."""
    return Tombstone(post.uri, post.deleted_at, "Note")


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
