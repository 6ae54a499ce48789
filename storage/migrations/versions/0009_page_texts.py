"""The pages of matched items."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema.columns import Id, Instant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Lay the table of pages."""
    op.create_table(
        "page_texts",
        sa.Column("item_id", Id, sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("wanted_at", Instant, nullable=False),
        sa.Column("done_at", Instant),
        sa.Column("text", sa.Text, nullable=False, server_default=""),
        sa.Column("error", sa.Text),
    )
    op.create_index(
        "ix_page_texts_waiting",
        "page_texts",
        ["wanted_at"],
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
