"""What a server tells about itself and its accounts: WebFinger, NodeInfo and host-meta."""

import re
from dataclasses import dataclass
from html import escape

from schemas.values import Document, Malformed, first, get, host_name, listed, origin
from schemas.vocabulary import ACTIVITY_JSON

PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
AVATAR = "http://webfinger.net/rel/avatar"
SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
APPLICATION = "https://www.w3.org/ns/activitystreams#Application"
SERVICE = "https://www.w3.org/ns/activitystreams#Service"
INTENT = "https://w3id.org/fep/3b86/"
INTENTS = {"follow": "Follow", "like": "Like", "announce": "Announce", "object": "Object", "create": "Create"}
"""What can be begun elsewhere and done here: the last part of our address, and the word for it (FEP-3b86)."""
NODEINFO = "http://nodeinfo.diaspora.software/ns/schema/"


@dataclass(frozen=True, slots=True)
class Handle:
    """`@name@host`, the host as lower-case A-labels and with its port where it is unusual."""

    name: str
    host: str

    @staticmethod
    def read(words: str) -> "Handle | None":
        """A handle as people type it (`@name@host`, `name@host`, `acct:name@host`), or None."""
        match = re.fullmatch(r"\s*(?:acct:)?@?([^\s@/\\?#<>\"':]{1,100})@([^\s@/\\?#<>\"']{1,253})\s*", words)
        if not match:
            return None
        host, _, port = match[2].partition(":")
        known = host_name(host)
        if known is None or (port and not re.fullmatch(r"\d{1,5}", port)):
            return None
        return Handle(match[1], f"{known}:{port}" if port else known)

    def __str__(self) -> str:
        return f"{self.name}@{self.host}"


@dataclass(frozen=True, slots=True)
class Jrd:
    """A WebFinger answer: whom it is about, and the address of the actor."""

    subject: str | None
    actor: str | None
    aliases: tuple[str, ...] = ()
    profile: str | None = None
    subscribe: str | None = None

    @staticmethod
    def read(document: Document) -> "Jrd":
        """The answer of any server; `actor` is None when it has no ActivityStreams account under that name."""
        subject = first(document, "subject")
        actor = application = profile = subscribe = shown = None
        for link in listed(document, "links")[:50]:
            if not isinstance(link, dict):
                continue
            rel, kind, href = link.get("rel"), link.get("type"), link.get("href")
            address = href if isinstance(href, str) and origin(href) else None
            if rel == "self" and isinstance(kind, str) and _is_activity(kind):
                actor = actor or address
            elif rel in (APPLICATION, SERVICE):
                application = application or address
            elif rel == PROFILE_PAGE:
                profile = profile or address
            elif rel == SUBSCRIBE and isinstance(link.get("template"), str):
                subscribe = link["template"][:2_048]
            elif rel == f"{INTENT}Object" and isinstance(link.get("template"), str):
                shown = link["template"][:2_048].replace("{object}", "{uri}")
        aliases = tuple(alias for alias in listed(document, "aliases")[:20] if isinstance(alias, str))
        return Jrd(
            subject[:2_048] if isinstance(subject, str) else None,
            actor or application,
            aliases,
            profile,
            subscribe or shown,
        )


def _is_activity(media_type: str) -> bool:
    media_type = media_type.lower().replace(" ", "")
    return media_type.startswith(ACTIVITY_JSON) or (
        media_type.startswith("application/ld+json") and "activitystreams" in media_type
    )


