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
    op.add_column("actors", sa.Column("industry", sa.String(length=10), server_default="", nullable=False))
    op.create_index(
        "ix_actors_industry",
        "actors",
        ["industry"],
        unique=False,
        sqlite_where=sa.text("industry <> ''"),
        postgresql_where=sa.text("industry <> ''"),
    )
    op.add_column("listings", sa.Column("tax_rate", sa.Numeric(precision=6, scale=3), nullable=True))
    op.add_column("listings", sa.Column("industry", sa.String(length=10), server_default="", nullable=False))
    op.add_column("listings", sa.Column("serves_km", sa.Integer(), nullable=True))
    op.add_column("listings", sa.Column("delivery", sa.String(length=10), server_default="", nullable=False))
    op.add_column("listings", sa.Column("reminded_at", Moment(), nullable=True))
    op.add_column("listings", sa.Column("is_fresh", sa.Boolean(), server_default=sa.false(), nullable=False))
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
    move_data()


def downgrade() -> None:
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
    op.drop_column("listings", "is_fresh")
    op.drop_column("listings", "reminded_at")
    op.drop_column("listings", "delivery")
    op.drop_column("listings", "serves_km")
    op.drop_column("listings", "industry")
    op.drop_column("listings", "tax_rate")
    op.drop_index(
        "ix_actors_industry",
        table_name="actors",
        sqlite_where=sa.text("industry <> ''"),
        postgresql_where=sa.text("industry <> ''"),
    )
    op.drop_column("actors", "industry")
    op.drop_index(op.f("ix_saved_search_hits_post_id"), table_name="saved_search_hits")
    op.drop_index(op.f("ix_saved_search_hits_found_at"), table_name="saved_search_hits")
    op.drop_table("saved_search_hits")
    op.drop_table("listing_variants")
    op.drop_index(op.f("ix_saved_searches_account_id"), table_name="saved_searches")
    op.drop_table("saved_searches")


# --- data


def move_data() -> None:
    """What companies do becomes something everybody can look for, where the code is one."""
    op.execute(
        "UPDATE actors SET industry = (SELECT trade_code FROM companies WHERE actor_id = actors.id)"
        " WHERE id IN (SELECT actor_id FROM companies WHERE trade_code LIKE '__.__')"
    )
