"""The note: a post, a reply, a direct message, and the readable carrier of a listing."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from schemas.contexts import with_context, without_context
from schemas.emoji import Emoji, emojis
from schemas.event import Event
from schemas.proposal import Proposal
from schemas.question import Question
from schemas.values import (
    PUBLIC,
    Document,
    Link,
    Malformed,
    Picture,
    as_uri,
    audience,
    author_of,
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
    web_url,
    write_moment,
)
from schemas.vocabulary import ARTICLES, EVENTS, NOTES, QUESTIONS, READABLE

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
    written for an Article alone: GoToSocial would fold the text of a Note behind it. `lens` is None where the sender
    has no such word. `enclosures` are attached films, recordings and files.
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
    may_quote: tuple[str, ...] | None = None
    """Who may quote it without asking (FEP-044f): everybody, a collection, people. None where nothing is said."""
    may_ask: tuple[str, ...] = ()
    """Who may ask whether they may."""
    question: Question | None = None
    event: Event | None = None
    preview: str | None = None
    """The article in a few sentences (FEP-b2b8), as HTML."""
    quote: str | None = None
    is_quote_by_consent: bool = False
    """It names what it quotes as FEP-044f does: who wrote that has a say."""
    is_quote_for_all: bool = False
    """It names it also for programs that ask nobody."""
    quote_stamp: str | None = None
    """Where it stands that the author of what is quoted said yes."""
    emojis: tuple[Emoji, ...] = ()
    audience: str | None = None
    """The group in which it is said (FEP-1b12)."""
    enclosures: tuple[Picture, ...] = ()
    born_of: str | None = None
    """The post from which this offer or ask began."""
    recommendation: str | None = None
    """Of a recommendation: what it rests on, ``deal``, ``meeting`` or ``referral``."""
    may_be_public: bool = False
    """Its writer agrees to have the recommendation shown to everybody."""
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
        kind = type_of(document, READABLE)
        summary = text(document, "summary", 5_000)
        if not content and kind not in NOTES | QUESTIONS:
            # Videos, recordings and pictures of other programs: what they have is a title and perhaps a description.
            content, summary = text(document, "summary", 20_000) or "", None
        lens = first(document, "commensal:frame")
        source = get(document, "source")
        return Note(
            id=required_id(document),
            type=kind,
            attributed_to=author_of(document),
            content=content,
            name=line(document, "name", 500),
            summary=summary,
            language=language(document) or _spoken(document),
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
            question=Question.read(document),
            event=Event.read(document) if kind in EVENTS else None,
            preview=_short(document),
            may_quote=_policy(document, "automaticApproval"),
            may_ask=_policy(document, "manualApproval") or (),
            quote=_quote(document),
            is_quote_by_consent=bool(first(document, "quote")),
            is_quote_for_all=any(first(document, key) for key in _QUOTES[1:]),
            quote_stamp=_opaque(document, "quoteAuthorization"),
            emojis=emojis(document),
            audience=_opaque(document, "audience"),
            enclosures=_enclosures(document),
            born_of=_address(document, "commensal:bornOf"),
            recommendation=line(document, "commensal:recommendation", 20),
            may_be_public=bool(flag(document, "commensal:mayBePublic")),
            document=document,
        )

    def write(self) -> Document:
        """The document. A Note has no `name`, and its `summary` is a content warning to everybody else."""
        return with_context(
            dropping_empty(
                {
                    "id": self.id,
                    "type": self.type,
                    "attributedTo": self.attributed_to,
                    # Mobilizon reads no Article without it.
                    "actor": self.attributed_to if self.type in ARTICLES else None,
                    "name": self.name if self.type in ARTICLES else None,
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
                    "audience": self.audience,
                    "preview": self._preview() if self.preview else None,
                    **(self.question.write() if self.question else {}),
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
                    "interactionPolicy": self._policy() if self.may_quote is not None else None,
                    "quote": self.quote if self.is_quote_by_consent else None,
                    "quoteUri": self.quote if self.is_quote_for_all else None,
                    _MISSKEY_QUOTE: self.quote if self.is_quote_for_all else None,
                    "quoteAuthorization": self.quote_stamp,
                    "commensal:frame": self.lens,
                    "commensal:bornOf": self.born_of,
                    "commensal:recommendation": self.recommendation,
                    "commensal:mayBePublic": self.may_be_public or None,
                }
            )
        )

    def _policy(self) -> Document:
        asking = {"manualApproval": list(self.may_ask)} if self.may_ask else {}
        return {"canQuote": {"automaticApproval": list(self.may_quote or ()), **asking}}

    def _preview(self) -> Document:
        return {"type": "Note", "attributedTo": self.attributed_to, "content": self.preview}


def _short(document: Document) -> str | None:
    preview = first(document, "preview")
    return html(preview, "content", 2_000) if isinstance(preview, dict) else None


def _policy(document: Document, approval: str) -> tuple[str, ...] | None:
    """Whom the author lets quote it (FEP-044f), by one of the two ways to be let."""
    policy = first(document, "interactionPolicy")
    quoting = first(policy, "canQuote") if isinstance(policy, dict) else None
    if not isinstance(quoting, dict):
        return None
    return audience({"to": [who for who in listed(quoting, approval) if isinstance(who, str)][:_MOST_NAMED]}, "to")


def _spoken(document: Document) -> str | None:
    """The language by what Lemmy (`language`) and Mobilizon (`inLanguage`) call it."""
    found = first(document, "inLanguage") or first(document, "language")
    if isinstance(found, dict):
        found = found.get("identifier")
    known = isinstance(found, str) and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}", found, re.ASCII)
    return str(found) if known and found != "und" else None


_OBJECT_TYPES = ("application/activity+json", "application/ld+json")
_MISSKEY_QUOTE = "_misskey_quote"
_QUOTES = ("quote", "quoteUrl", "quoteUri", "quoteURL", _MISSKEY_QUOTE)
_MOST_NAMED = 50


def _quote(document: Document) -> str | None:
    """The post that this one quotes, by any of the names programs have for it."""
    for key in _QUOTES:
        value = first(document, key)
        if isinstance(value, str | dict):
            try:
                uri = as_uri(value)
            except Malformed:
                continue
            if uri is not None and web_url(uri):
                return uri
    for entry in listed(document, "tag")[:500]:  # FEP-e232
        if isinstance(entry, dict) and type_of_entry(entry) == "Link":
            link = Link.read(entry)
            if link is None or not web_url(link.href):
                continue
            if any(word.rpartition("#")[2].endswith(_MISSKEY_QUOTE) for word in link.rel) or (
                (link.media_type or "").partition(";")[0].strip() in _OBJECT_TYPES and not link.rel
            ):
                return link.href
    return None


def _kind(picture: Picture) -> str:
    return "Image" if (picture.media_type or "image/").startswith("image/") else "Document"


def _address(document: Document, key: str) -> str | None:
    value = document.get(key)
    return web_url(value) if isinstance(value, str) and len(value) <= 2_048 else None


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


def _attached(document: Document) -> list[tuple[str | None, Picture]]:
    found = []
    for entry in listed(document, "attachment")[:50]:
        kind = type_of_entry(entry) if isinstance(entry, dict) else None
        if kind is not None and kind not in ("Image", "Document", "Video", "Audio"):
            continue
        picture = Picture.read(entry)
        if picture is not None:
            found.append((kind, picture))
    return found


def _is_image(kind: str | None, picture: Picture) -> bool:
    return (picture.media_type or ("image/" if kind not in ("Video", "Audio") else "")).startswith("image/")


def _pictures(document: Document) -> tuple[Picture, ...]:
    found = [picture for kind, picture in _attached(document) if _is_image(kind, picture)]
    if not found and type_of_entry(document) not in NOTES:
        # The cover of an article or gathering, the still of a film.
        covers = (Picture.read(first(document, key)) for key in ("image", "icon"))
        found = [cover for cover in covers if cover is not None][:1]
    return tuple(found[:MAX_PICTURES])


def _enclosures(document: Document) -> tuple[Picture, ...]:
    """What is attached and no picture."""
    return tuple(picture for kind, picture in _attached(document) if not _is_image(kind, picture))[:MAX_PICTURES]
