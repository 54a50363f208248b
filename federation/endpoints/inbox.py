"""The inboxes: an activity is measured, read, verified and durably stored before it is answered with 202."""

import hashlib
from collections import Counter, OrderedDict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import aiohttp.web as aioweb
import sqlalchemy as sa
import structlog
from sqlalchemy.orm import aliased

from federation import context, synchronizing
from federation.allowance import Allowance
from federation.endpoints.actors import find
from federation.errors import BadSignature, PeerGone, Refused, Unreachable
from federation.negotiation import refusal
from federation.signatures import proofs
from federation.signatures.requests import Unverified
from federation.together import Together
from node.actors import queries as actors
from node.actors.model import Actor
from node.asking import Question, among
from node.errands import service as errands
from node.errors import Forbidden
from node.follows.model import Follow
from node.inbox.service import REMEMBERED, Arrival
from node.peers.model import Peer
from node.work import Node
from schemas.activities import Activity
from schemas.agreement import may_be_step
from schemas.synchronization import HEADER, Synchronization
from schemas.values import Document, Malformed, host_of, parse, same_origin

log = structlog.get_logger()

LARGEST = 1 << 20
_TYPES = frozenset({"application/activity+json", "application/ld+json", "application/json"})
_CHALLENGE = 'sig1=("@method" "@target-uri" "content-digest");created;keyid'

_COMPARE_AGAIN = timedelta(hours=1)
_REMEMBERED = 5_000
_EXPANDED = b'"https://www.w3.org/ns/activitystreams#actor"'
_GLIMPSE = 10_000
_COMPARED = aioweb.AppKey("compared_followers", OrderedDict[str, tuple[str, datetime]])
"""What an actor's server last said of its followers here, and when."""
_ALLOWANCE = aioweb.AppKey("allowance", Allowance)
_IN_HAND = aioweb.AppKey("bytes_in_hand", Counter[str])
_MOST_IN_HAND = 64 << 20
"""Bytes of bodies that have come in part from one address, so that many who are slow do not fill the memory."""
_PEOPLE = aioweb.AppKey("people_met", Together[int])


def prepare(app: aioweb.Application, node: Node) -> None:
    """Give the application the places where it remembers whose followers were compared lately, and looks for people."""
    app[_COMPARED] = OrderedDict()
    app[_ALLOWANCE] = Allowance()
    app[_IN_HAND] = Counter()

    async def met(uris: Collection[str]) -> Mapping[str, int]:
        async with node.reading() as work:
            return dict(await _MET.ask(work, uris=uris))

    app[_PEOPLE] = Together(met)


_follower = aliased(Actor)
_READ_HERE = (
    sa.select(Follow.id)
    .join(Actor, Actor.id == Follow.followed_id)
    .join(_follower, _follower.id == Follow.follower_id)
    .where(Actor.host == sa.bindparam("host"), Follow.state == "accepted", _follower.is_local)
    .limit(1)
)
_MET: Question[tuple[str, int]] = Question(tuple, sa.select(Actor.uri, Actor.id).where(among(Actor.uri, "uris")))


class _Answer(Exception):
    def __init__(self, status: int, reason: str, headers: dict[str, str] | None = None) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        super().__init__(reason)


async def personal(request: aioweb.Request) -> aioweb.Response:
    """`/ap/actors/{username}/inbox`. What arrives is for whom it says, not for whose inbox it came to."""
    async with context.node_of(request).reading() as work:
        owner = await find(work, request.match_info["username"])
        if owner.gone_at is not None:
            return refusal(410, "this account was closed")
    return await shared(request)


async def shared(request: aioweb.Request) -> aioweb.Response:
    """`/ap/inbox` and the inbox of the node itself."""
    try:
        await _receive(request)
    except _Answer as answer:
        log.info("activity_not_taken", status=answer.status, reason=answer.reason)
        response = refusal(answer.status, answer.reason, answer.headers)
        if answer.status in (413, 415, 429):
            response.force_close()  # the rest of the body is not wanted
        return response
    return aioweb.Response(status=202)


