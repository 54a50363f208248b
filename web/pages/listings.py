"""Offers and asks: found by filters, shown, put up, changed, sold and taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import aiohttp.web as aioweb

from node.actors import queries as actors
from node.circles import queries as circles
from node.directed import queries as directed_queries
from node.errors import NotFound
from node.etiquette import code
from node.faces import Face, face
from node.listings import queries, rules, searches, service
from node.listings.lineage import chain
from node.listings.queries import Filter, ListingView
from node.listings.service import Draft
from node.markdown import plain
from node.members import queries as members
from node.money import CURRENCIES, Money
from node.posts import queries as posts
from node.posts.queries import Thread
from node.words import N_, Message
from node.work import Reading
from web import forms, listing_fields, pictures
from web.addresses import Asked, database_key
from web.context import house_of, node_of, reader
from web.hosts import HostCard, host_card
from web.pages.feed import cursor, listings_in
from web.rendering import page, said
from web.sessions import member, visitor

routes = aioweb.RouteTableDef()


@routes.get("/listings")
async def index(request: aioweb.Request) -> aioweb.Response:
    viewer = visitor(request)
    viewer_id = viewer.actor_id if viewer else None
    asked = request.query
    looked_for = searches.read(asked)
    wanted = replace(
        searches.filter_of(looked_for),
        author_id=viewer_id if viewer_id is not None and asked.get("mine") == "yes" else None,
        only_open=asked.get("over") != "yes",
        with_directed=asked.get("mine") == "yes",
    )
    before = cursor(request)
    async with node_of(request).reading() as work:
        found = await queries.newest(work, viewer_id, wanted, before=before)
        total = await queries.count(work, viewer_id, wanted)
        associations = await queries.associations(work)
        present = await queries.industries_here(work)
    if wanted.industry and wanted.industry not in present:
        present.append(wanted.industry)
    kept = {name: value for name, value in asked.items() if name != "before" and value}
    return page(
        request,
        "listings/index.html",
        found=found,
        total=total,
        wanted=wanted,
        associations=associations,
        present=present,
        looked_for=looked_for,
        address=Asked("/listings", kept),
        is_filtered=bool(looked_for.keys() - {"purpose"}),
        before=before,
        older=found[-1].id if len(found) == queries.PAGE else None,
        categories=rules.CATEGORIES,
        terms=rules.TERMS,
        deliveries=rules.DELIVERIES,
        is_mine=wanted.author_id is not None,
    )


def _one_of(value: str, allowed: object) -> str:
    return value if value in allowed else ""  # type: ignore[operator]


async def show(request: aioweb.Request, work: Reading, thread: Thread) -> aioweb.Response:
    """The page of one listing. Called by the page of posts, which both live under the same addresses."""
    viewer = visitor(request)
    viewer_id = viewer.actor_id if viewer else None
    listing = (await queries.views(work, viewer_id, [thread.post.id], with_details=True))[0]  # the post was read
    is_directed = viewer_id is not None and listing.visibility == "direct"
    further = await queries.newest(work, viewer_id, Filter(author_id=listing.author.id), limit=4)
    return page(
        request,
        "listings/show.html",
        of=listing.uri if listing.author.is_local else "",
        listing=listing,
        thread=thread,
        cards=await listings_in(work, viewer_id, list(thread.after)),
        directed=await directed_queries.of_post(work, viewer_id or 0, listing.id) if is_directed else None,
        lineage=await chain(work, viewer_id, listing.id),
        further=[other for other in further if other.id != listing.id][:3],
        deliveries=rules.DELIVERIES,
        everywhere=rules.EVERYWHERE,
        form=forms.Form(),
    )


# putting up and changing


@routes.get("/listings/new")
async def new(request: aioweb.Request) -> aioweb.Response:
    """``born_of`` a post; ``now`` filled in from it. ``to`` one person, or whoever asked for what it ``answers``."""
    asked = request.query
    source = await _source(request, asked.get("born_of", ""))
    host = await _host(request, asked.get("to", ""), asked.get("answers", ""))
    purpose = _one_of(asked.get("purpose", ""), rules.PURPOSES) or ("request" if source and not host else "offer")
    ends = reader().now + rules.RUNS_FOR
    values: dict[str, object] = {"purpose": purpose, "expires_at": ends.astimezone(reader().zone).date().isoformat()}
    async with node_of(request).reading() as work:
        author = await actors.by_id(work, member(request).actor_id)
    values["industry"] = author.industry if author is not None else ""
    if host is not None:
        values |= {"terms": "barter" if host.answers is None else "open"}
    if source is not None and asked.get("now") == "yes":
        values |= await _filled_in(request, source) | {"terms": "open"}
    places = await _places(request)
    return _form(request, forms.Form(), "listings/new.html", values, source=source, host=host, places=places)


@routes.post("/listings/new")
@forms.accepts(pictures.FORM_BYTES)
async def publish(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    source = await _source(request, form.data.get("born_of", ""))
    host = await _host(request, form.data.get("to", ""), form.data.get("answers", ""))
    draft, chosen = await _draft(request, form, None, source)
    if draft is not None and host is not None:
        answers_id = host.answers.id if host.answers is not None else None
        draft = replace(draft, to_id=host.face.id, answers_id=answers_id, circle_id=None)
    if draft is not None:
        with form.attempt():
            async with node_of(request).writing() as work:
                author = await actors.by_id(work, viewer.actor_id)
                assert author is not None
                post = await service.publish(work, author, draft)
            words: Message | str = N_("It is on the table, here and at other associations.")
            if host is not None:
                words = Message(N_("It is on its way to %(name)s."), {"name": host.face.name})
            return said(f"/@{viewer.username}/{post.id}", words)
    places = await _places(request)
    return _form(
        request, form, "listings/new.html", {}, source=source, host=host, chosen=chosen, status=422, places=places
    )


@routes.get(r"/listings/{id:\d+}/edit")
async def edit(request: aioweb.Request) -> aioweb.Response:
    listing = await _own(request)
    return _form(request, forms.Form(), "listings/edit.html", _values(listing), listing=listing)


@routes.post(r"/listings/{id:\d+}/edit")
@forms.accepts(pictures.FORM_BYTES)
async def revise(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    listing = await _own(request)
    form = await forms.read(request)
    draft, chosen = await _draft(request, form, listing, None)
    if draft is not None:
        with form.attempt():
            async with node_of(request).writing() as work:
                author = await actors.by_id(work, viewer.actor_id)
                assert author is not None
                await service.revise(work, author, listing.id, draft)
            return said(listing.path, N_("Changed, here and wherever it went."))
    return _form(request, form, "listings/edit.html", {}, listing=listing, chosen=chosen, status=422)


@routes.post(r"/listings/{id:\d+}/sold")
async def sold(request: aioweb.Request) -> aioweb.Response:
    listing = await _own(request)
    async with node_of(request).writing() as work:
        author = await actors.by_id(work, listing.author.id)
        assert author is not None
        await service.mark_sold(work, author, listing.id)
    words = N_("Marked as gone.") if listing.purpose == "offer" else N_("Marked as found.")
    return said(listing.path, words, undo=f"/listings/{listing.id}/reopen")


@routes.post(r"/listings/{id:\d+}/reopen")
async def reopen(request: aioweb.Request) -> aioweb.Response:
    listing = await _own(request)
    async with node_of(request).writing() as work:
        author = await actors.by_id(work, listing.author.id)
        assert author is not None
        await service.reopen(work, author, listing.id)
    return said(listing.path, N_("It is open again."))


@routes.post(r"/listings/{id:\d+}/extend")
async def extend(request: aioweb.Request) -> aioweb.Response:
    listing = await _own(request)
    async with node_of(request).writing() as work:
        author = await actors.by_id(work, listing.author.id)
        assert author is not None
        await service.extend(work, author, listing.id)
    return said(listing.path, N_("It runs on."))


@routes.get(r"/listings/{id:\d+}/withdraw")
async def ask_withdraw(request: aioweb.Request) -> aioweb.Response:
    return page(request, "listings/withdraw.html", listing=await _own(request))


@routes.post(r"/listings/{id:\d+}/withdraw")
async def withdraw(request: aioweb.Request) -> aioweb.Response:
    listing = await _own(request)
    async with node_of(request).writing() as work:
        author = await actors.by_id(work, listing.author.id)
        assert author is not None
        await service.withdraw(work, author, listing.id)
    return said("/listings?mine=yes", N_("Withdrawn, here and wherever it went."))


async def _own(request: aioweb.Request) -> ListingView:
    viewer = member(request)
    async with node_of(request).reading() as work:
        listing = await queries.one(work, viewer.actor_id, database_key(request.match_info["id"]))
    if not listing.is_own:
        raise NotFound
    return listing


async def _source(request: aioweb.Request, key: str) -> posts.PostView | None:
    """The post from which a listing begins; one that cannot be read any more is left out."""
    viewer = member(request)
    if not key:
        return None
    async with node_of(request).reading() as work:
        found = await posts.views(work, viewer.actor_id, [database_key(key)])
    return found[0] if found else None


async def _filled_in(request: aioweb.Request, source: posts.PostView) -> dict[str, object]:
    """What a listing can take over from the post it begins in: its first words, its text, the answer most chose."""
    text = plain(source.content, rules.TEXT_LIMIT)
    if source.is_own:
        async with node_of(request).reading() as work:
            text = (await posts.editable(work, member(request).actor_id, source.id)).text or text
    title = source.title or next((line for line in plain(source.content, 400).splitlines() if line.strip()), "")
    poll = source.extras.poll
    if poll is not None and poll.votes:
        title = max(poll.options, key=lambda option: option.votes).text
    title = " ".join(title.split())
    if len(title) > rules.TITLE_LIMIT:
        title = title[: rules.TITLE_LIMIT - 1].rsplit(" ", 1)[0] + "…"
    return {"title": title, "text": text[: rules.TEXT_LIMIT], "lens": "business"}


@dataclass(frozen=True, slots=True)
class _Host:
    """To whom alone an offer goes, and what the form says about it."""

    face: Face
    card: HostCard | None
    asks: tuple[ListingView, ...]
    answers: ListingView | None
    left: directed_queries.Left


async def _host(request: aioweb.Request, to: str, answers: str) -> _Host | None:
    """None for what is for everybody."""
    viewer = member(request)
    if not to and not answers:
        return None
    code.require(viewer.etiquette_version)
    async with node_of(request).reading() as work:
        ask = await queries.one(work, viewer.actor_id, database_key(answers)) if answers else None
        host_id = database_key(to) if to else ask.author.id if ask else 0
        found = await face(work, host_id)
        if found is None or found.is_gone or host_id == viewer.actor_id or (ask and ask.author.id != host_id):
            raise NotFound
        card = await members.host_card(work, host_id)
        keys = await directed_queries.open_asks(work, viewer.actor_id, host_id)
        keys = list(dict.fromkeys([*([ask.id] if ask else []), *keys]))
        asks = await queries.views(work, viewer.actor_id, keys)
        left = await directed_queries.left(work, viewer.actor_id)
    return _Host(found, host_card(card) if card else None, tuple(asks), ask, left)


async def _draft(
    request: aioweb.Request, form: forms.Form, listing: ListingView | None, source: posts.PostView | None
) -> tuple[Draft | None, pictures.Chosen]:
    terms = form.choice("terms", rules.TERMS, otherwise="open")
    if terms == "price" and form.data.get("purpose") == "request" and not form.data.get("price", "").strip():
        terms = "open"  # who asks need not know what it costs
    currency = form.choice("currency", _currencies(request, listing), otherwise="EUR", required=terms == "price")
    minor = form.money("price", currency, required=False) if terms == "price" else None
    values = {
        "purpose": form.choice("purpose", rules.PURPOSES, otherwise="offer"),
        "title": form.text("title", most=rules.TITLE_LIMIT, missing=N_("Give it a name, as on a card in a window.")),
        "text": form.long_text("text", most=rules.TEXT_LIMIT, required=False),
        "category": form.choice("category", rules.CATEGORIES, otherwise="goods"),
        "terms": terms,
        "price": Money(minor, currency) if minor is not None else None,
        "is_negotiable": form.ticked_box("is_negotiable"),
        "barter": form.text("barter", most=300, required=False),
        "unit": form.text("unit", most=30, required=False) or "one",
        "quantity": form.decimal("quantity"),
        "minimum": listing.minimum if listing is not None else None,
        "place": form.text("place", most=200, required=False),
        "expires_at": _end(form),
        "is_recruitment_based": form.ticked_box("is_recruitment_based"),
        "lens": form.choice("lens", ("business", "social", "both"), required=False, otherwise="business"),
        "language": reader().language if listing is None else listing.language,
        "born_of_id": source.id if source else None,
        "circle_id": database_key(form.data["circle"]) if listing is None and form.data.get("circle") else None,
    } | listing_fields.read(form, currency)
    chosen = await pictures.take(request, form, listing.id if listing else None)
    if "price" in form.errors or not form.valid:
        return None, chosen
    return Draft(**values, pictures=chosen.attached), chosen  # type: ignore[arg-type]


def _end(form: forms.Form) -> datetime | None:
    return form.end_of_day("expires_at", reader().zone, required=False)


def _values(listing: ListingView) -> dict[str, object]:
    """A listing as its form wants it."""
    ends = listing.expires_at.astimezone(reader().zone).date().isoformat() if listing.expires_at else ""
    price = str(Money(listing.price, listing.currency).major) if listing.price is not None and listing.currency else ""
    return {
        "purpose": listing.purpose,
        "title": listing.title,
        "text": listing.source,
        "category": listing.category,
        "terms": listing.terms,
        "price": price.removesuffix(".00"),
        "currency": listing.currency or "",
        "is_negotiable": listing.is_negotiable,
        "barter": listing.barter,
        "unit": "" if listing.unit == "one" else listing.unit,
        "quantity": format(listing.quantity.normalize(), "f") if listing.quantity is not None else "",
        "place": listing.place,
        "expires_at": ends,
        "is_recruitment_based": listing.is_recruitment_based,
        "lens": listing.lens,
    }


def _currencies(request: aioweb.Request, listing: ListingView | None) -> tuple[str, ...]:
    """The association's own first, then what the form offers, then what a listing has already."""
    own = house_of(request).currency
    more = (listing.currency,) if listing and listing.currency else ()
    return tuple(dict.fromkeys((own, *CURRENCIES, *more)))


