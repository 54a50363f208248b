"""Offers and asks: the structured half of a post of kind ``listing``."""

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment


class Listing(Base):
    """A want or a thing for sale (FEP-0837 Proposal), ours or a copy."""

    __tablename__ = "listings"
    __table_args__ = (sa.Index("ix_listings_state_purpose_post_id", "state", "purpose", "post_id"),)

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
    """How much is available; None where counting makes no sense."""
    minimum: Mapped[Decimal | None] = mapped_column(sa.Numeric(18, 3, asdecimal=True))
    place: Mapped[str] = mapped_column(sa.String(200), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    is_recruitment_based: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    state: Mapped[str] = mapped_column(sa.String(12), default="open")  # open sold expired withdrawn
