"""The office looks at what was reported, and decides what is done about somebody."""

import aiohttp.web as aioweb

from node.directed import mutes
from node.errors import Conflict, Forbidden
from node.reports import queries, rules, service
from node.sanctions import service as sanctions
from node.words import N_, Message
from web import forms
from web.addresses import database_key, own_path
from web.context import node_of
from web.pages.feed import cursor
from web.rendering import page, said
from web.sessions import officer

routes = aioweb.RouteTableDef()


@routes.get("/office/reports")
async def index(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    is_open = request.query.get("show") != "settled"
    before = cursor(request)
    async with node_of(request).reading() as work:
        cases = await queries.cases(work, is_open=is_open, before=before)
    return page(
        request,
        "office/reports.html",
        cases=cases,
        is_open=is_open,
        before=before,
        older=cases[-1].id if len(cases) == queries.PAGE else None,
    )


@routes.get(r"/office/reports/{id:\d+}")
async def show(request: aioweb.Request) -> aioweb.Response:
    return await _show(request, forms.Form())


@routes.post(r"/office/reports/{id:\d+}/resolve")
async def resolve(request: aioweb.Request) -> aioweb.Response:
    viewer = officer(request)
    report_id = database_key(request.match_info["id"])
    form = await forms.read(request)
    answer = form.long_text("answer", most=rules.TEXT_LIMIT, required=False)
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                await service.resolve(work, viewer.account_id, report_id, answer)
            return said("/office/reports", N_("Settled."), undo=f"/office/reports/{report_id}/reopen")
    return await _show(request, form, status=422)


@routes.post(r"/office/reports/{id:\d+}/reopen")
async def reopen(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    report_id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        await service.reopen(work, report_id)
    return said(f"/office/reports/{report_id}", N_("It waits again."))


async def _show(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    officer(request)
    async with node_of(request).reading() as work:
        case, posts = await queries.case(work, database_key(request.match_info["id"]))
        target = await queries.target(work, case.target.id)
    return page(request, "office/report.html", status=status, case=case, posts=posts, target=target, form=form)


# what is done about somebody


@routes.get(r"/office/people/{id:\d+}")
async def person(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    async with node_of(request).reading() as work:
        target = await queries.target(work, database_key(request.match_info["id"]))
    return page(request, "office/person.html", target=target, back=own_path(request.query.get("back", ""), ""))


@routes.post(r"/office/people/{id:\d+}/limit")
async def limit(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, sanctions.limit, N_("Only those who follow %(name)s meet them now."), undo="unlimit")


@routes.post(r"/office/people/{id:\d+}/unlimit")
async def unlimit(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, sanctions.unlimit, N_("%(name)s is shown to everybody again."))


@routes.post(r"/office/people/{id:\d+}/hear-offers")
async def hear_offers(request: aioweb.Request) -> aioweb.Response:
    return await _offers(request, mutes.lift, N_("Offers of %(name)s to single people are let through again."),
                         undo="stop-offers")  # fmt: skip


@routes.post(r"/office/people/{id:\d+}/stop-offers")
async def stop_offers(request: aioweb.Request) -> aioweb.Response:
    return await _offers(request, mutes.restore, N_("Offers of %(name)s to single people are let through no more."))


async def _offers(request: aioweb.Request, act: mutes.Act, words: str, undo: str = "") -> aioweb.Response:
    viewer = officer(request)
    form = await forms.read(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        await act(work, viewer.account_id, id)
        target = await queries.target(work, id)
    back = own_path(form.data.get("back", ""), f"/office/people/{id}")
    undo = f"/office/people/{id}/{undo}" if undo else ""
    return said(back, Message(words, {"name": target.face.name}), undo=undo)


@routes.post(r"/office/people/{id:\d+}/suspend")
async def suspend(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, sanctions.suspend, N_("%(name)s is suspended."), undo="restore")


@routes.post(r"/office/people/{id:\d+}/restore")
async def restore(request: aioweb.Request) -> aioweb.Response:
    return await _act(request, sanctions.restore, N_("%(name)s is back."))


async def _act(request: aioweb.Request, act: sanctions.Act, words: str, undo: str = "") -> aioweb.Response:
    viewer = officer(request)
    form = await forms.read(request)
    id = database_key(request.match_info["id"])
    back = own_path(form.data.get("back", ""), f"/office/people/{id}")
    try:
        async with node_of(request).writing() as work:
            actor = await act(work, viewer.account_id, id)
            name = actor.name or actor.username
    except (Conflict, Forbidden) as error:
        return said(back, error.message)
    return said(back, Message(words, {"name": name}), undo=f"/office/people/{id}/{undo}" if undo else "")
