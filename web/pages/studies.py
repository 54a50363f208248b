"""Studies: a few questions to a panel; answered here, or from elsewhere by a link in a private message."""

from typing import Any

import aiohttp.web as aioweb

from node import spreadsheets
from node.actors import queries as actors
from node.errors import Invalid
from node.studies import queries, rules, service
from node.studies.queries import StudyView
from node.studies.rules import Question
from node.words import N_
from web import forms, links
from web.addresses import database_key
from web.context import node_of, reader
from web.rendering import page, said
from web.sessions import member, visitor

routes = aioweb.RouteTableDef()

_ROWS = 3


@routes.get("/studies")
async def index(request: aioweb.Request) -> aioweb.Response:
    viewer = visitor(request)
    is_mine = viewer is not None and request.query.get("mine") == "yes"
    async with node_of(request).reading() as work:
        me = await actors.by_id(work, viewer.actor_id) if viewer else None
        found = await queries.newest(work, me, only_own=is_mine)
    return page(request, "studies/index.html", studies=found, is_mine=is_mine, panels=rules.PANELS)


@routes.get("/studies/new")
async def new(request: aioweb.Request) -> aioweb.Response:
    member(request)
    return await _new(request, forms.Form())


@routes.post("/studies/new")
async def publish(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    if form.data.get("do") == "more":
        return await _new(request, form)
    idea = form.data.get("idea", "")
    title = form.text("title", most=200, missing=N_("Give it a name."))
    purpose = form.long_text("purpose", most=2000, missing=N_("Say what it is for: who answers agrees to that."))
    panel = form.choice("panel", rules.PANELS)
    ends_at = form.end_of_day("ends_at", reader().zone)
    floor = form.whole("floor", least=rules.FLOOR, most=100, required=False)
    async with node_of(request).reading() as work:
        hosts = form.choices("hosts", [host for host, _ in await queries.associations(work)])
    if form.valid and ends_at is not None:
        with form.attempt():
            async with node_of(request).writing() as work:
                me = await actors.by_id(work, viewer.actor_id)
                assert me is not None
                study = await service.publish(
                    work,
                    me,
                    service.Draft(
                        title=title,
                        purpose=purpose,
                        panel=panel,
                        questions=_questions(form),
                        ends_at=ends_at,
                        hosts=hosts,
                        floor=floor or rules.FLOOR,
                        idea_id=database_key(idea) if idea else None,
                        language=reader().language,
                    ),
                )
                path = f"/studies/{study.id}"
            return said(path, N_("Asked. Answers come in here."))
    return await _new(request, form, status=422)


@routes.get(r"/studies/{id:\d+}")
async def show(request: aioweb.Request) -> aioweb.Response:
    return await _show(request, forms.Form())


@routes.post(r"/studies/{id:\d+}")
async def answer(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        study = await queries.one(work, await actors.by_id(work, viewer.actor_id), id)
    with form.attempt():
        async with node_of(request).writing() as work:
            me = await actors.by_id(work, viewer.actor_id)
            assert me is not None
            await service.answer(work, me, id, _answers(form, study))
        return said(f"/studies/{id}", N_("Thank you: your answers count."))
    return await _show(request, form, status=422)


@routes.post(r"/studies/{id:\d+}/close")
async def close(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        me = await actors.by_id(work, viewer.actor_id)
        assert me is not None
        await service.close(work, me, id)
    return said(f"/studies/{id}", N_("Closed. Who answered what can no longer be told, by nobody."))


@routes.get(r"/studies/{id:\d+}/answers.csv")
async def table(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        me = await actors.by_id(work, viewer.actor_id)
        assert me is not None
        rows = await queries.table(work, me, id)
    return aioweb.Response(
        body=spreadsheets.table(rows),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="study-{id}.csv"'},
    )


@routes.post(r"/studies/{id:\d+}/link")
async def ask_for_link(request: aioweb.Request) -> aioweb.Response:
    """Somebody of another network names their address and gets a link there, by private message."""
    form = await forms.read(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        await queries.one(work, None, id)
    if await links.send(request, form, lambda work, guest_id: service.invite(work, id, guest_id)):
        return said(f"/studies/{id}", N_("Look at your private messages: the link is there."))
    return await _show(request, form, status=422)


@routes.get("/studies/by-link/{token:[A-Za-z0-9_-]{20,60}}")
async def show_link(request: aioweb.Request) -> aioweb.Response:
    return await _linked(request, forms.Form())


@routes.post("/studies/by-link/{token:[A-Za-z0-9_-]{20,60}}")
async def answer_by_link(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    token = request.match_info["token"]
    async with node_of(request).reading() as work:
        id, guest = await service.open_link(work, "study", token)
        study = await queries.one(work, guest, id)
    with form.attempt():
        async with node_of(request).writing() as work:
            _, guest = await service.open_link(work, "study", token)
            await service.answer(work, guest, id, _answers(form, study))
        return links.hidden(said(f"/studies/by-link/{token}", N_("Thank you: your answers count.")))
    return await _linked(request, form, status=422)


# inside


async def _new(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    member(request)
    async with node_of(request).reading() as work:
        hosts = await queries.associations(work)
    count = sum(1 for name in form.data if name.startswith("questions-") and name.endswith("-text"))
    if form.data.get("do") == "more":
        count += _ROWS
    return page(
        request,
        "studies/new.html",
        status=status,
        form=form,
        count=min(max(count, _ROWS), rules.QUESTIONS),
        kinds=rules.KINDS,
        panels=rules.PANELS,
        hosts=hosts,
        floor=rules.FLOOR,
        idea=form.data.get("idea", "") or request.query.get("idea", ""),
    )


def _questions(form: forms.Form) -> list[Question]:
    found = []
    for number in range(rules.QUESTIONS):
        where = f"questions-{number}-"
        text = " ".join(form.data.get(where + "text", "").split())
        options = [" ".join(line.split()) for line in form.data.get(where + "options", "").split("\n")]
        if text:
            kind = form.data.get(where + "kind", "")
            chosen = tuple(option for option in options if option) if kind in ("one", "many") else ()
            found.append(Question(text, kind, chosen))
    return found


def _answers(form: forms.Form, study: StudyView) -> list[Any]:
    found: list[Any] = []
    for number, question in enumerate(study.questions):
        name = f"answers-{number}"
        if question.kind == "many":
            found.append([_whole(value) for value in form.data.getall(name, [])[: rules.OPTIONS]])
        elif question.kind == "text":
            found.append(form.data.get(name, ""))
        else:
            typed = form.data.get(name, "")
            found.append(_whole(typed) if typed else None)
    if form.data.get("consent") != "yes":
        raise Invalid({"consent": N_("Please say that you agree to what it is for.")})
    return found


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1


async def _show(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = visitor(request)
    async with node_of(request).reading() as work:
        me = await actors.by_id(work, viewer.actor_id) if viewer else None
        study = await queries.one(work, me, database_key(request.match_info["id"]))
    return _page(request, study, form, f"/studies/{study.id}", status)


async def _linked(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    async with node_of(request).reading() as work:
        id, guest = await service.open_link(work, "study", request.match_info["token"])
        study = await queries.one(work, guest, id)
    return links.hidden(_page(request, study, form, request.path, status, guest.handle))


def _page(
    request: aioweb.Request, study: StudyView, form: forms.Form, here: str, status: int, guest: str = ""
) -> aioweb.Response:
    return page(
        request,
        "studies/show.html",
        status=status,
        study=study,
        form=form,
        here=here,
        guest=guest,
        panels=rules.PANELS,
        scale=rules.SCALE,
    )
