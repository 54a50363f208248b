"""Where the apps of members want to be woken (Web Push, RFC 8030)."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment


class PushSubscription(Base):
    """One app on one device; it ends with the token that made it."""

    __tablename__ = "push_subscriptions"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    token_id: Mapped[int] = mapped_column(sa.ForeignKey("access_tokens.id", ondelete="CASCADE"), unique=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    endpoint: Mapped[str] = mapped_column(sa.String(2048))
    public_key: Mapped[str] = mapped_column(sa.String(100))
    """The app's P-256 point, base64url (``p256dh``)."""
    secret: Mapped[str] = mapped_column(sa.String(40))
    """What the app shares with us alone, base64url (``auth``)."""
    is_standard: Mapped[bool] = mapped_column(default=True)
    """RFC 8291; older apps expect the draft before it."""
    token: Mapped[str | None] = mapped_column(sa.Text)
    """The app's access token, locked with the node's own key: messages carry it."""
    alerts: Mapped[list[str]] = mapped_column(Document)
    """Kinds of news, in Mastodon's words."""
    policy: Mapped[str] = mapped_column(sa.String(10), default="all")  # all followed follower none
    told_at: Mapped[datetime] = mapped_column(Moment)
    """Up to when the app was told of what became visible, and in that instant up to which key."""
    told_id: Mapped[int] = mapped_column(sa.BigInteger)
    failures: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
