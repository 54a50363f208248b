"""Keeping copies of actors from elsewhere: their document becomes a row, their keys become rows."""

import sqlalchemy as sa

from node.actors import queries
from node.actors.model import Actor, ActorKey
from node.asking import Question, among, given
from node.changing import Change, table_of
from node.emojis.service import keep as keep_emojis
from node.errors import Forbidden
from node.ids import new_id
from node.industries import catalogue as industries
from node.markdown import clean, plain
from node.search import forget as forget_words
from node.search import index
from node.tables import HostCard
from node.text import fold
from node.work import Writing
from schemas import actors as wire
from schemas.emoji import emojis
from schemas.values import Document, Malformed, host_of

_TRADES = {"trade", "profession", "job", "business", "metier", "activite", "beruf", "gewerbe", "branche"}
_KINDS = {
    "Person": "person",
    "Organization": "organization",
    "Group": "group",
    "Application": "application",
    "Service": "service",
}


async def mirror(
    work: Writing, value: wire.Actor, document: Document | None = None, handle_host: str | None = None
) -> Actor:
    """Create or refresh the copy of a remote actor whose document was fetched from its own id.

    ``handle_host`` is the domain whose WebFinger points at this id and back, when it is not the id's own host.
    Keys that the document no longer names are ended. Raises Malformed for a stub, Forbidden for one of ours.
    """
    if work.uris.is_ours(value.id):
        raise Forbidden
    if value.inbox is None:
        raise Malformed("the actor has no inbox")
    is_new = await _MET.first(work, uri=value.id) is None
    actor = await queries.by_uri(work, value.id) if not is_new else None
    if actor is None:
        actor = Actor(id=new_id(work.now), uri=value.id, is_local=False, created_at=value.published or work.now)
        work.session.add(actor)
    # In its one form: a host that was shut out must not come back as b.test:443.
    host = host_of(value.id)
    if host is None:
        raise Malformed("the actor's id is not an address")
    # Without a user name the last part of the id is all there is to call them by.
    username = value.username or value.id.rstrip("/").rpartition("/")[2][:100] or host
    actor.kind = _KINDS.get(value.type, "person")
    actor.username = username
    actor.username_folded = username.casefold()[:200]
    actor.host = host
    actor.handle_host = handle_host or actor.handle_host or host
    actor.name = value.name or username
    actor.summary = clean(value.summary or "")
    actor.url = value.url or value.id
    actor.inbox_uri = value.inbox
    actor.shared_inbox_uri = value.shared_inbox
    actor.outbox_uri = value.outbox
    actor.followers_uri = value.followers
    actor.following_uri = value.following
    actor.featured_uri = value.featured
    actor.members_uri = value.members
    actor.affiliations_uri = value.affiliations
    icon_url = value.icon.url if value.icon else None
    if icon_url != actor.icon_url:
        actor.icon_digest = None
    actor.icon_url = icon_url
    actor.image_url = value.image.url if value.image else None
    actor.fields = [{"name": line.name, "value": clean(line.value)} for line in value.fields]
    actor.industry = industries.read(value.industry or "")
    actor.also_known_as = list(value.also_known_as)
    actor.moved_to = value.moved_to
    actor.approves_followers = value.approves_followers
    actor.is_discoverable = value.discoverable is not False
    actor.is_indexable = value.indexable is not False
    actor.capabilities = list(value.implements)
    actor.document = document if document is not None else value.document
    actor.updated_at = work.now
    actor.fetched_at = work.now
    actor.gone_at = None
    await work.session.flush()
    await _keep_keys(work, actor, value, is_new=is_new)
    if not is_new or value.host_card is not None:
        await _keep_host_card(work, actor, value.host_card)
    await keep_emojis(work, host, emojis(actor.document or {}))
    if actor.is_discoverable and actor.kind != "application":
        await index(work, "actor", actor.id, actor.name, actor.username, plain(actor.summary),
                    *(f"{line['name']} {plain(line['value'])}" for line in actor.fields),
                    *industries.spoken(actor.industry, trade_of(actor)))  # fmt: skip
    else:
        await forget_words(work, actor.id)
    return actor


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


_MET: Question[tuple[int]] = Question(tuple, sa.select(Actor.id).where(Actor.uri == given("uri", sa.String)))
_KNOWN_KEYS: Question[tuple[str]] = Question(tuple, sa.select(ActorKey.uri).where(among(ActorKey.uri, "uris")))
_ADD_KEY = Change(sa.insert(table_of(ActorKey)))


async def _keep_keys(work: Writing, actor: Actor, value: wire.Actor, *, is_new: bool) -> None:
    named = {key.id: ("rsa", key.pem) for key in value.keys} | {
        key.id: ("ed25519", key.multibase)
        for key in value.multikeys
        if key.multibase.startswith("z6Mk") and (key.expires is None or key.expires > work.now)
    }
    if is_new and not await _KNOWN_KEYS.ask(work, uris=list(named)):
        await _ADD_KEY.make_many(
            work,
            [
                {"uri": uri, "actor_id": actor.id, "algorithm": algorithm, "public": public, "private": None,
                 "created_at": work.now, "checked_at": work.now, "ended_at": None}
                for uri, (algorithm, public) in named.items()
            ],
        )  # fmt: skip
        return
    known = {
        key.uri: key
        for key in await work.session.scalars(
            sa.select(ActorKey).where(sa.or_(ActorKey.actor_id == actor.id, ActorKey.uri.in_(list(named))))
        )
    }
    for uri, (algorithm, public) in named.items():
        key = known.get(uri)
        if key is None:
            work.session.add(
                ActorKey(
                    uri=uri,
                    actor_id=actor.id,
                    algorithm=algorithm,
                    public=public,
                    created_at=work.now,
                    checked_at=work.now,
                )
            )
        elif key.actor_id == actor.id:
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
