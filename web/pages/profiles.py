"""Somebody's page: a person here or elsewhere, a company, an association; and what one can do there."""

import aiohttp.web as aioweb

from federation.negotiation import asks_for_document, redirect
from node.actors import queries as actors
from node.circles import members as members_of_circles
from node.errors import Gone, NotFound
from node.follows import queries as ties
from node.follows import service as follows
from node.follows.queries import Ties
from node.invitations import queries as invitations
from node.listings import queries as listings
from node.listings.queries import Filter
from node.members import queries as members
from node.moderation import queries as moderation
from node.moderation.queries import Distance
from node.notifications.service import mark_seen, unread_about
from node.pins import service as pins
from node.posts import queries as posts
from node.testimonials import queries as testimonials
from node.words import N_, Message
from web import forms
from web.addresses import database_key, own_path
from web.api.lookups import find
from web.context import node_of
from web.hosts import host_card
from web.pages import circles, companies
from web.pages.feed import cursor, listings_in
from web.rendering import page, said
from web.sessions import member, visitor

routes = aioweb.RouteTableDef()


@routes.get("/@{handle:[^/]+}")
async def show(request: aioweb.Request) -> aioweb.Response:
    viewer = visitor(request)
    viewer_id = viewer.actor_id if viewer else None
    username, _, host = request.match_info["handle"].partition("@")
    async with node_of(request).reading() as work:
        actor = await actors.seen(work, username, host or work.uris.host)
    if actor is None and host and viewer is not None:
        actor = await find(request, f"@{username}@{host}")
    if actor is None or actor.kind == "application":
        raise NotFound
    if actor.gone_at is not None:
        raise Gone
    if actor.is_local and asks_for_document(request):
        return redirect(actor.uri)
    if actor.is_local and username != actor.username:
        return said(f"/@{actor.username}")
    if actor.kind == "group":
        return await circles.show(request, actor.id)
    if actor.kind == "organization":
        return await companies.show(request, actor.id)
    before = cursor(request)
    async with node_of(request).reading() as work:
        profile = await members.profile(work, actor.id, viewer_id)
        written = await posts.by_author(work, viewer_id, actor.id, before=before)
        on_top = await posts.views(work, viewer_id, await pins.pinned(work, viewer_id, actor.id)) if not before else []
        is_stale = viewer is not None and pins.is_stale(work, actor)
        on_table = await listings.newest(work, viewer_id, Filter(author_id=actor.id), limit=4)
        cards = await listings_in(work, viewer_id, [*written, *on_top])
        is_own = viewer_id == actor.id
        between = await ties.ties(work, viewer_id, actor.id) if viewer_id and not is_own else Ties()
        invitation = await invitations.between(work, viewer_id, actor.id) if viewer_id and not is_own else None
        distance = await moderation.distance_to(work, viewer_id, actor) if viewer_id and not is_own else Distance()
        news = await unread_about(work, viewer.account_id, actor_id=actor.id) if viewer else []
        recommended = await testimonials.shown_of(work, viewer_id, [actor.id])
        may_recommend = viewer_id is not None and not is_own and await testimonials.may_write(work, viewer_id, actor.id)
    if viewer and (news or is_stale):
        async with node_of(request).writing() as work:
            await mark_seen(work, viewer.account_id, news)
            await pins.ask(work, actor.id)
    older = written[-1].id if len(written) == posts.PAGE else None
    shown = {post.id for post in on_top}
    return page(
        request,
        "profiles/show.html",
        of=actor.uri if actor.is_local else "",
        profile=profile,
        card=host_card(profile.host_card) if profile.host_card else None,
        listings=on_table,
        posts=[post for post in written if post.id not in shown],
        on_top=on_top,
        cards=cards,
        ties=between,
        distance=distance,
        invitation=invitation,
        recommended=recommended,
        may_recommend=may_recommend,
        is_own=is_own,
        before=before,
        older=older,
    )


@routes.post(r"/people/{id:\d+}/follow")
async def follow(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, "follow")


@routes.post(r"/people/{id:\d+}/unfollow")
async def unfollow(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, "unfollow")


@routes.post(r"/people/{id:\d+}/with-boosts")
async def with_boosts(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, "with-boosts")


@routes.post(r"/people/{id:\d+}/without-boosts")
async def without_boosts(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, "without-boosts")


@routes.post(r"/people/{id:\d+}/accept")
async def accept(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, "accept")


@routes.post(r"/people/{id:\d+}/reject")
async def reject(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, "reject")


_SAID = {
    "follow": N_("You follow %(name)s now."),
    "asked": N_("%(name)s was asked. You will hear when there is an answer."),
    "unfollow": N_("You no longer follow %(name)s."),
    "with-boosts": N_("You also see what %(name)s passes on."),
    "without-boosts": N_("You see only what %(name)s says in person."),
    "accept": N_("%(name)s follows you now."),
    "reject": N_("%(name)s does not follow you."),
}


async def _act(request: aioweb.Request, verb: str) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    async with node_of(request).writing() as work:
        ours = await actors.by_id(work, viewer.actor_id)
        other = await actors.by_id(work, database_key(request.match_info["id"]))
        if ours is None or other is None:
            raise NotFound
        word = verb
        if verb == "follow":
            if other.kind == "group":
                word = "follow" if await members_of_circles.join(work, ours, other) == "member" else "asked"
            else:
                row = await follows.follow(work, ours, other)
                word = "follow" if row.state == "accepted" else "asked"
        elif verb == "unfollow":
            await (members_of_circles.leave if other.kind == "group" else follows.unfollow)(work, ours, other)
        elif verb in ("with-boosts", "without-boosts"):
            await follows.show_boosts(work, ours, other, shows=verb == "with-boosts")
        elif verb == "accept":
            await follows.accept(work, ours, other)
        else:
            await follows.reject(work, ours, other)
        name = other.name or other.username
        path = f"/@{other.username}" if other.is_local else f"/@{other.username}@{other.handle_host}"
    return said(own_path(form.data.get("back", ""), path), Message(_SAID[word], {"name": name}))
