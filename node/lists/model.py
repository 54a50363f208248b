"""Lists of people that a member reads apart from everybody else."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment


class PeopleList(Base):
    """A list of people by name. Nobody but its owner knows of it."""

    __tablename__ = "lists"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    replies: Mapped[str] = mapped_column(sa.String(10), default="list")  # followed list none
    """Whose answers are shown: those to people the owner follows, to people on the list, or to nobody."""
    is_exclusive: Mapped[bool] = mapped_column(default=False)
    """Its people are not shown in the owner's home."""
    created_at: Mapped[datetime] = mapped_column(Moment)


class ListedPerson(Base):
    """Somebody on a list. Its owner follows them."""

    __tablename__ = "listed_people"

    list_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("lists.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    actor_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
