"""`/api/commensal/v1/papers`: one's invoices, credit notes and receipts, for the program that keeps the books."""

import aiohttp.web as aioweb

from node.money import Money
from node.papers import queries
from node.papers.queries import Entry
from web import papers
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.shapes.look import Entity, Look, look_of
from web.context import node_of, reader
from web.translations import say

routes = aioweb.RouteTableDef()

READ = "read:deals"


@routes.get("/api/commensal/v1/papers")
async def show_all(request: aioweb.Request) -> aioweb.Response:
    """Those of a ``year``, this one unless another is asked for; the newest first."""
    who = await bearers.member(request, READ)
    given = parameters.query(request)
    async with node_of(request).reading() as work:
        year = given.whole("year", least=2000, most=2999, otherwise=work.now.year)
        found = await queries.of_year(work, who.actor_id, year)
    return answer([_paper(look_of(request), entry) for entry in found])


@routes.get("/api/commensal/v1/papers/{id}")
async def show(request: aioweb.Request) -> aioweb.Response:
    """One, with ``facts``: all that is printed on it."""
    who = await bearers.member(request, READ)
    async with node_of(request).reading() as work:
        entry = await queries.entry(work, database_key(request.match_info["id"]), who.actor_id)
    return answer({**_paper(look_of(request), entry), "facts": entry.facts})


@routes.get("/api/commensal/v1/papers/{id}/pdf")
async def pdf(request: aioweb.Request) -> aioweb.StreamResponse:
    who = await bearers.member(request, READ)
    async with node_of(request).reading() as work:
        paper = await queries.one(work, database_key(request.match_info["id"]), who.actor_id, reader().language)
    return await papers.pdf(request, paper.id, paper.kind, paper.number)


def _paper(look: Look, entry: Entry) -> Entity:
    return {
        "id": str(entry.id),
        "url": look.absolute(entry.path),
        "kind": entry.kind,
        "name": say(entry.name),
        "number": entry.facts["number"],
        "issued_on": entry.issued_on.isoformat(),
        "is_ours": entry.is_ours,
        "other": entry.other,
        "subject": entry.subject,
        "total": _money(entry.total, entry.currency),
        "payable": _money(entry.payable, entry.currency),
        "deal_id": str(entry.deal_id),
    }


def _money(minor: int, currency: str) -> Entity:
    return {"amount": format(Money(minor, currency).major, "f"), "currency": currency}
