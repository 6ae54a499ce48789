"""The kind of a feed's document, the children of sitemap indexes, and the heads of pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema.columns import Id, Instant

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the columns and the table; every earlier document is a feed."""
    op.add_column("feeds", sa.Column("kind", sa.Text))
    op.add_column("feeds", sa.Column("parent_id", Id))
    op.add_column("feeds", sa.Column("changed_at", Instant))
    op.execute("UPDATE feeds SET kind = 'feed' WHERE first_success IS NOT NULL")
    op.create_index(
        "ix_feeds_parent_id",
        "feeds",
        ["parent_id"],
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_table(
        "page_heads",
        sa.Column("item_id", Id, sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("wanted_at", Instant, nullable=False),
        sa.Column("asked_at", Instant),
        sa.Column("done_at", Instant),
        sa.Column("description", sa.Text, nullable=False, server_default=""),
        sa.Column("error", sa.Text),
    )
    op.create_index("ix_page_heads_asked_at", "page_heads", ["asked_at"])
    op.create_index(
        "ix_page_heads_waiting",
        "page_heads",
        ["wanted_at"],
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
