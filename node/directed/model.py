"""Offers sent to one person, and whose are no longer let through."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Moment


class DirectedOffer(Base):
    """A listing that was put before one person alone, with what came of it."""

    __tablename__ = "directed_offers"
    __table_args__ = (
        sa.Index("ix_directed_offers_from_id_sent_at", "from_id", "sent_at"),
        sa.Index("ix_directed_offers_to_id_post_id", "to_id", "post_id"),
    )

    post_id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    to_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True)
    from_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    half: Mapped[str] = mapped_column(sa.String(10), default="")
    """Its other half: return, ask (it answers one of theirs), gift; empty for a one-way one from elsewhere."""
    waits: Mapped[bool] = mapped_column(default=False)
    """Nobody was told: it lies where the member can look at it."""
    state: Mapped[str] = mapped_column(sa.String(12), default="open")  # open interested declined one_way
    sent_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)


class OfferMute(Base):
    """Whose offers to single people were reported as one-way so often that none is let through any more."""

    __tablename__ = "offer_mutes"

    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True)
    muted_at: Mapped[datetime] = mapped_column(Moment)
    lifted_at: Mapped[datetime | None] = mapped_column(Moment)
    """Officers let them through again; only later reports count from then on."""
    lifted_by_id: Mapped[int | None] = mapped_column(sa.BigInteger)
