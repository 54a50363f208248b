"""Recommendations: what somebody says of somebody else after something confirmed happened between the two."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment


class Testimonial(Base):
    """The structured half of a post of kind ``testimonial``, ours or a copy. It goes when its writer takes it back."""

    __tablename__ = "testimonials"
    __table_args__ = (
        sa.UniqueConstraint("writer_id", "subject_id", "ground"),
        sa.Index("ix_testimonials_subject_id_post_id", "subject_id", "post_id"),
    )

    post_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    writer_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    subject_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    ground: Mapped[str] = mapped_column(sa.String(300))
    """What it rests on, such as ``deal:123``: one recommendation for each. Nobody but the two is shown which it is."""
    basis: Mapped[str] = mapped_column(sa.String(12))  # deal meeting referral
    body: Mapped[str] = mapped_column(sa.Text, default="")
    """Clean HTML of the words alone."""
    may_be_public: Mapped[bool] = mapped_column(default=False)
    """Its writer agrees to have it shown to everybody."""
    shown_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when its subject shows it on their page; None: not yet, or no more."""
    reply_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The post by which its subject answered; once."""
    created_at: Mapped[datetime] = mapped_column(Moment)
