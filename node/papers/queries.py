"""Papers as pages ask for them; only their two parties ever get one."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from node.actors.model import Actor
from node.errors import NotFound
from node.papers import cii, epc, facts, letterheads, words
from node.papers.facts import Party
from node.papers.model import Paper
from node.papers.words import Sheet
from node.words import Message
from node.work import Reading


@dataclass(frozen=True, slots=True)
class PaperView:
    """A paper of a deal. Amounts in minor units of ``currency``."""

    id: int
    kind: str
    number: str
    name: Message
    """“Invoice 2026-0042”."""
    issued_on: date
    due_on: date | None
    currency: str
    net: int
    tax: int
    total: int
    prepaid: int
    payable: int
    deal_id: int
    path: str
    """Its page."""
    pdf_path: str
    code_path: str
    """The code for a bank's app as a picture; empty where there is none."""
    is_copy: bool
    """Issued at another node."""
    sheet: Sheet
    """All that it says, in the reader's language."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line in the list of somebody's papers."""

    id: int
    kind: str
    name: Message
    issued_on: date
    is_ours: bool
    """Issued by this member, not received."""
    other: str
    """Who is on the other side."""
    subject: str
    currency: str
    total: int
    payable: int
    deal_id: int
    path: str
    """Its page."""
    facts: dict[str, Any]


async def of_deal(work: Reading, deal_id: int, language: str = "en") -> tuple[PaperView, ...]:
    """The papers of a deal in their order. Whoever asks has made sure that the reader is one of the two."""
    rows = await work.session.scalars(sa.select(Paper).where(Paper.deal_id == deal_id).order_by(Paper.id))
    return tuple(_view(row, language) for row in rows)


async def one(work: Reading, paper_id: int, viewer_id: int | None, language: str = "en") -> PaperView:
    """A paper for one of its parties. Raises NotFound for everybody else, officers included."""
    return _view(await for_party(work, paper_id, viewer_id), language)


async def for_party(work: Reading, paper_id: int, actor_id: int | None) -> Paper:
    """The row. Raises NotFound unless this actor is the seller or the buyer."""
    row = await work.session.get(Paper, paper_id)
    if row is None or actor_id is None or actor_id not in (row.seller_id, row.buyer_id):
        raise NotFound
    return row


@dataclass(frozen=True, slots=True)
class Heads:
    """Who will stand on the next paper of a deal."""

    title: str
    seller: tuple[str, ...]
    buyer: Party
    buyer_lines: tuple[str, ...]
    may_name_buyer: bool
    """The buyer is elsewhere, so the seller may write down who they are."""
    missing: tuple[str, ...]
    """What an electronic invoice would have to say besides; texts to translate."""


async def heads(work: Reading, seller_id: int, deal_id: int, language: str) -> Heads:
    """For the seller, before there is a paper. Raises NotFound."""
    deal = await letterheads.of_seller(work, seller_id, deal_id)
    buyer = await work.session.get_one(Actor, deal.buyer_id)
    parties = {role: (await letterheads.side(work, deal, role))[0] for role in ("seller", "buyer")}
    terms = deal.terms or {}
    said = {
        "kind": "invoice",
        "currency": terms.get("currency", "EUR"),
        "taxes": terms.get("taxes", []),
        **{role: asdict(party) for role, party in parties.items()},
    }
    return Heads(
        title=deal.title,
        seller=words.party_lines(said["seller"], language),
        buyer=parties["buyer"],
        buyer_lines=words.party_lines(said["buyer"], language),
        may_name_buyer=not buyer.is_local,
        missing=cii.missing(said),
    )


async def of_year(work: Reading, actor_id: int, year: int) -> tuple[Entry, ...]:
    """Everything somebody issued or received in a year, the newest first."""
    rows = await work.session.scalars(
        sa.select(Paper)
        .where(Paper.year == year, sa.or_(Paper.seller_id == actor_id, Paper.buyer_id == actor_id))
        .order_by(Paper.issued_on.desc(), Paper.id.desc())
    )
    return tuple(_entry(row, actor_id) for row in rows)


async def entry(work: Reading, paper_id: int, actor_id: int) -> Entry:
    """One of them. Raises NotFound unless this actor is the seller or the buyer."""
    return _entry(await for_party(work, paper_id, actor_id), actor_id)


def _entry(row: Paper, actor_id: int) -> Entry:
    return Entry(
        id=row.id,
        kind=row.kind,
        name=facts.title_of(row.facts),
        issued_on=row.issued_on,
        is_ours=row.seller_id == actor_id,
        other=row.facts["buyer" if row.seller_id == actor_id else "seller"]["name"],
        subject=row.facts["title"],
        currency=row.currency,
        total=row.total,
        payable=row.payable,
        deal_id=row.deal_id,
        path=f"/papers/{row.id}",
        facts=row.facts,
    )


async def years(work: Reading, actor_id: int) -> tuple[int, ...]:
    """The years in which somebody has papers, the latest first."""
    found = await work.session.scalars(
        sa.select(Paper.year)
        .where(sa.or_(Paper.seller_id == actor_id, Paper.buyer_id == actor_id))
        .distinct()
        .order_by(Paper.year.desc())
    )
    return tuple(found)


def _view(row: Paper, language: str) -> PaperView:
    return PaperView(
        id=row.id,
        kind=row.kind,
        number=row.number,
        name=facts.title_of(row.facts),
        issued_on=row.issued_on,
        due_on=row.due_on,
        currency=row.currency,
        net=row.net,
        tax=row.tax,
        total=row.total,
        prepaid=row.facts["prepaid"],
        payable=row.payable,
        deal_id=row.deal_id,
        path=f"/papers/{row.id}",
        pdf_path=f"/papers/{row.id}.pdf",
        code_path=f"/papers/{row.id}/code.svg" if epc.is_possible(row.facts) else "",
        is_copy=row.issuer_id is None,
        sheet=words.sheet(row.facts, language),
    )
