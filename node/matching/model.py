"""What matching knows of the words of each open listing, and whom it found a listing for."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment


class ListingReading(Base):
    """Which version of an open listing the words were taken from, so that a changed one is read again."""

    __tablename__ = "listing_readings"

    post_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("listings.post_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    version_at: Mapped[datetime] = mapped_column(Moment)
    rules: Mapped[int]
    """By which node.matching.terms.RULES."""


class ListingWord(Base):
    """A word of an open listing by its stem, a hashtag (``#oak``) or a part of its industry (``~10.7``)."""

    __tablename__ = "listing_words"
    __table_args__ = (sa.Index("ix_listing_words_post_id", "post_id"), {"info": {"sqlite": {"with_rowid": False}}})

    purpose: Mapped[str] = mapped_column(sa.String(10), primary_key=True)  # of the listing: offer request
    term: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    post_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("listings.post_id", ondelete="CASCADE"), primary_key=True
    )
    word: Mapped[str] = mapped_column(sa.String(60), default="")
    """As it was written, for the sentence that says why."""
    weight: Mapped[int] = mapped_column(sa.SmallInteger)
    """3 in the title, 1 in the text."""


class Match(Base):
    """A listing of somebody else that fits what a member offers or seeks; one row for the two, for ever."""

    __tablename__ = "matches"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "post_id"),
        sa.Index("ix_matches_account_id_purpose_score", "account_id", "purpose", "score"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(sa.String(10))
    """Of the listing: request is an ask that the member can answer, offer something that helps them."""
    own_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The member's own listing that it fits best; None for what their page says."""
    score: Mapped[int]
    """0 when it fitted once and does so no more."""
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(Document, default=list)
    """node.matching.reasons turns them into a sentence."""
    state: Mapped[str] = mapped_column(sa.String(10), default="new")  # new seen dismissed
    told_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the member was told of it, once."""
    mailed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it stood in the weekly letter, once."""
    created_at: Mapped[datetime] = mapped_column(Moment)
