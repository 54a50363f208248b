"""Test offers: the same thing in two variants, shown evenly, to learn which one people would take."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment


class Trial(Base):
    """A test offer. It is a listing; what differs between the variants stands here."""

    __tablename__ = "trials"
    __table_args__ = (sa.Index("ix_trials_actor_id_post_id", "actor_id", "post_id"),)

    post_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    idea_id: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    quantity: Mapped[int]
    """How many can be reserved in all."""
    reserved: Mapped[int] = mapped_column(default=0)
    shown_a: Mapped[int] = mapped_column(default=0)
    shown_b: Mapped[int] = mapped_column(default=0)
    title_a: Mapped[str] = mapped_column(sa.String(200))
    title_b: Mapped[str] = mapped_column(sa.String(200))
    text_a: Mapped[str] = mapped_column(sa.Text, default="")
    text_b: Mapped[str] = mapped_column(sa.Text, default="")
    price_a: Mapped[int | None] = mapped_column(sa.BigInteger)
    price_b: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[str | None] = mapped_column(sa.String(3))
    state: Mapped[str] = mapped_column(sa.String(10), default="open")  # open closed offered
    created_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)


class TrialVisit(Base):
    """Who saw which variant, so that they see the same one again; and whether they reserved."""

    __tablename__ = "trial_visits"

    post_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("trials.post_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    visitor_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    """Keyed hash of the test and the person or the browser."""
    variant: Mapped[str] = mapped_column(sa.String(1))  # a b
    host: Mapped[str] = mapped_column(sa.String(300), default="")
    actor_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Who reserved; NULL for who only looked."""
    reserved_at: Mapped[datetime | None] = mapped_column(Moment)
