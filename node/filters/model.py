"""What a member does not want to see, by words or by post."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment


class Filter(Base):
    """A named set of words and posts, where it counts, and what happens to what it finds."""

    __tablename__ = "filters"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    contexts: Mapped[list[str]] = mapped_column(Document)
    """Of home, notifications, public, thread and account."""
    action: Mapped[str] = mapped_column(sa.String(10), default="warn")  # warn hide blur
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)


class FilterWord(Base):
    """A word or phrase of a filter."""

    __tablename__ = "filter_words"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    filter_id: Mapped[int] = mapped_column(sa.ForeignKey("filters.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(sa.String(500))
    is_whole_word: Mapped[bool] = mapped_column(default=False)


class FilterPost(Base):
    """A post that a filter names itself."""

    __tablename__ = "filter_posts"
    __table_args__ = (sa.UniqueConstraint("filter_id", "post_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    filter_id: Mapped[int] = mapped_column(sa.ForeignKey("filters.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"), index=True)
