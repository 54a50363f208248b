"""What the whole fediverse needs: reactions, polls, circles, moderation, members' apps."""

import sqlalchemy as sa
from alembic import op

from node.db import Document, Key, Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "emojis",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("host", sa.String(length=300), nullable=False),
        sa.Column("shortcode", sa.String(length=100), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emojis")),
        sa.UniqueConstraint("host", "shortcode", name=op.f("uq_emojis_host_shortcode")),
    )
    op.create_table(
        "errands",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=2048), nullable=False),
        sa.Column("details", Document, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.Column("leased_until", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errands")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_errands_kind_subject")),
    )
    op.create_index("ix_errands_next_at", "errands", ["next_at"], unique=False)
    op.create_table(
        "webhooks",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("secret", sa.String(length=300), nullable=False),
        sa.Column("events", Document, nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "blocked_hosts",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("host", sa.String(length=300), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_blocked_hosts_actor_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocked_hosts")),
        sa.UniqueConstraint("actor_id", "host", name=op.f("uq_blocked_hosts_actor_id_host")),
    )
    op.create_index(op.f("ix_blocked_hosts_host"), "blocked_hosts", ["host"], unique=False)
    op.create_table(
        "blocks",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("blocking_id", Key, nullable=False),
        sa.Column("blocked_id", Key, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["blocked_id"], ["actors.id"], name=op.f("fk_blocks_blocked_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["blocking_id"], ["actors.id"], name=op.f("fk_blocks_blocking_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
        sa.UniqueConstraint("blocking_id", "blocked_id", name=op.f("uq_blocks_blocking_id_blocked_id")),
        sa.UniqueConstraint("uri", name=op.f("uq_blocks_uri")),
    )
    op.create_index(op.f("ix_blocks_blocked_id"), "blocks", ["blocked_id"], unique=False)
    op.create_table(
        "circle_invitations",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("circle_id", Key, nullable=False),
        sa.Column("inviting_id", Key, nullable=False),
        sa.Column("invited_id", Key, nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["circle_id"], ["actors.id"], name=op.f("fk_circle_invitations_circle_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["invited_id"], ["actors.id"], name=op.f("fk_circle_invitations_invited_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["inviting_id"], ["actors.id"], name=op.f("fk_circle_invitations_inviting_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circle_invitations")),
        sa.UniqueConstraint("circle_id", "invited_id", name=op.f("uq_circle_invitations_circle_id_invited_id")),
        sa.UniqueConstraint("uri", name=op.f("uq_circle_invitations_uri")),
    )
    op.create_index(
        "ix_circle_invitations_invited_id_state", "circle_invitations", ["invited_id", "state"], unique=False
    )
    op.create_table(
        "circles",
        sa.Column("actor_id", Key, autoincrement=False, nullable=False),
        sa.Column("openness", sa.String(length=10), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("only_moderators_post", sa.Boolean(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_circles_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_circles")),
    )
    op.create_table(
        "featured_tags",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("tag", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_featured_tags_actor_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_featured_tags")),
        sa.UniqueConstraint("actor_id", "tag", name=op.f("uq_featured_tags_actor_id_tag")),
    )
    op.create_table(
        "followed_tags",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("tag", sa.String(length=100), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_followed_tags_actor_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followed_tags")),
        sa.UniqueConstraint("actor_id", "tag", name=op.f("uq_followed_tags_actor_id_tag")),
    )
    op.create_index(op.f("ix_followed_tags_tag"), "followed_tags", ["tag"], unique=False)
    op.create_table(
        "lists",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("owner_id", Key, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("replies", sa.String(length=10), nullable=False),
        sa.Column("is_exclusive", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["actors.id"], name=op.f("fk_lists_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lists")),
    )
    op.create_index(op.f("ix_lists_owner_id"), "lists", ["owner_id"], unique=False)
    op.create_table(
        "mutes",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("muting_id", Key, nullable=False),
        sa.Column("muted_id", Key, nullable=False),
        sa.Column("hides_notifications", sa.Boolean(), nullable=False),
        sa.Column("until", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["muted_id"], ["actors.id"], name=op.f("fk_mutes_muted_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["muting_id"], ["actors.id"], name=op.f("fk_mutes_muting_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mutes")),
        sa.UniqueConstraint("muting_id", "muted_id", name=op.f("uq_mutes_muting_id_muted_id")),
    )
    op.create_index(op.f("ix_mutes_muted_id"), "mutes", ["muted_id"], unique=False)
    op.create_table(
        "person_notes",
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("about_id", Key, nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(["about_id"], ["actors.id"], name=op.f("fk_person_notes_about_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_person_notes_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("actor_id", "about_id", name=op.f("pk_person_notes")),
    )
    op.create_table(
        "reports",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("by_id", Key, nullable=True),
        sa.Column("target_id", Key, nullable=False),
        sa.Column("post_ids", Document, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("is_forwarded", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("resolved_at", Moment(), nullable=True),
        sa.Column("resolved_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["actors.id"], name=op.f("fk_reports_by_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["target_id"], ["actors.id"], name=op.f("fk_reports_target_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("uri", name=op.f("uq_reports_uri")),
    )
    op.create_index("ix_reports_state_id", "reports", ["state", "id"], unique=False)
    op.create_index(op.f("ix_reports_target_id"), "reports", ["target_id"], unique=False)
    op.create_table(
        "thread_mutes",
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("context", sa.String(length=2048), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_thread_mutes_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("actor_id", "context", name=op.f("pk_thread_mutes")),
    )
    op.create_table(
        "webhook_messages",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("webhook_id", Key, nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.Column("last_answer", sa.String(length=300), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_messages_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_messages")),
    )
    op.create_index("ix_webhook_messages_state_next_at", "webhook_messages", ["state", "next_at"], unique=False)
    op.create_index("ix_webhook_messages_webhook_id_id", "webhook_messages", ["webhook_id", "id"], unique=False)
    op.create_table(
        "circle_members",
        sa.Column("circle_id", Key, autoincrement=False, nullable=False),
        sa.Column("actor_id", Key, autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("verb", sa.String(length=10), nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_circle_members_actor_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["circle_id"], ["circles.actor_id"], name=op.f("fk_circle_members_circle_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("circle_id", "actor_id", name=op.f("pk_circle_members")),
    )
    op.create_index("ix_circle_members_actor_id", "circle_members", ["actor_id"], unique=False)
    op.create_table(
        "filters",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("contexts", Document, nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_filters_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filters")),
    )
    op.create_index(op.f("ix_filters_account_id"), "filters", ["account_id"], unique=False)
    op.create_table(
        "listed_people",
        sa.Column("list_id", Key, autoincrement=False, nullable=False),
        sa.Column("actor_id", Key, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_listed_people_actor_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["list_id"], ["lists.id"], name=op.f("fk_listed_people_list_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("list_id", "actor_id", name=op.f("pk_listed_people")),
    )
    op.create_index(op.f("ix_listed_people_actor_id"), "listed_people", ["actor_id"], unique=False)
    op.create_table(
        "pins",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("post_id", Key, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_pins_actor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_pins_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pins")),
        sa.UniqueConstraint("actor_id", "post_id", name=op.f("uq_pins_actor_id_post_id")),
    )
    op.create_index(op.f("ix_pins_post_id"), "pins", ["post_id"], unique=False)
    op.create_table(
        "polls",
        sa.Column("post_id", Key, autoincrement=False, nullable=False),
        sa.Column("is_multiple", sa.Boolean(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("voters", sa.Integer(), nullable=False),
        sa.Column("told_at", Moment(), nullable=True),
        sa.Column("news_at", Moment(), nullable=True),
        sa.Column("counted_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_polls_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_polls")),
    )
    op.create_index(
        "ix_polls_ends_at",
        "polls",
        ["ends_at"],
        unique=False,
        sqlite_where=sa.text("told_at IS NULL"),
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.create_index(
        "ix_polls_news_at",
        "polls",
        ["news_at"],
        unique=False,
        sqlite_where=sa.text("news_at IS NOT NULL"),
        postgresql_where=sa.text("news_at IS NOT NULL"),
    )
    op.create_table(
        "post_versions",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("post_id", Key, nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("warning", sa.String(length=500), nullable=False),
        sa.Column("is_sensitive", sa.Boolean(), nullable=False),
        sa.Column("pictures", Document, nullable=False),
        sa.Column("written_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_versions_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_versions")),
    )
    op.create_index(op.f("ix_post_versions_post_id"), "post_versions", ["post_id"], unique=False)
    op.create_table(
        "put_away",
        sa.Column("account_id", Key, nullable=False),
        sa.Column("post_id", Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_put_away_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_put_away_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "post_id", name=op.f("pk_put_away")),
    )
    op.create_index(op.f("ix_put_away_post_id"), "put_away", ["post_id"], unique=False)
    op.create_table(
        "reactions",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("post_id", Key, nullable=False),
        sa.Column("emoji", sa.String(length=100), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_reactions_actor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_reactions_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reactions")),
        sa.UniqueConstraint("actor_id", "post_id", "emoji", name=op.f("uq_reactions_actor_id_post_id_emoji")),
        sa.UniqueConstraint("uri", name=op.f("uq_reactions_uri")),
    )
    op.create_index("ix_reactions_post_id_id", "reactions", ["post_id", "id"], unique=False)
    op.create_table(
        "filter_posts",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("filter_id", Key, nullable=False),
        sa.Column("post_id", Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["filter_id"], ["filters.id"], name=op.f("fk_filter_posts_filter_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_filter_posts_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_posts")),
        sa.UniqueConstraint("filter_id", "post_id", name=op.f("uq_filter_posts_filter_id_post_id")),
    )
    op.create_index(op.f("ix_filter_posts_post_id"), "filter_posts", ["post_id"], unique=False)
    op.create_table(
        "filter_words",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("filter_id", Key, nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("is_whole_word", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["filter_id"], ["filters.id"], name=op.f("fk_filter_words_filter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_words")),
    )
    op.create_index(op.f("ix_filter_words_filter_id"), "filter_words", ["filter_id"], unique=False)
    op.create_table(
        "poll_options",
        sa.Column("post_id", Key, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["polls.post_id"], name=op.f("fk_poll_options_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "position", name=op.f("pk_poll_options")),
    )
    op.create_table(
        "poll_votes",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("post_id", Key, nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_poll_votes_actor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["polls.post_id"], name=op.f("fk_poll_votes_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_votes")),
        sa.UniqueConstraint("post_id", "actor_id", "position", name=op.f("uq_poll_votes_post_id_actor_id_position")),
        sa.UniqueConstraint("uri", name=op.f("uq_poll_votes_uri")),
    )
    op.create_index(op.f("ix_poll_votes_actor_id"), "poll_votes", ["actor_id"], unique=False)
    op.create_table(
        "push_subscriptions",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("token_id", Key, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("endpoint", sa.String(length=2048), nullable=False),
        sa.Column("public_key", sa.String(length=100), nullable=False),
        sa.Column("secret", sa.String(length=40), nullable=False),
        sa.Column("is_standard", sa.Boolean(), nullable=False),
        sa.Column("alerts", Document, nullable=False),
        sa.Column("policy", sa.String(length=10), nullable=False),
        sa.Column("told_at", Moment(), nullable=False),
        sa.Column("told_id", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_push_subscriptions_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["token_id"], ["access_tokens.id"], name=op.f("fk_push_subscriptions_token_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("token_id", name=op.f("uq_push_subscriptions_token_id")),
    )
    op.create_index(op.f("ix_push_subscriptions_account_id"), "push_subscriptions", ["account_id"], unique=False)
    op.add_column("access_tokens", sa.Column("expires_at", Moment(), nullable=True))
    op.add_column("access_tokens", sa.Column("refresh_hash", sa.String(length=64), nullable=True))
    op.create_index(
        "uq_access_tokens_refresh_hash",
        "access_tokens",
        ["refresh_hash"],
        unique=True,
        sqlite_where=sa.text("refresh_hash IS NOT NULL"),
        postgresql_where=sa.text("refresh_hash IS NOT NULL"),
    )
    op.add_column("activities", sa.Column("is_forwarded", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_activities_forwarded_created_at",
        "activities",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("is_forwarded = 1"),
        postgresql_where=sa.text("is_forwarded"),
    )
    op.add_column("actors", sa.Column("limited_at", Moment(), nullable=True))
    op.add_column("actors", sa.Column("moved_at", Moment(), nullable=True))
    op.add_column("actors", sa.Column("history_at", Moment(), nullable=True))
    op.add_column("actors", sa.Column("polled_at", Moment(), nullable=True))
    op.add_column("actors", sa.Column("featured_at", Moment(), nullable=True))
    op.add_column(
        "associations", sa.Column("federation_mode", sa.String(length=10), server_default="open", nullable=False)
    )
    op.add_column("associations", sa.Column("secure_mode", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_deliveries_lost",
        "deliveries",
        ["activity_id"],
        unique=False,
        sqlite_where=sa.text("state IN ('refused', 'expired', 'gone')"),
        postgresql_where=sa.text("state IN ('refused', 'expired', 'gone')"),
    )
    op.add_column("follows", sa.Column("shows_boosts", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("follows", sa.Column("notifies", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("media", sa.Column("focus_x", sa.Double(), nullable=True))
    op.add_column("media", sa.Column("focus_y", sa.Double(), nullable=True))
    op.add_column("peers", sa.Column("knocked_at", Moment(), nullable=True))
    op.add_column("peers", sa.Column("silent_at", Moment(), nullable=True))
    op.add_column("peers", sa.Column("limited_at", Moment(), nullable=True))
    op.add_column("peers", sa.Column("agreed_at", Moment(), nullable=True))
    op.add_column("peers", sa.Column("polled_at", Moment(), nullable=True))
    op.add_column("peers", sa.Column("note", sa.String(length=500), server_default="", nullable=False))
    op.create_index(
        "ix_peers_failing_since",
        "peers",
        ["failing_since"],
        unique=False,
        sqlite_where=sa.text("failing_since IS NOT NULL"),
        postgresql_where=sa.text("failing_since IS NOT NULL"),
    )
    op.add_column("posts", sa.Column("boost_of_id", sa.BigInteger(), nullable=True))
    op.add_column("posts", sa.Column("quoted_uri", sa.String(length=2048), nullable=True))
    op.add_column("posts", sa.Column("quoted_id", sa.BigInteger(), nullable=True))
    op.add_column("posts", sa.Column("circle_id", sa.BigInteger(), nullable=True))
    op.add_column("posts", sa.Column("title", sa.String(length=500), server_default="", nullable=False))
    op.add_column("posts", sa.Column("likes", sa.Integer(), server_default="0", nullable=False))
    op.add_column("posts", sa.Column("boosts", sa.Integer(), server_default="0", nullable=False))
    op.add_column("posts", sa.Column("replies", sa.Integer(), server_default="0", nullable=False))
    op.add_column("posts", sa.Column("replies_total", sa.Integer(), nullable=True))
    op.add_column("posts", sa.Column("replies_known_at", Moment(), nullable=True))
    op.add_column("posts", sa.Column("is_history", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_posts_circle_id_id",
        "posts",
        ["circle_id", "id"],
        unique=False,
        sqlite_where=sa.text("circle_id IS NOT NULL"),
        postgresql_where=sa.text("circle_id IS NOT NULL"),
    )
    op.create_index(
        "ix_posts_quoted_id",
        "posts",
        ["quoted_id"],
        unique=False,
        sqlite_where=sa.text("quoted_id IS NOT NULL"),
        postgresql_where=sa.text("quoted_id IS NOT NULL"),
    )
    op.create_index(
        "uq_posts_boost_of_id_author_id",
        "posts",
        ["boost_of_id", "author_id"],
        unique=True,
        sqlite_where=sa.text("boost_of_id IS NOT NULL"),
        postgresql_where=sa.text("boost_of_id IS NOT NULL"),
    )
    op.create_index(
        "ix_received_suspects",
        "received",
        ["actor_uri"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting' AND attempts >= 4"),
        postgresql_where=sa.text("state = 'waiting' AND attempts >= 4"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_received_suspects",
        table_name="received",
        sqlite_where=sa.text("state = 'waiting' AND attempts >= 4"),
        postgresql_where=sa.text("state = 'waiting' AND attempts >= 4"),
    )
    op.drop_index(
        "uq_posts_boost_of_id_author_id",
        table_name="posts",
        sqlite_where=sa.text("boost_of_id IS NOT NULL"),
        postgresql_where=sa.text("boost_of_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_posts_quoted_id",
        table_name="posts",
        sqlite_where=sa.text("quoted_id IS NOT NULL"),
        postgresql_where=sa.text("quoted_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_posts_circle_id_id",
        table_name="posts",
        sqlite_where=sa.text("circle_id IS NOT NULL"),
        postgresql_where=sa.text("circle_id IS NOT NULL"),
    )
    op.drop_column("posts", "is_history")
    op.drop_column("posts", "replies_known_at")
    op.drop_column("posts", "replies_total")
    op.drop_column("posts", "replies")
    op.drop_column("posts", "boosts")
    op.drop_column("posts", "likes")
    op.drop_column("posts", "title")
    op.drop_column("posts", "circle_id")
    op.drop_column("posts", "quoted_id")
    op.drop_column("posts", "quoted_uri")
    op.drop_column("posts", "boost_of_id")
    op.drop_index(
        "ix_peers_failing_since",
        table_name="peers",
        sqlite_where=sa.text("failing_since IS NOT NULL"),
        postgresql_where=sa.text("failing_since IS NOT NULL"),
    )
    op.drop_column("peers", "note")
    op.drop_column("peers", "polled_at")
    op.drop_column("peers", "agreed_at")
    op.drop_column("peers", "limited_at")
    op.drop_column("peers", "silent_at")
    op.drop_column("peers", "knocked_at")
    op.drop_column("media", "focus_y")
    op.drop_column("media", "focus_x")
    op.drop_column("follows", "notifies")
    op.drop_column("follows", "shows_boosts")
    op.drop_index(
        "ix_deliveries_lost",
        table_name="deliveries",
        sqlite_where=sa.text("state IN ('refused', 'expired', 'gone')"),
        postgresql_where=sa.text("state IN ('refused', 'expired', 'gone')"),
    )
    op.drop_column("associations", "secure_mode")
    op.drop_column("associations", "federation_mode")
    op.drop_column("actors", "featured_at")
    op.drop_column("actors", "polled_at")
    op.drop_column("actors", "history_at")
    op.drop_column("actors", "moved_at")
    op.drop_column("actors", "limited_at")
    op.drop_index(
        "ix_activities_forwarded_created_at",
        table_name="activities",
        sqlite_where=sa.text("is_forwarded = 1"),
        postgresql_where=sa.text("is_forwarded"),
    )
    op.drop_column("activities", "is_forwarded")
    op.drop_index(
        "uq_access_tokens_refresh_hash",
        table_name="access_tokens",
        sqlite_where=sa.text("refresh_hash IS NOT NULL"),
        postgresql_where=sa.text("refresh_hash IS NOT NULL"),
    )
    op.drop_column("access_tokens", "refresh_hash")
    op.drop_column("access_tokens", "expires_at")
    op.drop_index(op.f("ix_push_subscriptions_account_id"), table_name="push_subscriptions")
    op.drop_table("push_subscriptions")
    op.drop_index(op.f("ix_poll_votes_actor_id"), table_name="poll_votes")
    op.drop_table("poll_votes")
    op.drop_table("poll_options")
    op.drop_index(op.f("ix_filter_words_filter_id"), table_name="filter_words")
    op.drop_table("filter_words")
    op.drop_index(op.f("ix_filter_posts_post_id"), table_name="filter_posts")
    op.drop_table("filter_posts")
    op.drop_index("ix_reactions_post_id_id", table_name="reactions")
    op.drop_table("reactions")
    op.drop_index(op.f("ix_put_away_post_id"), table_name="put_away")
    op.drop_table("put_away")
    op.drop_index(op.f("ix_post_versions_post_id"), table_name="post_versions")
    op.drop_table("post_versions")
    op.drop_index(
        "ix_polls_news_at",
        table_name="polls",
        sqlite_where=sa.text("news_at IS NOT NULL"),
        postgresql_where=sa.text("news_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_polls_ends_at",
        table_name="polls",
        sqlite_where=sa.text("told_at IS NULL"),
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.drop_table("polls")
    op.drop_index(op.f("ix_pins_post_id"), table_name="pins")
    op.drop_table("pins")
    op.drop_index(op.f("ix_listed_people_actor_id"), table_name="listed_people")
    op.drop_table("listed_people")
    op.drop_index(op.f("ix_filters_account_id"), table_name="filters")
    op.drop_table("filters")
    op.drop_index("ix_circle_members_actor_id", table_name="circle_members")
    op.drop_table("circle_members")
    op.drop_index("ix_webhook_messages_webhook_id_id", table_name="webhook_messages")
    op.drop_index("ix_webhook_messages_state_next_at", table_name="webhook_messages")
    op.drop_table("webhook_messages")
    op.drop_table("thread_mutes")
    op.drop_index(op.f("ix_reports_target_id"), table_name="reports")
    op.drop_index("ix_reports_state_id", table_name="reports")
    op.drop_table("reports")
    op.drop_table("person_notes")
    op.drop_index(op.f("ix_mutes_muted_id"), table_name="mutes")
    op.drop_table("mutes")
    op.drop_index(op.f("ix_lists_owner_id"), table_name="lists")
    op.drop_table("lists")
    op.drop_index(op.f("ix_followed_tags_tag"), table_name="followed_tags")
    op.drop_table("followed_tags")
    op.drop_table("featured_tags")
    op.drop_table("circles")
    op.drop_index("ix_circle_invitations_invited_id_state", table_name="circle_invitations")
    op.drop_table("circle_invitations")
    op.drop_index(op.f("ix_blocks_blocked_id"), table_name="blocks")
    op.drop_table("blocks")
    op.drop_index(op.f("ix_blocked_hosts_host"), table_name="blocked_hosts")
    op.drop_table("blocked_hosts")
    op.drop_table("webhooks")
    op.drop_index("ix_errands_next_at", table_name="errands")
    op.drop_table("errands")
    op.drop_table("emojis")
