"""Who is who elsewhere: finds actors, their keys and their hosts, asks as the node itself, and remembers."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlsplit

import sqlalchemy as sa
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.client import JRD, JSON, Client, Signer, Style
from federation.errors import BadSignature, Busy, PeerGone, Refused, Unreachable
from federation.places import Places
from federation.signatures import keys
from federation.signatures.requests import Unverified
from federation.together import Together
from node.actors import queries, remote, service
from node.actors.model import Actor, ActorKey
from node.asking import NOW, Question, among, given
from node.changing import Change, table_of
from node.errors import Forbidden, NotFound, Unavailable
from node.grouping import GroupCommit
from node.peers import service as peers
from node.peers.model import Peer
from node.uris import OFFICE
from node.work import Node, Reading, Writing
from schemas import actors as wire
from schemas.discovery import Handle, Jrd, NodeInfo, application_address, nodeinfo_address
from schemas.values import Document, Malformed, as_uri, get, host_of, parse, same_origin, types
from schemas.vocabulary import ACTORS, RFC9421, RFC9421_ED25519

log = structlog.get_logger()

T = TypeVar("T")

STALE = timedelta(days=1)
STYLE_LASTS = timedelta(days=7)
_SOFTWARE_STALE = timedelta(days=1)
_SEEN_LASTS = timedelta(minutes=1)
_KEY_REFETCH = timedelta(minutes=5)
_SPEAKER_LASTS = timedelta(minutes=1)
_AT_ONCE = 128  # strangers looked up for incoming requests at the same time
_IN_LINE = 64  # requests that wait for that; others are asked to come again
_PATIENCE = 9.0  # seconds; the peer that waits for our answer gives up after ten
_REMEMBERED = 10_000
_KEYS = 5_000


class Owner(NamedTuple):
    """Who signs with a key: of the actor what is asked about everybody who talks to us."""

    id: int
    uri: str
    username: str
    host: str
    is_local: bool
    gone_at: datetime | None
    suspended_at: datetime | None


class _KeyRow(NamedTuple):
    uri: str
    algorithm: str
    public: str
    id: int
    actor_uri: str
    username: str
    host: str
    is_local: bool
    gone_at: datetime | None
    suspended_at: datetime | None
    heard_at: datetime | None
    signature_style: str | None
    style_learned_at: datetime | None
    is_let_in: bool


_BY_KEY = Question(
    _KeyRow,
    sa.select(
        ActorKey.uri,
        ActorKey.algorithm,
        ActorKey.public,
        Actor.id,
        Actor.uri,
        Actor.username,
        Actor.host,
        Actor.is_local,
        Actor.gone_at,
        Actor.suspended_at,
        Peer.heard_at,
        Peer.signature_style,
        Peer.style_learned_at,
        peers.is_let_in(),
    )
    .join(Actor, Actor.id == ActorKey.actor_id)
    .join(Peer, Peer.host == Actor.host, isouter=True)
    .where(among(ActorKey.uri, "uris"), ActorKey.ended_at.is_(None)),
)


class _Manners(NamedTuple):
    """How to speak with a host."""

    host: str
    signature_style: str
    style_learned_at: datetime | None
    described_at: datetime | None


class _Way(NamedTuple):
    """What is to be known of a host before it is asked for anything."""

    is_shut_out: bool
    manners: _Manners | None


class _Stranger(NamedTuple):
    """What there is to know of somebody whose key is not known."""

    way: _Way
    is_gone: bool


_MANNERS = Question(
    _Manners,
    sa.select(Peer.host, Peer.signature_style, Peer.style_learned_at, Peer.described_at).where(
        among(Peer.host, "hosts")
    ),
)
_GONE: Question[tuple[str]] = Question(
    tuple, sa.select(Actor.uri).where(among(Actor.uri, "uris"), Actor.gone_at.is_not(None))
)
_PEERS = table_of(Peer)
_LEARN = Change(
    sa.update(_PEERS)
    .where(Peer.host == given("at_host", sa.String))
    .values(signature_style=given("style", sa.String), style_learned_at=given("now", Peer.style_learned_at.type))
)
_DESCRIBE = Change(
    sa.update(_PEERS)
    .where(_PEERS.c.host == given("at_host", sa.String))
    .values(
        described_at=NOW,
        software=sa.func.coalesce(given("program", sa.String), _PEERS.c.software),
        version=sa.func.coalesce(given("release", sa.String), _PEERS.c.version),
        name=sa.func.coalesce(given("called", sa.String), _PEERS.c.name),
        office_uri=sa.func.coalesce(given("office", sa.String), _PEERS.c.office_uri),
    )
)


@dataclass(frozen=True, slots=True)
class Key:
    """A public key and the actor who was found to own it."""

    uri: str
    actor: Owner
    public: keys.PublicKey
    text: str
    is_let_in: bool = True
    """The door to the actor's host is open."""
    heard_at: datetime | None = None
    """When the host last talked to us."""
    style: Style = "cavage"
    """How the host is known to sign."""
    style_learned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Speaker:
    """The private keys of an actor of ours, for requests and for proofs."""

    rsa: Signer
    ed25519_id: str
    ed25519: Ed25519PrivateKey


