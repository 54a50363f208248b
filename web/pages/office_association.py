"""The office dresses the house: name, words, colours, pictures, languages, and who may come in."""

import aiohttp.web as aioweb

from node import zones
from node.associations import service
from node.associations.service import Changes
from node.errors import Invalid
from node.etiquette import weekly_allowance
from node.media import service as media
from node.words import N_
from node.work import Reading
from web import forms
from web.context import node_of
from web.pages.own_profile import PICTURES
from web.rendering import own_language_name, page, said
from web.renewal import renew
from web.sessions import officer
from web.translations import languages

routes = aioweb.RouteTableDef()

POLICIES = {
    "refuse": N_("Nobody here can put them up; those from elsewhere are kept and not shown"),
    "hide": N_("They are kept and not shown"),
    "show": N_("They are shown"),
}


@routes.get("/office/association")
async def edit(request: aioweb.Request) -> aioweb.Response:
    return await _page(request, forms.Form())


@routes.post("/office/association")
@forms.accepts(PICTURES)
async def revise(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    node = node_of(request)
    form = await forms.read(request)
    changes = Changes(
        name=form.text("name", most=200, missing=N_("Your association needs a name.")),
        tagline=form.text("tagline", most=300, required=False),
        about=form.long_text("about", most=6000, required=False),
        place=form.text("place", most=200, required=False),
        contact_email=form.text("contact_email", most=254, required=False),
        languages=tuple(form.choices("languages", languages())),
        time_zone=form.text("time_zone", most=60, missing=N_("Choose a time zone from the list.")),
        currency=form.text("currency", most=3, missing=N_("Give a currency, such as EUR.")).upper(),
        accent=form.text("accent", most=7, required=False).lower(),
        is_open_to_applications=form.ticked_box("open"),
        recruitment_policy=form.choice("recruitment", POLICIES, otherwise="refuse"),
        offers_a_week=form.whole("offers_a_week", least=0, most=weekly_allowance.MOST),
        shows_previews=form.ticked_box("previews"),
    )
    chosen = {purpose: form.uploads(purpose, most=1) for purpose in ("logo", "header")}
    if form.valid:
        with form.attempt():
            digests = await _store(request, form, chosen)
            async with node.writing() as work:
                await service.revise(work, changes)
                for purpose, digest in digests.items():
                    await service.show_picture(work, purpose, digest)
            return said("/office/association", N_("Saved. The house shows it already."))
    return await _page(request, form, status=422)


@routes.post("/office/association/keys")
async def new_keys(request: aioweb.Request) -> aioweb.Response:
    """Of the association itself, whose members' keys have pages of their own."""
    officer(request)

    async def of_office(work: Reading) -> int:
        return (await service.office(work)).id

    return await renew(request, of_office, "/office/association")


async def _store(
    request: aioweb.Request, form: forms.Form, chosen: dict[str, list[forms.Upload]]
) -> dict[str, str | None]:
    """The pictures that change, by purpose."""
    node = node_of(request)
    digests: dict[str, str | None] = {}
    async with node.reading() as work:
        office = await service.office(work)
    for purpose, uploads in chosen.items():
        if uploads:
            try:
                digests[purpose] = (await media.store(node, office.id, uploads[0].content, purpose)).digest
            except Invalid as error:
                raise Invalid({purpose: error.fields["picture"]}) from error
        elif form.ticked_box(f"no_{purpose}"):
            digests[purpose] = None
    return digests


async def _page(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    officer(request)
    async with node_of(request).reading() as work:
        found = await service.house(work)
    return page(
        request,
        "office/association.html",
        status=status,
        form=form,
        found=found,
        languages=[(code, own_language_name(code)) for code in languages()],
        zones=sorted(zone for zone in zones.names() if "/" in zone and not zone.startswith("Etc/")),
        policies=list(POLICIES.items()),
    )
