"""Likes and other reactions to posts."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment


class Reaction(Base):
    """``actor`` likes ``post``, or answers it with an emoji (FEP-c0e0)."""

    __tablename__ = "reactions"
    __table_args__ = (
        sa.UniqueConstraint("actor_id", "post_id", "emoji"),
        sa.Index("ix_reactions_post_id_id", "post_id", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    """Id of the Like or EmojiReact."""
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"))
    emoji: Mapped[str] = mapped_column(sa.String(100), default="")
    """Empty for a plain like; a character, or ``:shortcode:`` of the actor's host."""
    created_at: Mapped[datetime] = mapped_column(Moment)