def _form(
    request: aioweb.Request,
    form: forms.Form,
    template: str,
    values: dict[str, object],
    *,
    source: posts.PostView | None = None,
    host: _Host | None = None,
    listing: ListingView | None = None,
    chosen: pictures.Chosen | None = None,
    status: int = 200,
    places: Sequence[tuple[int, str]] = (),
) -> aioweb.Response:
    empty: dict[str, object] = dict.fromkeys(
        ("purpose", "title", "text", "price", "currency", "barter", "unit", "quantity", "place", "expires_at"), ""
    )
    is_ask = values.get("purpose") == "request"
    empty |= {"category": "goods", "terms": "open" if is_ask else "price", "lens": "business"}
    empty |= {"is_negotiable": False, "is_recruitment_based": False} | listing_fields.values(listing)
    return page(
        request,
        template,
        status=status,
        form=form,
        values=empty | values,
        source=source,
        host=host,
        is_directed=host is not None or (listing is not None and listing.visibility == "direct"),
        listing=listing,
        pictures=chosen.views if chosen else listing.pictures if listing else (),
        categories=rules.CATEGORIES,
        terms=rules.TERMS,
        deliveries=rules.DELIVERIES,
        areas=rules.AREAS,
        everywhere=rules.EVERYWHERE,
        rows=listing_fields.rows(form, listing),
        currencies=_currencies(request, listing),
        circles=places,
        circle=next((id for id, _ in places if str(id) == request.query.get("circle", "")), None),
    )


async def _places(request: aioweb.Request) -> list[tuple[int, str]]:
    """The circles in which something can be begun."""
    async with node_of(request).reading() as work:
        return await circles.choices(work, member(request).actor_id)
