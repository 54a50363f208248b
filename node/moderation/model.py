"""Whom people and officers keep at a distance, and what was reported."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment


class Block(Base):
    """``blocking`` and ``blocked`` do not see, follow or write to each other. Also those that others told us of."""

    __tablename__ = "blocks"
    __table_args__ = (sa.UniqueConstraint("blocking_id", "blocked_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    """Id of the Block activity."""
    blocking_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    blocked_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Mute(Base):
    """``muting`` does not see ``muted``. Nobody is told."""

    __tablename__ = "mutes"
    __table_args__ = (sa.UniqueConstraint("muting_id", "muted_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    muting_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    muted_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    hides_notifications: Mapped[bool] = mapped_column(default=True)
    until: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)


class ThreadMute(Base):
    """A conversation of which somebody wants to hear no more."""

    __tablename__ = "thread_mutes"

    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True)
    context: Mapped[str] = mapped_column(sa.String(2048), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Moment)


class BlockedHost(Base):
    """A host of which a member wants to see nothing."""

    __tablename__ = "blocked_hosts"
    __table_args__ = (sa.UniqueConstraint("actor_id", "host"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    host: Mapped[str] = mapped_column(sa.String(300), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)


class PersonNote(Base):
    """What a member wrote down about somebody, for themselves."""

    __tablename__ = "person_notes"

    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True)
    about_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(sa.String(2000))


class Report(Base):
    """Something that officers should look at (wire: Flag)."""

    __tablename__ = "reports"
    __table_args__ = (sa.Index("ix_reports_state_id", "state", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("actors.id", ondelete="SET NULL"))
    """The member who reports, or the other server's own actor."""
    target_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    post_ids: Mapped[list[int]] = mapped_column(Document, default=list)
    text: Mapped[str] = mapped_column(sa.Text, default="")
    category: Mapped[str] = mapped_column(sa.String(20), default="other")  # spam legal violation other
    is_forwarded: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(sa.String(10), default="open")  # open resolved
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    """What officers noted."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    resolved_at: Mapped[datetime | None] = mapped_column(Moment)
    resolved_by_id: Mapped[int | None] = mapped_column(sa.BigInteger)
