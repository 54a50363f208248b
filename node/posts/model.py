"""Everything that appears in a feed. Other kinds (listings …) add a table of their own beside the row here."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment, where


def _where_known(name: str, column: str, *more: str, unique: bool = False) -> sa.Index:
    """An index of a column that is NULL in most rows; used by queries that compare the column with a value."""
    return sa.Index(name, column, *more, unique=unique, info=where(f"{column} IS NOT NULL"))


class Post(Base):
    """A piece of content by someone, here or elsewhere, in the form every microblog can show."""

    __tablename__ = "posts"
    __table_args__ = (
        sa.Index("ix_posts_author_id_id", "author_id", "id"),
        sa.Index("ix_posts_kind_id", "kind", "id"),
        sa.Index("ix_posts_context", "context"),
        # Few posts answer or pass on another, quote one or belong to a circle: the indexes hold only those.
        _where_known("ix_posts_answering_uri", "parent_uri"),
        _where_known("ix_posts_answering", "parent_id"),
        _where_known("ix_posts_begun_in", "born_of_id"),
        _where_known("uq_posts_boost_of_id_author_id", "boost_of_id", "author_id", unique=True),
        _where_known("ix_posts_quoted_id", "quoted_id"),
        _where_known("ix_posts_circle_id_id", "circle_id", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    """Ordered by ``published_at``, also for what arrives late."""
    uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    url: Mapped[str] = mapped_column(sa.String(2048))
    kind: Mapped[str] = mapped_column(sa.String(20))
    """A name in node.catalogue: note, listing …"""
    is_local: Mapped[bool]
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"))
    content: Mapped[str] = mapped_column(sa.Text, default="")
    """Clean HTML, as sent or as cleaned on arrival."""
    source: Mapped[str | None] = mapped_column(sa.Text)
    """What a member of ours typed (Markdown)."""
    warning: Mapped[str] = mapped_column(sa.String(500), default="")
    """Content warning; ``summary`` on the wire."""
    is_sensitive: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None] = mapped_column(sa.String(20))
    lens: Mapped[str] = mapped_column(sa.String(10), default="both")  # social business both
    visibility: Mapped[str] = mapped_column(sa.String(10))  # public quiet followers direct
    to: Mapped[list[str]] = mapped_column(Document, default=list)
    cc: Mapped[list[str]] = mapped_column(Document, default=list)
    parent_uri: Mapped[str | None] = mapped_column(sa.String(2048))
    parent_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    context: Mapped[str | None] = mapped_column(sa.String(2048))
    born_of_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The post from which this offer or ask began."""
    boost_of_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Of kind "boost": the post that ``author`` passed on. ``uri`` is the id of the Announce; there is no text."""
    quoted_uri: Mapped[str | None] = mapped_column(sa.String(2048))
    quoted_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    preview_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """What the page says about itself to which it links."""
    may_quote: Mapped[str | None] = mapped_column(sa.String(20))
    """Who may quote it, in the words of node.posts.quoting; None where its author said nothing of it."""
    circle_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The group (an actor) in which it was said."""
    title: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")
    """Of an article or gathering; plain text."""
    likes: Mapped[int] = mapped_column(default=0, server_default="0")
    boosts: Mapped[int] = mapped_column(default=0, server_default="0")
    replies: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many answers everybody may read."""
    replies_total: Mapped[int | None]
    """How many answers its own server says there are."""
    replies_known_at: Mapped[datetime | None] = mapped_column(Moment)
    """When its answers were last fetched."""
    is_history: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Fetched from before somebody here followed its author; told to nobody."""
    document: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """A remote object as it came, where it says more than this row does."""
    published_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime | None] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)
    """A tombstone: text and pictures are gone, the address answers "gone" for ever."""


class Quote(Base):
    """What the author of a quoted post has to say to it (FEP-044f). Quotes that need nobody's word have no row."""

    __tablename__ = "quotes"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    quoting_uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    """What quotes; it may not have come yet."""
    quoted_uri: Mapped[str] = mapped_column(sa.String(2048))
    author_uri: Mapped[str] = mapped_column(sa.String(2048))
    """Who wrote what is quoted and decides; empty until we know."""
    state: Mapped[str] = mapped_column(sa.String(10))  # asked accepted refused withdrawn
    request_uri: Mapped[str | None] = mapped_column(sa.String(2048), index=True)
    """Our QuoteRequest."""
    stamp_uri: Mapped[str | None] = mapped_column(sa.String(2048), index=True)
    """Where the yes stands."""
    asked_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)


class PostVersion(Base):
    """How a post read before an edit."""

    __tablename__ = "post_versions"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    post_id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(sa.String(500), default="")
    content: Mapped[str] = mapped_column(sa.Text, default="")
    warning: Mapped[str] = mapped_column(sa.String(500), default="")
    is_sensitive: Mapped[bool] = mapped_column(default=False)
    pictures: Mapped[list[dict[str, Any]]] = mapped_column(Document, default=list)
    """``[{"id": key of media, "alt": …}]``."""
    written_at: Mapped[datetime] = mapped_column(Moment)
    """When this version was written, not when it was replaced."""


class PostMention(Base):
    """Who is named in a post, and whether the post is addressed to them."""

    __tablename__ = "post_mentions"

    post_id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, index=True)
    is_addressed: Mapped[bool] = mapped_column(default=True)


class PostTag(Base):
    """A hashtag on a post, folded."""

    __tablename__ = "post_tags"

    post_id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(sa.String(100), primary_key=True, index=True)


class Tombstone(Base):
    """An address whose deletion we heard of before, or without, its content. It never comes back."""

    __tablename__ = "tombstones"

    uri: Mapped[str] = mapped_column(sa.String(2048), primary_key=True)
    actor_uri: Mapped[str] = mapped_column(sa.String(2048))
    deleted_at: Mapped[datetime] = mapped_column(Moment, index=True)
