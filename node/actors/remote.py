"""Keeping copies of actors from elsewhere: their document becomes a row, their keys become rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from node.actors import queries
from node.actors.model import Actor, ActorKey
from node.asking import Question, among
from node.changing import Change, blank, table_of
from node.emojis.service import keep as keep_emojis
from node.errors import Forbidden
from node.ids import new_id
from node.industries import catalogue as industries
from node.markdown import clean, plain
from node.search import add as add_words
from node.search import entry
from node.search import forget as forget_words
from node.tables import HostCard
from node.text import fold
from node.uris import Uris
from node.work import Writing
from schemas import actors as wire
from schemas.emoji import emojis
from schemas.values import Malformed, host_of

Row = dict[str, Any]

_TRADES = {"trade", "profession", "job", "business", "metier", "activite", "beruf", "gewerbe", "branche"}
_KINDS = {
    "Person": "person",
    "Organization": "organization",
    "Group": "group",
    "Application": "application",
    "Service": "service",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """What was fetched from an actor's own id, and the domain whose WebFinger points at that id and back, when it is
    not the id's own host."""

    value: wire.Actor
    handle_host: str | None = None


def check(uris: Uris, value: wire.Actor) -> None:
    """Whether there can be a copy of this. Raises Malformed for a stub, Forbidden for one of ours."""
    if uris.is_ours(value.id):
        raise Forbidden
    if value.inbox is None:
        raise Malformed("the actor has no inbox")
    if host_of(value.id) is None:
        raise Malformed("the actor's id is not an address")


async def mirror(work: Writing, value: wire.Actor, handle_host: str | None = None) -> Actor:
    """Create or refresh the copy of a remote actor; what is returned belongs to no session. Raises as check()."""
    return (await mirror_all(work, [Profile(value, handle_host)]))[0]


async def mirror_all(work: Writing, profiles: Sequence[Profile]) -> list[Actor]:
    """The same for many, in their order. Keys that a document no longer names are ended."""
    for profile in profiles:
        check(work.uris, profile.value)
    latest = {profile.value.id: profile for profile in profiles}
    known = {one.uri: one for one in await queries.copies_of(work, list(latest))}
    said = {uri: _as_said(work, profile, known.get(uri)) for uri, profile in latest.items()}
    new = {
        uri: _WHOLE | {"id": new_id(work.now), "uri": uri, "is_local": False} | row
        for uri, row in said.items()
        if uri not in known
    }
    await _ADD.make_many(work, new.values())
    await _CHANGE.make_many(work, [row | {"key": known[uri].id} for uri, row in said.items() if uri in known])
    actors = {uri: queries.Copy(**row) for uri, row in new.items()} | {
        uri: known[uri]._replace(**said[uri]) for uri in known
    }
    await _keep_keys(work, [(actors[uri], profile.value, uri in new) for uri, profile in latest.items()])
    for uri, profile in latest.items():
        actor = actors[uri]
        if uri in known or profile.value.host_card is not None:
            await _keep_host_card(work, actor, profile.value.host_card)
        await keep_emojis(work, actor.host, emojis(profile.value.document))
    for uri in known:
        await forget_words(work, actors[uri].id)
    await add_words(work, "actor", {actor.id: _words_of(actor) for actor in actors.values()})
    return [actors[profile.value.id] for profile in profiles]


def _as_said(work: Writing, profile: Profile, known: Actor | None) -> Row:
    """What a document says of its actor, by column."""
    value = profile.value
    # In its one form: a host that was shut out must not come back as b.test:443.
    host = host_of(value.id) or ""
    # Without a user name the last part of the id is all there is to call them by.
    username = value.username or value.id.rstrip("/").rpartition("/")[2][:100] or host
    icon_url = value.icon.url if value.icon else None
    return {
        "kind": _KINDS.get(value.type, "person"),
        "username": username,
        "username_folded": username.casefold()[:200],
        "host": host,
        "handle_host": profile.handle_host or (known.handle_host if known is not None else host),
        "name": value.name or username,
        "summary": clean(value.summary or ""),
        "url": value.url or value.id,
        "inbox_uri": value.inbox,
        "shared_inbox_uri": value.shared_inbox,
        "outbox_uri": value.outbox,
        "followers_uri": value.followers,
        "following_uri": value.following,
        "featured_uri": value.featured,
        "members_uri": value.members,
        "affiliations_uri": value.affiliations,
        "icon_url": icon_url,
        "icon_digest": known.icon_digest if known is not None and known.icon_url == icon_url else None,
        "image_url": value.image.url if value.image else None,
        "fields": [{"name": line.name, "value": clean(line.value)} for line in value.fields],
        "industry": industries.read(value.industry or ""),
        "also_known_as": list(value.also_known_as),
        "moved_to": value.moved_to,
        "approves_followers": value.approves_followers,
        "is_discoverable": value.discoverable is not False,
        "is_indexable": value.indexable is not False,
        "capabilities": list(value.implements),
        "document": value.document,
        "created_at": known.created_at if known is not None else value.published or work.now,
        "updated_at": work.now,
        "fetched_at": work.now,
        "gone_at": None,
    }


