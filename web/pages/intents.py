"""Remote interaction, both ways: what somebody began elsewhere is done here, and the other way round (FEP-3b86)."""

from urllib.parse import quote, urlencode

import aiohttp.web as aioweb

from federation import context
from federation.errors import PeerGone, Refused, Unreachable
from federation.lookup import fetch_post
from node.accounts import throttle
from node.actors import queries as actors
from node.errors import NotFound
from node.follows import queries as ties
from node.posts import queries as posts
from node.words import N_
from schemas.discovery import INTENTS
from schemas.values import host_of
from web import forms
from web.addresses import database_key
from web.api.lookups import find
from web.context import address_of, node_of
from web.rendering import page, said
from web.sessions import member

routes = aioweb.RouteTableDef()

_LONGEST = 2_048


@routes.get("/authorize_interaction")
async def authorize(request: aioweb.Request) -> aioweb.Response:
    """Where other networks send our members with the address of somebody, or of a post."""
    member(request)
    meant = (request.query.get("uri") or request.query.get("acct") or "")[:_LONGEST]
    return said(f"/search?q={quote(meant, safe='')}")


@routes.get(f"/intents/{{intent:{'|'.join(sorted(INTENTS))}}}")
async def intend(request: aioweb.Request) -> aioweb.Response:
    """Shows what is meant and asks once more: nothing happens by opening an address."""
    viewer = member(request)
    intent, meant = request.match_info["intent"], request.query.get("object", "").strip()[:_LONGEST]
    if intent == "create":
        return await _write(request)
    if intent == "object":
        return said(f"/search?q={quote(meant, safe='')}")
    if intent == "follow":
        actor = await find(request, meant) if meant else None
        if actor is None or actor.kind == "application":
            raise NotFound(N_("We found nobody by that address."))
        async with node_of(request).reading() as work:
            between = await ties.ties(work, viewer.actor_id, actor.id)
            shown = await actors.by_id(work, actor.id)
        return page(request, "intents/follow.html", actor=shown, ties=between, is_own=actor.id == viewer.actor_id)
    post_id = await _post(request, meant)
    async with node_of(request).reading() as work:
        post = await posts.one(work, viewer.actor_id, post_id)
    return page(request, "intents/post.html", post=post, intent=intent)


async def _write(request: aioweb.Request) -> aioweb.Response:
    """A post begun elsewhere, perhaps as an answer."""
    values = {"content": request.query.get("content", "")[:5_000]}
    if answered := request.query.get("inReplyTo", "")[:_LONGEST]:
        values["answer"] = str(await _post(request, answered))
    return said(f"/posts/new?{urlencode(values)}")


async def _post(request: aioweb.Request, address: str) -> int:
    async with node_of(request).reading() as work:
        found = await posts.id_by_uri(work, address) if address else None
    if found is None and address.startswith(("https://", "http://")):
        found = await fetch_post(node_of(request), context.of(request).directory, address)
    if found is None:
        raise NotFound(N_("We found nothing at that address."))
    return found


@routes.get("/answer")
async def answer(request: aioweb.Request) -> aioweb.Response:
    """Leads a visitor with a post to their own network, where they can answer it. Nothing is stored."""
    post_id = database_key(request.query.get("post", ""))
    async with node_of(request).reading() as work:
        post = await posts.one(work, None, post_id)
    if not post.author.is_local:
        raise NotFound
    typed = forms.clean(request.query.get("address", ""))[:300].strip()
    form = forms.Form({"address": typed})
    target = ""
    if typed:
        throttle.count(node_of(request).config, throttle.PER_NETWORK, "follow", throttle.network(address_of(request)))
        try:
            template = await context.of(request).directory.follow_page(typed)
            target = (template or "").replace("{uri}", quote(post.uri, safe=""))
        except (NotFound, PeerGone):
            form.wrong("address", N_("We found nobody by that address. It looks like @you@network.example."))
        except (Refused, Unreachable):
            form.wrong("address", N_("That network does not answer just now. You can search there for us instead."))
        if form.valid and host_of(target) is None:
            form.wrong("address", N_("That network has no page for answering. Search there for the address below."))
    return page(
        request,
        "intents/answer.html",
        status=422 if form.errors else 200,
        form=form,
        post=post,
        target=target if form.valid else "",
        target_host=host_of(target) if form.valid else "",
    )
