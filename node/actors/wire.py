"""An actor of ours as the document that everybody else gets."""

from collections.abc import Sequence

from node.actors.model import Actor, ActorKey
from node.uris import Uris
from schemas import actors as wire
from schemas.values import Picture
from schemas.vocabulary import NETWORK, RFC9421, RFC9421_ED25519


def actor(
    row: Actor,
    keys: Sequence[ActorKey],
    uris: Uris,
    *,
    fields: Sequence[wire.Field] = (),
    host_card: wire.HostCard | None = None,
) -> wire.Actor:
    """The public face of ``row``; ``fields`` are those that anybody may see, for there is one document for all."""
    is_instance = row.kind == "application"
    return wire.Actor(
        id=row.uri,
        type=row.kind.capitalize(),
        username=row.username,
        name=row.name,
        summary=row.summary or None,
        url=row.url,
        inbox=row.inbox_uri,
        outbox=row.outbox_uri,
        followers=row.followers_uri,
        following=row.following_uri,
        featured=row.featured_uri,
        shared_inbox=uris.shared_inbox,
        icon=Picture(uris.media(row.icon_digest, "webp"), "image/webp") if row.icon_digest else None,
        image=Picture(row.image_url) if row.image_url else None,
        fields=tuple(fields),
        keys=tuple(wire.PublicKey(key.uri, row.uri, key.public) for key in keys if key.algorithm == "rsa")[:1],
        multikeys=tuple(wire.Multikey(key.uri, row.uri, key.public) for key in keys if key.algorithm == "ed25519"),
        implements=(RFC9421, RFC9421_ED25519, NETWORK),
        approves_followers=row.approves_followers,
        discoverable=row.is_discoverable,
        indexable=row.is_indexable,
        published=row.created_at,
        updated=max(row.updated_at, row.created_at),
        moved_to=row.moved_to,
        also_known_as=tuple(row.also_known_as),
        # Mastodon takes this before it asks WebFinger; a host with a port has no handle of that kind there.
        webfinger=f"{row.username}@{row.handle_host}",
        host_card=host_card,
        affiliations=row.affiliations_uri,
        connections=f"{row.uri}/connections" if row.kind == "person" else None,
        offers=None if is_instance else f"{row.uri}/offers",
        members=row.members_uri,
    )
