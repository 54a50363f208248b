"""Deals: what two people agree on, each step of it, and the evidence that both hold."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment, where


class Deal(Base):
    """A deal between a seller and a buyer, one of them ours at least. Rules in node.deals.machine; minor units."""

    __tablename__ = "deals"
    __table_args__ = (
        sa.Index("ix_deals_seller_id_state_changed_at", "seller_id", "state", "changed_at"),
        sa.Index("ix_deals_buyer_id_state_changed_at", "buyer_id", "state", "changed_at"),
        sa.Index("ix_deals_listing_id_buyer_id", "listing_id", "buyer_id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    """Its ``context`` on the wire, given by the node on which it began; the same on both."""
    agreement_uri: Mapped[str | None] = mapped_column(sa.String(2048), unique=True)
    listing_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The post of kind listing that it is about."""
    proposal_uri: Mapped[str] = mapped_column(sa.String(2048))
    born_of_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The post from which it began, where that is not the listing."""
    title: Mapped[str] = mapped_column(sa.String(200))
    seller_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"))
    buyer_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"))
    owner: Mapped[str] = mapped_column(sa.String(6))  # seller buyer
    via: Mapped[str] = mapped_column(sa.String(8), default="deal")
    """deal, plain (the other side's program knows FEP-0837 alone), or message: it knows no deals at all, and the
    other side acts on pages of ours by links."""
    note_id: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    """Of a deal by message: the last private note in its thread."""
    stopped_at: Mapped[datetime | None] = mapped_column(Moment)
    """Of a deal by message: when the other side asked for no more notes."""
    state: Mapped[str] = mapped_column(sa.String(10))
    terms: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """node.deals.terms.Terms.document(): on the table, or agreed."""
    terms_by: Mapped[str | None] = mapped_column(sa.String(6))
    terms_hash: Mapped[str] = mapped_column(sa.String(64), default="")
    offer_uri: Mapped[str | None] = mapped_column(sa.String(2048), unique=True)
    """The Offer activity that carries the terms on the table, or that was accepted; accepted once."""
    head_uri: Mapped[str] = mapped_column(sa.String(2048), default="")
    """The last step that both know of, so that steps that cross are noticed."""
    currency: Mapped[str | None] = mapped_column(sa.String(3))
    total: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    claimed: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    paid: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    refunded: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    credited: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    deposit_invoiced: Mapped[bool] = mapped_column(default=False)
    invoiced: Mapped[bool] = mapped_column(default=False)
    delivered_at: Mapped[datetime | None] = mapped_column(Moment)
    received_at: Mapped[datetime | None] = mapped_column(Moment)
    disputed_by: Mapped[str | None] = mapped_column(sa.String(6))
    stock_taken: Mapped[Decimal | None] = mapped_column(sa.Numeric(18, 3, asdecimal=True))
    """How much of the listing's stock it holds; goes back when it is cancelled."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    agreed_at: Mapped[datetime | None] = mapped_column(Moment)
    completed_at: Mapped[datetime | None] = mapped_column(Moment, index=True)


class DealStep(Base):
    """One step, by one side, with the signed activity that proves it, byte for byte."""

    __tablename__ = "deal_steps"
    __table_args__ = (
        sa.Index("ix_deal_steps_deal_id_id", "deal_id", "id"),
        sa.Index("uq_deal_steps_actor_id_key", "actor_id", "key", unique=True, info=where("key IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    deal_id: Mapped[int] = mapped_column(sa.ForeignKey("deals.id", ondelete="CASCADE"))
    verb: Mapped[str] = mapped_column(sa.String(20))
    role: Mapped[str] = mapped_column(sa.String(6))
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"))
    activity_uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    after: Mapped[list[str]] = mapped_column(Document, default=list)
    """The last steps that who took it knew of: one, or two where steps had crossed (node.deals.history)."""
    about: Mapped[str] = mapped_column(sa.String(2048), default="")
    """The Offer that it answers."""
    key: Mapped[str | None] = mapped_column(sa.String(64))
    """Of the form it came from: pressed twice it is taken once."""
    words: Mapped[str] = mapped_column(sa.Text, default="")
    """What was written with it; plain text."""
    terms: Mapped[dict[str, Any] | None] = mapped_column(Document)
    terms_hash: Mapped[str] = mapped_column(sa.String(64), default="")
    amount: Mapped[int | None] = mapped_column(sa.BigInteger)
    paper_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    is_crossed: Mapped[bool] = mapped_column(default=False)
    """It came when the deal had gone on meanwhile: kept and shown, without effect."""
    refusal: Mapped[str | None] = mapped_column(sa.String(300))
    """Of a step of ours that the other side's node did not take: why, in its words. It is shown, and has no effect."""
    body: Mapped[str] = mapped_column(sa.Text, default="")
    """The activity in the bytes that were signed; empty where somebody without a node pressed a button here."""
    signature: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """The request's headers that its signature covers, and the signature; NULL for our own."""
    at: Mapped[datetime] = mapped_column(Moment)


class DealLink(Base):
    """A one-time page for somebody without a node: look, ask, agree. The token itself is in their letter alone."""

    __tablename__ = "deal_links"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    deal_id: Mapped[int] = mapped_column(sa.ForeignKey("deals.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"))
    terms_hash: Mapped[str] = mapped_column(sa.String(64), default="")
    """What it was sent about: agreeing needs these very terms."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
