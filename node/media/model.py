"""Pictures: ours, and cached copies of those of others."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment


class Media(Base):
    """One picture in one place. The file itself is named by its content and may be shared by several rows."""

    __tablename__ = "media"
    __table_args__ = (sa.Index("ix_media_post_id_position", "post_id", "position"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    post_id: Mapped[int | None] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(sa.String(10), default="post")  # post avatar header logo
    position: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    """SHA-256 of the re-encoded file; None for a remote picture that is not cached."""
    extension: Mapped[str] = mapped_column(sa.String(5), default="webp")
    media_type: Mapped[str] = mapped_column(sa.String(60), default="image/webp")
    remote_url: Mapped[str | None] = mapped_column(sa.String(2048))
    width: Mapped[int | None]
    height: Mapped[int | None]
    bytes: Mapped[int] = mapped_column(default=0)
    blurhash: Mapped[str] = mapped_column(sa.String(100), default="")
    alt: Mapped[str] = mapped_column(sa.String(1500), default="")
    focus_x: Mapped[float | None]
    focus_y: Mapped[float | None]
    """What a narrow frame should keep in sight, from the middle: -1 left or below, 1 right or above."""
    created_at: Mapped[datetime] = mapped_column(Moment)
