"""The first schema."""

import sqlalchemy as sa
from alembic import op

from node.db import Document, Key, Moment
from node.search import SCHEMA

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actors",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("is_local", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("username", sa.String(length=200), nullable=False),
        sa.Column("username_folded", sa.String(length=200), nullable=False),
        sa.Column("host", sa.String(length=300), nullable=False),
        sa.Column("handle_host", sa.String(length=300), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("inbox_uri", sa.String(length=2048), nullable=False),
        sa.Column("shared_inbox_uri", sa.String(length=2048), nullable=True),
        sa.Column("outbox_uri", sa.String(length=2048), nullable=True),
        sa.Column("followers_uri", sa.String(length=2048), nullable=True),
        sa.Column("following_uri", sa.String(length=2048), nullable=True),
        sa.Column("featured_uri", sa.String(length=2048), nullable=True),
        sa.Column("members_uri", sa.String(length=2048), nullable=True),
        sa.Column("affiliations_uri", sa.String(length=2048), nullable=True),
        sa.Column("icon_url", sa.String(length=2048), nullable=True),
        sa.Column("image_url", sa.String(length=2048), nullable=True),
        sa.Column("icon_digest", sa.String(length=64), nullable=True),
        sa.Column("fields", Document, nullable=False),
        sa.Column("also_known_as", Document, nullable=False),
        sa.Column("moved_to", sa.String(length=2048), nullable=True),
        sa.Column("approves_followers", sa.Boolean(), nullable=False),
        sa.Column("is_discoverable", sa.Boolean(), nullable=False),
        sa.Column("is_indexable", sa.Boolean(), nullable=False),
        sa.Column("capabilities", Document, nullable=False),
        sa.Column("document", Document, nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("fetched_at", Moment(), nullable=True),
        sa.Column("suspended_at", Moment(), nullable=True),
        sa.Column("gone_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actors")),
        sa.UniqueConstraint("uri", name=op.f("uq_actors_uri")),
    )
    op.create_index(op.f("ix_actors_host"), "actors", ["host"], unique=False)
    op.create_index(op.f("ix_actors_icon_digest"), "actors", ["icon_digest"], unique=False)
    op.create_index("ix_actors_username_folded_handle_host", "actors", ["username_folded", "handle_host"], unique=False)
    op.create_index(
        "uq_actors_local_username",
        "actors",
        ["username_folded"],
        unique=True,
        sqlite_where=sa.text("is_local = 1"),
        postgresql_where=sa.text("is_local"),
    )
    op.create_table(
        "apps",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("website", sa.String(length=2000), nullable=False),
        sa.Column("redirect_uris", Document, nullable=False),
        sa.Column("scopes", Document, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_apps")),
        sa.UniqueConstraint("client_id", name=op.f("uq_apps_client_id")),
    )
    op.create_index(op.f("ix_apps_created_at"), "apps", ["created_at"], unique=False)
    op.create_table(
        "letters",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_answer", sa.String(length=300), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.Column("lease", sa.String(length=40), nullable=True),
        sa.Column("leased_until", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    op.create_index("ix_letters_state_next_at", "letters", ["state", "next_at"], unique=False)
    op.create_table(
        "peers",
        sa.Column("host", sa.String(length=300), nullable=False),
        sa.Column("software", sa.String(length=60), nullable=False),
        sa.Column("version", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("office_uri", sa.String(length=2048), nullable=True),
        sa.Column("described_at", Moment(), nullable=True),
        sa.Column("signature_style", sa.String(length=10), nullable=False),
        sa.Column("style_learned_at", Moment(), nullable=True),
        sa.Column("first_seen_at", Moment(), nullable=False),
        sa.Column("heard_at", Moment(), nullable=True),
        sa.Column("delivered_at", Moment(), nullable=True),
        sa.Column("failed_at", Moment(), nullable=True),
        sa.Column("failing_since", Moment(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_answer", sa.String(length=300), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("open_until", Moment(), nullable=True),
        sa.Column("leased_until", Moment(), nullable=True),
        sa.Column("lease", sa.String(length=40), nullable=True),
        sa.Column("blocked_at", Moment(), nullable=True),
        sa.Column("blocked_reason", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_peers")),
    )
    op.create_index("ix_peers_due_at", "peers", ["due_at"], unique=False)
    op.create_table(
        "received",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("actor_uri", sa.String(length=2048), nullable=False),
        sa.Column("host", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.Column("leased_until", Moment(), nullable=True),
        sa.Column("lease", sa.String(length=40), nullable=True),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_received_fingerprint")),
    )
    op.create_index(op.f("ix_received_host"), "received", ["host"], unique=False)
    op.create_index(op.f("ix_received_received_at"), "received", ["received_at"], unique=False)
    op.create_index("ix_received_state_next_at", "received", ["state", "next_at"], unique=False)
    op.create_table(
        "settings",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
    )
    op.create_table(
        "tombstones",
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("actor_uri", sa.String(length=2048), nullable=False),
        sa.Column("deleted_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("uri", name=op.f("pk_tombstones")),
    )
    op.create_index(op.f("ix_tombstones_deleted_at"), "tombstones", ["deleted_at"], unique=False)
    op.create_table(
        "accounts",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_folded", sa.String(length=254), nullable=True),
        sa.Column("password", sa.String(length=300), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("etiquette_version", sa.Integer(), nullable=False),
        sa.Column("etiquette_at", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("claimed_at", Moment(), nullable=True),
        sa.Column("suspended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_accounts_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("actor_id", name=op.f("uq_accounts_actor_id")),
        sa.UniqueConstraint("email_folded", name=op.f("uq_accounts_email_folded")),
    )
    op.create_table(
        "activities",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("object_uri", sa.String(length=2048), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_activities_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
        sa.UniqueConstraint("uri", name=op.f("uq_activities_uri")),
    )
    op.create_index("ix_activities_actor_id_is_public_id", "activities", ["actor_id", "is_public", "id"], unique=False)
    op.create_index(op.f("ix_activities_object_uri"), "activities", ["object_uri"], unique=False)
    op.create_table(
        "actor_keys",
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("algorithm", sa.String(length=20), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("private", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("checked_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_actor_keys_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("uri", name=op.f("pk_actor_keys")),
    )
    op.create_index(op.f("ix_actor_keys_actor_id"), "actor_keys", ["actor_id"], unique=False)
    op.create_table(
        "associations",
        sa.Column("actor_id", Key, autoincrement=False, nullable=False),
        sa.Column("tagline", sa.String(length=300), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("languages", Document, nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("accent", sa.String(length=7), nullable=False),
        sa.Column("logo_digest", sa.String(length=64), nullable=True),
        sa.Column("picture_digest", sa.String(length=64), nullable=True),
        sa.Column("is_open_to_applications", sa.Boolean(), nullable=False),
        sa.Column("recruitment_policy", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_associations_actor_id")),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_associations")),
    )
    op.create_table(
        "companies",
        sa.Column("actor_id", Key, autoincrement=False, nullable=False),
        sa.Column("name_folded", sa.String(length=300), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("trade", sa.String(length=200), nullable=False),
        sa.Column("trade_code", sa.String(length=10), nullable=False),
        sa.Column("size", sa.String(length=10), nullable=False),
        sa.Column("website", sa.String(length=500), nullable=False),
        sa.Column("phone", sa.String(length=60), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("street", sa.String(length=300), nullable=False),
        sa.Column("postal_code", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_companies_actor_id")),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_companies")),
    )
    op.create_index(op.f("ix_companies_import_id"), "companies", ["import_id"], unique=False)
    op.create_index(op.f("ix_companies_name_folded"), "companies", ["name_folded"], unique=False)
    op.create_index(op.f("ix_companies_trade_code"), "companies", ["trade_code"], unique=False)
    op.create_table(
        "connections",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("offer_uri", sa.String(length=2048), nullable=False),
        sa.Column("inviting_id", Key, nullable=False),
        sa.Column("invited_id", Key, nullable=False),
        sa.Column("pair", sa.String(length=50), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("lens", sa.String(length=10), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("via", sa.String(length=10), nullable=False),
        sa.Column("note_id", sa.BigInteger(), nullable=True),
        sa.Column("notify_at", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["invited_id"], ["actors.id"], name=op.f("fk_connections_invited_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["inviting_id"], ["actors.id"], name=op.f("fk_connections_inviting_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
        sa.UniqueConstraint("offer_uri", name=op.f("uq_connections_offer_uri")),
        sa.UniqueConstraint("uri", name=op.f("uq_connections_uri")),
    )
    op.create_index("ix_connections_invited_id_state", "connections", ["invited_id", "state"], unique=False)
    op.create_index(op.f("ix_connections_inviting_id"), "connections", ["inviting_id"], unique=False)
    op.create_index(op.f("ix_connections_pair"), "connections", ["pair"], unique=False)
    op.create_table(
        "follows",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("follower_id", Key, nullable=False),
        sa.Column("followed_id", Key, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["followed_id"], ["actors.id"], name=op.f("fk_follows_followed_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["follower_id"], ["actors.id"], name=op.f("fk_follows_follower_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
        sa.UniqueConstraint("follower_id", "followed_id", name=op.f("uq_follows_follower_id_followed_id")),
        sa.UniqueConstraint("uri", name=op.f("uq_follows_uri")),
    )
    op.create_index("ix_follows_followed_id_state", "follows", ["followed_id", "state"], unique=False)
    op.create_table(
        "host_cards",
        sa.Column("actor_id", Key, autoincrement=False, nullable=False),
        sa.Column("opens_with", sa.String(length=10), nullable=False),
        sa.Column("languages", Document, nullable=False),
        sa.Column("hours", Document, nullable=False),
        sa.Column("days", Document, nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("ask_me_about", Document, nullable=False),
        sa.Column("please_dont", Document, nullable=False),
        sa.Column("channels", Document, nullable=False),
        sa.Column("pace", sa.String(length=200), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_host_cards_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_host_cards")),
    )
    op.create_table(
        "members",
        sa.Column("actor_id", Key, autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column("joined_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("import_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_members_actor_id")),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_members")),
        sa.UniqueConstraint("number", name=op.f("uq_members_number")),
    )
    op.create_index(op.f("ix_members_import_id"), "members", ["import_id"], unique=False)
    op.create_table(
        "posts",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("is_local", sa.Boolean(), nullable=False),
        sa.Column("author_id", Key, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("warning", sa.String(length=500), nullable=False),
        sa.Column("is_sensitive", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=True),
        sa.Column("lens", sa.String(length=10), nullable=False),
        sa.Column("visibility", sa.String(length=10), nullable=False),
        sa.Column("to", Document, nullable=False),
        sa.Column("cc", Document, nullable=False),
        sa.Column("parent_uri", sa.String(length=2048), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("context", sa.String(length=2048), nullable=True),
        sa.Column("born_of_id", sa.BigInteger(), nullable=True),
        sa.Column("document", Document, nullable=True),
        sa.Column("published_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=True),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["actors.id"], name=op.f("fk_posts_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("uri", name=op.f("uq_posts_uri")),
    )
    op.create_index("ix_posts_author_id_id", "posts", ["author_id", "id"], unique=False)
    op.create_index(op.f("ix_posts_born_of_id"), "posts", ["born_of_id"], unique=False)
    op.create_index("ix_posts_context", "posts", ["context"], unique=False)
    op.create_index("ix_posts_kind_id", "posts", ["kind", "id"], unique=False)
    op.create_index(op.f("ix_posts_parent_id"), "posts", ["parent_id"], unique=False)
    op.create_index(op.f("ix_posts_parent_uri"), "posts", ["parent_uri"], unique=False)
    op.create_table(
        "profile_fields",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("face", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("visibility", sa.String(length=12), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_profile_fields_actor_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_fields")),
        sa.UniqueConstraint("actor_id", "name", name=op.f("uq_profile_fields_actor_id_name")),
    )
    op.create_index(op.f("ix_profile_fields_actor_id"), "profile_fields", ["actor_id"], unique=False)
    op.create_table(
        "vouches",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("issuer_id", Key, nullable=False),
        sa.Column("subject_id", Key, nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("document", Document, nullable=True),
        sa.ForeignKeyConstraint(["issuer_id"], ["actors.id"], name=op.f("fk_vouches_issuer_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["subject_id"], ["actors.id"], name=op.f("fk_vouches_subject_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouches")),
        sa.UniqueConstraint("issuer_id", "subject_id", name=op.f("uq_vouches_issuer_id_subject_id")),
        sa.UniqueConstraint("uri", name=op.f("uq_vouches_uri")),
    )
    op.create_index(op.f("ix_vouches_subject_id"), "vouches", ["subject_id"], unique=False)
    op.create_table(
        "access_tokens",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", Key, nullable=True),
        sa.Column("app_id", Key, nullable=True),
        sa.Column("app_name", sa.String(length=200), nullable=False),
        sa.Column("scopes", Document, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_access_tokens_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["app_id"], ["apps.id"], name=op.f("fk_access_tokens_app_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_tokens_token_hash")),
    )
    op.create_index(op.f("ix_access_tokens_account_id"), "access_tokens", ["account_id"], unique=False)
    op.create_index(op.f("ix_access_tokens_app_id"), "access_tokens", ["app_id"], unique=False)
    op.create_table(
        "app_requests",
        sa.Column("account_id", Key, autoincrement=False, nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_app_requests_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "key_hash", name=op.f("pk_app_requests")),
    )
    op.create_index(op.f("ix_app_requests_created_at"), "app_requests", ["created_at"], unique=False)
    op.create_table(
        "applications",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_folded", sa.String(length=254), nullable=False),
        sa.Column("company", sa.String(length=200), nullable=False),
        sa.Column("trade", sa.String(length=200), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("decided_by", Key, nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_applications_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
    )
    op.create_index(op.f("ix_applications_email_folded"), "applications", ["email_folded"], unique=False)
    op.create_index(op.f("ix_applications_state"), "applications", ["state"], unique=False)
    op.create_table(
        "authorization_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("app_id", Key, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("redirect_uri", sa.String(length=2000), nullable=False),
        sa.Column("scopes", Document, nullable=False),
        sa.Column("challenge", sa.String(length=128), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.Column("token_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_authorization_codes_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["app_id"], ["apps.id"], name=op.f("fk_authorization_codes_app_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_authorization_codes")),
    )
    op.create_index(op.f("ix_authorization_codes_account_id"), "authorization_codes", ["account_id"], unique=False)
    op.create_index(op.f("ix_authorization_codes_app_id"), "authorization_codes", ["app_id"], unique=False)
    op.create_index(op.f("ix_authorization_codes_expires_at"), "authorization_codes", ["expires_at"], unique=False)
    op.create_table(
        "bookmarks",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("post_id", Key, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_bookmarks_actor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_bookmarks_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookmarks")),
        sa.UniqueConstraint("actor_id", "post_id", name=op.f("uq_bookmarks_actor_id_post_id")),
    )
    op.create_index(op.f("ix_bookmarks_post_id"), "bookmarks", ["post_id"], unique=False)
    op.create_table(
        "company_people",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("company_id", Key, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("may_edit", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.actor_id"], name=op.f("fk_company_people_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["actors.id"], name=op.f("fk_company_people_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_people")),
        sa.UniqueConstraint("company_id", "person_id", name=op.f("uq_company_people_company_id_person_id")),
    )
    op.create_index(op.f("ix_company_people_person_id"), "company_people", ["person_id"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("activity_id", Key, autoincrement=False, nullable=False),
        sa.Column("inbox_uri", sa.String(length=2048), nullable=False),
        sa.Column("host", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_answer", sa.String(length=300), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_deliveries_activity_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("activity_id", "inbox_uri", name=op.f("pk_deliveries")),
    )
    op.create_index("ix_deliveries_host_state_next_at", "deliveries", ["host", "state", "next_at"], unique=False)
    op.create_index("ix_deliveries_settled_at", "deliveries", ["settled_at"], unique=False)
    op.create_table(
        "imports",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("file_name", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("columns", Document, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("by_account_id", Key, nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("undone_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["by_account_id"], ["accounts.id"], name=op.f("fk_imports_by_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index(op.f("ix_imports_state"), "imports", ["state"], unique=False)
    op.create_table(
        "join_invitations",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("for_account_id", Key, nullable=True),
        sa.Column("by_account_id", Key, nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.Column("used_by_id", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["by_account_id"], ["accounts.id"], name=op.f("fk_join_invitations_by_account_id")),
        sa.ForeignKeyConstraint(
            ["for_account_id"], ["accounts.id"], name=op.f("fk_join_invitations_for_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_join_invitations_token_hash")),
    )
    op.create_table(
        "listings",
        sa.Column("post_id", Key, autoincrement=False, nullable=False),
        sa.Column("proposal_uri", sa.String(length=2048), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("terms", sa.String(length=10), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("is_negotiable", sa.Boolean(), nullable=False),
        sa.Column("barter", sa.String(length=300), nullable=False),
        sa.Column("unit", sa.String(length=30), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=3), nullable=True),
        sa.Column("minimum", sa.Numeric(precision=18, scale=3), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("is_recruitment_based", sa.Boolean(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_listings_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_listings")),
        sa.UniqueConstraint("proposal_uri", name=op.f("uq_listings_proposal_uri")),
    )
    op.create_index(op.f("ix_listings_category"), "listings", ["category"], unique=False)
    op.create_index(op.f("ix_listings_expires_at"), "listings", ["expires_at"], unique=False)
    op.create_index("ix_listings_state_purpose_post_id", "listings", ["state", "purpose", "post_id"], unique=False)
    op.create_table(
        "markers",
        sa.Column("account_id", Key, autoincrement=False, nullable=False),
        sa.Column("timeline", sa.String(length=20), nullable=False),
        sa.Column("last_read_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_markers_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "timeline", name=op.f("pk_markers")),
    )
    op.create_table(
        "media",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("owner_id", Key, nullable=False),
        sa.Column("post_id", Key, nullable=True),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("extension", sa.String(length=5), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("remote_url", sa.String(length=2048), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("blurhash", sa.String(length=100), nullable=False),
        sa.Column("alt", sa.String(length=1500), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["actors.id"], name=op.f("fk_media_owner_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_media_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
    )
    op.create_index(op.f("ix_media_digest"), "media", ["digest"], unique=False)
    op.create_index(op.f("ix_media_owner_id"), "media", ["owner_id"], unique=False)
    op.create_index("ix_media_post_id_position", "media", ["post_id", "position"], unique=False)
    op.create_table(
        "notifications",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("cause", sa.String(length=300), nullable=False),
        sa.Column("actor_id", Key, nullable=True),
        sa.Column("post_id", Key, nullable=True),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("visible_at", Moment(), nullable=False),
        sa.Column("read_at", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_notifications_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_notifications_actor_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_notifications_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("account_id", "kind", "cause", name=op.f("uq_notifications_account_id_kind_cause")),
    )
    op.create_index("ix_notifications_account_id_id", "notifications", ["account_id", "id"], unique=False)
    op.create_index(op.f("ix_notifications_actor_id"), "notifications", ["actor_id"], unique=False)
    op.create_index(op.f("ix_notifications_post_id"), "notifications", ["post_id"], unique=False)
    op.create_index(op.f("ix_notifications_visible_at"), "notifications", ["visible_at"], unique=False)
    op.create_table(
        "one_time_keys",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("account_id", Key, nullable=True),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_one_time_keys_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_one_time_keys")),
    )
    op.create_index(op.f("ix_one_time_keys_account_id"), "one_time_keys", ["account_id"], unique=False)
    op.create_index(op.f("ix_one_time_keys_expires_at"), "one_time_keys", ["expires_at"], unique=False)
    op.create_table(
        "passkeys",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("credential_id", sa.String(length=1500), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_passkeys_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index(op.f("ix_passkeys_account_id"), "passkeys", ["account_id"], unique=False)
    op.create_table(
        "post_mentions",
        sa.Column("post_id", Key, nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("is_addressed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_post_mentions_actor_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_mentions_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "actor_id", name=op.f("pk_post_mentions")),
    )
    op.create_index(op.f("ix_post_mentions_actor_id"), "post_mentions", ["actor_id"], unique=False)
    op.create_table(
        "post_tags",
        sa.Column("post_id", Key, nullable=False),
        sa.Column("tag", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_tags_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "tag", name=op.f("pk_post_tags")),
    )
    op.create_index(op.f("ix_post_tags_tag"), "post_tags", ["tag"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("device", sa.String(length=300), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_account_id"), "sessions", ["account_id"], unique=False)
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    for statement in SCHEMA[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE search_index")
    for table in (
        "sessions",
        "post_tags",
        "post_mentions",
        "passkeys",
        "one_time_keys",
        "notifications",
        "media",
        "markers",
        "listings",
        "join_invitations",
        "imports",
        "deliveries",
        "company_people",
        "bookmarks",
        "authorization_codes",
        "applications",
        "app_requests",
        "access_tokens",
        "vouches",
        "profile_fields",
        "posts",
        "members",
        "host_cards",
        "follows",
        "connections",
        "companies",
        "associations",
        "actor_keys",
        "activities",
        "accounts",
        "tombstones",
        "settings",
        "received",
        "peers",
        "letters",
        "apps",
        "actors",
    ):
        op.drop_table(table)
