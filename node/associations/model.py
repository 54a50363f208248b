"""The association that runs this node, and the statements by which associations vouch for people."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment


class Association(Base):
    """Our own association: how its house looks and which rules hold in it. One row."""

    __tablename__ = "associations"

    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"), primary_key=True, autoincrement=False)
    tagline: Mapped[str] = mapped_column(sa.String(300), default="")
    about: Mapped[str] = mapped_column(sa.Text, default="")
    """Markdown."""
    place: Mapped[str] = mapped_column(sa.String(200), default="")
    contact_email: Mapped[str] = mapped_column(sa.String(254), default="")
    languages: Mapped[list[str]] = mapped_column(Document, default=list)
    time_zone: Mapped[str] = mapped_column(sa.String(60), default="UTC")
    currency: Mapped[str] = mapped_column(sa.String(3), default="EUR")
    accent: Mapped[str] = mapped_column(sa.String(7), default="")
    """#rrggbb; empty for the house colour."""
    logo_digest: Mapped[str | None] = mapped_column(sa.String(64))
    picture_digest: Mapped[str | None] = mapped_column(sa.String(64))
    is_open_to_applications: Mapped[bool] = mapped_column(default=True)
    recruitment_policy: Mapped[str] = mapped_column(sa.String(10), default="refuse")  # show hide refuse
    offers_a_week: Mapped[int] = mapped_column(default=3, server_default="3")
    """How many offers that nobody asked for a member may send to single people; an answered one counts no more."""
    federation_mode: Mapped[str] = mapped_column(sa.String(10), default="open", server_default="open")  # open agreed
    """``agreed``: only with hosts whose peers.agreed_at is set."""
    shows_previews: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    """Pages to which posts link are looked at, and shown in short below them."""
    secure_mode: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Other servers must sign even to read what is public."""


class Vouch(Base):
    """A membership statement: ``issuer`` says that ``subject`` is a member. Both sides must name each other."""

    __tablename__ = "vouches"
    __table_args__ = (sa.UniqueConstraint("issuer_id", "subject_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    issuer_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    subject_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    since: Mapped[datetime] = mapped_column(Moment)
    until: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When both sides were last seen to agree. A remote statement without it is not shown."""
    document: Mapped[dict[str, Any] | None] = mapped_column(Document)
