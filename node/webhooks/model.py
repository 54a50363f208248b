"""Addresses of the association's own programs that are told what happens here."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment


class Webhook(Base):
    """One address, and what it wants to hear of."""

    __tablename__ = "webhooks"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    url: Mapped[str] = mapped_column(sa.String(2048))
    secret: Mapped[str] = mapped_column(sa.String(300))
    """Signs every message; encrypted (node.secrets.Safe)."""
    events: Mapped[list[str]] = mapped_column(Document)
    is_enabled: Mapped[bool] = mapped_column(default=True)
    created_by_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime] = mapped_column(Moment)


class WebhookMessage(Base):
    """One event on its way to one address."""

    __tablename__ = "webhook_messages"
    __table_args__ = (
        sa.Index("ix_webhook_messages_webhook_id_id", "webhook_id", "id"),
        sa.Index("ix_webhook_messages_state_next_at", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    webhook_id: Mapped[int] = mapped_column(sa.ForeignKey("webhooks.id", ondelete="CASCADE"))
    event: Mapped[str] = mapped_column(sa.String(40))
    body: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.String(10))  # waiting delivered failed
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(Moment)
    last_answer: Mapped[str] = mapped_column(sa.String(300), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
