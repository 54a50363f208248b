"""Questions with answers to choose from."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment, where

_IS_RUNNING = "told_at IS NULL"
_HAS_NEWS = "news_at IS NOT NULL"


class Poll(Base):
    """The question that goes with a post of kind "poll"."""

    __tablename__ = "polls"
    __table_args__ = (
        # Most polls are over, and few have news: the indexes hold only those that wait for something.
        sa.Index("ix_polls_ends_at", "ends_at", info=where(_IS_RUNNING)),
        sa.Index("ix_polls_news_at", "news_at", info=where(_HAS_NEWS)),
    )

    post_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    is_multiple: Mapped[bool] = mapped_column(default=False)
    ends_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it ended, before or at its time."""
    voters: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[datetime | None] = mapped_column(Moment)
    """When author and voters were told that it ended."""
    news_at: Mapped[datetime | None] = mapped_column(Moment)
    """Ours: since when there are votes of which others do not know yet."""
    counted_at: Mapped[datetime | None] = mapped_column(Moment)
    """Ours: when the counts were last sent out. Theirs: when they were last fetched."""


class PollOption(Base):
    """One answer. Never changed once published: others would forget the votes."""

    __tablename__ = "poll_options"

    post_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("polls.post_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(sa.String(200))
    votes: Mapped[int] = mapped_column(default=0)


class PollVote(Base):
    """Somebody's choice."""

    __tablename__ = "poll_votes"
    __table_args__ = (sa.UniqueConstraint("post_id", "actor_id", "position"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    """Id of the Note that carried it."""
    post_id: Mapped[int] = mapped_column(sa.ForeignKey("polls.post_id", ondelete="CASCADE"))
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment)
