"""Who follows whom."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment


class Follow(Base):
    """``follower`` asked to read what ``followed`` writes; active only once it is ``accepted``."""

    __tablename__ = "follows"
    __table_args__ = (
        sa.UniqueConstraint("follower_id", "followed_id"),
        sa.Index("ix_follows_followed_id_state", "followed_id", "state"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    """Id of the Follow activity; a second Follow has a new one."""
    follower_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    followed_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(sa.String(10))  # asked accepted rejected
    created_at: Mapped[datetime] = mapped_column(Moment)
    shows_boosts: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    """Whether the follower also sees what the followed pass on."""
    notifies: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether the follower is told of each post."""
    answered_at: Mapped[datetime | None] = mapped_column(Moment)


class PassedOver(Base):
    """Somebody whom a member does not want to have suggested again."""

    __tablename__ = "passed_over"

    viewer_id: Mapped[int] = mapped_column(
        sa.ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    actor_id: Mapped[int] = mapped_column(
        sa.ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    created_at: Mapped[datetime] = mapped_column(Moment)
