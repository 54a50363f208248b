"""What others said to us, kept raw until it has come to an end."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment, where

WAITING = "state = 'waiting'"
"""Queries that say it in these very words use the index of what waits."""
SUSPECT = "state = 'waiting' AND attempts >= 4"
"""Begun several times and never brought to an end: it may be what kills the worker, and is then taken up alone."""


class Received(Base):
    """An activity that was verified and stored before it was answered with 202."""

    __tablename__ = "received"
    __table_args__ = (
        sa.Index("ix_received_waiting", "next_at", info=where(WAITING)),
        sa.Index("ix_received_suspects", "actor_uri", info=where(SUSPECT)),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    fingerprint: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Hash of the activity's id; for Update of id and body, for some servers give all Updates one id."""
    uri: Mapped[str] = mapped_column(sa.String(2048))
    type: Mapped[str] = mapped_column(sa.String(60))
    actor_uri: Mapped[str] = mapped_column(sa.String(2048))
    host: Mapped[str] = mapped_column(sa.String(300))
    body: Mapped[str] = mapped_column(sa.Text, default="")
    """Empty: it is in ReceivedBody. Rows written before there was one have it here."""
    signature: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """How the request that brought it was signed: kept of what may be a step of a deal, for that is evidence."""
    state: Mapped[str] = mapped_column(sa.String(10))  # waiting done ignored refused failed
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(Moment)
    leased_until: Mapped[datetime | None] = mapped_column(Moment)
    lease: Mapped[str | None] = mapped_column(sa.String(40))
    received_at: Mapped[datetime] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)


class ReceivedBody(Base):
    """What was said, as long as it is needed. Apart, because a row that loses its text does not give its place back."""

    __tablename__ = "received_bodies"

    id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("received.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Exactly what was signed, packed by zlib."""
