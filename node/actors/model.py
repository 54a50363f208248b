"""Everyone who can act, here or elsewhere, and their keys."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment, where


class Actor(Base):
    """A person, association, company, circle or node. Ours have ``is_local``; others are copies of their documents."""

    __tablename__ = "actors"
    __table_args__ = (
        sa.Index("ix_actors_username_folded_handle_host", "username_folded", "handle_host"),
        # SQLite uses it only for queries that say the condition in these very words.
        sa.Index("uq_actors_local_username", "username_folded", unique=True,
                 info=where("is_local", on_sqlite="is_local = 1")),
        sa.Index("ix_actors_industry", "industry", info=where("industry <> ''")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    is_local: Mapped[bool]
    kind: Mapped[str] = mapped_column(sa.String(20))  # person organization group application service
    username: Mapped[str] = mapped_column(sa.String(200))
    username_folded: Mapped[str] = mapped_column(sa.String(200))
    host: Mapped[str] = mapped_column(sa.String(300), index=True)
    """Authority of ``uri``: what decides. With port where there is one."""
    handle_host: Mapped[str] = mapped_column(sa.String(300))
    """What is shown after the @: ``host``, unless another domain's WebFinger points back to this actor."""
    name: Mapped[str] = mapped_column(sa.String(500))
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    """Clean HTML."""
    url: Mapped[str] = mapped_column(sa.String(2048))
    inbox_uri: Mapped[str] = mapped_column(sa.String(2048))
    shared_inbox_uri: Mapped[str | None] = mapped_column(sa.String(2048))
    """Only when it lies on the actor's own host."""
    outbox_uri: Mapped[str | None] = mapped_column(sa.String(2048))
    followers_uri: Mapped[str | None] = mapped_column(sa.String(2048))
    following_uri: Mapped[str | None] = mapped_column(sa.String(2048))
    featured_uri: Mapped[str | None] = mapped_column(sa.String(2048))
    members_uri: Mapped[str | None] = mapped_column(sa.String(2048))
    affiliations_uri: Mapped[str | None] = mapped_column(sa.String(2048))
    icon_url: Mapped[str | None] = mapped_column(sa.String(2048))
    image_url: Mapped[str | None] = mapped_column(sa.String(2048))
    icon_digest: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    """Our own copy of the picture in media, by content hash."""
    fields: Mapped[list[dict[str, str]]] = mapped_column(Document, default=list)
    """Public profile lines of a remote actor: ``[{"name": …, "value": clean HTML}]``."""
    industry: Mapped[str] = mapped_column(sa.String(10), default="", server_default="")
    """What they do, as everybody may know it: a NACE Rev. 2 code (node.industries)."""
    also_known_as: Mapped[list[str]] = mapped_column(Document, default=list)
    moved_to: Mapped[str | None] = mapped_column(sa.String(2048))
    approves_followers: Mapped[bool] = mapped_column(default=False)
    is_discoverable: Mapped[bool] = mapped_column(default=True)
    is_indexable: Mapped[bool] = mapped_column(default=True)
    capabilities: Mapped[list[str]] = mapped_column(Document, default=list)
    """What ``generator.implements`` lists (FEP-844e)."""
    document: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """A remote actor's document as it was fetched."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)
    fetched_at: Mapped[datetime | None] = mapped_column(Moment)
    suspended_at: Mapped[datetime | None] = mapped_column(Moment)
    limited_at: Mapped[datetime | None] = mapped_column(Moment)
    """Officers show this actor only to those who follow it."""
    moved_at: Mapped[datetime | None] = mapped_column(Moment)
    history_at: Mapped[datetime | None] = mapped_column(Moment)
    """When its earlier posts were fetched."""
    polled_at: Mapped[datetime | None] = mapped_column(Moment)
    """When its outbox was last looked at for what did not reach us."""
    featured_at: Mapped[datetime | None] = mapped_column(Moment)
    """When somebody last asked for what they keep on top of their page."""
    gone_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def handle(self) -> str:
        """``@alice@alpha.test``."""
        return f"@{self.username}@{self.handle_host}"


class ActorKey(Base):
    """A key an actor signs with. ``private`` is there for our own actors only, encrypted (node.secrets.Safe)."""

    __tablename__ = "actor_keys"

    uri: Mapped[str] = mapped_column(sa.String(2048), primary_key=True)
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    algorithm: Mapped[str] = mapped_column(sa.String(20))  # rsa ed25519
    public: Mapped[str] = mapped_column(sa.Text)
    """PEM (SubjectPublicKeyInfo) for rsa, multibase multikey for ed25519."""
    private: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    checked_at: Mapped[datetime] = mapped_column(Moment)
    """When it was last read from its owner."""
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
