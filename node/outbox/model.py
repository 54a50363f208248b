"""What we said, and what became of it at each inbox."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment, where

LOST = "state IN ('refused', 'expired', 'gone')"
"""Of deliveries that did not arrive; SQLite uses their index only for queries that say it in these very words."""


class Activity(Base):
    """An activity of ours, as it will be served for ever; or one that is merely forwarded."""

    __tablename__ = "activities"
    __table_args__ = (
        sa.Index("ix_activities_actor_id_is_public_id", "actor_id", "is_public", "id"),
        sa.Index("ix_activities_forwarded_created_at", "created_at",
                 info=where("is_forwarded", on_sqlite="is_forwarded = 1")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"))
    type: Mapped[str] = mapped_column(sa.String(30))
    object_uri: Mapped[str] = mapped_column(sa.String(2048), default="", index=True)
    """What it is about; of a step of a deal the deal (outbox.service.is_step)."""
    is_public: Mapped[bool] = mapped_column(default=False)
    """Shown in the outbox."""
    is_forwarded: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Somebody else's answer, which ``actor`` passes on to their own followers as it came."""
    document: Mapped[str] = mapped_column(sa.Text)
    """The exact bytes that are sent and served, as text."""
    created_at: Mapped[datetime] = mapped_column(Moment)


class Delivery(Base):
    """One activity to one inbox, kept with its last answer until it is pruned."""

    __tablename__ = "deliveries"
    __table_args__ = (
        sa.Index("ix_deliveries_host_state_next_at", "host", "state", "next_at"),
        sa.Index("ix_deliveries_settled_at", "settled_at"),
        sa.Index("ix_deliveries_lost", "activity_id", info=where(LOST)),
    )  # fmt: skip

    activity_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("activities.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    inbox_uri: Mapped[str] = mapped_column(sa.String(2048), primary_key=True)
    host: Mapped[str] = mapped_column(sa.String(300))
    state: Mapped[str] = mapped_column(sa.String(10))  # waiting delivered refused gone expired dropped
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(Moment)
    last_status: Mapped[int | None]
    last_answer: Mapped[str] = mapped_column(sa.String(300), default="")
    """A short reason for people, never the body."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)


class Fanout(Base):
    """An activity for somebody's followers whose deliveries are not written yet: a worker does that, for it takes a
    while (outbox.service.fan_out)."""

    __tablename__ = "fanouts"

    activity_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("activities.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    recipients: Mapped[dict[str, Any]] = mapped_column(Document)
    """The fields of outbox.addressing.Recipients."""
