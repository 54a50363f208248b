"""What the endpoints have at hand: the node, who is who elsewhere, and the letterbox. Put into the application once."""

from dataclasses import dataclass

import aiohttp.web as aioweb

from federation.acquaintance import Acquaintance
from federation.client import Client
from federation.directory import Directory, Owner
from federation.errors import BadSignature, PeerGone, Refused, Unreachable
from federation.sealing import Sealer
from federation.verification import Verifier
from node.inbox.service import Letterbox
from node.work import Node


@dataclass(frozen=True, slots=True)
class Federation:
    """One node's means to speak with others."""

    node: Node
    client: Client
    directory: Directory
    verifier: Verifier
    letterbox: Letterbox
    sealer: Sealer
    acquaintance: Acquaintance


_HOST: aioweb.RequestKey[str | None] = aioweb.RequestKey("host_of_signer", object)  # type: ignore[arg-type]
FEDERATION = aioweb.AppKey("federation", Federation)


def of(request: aioweb.Request) -> Federation:
    return request.app[FEDERATION]


def node_of(request: aioweb.Request) -> Node:
    return request.app[FEDERATION].node


def headers_of(request: aioweb.Request) -> list[tuple[str, str]]:
    """Every header line as it came."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers]


async def signer_of(request: aioweb.Request, body: bytes | None = None) -> Owner:
    """Who signed this request. Raises as Verifier.verify."""
    return await of(request).verifier.verify(request.method, request.raw_path, headers_of(request), body)


async def actor_of_signer(request: aioweb.Request) -> Owner | None:
    """Who signed a GET; None without a signature that we could verify. Forbidden when they are shut out."""
    if "Signature" not in request.headers:
        return None
    try:
        return await signer_of(request)
    except (BadSignature, Refused, Unreachable, PeerGone):
        return None


async def host_of_signer(request: aioweb.Request) -> str | None:
    """The host that signed a GET; None without a signature that we could verify. Forbidden when it is shut out."""
    if "Signature" not in request.headers:
        return None
    if _HOST not in request:
        try:
            request[_HOST] = (await signer_of(request)).host
        except (BadSignature, Refused, Unreachable, PeerGone):
            request[_HOST] = None
    host: str | None = request[_HOST]
    return host
