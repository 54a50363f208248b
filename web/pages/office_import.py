"""The office brings in a member list: upload, look at the columns, try it first, import, and take it back."""

import aiohttp.web as aioweb

from node.members import imports, joining, sheet
from node.words import N_, Message
from web import forms
from web.addresses import database_key
from web.context import node_of
from web.rendering import page, said
from web.sessions import officer

routes = aioweb.RouteTableDef()

FILE = 12 * forms.MIB


@routes.get("/office/import")
async def index(request: aioweb.Request) -> aioweb.Response:
    return await _index(request, forms.Form())


@routes.post("/office/import")
@forms.accepts(FILE)
async def upload(request: aioweb.Request) -> aioweb.Response:
    viewer = officer(request)
    form = await forms.read(request)
    files = form.uploads("file", most=1)
    if not files:
        form.wrong("file", N_("Choose the file with your members first."))
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                import_id = await imports.draft(work, viewer.account_id, files[0].name, files[0].content)
            return said(f"/office/import/{import_id}")
    return await _index(request, form, status=422)


@routes.get(r"/office/import/{id:\d+}")
async def show(request: aioweb.Request) -> aioweb.Response:
    """Columns while it is a draft; progress and result afterwards."""
    return await _show(request, forms.Form())


@routes.post(r"/office/import/{id:\d+}/columns")
async def columns(request: aioweb.Request) -> aioweb.Response:
    """Keep what each column means and try it."""
    officer(request)
    import_id = database_key(request.match_info["id"])
    node = node_of(request)
    form = await forms.read(request)
    async with node.reading() as work:
        view = await imports.view(work, import_id)
    chosen = {
        heading: form.choice(f"column{number}", ["", *sheet.TARGETS], required=False)
        for number, heading in enumerate(view.headings)
    }
    if form.valid:
        with form.attempt():
            async with node.writing() as work:
                await imports.choose_columns(work, import_id, chosen)
            return said(f"/office/import/{import_id}/try")
    return await _show(request, form, status=422)


@routes.get(r"/office/import/{id:\d+}/try")
async def try_first(request: aioweb.Request) -> aioweb.Response:
    """What would happen, and which rows need a look."""
    officer(request)
    import_id = database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        view = await imports.view(work, import_id)
        if view.state != "draft":
            return said(f"/office/import/{import_id}")
        report = await imports.try_first(work, import_id)
    return page(request, "office/try.html", view=view, report=report, form=forms.Form())


@routes.post(r"/office/import/{id:\d+}/start")
async def start(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    import_id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        await imports.start(work, import_id)
    return said(f"/office/import/{import_id}")


@routes.get(r"/office/import/{id:\d+}/undo")
async def ask_undo(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    async with node_of(request).reading() as work:
        view = await imports.view(work, database_key(request.match_info["id"]))
    return page(request, "office/undo.html", view=view)


@routes.post(r"/office/import/{id:\d+}/undo")
async def undo(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    import_id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        stay = await imports.undo(work, import_id)
    if stay:
        return said(
            "/office/import", Message(N_("Taken back. %(count)s have come in already and stay."), {"count": stay})
        )
    return said("/office/import", N_("Taken back. Nothing of this file is left."))


async def _index(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    officer(request)
    async with node_of(request).reading() as work:
        recent = await imports.recent(work)
    return page(request, "office/import.html", status=status, form=form, recent=recent)


async def _show(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    officer(request)
    import_id = database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        view = await imports.view(work, import_id)
        to_invite = await joining.still_to_invite(work)
    if view.state == "draft":
        examples = [
            [cells[number] for cells in view.examples if number < len(cells) and cells[number]]
            for number in range(len(view.headings))
        ]
        return page(
            request, "office/columns.html", status=status, view=view, examples=examples, form=form,
            targets=list(sheet.TARGETS.items()),
        )  # fmt: skip
    return page(request, "office/imported.html", view=view, to_invite=to_invite)
