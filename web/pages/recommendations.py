"""Recommendations: written after something confirmed, shown or hidden by whom they are about, answered once."""

import aiohttp.web as aioweb

from node.actors import queries as actors
from node.errors import NotFound
from node.faces import face
from node.testimonials import queries, rules, service
from node.words import N_, Message
from web import forms
from web.addresses import database_key
from web.context import node_of, reader
from web.rendering import page, said
from web.sessions import member

routes = aioweb.RouteTableDef()


@routes.get("/recommendations")
async def index(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    part = "written" if request.query.get("show") == "written" else "received"
    async with node_of(request).reading() as work:
        found = await queries.of_person(work, viewer.actor_id, written=part == "written")
    return page(request, "recommendations/index.html", found=found, part=part)


@routes.get("/recommendations/new")
async def new(request: aioweb.Request) -> aioweb.Response:
    return await _form(request, forms.Form(), database_key(request.query.get("to", "")))


@routes.post("/recommendations/new")
async def write(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    subject_id = database_key(form.data.get("to", ""))
    text = form.long_text("text", most=rules.TEXT_LIMIT)
    may_be_public = form.ticked_box("may_be_public")
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                ours = await actors.required(work, member(request).actor_id)
                subject = await actors.by_id(work, subject_id)
                if subject is None:
                    raise NotFound
                post = await service.write(
                    work, ours, subject, text, may_be_public=may_be_public, language=reader().language
                )
                words = Message(N_("%(name)s has it now."), {"name": subject.name or subject.username})
            return said(f"/posts/{post.id}", words)
    return await _form(request, form, subject_id, status=422)


@routes.post(r"/recommendations/{id:\d+}/show")
async def show(request: aioweb.Request) -> aioweb.Response:
    id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        await service.show(work, await actors.required(work, member(request).actor_id), id)
    return said(f"/posts/{id}", N_("It stands on your page."), undo=f"/recommendations/{id}/hide")


@routes.post(r"/recommendations/{id:\d+}/hide")
async def hide(request: aioweb.Request) -> aioweb.Response:
    id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        await service.hide(work, await actors.required(work, member(request).actor_id), id)
    return said(f"/posts/{id}", N_("It no longer stands on your page."))


@routes.get(r"/recommendations/{id:\d+}/reply")
async def ask_reply(request: aioweb.Request) -> aioweb.Response:
    return await _reply(request, forms.Form())


@routes.post(r"/recommendations/{id:\d+}/reply")
async def reply(request: aioweb.Request) -> aioweb.Response:
    id = database_key(request.match_info["id"])
    form = await forms.read(request)
    text = form.long_text("text", most=rules.TEXT_LIMIT)
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                await service.reply(work, await actors.required(work, member(request).actor_id), id, text)
            return said(f"/posts/{id}", N_("Your answer is on its way."))
    return await _reply(request, form, status=422)


async def _form(request: aioweb.Request, form: forms.Form, subject_id: int, status: int = 200) -> aioweb.Response:
    """No form without a ground: it says so instead. Raises Forbidden, Conflict."""
    viewer = member(request)
    async with node_of(request).reading() as work:
        ours, subject = await actors.by_id(work, viewer.actor_id), await actors.by_id(work, subject_id)
        if ours is None or subject is None or subject.id == viewer.actor_id or subject.gone_at is not None:
            raise NotFound
        await service.require_ground(work, ours, subject)
        found = await face(work, subject_id)
    return page(request, "recommendations/new.html", status=status, form=form, subject=found, limit=rules.TEXT_LIMIT)


async def _reply(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        found = await queries.of_post(work, viewer.actor_id, database_key(request.match_info["id"]))
    if found is None or not found.is_about_viewer or not found.is_shown or found.reply_path:
        raise NotFound
    return page(request, "recommendations/reply.html", status=status, form=form, item=found, limit=rules.TEXT_LIMIT)