class Directory:
    """Looks things up on other hosts for one node. Rows it returns are detached copies: look, do not change."""

    def __init__(self, node: Node, client: Client) -> None:
        self._node = node
        self._client = client
        self._instance: int | None = None
        self._speakers: OrderedDict[int, tuple[Speaker, service.SigningKey, datetime]] = OrderedDict()
        self._running: dict[str, asyncio.Task[Any]] = {}
        self._strangers = Places(_AT_ONCE, _IN_LINE)
        self._keys = Together(self._look_for_keys)
        self._ways = Together(self._look_at_ways)
        self._people = Together(self._look_for_people)
        self._storing = GroupCommit(node, _keep)
        self._hearing = GroupCommit(node, _hear)
        self._describing = GroupCommit(node, _note_down)
        self._failed_keys: OrderedDict[str, tuple[datetime, int, str]] = OrderedDict()
        self._fetched_keys: OrderedDict[str, datetime] = OrderedDict()
        self._seen: OrderedDict[str, datetime] = OrderedDict()

    @property
    def node(self) -> Node:
        """The node it looks things up for."""
        return self._node

    # who we are when we ask

    async def signer(self) -> Signer:
        """The node itself, which asks when nobody in particular does. Raises NotFound."""
        if self._instance is None:
            async with self._node.reading() as work:
                instance = await queries.by_uri(work, work.uris.instance)
            if instance is None:
                raise NotFound
            self._instance = instance.id
        return (await self.speaker(self._instance)).rsa

    async def speaker(self, actor_id: int) -> Speaker:
        """The keys of an actor of ours. Raises NotFound.

        They stay in memory, for reading an RSA key takes as long as signing with it twenty times; whether they are
        still the ones is looked up every minute.
        """
        known, now = self._speakers.get(actor_id), self._node.clock()
        if known is not None and timedelta() <= now - known[2] < _SPEAKER_LASTS:
            self._speakers.move_to_end(actor_id)
            return known[0]
        async with self._node.reading() as work:
            found = await service.signing_key(work, actor_id)
        if known is not None and known[1] == found:
            self._speakers[actor_id] = (known[0], found, now)
            return known[0]
        ed25519 = keys.read_private_pem(found.ed25519_pem)
        assert isinstance(ed25519, Ed25519PrivateKey)
        signer = Signer(found.rsa_id, keys.read_private_pem(found.rsa_pem), found.ed25519_id, ed25519)
        speaker = Speaker(signer, found.ed25519_id, ed25519)
        self._speakers[actor_id] = (speaker, found, now)
        _shorten(self._speakers, 500)
        return speaker

    # documents and actors

    async def document(self, uri: str, *, fresh: bool = False, style: Style | None = None) -> Document:
        """What lives at this id on another host, fetched from there; ``style`` is given by who looked how to approach
        it. Raises Refused, Unreachable, PeerGone."""
        style = style or await self._approach(uri)
        document = await self._client.fetch_document(uri, await self.signer(), style=style, fresh=fresh)
        home = as_uri(get(document, "id")) or ""
        if not same_origin(home, uri):
            await self._approach(home)  # a redirect must not lead to what was shut out
        return document

    async def _approach(self, uri: str) -> Style:
        """How to sign for the host of this. Raises Refused when an officer closed the door to it."""
        return self._style(await self._way(host_of(uri) or ""))

    async def _way(self, host: str) -> _Way:
        way = await self._ways.find(host)
        assert way is not None
        return way

    async def _look_at_ways(self, hosts: Collection[str]) -> dict[str, _Way]:
        async with self._node.reading() as work:
            return await _ways(work, hosts)

    def _style(self, way: _Way) -> Style:
        """The older way, until the host showed that it understands the newer. Raises Refused."""
        if way.is_shut_out:
            raise Refused("its host is shut out")
        manners = way.manners
        if manners is None or self._age(manners.style_learned_at) >= STYLE_LASTS:
            return "cavage"
        return style_of(manners.signature_style)

    async def picture(self, address: str, limit: int) -> bytes:
        """The bytes of a picture on another host, not yet looked into. Raises Refused, Unreachable, PeerGone."""
        style = await self._approach(address)
        fetched = await self._client.fetch(address, await self.signer(), style=style, kinds=("image/",), limit=limit)
        return fetched.body

    async def paper(self, address: str, actor_id: int, limit: int) -> bytes:
        """The bytes of a PDF on another host, asked for by one of ours. Raises Refused, Unreachable, PeerGone."""
        style = await self._approach(address)
        signer = (await self.speaker(actor_id)).rsa
        kinds = ("application/pdf",)
        return (await self._client.fetch(address, signer, style=style, kinds=kinds, limit=limit)).body

    async def known(self, uri: str) -> Actor | None:
        """The actor with this id if we have met, without asking anybody."""
        return await self._people.find(uri)

    async def _look_for_people(self, uris: Collection[str]) -> dict[str, Actor]:
        async with self._node.reading() as work:
            return {actor.uri: actor for actor in await queries.copies_of(work, uris)}

    async def actor(self, uri: str, *, fresh: bool = False) -> Actor:
        """The actor with this id, fetched when we have not met or our copy is older than a day.

        ``fresh`` asks in any case. A copy that is merely old serves while its host does not answer.
        Raises NotFound (one of ours that is not there), PeerGone, Refused, Unreachable.
        """
        uri = uri.partition("#")[0]
        known = await self.known(uri)
        if self._node.uris.is_ours(uri):
            if known is None:
                raise NotFound
            return known
        if known is not None and known.gone_at is not None and not fresh:
            raise PeerGone(uri)
        if known is not None and not fresh and self._is_current(known):
            return known
        try:
            return await self._once(f"actor {uri} {fresh}", lambda: self._fetch_unless_met(uri, fresh=fresh))
        except (Refused, Unreachable):
            if known is None or fresh:
                raise
            return known
        except PeerGone:
            await self._mark_gone(uri)
            raise

    def _is_current(self, actor: Actor) -> bool:
        return actor.fetched_at is not None and self._age(actor.fetched_at) < STALE

    async def _fetch_unless_met(self, uri: str, *, fresh: bool) -> Actor:
        """Who looked before another one's answer was kept, and came here after it, need not ask again."""
        known = None if fresh else await self.known(uri)
        if known is not None and known.gone_at is None and self._is_current(known):
            return known
        return await self._fetch_actor(uri, fresh=fresh)

    async def meet(self, uri: str) -> None:
        """Make sure that there is a copy of this actor, as ``actor``; who was looked up a minute ago is there."""
        now = self._node.clock()
        seen = self._seen.get(uri)
        if seen is None or not timedelta() <= now - seen < _SEEN_LASTS:
            await self.actor(uri)
            self._seen[uri] = now
            _shorten(self._seen, _REMEMBERED)

    async def find(self, words: str, *, fresh: bool = False) -> Actor:
        """The actor behind what a person types: ``@name@host``, ``acct:…`` or an address.

        The handle is shown as typed only when the actor's own host agrees (WebFinger both ways).
        Raises NotFound, PeerGone, Refused, Unreachable.
        """
        words = words.strip()
        if words.startswith(("https://", "http://")):
            return await self.actor(words, fresh=fresh)
        handle = Handle.read(words)
        if handle is None:
            raise NotFound
        async with self._node.reading() as work:
            known = await queries.by_handle(work, handle.name, handle.host)
        if handle.host == self._node.uris.host:
            if known is None:
                raise NotFound
            return known
        if known is not None and not fresh and known.fetched_at is not None and self._age(known.fetched_at) < STALE:
            return known
        try:
            return await self._once(f"find {handle} {fresh}", lambda: self._find(handle, fresh=fresh))
        except (Refused, Unreachable):
            if known is None or fresh:
                raise
            return known

    async def follow_page(self, words: str) -> str | None:
        """Where somebody with this handle follows people, as their own host says: an address with ``{uri}`` in it.

        Raises NotFound, Refused, Unreachable, PeerGone.
        """
        handle = Handle.read(words)
        if handle is None:
            raise NotFound
        return (await self._webfinger(handle)).subscribe

    async def _find(self, handle: Handle, *, fresh: bool) -> Actor:
        uri = (await self._webfinger(handle, fresh=fresh)).actor
        if uri is None:
            raise NotFound
        if host_of(uri) == handle.host:
            return await self.actor(uri, fresh=fresh)
        # Another host's WebFinger says that its name leads to this actor. It does when the actor's host says so too.
        value = wire.Actor.read(await self.document(uri, fresh=fresh))
        home = host_of(value.id)
        agrees = False
        if value.username and home:
            back = await self._webfinger(Handle(value.username, home), fresh=fresh)
            claimed = Handle.read(back.subject or "")
            agrees = (
                back.actor == value.id
                and claimed is not None
                and (claimed.name.casefold(), claimed.host) == (handle.name.casefold(), handle.host)
            )
        return await self._store(value, handle.host if agrees else None)

    async def _webfinger(self, handle: Handle, *, fresh: bool = False) -> Jrd:
        own = urlsplit(self._node.config.url).scheme
        await self._approach(f"{own}://{handle.host}/")
        schemes = [own, *({"http", "https"} - {own})] if self._node.config.allow_http else ["https"]
        path = f"/.well-known/webfinger?resource={quote(f'acct:{handle}', safe='')}"
        for scheme in schemes:
            try:
                fetched = await self._client.fetch(f"{scheme}://{handle.host}{path}", kinds=JRD, fresh=fresh)
                return Jrd.read(parse(fetched.body))
            except Malformed as error:
                raise Refused(f"WebFinger is malformed: {error}") from error
            except (Unreachable, Refused) as error:
                if isinstance(error, Refused) and error.status == 404:
                    raise NotFound from error
                if scheme == schemes[-1]:
                    raise
        raise NotFound

    async def _fetch_actor(self, uri: str, *, fresh: bool) -> Actor:
        document = await self.document(uri, fresh=fresh)
        try:
            value = wire.Actor.read(document)
        except Malformed as error:
            raise Refused(f"actor is malformed: {error}") from error
        return await self._store(value)

    async def _store(self, value: wire.Actor, handle_host: str | None = None) -> Actor:
        try:
            remote.check(self._node.uris, value)
        except Malformed as error:
            raise Refused(f"actor is malformed: {error}") from error
        return (await self._storing.write(remote.Profile(value, handle_host))).actor

    async def has_left(self, uri: str) -> bool:
        """True when the address of an actor answers 410. Asked at most every five minutes, whoever says so.

        Raises Unavailable.
        """
        known = await self.known(uri)
        if known is not None and (known.is_local or known.gone_at is not None):
            return known.gone_at is not None
        now = self._node.clock()
        last = self._fetched_keys.get(f"left {uri}")
        if last is not None and now - last < _KEY_REFETCH:
            return False
        self._fetched_keys[f"left {uri}"] = now
        _shorten(self._fetched_keys, _REMEMBERED)
        try:
            async with self._strangers.taken(), asyncio.timeout(_PATIENCE):
                await self.document(uri, fresh=True)
        except PeerGone:
            return True
        except Busy as error:
            del self._fetched_keys[f"left {uri}"]
            raise Unavailable from error
        except (Refused, Unreachable, TimeoutError):
            return False
        return False

    async def _mark_gone(self, uri: str) -> None:
        async with self._node.writing() as work:
            actor = await queries.by_uri(work, uri)
            if actor is not None and not actor.is_local and actor.gone_at is None:
                await remote.forget(work, actor)

    # keys

    async def key(self, uri: str, *, fresh: bool = False) -> Key:
        """The key with this id, owned by an actor who lists it. ``fresh`` fetches it again, at most every 5 minutes.

        Raises BadSignature, Forbidden (its host is shut out), PeerGone, Unreachable, Unavailable (too many at once).
        """
        known = await self._keys.find(uri)
        stranger = known if isinstance(known, _Stranger) else None
        if isinstance(known, _KeyRow) and not fresh:
            return _key(known)
        if stranger is not None and host_of(uri) is None:
            raise BadSignature("key id is not an address")
        if stranger is not None and stranger.way.is_shut_out:
            raise Forbidden  # nor is it asked for keys
        now = self._node.clock()
        if fresh:
            last = self._fetched_keys.get(uri)
            if last is not None and now - last < _KEY_REFETCH:
                raise BadSignature("signature does not match, and the key was read again lately")
        failed = self._failed_keys.get(uri)
        if failed is not None and now < failed[0]:
            raise BadSignature(failed[2])
        self._fetched_keys[uri] = now
        _shorten(self._fetched_keys, _REMEMBERED)
        try:
            async with self._strangers.taken(), asyncio.timeout(_PATIENCE):
                found = await self._once(f"key {uri}", lambda: self._fetch_key(uri, stranger, fresh=fresh))
        except Busy as error:
            self._fetched_keys.pop(uri, None)
            raise Unavailable from error
        except TimeoutError as error:
            self._remember_failure(uri, "the key's host is too slow", now)
            raise Unreachable("the key's host is too slow") from error
        except (Refused, Unreachable, BadSignature) as error:
            self._remember_failure(uri, f"key cannot be had: {error}", now)
            if isinstance(error, Refused):
                raise BadSignature(f"key cannot be had: {error}") from error
            raise
        self._failed_keys.pop(uri, None)
        return found

    async def _look_for_keys(self, uris: Collection[str]) -> dict[str, _KeyRow | _Stranger]:
        """The keys as the database has them now; of those it has not, what is to be known before they are fetched."""
        async with self._node.reading() as work:
            found = {row.uri: row for row in await _BY_KEY.ask(work, uris=uris)}
            owners = {uri: uri.partition("#")[0] for uri in uris if uri not in found}
            if not owners:
                return {**found}
            ways = await _ways(work, {host_of(uri) or "" for uri in owners})
            gone = {row[0] for row in await _GONE.ask(work, uris=set(owners.values()))}
        return found | {uri: _Stranger(ways[host_of(uri) or ""], owner in gone) for uri, owner in owners.items()}

    async def _fetch_key(self, uri: str, stranger: _Stranger | None, *, fresh: bool) -> Key:
        owner = uri.partition("#")[0]
        if stranger is not None and stranger.is_gone:
            raise PeerGone(owner)
        try:
            style = self._style(stranger.way) if stranger is not None else None
            document = await self.document(uri, fresh=fresh, style=style)
        except PeerGone:
            await self._mark_gone(owner)
            raise
        try:
            actor = wire.Actor.read(document) if ACTORS.intersection(types(document)) else None
            if actor is None:
                await self.actor(self._owner(uri, document), fresh=True)
                found = await self._keys.find(uri)
            else:
                remote.check(self._node.uris, actor)
                found = (await self._storing.write(remote.Profile(actor))).keys.get(uri)
        except Malformed as error:
            raise BadSignature(f"key is malformed: {error}") from error
        if not isinstance(found, _KeyRow):
            raise BadSignature("the actor does not list this key")
        return _key(found)

    @staticmethod
    def _owner(uri: str, document: Document) -> str:
        """Whose key this document is. What it says is believed only when that actor lists the key."""
        key = wire.PublicKey.read(document)
        if key.id != uri:
            raise BadSignature("key document has another id")
        if not same_origin(key.owner, uri):
            raise BadSignature("key belongs to another host")
        return key.owner

    def _remember_failure(self, uri: str, reason: str, now: datetime) -> None:
        before = self._failed_keys.pop(uri, None)
        times = before[1] + 1 if before is not None else 1
        pause = timedelta(seconds=min(60 * 2 ** min(times - 1, 6), 3600))
        self._failed_keys[uri] = (now + pause, times, reason)
        _shorten(self._failed_keys, _REMEMBERED)

    # hosts

    async def describe(self, host: str) -> None:
        """Read what software a host runs, unless that was read today. A host that does not say is asked again then."""
        peer = (await self._way(host)).manners
        if peer is not None and (peer.described_at is None or self._age(peer.described_at) >= _SOFTWARE_STALE):
            await self._once(f"host {host}", lambda: self._describe(host))

    async def _describe(self, host: str) -> None:
        software, version, name, office = "", "", "", None
        try:
            info, raw = await self._nodeinfo(host)
            software, version = info.software, info.version or ""
            metadata = raw.get("metadata")
            given = metadata.get("nodeName") if isinstance(metadata, dict) else None
            name = given if isinstance(given, str) else ""
            if software == "commensal":
                office = await self.find(f"@{OFFICE}@{host}")
        except Busy:
            return  # that it was not asked is not what it said
        except (Refused, Unreachable, PeerGone, NotFound, Malformed) as error:
            log.info("peer_not_described", host=host, reason=str(error)[:200])
        if not software:
            await self._describing.write({"at_host": host})
            return
        await self._describing.write(
            {
                "at_host": host,
                "program": software[:60],
                "release": version[:60],
                "called": (office.name if office is not None else name)[:300],
                "office": office.uri if office is not None else None,
            }
        )

    async def _nodeinfo(self, host: str) -> tuple[NodeInfo, Document]:
        scheme = urlsplit(self._node.config.url).scheme if self._node.config.allow_http else "https"
        links = parse((await self._client.fetch(f"{scheme}://{host}/.well-known/nodeinfo", kinds=JRD)).body)
        await self._meet_application(host, links)
        address = nodeinfo_address(links)
        if address is None or host_of(address) != host:
            raise Refused("NodeInfo is elsewhere")
        document = parse((await self._client.fetch(address, kinds=JSON)).body)
        return NodeInfo.read(document), document

    async def _meet_application(self, host: str, links: Document) -> None:
        """What the actor of the whole host implements holds for all who live there (FEP-2677, FEP-844e)."""
        address = application_address(links)
        if address is None or host_of(address) != host:
            return
        with suppress(Refused, Unreachable, PeerGone, NotFound):
            await self.actor(address)

    async def hear(self, host: str, style: Style | None = None) -> None:
        """A verified request came from this host; it was seen to understand, or to use, this kind of signature."""
        await self._hearing.write((host, style))

    async def learn_style(self, host: str, style: Style) -> None:
        """This host was seen to understand this kind of signature."""
        async with self._node.writing() as work:
            await _learn(work, host, style)

    # shared work

    def _age(self, moment: datetime | None) -> timedelta:
        return self._node.clock() - moment if moment is not None else timedelta.max

    async def _once(self, name: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Several who want the same at the same time wait for one answer."""
        task = self._running.get(name)
        if task is None:
            task = asyncio.create_task(work())
            self._running[name] = task
            task.add_done_callback(lambda done: self._finish(name, done))
        found: T = await asyncio.shield(task)
        return found

    def _finish(self, name: str, task: asyncio.Task[Any]) -> None:
        self._running.pop(name, None)
        if not task.cancelled():
            task.exception()  # whoever waited has it; nobody may have waited to the end


def style_of(text: str) -> Style:
    """The style that a peer's row names."""
    return "ed25519" if text == "ed25519" else "rfc9421" if text == "rfc9421" else "cavage"


async def _ways(work: Reading, hosts: Collection[str]) -> dict[str, _Way]:
    shut_out = await peers.shut_out(work, hosts)
    manners = {row.host: row for row in await _MANNERS.ask(work, hosts=hosts)}
    return {host: _Way(host in shut_out, manners.get(host)) for host in hosts}


class _Kept(NamedTuple):
    """A copy of an actor, and the keys that it was found to own, by id."""

    actor: Actor
    keys: dict[str, _KeyRow]


async def _keep(work: Writing, profiles: Sequence[remote.Profile]) -> Sequence[_Kept]:
    """Actors, and what their documents tell of their hosts."""
    actors = await remote.mirror_all(work, profiles)
    await peers.meet(work, {actor.host for actor in actors})
    for actor in actors:
        if RFC9421_ED25519 in actor.capabilities:
            await _learn(work, actor.host, "ed25519")
        elif RFC9421 in actor.capabilities:
            await _learn(work, actor.host, "rfc9421")
    named = {key.id for profile in profiles for key in profile.value.keys}
    named |= {key.id for profile in profiles for key in profile.value.multikeys}
    keys = {row.uri: row for row in await _BY_KEY.ask(work, uris=named)}
    return [_Kept(actor, {uri: row for uri, row in keys.items() if row.id == actor.id}) for actor in actors]


async def _hear(work: Writing, heard: Sequence[tuple[str, Style | None]]) -> Sequence[None]:
    await peers.hear_all(work, {host for host, _ in heard})
    for host, style in sorted({(host, style) for host, style in heard if style is not None}):
        await _learn(work, host, style)
    return [None] * len(heard)


async def _note_down(work: Writing, said: Sequence[dict[str, str | None]]) -> Sequence[None]:
    """What hosts say of themselves; None leaves what was known."""
    rows = {str(row["at_host"]): _UNSAID | row | {"now": work.now} for row in said}
    await _DESCRIBE.make_many(work, [rows[host] for host in sorted(rows)])
    return [None] * len(said)


_UNSAID = dict.fromkeys(("program", "release", "called", "office"))


async def _learn(work: Writing, host: str, style: Style) -> None:
    await _LEARN.make(work, at_host=host, style=style, now=work.now)


@lru_cache(maxsize=_KEYS)
def _read_key(algorithm: str, text: str) -> keys.PublicKey:
    """Reading a key takes as long as verifying with it."""
    return keys.read_multikey(text) if algorithm == "ed25519" else keys.read_public_pem(text)


def _key(row: _KeyRow) -> Key:
    try:
        public = _read_key(row.algorithm, row.public)
    except Unverified as error:
        raise BadSignature(str(error)) from error
    owner = Owner(row.id, row.actor_uri, row.username, row.host, row.is_local, row.gone_at, row.suspended_at)
    return Key(
        row.uri,
        owner,
        public,
        row.public,
        bool(row.is_let_in) or row.is_local,
        row.heard_at,
        style_of(row.signature_style or ""),
        row.style_learned_at,
    )


def _shorten(memory: OrderedDict[Any, Any], length: int) -> None:
    while len(memory) > length:
        memory.popitem(last=False)
