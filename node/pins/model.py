"""Posts that somebody keeps on top of their page."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment


class Pin(Base):
    """A post in the ``featured`` collection of its author."""

    __tablename__ = "pins"
    __table_args__ = (sa.UniqueConstraint("actor_id", "post_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
