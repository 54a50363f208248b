"""What pages elsewhere say about themselves, for the links in posts."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment


class Preview(Base):
    """One page, looked at once for all posts that link to it."""

    __tablename__ = "previews"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    url: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    title: Mapped[str] = mapped_column(sa.String(300), default="")
    """Empty while nobody looked, and where there is nothing to show."""
    description: Mapped[str] = mapped_column(sa.String(500), default="")
    site: Mapped[str] = mapped_column(sa.String(100), default="")
    picture_url: Mapped[str | None] = mapped_column(sa.String(2048))
    picture_alt: Mapped[str] = mapped_column(sa.String(500), default="")
    digest: Mapped[str | None] = mapped_column(sa.String(64))
    """Our own copy of the picture in media, once somebody looked at it."""
    width: Mapped[int | None]
    height: Mapped[int | None]
    fetched_at: Mapped[datetime | None] = mapped_column(Moment)
