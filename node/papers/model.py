"""Invoices, credit notes and receipts, their numbers, and what stands at the head of them."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment, where


class Paper(Base):
    """A document of a deal, issued here or a copy of one issued elsewhere. Never changed, never deleted.

    Amounts in minor units of ``currency``.
    """

    __tablename__ = "papers"
    __table_args__ = (
        sa.Index("ix_papers_deal_id_id", "deal_id", "id"),
        sa.Index("ix_papers_seller_id_year", "seller_id", "year"),
        sa.Index("ix_papers_buyer_id_year", "buyer_id", "year"),
        # Our own numbers only; what others number is theirs.
        sa.Index("uq_papers_number", "issuer_id", "series", "year", "serial", unique=True,
                 info=where("issuer_id IS NOT NULL")),
        # One of each in a deal; credit notes may be several.
        sa.Index("uq_papers_deal_id_kind", "deal_id", "kind", unique=True, info=where("kind <> 'credit'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    """Its id on the wire."""
    url: Mapped[str] = mapped_column(sa.String(2048))
    """Where the PDF is; of a copy, at the other node."""
    deal_id: Mapped[int] = mapped_column(sa.ForeignKey("deals.id"))
    kind: Mapped[str] = mapped_column(sa.String(10))  # deposit invoice credit receipt
    seller_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"))
    buyer_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"))
    issuer_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """In whose series it is numbered: the seller, or the company they act for; NULL for a copy."""
    series: Mapped[str] = mapped_column(sa.String(10))  # invoice credit receipt
    year: Mapped[int]
    serial: Mapped[int | None]
    """1, 2, 3 … of issuer, series and year, without a gap; NULL for a copy."""
    number: Mapped[str] = mapped_column(sa.String(60))
    """As it stands on the paper: ``2026-0042``."""
    issued_on: Mapped[date] = mapped_column(sa.Date)
    """The day where the seller lives."""
    due_on: Mapped[date | None] = mapped_column(sa.Date)
    currency: Mapped[str] = mapped_column(sa.String(3))
    net: Mapped[int] = mapped_column(sa.BigInteger)
    tax: Mapped[int] = mapped_column(sa.BigInteger)
    total: Mapped[int] = mapped_column(sa.BigInteger)
    payable: Mapped[int] = mapped_column(sa.BigInteger)
    """What is still to be paid with it; of a receipt 0."""
    follows_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The paper that it credits, settles or receipts."""
    language: Mapped[str] = mapped_column(sa.String(20))
    facts: Mapped[dict[str, Any]] = mapped_column(Document)
    """All that it says (node.papers.facts), as it was when it was issued."""
    digest: Mapped[str | None] = mapped_column(sa.String(64))
    """SHA-256 of the PDF, which is made or fetched when it is first asked for."""
    issued_at: Mapped[datetime] = mapped_column(Moment)


class PaperSeries(Base):
    """The last number given in a series. Taken in the unit that issues, so that what is rolled back leaves no gap."""

    __tablename__ = "paper_series"

    issuer_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"), primary_key=True, autoincrement=False)
    series: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Letterhead(Base):
    """What stands on the papers of a member or a company: who they are before the law, and how to pay them."""

    __tablename__ = "letterheads"

    actor_id: Mapped[int] = mapped_column(
        sa.ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    company_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Of a person: the company they buy and sell for; its letterhead is used then, and its numbers."""
    legal_name: Mapped[str] = mapped_column(sa.String(200), default="")
    street: Mapped[str] = mapped_column(sa.String(200), default="")
    street_more: Mapped[str] = mapped_column(sa.String(200), default="")
    postal_code: Mapped[str] = mapped_column(sa.String(20), default="")
    city: Mapped[str] = mapped_column(sa.String(120), default="")
    country: Mapped[str] = mapped_column(sa.String(2), default="")
    """ISO 3166-1 alpha-2."""
    vat_id: Mapped[str] = mapped_column(sa.String(20), default="")
    """With the prefix of its country: FR32123456789."""
    tax_number: Mapped[str] = mapped_column(sa.String(40), default="")
    registration: Mapped[str] = mapped_column(sa.String(120), default="")
    """Company register and number, in words."""
    exemption: Mapped[str] = mapped_column(sa.String(300), default="")
    """Why no tax is charged, as the law wants it said."""
    iban: Mapped[str] = mapped_column(sa.String(34), default="")
    bic: Mapped[str] = mapped_column(sa.String(11), default="")
    account_holder: Mapped[str] = mapped_column(sa.String(70), default="")
    payment_link: Mapped[str] = mapped_column(sa.String(500), default="")
    """https only."""
    prefix: Mapped[str] = mapped_column(sa.String(12), default="")
    """Before the number of every paper."""
    updated_at: Mapped[datetime] = mapped_column(Moment)


class PaperParty(Base):
    """Who a side of a deal is before the law, as they said it themselves when they made the deal."""

    __tablename__ = "paper_parties"

    deal_id: Mapped[int] = mapped_column(
        sa.ForeignKey("deals.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    role: Mapped[str] = mapped_column(sa.String(6), primary_key=True)  # seller buyer
    facts: Mapped[dict[str, Any]] = mapped_column(Document)
    said_at: Mapped[datetime] = mapped_column(Moment)


class PaperLink(Base):
    """A page that gives somebody without a node a paper, once. The token itself is in their message alone."""

    __tablename__ = "paper_links"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
