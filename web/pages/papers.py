"""Invoices, credit notes and receipts: for their two parties, as PDF; the list for bookkeeping; what stands on them."""

import re
from dataclasses import replace

import aiohttp.web as aioweb

from federation.context import FEDERATION, signer_of
from federation.errors import BadSignature, PeerGone, Refused, Unreachable
from federation.papers import file_of
from node.errors import Forbidden, NotFound
from node.papers import bookkeeping, epc, letterheads, queries, service, words
from node.papers.letterheads import Details
from node.words import N_
from web import forms, links, papers
from web.addresses import database_key
from web.context import node_of, reader
from web.rendering import page, said
from web.sessions import member, visitor

routes = aioweb.RouteTableDef()


# the list


@routes.get("/papers")
async def index(request: aioweb.Request) -> aioweb.Response:
    """A member's papers of a year, the current one unless another is asked for."""
    viewer = member(request)
    async with node_of(request).reading() as work:
        years = await queries.years(work, viewer.actor_id)
        asked = request.query.get("year", "")
        year = int(asked) if re.fullmatch(r"2\d{3}", asked) else years[0] if years else work.now.year
        entries = await queries.of_year(work, viewer.actor_id, year)
        is_ready = await letterheads.is_ready(work, viewer.actor_id)
    return page(request, "papers/index.html", years=years, year=year, entries=entries, is_ready=is_ready)


