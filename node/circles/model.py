"""Circles: groups of people, here and elsewhere, who talk about one thing (wire: Group, FEP-1b12)."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment


class Circle(Base):
    """A circle of ours; its name, picture and keys are those of its actor (kind "group")."""

    __tablename__ = "circles"

    actor_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    openness: Mapped[str] = mapped_column(sa.String(10), default="open")  # open request invite
    is_closed: Mapped[bool] = mapped_column(default=False)
    """What is said is only for its members."""
    only_moderators_post: Mapped[bool] = mapped_column(default=False)
    about: Mapped[str] = mapped_column(sa.Text, default="")
    """Markdown."""
    created_by_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class CircleMember(Base):
    """Somebody in a circle of ours, or on the way in. Belonging is also a Follow: that is how others know it."""

    __tablename__ = "circle_members"
    __table_args__ = (sa.Index("ix_circle_members_actor_id", "actor_id"),)

    circle_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("circles.actor_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    actor_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    role: Mapped[str] = mapped_column(sa.String(10), default="member")  # member moderator
    state: Mapped[str] = mapped_column(sa.String(10))  # asked invited member left removed
    uri: Mapped[str] = mapped_column(sa.String(2048))
    """Id of the Follow, Join or Invite that waits for an answer or was answered."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
