"""Keeping somebody at a distance: mute, block, shut out a whole place, a note for oneself, and telling the office."""

from datetime import timedelta

import aiohttp.web as aioweb

from node.actors import queries as actors
from node.blocks import queries, service
from node.errors import NotFound
from node.faces import faces
from node.moderation import queries as moderation
from node.posts import queries as posts
from node.reports import rules
from node.reports import service as reports
from node.words import N_, Message
from web import forms
from web.addresses import database_key, own_path
from web.context import node_of
from web.rendering import page, said
from web.sessions import member

routes = aioweb.RouteTableDef()

TIMES = {"": None, "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
"""How long somebody can be muted; for good unless a time is chosen."""
REASONS = ("violation", "spam", "legal", "one_way", "other")


# one person


@routes.get(r"/people/{id:\d+}/distance")
async def show(request: aioweb.Request) -> aioweb.Response:
    return await _show(request, forms.Form())


async def _show(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        _, other = await queries.parties(work, viewer.actor_id, database_key(request.match_info["id"]))
        face = (await faces(work, [other.id]))[other.id]
        distance = await moderation.distance_to(work, viewer.actor_id, other)
    return page(
        request, "distance/person.html", status=status, face=face, distance=distance, form=form, host=other.host
    )


@routes.post(r"/people/{id:\d+}/mute")
async def mute(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    lasts = TIMES[form.choice("lasts", list(TIMES), required=False)]
    hides = form.ticked_box("notifications")
    return await _act(
        request,
        lambda work, ours, other: service.mute(work, ours, other, lasts=lasts, hides_notifications=hides),
        N_("You have muted %(name)s."),
        undo="unmute",
    )


@routes.post(r"/people/{id:\d+}/unmute")
async def unmute(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, service.unmute, N_("%(name)s is no longer muted."))


@routes.post(r"/people/{id:\d+}/block")
async def block(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, service.block, N_("You have blocked %(name)s."), undo="unblock")


@routes.post(r"/people/{id:\d+}/unblock")
async def unblock(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, service.unblock, N_("%(name)s is no longer blocked."))


@routes.post(r"/people/{id:\d+}/note")
async def note(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    text = form.long_text("note", most=service.NOTE_LIMIT, required=False)
    if not form.valid:
        return await _show(request, form, status=422)
    return await _act(
        request, lambda work, ours, other: service.note(work, ours, other, text), N_("Your note is kept.")
    )


async def _act(request: aioweb.Request, act: service.Act, words: str, undo: str = "") -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).writing() as work:
        ours, other = await queries.parties(work, viewer.actor_id, database_key(request.match_info["id"]))
        await act(work, ours, other)
        face = (await faces(work, [other.id]))[other.id]
    back = f"/people/{face.id}/{undo}" if undo else ""
    return said(face.path, Message(words, {"name": face.name}), undo=back)


# whom and what one keeps away


@routes.get("/settings/distance")
async def index(request: aioweb.Request) -> aioweb.Response:
    return await _index(request, forms.Form())


async def _index(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        blocked = await queries.blocked(work, viewer.actor_id)
        muted = await queries.muted(work, viewer.actor_id)
        hosts = await queries.hosts(work, viewer.actor_id)
    return page(request, "distance/index.html", status=status, blocked=blocked, muted=muted, hosts=hosts, form=form)


@routes.post("/settings/distance/hosts")
async def shut_out(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    host = form.text("host", most=300, missing=N_("Give the address of a place, such as loud.example."))
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                ours = await actors.by_id(work, viewer.actor_id)
                if ours is None:
                    raise NotFound
                kept = await service.shut_out(work, ours, host)
            return said("/settings/distance", Message(N_("You see nothing of %(host)s any more."), {"host": kept}))
    return await _index(request, form, status=422)


@routes.post("/settings/distance/hosts/remove")
async def let_in(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    host = form.data.get("host", "")[:300]
    async with node_of(request).writing() as work:
        ours = await actors.by_id(work, viewer.actor_id)
        if ours is None:
            raise NotFound
        await service.let_in(work, ours, host)
    return said("/settings/distance", Message(N_("You see %(host)s again."), {"host": host}))


# conversations


@routes.post(r"/posts/{id:\d+}/mute")
async def mute_thread(request: aioweb.Request) -> aioweb.Response:
    return await _thread(request, service.mute_thread, N_("You hear no more of this conversation."), undo="unmute")


@routes.post(r"/posts/{id:\d+}/unmute")
async def unmute_thread(request: aioweb.Request) -> aioweb.Response:
    return await _thread(request, service.unmute_thread, N_("You hear of this conversation again."))


async def _thread(request: aioweb.Request, act: service.ActOnThread, words: str, undo: str = "") -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    post_id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        ours = await actors.by_id(work, viewer.actor_id)
        if ours is None:
            raise NotFound
        await act(work, ours, post_id)
    back = own_path(form.data.get("back", ""), f"/posts/{post_id}")
    return said(back, words, undo=f"/posts/{post_id}/{undo}" if undo else "")


# telling the office


@routes.get("/reports/new")
async def ask_report(request: aioweb.Request) -> aioweb.Response:
    return await _report(request, forms.Form(), request.query.get("about", ""), request.query.get("post", ""))


@routes.post("/reports")
async def report(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    about, post = form.data.get("about", "")[:30], form.data.get("post", "")[:30]
    category = form.choice("category", REASONS)
    text = form.long_text("text", most=rules.TEXT_LIMIT, required=False)
    tells = form.ticked_box("tells_their_server")
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                ours, target = await queries.parties(work, viewer.actor_id, database_key(about))
                await reports.report(
                    work, ours, target, post_ids=[database_key(post)] if post else [], text=text, category=category,
                    tells_their_server=tells,
                )  # fmt: skip
                face = (await faces(work, [target.id]))[target.id]
            return said(f"/people/{face.id}/distance", N_("Thank you. The office looks at it."))
    return await _report(request, form, about, post, status=422)


async def _report(
    request: aioweb.Request, form: forms.Form, about: str, post: str, status: int = 200
) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        view = await posts.one(work, viewer.actor_id, database_key(post)) if post else None
        _, target = await queries.parties(work, viewer.actor_id, view.author.id if view else database_key(about))
        face = (await faces(work, [target.id]))[target.id]
    return page(request, "distance/report.html", status=status, form=form, face=face, post=view)
