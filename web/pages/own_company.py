"""A member's firm: its page, made or changed by those who work there."""

import aiohttp.web as aioweb

from node.actors.keys import make_keys
from node.companies import service
from node.companies.service import Facts
from node.errors import Invalid
from node.media import service as media
from node.members import queries
from node.words import N_
from node.work import Reading
from web import forms
from web.addresses import database_key
from web.context import node_of
from web.pages.own_profile import PICTURES
from web.rendering import page, said
from web.renewal import renew
from web.sessions import member

routes = aioweb.RouteTableDef()


@routes.get("/settings/company")
async def index(request: aioweb.Request) -> aioweb.Response:
    """The one company there is to edit, the choice between several, or the way to a first one."""
    viewer = member(request)
    async with node_of(request).reading() as work:
        companies = [line for line in await queries.companies_of(work, viewer.actor_id) if line.may_edit]
    if len(companies) == 1:
        return said(f"/settings/company/{companies[0].actor_id}")
    return page(request, "own_company/choose.html", companies=companies)


@routes.get("/settings/company/new")
async def new(request: aioweb.Request) -> aioweb.Response:
    member(request)
    return _page(request, forms.Form(), Facts(""), None)


@routes.post("/settings/company/new")
async def create(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    facts, title = _read(form), form.text("title", most=200, required=False)
    if form.valid:
        with form.attempt():
            service.checked(facts)
            keys = await make_keys()
            async with node_of(request).writing() as work:
                company = await service.create(work, facts, keys)
                await service.add_person(work, company.id, viewer.actor_id, title=title)
            return said(f"/@{company.username}", N_("Your firm has a page now."))
    return _page(request, form, Facts(""), None, status=422)


@routes.get(r"/settings/company/{id:\d+}")
async def edit(request: aioweb.Request) -> aioweb.Response:
    company_id = database_key(request.match_info["id"])
    facts = await _own(request, company_id)
    return _page(request, forms.Form(), facts, company_id)


@routes.post(r"/settings/company/{id:\d+}")
@forms.accepts(PICTURES)
async def revise(request: aioweb.Request) -> aioweb.Response:
    company_id = database_key(request.match_info["id"])
    before = await _own(request, company_id)
    node = node_of(request)
    form = await forms.read(request)
    facts, uploads = _read(form), form.uploads("logo", most=1)
    if form.valid:
        with form.attempt():
            service.checked(facts)
            digest = None
            if uploads:
                try:
                    digest = (await media.store(node, company_id, uploads[0].content, "avatar")).digest
                except Invalid as error:
                    raise Invalid({"logo": error.fields["picture"]}) from error
            async with node.writing() as work:
                company = await service.revise(work, company_id, facts)
                if digest or form.ticked_box("no_logo"):
                    await service.show_picture(work, company_id, "avatar", digest)
            return said(f"/@{company.username}", N_("Saved."))
    return _page(request, form, before, company_id, status=422)


@routes.post(r"/settings/company/{id:\d+}/keys")
async def new_keys(request: aioweb.Request) -> aioweb.Response:
    viewer, company_id = member(request), database_key(request.match_info["id"])

    async def of_company(work: Reading) -> int:
        await service.require_editor(work, company_id, viewer.actor_id)
        return company_id

    return await renew(request, of_company, f"/settings/company/{company_id}")


def _read(form: forms.Form) -> Facts:
    return Facts(
        name=form.text("name", most=200, missing=N_("What is the company called?")),
        about=form.long_text("about", most=4000, required=False),
        size=form.choice("size", ["", *service.SIZES], required=False),
        **{
            line: form.text(line, most=most, required=False)
            for line, most in (
                ("trade", 200), ("trade_code", 200), ("website", 500), ("phone", 60), ("place", 200), ("street", 300),
                ("postal_code", 20), ("country", 2),
            )
        },
    )  # fmt: skip


async def _own(request: aioweb.Request, company_id: int) -> Facts:
    viewer = member(request)
    async with node_of(request).reading() as work:
        await service.require_editor(work, company_id, viewer.actor_id)
        return await service.facts(work, company_id)


def _page(
    request: aioweb.Request, form: forms.Form, facts: Facts, company_id: int | None, status: int = 200
) -> aioweb.Response:
    return page(
        request,
        "own_company/edit.html",
        status=status,
        form=form,
        facts=facts,
        company_id=company_id,
        sizes=list(service.SIZES.items()),
    )
