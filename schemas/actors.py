"""The actor: a person, an organization, a group, an application or a service, with its keys and how to approach it."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.contexts import with_context
from schemas.group import Group
from schemas.values import (
    Document,
    Malformed,
    Picture,
    as_uri,
    dropping_empty,
    embedded,
    first,
    flag,
    get,
    html,
    ids,
    line,
    listed,
    moment,
    one_id,
    page_url,
    required_id,
    same_origin,
    text,
    type_of,
    type_of_entry,
    web_url,
    write_moment,
)
from schemas.vocabulary import ACTORS, RFC9421, RFC9421_ED25519

MAX_FIELDS = 50
MAX_FIELD = 2_047


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An RSA key in PEM, as HTTP signatures use it."""

    id: str
    owner: str
    pem: str

    @staticmethod
    def read(document: Document) -> "PublicKey":
        """A key from its document; a key without an owner belongs to nobody and is Malformed."""
        pem = get(document, "publicKeyPem")
        if not isinstance(pem, str) or len(pem) > 10_000:
            raise Malformed("publicKeyPem is missing")
        owner = one_id(document, "owner") or one_id(document, "controller")
        if owner is None:
            raise Malformed("the key has no owner")
        return PublicKey(required_id(document), owner, pem)

    def write(self) -> Document:
        """The key as it stands in an actor document."""
        return {"id": self.id, "owner": self.owner, "publicKeyPem": self.pem}


@dataclass(frozen=True, slots=True)
class Multikey:
    """A FEP-521a key; Ed25519 where we write it."""

    id: str
    controller: str
    multibase: str
    expires: datetime | None = None

    @staticmethod
    def read(document: Document) -> "Multikey":
        """A key from its document."""
        multibase = get(document, "publicKeyMultibase")
        controller = one_id(document, "controller")
        if not isinstance(multibase, str) or len(multibase) > 1_000 or controller is None:
            raise Malformed("the Multikey is not complete")
        return Multikey(required_id(document), controller, multibase, moment(document, "expires"))

    def write(self) -> Document:
        """The key as it stands in an actor document."""
        return dropping_empty(
            {
                "id": self.id,
                "type": "Multikey",
                "controller": self.controller,
                "publicKeyMultibase": self.multibase,
                "expires": write_moment(self.expires) if self.expires else None,
            }
        )


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a profile; the value is HTML and, when read, not yet cleaned."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class HostCard:
    """How somebody likes to be approached.

    `opens` is social, business or either; `hours` are pairs such as `("08:00", "10:00")` in `time_zone`; `days` are
    ISO weekdays. Empty hours or days mean any.
    """

    opens: str = "either"
    languages: tuple[str, ...] = ()
    hours: tuple[tuple[str, str], ...] = ()
    days: tuple[int, ...] = ()
    time_zone: str | None = None
    ask_me_about: tuple[str, ...] = ()
    please_dont: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    pace: str | None = None

    @staticmethod
    def read(document: Document) -> "HostCard":
        """A host card from its document; whatever is not understood is left out."""
        opens = _own(document, "opens")
        days = _own(document, "days")
        hours = (_HOURS.fullmatch(words) for words in _words(document, "hours", 20))
        return HostCard(
            opens=opens if opens in ("social", "business") else "either",
            languages=_words(document, "languages", 35),
            hours=tuple((match[1], match[2]) for match in hours if match),
            days=tuple(day for day in days if type(day) is int and 1 <= day <= 7)[:7] if isinstance(days, list) else (),
            time_zone=_line(document, "timeZone", 60),
            ask_me_about=_words(document, "askMeAbout", 200),
            please_dont=_words(document, "pleaseDont", 200),
            channels=_words(document, "channels", 60),
            pace=_line(document, "pace", 200),
        )

    def write(self) -> Document:
        """The host card as it stands in an actor document."""
        return dropping_empty(
            {
                "commensal:opens": self.opens,
                "commensal:languages": list(self.languages),
                "commensal:hours": [f"{start}-{end}" for start, end in self.hours],
                "commensal:days": list(self.days),
                "commensal:timeZone": self.time_zone,
                "commensal:askMeAbout": list(self.ask_me_about),
                "commensal:pleaseDont": list(self.please_dont),
                "commensal:channels": list(self.channels),
                "commensal:pace": self.pace,
            }
        )


_HOURS = re.compile(r"([0-2]\d:[0-5]\d)-([0-2]\d:[0-5]\d)")


def _own(document: Document, key: str) -> Any:
    value = document.get(f"commensal:{key}")
    return document.get(key) if value is None else value


