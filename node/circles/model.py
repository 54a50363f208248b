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
    """Somebody in a circle of ours, or at its door. Who is in also follows it: that is how posts reach them."""

    __tablename__ = "circle_members"
    __table_args__ = (sa.Index("ix_circle_members_actor_id", "actor_id"),)

    circle_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("circles.actor_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    actor_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    role: Mapped[str] = mapped_column(sa.String(10), default="member")  # member moderator
    state: Mapped[str] = mapped_column(sa.String(10))  # asked member declined removed
    verb: Mapped[str] = mapped_column(sa.String(10), default="Follow")  # Follow Join
    """What it asked with: the answer has it inside."""
    uri: Mapped[str] = mapped_column(sa.String(2048))
    """Id of the Follow or Join that waits for an answer or was answered."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)


class CircleInvitation(Base):
    """Somebody is asked to join a circle: one of ours by its people, or a member of ours by people elsewhere."""

    __tablename__ = "circle_invitations"
    __table_args__ = (
        sa.UniqueConstraint("circle_id", "invited_id"),
        sa.Index("ix_circle_invitations_invited_id_state", "invited_id", "state"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    """Id of the Invite."""
    circle_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    inviting_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    invited_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    words: Mapped[str] = mapped_column(sa.String(500), default="")
    state: Mapped[str] = mapped_column(sa.String(10))  # asked accepted declined withdrawn
    created_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
