"""Test offers: each visitor sees one of two variants, and reserves with one press or by a link from elsewhere."""

import aiohttp.web as aioweb

from node import markdown
from node.accounts import throttle
from node.actors import queries as actors
from node.errors import TooMany
from node.listings.rules import CATEGORIES
from node.money import CURRENCIES
from node.studies import service as studies
from node.trials import queries, rules, service
from node.trials.queries import TrialView
from node.trials.service import Draft, Variant
from node.words import N_
from web import forms, links
from web.addresses import database_key
from web.context import address_of, node_of, reader
from web.rendering import page, said
from web.sessions import member, visitor

routes = aioweb.RouteTableDef()


@routes.get("/tests/new")
async def new(request: aioweb.Request) -> aioweb.Response:
    member(request)
    return _new(request, forms.Form())


@routes.post("/tests/new")
async def publish(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    idea = form.data.get("idea", "")
    name = form.text("name", most=120, missing=N_("Give it a name."))
    currency = form.choice("currency", CURRENCIES)
    variants = [
        Variant(
            form.text(f"title_{letter}", most=200, required=False),
            form.long_text(f"text_{letter}", most=5000, required=False),
            form.money(f"price_{letter}", currency or "EUR", required=False),
        )
        for letter in "ab"
    ]
    quantity = form.whole("quantity", least=1, most=rules.MOST)
    category = form.choice("category", CATEGORIES)
    ends_at = form.end_of_day("ends_at", reader().zone)
    if form.valid and quantity is not None and ends_at is not None:
        with form.attempt():
            async with node_of(request).writing() as work:
                me = await actors.by_id(work, viewer.actor_id)
                assert me is not None
                trial = await service.publish(
                    work,
                    me,
                    Draft(
                        name=name,
                        variants=(variants[0], variants[1]),
                        quantity=quantity,
                        ends_at=ends_at,
                        currency=currency,
                        category=category,
                        idea_id=database_key(idea) if idea else None,
                        language=reader().language,
                    ),
                )
                path = f"/tests/{trial.post_id}"
            return said(path, N_("Your test is on the table. Half of those who look see each variant."))
    return _new(request, form, status=422)


@routes.get(r"/tests/{id:\d+}")
async def show(request: aioweb.Request) -> aioweb.Response:
    return await _show(request, forms.Form())


@routes.post(r"/tests/{id:\d+}/reserve")
async def reserve(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    id = database_key(request.match_info["id"])
    with form.attempt():
        async with node_of(request).writing() as work:
            me = await actors.by_id(work, viewer.actor_id)
            assert me is not None
            await service.reserve(work, me, id)
        return said(f"/tests/{id}", N_("Reserved. You will hear what comes of it."))
    return await _show(request, form, status=422)


@routes.post(r"/tests/{id:\d+}/link")
async def ask_for_link(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        await queries.one(work, None, id)
    if await links.send(request, form, lambda work, guest_id: service.invite(work, id, guest_id)):
        return said(f"/tests/{id}", N_("Look at your private messages: the link is there."))
    return await _show(request, form, status=422)


@routes.get("/tests/by-link/{token:[A-Za-z0-9_-]{20,60}}")
async def show_link(request: aioweb.Request) -> aioweb.Response:
    return await _linked(request, forms.Form())


@routes.post("/tests/by-link/{token:[A-Za-z0-9_-]{20,60}}")
async def reserve_by_link(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    with form.attempt():
        async with node_of(request).writing() as work:
            id, guest = await studies.open_link(work, "trial", request.match_info["token"])
            await service.reserve(work, guest, id)
        return links.hidden(said(request.path, N_("Reserved. You will hear what comes of it.")))
    return await _linked(request, form, status=422)


@routes.post(r"/tests/{id:\d+}/offer")
async def offer(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    id = database_key(request.match_info["id"])
    variant = form.choice("variant", ("a", "b"), otherwise="a")
    async with node_of(request).writing() as work:
        me = await actors.by_id(work, viewer.actor_id)
        assert me is not None
        post = await service.offer(work, me, id, variant)
        path = f"/posts/{post.id}"
    return said(path, N_("It is an offer now, for everybody to see."))


@routes.post(r"/tests/{id:\d+}/close")
async def close(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        me = await actors.by_id(work, viewer.actor_id)
        assert me is not None
        await service.close(work, me, id)
    return said(f"/tests/{id}", N_("Closed."))


# inside


def _new(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    return page(
        request,
        "tests/new.html",
        status=status,
        form=form,
        currencies=CURRENCIES,
        categories=CATEGORIES,
        idea=form.data.get("idea", "") or request.query.get("idea", ""),
    )


async def _show(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = visitor(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        trial = await queries.one(work, viewer.actor_id if viewer else None, id)
        me = await actors.by_id(work, viewer.actor_id) if viewer else None
    letter = "a"
    if not trial.is_own:
        who = me.uri if me is not None else reader().secret
        letter = await _visit(request, id, who, me.host if me is not None else "", is_known=me is not None)
    return _page(request, trial, form, letter, f"/tests/{id}/reserve", status)


async def _visit(request: aioweb.Request, id: int, who: str, host: str, *, is_known: bool) -> str:
    """The variant of a visitor. Of strangers without a log-in only so many count from one place."""
    node = node_of(request)
    try:
        if not is_known:
            throttle.count(node.config, throttle.PER_NETWORK, "visit", throttle.network(address_of(request)))
    except TooMany:
        async with node.reading() as work:
            return await service.glance(work, id, who)
    async with node.writing() as work:
        return await service.visit(work, id, who, host)


async def _linked(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    async with node_of(request).writing() as work:
        id, guest = await studies.open_link(work, "trial", request.match_info["token"])
        letter = await service.visit(work, id, guest.uri, guest.host)
        trial = await queries.one(work, guest.id, id)
    return links.hidden(_page(request, trial, form, letter, request.path, status, guest.handle))


def _page(
    request: aioweb.Request,
    trial: TrialView,
    form: forms.Form,
    letter: str,
    action: str,
    status: int,
    guest: str = "",
) -> aioweb.Response:
    tag = node_of(request).uris.tag
    return page(
        request,
        "tests/show.html",
        status=status,
        trial=trial,
        seen=trial.variant(letter),
        html=markdown.render(trial.variant(letter).text, {}, tag).html,
        form=form,
        action=action,
        guest=guest,
    )
