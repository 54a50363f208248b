"""A member changes their page: pictures, the person face, the business face, and who sees each line."""

import aiohttp.web as aioweb

from node.errors import Invalid
from node.media import service as media
from node.members import fields, queries, service
from node.members.service import Entry
from node.words import N_
from web import forms
from web.context import node_of
from web.rendering import page, said
from web.sessions import member

routes = aioweb.RouteTableDef()

PICTURES = 24 * forms.MIB


@routes.get("/settings/profile")
async def edit(request: aioweb.Request) -> aioweb.Response:
    return await _page(request, forms.Form(), forms.Form())


@routes.post("/settings/profile")
async def revise(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    name = form.text("name", most=200, missing=N_("What should people call you?"))
    entries = {
        kind.name: Entry(
            form.long_text(kind.name, most=kind.most, required=False),
            form.choice(f"{kind.name}_seen_by", fields.VISIBILITIES, otherwise=kind.usually),
        )
        for kind in fields.FIELDS
    }
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                await service.revise_profile(
                    work,
                    viewer.actor_id,
                    name=name,
                    entries=entries,
                    is_discoverable=form.ticked_box("discoverable"),
                    approves_followers=form.ticked_box("approves"),
                )
            return said(f"/@{viewer.username}", N_("Saved. This is how others see your page."))
    return await _page(request, form, forms.Form(), status=422)


@routes.post("/settings/profile/pictures")
@forms.accepts(PICTURES)
async def pictures(request: aioweb.Request) -> aioweb.Response:
    """Portrait and wide picture, each kept, replaced or taken away."""
    viewer = member(request)
    node = node_of(request)
    form = await forms.read(request)
    chosen = {purpose: form.uploads(purpose, most=1) for purpose in ("avatar", "header")}
    if form.valid:
        with form.attempt():
            for purpose, uploads in chosen.items():
                if uploads:
                    try:
                        stored = await media.store(node, viewer.actor_id, uploads[0].content, purpose)
                    except Invalid as error:
                        raise Invalid({purpose: error.fields["picture"]}) from error
                    digest: str | None = stored.digest
                elif form.ticked_box(f"no_{purpose}"):
                    digest = None
                else:
                    continue
                async with node.writing() as work:
                    await service.show_picture(work, viewer.actor_id, purpose, digest)
            return said("/settings/profile", N_("Saved."))
    return await _page(request, forms.Form(), form, status=422)


async def _page(
    request: aioweb.Request, form: forms.Form, picture_form: forms.Form, status: int = 200
) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        profile = await queries.profile(work, viewer.actor_id, viewer.actor_id)
        lines = await queries.lines_of(work, viewer.actor_id)
        choices = await queries.choices(work, viewer.actor_id)
    return page(
        request,
        "own_profile/edit.html",
        status=status,
        form=form,
        picture_form=picture_form,
        profile=profile,
        lines=lines,
        choices=choices,
        faces={
            face: [kind for kind in fields.FIELDS if kind.face == face] for face in (fields.PERSON, fields.BUSINESS)
        },
        visibilities=list(fields.VISIBILITIES.items()),
    )
