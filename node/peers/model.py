"""Other hosts: what they run and how they are."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Moment, where


class Peer(Base):
    """One host we talk with. Failure belongs to the host: a dead one costs one probe per interval."""

    __tablename__ = "peers"
    __table_args__ = (
        sa.Index("ix_peers_due_at", "due_at"),
        sa.Index("ix_peers_failing_since", "failing_since", info=where("failing_since IS NOT NULL")),
    )  # fmt: skip

    host: Mapped[str] = mapped_column(sa.String(300), primary_key=True)
    software: Mapped[str] = mapped_column(sa.String(60), default="")
    version: Mapped[str] = mapped_column(sa.String(60), default="")
    name: Mapped[str] = mapped_column(sa.String(300), default="")
    office_uri: Mapped[str | None] = mapped_column(sa.String(2048))
    """The association behind a node like ours."""
    described_at: Mapped[datetime | None] = mapped_column(Moment)
    """When NodeInfo was last read."""
    signature_style: Mapped[str] = mapped_column(sa.String(10), default="cavage")  # cavage rfc9421
    style_learned_at: Mapped[datetime | None] = mapped_column(Moment)
    first_seen_at: Mapped[datetime] = mapped_column(Moment)
    heard_at: Mapped[datetime | None] = mapped_column(Moment)
    """Last verified request from there."""
    delivered_at: Mapped[datetime | None] = mapped_column(Moment)
    failed_at: Mapped[datetime | None] = mapped_column(Moment)
    failing_since: Mapped[datetime | None] = mapped_column(Moment)
    failures: Mapped[int] = mapped_column(default=0)
    """In a row."""
    last_answer: Mapped[str] = mapped_column(sa.String(300), default="")
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a worker should next look at what waits for this host; None when nothing waits."""
    knocked_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was last looked whether it is back."""
    silent_at: Mapped[datetime | None] = mapped_column(Moment)
    """When that last found nobody; None as soon as somebody is there."""
    open_until: Mapped[datetime | None] = mapped_column(Moment)
    """The breaker: until then only one probe."""
    leased_until: Mapped[datetime | None] = mapped_column(Moment)
    lease: Mapped[str | None] = mapped_column(sa.String(40))
    blocked_at: Mapped[datetime | None] = mapped_column(Moment)
    blocked_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    limited_at: Mapped[datetime | None] = mapped_column(Moment)
    """Its people are shown only to those who follow them."""
    agreed_at: Mapped[datetime | None] = mapped_column(Moment)
    """On the list of those we agree with; counts when the association keeps to such a list."""
    polled_at: Mapped[datetime | None] = mapped_column(Moment)
    one_way_full_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the bucket for offers from there that ask nothing in return will be full again (node.directed.buckets)."""
    one_way_refused: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of those were more than the bucket held; nothing else is kept of them."""
    note: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")
    """Of officers for officers."""
