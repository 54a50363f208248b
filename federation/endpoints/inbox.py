"""The inboxes: an activity is measured, read, verified and durably stored before it is answered with 202."""

import hashlib

import aiohttp.web as aioweb
import structlog

from federation import context
from federation.endpoints.actors import find
from federation.errors import BadSignature, PeerGone, Refused, Unreachable
from federation.negotiation import refusal
from node.actors import queries as actors
from node.actors.model import Actor
from node.errors import Forbidden
from node.inbox.service import Arrival
from node.peers.model import Peer
from schemas.activities import Activity
from schemas.values import Malformed, host_of, parse, same_origin

log = structlog.get_logger()

LARGEST = 1 << 20
_TYPES = frozenset({"application/activity+json", "application/ld+json", "application/json"})
_CHALLENGE = 'sig1=("@method" "@target-uri" "content-digest");created;keyid'


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
        if answer.status in (413, 415):
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
        activity = Activity.read(document)
    except Malformed as error:
        raise _Answer(400, str(error)) from error
    if activity.id is not None and not same_origin(activity.id, activity.actor):
        raise _Answer(400, "the activity's id is not on the server of its actor")
    if await _is_no_loss(request, activity):
        return
    actor_uri = await _author(request, activity, body)
    host = host_of(actor_uri) or ""
    await federation.letterbox.accept(
        Arrival(
            uri=activity.id or f"urn:sha256:{hashlib.sha256(body).hexdigest()}",
            type=activity.type[:60],
            actor_uri=actor_uri,
            host=host,
            body=body.decode("utf-8-sig").replace("\x00", ""),
        )
    )


async def _body(request: aioweb.Request) -> bytes:
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise _Answer(415, "compressed requests are not taken")
    # A missing type is forgiven: the signature and the parser decide.
    if "Content-Type" in request.headers and request.content_type.lower() not in _TYPES:
        raise _Answer(415, "send application/activity+json")
    if request.content_length is not None and request.content_length > LARGEST:
        raise _Answer(413, "at most 1 MiB")
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LARGEST:
            raise _Answer(413, "at most 1 MiB")
    return bytes(body)


async def _is_no_loss(request: aioweb.Request, activity: Activity) -> bool:
    """True for the farewell of somebody we never met: whole servers send them, and there is nothing to fetch or do."""
    if activity.type != "Delete" or activity.object_id != activity.actor:
        return False
    async with context.node_of(request).reading() as work:
        return await actors.by_uri(work, activity.actor) is None


async def _author(request: aioweb.Request, activity: Activity, body: bytes) -> str:
    """The id of the actor who really says this: who signed the request, or who proved the document."""
    verifier = context.of(request).verifier
    try:
        signer: Actor = await context.signer_of(request, body)
        if signer.uri == activity.actor:
            return signer.uri
        # Forwarded by somebody else: then its author must have signed the document itself.
        author = await verifier.prove(activity.document)
        if author.uri == activity.actor:
            return author.uri
        raise BadSignature("the proof is by somebody other than the actor")
    except BadSignature as error:
        raise _Answer(401, str(error), {"Accept-Signature": _CHALLENGE}) from error
    except Forbidden as error:
        raise _Answer(403, "you are not welcome here") from error
    except PeerGone as error:
        # The signer's own address says 410: the only thing that can still be true is that they are gone.
        if activity.type == "Delete" and activity.object_id == activity.actor == error.uri.partition("#")[0]:
            return activity.actor
        raise _Answer(403, "whoever signed this is gone") from error
    except Unreachable as error:
        if await _is_known(request, activity.actor):
            raise _Answer(503, "your key cannot be fetched just now", {"Retry-After": "60"}) from error
        raise _Answer(401, "your key cannot be fetched", {"Accept-Signature": _CHALLENGE}) from error
    except Refused as error:
        raise _Answer(401, f"your key cannot be fetched: {error}", {"Accept-Signature": _CHALLENGE}) from error


async def _is_known(request: aioweb.Request, uri: str) -> bool:
    """A host that we heard of before may have a bad minute; a stranger's hanging server is the stranger's problem."""
    async with context.node_of(request).reading() as work:
        peer = await work.session.get(Peer, host_of(uri) or "")
        return peer is not None and peer.heard_at is not None
