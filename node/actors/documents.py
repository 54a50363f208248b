"""What every actor document of ours has in common: addresses, keys, and how we can be spoken to."""

import re
from dataclasses import dataclass
from html import escape

from node.actors import queries
from node.actors.model import Actor
from node.work import Reading
from schemas import actors as wire
from schemas.group import Group
from schemas.values import Document, Picture
from schemas.vocabulary import NETWORK, RFC9421, RFC9421_ED25519

_TYPES = {"person": "Person", "organization": "Organization", "group": "Group", "application": "Application"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the actor's own slice adds. Only what everybody may see: there is one document for all."""

    fields: tuple[wire.Field, ...] = ()
    host_card: wire.HostCard | None = None
    icon: Picture | None = None
    group: Group | None = None


def line(name: str, text: str) -> wire.Field:
    """A line of plain text."""
    return wire.Field(name, escape(text, quote=False).replace("\n", "<br>"))


def link(name: str, address: str, *, is_me: bool = False) -> wire.Field:
    """A line that is a link and shows its whole host. ``rel=me`` lets other networks check that it links back."""
    shown = escape(re.sub(r"^https?://(www\.)?", "", address).rstrip("/"))
    rel = "me nofollow noopener noreferrer" if is_me else "nofollow noopener noreferrer"
    return wire.Field(name, f'<a href="{escape(address)}" rel="{rel}" target="_blank">{shown}</a>')


async def document(work: Reading, actor: Actor, shown: Shown) -> Document:
    """The finished document of a local actor, with its @context."""
    keys = await queries.public_keys(work, actor.id)
    icon = shown.icon or (Picture(actor.icon_url, "image/webp") if actor.icon_url else None)
    is_person = actor.kind == "person"
    is_instance = actor.uri == work.uris.instance
    return wire.Actor(
        id=actor.uri,
        type=_TYPES[actor.kind],
        username=actor.username,
        webfinger=f"{actor.username}@{actor.handle_host}",
        name=actor.name,
        summary=actor.summary,
        url=actor.url,
        inbox=actor.inbox_uri,
        outbox=actor.outbox_uri,
        followers=actor.followers_uri,
        following=actor.following_uri,
        featured=actor.featured_uri,
        shared_inbox=actor.shared_inbox_uri,
        icon=icon,
        image=Picture(actor.image_url, "image/webp") if actor.image_url else None,
        fields=shown.fields,
        keys=tuple(wire.PublicKey(key.uri, actor.uri, key.public) for key in keys if key.algorithm == "rsa"),
        multikeys=tuple(
            wire.Multikey(key.uri, actor.uri, key.public, key.ended_at) for key in keys if key.algorithm == "ed25519"
        ),
        implements=(RFC9421, RFC9421_ED25519, NETWORK),
        approves_followers=actor.approves_followers,
        discoverable=actor.is_discoverable,
        indexable=actor.is_indexable,
        published=actor.created_at,
        # GoToSocial refuses what was changed before it was there.
        updated=max(actor.updated_at, actor.created_at),
        moved_to=actor.moved_to,
        also_known_as=tuple(actor.also_known_as),
        host_card=shown.host_card,
        affiliations=None if is_instance else actor.affiliations_uri,
        connections=f"{actor.uri}/connections" if is_person else None,
        offers=f"{actor.uri}/offers" if is_person else None,
        members=actor.members_uri,
        attribution_domains=(actor.host,) if actor.kind in ("person", "organization") else (),
        group=shown.group,
        industry=actor.industry or None,
    ).write()