def jrd(
    subject: str,
    actor: str,
    *,
    profile: str | None = None,
    subscribe: str | None = None,
    intents: str | None = None,
    avatar: tuple[str, str] | None = None,
    application: bool = False,
) -> Document:
    """Our WebFinger answer about an actor; avatar is address and media type; application for the node itself.

    ``intents`` is the address below which what was begun elsewhere is done here.
    """
    links: list[Document] = []
    if profile:
        links.append({"rel": PROFILE_PAGE, "type": "text/html", "href": profile})
    links.append({"rel": "self", "type": ACTIVITY_JSON, "href": actor})
    if application:
        # FEP-d556 asks for Service, FEP-2677 for Application; the account is the same.
        links.append({"rel": SERVICE, "type": ACTIVITY_JSON, "href": actor})
        links.append({"rel": APPLICATION, "type": ACTIVITY_JSON, "href": actor})
    if subscribe:
        links.append({"rel": SUBSCRIBE, "template": subscribe})
    if intents:
        for path, word in INTENTS.items():
            asked = "content={content}&inReplyTo={inReplyTo}" if word == "Create" else "object={object}"
            links.append({"rel": INTENT + word, "template": f"{intents}/{path}?{asked}"})
    if avatar:
        links.append({"rel": AVATAR, "type": avatar[1], "href": avatar[0]})
    return {"subject": subject, "aliases": [address for address in (profile, actor) if address], "links": links}


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """What software a server runs."""

    software: str
    version: str | None = None

    @staticmethod
    def read(document: Document) -> "NodeInfo":
        """Any NodeInfo document; Malformed when the software has no name."""
        software = get(document, "software")
        name = software.get("name") if isinstance(software, dict) else None
        version = software.get("version") if isinstance(software, dict) else None
        if not isinstance(name, str) or not name.strip():
            raise Malformed("software has no name")
        return NodeInfo(name.strip().lower()[:50], version[:100] if isinstance(version, str) else None)


def nodeinfo_address(document: Document) -> str | None:
    """The newest NodeInfo document that a `/.well-known/nodeinfo` names, or None."""
    found: dict[str, str] = {}
    for link in listed(document, "links")[:20]:
        if isinstance(link, dict) and isinstance(link.get("rel"), str) and isinstance(link.get("href"), str):
            version = link["rel"].removeprefix(NODEINFO)
            if version in ("2.1", "2.0", "1.1", "1.0") and origin(link["href"]):
                found[version] = link["href"]
    return found[max(found)] if found else None


def application_address(document: Document) -> str | None:
    """The actor that speaks for the whole host, by FEP-2677, as `/.well-known/nodeinfo` names it."""
    for link in listed(document, "links")[:20]:
        if isinstance(link, dict) and link.get("rel") == APPLICATION and isinstance(link.get("href"), str):
            return link["href"] if origin(link["href"]) else None
    return None


def nodeinfo_links(base: str, actor: str) -> Document:
    """Our `/.well-known/nodeinfo`, with the node's own actor as FEP-2677 wants it."""
    return {
        "links": [
            {"rel": f"{NODEINFO}2.0", "href": f"{base}/nodeinfo/2.0"},
            {"rel": f"{NODEINFO}2.1", "href": f"{base}/nodeinfo/2.1"},
            {"rel": APPLICATION, "href": actor},
        ]
    }


def nodeinfo(
    schema: str,
    *,
    version: str,
    name: str,
    description: str | None,
    users: int,
    active_month: int,
    active_half_year: int,
    posts: int,
    comments: int,
    features: tuple[str, ...] = (),
) -> Document:
    """Our NodeInfo in schema 2.0 or 2.1. Registration is never open: people come in by invitation or application."""
    software = {"name": "commensal", "version": version}
    return {
        "version": schema,
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": False,
        "usage": {
            "users": {"total": users, "activeMonth": active_month, "activeHalfyear": active_half_year},
            "localPosts": posts,
            "localComments": comments,
        },
        "metadata": {
            "nodeName": name,
            **({"nodeDescription": description} if description else {}),
            "federation": {"enabled": True},
            # Megalodon, on which Whalebird and others rest, asks this what the apps' interface is like.
            "upstream": {"name": "mastodon"},
            "features": list(features),
        },
    }


def host_meta(base: str) -> str:
    """The XRD that tells where WebFinger is."""
    template = escape(f"{base}/.well-known/webfinger?resource={{uri}}")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" type="application/jrd+json" template="{template}"/>\n'
        "</XRD>\n"
    )


def host_meta_json(base: str) -> Document:
    """The same as a JRD."""
    return {
        "links": [
            {
                "rel": "lrdd",
                "type": "application/jrd+json",
                "template": f"{base}/.well-known/webfinger?resource={{uri}}",
            }
        ]
    }
