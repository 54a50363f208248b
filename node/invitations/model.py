"""Invitations: to connect with someone anywhere, and to join this association."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key, Moment


class Connection(Base):
    """Two people who know each other, from the first question to the end (wire: Relationship)."""

    __tablename__ = "connections"
    __table_args__ = (sa.Index("ix_connections_invited_id_state", "invited_id", "state"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    """Id of the Relationship object."""
    offer_uri: Mapped[str] = mapped_column(sa.String(2048), unique=True)
    """Id of the Offer activity that asked."""
    inviting_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    invited_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    pair: Mapped[str] = mapped_column(sa.String(50), index=True)
    """``"<smaller actor id>:<larger actor id>"``, to find a pair whoever asked first."""
    question: Mapped[str] = mapped_column(sa.Text, default="")
    about: Mapped[str] = mapped_column(sa.Text, default="")
    lens: Mapped[str] = mapped_column(sa.String(10), default="both")
    """The frame: social- or business-led or both."""
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[str] = mapped_column(sa.String(10))  # asked accepted declined withdrawn ended
    via: Mapped[str] = mapped_column(sa.String(10), default="offer")  # offer note (a network without Offer) local
    born_of_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The post from which it began."""
    note_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The direct note that carried the question to another network."""
    notify_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the host hears of it: now, or when their contact hours begin."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class JoinInvitation(Base):
    """An officer's invitation to become a member, single use."""

    __tablename__ = "join_invitations"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    email: Mapped[str | None] = mapped_column(sa.String(254))
    name: Mapped[str] = mapped_column(sa.String(200), default="")
    note: Mapped[str] = mapped_column(sa.Text, default="")
    role: Mapped[str] = mapped_column(sa.String(20), default="member")
    for_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    """The imported member who claims their page with it; None for someone new."""
    by_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    used_by_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
