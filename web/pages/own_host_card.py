"""A member says how they like to be approached: opening, languages, hours, what to ask and what to leave."""

import aiohttp.web as aioweb
from babel.dates import get_day_names

from node import zones
from node.members import queries, service
from node.members.service import Card
from node.words import N_
from web import forms
from web.context import node_of, reader
from web.hosts import host_card
from web.rendering import language_name, page, said
from web.sessions import member

routes = aioweb.RouteTableDef()

LANGUAGES = ("en", "fr", "de", "es", "it", "nl", "pt", "pl", "sv", "da", "fi", "cs", "ro", "el", "tr", "ar", "uk", "ru",
             "zh", "ja")  # fmt: skip
SPANS = 3


@routes.get("/settings/host-card")
async def edit(request: aioweb.Request) -> aioweb.Response:
    return await _page(request, forms.Form())


@routes.post("/settings/host-card")
async def revise(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    card = Card(
        opens_with=form.choice("opens_with", service.OPENS, otherwise="either"),
        languages=form.choices("languages", LANGUAGES) + form.items("more_languages", most=6, longest=12),
        hours=_hours(form),
        days=[int(day) for day in form.choices("days", [str(day) for day in range(1, 8)])],
        time_zone=form.text("time_zone", most=60, missing=N_("Choose a time zone from the list.")),
        ask_me_about=form.items("ask_me_about", most=12, longest=100),
        please_dont=form.items("please_dont", most=12, longest=100),
        pace=form.text("pace", most=200, required=False),
    )
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                await service.revise_host_card(work, viewer.actor_id, card)
            return said("/settings/host-card", N_("Saved. People see this before they write to you."))
    return await _page(request, form, status=422)


def _hours(form: forms.Form) -> list[tuple[str, str]]:
    """The stretches that were filled in; half of one is an error."""
    found = []
    for number in range(1, SPANS + 1):
        start = form.text(f"from{number}", most=5, required=False)
        end = form.text(f"until{number}", most=5, required=False)
        if bool(start) != bool(end):
            form.wrong("hours", N_("Give both times of a stretch, or neither."))
        elif start:
            found.append((start, end))
    return found


async def _page(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        card = await queries.host_card(work, viewer.actor_id)
        profile = await queries.profile(work, viewer.actor_id, viewer.actor_id)
    names = get_day_names("wide", locale=reader().locale)
    return page(
        request,
        "own_host_card/edit.html",
        status=status,
        form=form,
        card=card,
        shown=host_card(card) if card else None,
        profile=profile,
        opens=list(service.OPENS.items()),
        languages=sorted(((code, language_name(code)) for code in LANGUAGES), key=lambda pair: pair[1].casefold()),
        more_languages=[code for code in (card.languages if card else ()) if code not in LANGUAGES],
        days=[(str(day), names[day - 1]) for day in range(1, 8)],
        spans=range(1, SPANS + 1),
        zones=sorted(zone for zone in zones.names() if "/" in zone and not zone.startswith("Etc/")),
    )