@routes.get(r"/papers/{year:2\d{3}}.csv")
async def table(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    year = int(request.match_info["year"])
    async with node_of(request).reading() as work:
        entries = await queries.of_year(work, viewer.actor_id, year)
    return aioweb.Response(
        text="\ufeff" + bookkeeping.table(entries),  # by the mark spreadsheets know that it is UTF-8
        content_type="text/csv",
        charset="utf-8",
        headers={**papers.PRIVATE, "Content-Disposition": f'attachment; filename="papers-{year}.csv"'},
    )


# one paper


@routes.get(r"/papers/{id:\d{10,19}}")
async def show(request: aioweb.Request) -> aioweb.Response:
    """What a paper says, in the reader's language."""
    viewer = member(request)
    async with node_of(request).reading() as work:
        paper = await queries.one(work, database_key(request.match_info["id"]), viewer.actor_id, reader().language)
    return page(request, "papers/show.html", paper=paper)


@routes.get(r"/papers/{id:\d{10,19}}.pdf")
async def pdf(request: aioweb.Request) -> aioweb.StreamResponse:
    """The PDF: for the member who is a party, by session, or for the party elsewhere, by signature."""
    paper_id = database_key(request.match_info["id"])
    reader_id = await _reader_id(request)
    async with node_of(request).reading() as work:
        paper = await queries.one(work, paper_id, reader_id)
    return await papers.pdf(request, paper.id, paper.kind, paper.number)


@routes.get(r"/papers/{id:\d{10,19}}/code.svg")
async def code(request: aioweb.Request) -> aioweb.Response:
    """The code for a bank's app, for the pay box of a page."""
    viewer = member(request)
    async with node_of(request).reading() as work:
        paper = await queries.for_party(work, database_key(request.match_info["id"]), viewer.actor_id)
        if not epc.is_possible(paper.facts):
            raise NotFound
        facts = paper.facts
    return aioweb.Response(body=epc.svg(facts), content_type="image/svg+xml", headers=papers.PRIVATE)


async def _reader_id(request: aioweb.Request) -> int | None:
    """Who is asking: a member here, or an actor elsewhere who signed."""
    viewer = visitor(request)
    if viewer is not None:
        return viewer.actor_id
    if "Signature" not in request.headers:
        return None
    try:
        return (await signer_of(request)).id
    except (BadSignature, Refused, Unreachable, PeerGone, Forbidden):
        return None


# who the next one is for


@routes.get(r"/papers/for/{id:\d{10,19}}")
async def show_heads(request: aioweb.Request) -> aioweb.Response:
    return await _heads(request, forms.Form())


@routes.post(r"/papers/for/{id:\d{10,19}}")
async def name_buyer(request: aioweb.Request) -> aioweb.Response:
    """The seller writes down who a buyer elsewhere is, who could not or did not say it."""
    viewer = member(request)
    deal_id = database_key(request.match_info["id"])
    form = await forms.read(request)
    typed = _typed(form, _ADDRESS)
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                await letterheads.name_buyer(work, viewer.actor_id, deal_id, typed)
            return said(f"/deals/{deal_id}", N_("Saved. It stands on the papers of this deal from now on."))
    return await _heads(request, form, status=422)


async def _heads(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = member(request)
    deal_id, language = database_key(request.match_info["id"]), reader().language
    async with node_of(request).reading() as work:
        heads = await queries.heads(work, viewer.actor_id, deal_id, language)
    return page(
        request,
        "papers/heads.html",
        status=status,
        form=form,
        heads=heads,
        deal_id=deal_id,
        countries=words.countries(language),
    )


# by link, for somebody without a node


@routes.get(r"/papers/by-link/{token:[A-Za-z0-9_-]{20,100}}")
async def show_link(request: aioweb.Request) -> aioweb.Response:
    """Looking does not use the link up: programs that preview links only look."""
    async with node_of(request).reading() as work:
        paper, link = await service.behind(work, request.match_info["token"])
        view = await queries.one(work, paper.id, paper.buyer_id, reader().language)
    view = replace(view, code_path="")  # the code is at an address for members; the PDF has it
    response = page(request, "papers/by_link.html", paper=view, until=link.expires_at)
    return links.hidden(response)


@routes.post(r"/papers/by-link/{token:[A-Za-z0-9_-]{20,100}}")
async def take_by_link(request: aioweb.Request) -> aioweb.StreamResponse:
    await forms.read(request)
    token = request.match_info["token"]
    node = node_of(request)
    async with node.reading() as work:
        paper, _ = await service.behind(work, token)
    # Printed first: a link must not be used up by a paper that could not be handed out.
    await file_of(node, request.app[FEDERATION].directory, paper.id)
    async with node.writing() as work:
        await service.spend(work, token)
    return await papers.pdf(request, paper.id, paper.kind, paper.number)


# what stands on them


@routes.get("/settings/papers")
async def own_letterhead(request: aioweb.Request) -> aioweb.Response:
    return await _letterhead(request, forms.Form(), None)


@routes.get(r"/settings/papers/{id:\d{10,19}}")
async def companys_letterhead(request: aioweb.Request) -> aioweb.Response:
    return await _letterhead(request, forms.Form(), database_key(request.match_info["id"]))


@routes.post("/settings/papers")
async def revise_own(request: aioweb.Request) -> aioweb.Response:
    return await _revise(request, None)


@routes.post(r"/settings/papers/{id:\d{10,19}}")
async def revise_companys(request: aioweb.Request) -> aioweb.Response:
    return await _revise(request, database_key(request.match_info["id"]))


@routes.post("/settings/papers/issuer")
async def choose_issuer(request: aioweb.Request) -> aioweb.Response:
    """Whether a member buys and sells for themselves or for a company of theirs."""
    viewer = member(request)
    form = await forms.read(request)
    async with node_of(request).writing() as work:
        own = {str(firm.id): firm.id for firm in await letterheads.firms(work, viewer.actor_id)}
        chosen = form.choice("issuer", ["", *own], required=False)
        await letterheads.act_for(work, viewer.actor_id, own.get(chosen))
    return said(f"/settings/papers/{chosen}" if chosen else "/settings/papers", N_("Saved."))


async def _revise(request: aioweb.Request, company_id: int | None) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    typed = _typed(form, _ADDRESS | _MONEY)
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                owner = company_id or viewer.actor_id
                await letterheads.require_own(work, viewer.actor_id, owner)
                await letterheads.revise(work, owner, typed)
            return said("/settings", N_("Saved. It stands on every paper from now on."))
    return await _letterhead(request, form, company_id, status=422)


_ADDRESS = {"legal_name": 200, "street": 200, "street_more": 200, "postal_code": 20, "city": 120, "country": 2,
            "vat_id": 30}  # fmt: skip
_MONEY = {"tax_number": 40, "registration": 120, "exemption": 300, "iban": 60, "bic": 20, "account_holder": 70,
          "payment_link": 500, "prefix": 12}  # fmt: skip


def _typed(form: forms.Form, limits: dict[str, int]) -> Details:
    return Details(**{name: form.text(name, most=most, required=False) for name, most in limits.items()})


async def _letterhead(
    request: aioweb.Request, form: forms.Form, company_id: int | None, status: int = 200
) -> aioweb.Response:
    viewer = member(request)
    owner = company_id or viewer.actor_id
    async with node_of(request).reading() as work:
        await letterheads.require_own(work, viewer.actor_id, owner)
        details = await letterheads.details(work, owner)
        firms = await letterheads.firms(work, viewer.actor_id)
        acts_for = await letterheads.acts_for(work, viewer.actor_id)
    return page(
        request,
        "papers/letterhead.html",
        status=status,
        form=form,
        details=details,
        firms=firms,
        acts_for=acts_for,
        firm=next((firm for firm in firms if firm.id == company_id), None),
        countries=words.countries(reader().language),
    )
