"""Offers and asks: the structured half of a post of kind ``listing``."""

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment, where


class Listing(Base):
    """A want or a thing for sale (FEP-0837 Proposal), ours or a copy."""

    __tablename__ = "listings"
    __table_args__ = (
        sa.Index("ix_listings_state_purpose_post_id", "state", "purpose", "post_id"),
        # Most say no industry, and hardly any waits for the saved searches: queries say the condition in these words.
        sa.Index("ix_listings_industry", "industry", "post_id", info=where("industry <> ''")),
        sa.Index("ix_listings_answers_id", "answers_id", info=where("answers_id IS NOT NULL")),
        sa.Index("ix_listings_is_fresh", "post_id", info=where("is_fresh", on_sqlite="is_fresh = 1")),
    )  # fmt: skip

    post_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    proposal_uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    purpose: Mapped[str] = mapped_column(sa.String(10))  # offer request
    title: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str] = mapped_column(sa.Text, default="")
    """Clean HTML of the description alone (the post's content carries title, price and place as well)."""
    category: Mapped[str] = mapped_column(sa.String(20), default="goods", index=True)
    """goods service consulting work-wanted work-offered partner premises knowledge help."""
    terms: Mapped[str] = mapped_column(sa.String(10))  # price barter gift open
    price: Mapped[int | None] = mapped_column(sa.BigInteger)
    """In minor units of ``currency``."""
    currency: Mapped[str | None] = mapped_column(sa.String(3))
    is_negotiable: Mapped[bool] = mapped_column(default=False)
    barter: Mapped[str] = mapped_column(sa.String(300), default="")
    """What is wished in return."""
    unit: Mapped[str] = mapped_column(sa.String(30), default="one")
    quantity: Mapped[Decimal | None] = mapped_column(sa.Numeric(18, 3, asdecimal=True))
    """How much is available; None where counting makes no sense. Deals take from it; at 0 it is sold out."""
    minimum: Mapped[Decimal | None] = mapped_column(sa.Numeric(18, 3, asdecimal=True))
    tax_rate: Mapped[Decimal | None] = mapped_column(sa.Numeric(6, 3, asdecimal=True))
    """Per cent that come on top of the price, which is without tax; None when nothing is said."""
    industry: Mapped[str] = mapped_column(sa.String(10), default="", server_default="")
    """NACE Rev. 2 class, group or division, such as 10.71 (node.industries)."""
    place: Mapped[str] = mapped_column(sa.String(200), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    serves_km: Mapped[int | None]
    """How far from the place it is to be had; None when nothing is said, rules.EVERYWHERE for the whole world."""
    delivery: Mapped[str] = mapped_column(sa.String(10), default="", server_default="")  # collection delivery both
    is_recruitment_based: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    """When its author was told that it ends soon; None again when it gets a new end."""
    state: Mapped[str] = mapped_column(sa.String(12), default="open")  # open sold expired withdrawn
    answers_uri: Mapped[str | None] = mapped_column(sa.String(2048))
    test_url: Mapped[str | None] = mapped_column(sa.String(2048))
    """Of a test offer: the page where each sees one of two variants, and can reserve it."""
    answers_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The ask that this offer answers."""
    is_fresh: Mapped[bool] = mapped_column(default=True, server_default=sa.false())
    """Saved searches have not looked at it yet."""


class ListingVariant(Base):
    """One of several forms in which a listing is to be had, with its own price and stock."""

    __tablename__ = "listing_variants"
    __table_args__ = (sa.UniqueConstraint("post_id", "name"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    post_id: Mapped[int] = mapped_column(sa.ForeignKey("listings.post_id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(100))
    price: Mapped[int | None] = mapped_column(sa.BigInteger)
    """In minor units of the listing's currency; None for the listing's own price."""
    quantity: Mapped[Decimal | None] = mapped_column(sa.Numeric(18, 3, asdecimal=True))
    """How much of this one is available; None where counting makes no sense."""
    position: Mapped[int] = mapped_column(default=0)


class SavedSearch(Base):
    """What a member looks for among the listings, again and again."""

    __tablename__ = "saved_searches"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    wanted: Mapped[dict[str, str]] = mapped_column(Document, default=dict)
    """The filter as the page's address has it: ``{"purpose": "offer", "industry": "10.71"}``."""
    created_at: Mapped[datetime] = mapped_column(Moment)


class SavedSearchHit(Base):
    """A listing that came after the search was saved and fits it."""

    __tablename__ = "saved_search_hits"

    search_id: Mapped[int] = mapped_column(sa.ForeignKey("saved_searches.id", ondelete="CASCADE"), primary_key=True)
    post_id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, index=True)
    found_at: Mapped[datetime] = mapped_column(Moment, index=True)
