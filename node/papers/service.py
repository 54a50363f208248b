"""Issuing invoices, credit notes and receipts, and keeping those that others issue to us."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from node.accounts.model import Account
from node.actors.model import Actor
from node.deals import terms as terms_of
from node.deals.model import Deal
from node.deals.terms import Terms
from node.errors import Conflict, Gone, Invalid, NotFound
from node.etiquette.contact_hours import zone
from node.ids import new_id
from node.papers import facts as said
from node.papers import letterheads
from node.papers.facts import KINDS, MARKS, SERIES, Frame
from node.papers.model import Letterhead, Paper, PaperLink, PaperSeries
from node.secrets import hash_token, new_token
from node.translations import SOURCE, languages
from node.words import N_
from node.work import Reading, Writing
from schemas.values import Document, as_uri, get, same_origin

LINK_LASTS = timedelta(days=30)


async def issue(work: Writing, deal: Deal, kind: str, *, amount: int | None = None) -> Paper:
    """Write a paper of a deal whose seller is ours, with the next number. In the unit of the step it belongs to.

    ``kind`` is deposit, invoice, credit or receipt; ``amount`` in minor units is for a credit note over a part of what
    was invoiced. What it says is fixed from here on. Raises Invalid, Conflict when the deal has such a paper.
    """
    if kind not in KINDS:
        raise ValueError(kind)
    seller = await work.session.get_one(Actor, deal.seller_id)
    if not seller.is_local or deal.terms is None:
        raise Invalid(message=N_("There is no agreement that this could belong to."))
    terms, before = terms_of.read(deal.terms), await of_deal(work, deal.id)
    if kind != "credit" and any(paper.kind == kind for paper in before):
        raise Conflict(N_("This was invoiced already."))
    total = _total(kind, terms, before, amount)
    account = await _account(work, seller.id)
    today = _today(work, account)
    issuer_id = await letterheads.acts_for(work, seller.id) or seller.id
    buyer, buyers_language = await letterheads.side(work, deal, "buyer")
    language = buyers_language or (account.language if account else "")
    serial = await _next(work, issuer_id, SERIES[kind], today.year)
    prefix = await work.session.scalar(sa.select(Letterhead.prefix).where(Letterhead.actor_id == issuer_id))
    number = f"{prefix + '-' if prefix else ''}{MARKS[SERIES[kind]]}{today.year}-{serial:04d}"
    frame = Frame(
        kind=kind,
        number=number,
        issued_on=today,
        language=language if language in languages() else SOURCE,
        title=deal.title,
        seller=(await letterheads.side(work, deal, "seller"))[0],
        buyer=buyer,
        payment=await letterheads.payment(work, seller.id),
        agreement=deal.agreement_uri or "",
        listing=deal.proposal_uri,
        agreed_on=_day(deal.agreed_at, account),
        delivered_on=_day(deal.delivered_at, account),
        follows=tuple(said.reference(paper.facts) for paper in before if paper.kind != "receipt"),
    )
    prepaid = min(deal.paid, total) if kind in ("deposit", "invoice") else 0
    id = new_id(work.now)
    paper = _row(
        id,
        deal,
        said.put_together(frame, terms, amount=total, prepaid=prepaid),
        before,
        uri=work.uris.paper_document(id),
        url=work.uris.paper(id),
        at=work.now,
    )
    paper.issuer_id, paper.serial = issuer_id, serial
    work.session.add(paper)
    await work.session.flush()
    return paper


async def receive(work: Writing, deal: Deal, document: Document) -> Paper:
    """Keep a paper that the seller elsewhere issued: the Document with ``commensal:invoice`` of a Create of theirs.

    The caller has made sure that it came from the seller. The PDF is fetched when it is first looked at. The same one
    again is the one we have. Raises Invalid when it cannot be read, or says other sums than the agreement.
    """
    seller = await work.session.get_one(Actor, deal.seller_id)
    uri, url = as_uri(get(document, "id")), as_uri(get(document, "url"))
    if uri is None or not same_origin(uri, seller.uri):
        raise Invalid({"invoice": N_("This paper cannot be read.")})
    known = await work.session.scalar(sa.select(Paper).where(Paper.uri == uri))
    if known is not None:
        if known.deal_id != deal.id:
            raise Invalid({"invoice": N_("This paper belongs to another deal.")})
        return known
    if seller.is_local or deal.terms is None:
        raise Invalid({"invoice": N_("There is no agreement that this could belong to.")})
    facts = said.read(document.get("commensal:invoice"))
    terms, before = terms_of.read(deal.terms), await of_deal(work, deal.id)
    if facts["kind"] != "credit" and any(paper.kind == facts["kind"] for paper in before):
        raise Invalid({"invoice": N_("This was invoiced already.")})
    said.check_against(facts, terms, open_amount=_open(terms, before))
    buyer = await work.session.get_one(Actor, deal.buyer_id)
    facts["seller"]["actor"], facts["buyer"]["actor"] = seller.uri, buyer.uri
    paper = _row(
        new_id(work.now),
        deal,
        facts,
        before,
        uri=uri,
        # Fetched with a signature of ours later: from the seller's own host, and from nowhere else.
        url=url if url is not None and same_origin(url, seller.uri) else "",
        at=work.now,
    )
    work.session.add(paper)
    await work.session.flush()
    return paper


async def of_deal(work: Reading, deal_id: int) -> list[Paper]:
    """The papers of a deal in their order."""
    return list(await work.session.scalars(sa.select(Paper).where(Paper.deal_id == deal_id).order_by(Paper.id)))


# for somebody without a node


async def link(work: Writing, paper: Paper) -> str:
    """The address of a page that hands out this paper once, within 30 days. Only its hash is kept."""
    token = new_token()
    work.session.add(
        PaperLink(
            token_hash=hash_token(token),
            paper_id=paper.id,
            created_at=work.now,
            expires_at=work.now + LINK_LASTS,
        )
    )
    await work.session.flush()
    return work.uris.paper_link(token)


async def behind(work: Reading, token: str) -> tuple[Paper, PaperLink]:
    """The paper of a link. Raises NotFound, or Gone when it was used or is too old."""
    row = await work.session.get(PaperLink, hash_token(token[:200]))
    if row is None:
        raise NotFound
    if row.used_at is not None or row.expires_at <= work.now:
        raise Gone(N_("This link was used, or is too old. Ask for a new one in the conversation."))
    return await work.session.get_one(Paper, row.paper_id), row


async def spend(work: Writing, token: str) -> int:
    """Use up a link; the key of its paper. One of two who press at once gets it. Raises NotFound, Gone."""
    paper, row = await behind(work, token)
    done = await work.session.execute(
        sa.update(PaperLink)
        .where(PaperLink.token_hash == row.token_hash, PaperLink.used_at.is_(None), PaperLink.expires_at > work.now)
        .values(used_at=work.now)
        .returning(PaperLink.paper_id)
    )
    if done.scalar_one_or_none() is None:
        raise Gone(N_("This link was used, or is too old. Ask for a new one in the conversation."))
    return paper.id


async def prune(work: Writing) -> None:
    """Housekeeping: links that are over. Papers themselves stay: the law wants them kept for years."""
    await work.session.execute(sa.delete(PaperLink).where(PaperLink.expires_at < work.now - LINK_LASTS))


# inside


async def _next(work: Writing, issuer_id: int, series: str, year: int) -> int:
    """The next number of a series. Its row is held until the commit, so numbers have no gaps and no twins."""
    insert = work.insert(PaperSeries)
    done = await work.session.execute(
        insert.values(issuer_id=issuer_id, series=series, year=year, last=1)
        .on_conflict_do_update(
            index_elements=["issuer_id", "series", "year"], set_={"last": PaperSeries.__table__.c.last + 1}
        )
        .returning(PaperSeries.__table__.c.last)
    )
    return int(done.scalar_one())


def _total(kind: str, terms: Terms, before: Sequence[Paper], amount: int | None) -> int:
    if kind == "deposit":
        return terms.deposit_total
    if kind != "credit":
        return terms.total
    rest = _open(terms, before)
    total = rest if amount is None else amount
    if not 0 < total <= rest:
        raise Invalid({"amount": N_("This is more than was invoiced.")})
    return total


def _open(terms: Terms, papers: Sequence[Paper]) -> int:
    """What was invoiced and not yet credited. The final invoice is over everything, the deposit is part of that."""
    kinds = {paper.kind for paper in papers}
    asked = terms.total if "invoice" in kinds else terms.deposit_total if "deposit" in kinds else 0
    return asked - sum(paper.total for paper in papers if paper.kind == "credit")


def _row(
    id: int, deal: Deal, facts: Mapping[str, Any], before: Sequence[Paper], *, uri: str, url: str, at: datetime
) -> Paper:
    issued_on = date.fromisoformat(facts["issuedOn"])
    followed = {"invoice": ("deposit",), "credit": ("invoice", "deposit"), "receipt": ("invoice", "deposit")}
    follows = next((paper for kind in followed.get(facts["kind"], ()) for paper in before if paper.kind == kind), None)
    return Paper(
        id=id,
        uri=uri,
        url=url,
        deal_id=deal.id,
        kind=facts["kind"],
        seller_id=deal.seller_id,
        buyer_id=deal.buyer_id,
        series=SERIES[facts["kind"]],
        year=issued_on.year,
        number=facts["number"],
        issued_on=issued_on,
        due_on=date.fromisoformat(facts["dueOn"]) if facts["dueOn"] else None,
        currency=facts["currency"],
        net=facts["net"],
        tax=facts["tax"],
        total=facts["total"],
        payable=facts["payable"],
        follows_id=follows.id if follows else None,
        language=facts["language"],
        facts=dict(facts),
        issued_at=at,
    )


async def _account(work: Reading, actor_id: int) -> Account | None:
    return await work.session.scalar(sa.select(Account).where(Account.actor_id == actor_id))


def _today(work: Reading, account: Account | None) -> date:
    return work.now.astimezone(zone(account.time_zone if account else "UTC")).date()


def _day(moment: datetime | None, account: Account | None) -> date | None:
    return moment.astimezone(zone(account.time_zone if account else "UTC")).date() if moment else None
