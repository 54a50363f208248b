"""What a worker has to fetch or do elsewhere, once, when it comes to it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment


class Errand(Base):
    """One errand; the row goes when it is done. The same errand asked for twice is one."""

    __tablename__ = "errands"
    __table_args__ = (sa.UniqueConstraint("kind", "subject"), sa.Index("ix_errands_next_at", "next_at"))

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(sa.String(20))  # history thread sync
    subject: Mapped[str] = mapped_column(sa.String(2048))
    """What it is about: the id of an actor or a post."""
    details: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(Moment)
    leased_until: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