_ACTORS = table_of(Actor)
_WHOLE = blank(_ACTORS)
_ADD = Change(sa.insert(_ACTORS))
_OURS = frozenset(
    {"id", "uri", "is_local", "created_at", "suspended_at", "limited_at", "moved_at", "history_at", "polled_at",
     "featured_at"}
)  # fmt: skip
"""What no document says."""
_CHANGE = Change(
    sa.update(_ACTORS)
    .where(_ACTORS.c.id == sa.bindparam("key"))
    .values({column: sa.bindparam(column.name, type_=column.type) for column in _ACTORS.c if column.name not in _OURS})
)


def _words_of(actor: Actor) -> str:
    """By which they are found, if they want to be."""
    if not actor.is_discoverable or actor.kind == "application":
        return ""
    return entry(actor.name, actor.username, plain(actor.summary),
                 *(f"{line['name']} {plain(line['value'])}" for line in actor.fields),
                 *industries.spoken(actor.industry, trade_of(actor)))  # fmt: skip


async def forget(work: Writing, actor: Actor) -> None:
    """The actor deleted itself: its row stays as a mark, with nothing personal in it."""
    actor.name = actor.username
    actor.summary = ""
    actor.fields = []
    actor.industry = ""
    actor.icon_url = actor.icon_digest = actor.image_url = None
    actor.document = None
    actor.gone_at = work.now
    await forget_words(work, actor.id)
    await work.session.execute(sa.delete(HostCard).where(HostCard.actor_id == actor.id))
    await work.session.execute(sa.delete(ActorKey).where(ActorKey.actor_id == actor.id))


def trade_of(actor: Actor) -> str:
    """What a remote actor's public lines say of their trade, whatever network and language they come from."""
    return next((plain(line["value"]) for line in actor.fields if fold(line["name"]) in _TRADES), "")


_KNOWN_KEYS: Question[tuple[str]] = Question(tuple, sa.select(ActorKey.uri).where(among(ActorKey.uri, "uris")))
_ADD_KEY = Change(sa.insert(table_of(ActorKey)))


async def _keep_keys(work: Writing, named: Sequence[tuple[Actor, wire.Actor, bool]]) -> None:
    """The keys of actors as their documents name them. New ones, whose keys nobody has, are the rule."""
    keys = [(actor, _named_keys(value, work.now), is_new) for actor, value, is_new in named]
    known = {row[0] for row in await _KNOWN_KEYS.ask(work, uris=[uri for _, found, _ in keys for uri in found])}
    new = list[Row]()
    for actor, found, is_new in keys:
        if not is_new or not known.isdisjoint(found):
            await _exchange_keys(work, actor, found)
        else:
            new += [_key(work, actor, uri, algorithm, public) for uri, (algorithm, public) in found.items()]
    # Two documents of one host may name one key; the first to say so has it.
    await _ADD_KEY.make_many(work, {row["uri"]: row for row in reversed(new)}.values())


def _named_keys(value: wire.Actor, now: datetime) -> dict[str, tuple[str, str]]:
    """What a document names: ``{id: (algorithm, key)}``."""
    return {key.id: ("rsa", key.pem) for key in value.keys} | {
        key.id: ("ed25519", key.multibase)
        for key in value.multikeys
        if key.multibase.startswith("z6Mk") and (key.expires is None or key.expires > now)
    }


def _key(work: Writing, actor: Actor, uri: str, algorithm: str, public: str) -> Row:
    return {
        "uri": uri,
        "actor_id": actor.id,
        "algorithm": algorithm,
        "public": public,
        "private": None,
        "created_at": work.now,
        "checked_at": work.now,
        "ended_at": None,
    }


async def _exchange_keys(work: Writing, actor: Actor, named: dict[str, tuple[str, str]]) -> None:
    """What is named now beside what was known. A key that is another's stays that one's, unless its id says that it is
    this actor's: a neighbour who named it before takes nothing."""
    known = {
        key.uri: key
        for key in await work.session.scalars(
            sa.select(ActorKey).where(sa.or_(ActorKey.actor_id == actor.id, ActorKey.uri.in_(list(named))))
        )
    }
    for uri, (algorithm, public) in named.items():
        key = known.get(uri)
        if key is None:
            work.session.add(ActorKey(**_key(work, actor, uri, algorithm, public)))
        elif key.actor_id == actor.id or uri.startswith((f"{actor.uri}#", f"{actor.uri}/")):
            key.actor_id = actor.id
            key.algorithm, key.public, key.checked_at, key.ended_at = algorithm, public, work.now, None
    for uri, key in known.items():
        if key.actor_id == actor.id and uri not in named and key.ended_at is None:
            key.ended_at = work.now
    await work.session.flush()


async def _keep_host_card(work: Writing, actor: Actor, card: wire.HostCard | None) -> None:
    """The host card that came with the document, so that whoever writes to them sees it first."""
    row = await work.session.get(HostCard, actor.id)
    if card is None:
        if row is not None:
            await work.session.delete(row)
        return
    if row is None:
        row = HostCard(actor_id=actor.id)
        work.session.add(row)
    row.opens_with = card.opens
    row.languages = list(card.languages)
    row.hours = [[start, end] for start, end in card.hours]
    row.days = list(card.days)
    row.time_zone = card.time_zone or "UTC"
    row.ask_me_about = list(card.ask_me_about)
    row.please_dont = list(card.please_dont)
    row.channels = list(card.channels)
    row.pace = card.pace or ""
    row.updated_at = work.now
    await work.session.flush()
