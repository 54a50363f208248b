"""Small pictures that other networks write into their texts."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment


class Emoji(Base):
    """``:shortcode:`` as it is used on a host."""

    __tablename__ = "emojis"
    __table_args__ = (sa.UniqueConstraint("host", "shortcode"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    host: Mapped[str] = mapped_column(sa.String(300))
    shortcode: Mapped[str] = mapped_column(sa.String(100))
    """Without colons."""
    url: Mapped[str] = mapped_column(sa.String(2048))
    digest: Mapped[str | None] = mapped_column(sa.String(64))
    """Our own copy in media, once somebody looked at it."""
    seen_at: Mapped[datetime] = mapped_column(Moment)
