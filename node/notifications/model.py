"""What a member is told of, and from when on."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment

TOGETHER = ("liked", "passed_on")
"""What many do with one post is one piece of news: nobody is called for each of them."""


class Notification(Base):
    """One piece of news for one account."""

    __tablename__ = "notifications"
    __table_args__ = (
        sa.Index("ix_notifications_account_id_id", "account_id", "id"),
        sa.UniqueConstraint("account_id", "kind", "cause"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(sa.String(30))
    """mention reply follow follow_request invitation invitation_accepted application listing_answer message …"""
    cause: Mapped[str] = mapped_column(sa.String(300))
    """What makes it unique, such as ``post:123``; the same cause never tells twice."""
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    post_id: Mapped[int | None] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    subject_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Key of the connection, application … it is about."""
    visible_at: Mapped[datetime] = mapped_column(Moment, index=True)
    """Contact hours hold it back until then."""
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)


class PutAway(Base):
    """A conversation somebody does not want in their list any more, by its last post: what is said later is news."""

    __tablename__ = "put_away"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    post_id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, index=True)
