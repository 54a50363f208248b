"""What the association knows of its members, and what each member shows to whom."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment


class Member(Base):
    """A local person as a member."""

    __tablename__ = "members"

    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"), primary_key=True, autoincrement=False)
    number: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    """The association's own member number, by which a second import finds its people again."""
    joined_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    import_id: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    """Which import brought them in."""


class ProfileField(Base):
    """One line of a profile, on one face, for one circle of readers."""

    __tablename__ = "profile_fields"
    __table_args__ = (sa.UniqueConstraint("actor_id", "name"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    face: Mapped[str] = mapped_column(sa.String(10))  # person business
    name: Mapped[str] = mapped_column(sa.String(40))
    """A name of node.members.fields: phone, email, website, trade, place, offers, seeks, origin, enjoys …"""
    value: Mapped[str] = mapped_column(sa.Text)
    visibility: Mapped[str] = mapped_column(sa.String(12))
    """public · members (of this association) · connections (people I am connected with) · nobody."""
    position: Mapped[int] = mapped_column(default=0)


class HostCard(Base):
    """How someone likes to be approached. Ours are edited here; those of others come with their actor document."""

    __tablename__ = "host_cards"

    actor_id: Mapped[int] = mapped_column(
        sa.ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    opens_with: Mapped[str] = mapped_column(sa.String(10), default="either")  # social business either
    languages: Mapped[list[str]] = mapped_column(Document, default=list)
    """BCP 47 tags."""
    hours: Mapped[list[list[str]]] = mapped_column(Document, default=list)
    """Contact hours in the host's own time: ``[["08:00", "10:00"], …]``; empty means any time."""
    days: Mapped[list[int]] = mapped_column(Document, default=list)
    """ISO weekdays 1–7; empty means any day."""
    time_zone: Mapped[str] = mapped_column(sa.String(60), default="UTC")
    ask_me_about: Mapped[list[str]] = mapped_column(Document, default=list)
    please_dont: Mapped[list[str]] = mapped_column(Document, default=list)
    channels: Mapped[list[str]] = mapped_column(Document, default=list)
    pace: Mapped[str] = mapped_column(sa.String(200), default="")
    updated_at: Mapped[datetime] = mapped_column(Moment)


class MembershipApplication(Base):
    """Someone asks to become a member."""

    __tablename__ = "applications"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str] = mapped_column(sa.String(254))
    email_folded: Mapped[str] = mapped_column(sa.String(254), index=True)
    company: Mapped[str] = mapped_column(sa.String(200), default="")
    trade: Mapped[str] = mapped_column(sa.String(200), default="")
    message: Mapped[str] = mapped_column(sa.Text, default="")
    language: Mapped[str] = mapped_column(sa.String(20), default="en")
    state: Mapped[str] = mapped_column(sa.String(12), default="waiting", index=True)  # waiting approved declined
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime] = mapped_column(Moment)


class MemberImport(Base):
    """One file that was imported, so that it can be named and taken back."""

    __tablename__ = "imports"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    file_name: Mapped[str] = mapped_column(sa.String(300))
    text: Mapped[str] = mapped_column(sa.Text, default="")
    """The file, decoded; emptied when the import has come to its end."""
    columns: Mapped[dict[str, str]] = mapped_column(Document, default=dict)
    """Which column feeds which field: ``{"E-Mail": "email", …}``."""
    state: Mapped[str] = mapped_column(sa.String(10), default="draft", index=True)  # draft running done undone
    total: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    """Rows that are behind it; moves in the unit that writes their members."""
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    by_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    undone_at: Mapped[datetime | None] = mapped_column(Moment)
