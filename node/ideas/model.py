"""Idea cards: from a thought to a first sale, with what each stage has shown."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment


class Idea(Base):
    """An idea of a member. Its text is an article, which people anywhere can read and answer."""

    __tablename__ = "ideas"
    __table_args__ = (sa.Index("ix_ideas_actor_id_post_id", "actor_id", "post_id"),)

    post_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    stage: Mapped[str] = mapped_column(sa.String(10), default="idea")  # idea research test pilot sale done
    state: Mapped[str] = mapped_column(sa.String(10), default="open")  # open dropped done
    mentor_ask_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The ask of category "help" with which a mentor is looked for."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)


class IdeaStage(Base):
    """A stage that was closed, with the evidence counted then, or the reason why it was closed without."""

    __tablename__ = "idea_stages"

    post_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("ideas.post_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    stage: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    evidence: Mapped[int] = mapped_column(default=0)
    why: Mapped[str] = mapped_column(sa.Text, default="")
    closed_at: Mapped[datetime] = mapped_column(Moment)
