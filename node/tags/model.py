"""Hashtags that members follow, or show on their page."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment


class FollowedTag(Base):
    """A member reads at home what everybody may read under this tag."""

    __tablename__ = "followed_tags"
    __table_args__ = (sa.UniqueConstraint("actor_id", "tag"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    tag: Mapped[str] = mapped_column(sa.String(100), index=True)
    """Folded."""
    created_at: Mapped[datetime] = mapped_column(Moment)


class FeaturedTag(Base):
    """A tag by which a member wants to be found."""

    __tablename__ = "featured_tags"
    __table_args__ = (sa.UniqueConstraint("actor_id", "tag"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    tag: Mapped[str] = mapped_column(sa.String(100))
    """Folded."""
    name: Mapped[str] = mapped_column(sa.String(100))
    """As its owner wrote it."""
    created_at: Mapped[datetime] = mapped_column(Moment)