async def _receive(request: aioweb.Request) -> None:
    federation = context.of(request)
    if federation.letterbox.is_full:
        raise _Answer(503, "too much at once; please come again", {"Retry-After": "30"})
    body = await _body(request)
    try:
        document = parse(body)
        leaving = _plain_farewell(document)
        if leaving is not None and not await _is_met(request, leaving):
            return  # read no further: whole servers send these
        activity = Activity.read(document)
    except Malformed as error:
        if _EXPANDED in body[:_GLIMPSE]:
            log.info("activity_in_expanded_form")
            return  # legal JSON-LD, which nobody sends; 202, for a 4xx would be read as a refusal of the sender
        raise _Answer(400, str(error)) from error
    if activity.id is not None and not same_origin(activity.id, activity.actor):
        raise _Answer(400, "the activity's id is not on the server of its actor")
    if context.node_of(request).uris.is_ours(activity.actor):
        # Whoever has it, proof and all, was sent it or fetched it: it must not be done again when they like.
        raise _Answer(403, "what one of ours does is done here, and does not come in from outside")
    if await _is_no_loss(request, activity):
        return
    actor_uri, is_signed = await _author(request, activity, body)
    if is_signed:
        await _hear_of_followers(request, actor_uri)
    host = host_of(actor_uri) or ""
    if not request.app[_ALLOWANCE].take(host, len(body), context.node_of(request).clock()):
        raise _Answer(429, "that is more than one host may send", {"Retry-After": "600"})
    await federation.letterbox.accept(
        Arrival(
            uri=activity.id or f"urn:sha256:{hashlib.sha256(body).hexdigest()}",
            type=activity.type[:60],
            actor_uri=actor_uri,
            host=host,
            body=body.decode("utf-8-sig").replace("\x00", ""),
            signature=_signature(request) if may_be_step(document) else None,
        )
    )


def _signature(request: aioweb.Request) -> dict[str, Any]:
    """What was signed of a request, and by what: with the body anybody can verify it again."""
    found = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers]
    said = " ".join(value for name, value in found if name.lower() in ("signature", "signature-input")).lower()
    said += " signature signature-input host"
    kept = [[name, value] for name, value in found if name.lower() in said]
    return {"method": request.method, "target": request.raw_path, "headers": kept}


async def _hear_of_followers(request: aioweb.Request, actor_uri: str) -> None:
    """What the sender's server says of its followers here (FEP-8fcf) is compared by a worker, if it is news.

    Only of who signed the request: the header is no part of what a proof is over, and anybody may carry that.
    """
    header = request.headers.get(HEADER)
    if header is None:
        return
    node, said_before = context.node_of(request), request.app[_COMPARED]
    try:
        said = Synchronization.read(header)
    except Malformed:
        return
    now = node.clock()
    last, at = said_before.get(actor_uri, ("", now))
    if said.digest == last and now - at < _COMPARE_AGAIN:
        return
    said_before[actor_uri] = said.digest, now
    while len(said_before) > _REMEMBERED:
        said_before.popitem(last=False)
    async with node.reading() as work:
        actor = await actors.by_uri(work, actor_uri)
    if actor is not None and not actor.is_local and synchronizing.concerns(actor, said):
        async with node.writing() as work:
            await errands.ask(work, synchronizing.KIND, actor_uri, url=said.url, digest=said.digest)


async def _body(request: aioweb.Request) -> bytes:
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise _Answer(415, "compressed requests are not taken")
    # A missing type is forgiven: the signature and the parser decide.
    if request.headers.get("Content-Type") and request.content_type.lower() not in _TYPES:
        raise _Answer(415, "send application/activity+json")
    if request.content_length is not None and request.content_length > LARGEST:
        raise _Answer(413, "at most 1 MiB")
    body, in_hand, address = bytearray(), request.app[_IN_HAND], request.remote or ""
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            in_hand[address] += len(chunk)
            if len(body) > LARGEST:
                raise _Answer(413, "at most 1 MiB")
            if in_hand[address] > _MOST_IN_HAND:
                raise _Answer(429, "too much at once; please come again", {"Retry-After": "30"})
        return bytes(body)
    finally:
        in_hand[address] -= len(body)
        if not in_hand[address]:
            del in_hand[address]