def _words(document: Document, key: str, limit: int) -> tuple[str, ...]:
    value = _own(document, key)
    values = value if isinstance(value, list) else [value]
    return tuple(" ".join(word.split())[:limit] for word in values[:20] if isinstance(word, str) and word.strip())


def _line(document: Document, key: str, limit: int) -> str | None:
    value = _own(document, key)
    return " ".join(value.split())[:limit] or None if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts. A stub (no inbox) is what some servers show to requests that carry no signature."""

    id: str
    type: str
    username: str | None = None
    name: str | None = None
    summary: str | None = None
    url: str | None = None
    inbox: str | None = None
    outbox: str | None = None
    followers: str | None = None
    following: str | None = None
    featured: str | None = None
    shared_inbox: str | None = None
    icon: Picture | None = None
    image: Picture | None = None
    fields: tuple[Field, ...] = ()
    keys: tuple[PublicKey, ...] = ()
    multikeys: tuple[Multikey, ...] = ()
    implements: tuple[str, ...] = ()
    approves_followers: bool = False
    discoverable: bool | None = None
    indexable: bool | None = None
    published: datetime | None = None
    updated: datetime | None = None
    moved_to: str | None = None
    also_known_as: tuple[str, ...] = ()
    webfinger: str | None = None
    host_card: HostCard | None = None
    affiliations: str | None = None
    connections: str | None = None
    offers: str | None = None
    members: str | None = None
    attribution_domains: tuple[str, ...] = ()
    """Hosts whose pages may name them as the author; Mastodon shows the name on cards only then."""
    group: Group | None = None
    """Of a Group: its door and its moderators."""
    industry: str | None = None
    """What they do: a NACE Rev. 2 code such as 10.71."""
    document: Document = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_stub(self) -> bool:
        """True when there is too little here to talk to, or about, this actor."""
        return self.inbox is None

    @staticmethod
    def read(document: Document) -> "Actor":
        """Any actor document, also a key stub. Addresses on other servers than the actor's own are left out."""
        id_ = required_id(document)
        kind = type_of(document, ACTORS)
        if kind not in ACTORS:
            raise Malformed(f"{kind[:50]} is not a type of actor")

        def home(key: str, source: Document = document) -> str | None:
            """The address under key, when it is on the actor's own server: nobody may point us at a third party."""
            uri = as_uri(first(source, key))
            return uri if same_origin(uri, id_) else None

        generator = embedded(document, "generator")
        host_card = embedded(document, "commensal:hostCard")
        return Actor(
            id=id_,
            type=kind,
            username=_username(document),
            name=line(document, "name", 200),
            summary=html(document, "summary", 20_000),
            url=page_url(document),
            inbox=home("inbox"),
            outbox=home("outbox"),
            followers=home("followers"),
            following=home("following"),
            featured=home("featured"),
            shared_inbox=home("sharedInbox", embedded(document, "endpoints") or {}),
            icon=_picture(document, "icon"),
            image=_picture(document, "image"),
            fields=_fields(document),
            keys=_keys(document, id_),
            multikeys=_multikeys(document, id_),
            implements=_implements(document) or (_implements(generator) if generator else ()),
            approves_followers=bool(flag(document, "manuallyApprovesFollowers")),
            discoverable=flag(document, "discoverable"),
            indexable=flag(document, "indexable"),
            published=moment(document, "published"),
            updated=moment(document, "updated"),
            moved_to=one_id(document, "movedTo"),
            also_known_as=ids(document, "alsoKnownAs", 20),
            webfinger=_webfinger(document),
            host_card=HostCard.read(host_card) if host_card else None,
            affiliations=home("commensal:affiliations") or home("affiliations"),
            connections=home("commensal:connections"),
            offers=home("commensal:offers"),
            members=home("commensal:members") or home("members"),
            group=Group.read(document) if kind == "Group" else None,
            industry=_line(document, "industry", 20),
            document=document,
        )

    def write(self) -> Document:
        """The actor document. What must not be public must not be in this value: there is one document for all."""
        implements: list[Document] = [
            dropping_empty({"href": address, "name": _CAPABILITIES.get(address)}) for address in self.implements
        ]
        return with_context(
            dropping_empty(
                {
                    "id": self.id,
                    "type": self.type,
                    "preferredUsername": self.username,
                    "webfinger": self.webfinger,
                    "name": self.name,
                    "summary": self.summary,
                    "url": self.url,
                    "inbox": self.inbox,
                    "outbox": self.outbox,
                    "followers": self.followers,
                    "following": self.following,
                    "featured": self.featured,
                    "endpoints": {"sharedInbox": self.shared_inbox} if self.shared_inbox else None,
                    "manuallyApprovesFollowers": self.approves_followers,
                    "discoverable": self.discoverable,
                    "indexable": self.indexable,
                    "published": write_moment(self.published) if self.published else None,
                    "updated": write_moment(self.updated) if self.updated else None,
                    "icon": self.icon.write() if self.icon else None,
                    "image": self.image.write() if self.image else None,
                    "attachment": [
                        {"type": "PropertyValue", "name": entry.name, "value": entry.value} for entry in self.fields
                    ],
                    "alsoKnownAs": list(self.also_known_as),
                    "attributionDomains": list(self.attribution_domains),
                    "movedTo": self.moved_to,
                    # A single object: Mobilizon, Lemmy and Mitra refuse an actor whose publicKey is a list.
                    "publicKey": self.keys[0].write() if self.keys else None,
                    "assertionMethod": [key.write() for key in self.multikeys],
                    # FEP-844e: a program says it of itself, everybody else of the program that speaks for them.
                    "implements": implements if self.type == "Application" else None,
                    "generator": {"type": "Application", "implements": implements} if implements else None,
                    "commensal:affiliations": self.affiliations,
                    "commensal:connections": self.connections,
                    "commensal:offers": self.offers,
                    "commensal:members": self.members,
                    "commensal:hostCard": self.host_card.write() if self.host_card else None,
                    "commensal:industry": self.industry,
                    **(self.group.write() if self.group else {}),
                }
            )
        )


