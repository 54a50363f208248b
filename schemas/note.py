"""The note: a post, a reply, a direct message, and the readable carrier of a listing."""

from dataclasses import dataclass, field
from datetime import datetime

from schemas.contexts import with_context, without_context
from schemas.proposal import Proposal
from schemas.values import (
    PUBLIC,
    Document,
    Link,
    Malformed,
    Picture,
    as_uri,
    audience,
    dropping_empty,
    first,
    flag,
    get,
    html,
    language,
    line,
    listed,
    moment,
    one_id,
    page_url,
    required_id,
    text,
    type_of,
    type_of_entry,
    write_moment,
)
from schemas.vocabulary import ARTICLES, NOTES

MAX_TAGS = 64
MAX_MENTIONS = 50
MAX_PICTURES = 16


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody named in the text."""

    href: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A text addressed to people.

    `content` is HTML; when read, not yet cleaned. `name` is a title (Articles, and Notes of some programs) and is
    never written: GoToSocial would fold the text behind it. `lens` is None where the sender has no such word.
    """

    id: str
    attributed_to: str
    content: str = ""
    name: str | None = None
    summary: str | None = None
    language: str | None = None
    source: str | None = None
    url: str | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    in_reply_to: str | None = None
    context: str | None = None
    mentions: tuple[Mention, ...] = ()
    hashtags: tuple[tuple[str, str | None], ...] = ()
    pictures: tuple[Picture, ...] = ()
    links: tuple[Link, ...] = ()
    sensitive: bool = False
    lens: str | None = None
    proposal: Proposal | None = None
    replies: str | None = None
    likes: str | None = None
    shares: str | None = None
    quotable: bool = False
    type: str = "Note"
    document: Document = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_public(self) -> bool:
        """True when addressed to everybody, listed or not."""
        return PUBLIC in self.to or PUBLIC in self.cc

    @staticmethod
    def read(document: Document) -> "Note":
        """A Note, Article, Page or whatever else carries text; its author must be exactly one."""
        content = html(document, "content") or ""
        mentions, hashtags = _tags(document)
        kind = type_of(document, NOTES | ARTICLES)
        if not content and kind not in NOTES | ARTICLES:
            # Videos, recordings and pictures of other programs: what they have is a title and perhaps a description.
            content = text(document, "summary", 20_000) or ""
        lens = first(document, "commensal:frame")
        source = get(document, "source")
        return Note(
            id=required_id(document),
            type=kind,
            attributed_to=required_id(document, "attributedTo"),
            content=content,
            name=line(document, "name", 500),
            summary=text(document, "summary", 5_000),
            language=language(document),
            source=text(source, "content", 20_000) if isinstance(source, dict) else None,
            url=page_url(document),
            to=audience(document, "to"),
            cc=audience(document, "cc"),
            published=moment(document, "published"),
            updated=moment(document, "updated"),
            in_reply_to=one_id(document, "inReplyTo"),
            context=_opaque(document, "context") or _opaque(document, "conversation"),
            mentions=mentions,
            hashtags=hashtags,
            pictures=_pictures(document),
            links=tuple(
                link
                for link in (
                    Link.read(entry)
                    for entry in listed(document, "attachment")[:MAX_PICTURES]
                    if isinstance(entry, dict) and type_of_entry(entry) == "Link"
                )
                if link is not None
            ),
            sensitive=bool(flag(document, "sensitive")),
            lens=lens if lens in ("social", "business", "both") else None,
            proposal=Proposal.find(document),
            replies=as_uri(first(document, "replies")),
            likes=as_uri(first(document, "likes")),
            shares=as_uri(first(document, "shares")),
            document=document,
        )

    def write(self) -> Document:
        """The Note document. `name` stays out; a `summary` is a content warning to everybody else."""
        anyone = {"automaticApproval": [PUBLIC]}
        return with_context(
            dropping_empty(
                {
                    "id": self.id,
                    "type": self.type,
                    "attributedTo": self.attributed_to,
                    "summary": self.summary,
                    "content": self.content,
                    "contentMap": {self.language: self.content} if self.language and self.content else None,
                    "source": {"content": self.source, "mediaType": "text/markdown"} if self.source else None,
                    "url": self.url,
                    "to": list(self.to),
                    "cc": list(self.cc),
                    "published": write_moment(self.published) if self.published else None,
                    "updated": write_moment(self.updated) if self.updated else None,
                    "inReplyTo": self.in_reply_to,
                    "context": self.context,
                    "sensitive": self.sensitive or None,
                    "tag": [
                        dropping_empty({"type": "Mention", "href": mention.href, "name": mention.name})
                        for mention in self.mentions
                    ]
                    + [
                        dropping_empty({"type": "Hashtag", "href": href, "name": f"#{name}"})
                        for name, href in self.hashtags
                    ],
                    "attachment": [picture.write(_kind(picture)) for picture in self.pictures]
                    + [link.write() for link in self.links]
                    + ([without_context(self.proposal.write())] if self.proposal else []),
                    "replies": self.replies,
                    "likes": self.likes,
                    "shares": self.shares,
                    "interactionPolicy": {"canQuote": anyone} if self.quotable else None,
                    "commensal:frame": self.lens,
                }
            )
        )


def _kind(picture: Picture) -> str:
    return "Image" if (picture.media_type or "image/").startswith("image/") else "Document"


def _opaque(document: Document, key: str) -> str | None:
    try:
        return as_uri(first(document, key))
    except Malformed:
        return None


def _tags(document: Document) -> tuple[tuple[Mention, ...], tuple[tuple[str, str | None], ...]]:
    mentions: dict[str, Mention] = {}
    hashtags: dict[str, str | None] = {}
    for entry in listed(document, "tag")[:500]:
        if not isinstance(entry, dict):
            continue
        kind = type_of_entry(entry)
        name = entry.get("name")
        href = entry.get("href")
        if kind == "Mention" and isinstance(href, str) and len(mentions) < MAX_MENTIONS:
            uri = as_uri(href)
            if uri is not None:
                mentions[uri] = Mention(uri, name[:300] if isinstance(name, str) else None)
        elif kind == "Hashtag" and isinstance(name, str) and len(hashtags) < MAX_TAGS:
            word = name.strip().lstrip("#").strip()[:100]
            if word and not any(character.isspace() for character in word):
                hashtags.setdefault(word, as_uri(href) if isinstance(href, str) else None)
    return tuple(mentions.values()), tuple(hashtags.items())


def _pictures(document: Document) -> tuple[Picture, ...]:
    found = []
    for entry in listed(document, "attachment")[:50]:
        if isinstance(entry, dict) and type_of_entry(entry) not in ("Image", "Document", "Video", "Audio"):
            continue
        picture = Picture.read(entry)
        if picture is not None:
            found.append(picture)
    if not found and type_of_entry(document) in ARTICLES:
        cover = Picture.read(first(document, "image"))
        found = [cover] if cover else []
    return tuple(found[:MAX_PICTURES])
