"""Letters waiting to be sent, written in the unit that causes them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment


class Letter(Base):
    """One mail to one address."""

    __tablename__ = "letters"
    __table_args__ = (sa.Index("ix_letters_state_next_at", "state", "next_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    recipient: Mapped[str] = mapped_column(sa.String(254))
    subject: Mapped[str] = mapped_column(sa.String(300))
    text: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    """The same with links, for a letter of several parts."""
    unsubscribe_url: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")
    """Where mail programs post to when the reader wants no more of these (RFC 8058)."""
    language: Mapped[str] = mapped_column(sa.String(20), default="en")
    state: Mapped[str] = mapped_column(sa.String(10), default="waiting")  # waiting sent failed
    attempts: Mapped[int] = mapped_column(default=0)
    last_answer: Mapped[str] = mapped_column(sa.String(300), default="")
    next_at: Mapped[datetime] = mapped_column(Moment)
    lease: Mapped[str | None] = mapped_column(sa.String(40))
    leased_until: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
