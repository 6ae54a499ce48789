"""The owner's marks of items, and matches of items from before their topic."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema.columns import Id, Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the marks, and the column for matches that never cause an alert."""
    op.create_table(
        "marks",
        sa.Column("id", Id, primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("item_id", Id, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("marked_at", Instant, nullable=False),
        sa.Column("rule_before", sa.Text),
        sa.Column("rule_after", sa.Text),
    )
    op.create_index("ix_marks_topic_item_id", "marks", ["topic", "item_id"])
    op.add_column("matches", sa.Column("before_topic", sa.Boolean, nullable=False, server_default=sa.false()))