_CAPABILITIES = {
    RFC9421: "RFC-9421: HTTP Message Signatures",
    RFC9421_ED25519: "RFC-9421 signatures using the Ed25519 algorithm",
}


def _username(document: Document) -> str | None:
    name = first(document, "preferredUsername")
    if not isinstance(name, str):
        return None
    name = name.strip()
    # What ends up in `@name@host` must not be able to look like another handle.
    return name if re.fullmatch(r"[^\s@/\\?#<>\"'\x00-\x1f]{1,100}", name) else None


def _webfinger(document: Document) -> str | None:
    value = first(document, "webfinger")
    return value.removeprefix("acct:")[:300] if isinstance(value, str) and "@" in value else None


def _picture(document: Document, key: str) -> Picture | None:
    for value in listed(document, key)[:10]:
        picture = Picture.read(value)
        if picture is not None and picture.media_type != "image/svg+xml":
            return picture
    return None


def _fields(document: Document) -> tuple[Field, ...]:
    found = []
    for entry in listed(document, "attachment")[:MAX_FIELDS]:
        # FEP-fb2a writes the same as a Note with name and content; WordPress sends both, PropertyValue first.
        if not isinstance(entry, dict) or type_of_entry(entry) != "PropertyValue":
            continue
        name, value = line(entry, "name", 255), text(entry, "value", MAX_FIELD)
        if name and value:
            found.append(Field(name, value))
    if not found:
        for entry in listed(document, "attachment")[:MAX_FIELDS]:
            if isinstance(entry, dict) and type_of_entry(entry) == "Note":
                name, value = line(entry, "name", 255), text(entry, "content", MAX_FIELD)
                if name and value:
                    found.append(Field(name, value))
    return tuple(found)


def _keys(document: Document, owner: str) -> tuple[PublicKey, ...]:
    found = []
    for value in listed(document, "publicKey")[:5]:
        if isinstance(value, dict):
            try:
                key = PublicKey.read(value if get(value, "owner") else {**value, "owner": owner})
            except Malformed:
                continue
            if key.owner == owner and _may_name(owner, key.id):
                found.append(key)
    return tuple(found)


def _multikeys(document: Document, owner: str) -> tuple[Multikey, ...]:
    found = []
    for value in listed(document, "assertionMethod")[:10]:
        if isinstance(value, dict):
            try:
                key = Multikey.read(value)
            except Malformed:
                continue
            if key.controller == owner and _may_name(owner, key.id):
                found.append(key)
    return tuple(found)


def _may_name(owner: str, key_id: str) -> bool:
    """Whether a key of this id can be the owner's: one that is part of a document is that document's.

    Otherwise whoever names the key of a neighbour first would have it.
    """
    home, mark, _ = key_id.partition("#")
    return same_origin(key_id, owner) and (not mark or home.rstrip("/") == owner.rstrip("/"))


def _implements(document: Document) -> tuple[str, ...]:
    found = (web_url(value) for value in listed(document, "implements")[:50])
    return tuple(address for address in found if address is not None)
