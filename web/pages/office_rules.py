"""Associations we agree with: how open the house is, the list, and lists that others give us or get from us."""

import aiohttp.web as aioweb

from node.peers import doors
from node.words import N_, Message
from web import forms
from web.context import node_of
from web.rendering import page, said
from web.sessions import admin, officer

routes = aioweb.RouteTableDef()

FILE = 3 * forms.MIB
HERE = "/office/agreements"


@routes.get(HERE)
async def show(request: aioweb.Request) -> aioweb.Response:
    return await _show(request, forms.Form())


async def _show(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    officer(request)
    async with node_of(request).reading() as work:
        rules = await doors.rules(work)
    return page(request, "office/agreements.html", status=status, rules=rules, form=form)


@routes.post(HERE)
async def revise(request: aioweb.Request) -> aioweb.Response:
    admin(request)
    form = await forms.read(request)
    mode = form.choice("mode", ("open", "agreed"))
    is_secure = form.ticked_box("secure")
    if not form.valid:
        return await _show(request, form, status=422)
    async with node_of(request).writing() as work:
        await doors.set_rules(work, keeps_to_list=mode == "agreed", is_secure=is_secure)
    return said(HERE, N_("Saved."))


@routes.post(f"{HERE}/add")
async def agree(request: aioweb.Request) -> aioweb.Response:
    admin(request)
    form = await forms.read(request)
    host = form.text("host", most=300, missing=N_("Give the address of a place, such as loud.example."))
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                kept = await doors.agree(work, host)
            return said(HERE, Message(N_("%(host)s is on the list."), {"host": kept}))
    return await _show(request, form, status=422)


@routes.post(f"{HERE}/remove")
async def disagree(request: aioweb.Request) -> aioweb.Response:
    admin(request)
    form = await forms.read(request)
    host = form.data.get("host", "")[:300]
    async with node_of(request).writing() as work:
        await doors.disagree(work, host)
    return said(HERE, Message(N_("%(host)s is no longer on the list."), {"host": host}))


@routes.post(r"/office/peers/{host:[^/]+}/limit")
async def limit(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    host = request.match_info["host"]
    async with node_of(request).writing() as work:
        await doors.limit(work, host)
    return said(
        f"/office/peers/{host}", Message(N_("People of %(host)s are shown only to who follows them."), {"host": host}),
        undo=f"/office/peers/{host}/unlimit",
    )  # fmt: skip


@routes.post(r"/office/peers/{host:[^/]+}/unlimit")
async def unlimit(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    host = request.match_info["host"]
    async with node_of(request).writing() as work:
        await doors.unlimit(work, host)
    return said(
        f"/office/peers/{host}", Message(N_("People of %(host)s are shown to everybody again."), {"host": host})
    )


# lists


@routes.post(f"{HERE}/close")
async def close(request: aioweb.Request) -> aioweb.Response:
    """The door to a place is closed, also one that we never met."""
    admin(request)
    form = await forms.read(request)
    host = form.text("closed_host", most=300, missing=N_("Give the address of a place, such as loud.example."))
    reason = form.text("reason", most=300, missing=N_("Say why, so that the next officer knows."))
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                kept = await doors.close(work, host, reason)
            return said(
                f"/office/peers/{kept}", Message(N_("The door to %(host)s is closed."), {"host": kept}),
                undo=f"/office/peers/{kept}/open",
            )  # fmt: skip
    return await _show(request, form, status=422)


@routes.post(f"{HERE}/import")
@forms.accepts(FILE)
async def take(request: aioweb.Request) -> aioweb.Response:
    admin(request)
    form = await forms.read(request)
    which = form.choice("which", ("closed", "agreed"))
    files = form.uploads("file", most=1)
    if not files:
        form.wrong("file", N_("Choose a file first."))
    if form.valid:
        text = files[0].content.decode("utf-8", errors="replace")
        with form.attempt():
            async with node_of(request).writing() as work:
                if which == "agreed":
                    count = await doors.take_agreed(work, text)
                    words = Message(N_("%(count)s new on the list of those we agree with."), {"count": count})
                else:
                    found = await doors.take_list(work, text)
                    words = Message(
                        N_("%(closed)s doors closed, %(limited)s limited, %(unread)s lines not understood."),
                        {"closed": found.closed, "limited": found.limited, "unread": found.unread},
                    )
            return said(HERE, words)
    return await _show(request, form, status=422)


@routes.get(f"{HERE}/closed.csv")
async def write_closed(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    async with node_of(request).reading() as work:
        return _file(await doors.write_list(work), "closed-doors.csv")


@routes.get(f"{HERE}/agreed.csv")
async def write_agreed(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    async with node_of(request).reading() as work:
        return _file(await doors.write_agreed(work), "agreed.csv")


def _file(text: str, name: str) -> aioweb.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return aioweb.Response(text=text, content_type="text/csv", charset="utf-8", headers=headers)
