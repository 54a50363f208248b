"""The addresses for other servers, and how an application comes to have them."""

import ssl
from collections.abc import AsyncIterator

import aiohttp.web as aioweb

from federation import securing
from federation.acquaintance import Acquaintance
from federation.client import Client
from federation.context import FEDERATION, Federation
from federation.directory import Directory
from federation.endpoints import actors, collections, discovery, inbox, objects, papers
from federation.sealing import Sealer
from federation.verification import Verifier
from node.inbox.service import Letterbox
from node.work import Node

_ACTOR = "/ap/actors/{username}"
_OBJECT = r"/ap/objects/{id:\d+}"

ROUTES: tuple[aioweb.RouteDef, ...] = (
    aioweb.get("/.well-known/webfinger", discovery.webfinger),
    aioweb.get("/.well-known/nodeinfo", discovery.nodeinfo_links),
    aioweb.get("/.well-known/host-meta", discovery.host_meta),
    aioweb.get("/.well-known/host-meta.json", discovery.host_meta_json),
    aioweb.get(r"/nodeinfo/{version:2\.[01]}", discovery.nodeinfo),
    aioweb.get("/actor", actors.instance),
    aioweb.post("/actor/inbox", inbox.shared),
    aioweb.get("/actor/outbox", collections.instance_outbox),
    aioweb.post("/ap/inbox", inbox.shared),
    aioweb.get(_ACTOR, actors.actor),
    aioweb.post(f"{_ACTOR}/inbox", inbox.personal),
    aioweb.get(f"{_ACTOR}/outbox", collections.outbox),
    aioweb.get(f"{_ACTOR}/followers", collections.followers),
    aioweb.get(f"{_ACTOR}/followers_synchronization", collections.followers_synchronization),
    aioweb.get(f"{_ACTOR}/following", collections.following),
    aioweb.get(f"{_ACTOR}/featured", collections.featured),
    aioweb.get(f"{_ACTOR}/members", collections.members),
    aioweb.get(f"{_ACTOR}/moderators", collections.moderators),
    aioweb.get(f"{_ACTOR}/affiliations", collections.affiliations),
    aioweb.get(f"{_ACTOR}/connections", collections.connections),
    aioweb.get(f"{_ACTOR}/offers", collections.offers),
    aioweb.get(_OBJECT, objects.post),
    aioweb.get(f"{_OBJECT}/proposal", objects.proposal),
    aioweb.get(f"{_OBJECT}/quotes/{{what:[A-Za-z0-9_-]{{1,3000}}}}", objects.quote),
    aioweb.get(f"{_OBJECT}/replies", collections.replies),
    aioweb.get(f"{_OBJECT}/likes", collections.reactions),
    aioweb.get(f"{_OBJECT}/shares", collections.reactions),
    aioweb.get(r"/ap/activities/{id:\d+}", objects.activity),
    aioweb.get(r"/ap/relationships/{id:\d+}", objects.relationship),
    aioweb.get(r"/ap/papers/{id:\d+}", papers.paper),
    aioweb.get(r"/ap/agreements/{id:\d+}", objects.agreement),
    aioweb.get(r"/ap/contexts/{id:\d+}", collections.context),
)


def mount(app: aioweb.Application, node: Node, *, tls: ssl.SSLContext | None = None) -> Federation:
    """Add the routes to an application and give it the means to speak with others while it runs."""
    client = Client(node, tls=tls)
    directory = Directory(node, client)
    federation = Federation(
        node,
        client,
        directory,
        Verifier(node, directory),
        Letterbox(node),
        Sealer(directory),
        Acquaintance(node, directory),
    )
    app[FEDERATION] = federation
    discovery.prepare(app)
    inbox.prepare(app, node)
    app.add_routes([securing.careful(route) for route in ROUTES])

    async def connected(_: aioweb.Application) -> AsyncIterator[None]:
        await client.open()
        yield
        await client.close()

    app.cleanup_ctx.append(connected)
    return federation
