"""Ideas: cards that go from a thought to a first sale, each stage with what it has shown."""

import aiohttp.web as aioweb

from node.actors import queries as actors
from node.etiquette import code
from node.ideas import queries, rules, service
from node.posts import rules as post_rules
from node.words import N_
from web import forms
from web.addresses import database_key
from web.context import node_of, reader
from web.rendering import page, said
from web.sessions import member, visitor

routes = aioweb.RouteTableDef()


@routes.get("/ideas")
async def index(request: aioweb.Request) -> aioweb.Response:
    viewer = visitor(request)
    viewer_id = viewer.actor_id if viewer else None
    is_mine = viewer is not None and request.query.get("mine") == "yes"
    async with node_of(request).reading() as work:
        ideas = await queries.newest(work, viewer_id, actor_id=viewer_id if is_mine else None)
    return page(request, "ideas/index.html", ideas=ideas, is_mine=is_mine, names=rules.STAGES)


@routes.get("/ideas/new")
async def new(request: aioweb.Request) -> aioweb.Response:
    code.require(member(request).etiquette_version)
    return page(request, "ideas/new.html", form=forms.Form())


@routes.post("/ideas/new")
async def begin(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    code.require(viewer.etiquette_version)
    form = await forms.read(request)
    title = form.text("title", most=post_rules.TITLE_LIMIT, missing=N_("Give it a name."))
    text = form.long_text("text", most=post_rules.ARTICLE_LIMIT, missing=N_("Write something first."))
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                actor = await actors.by_id(work, viewer.actor_id)
                assert actor is not None
                post = await service.begin(work, actor, title, text, language=reader().language)
                path = f"/ideas/{post.id}"
            return said(path, N_("Your idea is on the table."))
    return page(request, "ideas/new.html", status=422, form=form)


@routes.get(r"/ideas/{id:\d+}")
async def show(request: aioweb.Request) -> aioweb.Response:
    return await _show(request, forms.Form())


@routes.post(r"/ideas/{id:\d+}/close")
async def close_stage(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    why = form.long_text("why", most=rules.WHY_LIMIT, required=False)
    return await _act(request, form, N_("On to the next stage."), lambda work, actor, id: service.close_stage(
        work, actor, id, why))  # fmt: skip


@routes.post(r"/ideas/{id:\d+}/drop")
async def drop(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, await forms.read(request), N_("Let go. What was learned stays."), service.drop)


@routes.post(r"/ideas/{id:\d+}/mentor")
async def mentor(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    words = form.long_text("words", most=1000, missing=N_("Say in a sentence what you would like to learn."))
    return await _act(request, form, N_("Your ask for a mentor is on the table."), lambda work, actor, id: (
        service.look_for_mentor(work, actor, id, words)))  # fmt: skip


async def _act(request: aioweb.Request, form: forms.Form, done: str, act: service.Act) -> aioweb.Response:
    viewer = member(request)
    id = database_key(request.match_info["id"])
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                actor = await actors.by_id(work, viewer.actor_id)
                assert actor is not None
                await act(work, actor, id)
            return said(f"/ideas/{id}", done)
    return await _show(request, form, status=422)


async def _show(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = visitor(request)
    async with node_of(request).reading() as work:
        idea = await queries.one(work, viewer.actor_id if viewer else None, database_key(request.match_info["id"]))
    return page(
        request, "ideas/show.html", status=status, idea=idea, form=form, names=rules.STAGES, needed=rules.NEEDED
    )
