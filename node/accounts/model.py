"""Who can log in here, and with what."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment, where


class Account(Base):
    """The private side of a local person: mail address, password, role, language."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"), unique=True)
    email: Mapped[str | None] = mapped_column(sa.String(254))
    email_folded: Mapped[str | None] = mapped_column(sa.String(254), unique=True)
    password: Mapped[str | None] = mapped_column(sa.String(300))
    """argon2id; None until the member has set one."""
    role: Mapped[str] = mapped_column(sa.String(20), default="member")  # member officer admin
    language: Mapped[str] = mapped_column(sa.String(20), default="en")
    time_zone: Mapped[str] = mapped_column(sa.String(60), default="UTC")
    etiquette_version: Mapped[int] = mapped_column(default=0)
    etiquette_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    claimed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the person first came in by themselves; None for an imported member."""
    suspended_at: Mapped[datetime | None] = mapped_column(Moment)
    wants_digest: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    """Whether the weekly letter goes out."""
    digest_due_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the next one may; None until its day of the week is drawn."""
    posts_to: Mapped[str] = mapped_column(sa.String(10), default="public", server_default="public")
    """How wide a post goes where its writer says nothing: public quiet followers."""
    posts_are_sensitive: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    posts_in: Mapped[str] = mapped_column(sa.String(20), default="", server_default="")
    """The language they write in; empty for the one they read in."""


class LoginSession(Base):
    """One browser that is logged in."""

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    device: Mapped[str] = mapped_column(sa.String(300), default="")
    address: Mapped[str] = mapped_column(sa.String(60), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)


class Passkey(Base):
    """A WebAuthn credential."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[str] = mapped_column(sa.String(1500), unique=True)  # base64url
    public_key: Mapped[str] = mapped_column(sa.Text)  # base64url
    sign_count: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    name: Mapped[str] = mapped_column(sa.String(100))
    created_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class OneTimeKey(Base):
    """A link that works once: password reset, confirming a mail address, a passkey ceremony's challenge."""

    __tablename__ = "one_time_keys"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(sa.String(20))
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    subject: Mapped[str] = mapped_column(sa.String(500), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class App(Base):
    """A program that asked to be known here, so that members can let it act for them."""

    __tablename__ = "apps"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    client_id: Mapped[str] = mapped_column(sa.String(64), unique=True)
    secret_hash: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(200))
    website: Mapped[str] = mapped_column(sa.String(2000), default="")
    redirect_uris: Mapped[list[str]] = mapped_column(Document)
    scopes: Mapped[list[str]] = mapped_column(Document)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)


class AuthorizationCode(Base):
    """A member's yes to an app, on its way to become a token. Works once, for ten minutes."""

    __tablename__ = "authorization_codes"

    code_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    app_id: Mapped[int] = mapped_column(sa.ForeignKey("apps.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    redirect_uri: Mapped[str] = mapped_column(sa.String(2000))
    scopes: Mapped[list[str]] = mapped_column(Document)
    challenge: Mapped[str | None] = mapped_column(sa.String(128))
    """PKCE S256; None when the app did not send one."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    token_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The token it became: taken back when the code is shown a second time."""


class AccessToken(Base):
    """What an app or script presents instead of a password."""

    __tablename__ = "access_tokens"
    __table_args__ = (
        sa.Index(
            "uq_access_tokens_refresh_hash",
            "refresh_hash",
            unique=True,
            info=where("refresh_hash IS NOT NULL"),
        ),
        sa.Index(
            "ix_access_tokens_spent_hash",
            "spent_hash",
            info=where("spent_hash IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    """None for a token that an app got for itself, before anybody logged in with it."""
    app_id: Mapped[int | None] = mapped_column(sa.ForeignKey("apps.id", ondelete="CASCADE"), index=True)
    """None for a token made on the command line."""
    app_name: Mapped[str] = mapped_column(sa.String(200))
    scopes: Mapped[list[str]] = mapped_column(Document)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    """None for a token that works until it is taken back, as apps expect; set where a refresh token goes with it."""
    refresh_hash: Mapped[str | None] = mapped_column(sa.String(64))
    spent_hash: Mapped[str | None] = mapped_column(sa.String(64))
    """The refresh token before that one: whoever shows it had it from somewhere."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)


class Marker(Base):
    """How far a member has read in an app, so that the next app begins there."""

    __tablename__ = "markers"

    account_id: Mapped[int] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    timeline: Mapped[str] = mapped_column(sa.String(20), primary_key=True)  # home notifications
    last_read_id: Mapped[int] = mapped_column(sa.BigInteger)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class AppRequest(Base):
    """A request that an app named with an Idempotency-Key, and the post it made: the repeat gets the same one."""

    __tablename__ = "app_requests"

    account_id: Mapped[int] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    key_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    post_id: Mapped[int] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
