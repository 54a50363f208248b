"""What commerce needs: deals, documents, matches, testimonials, ideas and studies."""

import sqlalchemy as sa
from alembic import op

from node.db import Document, Key, Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "previews",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("site", sa.String(length=100), nullable=False),
        sa.Column("picture_url", sa.String(length=2048), nullable=True),
        sa.Column("picture_alt", sa.String(length=500), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("fetched_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_previews")),
        sa.UniqueConstraint("url", name=op.f("uq_previews_url")),
    )
    op.create_table(
        "quotes",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("quoting_uri", sa.String(length=2048), nullable=False),
        sa.Column("quoted_uri", sa.String(length=2048), nullable=False),
        sa.Column("author_uri", sa.String(length=2048), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("request_uri", sa.String(length=2048), nullable=True),
        sa.Column("stamp_uri", sa.String(length=2048), nullable=True),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
        sa.UniqueConstraint("quoting_uri", name=op.f("uq_quotes_quoting_uri")),
    )
    op.create_index(op.f("ix_quotes_request_uri"), "quotes", ["request_uri"], unique=False)
    op.create_index(op.f("ix_quotes_stamp_uri"), "quotes", ["stamp_uri"], unique=False)
    op.create_table(
        "deals",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("agreement_uri", sa.String(length=2048), nullable=True),
        sa.Column("listing_id", sa.BigInteger(), nullable=True),
        sa.Column("proposal_uri", sa.String(length=2048), nullable=False),
        sa.Column("born_of_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("seller_id", Key, nullable=False),
        sa.Column("buyer_id", Key, nullable=False),
        sa.Column("owner", sa.String(length=6), nullable=False),
        sa.Column("via", sa.String(length=8), nullable=False),
        sa.Column("note_id", sa.BigInteger(), nullable=True),
        sa.Column("stopped_at", Moment(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("terms", Document, nullable=True),
        sa.Column("terms_by", sa.String(length=6), nullable=True),
        sa.Column("terms_hash", sa.String(length=64), nullable=False),
        sa.Column("offer_uri", sa.String(length=2048), nullable=True),
        sa.Column("head_uri", sa.String(length=2048), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("claimed", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("credited", sa.BigInteger(), nullable=False),
        sa.Column("deposit_invoiced", sa.Boolean(), nullable=False),
        sa.Column("invoiced", sa.Boolean(), nullable=False),
        sa.Column("delivered_at", Moment(), nullable=True),
        sa.Column("received_at", Moment(), nullable=True),
        sa.Column("disputed_by", sa.String(length=6), nullable=True),
        sa.Column("stock_taken", sa.Numeric(precision=18, scale=3), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("agreed_at", Moment(), nullable=True),
        sa.Column("completed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["buyer_id"], ["actors.id"], name=op.f("fk_deals_buyer_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["actors.id"], name=op.f("fk_deals_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deals")),
        sa.UniqueConstraint("agreement_uri", name=op.f("uq_deals_agreement_uri")),
        sa.UniqueConstraint("offer_uri", name=op.f("uq_deals_offer_uri")),
        sa.UniqueConstraint("uri", name=op.f("uq_deals_uri")),
    )
    op.create_index("ix_deals_buyer_id_state_changed_at", "deals", ["buyer_id", "state", "changed_at"], unique=False)
    op.create_index(op.f("ix_deals_completed_at"), "deals", ["completed_at"], unique=False)
    op.create_index("ix_deals_listing_id_buyer_id", "deals", ["listing_id", "buyer_id"], unique=False)
    op.create_index(op.f("ix_deals_note_id"), "deals", ["note_id"], unique=False)
    op.create_index("ix_deals_seller_id_state_changed_at", "deals", ["seller_id", "state", "changed_at"], unique=False)
    op.create_table(
        "letterheads",
        sa.Column("actor_id", Key, autoincrement=False, nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=True),
        sa.Column("legal_name", sa.String(length=200), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("street_more", sa.String(length=200), nullable=False),
        sa.Column("postal_code", sa.String(length=20), nullable=False),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("vat_id", sa.String(length=20), nullable=False),
        sa.Column("tax_number", sa.String(length=40), nullable=False),
        sa.Column("registration", sa.String(length=120), nullable=False),
        sa.Column("exemption", sa.String(length=300), nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=False),
        sa.Column("bic", sa.String(length=11), nullable=False),
        sa.Column("account_holder", sa.String(length=70), nullable=False),
        sa.Column("payment_link", sa.String(length=500), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_letterheads_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_letterheads")),
    )
    op.create_table(
        "offer_mutes",
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("muted_at", Moment(), nullable=False),
        sa.Column("lifted_at", Moment(), nullable=True),
        sa.Column("lifted_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_offer_mutes_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_offer_mutes")),
    )
    op.create_table(
        "paper_series",
        sa.Column("issuer_id", Key, autoincrement=False, nullable=False),
        sa.Column("series", sa.String(length=10), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["issuer_id"], ["actors.id"], name=op.f("fk_paper_series_issuer_id")),
        sa.PrimaryKeyConstraint("issuer_id", "series", "year", name=op.f("pk_paper_series")),
    )
    op.create_table(
        "passed_over",
        sa.Column("viewer_id", Key, autoincrement=False, nullable=False),
        sa.Column("actor_id", Key, autoincrement=False, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_passed_over_actor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["viewer_id"], ["actors.id"], name=op.f("fk_passed_over_viewer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("viewer_id", "actor_id", name=op.f("pk_passed_over")),
    )
    op.create_index(op.f("ix_passed_over_actor_id"), "passed_over", ["actor_id"], unique=False)
    op.create_table(
        "received_bodies",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["received.id"], name=op.f("fk_received_bodies_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_bodies")),
    )
    op.create_table(
        "studies",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=True),
        sa.Column("idea_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("panel", sa.String(length=10), nullable=False),
        sa.Column("hosts", Document, nullable=False),
        sa.Column("questions", Document, nullable=False),
        sa.Column("floor", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_studies_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studies")),
    )
    op.create_index("ix_studies_actor_id_id", "studies", ["actor_id", "id"], unique=False)
    op.create_index(op.f("ix_studies_ends_at"), "studies", ["ends_at"], unique=False)
    op.create_index(op.f("ix_studies_idea_id"), "studies", ["idea_id"], unique=False)
    op.create_index(op.f("ix_studies_post_id"), "studies", ["post_id"], unique=False)
    op.create_table(
        "study_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_study_links_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_study_links")),
    )
    op.create_index(op.f("ix_study_links_actor_id"), "study_links", ["actor_id"], unique=False)
    op.create_index(op.f("ix_study_links_expires_at"), "study_links", ["expires_at"], unique=False)
    op.create_table(
        "deal_links",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("deal_id", Key, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("terms_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_deal_links_actor_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_deal_links_deal_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_deal_links_token_hash")),
    )
    op.create_index(op.f("ix_deal_links_deal_id"), "deal_links", ["deal_id"], unique=False)
    op.create_table(
        "deal_steps",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("deal_id", Key, nullable=False),
        sa.Column("verb", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=6), nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("activity_uri", sa.String(length=2048), nullable=False),
        sa.Column("after", Document, nullable=False),
        sa.Column("about", sa.String(length=2048), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("terms", Document, nullable=True),
        sa.Column("terms_hash", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("paper_id", sa.BigInteger(), nullable=True),
        sa.Column("is_crossed", sa.Boolean(), nullable=False),
        sa.Column("refusal", sa.String(length=300), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("signature", Document, nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_deal_steps_actor_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_deal_steps_deal_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_steps")),
        sa.UniqueConstraint("activity_uri", name=op.f("uq_deal_steps_activity_uri")),
    )
    op.create_index("ix_deal_steps_deal_id_id", "deal_steps", ["deal_id", "id"], unique=False)
    op.create_index(
        "uq_deal_steps_actor_id_key",
        "deal_steps",
        ["actor_id", "key"],
        unique=True,
        sqlite_where=sa.text("key IS NOT NULL"),
        postgresql_where=sa.text("key IS NOT NULL"),
    )
    op.create_table(
        "directed_offers",
        sa.Column("post_id", Key, nullable=False),
        sa.Column("to_id", Key, nullable=False),
        sa.Column("from_id", Key, nullable=False),
        sa.Column("half", sa.String(length=10), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("sent_at", Moment(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["from_id"], ["actors.id"], name=op.f("fk_directed_offers_from_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_directed_offers_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["to_id"], ["actors.id"], name=op.f("fk_directed_offers_to_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "to_id", name=op.f("pk_directed_offers")),
    )
    op.create_index("ix_directed_offers_from_id_sent_at", "directed_offers", ["from_id", "sent_at"], unique=False)
    op.create_index("ix_directed_offers_to_id_post_id", "directed_offers", ["to_id", "post_id"], unique=False)
    op.create_table(
        "fanouts",
        sa.Column("activity_id", Key, autoincrement=False, nullable=False),
        sa.Column("recipients", Document, nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_fanouts_activity_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_fanouts")),
    )
    op.create_table(
        "ideas",
        sa.Column("post_id", Key, autoincrement=False, nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("mentor_ask_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_ideas_actor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_ideas_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_ideas")),
    )
    op.create_index("ix_ideas_actor_id_post_id", "ideas", ["actor_id", "post_id"], unique=False)
    op.create_table(
        "matches",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("post_id", Key, nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("own_id", sa.BigInteger(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", Document, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("told_at", Moment(), nullable=True),
        sa.Column("mailed_at", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_matches_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_matches_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matches")),
        sa.UniqueConstraint("account_id", "post_id", name=op.f("uq_matches_account_id_post_id")),
    )
    op.create_index("ix_matches_account_id_purpose_score", "matches", ["account_id", "purpose", "score"], unique=False)
    op.create_index(op.f("ix_matches_post_id"), "matches", ["post_id"], unique=False)
    op.create_table(
        "paper_parties",
        sa.Column("deal_id", Key, autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=6), nullable=False),
        sa.Column("facts", Document, nullable=False),
        sa.Column("said_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_paper_parties_deal_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("deal_id", "role", name=op.f("pk_paper_parties")),
    )
    op.create_table(
        "papers",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("deal_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("seller_id", Key, nullable=False),
        sa.Column("buyer_id", Key, nullable=False),
        sa.Column("issuer_id", sa.BigInteger(), nullable=True),
        sa.Column("series", sa.String(length=10), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("payable", sa.BigInteger(), nullable=False),
        sa.Column("follows_id", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("facts", Document, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("issued_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["actors.id"], name=op.f("fk_papers_buyer_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_papers_deal_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["actors.id"], name=op.f("fk_papers_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers")),
        sa.UniqueConstraint("uri", name=op.f("uq_papers_uri")),
    )
    op.create_index("ix_papers_buyer_id_year", "papers", ["buyer_id", "year"], unique=False)
    op.create_index("ix_papers_deal_id_id", "papers", ["deal_id", "id"], unique=False)
    op.create_index("ix_papers_seller_id_year", "papers", ["seller_id", "year"], unique=False)
    op.create_index(
        "uq_papers_deal_id_kind",
        "papers",
        ["deal_id", "kind"],
        unique=True,
        sqlite_where=sa.text("kind <> 'credit'"),
        postgresql_where=sa.text("kind <> 'credit'"),
    )
    op.create_index(
        "uq_papers_number",
        "papers",
        ["issuer_id", "series", "year", "serial"],
        unique=True,
        sqlite_where=sa.text("issuer_id IS NOT NULL"),
        postgresql_where=sa.text("issuer_id IS NOT NULL"),
    )
    op.create_table(
        "saved_searches",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("wanted", Document, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_saved_searches_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
    )
    op.create_index(op.f("ix_saved_searches_account_id"), "saved_searches", ["account_id"], unique=False)
    op.create_table(
        "study_answers",
        sa.Column("study_id", Key, autoincrement=False, nullable=False),
        sa.Column("person_hash", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=300), nullable=False),
        sa.Column("values", Document, nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_study_answers_study_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("study_id", "person_hash", name=op.f("pk_study_answers")),
    )
    op.create_table(
        "testimonials",
        sa.Column("post_id", Key, autoincrement=False, nullable=False),
        sa.Column("writer_id", Key, nullable=False),
        sa.Column("subject_id", Key, nullable=False),
        sa.Column("ground", sa.String(length=300), nullable=False),
        sa.Column("basis", sa.String(length=12), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("may_be_public", sa.Boolean(), nullable=False),
        sa.Column("shown_at", Moment(), nullable=True),
        sa.Column("reply_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_testimonials_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["actors.id"], name=op.f("fk_testimonials_subject_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["writer_id"], ["actors.id"], name=op.f("fk_testimonials_writer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_testimonials")),
        sa.UniqueConstraint(
            "writer_id", "subject_id", "ground", name=op.f("uq_testimonials_writer_id_subject_id_ground")
        ),
    )
    op.create_index("ix_testimonials_subject_id_post_id", "testimonials", ["subject_id", "post_id"], unique=False)
    op.create_table(
        "trials",
        sa.Column("post_id", Key, autoincrement=False, nullable=False),
        sa.Column("actor_id", Key, nullable=False),
        sa.Column("idea_id", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("shown_a", sa.Integer(), nullable=False),
        sa.Column("shown_b", sa.Integer(), nullable=False),
        sa.Column("title_a", sa.String(length=200), nullable=False),
        sa.Column("title_b", sa.String(length=200), nullable=False),
        sa.Column("text_a", sa.Text(), nullable=False),
        sa.Column("text_b", sa.Text(), nullable=False),
        sa.Column("price_a", sa.BigInteger(), nullable=True),
        sa.Column("price_b", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_trials_actor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_trials_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_trials")),
    )
    op.create_index("ix_trials_actor_id_post_id", "trials", ["actor_id", "post_id"], unique=False)
    op.create_index(op.f("ix_trials_ends_at"), "trials", ["ends_at"], unique=False)
    op.create_index(op.f("ix_trials_idea_id"), "trials", ["idea_id"], unique=False)
    op.create_table(
        "idea_stages",
        sa.Column("post_id", Key, autoincrement=False, nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("evidence", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["ideas.post_id"], name=op.f("fk_idea_stages_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "stage", name=op.f("pk_idea_stages")),
    )
    op.create_table(
        "listing_readings",
        sa.Column("post_id", Key, autoincrement=False, nullable=False),
        sa.Column("version_at", Moment(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["listings.post_id"], name=op.f("fk_listing_readings_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_listing_readings")),
    )
    op.create_table(
        "listing_variants",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("post_id", Key, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=18, scale=3), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["listings.post_id"], name=op.f("fk_listing_variants_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_variants")),
        sa.UniqueConstraint("post_id", "name", name=op.f("uq_listing_variants_post_id_name")),
    )
    op.create_table(
        "listing_words",
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("term", sa.String(length=60), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("word", sa.String(length=60), nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["listings.post_id"], name=op.f("fk_listing_words_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("purpose", "term", "post_id", name=op.f("pk_listing_words")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_listing_words_post_id", "listing_words", ["post_id"], unique=False)
    op.create_table(
        "paper_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("paper_id", Key, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name=op.f("fk_paper_links_paper_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_paper_links")),
    )
    op.create_index(op.f("ix_paper_links_expires_at"), "paper_links", ["expires_at"], unique=False)
    op.create_index(op.f("ix_paper_links_paper_id"), "paper_links", ["paper_id"], unique=False)
    op.create_table(
        "saved_search_hits",
        sa.Column("search_id", Key, nullable=False),
        sa.Column("post_id", Key, nullable=False),
        sa.Column("found_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_saved_search_hits_post_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["search_id"], ["saved_searches.id"], name=op.f("fk_saved_search_hits_search_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("search_id", "post_id", name=op.f("pk_saved_search_hits")),
    )
    op.create_index(op.f("ix_saved_search_hits_found_at"), "saved_search_hits", ["found_at"], unique=False)
    op.create_index(op.f("ix_saved_search_hits_post_id"), "saved_search_hits", ["post_id"], unique=False)
    op.create_table(
        "trial_visits",
        sa.Column("post_id", Key, autoincrement=False, nullable=False),
        sa.Column("visitor_hash", sa.String(length=64), nullable=False),
        sa.Column("variant", sa.String(length=1), nullable=False),
        sa.Column("host", sa.String(length=300), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("reserved_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"], ["trials.post_id"], name=op.f("fk_trial_visits_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "visitor_hash", name=op.f("pk_trial_visits")),
    )
    op.add_column("access_tokens", sa.Column("spent_hash", sa.String(length=64), nullable=True))
    op.create_index(
        "ix_access_tokens_spent_hash",
        "access_tokens",
        ["spent_hash"],
        unique=False,
        sqlite_where=sa.text("spent_hash IS NOT NULL"),
        postgresql_where=sa.text("spent_hash IS NOT NULL"),
    )
    op.add_column("accounts", sa.Column("wants_digest", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("accounts", sa.Column("digest_due_at", Moment(), nullable=True))
    op.add_column("accounts", sa.Column("posts_to", sa.String(length=10), server_default="public", nullable=False))
    op.add_column("accounts", sa.Column("posts_are_sensitive", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("accounts", sa.Column("posts_in", sa.String(length=20), server_default="", nullable=False))
    op.add_column("actors", sa.Column("industry", sa.String(length=10), server_default="", nullable=False))
    op.create_index(
        "ix_actors_industry",
        "actors",
        ["industry"],
        unique=False,
        sqlite_where=sa.text("industry <> ''"),
        postgresql_where=sa.text("industry <> ''"),
    )
    op.add_column("associations", sa.Column("offers_a_week", sa.Integer(), server_default="3", nullable=False))
    op.add_column("associations", sa.Column("shows_previews", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("connections", sa.Column("born_of_id", sa.BigInteger(), nullable=True))
    op.add_column("letters", sa.Column("html", sa.Text(), server_default="", nullable=False))
    op.add_column("letters", sa.Column("unsubscribe_url", sa.String(length=500), server_default="", nullable=False))
    op.add_column("listings", sa.Column("tax_rate", sa.Numeric(precision=6, scale=3), nullable=True))
    op.add_column("listings", sa.Column("industry", sa.String(length=10), server_default="", nullable=False))
    op.add_column("listings", sa.Column("serves_km", sa.Integer(), nullable=True))
    op.add_column("listings", sa.Column("delivery", sa.String(length=10), server_default="", nullable=False))
    op.add_column("listings", sa.Column("reminded_at", Moment(), nullable=True))
    op.add_column("listings", sa.Column("answers_uri", sa.String(length=2048), nullable=True))
    op.add_column("listings", sa.Column("test_url", sa.String(length=2048), nullable=True))
    op.add_column("listings", sa.Column("answers_id", sa.BigInteger(), nullable=True))
    op.add_column("listings", sa.Column("is_fresh", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_listings_answers_id",
        "listings",
        ["answers_id"],
        unique=False,
        sqlite_where=sa.text("answers_id IS NOT NULL"),
        postgresql_where=sa.text("answers_id IS NOT NULL"),
    )
    op.create_index(
        "ix_listings_industry",
        "listings",
        ["industry", "post_id"],
        unique=False,
        sqlite_where=sa.text("industry <> ''"),
        postgresql_where=sa.text("industry <> ''"),
    )
    op.create_index(
        "ix_listings_is_fresh",
        "listings",
        ["post_id"],
        unique=False,
        sqlite_where=sa.text("is_fresh = 1"),
        postgresql_where=sa.text("is_fresh"),
    )
    op.add_column("peers", sa.Column("one_way_full_at", Moment(), nullable=True))
    op.add_column("peers", sa.Column("one_way_refused", sa.Integer(), server_default="0", nullable=False))
    op.add_column("posts", sa.Column("preview_id", sa.BigInteger(), nullable=True))
    op.add_column("posts", sa.Column("may_quote", sa.String(length=20), nullable=True))
    op.drop_index(op.f("ix_posts_born_of_id"), table_name="posts")
    op.drop_index(op.f("ix_posts_parent_id"), table_name="posts")
    op.drop_index(op.f("ix_posts_parent_uri"), table_name="posts")
    op.create_index(
        "ix_posts_answering",
        "posts",
        ["parent_id"],
        unique=False,
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(
        "ix_posts_answering_uri",
        "posts",
        ["parent_uri"],
        unique=False,
        sqlite_where=sa.text("parent_uri IS NOT NULL"),
        postgresql_where=sa.text("parent_uri IS NOT NULL"),
    )
    op.create_index(
        "ix_posts_begun_in",
        "posts",
        ["born_of_id"],
        unique=False,
        sqlite_where=sa.text("born_of_id IS NOT NULL"),
        postgresql_where=sa.text("born_of_id IS NOT NULL"),
    )
    op.add_column("push_subscriptions", sa.Column("token", sa.Text(), nullable=True))
    op.add_column("received", sa.Column("signature", Document, nullable=True))
    op.drop_index(op.f("ix_received_host"), table_name="received")
    op.drop_index(op.f("ix_received_received_at"), table_name="received")
    op.drop_index(op.f("ix_received_state_next_at"), table_name="received")
    op.create_index(
        "ix_received_waiting",
        "received",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    move_data()


def downgrade() -> None:
    op.drop_index(
        "ix_received_waiting",
        table_name="received",
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(op.f("ix_received_state_next_at"), "received", ["state", "next_at"], unique=False)
    op.create_index(op.f("ix_received_received_at"), "received", ["received_at"], unique=False)
    op.create_index(op.f("ix_received_host"), "received", ["host"], unique=False)
    op.drop_column("received", "signature")
    op.drop_column("push_subscriptions", "token")
    op.drop_index(
        "ix_posts_begun_in",
        table_name="posts",
        sqlite_where=sa.text("born_of_id IS NOT NULL"),
        postgresql_where=sa.text("born_of_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_posts_answering_uri",
        table_name="posts",
        sqlite_where=sa.text("parent_uri IS NOT NULL"),
        postgresql_where=sa.text("parent_uri IS NOT NULL"),
    )
    op.drop_index(
        "ix_posts_answering",
        table_name="posts",
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_posts_parent_uri"), "posts", ["parent_uri"], unique=False)
    op.create_index(op.f("ix_posts_parent_id"), "posts", ["parent_id"], unique=False)
    op.create_index(op.f("ix_posts_born_of_id"), "posts", ["born_of_id"], unique=False)
    op.drop_column("posts", "may_quote")
    op.drop_column("posts", "preview_id")
    op.drop_column("peers", "one_way_refused")
    op.drop_column("peers", "one_way_full_at")
    op.drop_index(
        "ix_listings_is_fresh",
        table_name="listings",
        sqlite_where=sa.text("is_fresh = 1"),
        postgresql_where=sa.text("is_fresh"),
    )
    op.drop_index(
        "ix_listings_industry",
        table_name="listings",
        sqlite_where=sa.text("industry <> ''"),
        postgresql_where=sa.text("industry <> ''"),
    )
    op.drop_index(
        "ix_listings_answers_id",
        table_name="listings",
        sqlite_where=sa.text("answers_id IS NOT NULL"),
        postgresql_where=sa.text("answers_id IS NOT NULL"),
    )
    op.drop_column("listings", "is_fresh")
    op.drop_column("listings", "answers_id")
    op.drop_column("listings", "test_url")
    op.drop_column("listings", "answers_uri")
    op.drop_column("listings", "reminded_at")
    op.drop_column("listings", "delivery")
    op.drop_column("listings", "serves_km")
    op.drop_column("listings", "industry")
    op.drop_column("listings", "tax_rate")
    op.drop_column("letters", "unsubscribe_url")
    op.drop_column("letters", "html")
    op.drop_column("connections", "born_of_id")
    op.drop_column("associations", "shows_previews")
    op.drop_column("associations", "offers_a_week")
    op.drop_index(
        "ix_actors_industry",
        table_name="actors",
        sqlite_where=sa.text("industry <> ''"),
        postgresql_where=sa.text("industry <> ''"),
    )
    op.drop_column("actors", "industry")
    op.drop_column("accounts", "posts_in")
    op.drop_column("accounts", "posts_are_sensitive")
    op.drop_column("accounts", "posts_to")
    op.drop_column("accounts", "digest_due_at")
    op.drop_column("accounts", "wants_digest")
    op.drop_index(
        "ix_access_tokens_spent_hash",
        table_name="access_tokens",
        sqlite_where=sa.text("spent_hash IS NOT NULL"),
        postgresql_where=sa.text("spent_hash IS NOT NULL"),
    )
    op.drop_column("access_tokens", "spent_hash")
    op.drop_table("trial_visits")
    op.drop_index(op.f("ix_saved_search_hits_post_id"), table_name="saved_search_hits")
    op.drop_index(op.f("ix_saved_search_hits_found_at"), table_name="saved_search_hits")
    op.drop_table("saved_search_hits")
    op.drop_index(op.f("ix_paper_links_paper_id"), table_name="paper_links")
    op.drop_index(op.f("ix_paper_links_expires_at"), table_name="paper_links")
    op.drop_table("paper_links")
    op.drop_index("ix_listing_words_post_id", table_name="listing_words")
    op.drop_table("listing_words")
    op.drop_table("listing_variants")
    op.drop_table("listing_readings")
    op.drop_table("idea_stages")
    op.drop_index(op.f("ix_trials_idea_id"), table_name="trials")
    op.drop_index(op.f("ix_trials_ends_at"), table_name="trials")
    op.drop_index("ix_trials_actor_id_post_id", table_name="trials")
    op.drop_table("trials")
    op.drop_index("ix_testimonials_subject_id_post_id", table_name="testimonials")
    op.drop_table("testimonials")
    op.drop_table("study_answers")
    op.drop_index(op.f("ix_saved_searches_account_id"), table_name="saved_searches")
    op.drop_table("saved_searches")
    op.drop_index(
        "uq_papers_number",
        table_name="papers",
        sqlite_where=sa.text("issuer_id IS NOT NULL"),
        postgresql_where=sa.text("issuer_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_papers_deal_id_kind",
        table_name="papers",
        sqlite_where=sa.text("kind <> 'credit'"),
        postgresql_where=sa.text("kind <> 'credit'"),
    )
    op.drop_index("ix_papers_seller_id_year", table_name="papers")
    op.drop_index("ix_papers_deal_id_id", table_name="papers")
    op.drop_index("ix_papers_buyer_id_year", table_name="papers")
    op.drop_table("papers")
    op.drop_table("paper_parties")
    op.drop_index(op.f("ix_matches_post_id"), table_name="matches")
    op.drop_index("ix_matches_account_id_purpose_score", table_name="matches")
    op.drop_table("matches")
    op.drop_index("ix_ideas_actor_id_post_id", table_name="ideas")
    op.drop_table("ideas")
    op.drop_table("fanouts")
    op.drop_index("ix_directed_offers_to_id_post_id", table_name="directed_offers")
    op.drop_index("ix_directed_offers_from_id_sent_at", table_name="directed_offers")
    op.drop_table("directed_offers")
    op.drop_index(
        "uq_deal_steps_actor_id_key",
        table_name="deal_steps",
        sqlite_where=sa.text("key IS NOT NULL"),
        postgresql_where=sa.text("key IS NOT NULL"),
    )
    op.drop_index("ix_deal_steps_deal_id_id", table_name="deal_steps")
    op.drop_table("deal_steps")
    op.drop_index(op.f("ix_deal_links_deal_id"), table_name="deal_links")
    op.drop_table("deal_links")
    op.drop_index(op.f("ix_study_links_expires_at"), table_name="study_links")
    op.drop_index(op.f("ix_study_links_actor_id"), table_name="study_links")
    op.drop_table("study_links")
    op.drop_index(op.f("ix_studies_post_id"), table_name="studies")
    op.drop_index(op.f("ix_studies_idea_id"), table_name="studies")
    op.drop_index(op.f("ix_studies_ends_at"), table_name="studies")
    op.drop_index("ix_studies_actor_id_id", table_name="studies")
    op.drop_table("studies")
    op.drop_table("received_bodies")
    op.drop_index(op.f("ix_passed_over_actor_id"), table_name="passed_over")
    op.drop_table("passed_over")
    op.drop_table("paper_series")
    op.drop_table("offer_mutes")
    op.drop_table("letterheads")
    op.drop_index("ix_deals_seller_id_state_changed_at", table_name="deals")
    op.drop_index(op.f("ix_deals_note_id"), table_name="deals")
    op.drop_index("ix_deals_listing_id_buyer_id", table_name="deals")
    op.drop_index(op.f("ix_deals_completed_at"), table_name="deals")
    op.drop_index("ix_deals_buyer_id_state_changed_at", table_name="deals")
    op.drop_table("deals")
    op.drop_index(op.f("ix_quotes_stamp_uri"), table_name="quotes")
    op.drop_index(op.f("ix_quotes_request_uri"), table_name="quotes")
    op.drop_table("quotes")
    op.drop_table("previews")


# --- data


def move_data() -> None:
    """What companies do becomes something everybody can look for, where the code is one."""
    op.execute(
        "UPDATE actors SET industry = (SELECT trade_code FROM companies WHERE actor_id = actors.id)"
        " WHERE id IN (SELECT actor_id FROM companies WHERE trade_code LIKE '__.__')"
    )
    _name_trades()


def _name_trades() -> None:
    """Offers and asks are found by what their trade is called in other languages, too."""
    from node import search
    from node.industries import catalogue as industries

    connection = op.get_bind()
    more = sa.text("UPDATE search_index SET words = words || ' ' || :words WHERE rowid = :id")
    for id, title in connection.execute(sa.text("SELECT post_id, title FROM listings WHERE state = 'open'")).all():
        words = search.entry(*industries.spoken("", title))
        if words:
            connection.execute(more, {"words": words, "id": id})