async def _is_no_loss(request: aioweb.Request, activity: Activity) -> bool:
    """True for the farewell of somebody we never met: whole servers send them, and there is nothing to fetch, to verify
    or to do. What else strangers delete is remembered, for its Create may still be on the way."""
    return _is_farewell(activity) and not await _is_met(request, activity.actor)


def _plain_farewell(document: Document) -> str | None:
    """Who leaves, where that is plain at first sight."""
    actor = document.get("actor")
    if document.get("type") != "Delete" or not isinstance(actor, str) or not actor.startswith(("https://", "http://")):
        return None
    id, object = document.get("id"), document.get("object")
    return actor if object == actor and isinstance(id, str) and id.startswith(actor) else None


async def _is_met(request: aioweb.Request, uri: str) -> bool:
    return await request.app[_PEOPLE].find(uri) is not None


async def _author(request: aioweb.Request, activity: Activity, body: bytes) -> tuple[str, bool]:
    """The id of the actor who answers for this: its author, by signature or proof; else whoever brought it. And whether
    it is the author who signed the request.

    What somebody brings without proof is not believed: the worker asks the author's server (federation.confirmation).
    It is taken only from hosts where somebody whom we follow lives, for only those have a reason to forward to us, and
    never about their own people, who can speak for themselves.
    """
    verifier = context.of(request).verifier
    try:
        signer = await context.signer_of(request, body)
        if signer.uri == activity.actor:
            return signer.uri, True
        if proofs.key_of(activity.document) is None:
            if same_origin(signer.uri, activity.actor) or not await _is_read_here(request, signer.host):
                raise BadSignature("the signature is by somebody other than the actor, and there is no proof")
            return signer.uri, False
        _require_recent(activity, context.node_of(request).clock())
        author = await verifier.prove(activity.document)
        if author.uri == activity.actor:
            return author.uri, False
        raise BadSignature("the proof is by somebody other than the actor")
    except BadSignature as error:
        if await _has_left(request, activity):
            return activity.actor, False
        raise _Answer(401, str(error), {"Accept-Signature": _CHALLENGE}) from error
    except Forbidden as error:
        raise _Answer(403, "you are not welcome here") from error
    except PeerGone as error:
        # The signer's own address says 410: the only thing that can still be true is that they are gone.
        if _is_farewell(activity) and activity.actor == error.uri.partition("#")[0]:
            return activity.actor, False
        if await _has_left(request, activity):
            return activity.actor, False
        raise _Answer(403, "whoever signed this is gone") from error
    except Unreachable as error:
        if await _is_known(request, activity.actor):
            raise _Answer(503, "your key cannot be fetched just now", {"Retry-After": "60"}) from error
        raise _Answer(401, "your key cannot be fetched", {"Accept-Signature": _CHALLENGE}) from error
    except Refused as error:
        raise _Answer(401, f"your key cannot be fetched: {error}", {"Accept-Signature": _CHALLENGE}) from error


def _require_recent(activity: Activity, now: datetime) -> None:
    """A proof holds for ever: what it is over must not be brought again once we have forgotten that it came. Raises
    BadSignature."""
    try:
        made_at = proofs.made_at(activity.document)
    except Unverified as error:
        raise BadSignature(str(error)) from error
    if made_at is None or now - made_at > REMEMBERED:
        raise BadSignature("the proof is so old that it may have been brought before")


def _is_farewell(activity: Activity) -> bool:
    return activity.type == "Delete" and activity.object_id == activity.actor


async def _has_left(request: aioweb.Request, activity: Activity) -> bool:
    """Who closes their account may take the key away first: then it is believed when their own address says 410."""
    return _is_farewell(activity) and await context.of(request).directory.has_left(activity.actor)


async def _is_read_here(request: aioweb.Request, host: str) -> bool:
    """True when one of ours follows somebody there."""
    async with context.node_of(request).reading() as work:
        return await work.session.scalar(_READ_HERE, {"host": host}) is not None


async def _is_known(request: aioweb.Request, uri: str) -> bool:
    """A host that we heard of before may have a bad minute; a stranger's hanging server is the stranger's problem."""
    async with context.node_of(request).reading() as work:
        peer = await work.session.get(Peer, host_of(uri) or "")
        return peer is not None and peer.heard_at is not None
